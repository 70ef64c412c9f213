#include "core/table/table_writer.h"

#include <algorithm>

#include "core/storage/btree/cursor.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {

TableWriter::TableWriter(WriteContext* context, const Table& table)
    : context_(context),
      table_(table),
      tree_(&context->store->pager(), table.root,
            table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger) {
  for (const Index* index : table.indexes)
    indexes_.push_back({index, BTree(&context->store->pager(), index->root, KeyKind::kBytes)});
}

// ------------------------------------------------------------------------------------- checking

Status TableWriter::ApplyAffinities(Value* values) {
  for (uint32_t c = 0; c < table_.columns.size; c++)
    if (!ApplyAffinity(table_.columns[c].affinity, context_->arena, &values[c]).ok())
      return OutOfMemory();
  return Status::Ok();
}

Status TableWriter::CheckNotNull(const Value* values) {
  for (uint32_t c = 0; c < table_.columns.size; c++) {
    const Column& column = table_.columns[c];
    if (!column.not_null || !values[c].is_null()) continue;
    return context_->diag->Set(
        Code::kConstraintNotNull,
        Words({"NOT NULL constraint failed: ", table_.name, ".", column.name}));
  }
  return Status::Ok();
}

Status TableWriter::UniqueFailed(const sql::List<IndexColumn>& columns, Code code) {
  std::string message = "UNIQUE constraint failed: ";
  for (uint32_t i = 0; i < columns.size; i++) {
    if (i > 0) message += ", ";
    message += table_.name;
    message += '.';
    message += table_.columns[columns[i].column].name;
  }
  return context_->diag->Set(code, std::move(message));
}

// The row's own key must not be taken.
Status TableWriter::CheckKeyFree(const Image& image) {
  Key key = table_.without_rowid ? Key::Of(image.key) : Key::Integer(image.rowid);
  Status s = tree_.Get(nullptr, key, nullptr, nullptr);
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  if (table_.without_rowid) return UniqueFailed(table_.key_columns, Code::kConstraintPrimaryKey);
  if (table_.rowid_column < 0)
    return context_->diag->Set(Code::kConstraintRowid,
                               Words({"UNIQUE constraint failed: ", table_.name, ".rowid"}));
  IndexColumn alias{static_cast<uint32_t>(table_.rowid_column), Collation::kBinary, false};
  return UniqueFailed({&alias, 1}, Code::kConstraintPrimaryKey);
}

// No unique index may hold the new keys; a key that the row itself had (`old`) does not count.
Status TableWriter::CheckUnique(const Image& image, const Image* old) {
  for (const IndexTree& i : indexes_) {
    if (!i.index->unique) continue;
    KeyBuffer key(context_->arena);
    bool unique_key;
    DOSQL_TRY(BuildEntryKey(*i.index, image.values, image.locator, &key, &unique_key));
    if (!unique_key) continue;
    if (old != nullptr) {
      KeyBuffer old_key(context_->arena);
      bool old_unique;
      DOSQL_TRY(BuildEntryKey(*i.index, old->values, old->locator, &old_key, &old_unique));
      if (old_unique && CompareBytes(old_key.bytes(), key.bytes()) == 0) continue;
    }
    Status s = i.tree.Get(nullptr, Key::Of(key.bytes()), nullptr, nullptr);
    if (s.code() == Code::kNotFound) continue;
    DOSQL_TRY(s);
    return UniqueFailed(i.index->columns, i.index->origin == IndexOrigin::kPrimaryKey
                                              ? Code::kConstraintPrimaryKey
                                              : Code::kConstraintUnique);
  }
  return Status::Ok();
}

// --------------------------------------------------------------------------------------- images

Status TableWriter::EncodeRowBytes(const Value* values, Bytes* row) {
  // The rowid alias is the key already: it is stored as NULL.
  Value saved;
  uint32_t n = table_.columns.size;
  Value* v = const_cast<Value*>(values);
  if (table_.rowid_column >= 0) std::swap(saved, v[table_.rowid_column]);
  size_t size = EncodedRowSize(v, n);
  uint8_t* out = size == 0 ? nullptr : static_cast<uint8_t*>(context_->arena->Allocate(size));
  if (out != nullptr) EncodeRow(v, n, out);
  if (table_.rowid_column >= 0) std::swap(saved, v[table_.rowid_column]);
  if (size == 0) return context_->diag->Set(Code::kTooBig, "string or blob too big");
  if (out == nullptr) return OutOfMemory();
  *row = {out, size};
  return Status::Ok();
}

