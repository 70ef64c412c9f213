#include "core/exec/point_read.h"

#include "core/expr/eval_row.h"
#include "core/table/index_entry.h"
#include "core/type/affinity.h"

namespace dosql {

PointRead::PointRead(Pager* pager, const Access& access)
    : access_(access),
      table_(pager, access.table->root,
             access.table->without_rowid ? KeyKind::kBytes : KeyKind::kInteger) {
  if (access.index != nullptr) index_ = BTree(pager, access.index->root, KeyKind::kBytes);
}

Status PointRead::Find(ExecContext* context, EvalContext* eval, Arena* arena, int64_t* rowid,
                       Bytes* row) {
  const Table& table = *access_.table;
  *rowid = 0;
  if (context->redo != nullptr) {
    DOSQL_TRY(context->Settle(table.root));
    if (access_.index != nullptr) DOSQL_TRY(context->Settle(access_.index->root));
  }
  if (access_.index == nullptr && !table.without_rowid) {
    Value v;
    DOSQL_TRY(EvalRow(*access_.equal[0].program, eval, nullptr, &v));
    if (v.type != ValueType::kInteger) {
      DOSQL_TRY(ApplyAffinity(Affinity::kInteger, arena, &v));
      if (v.type != ValueType::kInteger) return Code::kNotFound;
    }
    *rowid = v.i;
    context->rows_read++;
    return table_.Get(context->version, Key::Integer(v.i), arena, row);
  }
  const sql::List<IndexColumn>& columns =
      access_.index != nullptr ? access_.index->columns : table.key_columns;
  KeyBuffer key(arena);
  for (uint32_t i = 0; i < columns.size; i++) {
    Value v;
    DOSQL_TRY(EvalRow(*access_.equal[i].program, eval, nullptr, &v));
    if (columns[i].expr == nullptr)
      DOSQL_TRY(ApplyAffinity(
          ComparisonAffinity({table.columns[columns[i].column].affinity, true}, {}), arena, &v));
    if (v.is_null()) return Code::kNotFound;
    DOSQL_TRY(key.Append(v, columns[i].collation, columns[i].desc));
  }
  context->rows_read++;
  if (access_.index == nullptr)
    return table_.Get(context->version, Key::Of(key.bytes()), arena, row);
  Bytes payload, locator;
  DOSQL_TRY(index_.Get(context->version, Key::Of(key.bytes()), arena, &payload));
  DOSQL_TRY(EntryLocator(*access_.index, key.bytes(), payload, &locator));
  context->rows_read++;
  Status s;
  if (table.without_rowid) {
    Bytes copy = arena->Copy(locator);
    if (copy.data() == nullptr) return Code::kNoMemory;
    s = table_.Get(context->version, Key::Of(copy), arena, row);
  } else {
    *rowid = LocatorRowid(locator);
    s = table_.Get(context->version, Key::Integer(*rowid), arena, row);
  }
  return s.code() == Code::kNotFound ? Status(Code::kCorrupt) : s;
}

}  // namespace dosql
