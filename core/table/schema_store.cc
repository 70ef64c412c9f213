#include "core/table/schema_store.h"

#include <algorithm>

#include "core/storage/btree/cursor.h"
#include "core/type/compare.h"

namespace dosql {
Status ReadSchemaRow(const RowView& row, SchemaRow* out) {
  if (row.column_count() != kSchemaRowColumns) return Code::kCorrupt;
  Value v[kSchemaRowColumns];
  for (uint32_t i = 0; i < kSchemaRowColumns; i++) v[i] = row.Get(i);
  if (v[0].type != ValueType::kText || v[1].type != ValueType::kText ||
      v[2].type != ValueType::kText || v[3].type != ValueType::kInteger ||
      v[5].type != ValueType::kInteger || (v[4].type != ValueType::kText && !v[4].is_null()))
    return Code::kCorrupt;
  bool tree = v[0].text() == "table" || v[0].text() == "index";
  if (tree ? v[3].i < 2 || v[3].i > UINT32_MAX : v[3].i != 0) return Code::kCorrupt;
  if (v[5].i < 1 || v[5].i > UINT32_MAX) return Code::kCorrupt;
  out->type = v[0].text();
  out->name = v[1].text();
  out->table_name = v[2].text();
  out->root = PageId{static_cast<uint32_t>(v[3].i)};
  if (!v[4].is_null()) out->sql = v[4].text();
  out->id = TableId{static_cast<uint32_t>(v[5].i)};
  return Status::Ok();
}

namespace {

void WriteSchemaRow(const SchemaRow& row, Value out[kSchemaRowColumns]) {
  out[0] = Value::Text(row.type);
  out[1] = Value::Text(row.name);
  out[2] = Value::Text(row.table_name);
  out[3] = Value::Integer(row.root.value);
  out[4] = row.sql.empty() ? Value::Null() : Value::Text(row.sql);
  out[5] = Value::Integer(row.id.value);
}

BTree SchemaTree(Pager* pager) { return BTree(pager, kSchemaRoot, KeyKind::kInteger); }

}  // namespace

Status FormatSchema(Pager* pager) { return BTree::Format(pager, kSchemaRoot, KeyKind::kInteger); }

Status LoadCatalog(Pager* pager, ByteBudget* budget, Diag* diag,
                   std::unique_ptr<Catalog>* catalog) {
  auto loaded = std::make_unique<Catalog>(budget);
  DOSQL_TRY(loaded->AddSystemTables());
  Arena arena(budget);
  Cursor cursor(SchemaTree(pager), nullptr);
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    Bytes bytes;
    DOSQL_TRY(cursor.Payload(&arena, &bytes));
    RowView row;
    DOSQL_TRY(RowView::Open(bytes, &row));
    SchemaRow object;
    DOSQL_TRY(ReadSchemaRow(row, &object));
    DOSQL_TRY(loaded->Add(object, diag));
    DOSQL_TRY(cursor.Next());
  }
  *catalog = std::move(loaded);
  return Status::Ok();
}

// ----------------------------------------------------------------------------------------- pieces

Status SchemaStore::NewTree(KeyKind kind, PageId* root) {
  return BTree::Create(&context_->store->pager(), kind, root);
}

Status SchemaStore::LogDdl(TableId id, std::string_view sql) {
  return context_->store->Log({LogOp::kDdl, id, {}, {}, AsBytes(sql)});
}

Status SchemaStore::AddRow(std::string_view type, std::string_view name, std::string_view table,
                           PageId root, std::string_view sql, TableId id) {
  bool numbers = type == kNumbersType;
  Value values[kSchemaRowColumns];
  WriteSchemaRow({type, name, table, root, sql, id}, values);
  size_t size = EncodedRowSize(values, kSchemaRowColumns);
  auto* row = static_cast<uint8_t*>(context_->arena->Allocate(size + 8));
  if (size == 0 || row == nullptr) return Code::kNoMemory;
  EncodeRow(values, kSchemaRowColumns, row);
  BTree tree = SchemaTree(&context_->store->pager());
  int64_t last = 0;
  Status s = tree.LastKey(&last);
  if (!s.ok() && s.code() != Code::kNotFound) return s;
  if (numbers) last = kSchemaFirstRowid - 2;
  StoreLe<int64_t>(row + size, last + 1);
  DOSQL_TRY(
      context_->store->Log({LogOp::kInsert, kSchemaTableId, {row + size, 8}, {}, {row, size}}));
  context_->rows_written++;
  return tree.Insert(Key::Integer(last + 1), {row, size});
}