// Key and locator of a row; `values` already hold the rowid alias.
Status TableWriter::MakeImage(const Value* values, int64_t rowid, Image* image) {
  image->values = values;
  image->rowid = rowid;
  if (!table_.without_rowid) {
    auto* bytes = static_cast<uint8_t*>(context_->arena->Allocate(16));
    if (bytes == nullptr) return OutOfMemory();
    StoreLe<int64_t>(bytes, rowid);
    PutRowid(bytes + 8, rowid);
    image->key = {bytes, 8};
    image->locator = {bytes + 8, 8};
    return Status::Ok();
  }
  KeyBuffer key(context_->arena);
  for (const IndexColumn& c : table_.key_columns)
    DOSQL_TRY(key.Append(values[c.column], c.collation, c.desc));
  if (key.size() > UINT16_MAX)
    return context_->diag->Set(Code::kTooBig, "PRIMARY KEY of a WITHOUT ROWID table is over 64 KB");
  auto* bytes = static_cast<uint8_t*>(context_->arena->Allocate(key.size() + 2));
  if (bytes == nullptr) return OutOfMemory();
  std::memcpy(bytes, key.bytes().data(), key.size());
  StoreLe<uint16_t>(bytes + key.size(), static_cast<uint16_t>(key.size()));
  image->key = {bytes, key.size()};
  image->locator = {bytes, key.size() + 2};
  return Status::Ok();
}

void TableWriter::ReadRow(int64_t rowid, const RowView& row, Value* values) const {
  for (uint32_t c = 0; c < table_.columns.size; c++)
    values[c] = row.GetOr(c, table_.columns[c].default_value);
  if (table_.rowid_column >= 0) values[table_.rowid_column] = Value::Integer(rowid);
}

Status TableWriter::OldImage(int64_t rowid, const Value* values, Bytes bytes, Image* image) {
  image->row = bytes;
  if (bytes.empty()) DOSQL_TRY(EncodeRowBytes(values, &image->row));
  return MakeImage(values, rowid, image);
}

// ---------------------------------------------------------------------------------------- rowids

Status TableWriter::ChooseRowid(const Value* given, Value* values, int64_t* out, bool* known_free) {
  *known_free = false;
  Value v = table_.rowid_column >= 0 ? values[table_.rowid_column]
            : given != nullptr       ? *given
                                     : Value::Null();
  if (!v.is_null()) {
    if (!ApplyAffinity(Affinity::kInteger, context_->arena, &v).ok()) return OutOfMemory();
    if (v.type != ValueType::kInteger) return context_->diag->Set(Code::kType, "datatype mismatch");
    *out = v.i;
  } else {
    int64_t last = 0;
    Status s = tree_.LastKey(&last);
    if (!s.ok() && s.code() != Code::kNotFound) return s;
    if (table_.autoincrement) {
      DOSQL_TRY(NextSequence(std::max<int64_t>(last, 0), out, known_free));
    } else if (last < INT64_MAX) {
      *out = last + 1;
      *known_free = true;
    } else {
      // As in SQLite: the largest is taken, so try a hundred random ones.
      for (int i = 0;; i++) {
        if (i == 100) return context_->diag->Set(Code::kFull, "database or disk is full");
        uint8_t random[8];
        context_->entropy->Fill(random);
        *out = static_cast<int64_t>(LoadLe<uint64_t>(random) >> 2) + 1;
        s = tree_.Get(nullptr, Key::Integer(*out), nullptr, nullptr);
        if (s.code() == Code::kNotFound) break;
        DOSQL_TRY(s);
      }
      *known_free = true;
    }
  }
  if (table_.rowid_column >= 0) values[table_.rowid_column] = Value::Integer(*out);
  return Status::Ok();
}

