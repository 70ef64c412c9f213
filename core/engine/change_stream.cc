#include "core/engine/change_stream.h"

#include <algorithm>

#include "core/storage/btree/cursor.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

constexpr uint32_t kCopyRowsMax = 100'000;  // looked at for one batch: a filter may pass few
constexpr size_t kRowHead = 12;             // of a row in a stored schema: rowid and length

// A stored row with the columns that were added since it was written.
Status WholeRow(const Table& table, Bytes bytes, Arena* arena, Bytes* out) {
  *out = bytes;
  RowView row;
  DOSQL_TRY(RowView::Open(bytes, &row));
  if (row.column_count() >= table.columns.size) return Status::Ok();
  std::vector<Value> values;
  for (uint32_t c = 0; c < table.columns.size; c++)
    values.push_back(c < row.column_count() ? row.Get(c) : table.columns[c].default_value);
  const size_t size = EncodedRowSize(values.data(), table.columns.size);
  auto* p = size == 0 ? nullptr : static_cast<uint8_t*>(arena->Allocate(size));
  if (p == nullptr) return size == 0 ? Code::kTooBig : Code::kNoMemory;
  EncodeRow(values.data(), table.columns.size, p);
  *out = {p, size};
  return Status::Ok();
}

// Whether rows written before the change have other values than null in a column added by it.
bool AddsValues(uint32_t columns_before, const Table& after) {
  for (uint32_t c = columns_before; c < after.columns.size; c++)
    if (!after.columns[c].default_value.is_null()) return true;
  return false;
}

Status ReadObject(Bytes bytes, SchemaRow* out) {
  RowView row;
  DOSQL_TRY(RowView::Open(bytes, &row));
  return ReadSchemaRow(row, out);
}

}  // namespace

// --------------------------------------------------------------------------------------- schema

Status StreamSchema::Decode(std::string_view bytes) {
  rows_.clear();
  catalog_.reset();
  while (!bytes.empty()) {
    if (bytes.size() < kRowHead) return Code::kCorrupt;
    const uint32_t size = LoadLe<uint32_t>(bytes.data() + 8);
    if (size > bytes.size() - kRowHead) return Code::kCorrupt;
    rows_.push_back({LoadLe<int64_t>(bytes.data()), std::string(bytes.substr(kRowHead, size))});
    bytes.remove_prefix(kRowHead + size);
  }
  return Status::Ok();
}

std::string StreamSchema::Encode() const {
  std::string out;
  for (const Row& row : rows_) {
    char head[kRowHead];
    StoreLe<int64_t>(head, row.rowid);
    StoreLe<uint32_t>(head + 8, static_cast<uint32_t>(row.bytes.size()));
    out.append(head, kRowHead).append(row.bytes);
  }
  return out;
}

Status StreamSchema::Load(Pager* pager, ByteBudget* budget) {
  rows_.clear();
  catalog_.reset();
  Arena arena(budget);
  Cursor cursor(BTree(pager, kSchemaRoot, KeyKind::kInteger), nullptr);
  DOSQL_TRY(cursor.First());
  for (; cursor.valid();) {
    Bytes bytes;
    SchemaRow object;
    Row row;
    DOSQL_TRY(cursor.Payload(&arena, &bytes));
    DOSQL_TRY(ReadObject(bytes, &object));
    DOSQL_TRY(cursor.IntegerKey(&row.rowid));
    row.bytes = AsText(bytes);
    if (object.type == "table") rows_.push_back(std::move(row));
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

Status StreamSchema::Apply(const LogChange& change, bool* table) {
  if (change.key.size() != 8) return Code::kCorrupt;
  const int64_t rowid = LoadLe<int64_t>(change.key.data());
  SchemaRow object;
  DOSQL_TRY(ReadObject(change.op == LogOp::kDelete ? change.before : change.after, &object));
  *table = object.type == "table";
  if (!*table) return Status::Ok();
  catalog_.reset();
  auto it =
      std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.rowid == rowid; });
  if (it != rows_.end()) rows_.erase(it);
  if (change.op != LogOp::kDelete) rows_.push_back({rowid, std::string(AsText(change.after))});
  return Status::Ok();
}

Status StreamSchema::Tables(ByteBudget* budget, Diag* diag, const Catalog** catalog) {
  if (catalog_ == nullptr) {
    auto made = std::make_unique<Catalog>(budget);
    DOSQL_TRY(made->AddSystemTables());
    for (const Row& row : rows_) {
      SchemaRow object;
      DOSQL_TRY(ReadObject(AsBytes(row.bytes), &object));
      DOSQL_TRY(made->Add(object, diag));
    }
    catalog_ = std::move(made);
  }
  *catalog = catalog_.get();
  return Status::Ok();
}

