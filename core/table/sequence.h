// Sequence: one table's row of sqlite_sequence, the largest rowid that AUTOINCREMENT has given.
//
// The row is looked for once and then found by its rowid: sqlite_sequence has no index. It is an
// ordinary table, so statements may change or delete its rows at any time.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/catalog/schema.h"

namespace dosql {

struct WriteContext;
class TableWriter;

class Sequence {
 public:
  // `table`: the AUTOINCREMENT table. Good for one schema version.
  Sequence(WriteContext* context, const Table& table);
  ~Sequence();

  // The number in the row, or 0 without one.
  Status Last(int64_t* value);
  // Makes the row hold at least `value`.
  Status Raise(int64_t value);

 private:
  // The row as it is now; row_ is 0 when there is none.
  Status Find(int64_t* value, Bytes* bytes);
  bool Read(Bytes bytes, int64_t* value) const;

  WriteContext* context_;
  const Table& table_;
  const Table* sequence_;
  int64_t row_ = 0;
  std::unique_ptr<TableWriter> writer_;
};

}  // namespace dosql
