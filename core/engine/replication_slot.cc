#include "core/engine/replication_slot.h"

#include <algorithm>

#include "core/base/checksum.h"
#include "core/engine/change_stream.h"
#include "core/sql/parser.h"
#include "core/storage/btree/cursor.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

constexpr std::string_view kSlots = "sqlite_replication_slots";
constexpr std::string_view kCreateSlots =
    "CREATE TABLE sqlite_replication_slots(name TEXT, tables TEXT, lsn INTEGER, changes INTEGER, "
    "seq INTEGER, pred_sum INTEGER, incarnation INTEGER, schema BLOB, copy BLOB)";
constexpr uint32_t kSlotColumns = 9;
constexpr int64_t kBatchBytes = 1 << 20;  // when nobody says how many
constexpr int64_t kBatchBytesMax = 16 << 20;
constexpr uint64_t kIdleRows = 1024;  // of the ring's 4,096

struct Slot {
  int64_t rowid = 0;
  std::string name;
  std::string tables;  // one a line; empty: all
  std::string filter;  // which of their rows: an expression; empty: all
  FollowPosition at;
  std::string schema;  // StreamSchema
  bool copies = false;
  SlotCopy copy;
};

bool SamePlace(const FollowPosition& a, const FollowPosition& b) {
  return a.incarnation == b.incarnation && a.seq == b.seq && a.Compare(b) == 0;
}

// A position on its way through the consumer:
//   u32 sum of what follows, u64 seq, u32 pred sum, u64 incarnation, u64 lsn, u32 changes,
//   u8 whether the schema follows, u32 length of the copy's state (0: no copy), that, schema
constexpr size_t kTokenHead = 41;

std::string MakeToken(const FollowPosition& at, std::string_view copy, bool has_schema,
                      std::string_view schema) {
  std::string token(kTokenHead, '\0');
  char* p = token.data();
  StoreLe<uint64_t>(p + 4, at.seq.value);
  StoreLe<uint32_t>(p + 12, at.pred_sum);
  StoreLe<uint64_t>(p + 16, at.incarnation);
  StoreLe<uint64_t>(p + 24, at.lsn.value);
  StoreLe<uint32_t>(p + 32, at.changes);
  p[36] = static_cast<char>(has_schema);
  StoreLe<uint32_t>(p + 37, static_cast<uint32_t>(copy.size()));
  token.append(copy);
  if (has_schema) token.append(schema);
  StoreLe<uint32_t>(token.data(), Checksum32(AsBytes(token).subspan(4)));
  return token;
}

bool ReadToken(std::string_view token, Slot* slot, bool* has_schema) {
  const char* p = token.data();
  if (token.size() < kTokenHead || LoadLe<uint32_t>(p) != Checksum32(AsBytes(token).subspan(4)))
    return false;
  slot->at = {LogSeq(LoadLe<uint64_t>(p + 4)), LoadLe<uint32_t>(p + 12), LoadLe<uint64_t>(p + 16),
              Lsn(LoadLe<uint64_t>(p + 24)), LoadLe<uint32_t>(p + 32)};
  const uint32_t copy = LoadLe<uint32_t>(p + 37);
  if (copy > token.size() - kTokenHead || slot->copies != (copy > 0)) return false;
  if (copy > 0 && !slot->copy.Decode(token.substr(kTokenHead, copy)).ok()) return false;
  *has_schema = p[36] != 0;
  if (*has_schema) slot->schema = token.substr(kTokenHead + copy);
  return true;
}

// Moves a slot to a position that was read from it, at or behind its place. *moved false: it is
// there. kBind, without words.
Status MoveTo(Session* s, std::string_view token, Slot* slot, bool* moved, bool* has_schema) {
  const FollowPosition at = slot->at;
  const uint32_t part = slot->copy.part;
  if (!ReadToken(token, slot, has_schema)) return Code::kBind;
  int order = slot->at.Compare(at);
  if (order >= 0 && slot->copy.part != part) order = slot->copy.part > part ? 1 : -1;
  *moved = order != 0;
  return order < 0 || slot->at.lsn > s->store->last_lsn() ? Status(Code::kBind) : Status::Ok();
}

// A slot as a row; the values point into both. The filter stands behind the tables and an empty
// line.
struct StoredSlot {
  std::string tables, copy;
};

