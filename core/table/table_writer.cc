#include "core/table/table_writer.h"

#include <algorithm>

#include "core/expr/eval_row.h"
#include "core/table/redo_batch.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {

using sql::Conflict;

TableWriter::TableWriter(WriteContext* context, const Table& table, const ConflictRules& rules)
    : context_(context),
      table_(table),
      tree_(&context->store->pager(), table.root,
            table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger),
      conflict_(rules.conflict) {
  for (const Index* index : table.indexes)
    indexes_.push_back({index, BTree(&context->store->pager(), index->root, KeyKind::kBytes)});
  for (const Column& column : table.columns) has_not_null_ |= column.not_null;
  OrderUniques(rules);
  if (table.without_rowid || !table.checks.empty() || rules.upserts.empty()) return;
  const ConflictRules::Upsert& first = rules.upserts[0];
  keeps_raw_ = first.update && (first.target == ConflictRules::Upsert::kOwnKey ||
                                first.target == ConflictRules::Upsert::kAnything);
}

TableWriter::~TableWriter() = default;

void TableWriter::OrderUniques(const ConflictRules& rules) {
  using Upsert = ConflictRules::Upsert;
  std::vector<Unique> rest;
  auto add = [&](uint32_t index, Conflict own) {
    Unique u{index, rules.conflict != Conflict::kNone ? rules.conflict : own, -1, false};
    // An index that replaces of its own accord comes last whatever the statement says, a rowid only
    // when it says nothing.
    bool silent = rules.conflict == Conflict::kNone && rules.upserts.empty();
    u.last =
        own == Conflict::kReplace && (index != Upsert::kOwnKey || table_.without_rowid || silent);
    if (u.action == Conflict::kNone) u.action = Conflict::kAbort;
    for (uint32_t i = 0; i < rules.upserts.size && u.upsert < 0; i++) {
      const Upsert& clause = rules.upserts[i];
      if (clause.target == index || clause.target == Upsert::kAnything)
        u.upsert = static_cast<int32_t>(i);
    }
    rest.push_back(u);
  };
  // A WITHOUT ROWID table's key has its place among the automatic indexes.
  bool key_added = !table_.without_rowid;
  if (key_added) add(Upsert::kOwnKey, table_.key_conflict);
  for (uint32_t i = table_.indexes.size; i-- > 0;) {
    const Index& index = *table_.indexes[i];
    const bool older = index.number != 0 && index.number < table_.key_number;
    if (!key_added && older) {
      add(Upsert::kOwnKey, table_.key_conflict);
      key_added = true;
    }
    if (index.unique) add(i, index.conflict);
  }
  if (!key_added) add(Upsert::kOwnKey, table_.key_conflict);
  // First what the clauses name, in their order.
  auto rank = [&](const Unique& u) -> uint32_t {
    if (u.upsert >= 0 && rules.upserts[static_cast<uint32_t>(u.upsert)].target != Upsert::kAnything)
      return static_cast<uint32_t>(u.upsert);
    return rules.upserts.size + (u.last ? 1 : 0);
  };
  for (uint32_t r = 0; r <= rules.upserts.size + 1; r++)
    for (const Unique& u : rest)
      if (rank(u) == r) uniques_.push_back(u);
  for (Unique& u : uniques_)
    if (u.upsert >= 0 && !rules.upserts[static_cast<uint32_t>(u.upsert)].update)
      u = {u.index, Conflict::kIgnore, -1, false};
}

Status TableWriter::LoadPrograms() {
  if (programs_loaded_) return Status::Ok();
  if (context_->programs != nullptr) DOSQL_TRY(context_->programs->Find(table_, &programs_));
  programs_loaded_ = true;
  return Status::Ok();
}

EvalContext* TableWriter::Eval() {
  eval_.function = context_->function;
  eval_.function.arena = context_->arena;
  return &eval_;
}

