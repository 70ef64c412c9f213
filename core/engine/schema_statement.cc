#include "core/engine/session.h"
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

Status CreateTable(Session* s, const sql::CreateTable& create, Arena* arena, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, create.table));
  DOSQL_TRY(RefuseReserved(s, create.table.name, create.table.offset));
  if (s->catalog->FindTable(create.table.name) != nullptr) {
    if (create.if_not_exists) return Status::Ok();
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"table ", create.table.name, " already exists"}), create.table.offset,
                       create.table.name);
  }
  if (s->catalog->FindIndex(create.table.name) != nullptr)
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"there is already an index named ", create.table.name}),
                       create.table.offset, create.table.name);
  TableDefinition definition;
  DOSQL_TRY(DefineTable(arena, &s->diag, create, &definition));
  *done = true;
  return SchemaStore(&s->write).CreateTable(definition, create.text);
}

Status CreateIndex(Session* s, const sql::CreateIndex& create, Arena* arena, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, create.index));
  DOSQL_TRY(RefuseReserved(s, create.index.name, create.index.offset));
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
  if (s->catalog->FindTable(create.index.name) != nullptr)
    return s->diag.Set(Code::kAlreadyExists,
                       Words({"there is already a table named ", create.index.name}),
                       create.index.offset, create.index.name);
  if (table->is_system)
    return s->diag.Set(Code::kReadOnly, Words({"table ", table->name, " may not be indexed"}),
                       create.table.offset, create.table.text);
  Index index;
  DOSQL_TRY(DefineIndex(arena, &s->diag, create, *table, &index));
  *done = true;
  return SchemaStore(&s->write).CreateIndex(index, create.text);
}

Status Drop(Session* s, const sql::Drop& drop, bool* done) {
  DOSQL_TRY(RefuseSchemaName(s, drop.name));
  std::string name(drop.name.name);
  if (drop.object == sql::ObjectKind::kView)
    return s->diag.Set(Code::kUnsupported, "views are not supported yet", drop.offset);
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
    return SchemaStore(&s->write).DropIndex(*index, drop.text);
  }
  const Table* table = s->catalog->FindTable(name);
  if (table == nullptr) {
    if (drop.if_exists) return Status::Ok();
    return s->diag.Set(Code::kNoSuchObject, "no such table: " + name, drop.name.offset,
                       drop.name.name);
  }
  if (table->is_system)
    return s->diag.Set(Code::kReadOnly, "table " + name + " may not be dropped", drop.name.offset,
                       drop.name.name);
  *done = true;
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
    default: return Drop(s, static_cast<const sql::Drop&>(statement), done);
  }
}

}  // namespace dosql