void ToRow(const Slot& slot, StoredSlot* stored, Value out[kSlotColumns]) {
  stored->tables = slot.tables;
  if (!slot.filter.empty()) stored->tables.append("\n\n").append(slot.filter);
  out[0] = Value::Text(slot.name);
  out[1] = slot.tables.empty() ? Value::Null() : Value::Text(stored->tables);
  out[2] = Value::Integer(static_cast<int64_t>(slot.at.lsn.value));
  out[3] = Value::Integer(slot.at.changes);
  out[4] = Value::Integer(static_cast<int64_t>(slot.at.seq.value));
  out[5] = Value::Integer(slot.at.pred_sum);
  out[6] = Value::Integer(static_cast<int64_t>(slot.at.incarnation));
  out[7] = Value::Blob(AsBytes(slot.schema));
  stored->copy = slot.copies ? slot.copy.Encode() : std::string();
  out[8] = slot.copies ? Value::Blob(AsBytes(stored->copy)) : Value::Null();
}

Status FromRow(int64_t rowid, Bytes bytes, Slot* slot) {
  RowView row;
  DOSQL_TRY(RowView::Open(bytes, &row));
  if (row.column_count() != kSlotColumns) return Code::kCorrupt;
  Value v[kSlotColumns];
  for (uint32_t c = 0; c < kSlotColumns; c++) {
    v[c] = row.Get(c);
    const bool number = c >= 2 && c <= 6;
    const bool optional = c == 1 || c == 8;
    if (number ? v[c].type != ValueType::kInteger : !optional && !v[c].is_bytes())
      return Code::kCorrupt;
  }
  slot->rowid = rowid;
  slot->name = v[0].text();
  slot->tables = v[1].is_bytes() ? v[1].text() : std::string_view();
  const size_t filter = slot->tables.find("\n\n");
  if (filter != std::string::npos) {
    slot->filter = slot->tables.substr(filter + 2);
    slot->tables.resize(filter);
  }
  slot->at = {LogSeq(static_cast<uint64_t>(v[4].i)), static_cast<uint32_t>(v[5].i),
              static_cast<uint64_t>(v[6].i), Lsn(static_cast<uint64_t>(v[2].i)),
              static_cast<uint32_t>(v[3].i)};
  slot->schema = AsText(v[7].bytes());
  slot->copies = v[8].is_bytes();
  return slot->copies ? slot->copy.Decode(AsText(v[8].bytes())) : Status::Ok();
}

Status ReadSlots(Session* s, std::vector<Slot>* slots) {
  const Table* table = s->catalog->FindTable(kSlots);
  if (table == nullptr) return Status::Ok();
  DOSQL_TRY(s->redo.Settle(table->root));
  Arena arena(&s->budget);
  Cursor cursor(BTree(&s->store->pager(), table->root, KeyKind::kInteger), nullptr);
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    Bytes bytes;
    int64_t rowid;
    DOSQL_TRY(cursor.Payload(&arena, &bytes));
    DOSQL_TRY(cursor.IntegerKey(&rowid));
    slots->emplace_back();
    DOSQL_TRY(FromRow(rowid, bytes, &slots->back()));
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

// kNotFound.
Status FindSlot(Session* s, std::string_view name, Slot* out) {
  std::vector<Slot> slots;
  DOSQL_TRY(ReadSlots(s, &slots));
  for (Slot& slot : slots) {
    if (!EqualsIgnoringCase(slot.name, name)) continue;
    *out = std::move(slot);
    return Status::Ok();
  }
  return Code::kNotFound;
}

Status NoSuchSlot(Session* s, std::string_view name, uint32_t offset = 0) {
  return s->diag.Set(Code::kNoSuchObject, Words({"no such replication slot: ", name}), offset,
                     name);
}

Status NotAPosition(Session* s, std::string_view name, uint32_t offset = 0) {
  return s->diag.Set(Code::kBind, Words({"not a position of replication slot ", name}), offset);
}

Status CreateSlotsTable(Session* s, Arena* arena) {
  if (s->catalog->FindTable(kSlots) != nullptr) return Status::Ok();
  uint32_t consumed = 0;
  DOSQL_ASSIGN(sql::Statement * tree,
               sql::ParseStatement(arena, &s->diag, kCreateSlots, &consumed));
  TableDefinition definition;
  DOSQL_TRY(DefineTable(arena, &s->diag, static_cast<sql::CreateTable&>(*tree), &definition));
  DOSQL_TRY(SchemaStore(&s->write).CreateTable(definition, kCreateSlots));
  return s->ReloadCatalog();
}

// The place must lie before every change that the slot shall give.
Status CreateSlot(Session* s, const sql::ReplicationSlot& create, Arena* arena) {
  Slot slot;
  Status found = FindSlot(s, create.name.text, &slot);
  if (found.ok())
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"replication slot ", create.name.text, " already exists"}),
                       create.name.offset, create.name.text);
  if (found.code() != Code::kNotFound) return found;
  slot.name = create.name.text;
  for (const sql::Name& name : create.tables) {
    const Table* table = s->catalog->FindTable(name.text);
    if (table == nullptr || table->is_system)
      return s->diag.Set(Code::kNoSuchObject, Words({"no such table: ", name.text}), name.offset,
                         name.text);
    if (name.text.find('\n') != std::string_view::npos)
      return s->diag.Set(
          Code::kUnsupported,
          "tables with a line break in their name are not supported in replication slots",
          name.offset, name.text);
    if (!slot.tables.empty()) slot.tables += '\n';
    slot.tables += table->name;
  }
  if (create.where != nullptr) {
    slot.filter = create.where_text;
    SlotFilter filter(s);
    DOSQL_TRY(filter.Open(slot.filter));
    for (const sql::Name& name : create.tables)
      DOSQL_TRY(filter.Check(*s->catalog->FindTable(name.text)));
  }
  Status end = s->store->LogEnd(&slot.at);
  if (end.code() == Code::kTransaction)
    return s->diag.Set(end.code(),
                       "cannot create a replication slot in a transaction that has written",
                       create.offset);
  DOSQL_TRY(end);
  StreamSchema schema;
  DOSQL_TRY(schema.Load(&s->store->pager(), &s->budget));
  slot.schema = schema.Encode();
  slot.copies = create.with_copy;
  slot.copy.time = std::max(s->host.clock->NowMicros(), s->dropped_copy_time + 1);
  for (const Table* table : s->catalog->tables()) {
    if (!slot.copies || table->is_system || !ChangeStream::Names(slot.tables, table->name))
      continue;
    slot.copy.tables.push_back({table->id, false, {}});
  }
  DOSQL_TRY(CreateSlotsTable(s, arena));
  TableWriter writer(&s->write, *s->catalog->FindTable(kSlots));
  Value row[kSlotColumns];
  StoredSlot stored;
  ToRow(slot, &stored, row);
  return writer.Insert(row, nullptr, &slot.rowid);
}