Status SchemaStore::DeleteRow(TableId id) {
  BTree tree = SchemaTree(&context_->store->pager());
  Cursor cursor(tree, nullptr);
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    Bytes bytes;
    DOSQL_TRY(cursor.Payload(context_->arena, &bytes));
    RowView row;
    DOSQL_TRY(RowView::Open(bytes, &row));
    SchemaRow object;
    DOSQL_TRY(ReadSchemaRow(row, &object));
    if (object.id == id) {
      Bytes before = context_->arena->Copy(bytes);
      if (before.data() == nullptr) return Code::kNoMemory;
      int64_t rowid;
      DOSQL_TRY(cursor.IntegerKey(&rowid));
      uint8_t key[8];
      StoreLe<int64_t>(key, rowid);
      DOSQL_TRY(context_->store->Log({LogOp::kDelete, kSchemaTableId, key, before, {}}));
      context_->rows_written++;
      return tree.Delete(Key::Integer(rowid));
    }
    DOSQL_TRY(cursor.Next());
  }
  return Code::kNotFound;
}

Status SchemaStore::Rewrite(TableId id, std::string_view name, std::string_view table,
                            std::string_view sql) {
  BTree tree = SchemaTree(&context_->store->pager());
  Cursor cursor(tree, nullptr);
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    Bytes bytes;
    DOSQL_TRY(cursor.Payload(context_->arena, &bytes));
    Bytes before = context_->arena->Copy(bytes);
    if (before.data() == nullptr) return Code::kNoMemory;
    RowView row;
    DOSQL_TRY(RowView::Open(before, &row));
    SchemaRow object;
    DOSQL_TRY(ReadSchemaRow(row, &object));
    if (object.id != id) {
      DOSQL_TRY(cursor.Next());
      continue;
    }
    object.name = name;
    object.table_name = table;
    object.sql = sql;
    Value values[kSchemaRowColumns];
    WriteSchemaRow(object, values);
    size_t size = EncodedRowSize(values, kSchemaRowColumns);
    auto* after = static_cast<uint8_t*>(context_->arena->Allocate(size + 8));
    if (size == 0 || after == nullptr) return Code::kNoMemory;
    EncodeRow(values, kSchemaRowColumns, after);
    int64_t rowid;
    DOSQL_TRY(cursor.IntegerKey(&rowid));
    StoreLe<int64_t>(after + size, rowid);
    DOSQL_TRY(context_->store->Log(
        {LogOp::kUpdate, kSchemaTableId, {after + size, 8}, before, {after, size}}));
    context_->rows_written++;
    return tree.Replace(Key::Integer(rowid), {after, size});
  }
  return Code::kNotFound;
}

// --------------------------------------------------------------------------------------- creating

Status SchemaStore::CreateTable(const TableDefinition& definition, std::string_view sql) {
  uint32_t id = context_->catalog->next_id().value;
  const Table& table = definition.table;
  DOSQL_TRY(LogDdl(TableId{id}, sql));
  PageId root;
  DOSQL_TRY(NewTree(table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger, &root));
  DOSQL_TRY(AddRow("table", table.name, table.name, root, sql, TableId{id++}));
  for (uint32_t i = 0; i < definition.automatic.size; i++) {
    if (definition.automatic[i].own_key) continue;
    std::string name = Words({"sqlite_autoindex_", table.name, "_", std::to_string(i + 1)});
    DOSQL_TRY(NewTree(KeyKind::kBytes, &root));
    DOSQL_TRY(AddRow("index", name, table.name, root, {}, TableId{id++}));
  }
  if (table.autoincrement && context_->catalog->FindTable("sqlite_sequence") == nullptr) {
    DOSQL_TRY(NewTree(KeyKind::kInteger, &root));
    DOSQL_TRY(AddRow("table", "sqlite_sequence", "sqlite_sequence", root,
                     "CREATE TABLE sqlite_sequence(name,seq)", TableId{id++}));
  }
  return Status::Ok();
}

