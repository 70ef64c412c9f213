#include "core/catalog/catalog.h"

#include "core/sql/parser.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

std::string_view CopyText(Arena* arena, std::string_view s) {
  return AsText(arena->Copy(AsBytes(s)));
}

// The number at the end of sqlite_autoindex_<table>_<n>, or 0.
uint32_t AutomaticNumber(std::string_view name) {
  uint32_t n = 0, scale = 1;
  size_t i = name.size();
  while (i > 0 && name[i - 1] >= '0' && name[i - 1] <= '9' && scale < 1000000) {
    n += static_cast<uint32_t>(name[--i] - '0') * scale;
    scale *= 10;
  }
  return n;
}

}  // namespace

Status Catalog::AddSystemTables() {
  static constexpr std::string_view kNames[] = {"type", "name", "tbl_name", "rootpage", "sql"};
  static constexpr std::string_view kTypes[] = {"TEXT", "TEXT", "TEXT", "INT", "TEXT"};
  Table* t = arena_.New<Table>();
  Column* columns = arena_.NewArray<Column>(5);
  if (t == nullptr || columns == nullptr) return Code::kNoMemory;
  for (int i = 0; i < 5; i++) {
    columns[i].name = kNames[i];
    columns[i].type = kTypes[i];
    columns[i].affinity = i == 3 ? Affinity::kInteger : Affinity::kText;
  }
  t->id = kSchemaTableId;
  t->name = "sqlite_master";
  t->root = kSchemaRoot;
  t->columns = {columns, 5};
  t->is_system = true;
  tables_.push_back(t);
  automatic_.push_back({});
  return Status::Ok();
}

Status Catalog::Add(const SchemaRow& row, Diag* diag) {
  if (row.id.value == 0) return Code::kCorrupt;
  if (row.id.value > last_id_) last_id_ = row.id.value;
  if (row.type == "table") return AddTable(row, diag);
  if (row.type == "index") return AddIndex(row, diag);
  if (row.type == "view") return AddView(row, diag);
  if (row.type == kNumbersType) {
    size_t blank = row.sql.find(' ');
    if (blank == row.sql.npos) return Code::kCorrupt;
    numbers_.user_version = static_cast<int32_t>(ParseIntegerPrefix(row.sql.substr(0, blank)));
    numbers_.application_id = static_cast<int32_t>(ParseIntegerPrefix(row.sql.substr(blank + 1)));
    return Status::Ok();
  }
  return Code::kCorrupt;
}

Status Catalog::AddTable(const SchemaRow& row, Diag* diag) {
  std::string_view text = CopyText(&arena_, row.sql);
  uint32_t consumed = 0;
  DOSQL_ASSIGN(sql::Statement * statement, sql::ParseStatement(&arena_, diag, text, &consumed));
  if (statement == nullptr || statement->kind != sql::StatementKind::kCreateTable)
    return Code::kCorrupt;
  auto& create = *static_cast<sql::CreateTable*>(statement);
  TableDefinition definition;
  DOSQL_TRY(DefineTable(&arena_, diag, create, &definition));
  Table* t = arena_.New<Table>(definition.table);
  if (t == nullptr) return Code::kNoMemory;
  t->id = row.id;
  t->root = row.root;
  t->name = CopyText(&arena_, row.name);
  t->sql = text;
  t->is_system = t->name.size() >= 7 && EqualsIgnoringCase(t->name.substr(0, 7), "sqlite_");
  tables_.push_back(t);
  automatic_.push_back(definition.automatic);
  return Status::Ok();
}

Status Catalog::AddIndex(const SchemaRow& row, Diag* diag) {
  size_t at = tables_.size();
  for (size_t i = 0; i < tables_.size(); i++)
    if (EqualsIgnoringCase(tables_[i]->name, row.table_name)) at = i;
  if (at == tables_.size()) return Code::kCorrupt;
  Table* table = tables_[at];
  Index* index = arena_.New<Index>();
  if (index == nullptr) return Code::kNoMemory;
  if (row.sql.empty()) {
    uint32_t n = AutomaticNumber(row.name);
    if (n == 0 || n > automatic_[at].size) return Code::kCorrupt;
    const AutomaticIndex& automatic = automatic_[at][n - 1];
    if (automatic.own_key) return Code::kCorrupt;
    index->columns = automatic.columns;
    index->origin = automatic.origin;
    index->number = n;
    index->conflict = automatic.conflict;
    index->unique = true;
  } else {
    std::string_view text = CopyText(&arena_, row.sql);
    uint32_t consumed = 0;
    DOSQL_ASSIGN(sql::Statement * statement, sql::ParseStatement(&arena_, diag, text, &consumed));
    if (statement == nullptr || statement->kind != sql::StatementKind::kCreateIndex)
      return Code::kCorrupt;
    DOSQL_TRY(
        DefineIndex(&arena_, diag, *static_cast<sql::CreateIndex*>(statement), *table, index));
    index->sql = text;
  }
  index->id = row.id;
  index->root = row.root;
  index->table = table;
  index->name = CopyText(&arena_, row.name);
  indexes_.push_back(index);
  return Attach(table, index);
}

Status Catalog::AddView(const SchemaRow& row, Diag* diag) {
  std::string_view text = CopyText(&arena_, row.sql);
  uint32_t consumed = 0;
  DOSQL_ASSIGN(sql::Statement * statement, sql::ParseStatement(&arena_, diag, text, &consumed));
  if (statement == nullptr || statement->kind != sql::StatementKind::kCreateView)
    return Code::kCorrupt;
  const auto& create = *static_cast<sql::CreateView*>(statement);
  View* view = arena_.New<View>();
  if (view == nullptr) return Code::kNoMemory;
  view->id = row.id;
  view->name = CopyText(&arena_, row.name);
  view->sql = text;
  view->select = create.select;
  view->columns = create.columns;
  views_.push_back(view);
  return Status::Ok();
}

Status Catalog::Attach(Table* table, const Index* index) {
  // Few tables have many indexes: copying the list for each costs less than keeping room.
  const Index** list = arena_.NewArray<const Index*>(table->indexes.size + 1);
  if (list == nullptr) return Code::kNoMemory;
  for (uint32_t i = 0; i < table->indexes.size; i++) list[i] = table->indexes[i];
  list[table->indexes.size] = index;
  table->indexes = {list, table->indexes.size + 1};
  return Status::Ok();
}

const Table* Catalog::FindTable(std::string_view name) const {
  if (EqualsIgnoringCase(name, "sqlite_schema")) name = "sqlite_master";
  for (const Table* t : tables_)
    if (EqualsIgnoringCase(t->name, name)) return t;
  return nullptr;
}

const Table* Catalog::FindTable(TableId id) const {
  for (const Table* t : tables_)
    if (t->id == id) return t;
  return nullptr;
}

const View* Catalog::FindView(std::string_view name) const {
  for (const View* v : views_)
    if (EqualsIgnoringCase(v->name, name)) return v;
  return nullptr;
}

const Index* Catalog::FindIndex(std::string_view name) const {
  for (const Index* i : indexes_)
    if (EqualsIgnoringCase(i->name, name)) return i;
  return nullptr;
}

}  // namespace dosql