Status DropSlot(Session* s, const sql::ReplicationSlot& drop, bool* done) {
  Slot slot;
  Status found = FindSlot(s, drop.name.text, &slot);
  if (found.code() == Code::kNotFound) {
    if (drop.if_exists) return Status::Ok();
    return NoSuchSlot(s, drop.name.text, drop.name.offset);
  }
  DOSQL_TRY(found);
  *done = true;
  s->dropped_copy_time = std::max(s->dropped_copy_time, slot.copy.time);
  Value row[kSlotColumns];
  StoredSlot stored;
  ToRow(slot, &stored, row);
  return TableWriter(&s->write, *s->catalog->FindTable(kSlots)).Delete(slot.rowid, row, {});
}

Status AdvanceSlot(Session* s, const sql::ReplicationSlot& advance, bool* done) {
  Slot slot;
  Status found = FindSlot(s, advance.name.text, &slot);
  if (found.code() == Code::kNotFound) return NoSuchSlot(s, advance.name.text, advance.name.offset);
  DOSQL_TRY(found);
  Value old[kSlotColumns], row[kSlotColumns];
  const Slot before = slot;
  StoredSlot old_stored, stored;
  ToRow(before, &old_stored, old);
  bool moved, has_schema;
  if (!MoveTo(s, advance.position->text, &slot, &moved, &has_schema).ok())
    return NotAPosition(s, before.name, advance.position->offset);
  // A slot that stays where it is is not written.
  if (!moved) return Status::Ok();
  *done = true;
  ToRow(slot, &stored, row);
  return TableWriter(&s->write, *s->catalog->FindTable(kSlots))
      .Update(slot.rowid, old, {}, row, Value::Integer(slot.rowid));
}

}  // namespace

Status RunSlotStatement(Session* s, const sql::ReplicationSlot& statement, Arena* arena,
                        bool* done) {
  switch (statement.action) {
    case sql::SlotAction::kCreate: *done = true; return CreateSlot(s, statement, arena);
    case sql::SlotAction::kDrop: return DropSlot(s, statement, done);
    default: return AdvanceSlot(s, statement, done);
  }
}

Status KeepSlotsLog(Session* s) {
  std::vector<Slot> slots;
  DOSQL_TRY(ReadSlots(s, &slots));
  LogSeq keep{~uint64_t{0}};
  for (const Slot& slot : slots)
    if (s->store->LogHolds(slot.at.seq)) keep = std::min(keep, slot.at.seq);
  s->store->KeepLog(keep);
  return Status::Ok();
}

