// TableStatistics: what the planner asks about the data, answered from sqlite_stat1 where ANALYZE has
// filled it and otherwise from the shape of the trees and a few of their leaves. Reads a few pages for each question; made for
// one compilation.
#pragma once

#include <string>
#include <vector>

#include "core/plan/planner.h"
#include "core/storage/tx/store.h"

namespace dosql {

class TableStatistics final : public Statistics {
 public:
  TableStatistics(Store* store, const Catalog* catalog, ByteBudget* budget, uint32_t cache_bytes)
      : store_(store), catalog_(catalog), budget_(budget), cache_bytes_(cache_bytes) {}

  double Rows(const Table& table) const override;
  bool ExceedsCache() const override;
  double RowsPerKey(const Table& table, const Index* index, uint32_t columns) const override;

 private:
  // A row of sqlite_stat1: rows of the index (or of the table, when it has no index), then rows per
  // distinct value of its first column, of its first two, ...
  struct Analyzed {
    std::string table, index;
    std::vector<double> numbers;
  };
  struct Counted {
    PageId root;
    double rows;
  };
  bool Sample(const Table& table, const Index* index, uint32_t columns, double* rows) const;
  void ReadAnalyzed() const;
  const Analyzed* Find(std::string_view table, std::string_view index) const;

  Store* store_;
  const Catalog* catalog_;
  ByteBudget* budget_;
  uint32_t cache_bytes_;
  mutable bool read_ = false;
  mutable std::vector<Analyzed> analyzed_;
  mutable std::vector<Counted> counted_;
};

}  // namespace dosql
