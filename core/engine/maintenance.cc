// ANALYZE, REINDEX and VACUUM.
#include "core/engine/maintenance.h"

#include "core/sql/parser.h"
#include "core/storage/btree/cursor.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"
#include "core/type/key_codec.h"

namespace dosql {
namespace {

bool IsMain(std::string_view name) { return EqualsIgnoringCase(name, "main"); }

// What a Maintenance statement names: everything, a table or an index.
struct Target {
  const Table* table = nullptr;
  const Index* index = nullptr;
  bool all() const { return table == nullptr; }
  bool Has(const Table& t) const { return all() || table == &t; }
  bool Has(const Index& i) const {
    return all() || (table == i.table && (index == nullptr || index == &i));
  }
};

bool FindTarget(const Catalog& catalog, const sql::QualifiedName& name, Target* out) {
  if (!name.schema.empty() && !IsMain(name.schema)) return false;
  out->table = catalog.FindTable(name.name);
  if (out->table != nullptr) return true;
  out->index = catalog.FindIndex(name.name);
  if (out->index != nullptr) out->table = out->index->table;
  return out->index != nullptr;
}

// Rows of a tree of keys, and how many distinct values its first 1, 2, ... columns have.
Status CountKeys(Session* s, PageId root, const sql::List<IndexColumn>& columns, uint64_t* rows,
                 std::vector<uint64_t>* distinct) {
  *rows = 0;
  distinct->assign(columns.size, 0);
  Cursor cursor(BTree(&s->store->pager(), root, KeyKind::kBytes), nullptr);
  DOSQL_TRY(cursor.First());
  Arena arenas[2] = {Arena(&s->budget), Arena(&s->budget)};
  Bytes before;
  for (; cursor.valid(); ++*rows) {
    Arena* arena = &arenas[*rows & 1];
    arena->Reset();
    Bytes key;
    DOSQL_TRY(cursor.BytesKey(arena, &key));
    size_t at = 0;
    bool same = *rows > 0;
    for (uint32_t c = 0; c < columns.size; c++) {
      size_t size = KeyColumnBytes(key.subspan(at), columns[c].desc);
      same = same && before.size() >= at + size &&
             CompareBytes(key.subspan(at, size), before.subspan(at, size)) == 0;
      if (!same) (*distinct)[c]++;
      at += size;
    }
    before = key;
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

// "rows per-key per-two-columns ...", rounded up as SQLite does.
std::string StatText(uint64_t rows, const std::vector<uint64_t>& distinct) {
  std::string text = std::to_string(rows);
  for (uint64_t d : distinct) {
    uint64_t each = (rows + d - 1) / d;
    if (each == 2 && rows * 10 <= d * 11) each = 1;
    text += ' ' + std::to_string(each);
  }
  return text;
}

Status AddStat(Session* s, TableWriter* writer, std::string_view table, std::string_view index,
               const std::string& text) {
  Value values[3] = {Value::Text(table), index.empty() ? Value::Null() : Value::Text(index),
                     Value::Text(text)};
  (void)s;
  int64_t rowid;
  return writer->Insert(values, nullptr, &rowid);
}

Status AnalyzeTable(Session* s, const Table& table, const Target& target, TableWriter* writer) {
  uint64_t rows;
  std::vector<uint64_t> distinct;
  bool count_table = target.index == nullptr && !table.without_rowid;
  if (table.without_rowid && target.index == nullptr) {
    DOSQL_TRY(CountKeys(s, table.root, table.key_columns, &rows, &distinct));
    if (rows > 0) DOSQL_TRY(AddStat(s, writer, table.name, table.name, StatText(rows, distinct)));
  }
  for (const Index* index : table.indexes) {
    if (!target.Has(*index)) continue;
    if (index->where == nullptr) count_table = false;
    DOSQL_TRY(CountKeys(s, index->root, index->columns, &rows, &distinct));
    if (rows > 0) DOSQL_TRY(AddStat(s, writer, table.name, index->name, StatText(rows, distinct)));
  }
  if (!count_table) return Status::Ok();
  DOSQL_TRY(BTree(&s->store->pager(), table.root, KeyKind::kInteger).Count(nullptr, &rows));
  if (rows == 0) return Status::Ok();
  return AddStat(s, writer, table.name, {}, std::to_string(rows));
}

Status Analyze(Session* s, const sql::Maintenance& m, Arena* arena, bool* done) {
  Target target;
  bool named = !m.name.name.empty() && !(m.name.schema.empty() && IsMain(m.name.name));
  if (named && !FindTarget(*s->catalog, m.name, &target)) {
    if (s->catalog->FindView(m.name.name) != nullptr) return Status::Ok();
    return s->diag.Set(Code::kNoSuchObject, Words({"no such table: ", m.name.name}), m.name.offset,
                       m.name.name);
  }
  *done = true;
  if (s->catalog->FindTable("sqlite_stat1") == nullptr) {
    constexpr std::string_view kSql = "CREATE TABLE sqlite_stat1(tbl,idx,stat)";
    uint32_t consumed = 0;
    DOSQL_ASSIGN(sql::Statement * tree, sql::ParseStatement(arena, &s->diag, kSql, &consumed));
    TableDefinition definition;
    DOSQL_TRY(DefineTable(arena, &s->diag, static_cast<sql::CreateTable&>(*tree), &definition));
    DOSQL_TRY(SchemaStore(&s->write).CreateTable(definition, kSql));
    DOSQL_TRY(s->ReloadCatalog());
    target = {};
    if (named) FindTarget(*s->catalog, m.name, &target);
  }
  if (target.all()) {
    for (const Table* t : s->catalog->tables()) DOSQL_TRY(ForgetStatistics(s, t->name, {}));
  } else {
    DOSQL_TRY(ForgetStatistics(s, target.table->name,
                               target.index != nullptr ? target.index->name : std::string_view()));
  }
  TableWriter writer(&s->write, *s->catalog->FindTable("sqlite_stat1"));
  for (const Table* t : s->catalog->tables())
    if (target.Has(*t) && !t->is_system) DOSQL_TRY(AnalyzeTable(s, *t, target, &writer));
  return Status::Ok();
}

Status Reindex(Session* s, const sql::Maintenance& m, bool* done) {
  Target target;
  Collation collation = Collation::kBinary;
  bool by_collation = false;
  if (!m.name.name.empty() && !FindTarget(*s->catalog, m.name, &target)) {
    by_collation = m.name.schema.empty() && CollationByName(m.name.name, &collation);
    if (!by_collation && s->catalog->FindView(m.name.name) == nullptr)
      return s->diag.Set(Code::kNoSuchObject, "unable to identify the object to be reindexed",
                         m.name.offset, m.name.name);
    if (!by_collation) return Status::Ok();
  }
  for (const Index* index : s->catalog->indexes()) {
    bool chosen = target.Has(*index);
    if (by_collation) {
      chosen = false;
      for (const IndexColumn& c : index->columns) chosen |= c.collation == collation;
    }
    if (!chosen) continue;
    *done = true;
    DOSQL_TRY(SchemaStore(&s->write).Rebuild(*index, m.text));
  }
  return Status::Ok();
}

}  // namespace

Status ForgetStatistics(Session* s, std::string_view table, std::string_view index) {
  const Table* stat = s->catalog->FindTable("sqlite_stat1");
  if (stat == nullptr || stat->without_rowid || stat->columns.size < 2) return Status::Ok();
  struct Row {
    int64_t rowid;
    Bytes bytes;
  };
  std::vector<Row> gone;
  Arena arena(&s->budget);
  Cursor cursor(BTree(&s->store->pager(), stat->root, KeyKind::kInteger), nullptr);
  DOSQL_TRY(cursor.First());
  for (; cursor.valid();) {
    Bytes bytes;
    DOSQL_TRY(cursor.Payload(&arena, &bytes));
    RowView row;
    DOSQL_TRY(RowView::Open(bytes, &row));
    Value of = row.GetOr(0, Value::Null()), name = row.GetOr(1, Value::Null());
    bool fits = of.type == ValueType::kText && EqualsIgnoringCase(of.text(), table);
    if (!index.empty())
      fits = fits && name.type == ValueType::kText && EqualsIgnoringCase(name.text(), index);
    if (fits) {
      Row r{0, arena.Copy(bytes)};
      if (r.bytes.data() == nullptr) return s->OutOfMemory();
      DOSQL_TRY(cursor.IntegerKey(&r.rowid));
      gone.push_back(r);
    }
    DOSQL_TRY(cursor.Next());
  }
  TableWriter writer(&s->write, *stat);
  std::vector<Value> old(stat->columns.size + 1);
  for (const Row& r : gone) {
    RowView row;
    DOSQL_TRY(RowView::Open(r.bytes, &row));
    writer.ReadRow(r.rowid, row, old.data());
    DOSQL_TRY(writer.Delete(r.rowid, old.data(), r.bytes));
  }
  return Status::Ok();
}

Status RunMaintenance(Session* s, const sql::Maintenance& statement, Arena* arena, bool* done) {
  if (statement.kind == sql::StatementKind::kReindex) return Reindex(s, statement, done);
  return Analyze(s, statement, arena, done);
}

Status CheckVacuum(Session* s, const sql::Maintenance& m) {
  if (m.into != nullptr)
    return s->diag.Set(Code::kUnsupported, "VACUUM INTO is not supported yet", m.into->offset);
  if (!m.name.name.empty() && !IsMain(m.name.name))
    return s->diag.Set(Code::kNoSuchObject, Words({"unknown database ", m.name.name}),
                       m.name.offset, m.name.name);
  return Status::Ok();
}

Status RunVacuum(Session* s, const sql::Maintenance& m) {
  if (s->explicit_transaction)
    return s->diag.Set(Code::kTransaction, "cannot VACUUM from within a transaction", m.offset);
  DOSQL_TRY(s->redo.Flush());
  return s->store->Checkpoint();
}

}  // namespace dosql