// --------------------------------------------------------------------------------------- stream

Status ChangeStream::Read(const FollowPosition& from, FollowPosition* at, Bytes* batch) {
  at_ = *at;
  DOSQL_TRY(batch_.Begin(session_->store->database_id(), from));
  DOSQL_TRY(session_->store->Follow(this, at));
  at_.seq = at->seq;
  at_.pred_sum = at->pred_sum;
  at_.incarnation = at->incarnation;
  *at = at_;
  const bool copies = copy_ != nullptr && !copy_->tables.empty() && !full_;
  if (copies) DOSQL_TRY(CopyRows());
  *batch = copies ? batch_.Finish(at_, copy_->part, copy_->time) : batch_.Finish(at_, 0);
  return Status::Ok();
}

// At the log's end the tables are as the stream has told of them, so their rows go on from there.
Status ChangeStream::CopyRows() {
  copy_->part++;
  Arena arena(&session_->budget);
  for (bool first = true; !copy_->tables.empty(); first = false) {
    SlotCopy::Rest& rest = copy_->tables.front();
    const Table* table = session_->catalog->FindTable(rest.table);
    if (table == nullptr) return Code::kCorrupt;
    if (!first && batch_.size() >= bytes_max_) return Status::Ok();
    DOSQL_TRY(AddTable(*table));
    DOSQL_TRY(batch_.AddCopy(rest.table, rest.begun ? CopyState::kGoesOn : CopyState::kBegins));
    DOSQL_TRY(batch_.AddTransaction(at_.lsn, session_->host.clock->NowMicros()));
    const KeyKind kind = table->without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
    DOSQL_TRY(session_->redo.Settle(table->root));
    Cursor cursor(BTree(&session_->store->pager(), table->root, kind), nullptr);
    if (rest.after.empty()) {
      DOSQL_TRY(cursor.First());
    } else if (table->without_rowid) {
      DOSQL_TRY(cursor.Seek(SeekOp::kGt, Key::Of(AsBytes(rest.after))));
    } else {
      DOSQL_TRY(cursor.Seek(SeekOp::kGt, Key::Integer(LoadLe<int64_t>(rest.after.data()))));
    }
    rest.begun = true;
    for (uint32_t rows = 0; cursor.valid(); rows++) {
      if (rows > 0 && (batch_.size() >= bytes_max_ || rows >= kCopyRowsMax)) return Status::Ok();
      arena.Reset();
      LogChange row{LogOp::kInsert, rest.table, {}, {}, {}};
      char key[8];
      if (table->without_rowid) {
        DOSQL_TRY(cursor.BytesKey(&arena, &row.key));
        rest.after = AsText(row.key);
      } else {
        int64_t rowid;
        DOSQL_TRY(cursor.IntegerKey(&rowid));
        StoreLe<int64_t>(key, rowid);
        rest.after.assign(key, sizeof key);
      }
      row.key = AsBytes(rest.after);
      Bytes stored;
      DOSQL_TRY(cursor.Payload(&arena, &stored));
      DOSQL_TRY(WholeRow(*table, stored, &arena, &row.after));
      bool seen;
      DOSQL_TRY(filter_->Apply(*table, &row, &seen));
      if (seen) DOSQL_TRY(batch_.AddChange(row));
      DOSQL_TRY(cursor.Next());
    }
    DOSQL_TRY(batch_.AddCopy(rest.table, CopyState::kEnded));
    copy_->tables.erase(copy_->tables.begin());
  }
  return Status::Ok();
}

Status ChangeStream::ApplyIncarnation(uint64_t incarnation, uint64_t parent, Lsn fork) {
  return batch_.AddIncarnation(incarnation, parent, fork);
}

Status ChangeStream::ApplyBegin(const LogCommit& commit) {
  if (batch_.events() > 0 && batch_.size() >= bytes_max_) {
    full_ = true;
    return Code::kFull;
  }
  skip_ = at_.changes;
  at_.changes = 0;
  commit_ = commit;
  announced_ = false;
  return Status::Ok();
}

Status ChangeStream::ApplyCommit(const LogCommit& commit) {
  at_.lsn = commit.lsn;
  at_.changes = 0;
  skip_ = 0;
  ddl_.clear();
  return Status::Ok();
}