namespace {

// The row of sqlite_sequence for a table: its rowid, or 0, and the number it holds.
Status FindSequence(WriteContext* context, const Table& sequence, std::string_view name,
                    int64_t* rowid, int64_t* value, Bytes* bytes) {
  BTree tree(&context->store->pager(), sequence.root, KeyKind::kInteger);
  *rowid = *value = 0;
  Cursor cursor(tree, nullptr);
  DOSQL_TRY(cursor.First());
  for (; cursor.valid();) {
    DOSQL_TRY(cursor.Payload(context->arena, bytes));
    RowView row;
    DOSQL_TRY(RowView::Open(*bytes, &row));
    if (row.column_count() < 2) return Code::kCorrupt;
    Value n = row.Get(0);
    if (n.type == ValueType::kText && EqualsIgnoringCase(n.text(), name)) {
      *value = ToInteger(row.Get(1));
      *bytes = context->arena->Copy(*bytes);
      if (bytes->data() == nullptr) return Code::kNoMemory;
      return cursor.IntegerKey(rowid);
    }
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

}  // namespace

Status TableWriter::NextSequence(int64_t last, int64_t* rowid, bool* known_free) {
  const Table* sequence = context_->catalog->FindTable("sqlite_sequence");
  if (sequence == nullptr) return Code::kCorrupt;
  int64_t at, value;
  Bytes bytes;
  DOSQL_TRY(FindSequence(context_, *sequence, table_.name, &at, &value, &bytes));
  if (value > last) last = value;
  if (last == INT64_MAX) return context_->diag->Set(Code::kFull, "database or disk is full");
  *rowid = last + 1;
  *known_free = true;
  return Status::Ok();
}

// Remembers the largest rowid ever used.
Status TableWriter::SaveSequence(int64_t rowid) {
  const Table* sequence = context_->catalog->FindTable("sqlite_sequence");
  if (sequence == nullptr) return Code::kCorrupt;
  rowid = std::max<int64_t>(rowid, 0);
  int64_t at, value;
  Bytes bytes;
  DOSQL_TRY(FindSequence(context_, *sequence, table_.name, &at, &value, &bytes));
  if (at != 0 && value >= rowid) return Status::Ok();
  TableWriter writer(context_, *sequence);
  Value row[2] = {Value::Text(table_.name), Value::Integer(rowid)};
  if (at == 0) return writer.Insert(row, nullptr, &at);
  Value old[2];
  writer.ReadRow(at, RowView(bytes), old);
  return writer.Update(at, old, bytes, row, Value::Integer(at));
}

// --------------------------------------------------------------------------------------- changes

Status TableWriter::InsertEntries(const Image& image) {
  for (IndexTree& i : indexes_) {
    KeyBuffer key(context_->arena);
    bool unique_key;
    DOSQL_TRY(BuildEntryKey(*i.index, image.values, image.locator, &key, &unique_key));
    DOSQL_TRY(i.tree.Insert(Key::Of(key.bytes()), unique_key ? image.locator : Bytes()));
    context_->rows_written++;
  }
  return Status::Ok();
}

Status TableWriter::DeleteEntries(const Image& image) {
  for (IndexTree& i : indexes_) {
    KeyBuffer key(context_->arena);
    bool unique_key;
    DOSQL_TRY(BuildEntryKey(*i.index, image.values, image.locator, &key, &unique_key));
    Status s = i.tree.Delete(Key::Of(key.bytes()));
    if (s.code() == Code::kNotFound) return Code::kCorrupt;
    DOSQL_TRY(s);
    context_->rows_written++;
  }
  return Status::Ok();
}

Status TableWriter::ApplyInsert(const Image& image) {
  Key key = table_.without_rowid ? Key::Of(image.key) : Key::Integer(image.rowid);
  DOSQL_TRY(tree_.Insert(key, image.row));
  context_->rows_written++;
  return InsertEntries(image);
}

Status TableWriter::ApplyDelete(const Image& image) {
  Key key = table_.without_rowid ? Key::Of(image.key) : Key::Integer(image.rowid);
  DOSQL_TRY(tree_.Delete(key));
  context_->rows_written++;
  return DeleteEntries(image);
}

// The row keeps its key; only index entries whose key or locator changed move.
Status TableWriter::ApplyUpdate(const Image& before, const Image& after) {
  Key key = table_.without_rowid ? Key::Of(after.key) : Key::Integer(after.rowid);
  DOSQL_TRY(tree_.Replace(key, after.row));
  context_->rows_written++;
  for (IndexTree& i : indexes_) {
    KeyBuffer old_key(context_->arena), new_key(context_->arena);
    bool old_unique, new_unique;
    DOSQL_TRY(BuildEntryKey(*i.index, before.values, before.locator, &old_key, &old_unique));
    DOSQL_TRY(BuildEntryKey(*i.index, after.values, after.locator, &new_key, &new_unique));
    if (CompareBytes(old_key.bytes(), new_key.bytes()) == 0) continue;
    Status s = i.tree.Delete(Key::Of(old_key.bytes()));
    if (s.code() == Code::kNotFound) return Code::kCorrupt;
    DOSQL_TRY(s);
    DOSQL_TRY(i.tree.Insert(Key::Of(new_key.bytes()), new_unique ? after.locator : Bytes()));
    context_->rows_written += 2;
  }
  return Status::Ok();
}

// -------------------------------------------------------------------------------- the statements

Status TableWriter::Insert(Value* values, const Value* rowid, int64_t* new_rowid) {
  DOSQL_TRY(ApplyAffinities(values));
  bool known_free = false;
  *new_rowid = 0;
  if (!table_.without_rowid) DOSQL_TRY(ChooseRowid(rowid, values, new_rowid, &known_free));
  DOSQL_TRY(CheckNotNull(values));
  Image image;
  DOSQL_TRY(MakeImage(values, *new_rowid, &image));
  if (!known_free) DOSQL_TRY(CheckKeyFree(image));
  DOSQL_TRY(CheckUnique(image, nullptr));
  DOSQL_TRY(EncodeRowBytes(values, &image.row));
  DOSQL_TRY(context_->store->Log({LogOp::kInsert, table_.id, image.key, {}, image.row}));
  DOSQL_TRY(ApplyInsert(image));
  return table_.autoincrement ? SaveSequence(*new_rowid) : Status::Ok();
}

Status TableWriter::Update(int64_t old_rowid, const Value* old, Bytes old_bytes, Value* values,
                           const Value& new_rowid) {
  DOSQL_TRY(ApplyAffinities(values));
  int64_t rowid = 0;
  if (!table_.without_rowid) {
    Value v = new_rowid;
    if (!ApplyAffinity(Affinity::kInteger, context_->arena, &v).ok()) return OutOfMemory();
    if (v.type != ValueType::kInteger) return context_->diag->Set(Code::kType, "datatype mismatch");
    rowid = v.i;
    if (table_.rowid_column >= 0) values[table_.rowid_column] = v;
  }
  DOSQL_TRY(CheckNotNull(values));
  Image before, after;
  DOSQL_TRY(OldImage(old_rowid, old, old_bytes, &before));
  DOSQL_TRY(MakeImage(values, rowid, &after));
  bool moves = CompareBytes(before.key, after.key) != 0;
  if (moves) DOSQL_TRY(CheckKeyFree(after));
  DOSQL_TRY(CheckUnique(after, &before));
  DOSQL_TRY(EncodeRowBytes(values, &after.row));
  Store* store = context_->store;
  if (!moves) {
    DOSQL_TRY(store->Log({LogOp::kUpdate, table_.id, before.key, before.row, after.row}));
    return ApplyUpdate(before, after);
  }
  DOSQL_TRY(store->Log({LogOp::kDelete, table_.id, before.key, before.row, {}}));
  DOSQL_TRY(store->Log({LogOp::kInsert, table_.id, after.key, {}, after.row}));
  DOSQL_TRY(ApplyDelete(before));
  return ApplyInsert(after);
}

Status TableWriter::Delete(int64_t rowid, const Value* old, Bytes old_bytes) {
  Image image;
  DOSQL_TRY(OldImage(rowid, old, old_bytes, &image));
  DOSQL_TRY(context_->store->Log({LogOp::kDelete, table_.id, image.key, image.row, {}}));
  return ApplyDelete(image);
}

}  // namespace dosql