Status ListSlots(Session* s, Arena* arena, RowList* out) {
  std::vector<Slot> slots;
  DOSQL_TRY(ReadSlots(s, &slots));
  auto text = [&](std::string words) {
    return Value::Make(ValueType::kText, arena->Copy(AsBytes(words)));
  };
  for (Slot& slot : slots) {
    for (char& c : slot.tables)
      if (c == '\n') c = ',';
    if (!slot.filter.empty()) slot.tables.append(" WHERE ").append(slot.filter);
    const uint64_t lag = s->store->last_lsn().value - slot.at.lsn.value;
    for (const Value& v : {text(slot.name), slot.tables.empty() ? Value::Null() : text(slot.tables),
                           Value::Integer(static_cast<int64_t>(slot.at.lsn.value)),
                           Value::Integer(static_cast<int64_t>(lag)),
                           text(s->store->LogHolds(slot.at.seq) ? "ready" : "lost")})
      out->cells.push_back(v);
  }
  return Status::Ok();
}

Status ReadSlotBatch(Session* s, std::string_view name, int64_t max_bytes,
                     std::string_view position, Arena* arena, RowList* out) {
  Slot slot;
  Status found = FindSlot(s, name, &slot);
  if (found.code() == Code::kNotFound) return NoSuchSlot(s, name);
  DOSQL_TRY(found);
  // Whether the tables changed between the slot's stored place and where the batch begins.
  bool schema_moved = false;
  if (!position.empty()) {
    const std::string stored_name = slot.name;
    bool moved;
    if (!MoveTo(s, position, &slot, &moved, &schema_moved).ok())
      return NotAPosition(s, stored_name);
  }
  auto quiet = std::find_if(s->quiet_slots.begin(), s->quiet_slots.end(),
                            [&](const Session::QuietSlot& q) { return q.name == slot.name; });
  if (quiet != s->quiet_slots.end() && !SamePlace(quiet->from, slot.at)) {
    s->quiet_slots.erase(quiet);
    quiet = s->quiet_slots.end();
  }
  const bool known = quiet != s->quiet_slots.end();
  const bool schema_changed = known && quiet->schema_changed;
  StreamSchema schema;
  DOSQL_TRY(schema.Decode(known ? quiet->schema : slot.schema));
  SlotFilter filter(s);
  DOSQL_TRY(filter.Open(slot.filter));
  ChangeStream stream(s, slot.tables, &filter, &schema, slot.copies ? &slot.copy : nullptr,
                      static_cast<size_t>(std::clamp<int64_t>(
                          max_bytes < 1 ? kBatchBytes : max_bytes, 1, kBatchBytesMax)));
  FollowPosition at = known ? quiet->to : slot.at;
  Bytes batch;
  Status read = stream.Read(slot.at, &at, &batch);
  if (read.code() == Code::kNotFound)
    return s->diag.Set(
        Code::kStale,
        Words({"replication slot ", slot.name, " is lost: the log no longer holds its changes"}), 0,
        {}, "drop it, create it anew and copy the tables");
  if (read.code() == Code::kStale)
    return s->diag.Set(Code::kStale,
                       Words({"replication slot ", slot.name,
                              " is lost: the database was put back to an earlier state"}),
                       0, {}, "drop it, create it anew and copy the tables");
  if (read.code() == Code::kTransaction)
    return s->diag.Set(Code::kTransaction,
                       "cannot read a replication slot within a transaction that has written");
  DOSQL_TRY(read);
  // Moving on is a commit, too: behind commits of no concern it pays only now and then.
  const bool changed = schema_moved || schema_changed || stream.schema_changed();
  if (stream.events() == 0 && at.seq.value - slot.at.seq.value < kIdleRows) {
    // Where another opening of the database begins must be told.
    if (at.incarnation != slot.at.incarnation) return Status::Ok();
    if (!known) quiet = s->quiet_slots.insert(s->quiet_slots.end(), {slot.name, slot.at, {}, {}});
    quiet->to = at;
    if (!known || stream.schema_changed()) quiet->schema = schema.Encode();
    quiet->schema_changed = schema_changed || stream.schema_changed();
    return Status::Ok();
  }
  const std::string token = MakeToken(at, slot.copies ? slot.copy.Encode() : std::string(), changed,
                                      changed ? schema.Encode() : std::string());
  const Bytes kept = arena->Copy(batch), behind = arena->Copy(AsBytes(token));
  if (kept.data() == nullptr || behind.data() == nullptr) return s->OutOfMemory();
  for (const Value& v : {Value::Blob(kept), Value::Integer(stream.events()),
                         Value::Integer(static_cast<int64_t>(at.lsn.value)), Value::Blob(behind)})
    out->cells.push_back(v);
  return Status::Ok();
}

}  // namespace dosql
