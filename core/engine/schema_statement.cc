#include "core/bind/binder.h"
#include "core/engine/alter_table.h"
#include "core/engine/create_table_as.h"
#include "core/engine/maintenance.h"
#include "core/engine/replication_slot.h"
#include "core/engine/session.h"
#include "core/sql/parser.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

Status RefuseSchemaName(Session* s, const sql::QualifiedName& name) {
  if (name.schema.empty() || EqualsIgnoringCase(name.schema, "main")) return Status::Ok();
  return s->diag.Set(Code::kUnsupported, Words({"schema ", name.schema, " is not supported yet"}),
                     name.offset, name.schema, "only main exists");
}

Status RefuseReserved(Session* s, std::string_view name, uint32_t offset) {
  if (name.size() < 7 || !EqualsIgnoringCase(name.substr(0, 7), "sqlite_")) return Status::Ok();
  return s->diag.Set(Code::kBind, Words({"object name reserved for internal use: ", name}), offset,
                     name);
}

// The text as SQLite stores it: without IF NOT EXISTS and the schema's name.
std::string StoredSql(std::string_view create, const sql::Statement& statement,
                      const sql::QualifiedName& name) {
  return Words({create, statement.text.substr(name.name_offset - statement.offset)});
}

// A table, view or index in the way of a new table or view. *exists: IF NOT EXISTS lets it be.
Status FindRival(Session* s, const sql::QualifiedName& name, bool if_not_exists, bool* exists) {
  *exists = false;
  const char* kind = nullptr;
  if (s->catalog->FindTable(name.name) != nullptr) kind = "table ";
  if (s->catalog->FindView(name.name) != nullptr) kind = "view ";
  if (kind != nullptr) {
    *exists = if_not_exists;
    if (if_not_exists) return Status::Ok();
    return s->diag.Set(Code::kAlreadyExists, Words({kind, name.name, " already exists"}),
                       name.name_offset, name.name);
  }
  if (s->catalog->FindIndex(name.name) == nullptr) return Status::Ok();
  return s->diag.Set(Code::kAlreadyExists, Words({"there is already an index named ", name.name}),
                     name.name_offset, name.name);
}

Status CreateView(Session* s, const sql::CreateView& create, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, create.view));
  DOSQL_TRY(RefuseReserved(s, create.view.name, create.view.name_offset));
  if (create.temp)
    return s->diag.Set(Code::kUnsupported, "TEMP views are not supported yet", create.offset);
  bool exists;
  DOSQL_TRY(FindRival(s, create.view, create.if_not_exists, &exists));
  if (exists) return Status::Ok();
  *done = true;
  return SchemaStore(&s->write).CreateView(create.view.name,
                                           StoredSql("CREATE VIEW ", create, create.view));
}

Status CreateTable(Session* s, const sql::CreateTable& create, Arena* arena, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, create.table));
  DOSQL_TRY(RefuseReserved(s, create.table.name, create.table.offset));
  bool exists;
  DOSQL_TRY(FindRival(s, create.table, create.if_not_exists, &exists));
  if (exists) return Status::Ok();
  TableDefinition definition;
  *done = true;
  if (create.as_select == nullptr) {
    DOSQL_TRY(DefineTable(arena, &s->diag, create, &definition));
    return SchemaStore(&s->write).CreateTable(definition,
                                              StoredSql("CREATE TABLE ", create, create.table));
  }
  DOSQL_TRY(s->redo.Flush());
  BoundSelect query;
  BindContext bind{arena, &s->diag, s->catalog.get()};
  DOSQL_TRY(BindSelect(bind, *create.as_select, &query));
  std::string text = CreateTableText(create.table.name, query.outputs);
  uint32_t consumed = 0;
  DOSQL_ASSIGN(sql::Statement * plain, sql::ParseStatement(arena, &s->diag, text, &consumed));
  DOSQL_TRY(DefineTable(arena, &s->diag, static_cast<sql::CreateTable&>(*plain), &definition));
  return SchemaStore(&s->write).CreateTable(definition, text);
}