bool ChangeStream::Names(std::string_view tables, std::string_view name) {
  if (tables.empty()) return true;
  for (std::string_view rest = tables; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    if (EqualsIgnoringCase(rest.substr(0, end), name)) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

Status ChangeStream::Wanted(TableId id, const Table** table) {
  if (asked_ != id) {
    const Catalog* catalog;
    DOSQL_TRY(schema_->Tables(&session_->budget, &session_->diag, &catalog));
    answer_ = catalog->FindTable(id);
    if (answer_ != nullptr && (answer_->is_system || !Names(tables_, answer_->name)))
      answer_ = nullptr;
    asked_ = id;
  }
  *table = answer_;
  return Status::Ok();
}

Status ChangeStream::ApplyChange(const LogChange& change) {
  // What the consumer has is in the slot's schema, too.
  if (at_.changes < skip_) {
    at_.changes++;
    return Status::Ok();
  }
  if (change.op == LogOp::kDdl) {
    ddl_ = AsText(change.after);
    ddl_table_ = change.table;
  } else if (change.table == kSchemaTableId) {
    DOSQL_TRY(SchemaChange(change));
  } else {
    const Table* table;
    DOSQL_TRY(Wanted(change.table, &table));
    LogChange told = change;
    bool seen = false;
    if (table != nullptr) DOSQL_TRY(filter_->Apply(*table, &told, &seen));
    if (seen) {
      if (batch_.events() > 0 && batch_.size() + ChangeBatchWriter::BytesMax(told) > bytes_max_) {
        full_ = true;
        return Code::kFull;
      }
      DOSQL_TRY(Begin(table));
      DOSQL_TRY(batch_.AddChange(told));
    }
  }
  at_.changes++;
  return Status::Ok();
}

// The statement's words go out with the table that it makes, changes or drops: its old or its new
// name may be wanted. A slot of all tables gets the words about indexes and views, too.
Status ChangeStream::SchemaChange(const LogChange& change) {
  const Table* before;
  DOSQL_TRY(Wanted(ddl_table_, &before));
  bool wanted = before != nullptr, is_table, had = false;
  uint32_t columns_before = 0;
  if (change.op != LogOp::kInsert) {
    SchemaRow object;
    DOSQL_TRY(ReadObject(change.before, &object));
    if (object.type == "table") {
      DOSQL_TRY(Wanted(object.id, &before));
      had = before != nullptr;
      if (had) columns_before = before->columns.size;
    }
  }
  DOSQL_TRY(schema_->Apply(change, &is_table));
  filter_->Forget();
  asked_ = TableId();
  schema_changed_ |= is_table;
  const Table* after = nullptr;
  TableId gone;
  if (is_table) {
    SchemaRow object;
    DOSQL_TRY(ReadObject(change.op == LogOp::kDelete ? change.before : change.after, &object));
    DOSQL_TRY(Wanted(object.id, &after));
    described_.erase(std::remove(described_.begin(), described_.end(), object.id),
                     described_.end());
    if (had && after == nullptr) gone = object.id;
    if (copy_ != nullptr && after == nullptr) copy_->Forget(object.id);
    // It has rows already that the stream has not told of, or not as they are now.
    if (copy_ != nullptr && after != nullptr && change.op == LogOp::kUpdate &&
        (!had || AddsValues(columns_before, *after))) {
      copy_->Forget(object.id);
      copy_->tables.push_back({object.id, false, {}});
    }
  }
  if (gone != TableId()) {
    DOSQL_TRY(Begin(nullptr));
    DOSQL_TRY(batch_.AddGone(gone));
  }
  if (ddl_.empty() || !(wanted || after != nullptr || (tables_.empty() && !is_table)))
    return Status::Ok();
  DOSQL_TRY(Begin(nullptr));
  DOSQL_TRY(batch_.AddDdl(ddl_table_, ddl_));
  ddl_.clear();
  return after != nullptr ? AddTable(*after) : Status::Ok();
}

Status ChangeStream::Begin(const Table* table) {
  if (!announced_) DOSQL_TRY(batch_.AddTransaction(commit_.lsn, commit_.time_micros));
  announced_ = true;
  if (table == nullptr) return Status::Ok();
  const bool known = std::find(described_.begin(), described_.end(), table->id) != described_.end();
  return known ? Status::Ok() : AddTable(*table);
}

Status ChangeStream::AddTable(const Table& table) {
  described_.push_back(table.id);
  DOSQL_TRY(batch_.AddTable(table.id, table.name, table.without_rowid, table.columns.size));
  for (uint32_t c = 0; c < table.columns.size; c++) {
    const Column& column = table.columns[c];
    const bool rowid = static_cast<int32_t>(c) == table.rowid_column;
    const int flags = (column.not_null ? kColumnNotNull : 0) | (rowid ? kColumnIsRowid : 0);
    DOSQL_TRY(batch_.AddColumn(column.name, column.type, static_cast<uint8_t>(flags),
                               column.primary_key));
  }
  return Status::Ok();
}

}  // namespace dosql
