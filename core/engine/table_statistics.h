// TableStatistics: what the planner asks about the data, answered from sqlite_stat1 where ANALYZE
// has filled it and otherwise from the shape of the trees and a few of their leaves. Reads a few
// pages for each question; made for one compilation.
#pragma once

#include <string>
#include <vector>

#include "core/plan/planner.h"
#include "core/storage/tx/store.h"

namespace dosql {

class TableStatistics final : public Statistics {
 public:
  TableStatistics(Store* store, const Catalog* catalog, ByteBudget* budget, uint32_t cache_bytes)
      : store_(store),
        catalog_(catalog),
        budget_(budget),
        cache_bytes_(cache_bytes),
        arena_(budget) {}

  double Rows(const Table& table) const override;
  double Leaves(const Table& table, const Index* index) const override;
  bool IsClustered(const Table& table, const Index& index) const override;
  double RangeShare(const Table& table, const Index* index, const Value* low,
                    const Value* high) const override;
  double Share(const Table& table, const BoundExpr* const* conditions, size_t n) const override;
  double CachePages() const override;
  double OperatorBytes() const override;
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
    double rows, leaves;
  };
  const Counted& Count(PageId root, KeyKind kind) const;
  bool Position(const Table& table, const Index* index, const Value& v, bool after,
                double* at) const;
  // Rows of a table, from a few leaves.
  struct Rowset {
    PageId root;
    std::vector<const Value*> rows;  // of each its columns and the rowid
  };
  const Rowset* SampleRows(const Table& table) const;
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
  mutable std::vector<Rowset> rowsets_;
  mutable Arena arena_;  // of rowsets
};

}  // namespace dosql