Status SchemaStore::CreateIndex(const Index& definition, std::string_view sql) {
  Index index = definition;
  index.id = context_->catalog->next_id();
  DOSQL_TRY(LogDdl(index.id, sql));
  DOSQL_TRY(NewTree(KeyKind::kBytes, &index.root));
  DOSQL_TRY(FillIndex(*index.table, index));
  return AddRow("index", index.name, index.table->name, index.root, sql, index.id);
}

Status SchemaStore::Rebuild(const Index& index, std::string_view sql) {
  DOSQL_TRY(LogDdl(index.id, sql));
  DOSQL_TRY(BTree(&context_->store->pager(), index.root, KeyKind::kBytes).Clear());
  return FillIndex(*index.table, index);
}

namespace {

struct SortedEntry {
  Bytes key;
  Bytes locator;
  EntryKind kind;
};

std::string UniqueWords(const Index& index) {
  std::string message = "UNIQUE constraint failed: ";
  for (uint32_t i = 0; i < index.columns.size; i++) {
    const IndexColumn& c = index.columns[i];
    if (c.expr != nullptr) return Words({"UNIQUE constraint failed: index '", index.name, "'"});
    if (i > 0) message += ", ";
    message += Words({index.table->name, ".", index.table->columns[c.column].name});
  }
  return message;
}

}  // namespace

// Entries are sorted in memory and put in order, which fills pages; a part at a time when the
// budget does not hold them all.
Status SchemaStore::FillIndex(const Table& table, const Index& index) {
  Pager* pager = &context_->store->pager();
  Cursor cursor(BTree(pager, table.root, table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger),
                nullptr);
  BTree tree(pager, index.root, KeyKind::kBytes);
  ByteBudget part(8u << 20);
  Arena arena(&part), row_arena(&part);
  std::vector<SortedEntry> entries;
  uint32_t width = table.columns.size;
  std::vector<Value> values(width + 1);
  // An index whose expressions the engine refuses is refused here, before anything is built.
  Arena program_arena(context_->arena->budget());
  IndexPrograms programs;
  EvalContext eval;
  eval.function = context_->function;
  eval.function.arena = &row_arena;
  if (context_->programs != nullptr)
    DOSQL_TRY(context_->programs->CompileIndex(index, &program_arena, &programs));
  auto flush = [&]() -> Status {
    std::sort(entries.begin(), entries.end(), [](const SortedEntry& a, const SortedEntry& b) {
      return CompareBytes(a.key, b.key) < 0;
    });
    for (const SortedEntry& e : entries) {
      Status s = tree.Insert(Key::Of(e.key), e.kind == EntryKind::kUnique ? e.locator : Bytes());
      if (s.code() == Code::kAlreadyExists) {
        return context_->diag->Set(Code::kConstraintUnique, UniqueWords(index));
      }
      DOSQL_TRY(s);
      context_->rows_written++;
    }
    entries.clear();
    arena.Reset();
    return Status::Ok();
  };
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    row_arena.Reset();
    Bytes bytes, key_bytes;
    int64_t rowid = 0;
    if (table.without_rowid) {
      DOSQL_TRY(cursor.BytesKey(&row_arena, &key_bytes));
    } else {
      DOSQL_TRY(cursor.IntegerKey(&rowid));
    }
    DOSQL_TRY(cursor.Payload(&row_arena, &bytes));
    RowView row;
    DOSQL_TRY(RowView::Open(bytes, &row));
    for (uint32_t c = 0; c < width; c++) values[c] = row.GetOr(c, table.columns[c].default_value);
    if (table.rowid_column >= 0) values[table.rowid_column] = Value::Integer(rowid);
    if (!table.without_rowid) values[width] = Value::Integer(rowid);
    size_t locator_bytes = table.without_rowid ? key_bytes.size() + 2 : kRowidKeyBytes;
    auto* locator = static_cast<uint8_t*>(arena.Allocate(locator_bytes));
    if (locator == nullptr) return Code::kNoMemory;
    if (table.without_rowid) {
      std::memcpy(locator, key_bytes.data(), key_bytes.size());
      StoreLe<uint16_t>(locator + key_bytes.size(), static_cast<uint16_t>(key_bytes.size()));
    } else {
      PutRowid(locator, rowid);
    }
    SortedEntry e;
    e.locator = {locator, locator_bytes};
    KeyBuffer key(&arena);
    DOSQL_TRY(BuildEntryKey(index, &programs, &eval, values.data(), e.locator, &key, &e.kind));
    if (e.kind != EntryKind::kNone) {
      e.key = arena.Copy(key.bytes());
      if (e.key.data() == nullptr) return Code::kNoMemory;
      entries.push_back(e);
    }
    if (part.used() > part.limit() / 2) DOSQL_TRY(flush());
    DOSQL_TRY(cursor.Next());
  }
  return flush();
}

