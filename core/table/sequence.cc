#include "core/table/sequence.h"

#include <algorithm>

#include "core/storage/btree/cursor.h"
#include "core/table/redo_batch.h"
#include "core/table/table_writer.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {

Sequence::Sequence(WriteContext* context, const Table& table)
    : context_(context), table_(table), sequence_(context->catalog->FindTable("sqlite_sequence")) {
  if (sequence_ != nullptr) writer_ = std::make_unique<TableWriter>(context, *sequence_);
}

Sequence::~Sequence() = default;

bool Sequence::Read(Bytes bytes, int64_t* value) const {
  RowView row;
  if (!RowView::Open(bytes, &row).ok() || row.column_count() < 2) return false;
  Value name = row.Get(0);
  if (name.type != ValueType::kText || !EqualsIgnoringCase(name.text(), table_.name)) return false;
  *value = ToInteger(row.Get(1));
  return true;
}

Status Sequence::Find(int64_t* value, Bytes* bytes) {
  *value = 0;
  if (sequence_ == nullptr) return Code::kCorrupt;
  DOSQL_TRY(Settle(*context_, sequence_->root));
  BTree tree(&context_->store->pager(), sequence_->root, KeyKind::kInteger);
  if (row_ != 0) {
    Status s = tree.Get(nullptr, Key::Integer(row_), context_->arena, bytes);
    if (s.ok() && Read(*bytes, value)) {
      *bytes = context_->arena->Copy(*bytes);
      return bytes->data() == nullptr ? Code::kNoMemory : Code::kOk;
    }
    if (!s.ok() && s.code() != Code::kNotFound) return s;
    row_ = 0;
  }
  Cursor cursor(tree, nullptr);
  DOSQL_TRY(cursor.First());
  for (; cursor.valid();) {
    DOSQL_TRY(cursor.Payload(context_->arena, bytes));
    if (Read(*bytes, value)) {
      *bytes = context_->arena->Copy(*bytes);
      if (bytes->data() == nullptr) return Code::kNoMemory;
      return cursor.IntegerKey(&row_);
    }
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

Status Sequence::Last(int64_t* value) {
  Bytes bytes;
  return Find(value, &bytes);
}

Status Sequence::Raise(int64_t value) {
  value = std::max<int64_t>(value, 0);
  int64_t now;
  Bytes bytes;
  DOSQL_TRY(Find(&now, &bytes));
  if (row_ != 0 && now >= value) return Status::Ok();
  Value row[3] = {Value::Text(table_.name), Value::Integer(value), Value::Null()};
  if (row_ == 0) return writer_->Insert(row, nullptr, &row_);
  Value old[3];
  writer_->ReadRow(row_, RowView(bytes), old);
  return writer_->Update(row_, old, bytes, row, Value::Integer(row_));
}

}  // namespace dosql
