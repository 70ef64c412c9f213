// PointRead: at most one row by its full key, without operators. State that lives with the prepared
// statement, so that a look-up costs two descents at most and no allocation.
#pragma once

#include "core/exec/exec_context.h"
#include "core/exec/key_range.h"
#include "core/type/row_codec.h"

namespace dosql {

class PointRead {
 public:
  PointRead(Pager* pager, const Access& access);

  // The row that the access's values find. kNotFound when there is none. `*row` is a view of a page
  // until the next pager operation (or of `arena`, when it overflowed). kBlocked: call again.
  Status Find(ExecContext* context, EvalContext* eval, Arena* arena, int64_t* rowid, Bytes* row);

 private:
  const Access& access_;
  BTree table_, index_;
};

// Column c of a found row: c == RowidIndex or the rowid alias gives the rowid.
inline Value RowColumn(const Table& table, const RowView& row, int64_t rowid, uint32_t c) {
  if (c == RowidIndex(table) || static_cast<int32_t>(c) == table.rowid_column)
    return Value::Integer(rowid);
  return row.GetOr(c, table.columns[c].default_value);
}

}  // namespace dosql