Status SchemaStore::SetNumbers(const SchemaNumbers& numbers) {
  std::string text =
      std::to_string(numbers.user_version) + " " + std::to_string(numbers.application_id);
  Status s = DeleteRow(kSchemaTableId);
  if (!s.ok() && s.code() != Code::kNotFound) return s;
  return AddRow(kNumbersType, kNumbersType, kNumbersType, PageId{}, text, kSchemaTableId);
}

Status SchemaStore::CreateView(std::string_view name, std::string_view sql) {
  TableId id = context_->catalog->next_id();
  DOSQL_TRY(LogDdl(id, sql));
  return AddRow("view", name, name, PageId{}, sql, id);
}

// --------------------------------------------------------------------------------------- dropping

Status SchemaStore::DropView(const View& view, std::string_view sql) {
  DOSQL_TRY(LogDdl(view.id, sql));
  return DeleteRow(view.id);
}

Status SchemaStore::DropIndex(const Index& index, std::string_view sql) {
  DOSQL_TRY(LogDdl(index.id, sql));
  DOSQL_TRY(BTree(&context_->store->pager(), index.root, KeyKind::kBytes).Drop());
  return DeleteRow(index.id);
}

Status SchemaStore::DropTable(const Table& table, std::string_view sql) {
  DOSQL_TRY(LogDdl(table.id, sql));
  Pager* pager = &context_->store->pager();
  for (const Index* index : table.indexes) {
    DOSQL_TRY(BTree(pager, index->root, KeyKind::kBytes).Drop());
    DOSQL_TRY(DeleteRow(index->id));
  }
  KeyKind kind = table.without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
  DOSQL_TRY(BTree(pager, table.root, kind).Drop());
  DOSQL_TRY(DeleteRow(table.id));
  const Table* sequence = context_->catalog->FindTable("sqlite_sequence");
  if (!table.autoincrement || sequence == nullptr) return Status::Ok();
  Cursor cursor(BTree(pager, sequence->root, KeyKind::kInteger), nullptr);
  DOSQL_TRY(cursor.First());
  while (cursor.valid()) {
    Bytes bytes;
    DOSQL_TRY(cursor.Payload(context_->arena, &bytes));
    bytes = context_->arena->Copy(bytes);
    if (bytes.data() == nullptr) return Code::kNoMemory;
    RowView row;
    DOSQL_TRY(RowView::Open(bytes, &row));
    Value name = row.GetOr(0, Value::Null());
    if (name.type == ValueType::kText && EqualsIgnoringCase(name.text(), table.name)) {
      int64_t rowid;
      DOSQL_TRY(cursor.IntegerKey(&rowid));
      TableWriter writer(context_, *sequence);
      Value old[2];
      writer.ReadRow(rowid, row, old);
      return writer.Delete(rowid, old, bytes);
    }
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

// ------------------------------------------------------------------------------------------- redo

Status SchemaStore::Redo(const LogChange& change, bool* catalog_changed) {
  *catalog_changed = true;
  if (change.op == LogOp::kDdl) {
    *catalog_changed = false;
    return Status::Ok();  // its effects follow as row changes
  }
  if (change.op == LogOp::kUpdate && change.key.size() == 8) return RedoRewrite(change);
  bool insert = change.op == LogOp::kInsert;
  if (!insert && change.op != LogOp::kDelete) return Code::kCorrupt;
  if (change.key.size() != 8) return Code::kCorrupt;
  RowView row;
  DOSQL_TRY(RowView::Open(insert ? change.after : change.before, &row));
  SchemaRow object;
  DOSQL_TRY(ReadSchemaRow(row, &object));
  int64_t rowid = LoadLe<int64_t>(change.key.data());
  if (!insert) {
    DOSQL_TRY(RedoDelete(object));
    return SchemaTree(&context_->store->pager()).Delete(Key::Integer(rowid));
  }
  // Make the tree, then the row with the page found now; then the entries of a built index.
  KeyKind kind = KeyKind::kBytes;
  Arena scratch(context_->arena->budget());
  if (object.type == "table") {
    Catalog parsed(context_->arena->budget());
    SchemaRow probe = object;
    DOSQL_TRY(parsed.Add(probe, context_->diag));
    if (!parsed.tables()[0]->without_rowid) kind = KeyKind::kInteger;
  }
  if (object.root.value != 0) DOSQL_TRY(NewTree(kind, &object.root));
  Value values[kSchemaRowColumns];
  WriteSchemaRow(object, values);
  size_t size = EncodedRowSize(values, kSchemaRowColumns);
  auto* bytes = static_cast<uint8_t*>(scratch.Allocate(size));
  if (bytes == nullptr) return Code::kNoMemory;
  EncodeRow(values, kSchemaRowColumns, bytes);
  DOSQL_TRY(SchemaTree(&context_->store->pager()).Insert(Key::Integer(rowid), {bytes, size}));
  if (object.type != "index" || object.sql.empty()) return Status::Ok();
  std::unique_ptr<Catalog> now;
  DOSQL_TRY(
      LoadCatalog(&context_->store->pager(), context_->arena->budget(), context_->diag, &now));
  const Index* index = now->FindIndex(object.name);
  if (index == nullptr) return Code::kCorrupt;
  return FillIndex(*index->table, *index);
}

// The words of the record with the page that the row has in this run.
Status SchemaStore::RedoRewrite(const LogChange& change) {
  BTree tree = SchemaTree(&context_->store->pager());
  Key key = Key::Integer(LoadLe<int64_t>(change.key.data()));
  Arena scratch(context_->arena->budget());
  Bytes now;
  DOSQL_TRY(tree.Get(nullptr, key, &scratch, &now));
  RowView row;
  SchemaRow object, written;
  DOSQL_TRY(RowView::Open(now, &row));
  DOSQL_TRY(ReadSchemaRow(row, &object));
  PageId root = object.root;
  DOSQL_TRY(RowView::Open(change.after, &row));
  DOSQL_TRY(ReadSchemaRow(row, &written));
  written.root = root;
  Value values[kSchemaRowColumns];
  WriteSchemaRow(written, values);
  size_t size = EncodedRowSize(values, kSchemaRowColumns);
  auto* bytes = static_cast<uint8_t*>(scratch.Allocate(size));
  if (bytes == nullptr) return Code::kNoMemory;
  EncodeRow(values, kSchemaRowColumns, bytes);
  return tree.Replace(key, {bytes, size});
}

Status SchemaStore::RedoDelete(const SchemaRow& row) {
  if (row.root.value == 0) return Status::Ok();
  const Catalog& catalog = *context_->catalog;
  Pager* pager = &context_->store->pager();
  for (const Index* index : catalog.indexes())
    if (index->id == row.id) return BTree(pager, index->root, KeyKind::kBytes).Drop();
  const Table* table = catalog.FindTable(row.id);
  if (table == nullptr) return Code::kCorrupt;
  return BTree(pager, table->root, table->without_rowid ? KeyKind::kBytes : KeyKind::kInteger)
      .Drop();
}

}  // namespace dosql