Status CreateIndex(Session* s, const sql::CreateIndex& create, Arena* arena, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, create.index));
  DOSQL_TRY(RefuseReserved(s, create.index.name, create.index.offset));
  if (s->catalog->FindView(create.table.text) != nullptr)
    return s->diag.Set(Code::kBind, "views may not be indexed", create.table.offset,
                       create.table.text);
  const Table* table = s->catalog->FindTable(create.table.text);
  if (table == nullptr)
    return s->diag.Set(Code::kNoSuchObject, Words({"no such table: main.", create.table.text}),
                       create.table.offset, create.table.text);
  if (s->catalog->FindIndex(create.index.name) != nullptr) {
    if (create.if_not_exists) return Status::Ok();
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"index ", create.index.name, " already exists"}), create.index.offset,
                       create.index.name);
  }
  if (s->catalog->FindTable(create.index.name) != nullptr ||
      s->catalog->FindView(create.index.name) != nullptr)
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"there is already a table named ", create.index.name}),
                       create.index.offset, create.index.name);
  if (table->is_system)
    return s->diag.Set(Code::kReadOnly, Words({"table ", table->name, " may not be indexed"}),
                       create.table.offset, create.table.text);
  Index index;
  DOSQL_TRY(DefineIndex(arena, &s->diag, create, *table, &index));
  DOSQL_TRY(s->redo.Flush());
  *done = true;
  return SchemaStore(&s->write).CreateIndex(
      index,
      StoredSql(create.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ", create, create.index));
}

Status Drop(Session* s, const sql::Drop& drop, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, drop.name));
  std::string name(drop.name.name);
  if (drop.object == sql::ObjectKind::kIndex) {
    const Index* index = s->catalog->FindIndex(name);
    if (index == nullptr) {
      if (drop.if_exists) return Status::Ok();
      return s->diag.Set(Code::kNoSuchObject, "no such index: " + name, drop.name.offset,
                         drop.name.name);
    }
    if (index->sql.empty())
      return s->diag.Set(Code::kBind,
                         "index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped",
                         drop.name.offset, drop.name.name);
    *done = true;
    DOSQL_TRY(s->redo.Flush());
    DOSQL_TRY(ForgetStatistics(s, index->table->name, index->name));
    return SchemaStore(&s->write).DropIndex(*index, drop.text);
  }
  const Table* table = s->catalog->FindTable(name);
  const View* view = s->catalog->FindView(name);
  bool drops_view = drop.object == sql::ObjectKind::kView;
  if (table == nullptr && view == nullptr) {
    if (drop.if_exists) return Status::Ok();
    return s->diag.Set(Code::kNoSuchObject,
                       (drops_view ? "no such view: " : "no such table: ") + name, drop.name.offset,
                       drop.name.name);
  }
  if (drops_view != (view != nullptr) && !(table != nullptr && table->is_system))
    return s->diag.Set(Code::kBind,
                       drops_view ? "use DROP TABLE to delete table " + name
                                  : "use DROP VIEW to delete view " + name,
                       drop.name.offset, drop.name.name);
  if (view != nullptr) {
    *done = true;
    return SchemaStore(&s->write).DropView(*view, drop.text);
  }
  if (table->is_system && !EqualsIgnoringCase(name, "sqlite_stat1"))
    return s->diag.Set(Code::kReadOnly, Words({"table ", table->name, " may not be dropped"}),
                       drop.name.offset, drop.name.name);
  *done = true;
  DOSQL_TRY(s->redo.Flush());
  DOSQL_TRY(ForgetStatistics(s, table->name, {}));
  return SchemaStore(&s->write).DropTable(*table, drop.text);
}

}  // namespace

Status RunSchemaStatement(Session* s, const sql::Statement& statement, Arena* arena, bool* done) {
  *done = false;
  switch (statement.kind) {
    case sql::StatementKind::kCreateTable:
      return CreateTable(s, static_cast<const sql::CreateTable&>(statement), arena, done);
    case sql::StatementKind::kCreateIndex:
      return CreateIndex(s, static_cast<const sql::CreateIndex&>(statement), arena, done);
    case sql::StatementKind::kCreateView:
      return CreateView(s, static_cast<const sql::CreateView&>(statement), done);
    case sql::StatementKind::kAlterTable:
      DOSQL_TRY(s->redo.Flush());
      return RunAlterTable(s, static_cast<const sql::AlterTable&>(statement), arena, done);
    case sql::StatementKind::kAnalyze:
    case sql::StatementKind::kReindex:
      DOSQL_TRY(s->redo.Flush());
      return RunMaintenance(s, static_cast<const sql::Maintenance&>(statement), arena, done);
    case sql::StatementKind::kReplicationSlot:
      DOSQL_TRY(s->redo.Flush());
      return RunSlotStatement(s, static_cast<const sql::ReplicationSlot&>(statement), arena, done);
    case sql::StatementKind::kPragma:
      *done = true;
      return WritePragma(s, static_cast<const sql::Pragma&>(statement));
    default: return Drop(s, static_cast<const sql::Drop&>(statement), done);
  }
}

}  // namespace dosql
