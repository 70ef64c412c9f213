// RowColumns: rows of any layout into the columns of the lake's schema.
#pragma once

#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

// The last field of every lake table: the values that did not fit, as JSON {"column": value} with
// the columns' names in the source when they were written. Blobs are {"hex": "..."}.
inline constexpr char kOverflowColumn[] = "_overflow";

// A source table's columns at one time, by the lake's field ids.
struct RowLayout {
  struct Cell {
    int32_t field_id = 0;
    bool is_rowid = false;  // its value is the key
    std::string name;       // as the source has it
    bool operator==(const Cell&) const = default;
  };
  std::vector<Cell> cells;
  bool operator==(const RowLayout&) const = default;
};

class RowColumns {
 public:
  explicit RowColumns(const Schema& schema);

  // Whether Add can take a change's row. kCorrupt: not a row, one of more columns than the layout,
  // or a key that is no rowid where the layout has one.
  static Status Check(const RowLayout& layout, Bytes key, Bytes row);
  // Layouts outlive the rows. The row has passed Check; `key` ends with the one that did.
  void Add(const RowLayout& layout, std::string_view key, Bytes row);
  // Forgets the rows; misfits stay counted.
  void Clear() {
    columns_.assign(columns_.size(), Column());
    rows_ = 0;
  }
  uint32_t rows() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  // Values that did not fit.
  uint64_t misfits() const { return misfits_; }

 private:
  void Map(const RowLayout& layout);

  const Schema& schema_;
  std::vector<Column> columns_;
  // The cell of each field, -1 for none, in the layout that came last: rows of one come in runs.
  std::vector<int32_t> cell_of_;
  const RowLayout* mapped_ = nullptr;
  uint32_t rows_ = 0;
  uint64_t misfits_ = 0;
};

}  // namespace dosql::lake