Status TableWriter::Default(uint32_t column, Value* out) {
  DOSQL_TRY(LoadPrograms());
  *out = table_.columns[column].default_value;
  if (programs_ == nullptr || programs_->defaults.size == 0 ||
      programs_->defaults[column] == nullptr)
    return Status::Ok();
  return EvalRow(*programs_->defaults[column], Eval(), nullptr, out);
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
  if (programs_ != nullptr) {
    uint32_t n = table_.columns.size;
    Value* row = context_->arena->NewArray<Value>(n + 1);
    if (row == nullptr) return OutOfMemory();
    for (uint32_t c = 0; c < n; c++) row[c] = values[c];
    row[n] = table_.without_rowid ? Value::Null() : Value::Integer(rowid);
    image->values = row;
  }
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

Status TableWriter::Find(int64_t rowid, Bytes key, Value* values, Bytes* bytes) {
  DOSQL_TRY(tree_.Get(nullptr, table_.without_rowid ? Key::Of(key) : Key::Integer(rowid),
                      context_->arena, bytes));
  if (bytes->size() < 2) return Code::kCorrupt;
  *bytes = context_->arena->Copy(*bytes);
  if (bytes->data() == nullptr) return OutOfMemory();
  ReadRow(rowid, RowView(*bytes), values);
  return Status::Ok();
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
  if (table_.autoincrement) largest_ = std::max(largest_, *out);
  return Status::Ok();
}

Status TableWriter::NextSequence(int64_t last, int64_t* rowid, bool* known_free) {
  if (sequence_ == nullptr) sequence_ = std::make_unique<Sequence>(context_, table_);
  int64_t value;
  DOSQL_TRY(sequence_->Last(&value));
  last = std::max({last, value, largest_});
  if (last == INT64_MAX) return context_->diag->Set(Code::kFull, "database or disk is full");
  *rowid = last + 1;
  *known_free = true;
  return Status::Ok();
}

Status TableWriter::Finish() {
  if (!table_.autoincrement) return Status::Ok();
  if (sequence_ == nullptr) sequence_ = std::make_unique<Sequence>(context_, table_);
  return sequence_->Raise(largest_);
}

// --------------------------------------------------------------------------------------- changes

Status TableWriter::EntryKey(size_t index, const Image& image, KeyBuffer* key, EntryKind* kind) {
  const IndexPrograms* programs =
      programs_ != nullptr ? programs_->ForIndex(static_cast<uint32_t>(index)) : nullptr;
  return BuildEntryKey(*indexes_[index].index, programs, programs != nullptr ? Eval() : nullptr,
                       image.values, image.locator, key, kind);
}

// Each change is logged before it is made, and made before the next is logged while trees are
// behind.
Status TableWriter::Log(const LogChange& change) {
  if (context_->redo == nullptr && context_->store->redo_open()) return Code::kMisuse;
  DOSQL_TRY(context_->store->Log(change));
  context_->changed = true;
  return context_->redo == nullptr ? Status::Ok() : context_->redo->Append(table_, change);
}

// Whether the index's tree gets the change that was logged last when it is redone.
bool TableWriter::IsBehind(size_t index) const {
  return context_->redo != nullptr && context_->redo->IsBehind(indexes_[index].tree.root());
}

Status TableWriter::InsertEntry(size_t index, const Image& image, Bytes key, EntryKind kind) {
  if (kind == EntryKind::kNone) return Status::Ok();
  context_->rows_written++;
  if (IsBehind(index)) return Status::Ok();
  return indexes_[index].tree.Insert(Key::Of(key),
                                     kind == EntryKind::kUnique ? image.locator : Bytes());
}

Status TableWriter::DeleteEntry(size_t index, Bytes key, EntryKind kind) {
  if (kind == EntryKind::kNone) return Status::Ok();
  context_->rows_written++;
  if (IsBehind(index)) return Status::Ok();
  Status s = indexes_[index].tree.Delete(Key::Of(key));
  return s.code() == Code::kNotFound ? Status(Code::kCorrupt) : s;
}

Status TableWriter::InsertEntries(const Image& image) {
  for (size_t i = 0; i < indexes_.size(); i++) {
    KeyBuffer key(context_->arena);
    EntryKind kind;
    DOSQL_TRY(EntryKey(i, image, &key, &kind));
    DOSQL_TRY(InsertEntry(i, image, key.bytes(), kind));
  }
  return Status::Ok();
}

Status TableWriter::DeleteEntries(const Image& image) {
  for (size_t i = 0; i < indexes_.size(); i++) {
    KeyBuffer key(context_->arena);
    EntryKind kind;
    DOSQL_TRY(EntryKey(i, image, &key, &kind));
    DOSQL_TRY(DeleteEntry(i, key.bytes(), kind));
  }
  return Status::Ok();
}

Status TableWriter::ApplyInsert(const Image& image) {
  DOSQL_TRY(tree_.Insert(KeyOf(image), image.row));
  context_->rows_written++;
  return InsertEntries(image);
}

Status TableWriter::ApplyDelete(const Image& image) {
  DOSQL_TRY(tree_.Delete(KeyOf(image)));
  context_->rows_written++;
  return DeleteEntries(image);
}

// The row keeps its key; only index entries whose key or locator changed move.
Status TableWriter::ApplyUpdate(const Image& before, const Image& after) {
  DOSQL_TRY(tree_.Replace(KeyOf(after), after.row));
  context_->rows_written++;
  for (size_t i = 0; i < indexes_.size(); i++) {
    KeyBuffer old_key(context_->arena), new_key(context_->arena);
    EntryKind old_kind, new_kind;
    DOSQL_TRY(EntryKey(i, before, &old_key, &old_kind));
    DOSQL_TRY(EntryKey(i, after, &new_key, &new_kind));
    if (old_kind == new_kind && CompareBytes(old_key.bytes(), new_key.bytes()) == 0) continue;
    DOSQL_TRY(DeleteEntry(i, old_key.bytes(), old_kind));
    DOSQL_TRY(InsertEntry(i, after, new_key.bytes(), new_kind));
  }
  return Status::Ok();
}

// -------------------------------------------------------------------------------- the statements

// The rows that a REPLACE takes out of the way.
Status TableWriter::DeleteVictims() {
  for (const Image& victim : victims_) {
    DOSQL_TRY(Log({LogOp::kDelete, table_.id, victim.key, victim.row, {}}));
    DOSQL_TRY(ApplyDelete(victim));
    replaced_ = true;
  }
  return Status::Ok();
}

Status TableWriter::Insert(Value* values, const Value* rowid, int64_t* new_rowid) {
  outcome_.kind = Outcome::kWritten;
  DOSQL_TRY(LoadPrograms());
  DOSQL_TRY(Settle(*context_, table_.root));
  outcome_.raw = nullptr;
  uint32_t n = table_.columns.size;
  if (keeps_raw_) {
    outcome_.raw = context_->arena->NewArray<Value>(n);
    if (outcome_.raw == nullptr) return OutOfMemory();
    std::copy(values, values + n, outcome_.raw);
  }
  DOSQL_TRY(ApplyAffinities(values));
  bool known_free = false, go_on = true;
  *new_rowid = 0;
  if (!table_.without_rowid) DOSQL_TRY(ChooseRowid(rowid, values, new_rowid, &known_free));
  if (has_not_null_) DOSQL_TRY(CheckNotNull(values, &go_on));
  for (uint32_t c = 0; c < n && outcome_.raw != nullptr; c++)  // the key, and defaults
    if (static_cast<int32_t>(c) == table_.rowid_column || outcome_.raw[c].is_null())
      outcome_.raw[c] = values[c];
  Image image;
  if (go_on) DOSQL_TRY(MakeImage(values, *new_rowid, &image));
  if (programs_ != nullptr && go_on) DOSQL_TRY(CheckExpressions(image, &go_on));
  if (go_on) DOSQL_TRY(CheckUniques(image, nullptr, known_free, &go_on));
  if (!go_on) return Status::Ok();
  DOSQL_TRY(EncodeRowBytes(values, &image.row));
  if (!victims_.empty()) DOSQL_TRY(DeleteVictims());
  DOSQL_TRY(Log({LogOp::kInsert, table_.id, image.key, {}, image.row}));
  return ApplyInsert(image);
}

Status TableWriter::Update(int64_t old_rowid, const Value* old, Bytes old_bytes, Value* values,
                           const Value& new_rowid) {
  outcome_.kind = Outcome::kWritten;
  DOSQL_TRY(LoadPrograms());
  DOSQL_TRY(Settle(*context_, table_.root));
  DOSQL_TRY(ApplyAffinities(values));
  int64_t rowid = 0;
  if (!table_.without_rowid) {
    Value v = new_rowid;
    if (!ApplyAffinity(Affinity::kInteger, context_->arena, &v).ok()) return OutOfMemory();
    if (v.type != ValueType::kInteger) return context_->diag->Set(Code::kType, "datatype mismatch");
    rowid = v.i;
    if (table_.rowid_column >= 0) values[table_.rowid_column] = v;
  }
  bool go_on = true;
  if (has_not_null_) DOSQL_TRY(CheckNotNull(values, &go_on));
  if (!go_on) return Status::Ok();
  Image before, after;
  DOSQL_TRY(OldImage(old_rowid, old, old_bytes, &before));
  DOSQL_TRY(MakeImage(values, rowid, &after));
  if (programs_ != nullptr) DOSQL_TRY(CheckExpressions(after, &go_on));
  bool moves = CompareBytes(before.key, after.key) != 0;
  if (go_on) DOSQL_TRY(CheckUniques(after, &before, !moves, &go_on));
  if (!go_on) return Status::Ok();
  DOSQL_TRY(EncodeRowBytes(values, &after.row));
  if (!victims_.empty()) DOSQL_TRY(DeleteVictims());
  outcome_.rowid = rowid;
  if (!moves) {
    DOSQL_TRY(Log({LogOp::kUpdate, table_.id, before.key, before.row, after.row}));
    return ApplyUpdate(before, after);
  }
  // Two changes are logged before the first is made: none may be left to a tree's redo.
  if (context_->redo != nullptr) DOSQL_TRY(context_->redo->Flush());
  DOSQL_TRY(Log({LogOp::kDelete, table_.id, before.key, before.row, {}}));
  DOSQL_TRY(Log({LogOp::kInsert, table_.id, after.key, {}, after.row}));
  DOSQL_TRY(ApplyDelete(before));
  return ApplyInsert(after);
}

Status TableWriter::Delete(int64_t rowid, const Value* old, Bytes old_bytes) {
  outcome_.kind = Outcome::kWritten;
  DOSQL_TRY(LoadPrograms());
  DOSQL_TRY(Settle(*context_, table_.root));
  Image image;
  DOSQL_TRY(OldImage(rowid, old, old_bytes, &image));
  DOSQL_TRY(Log({LogOp::kDelete, table_.id, image.key, image.row, {}}));
  return ApplyDelete(image);
}

}  // namespace dosql
