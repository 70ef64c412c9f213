#include "core/engine/table_program_cache.h"

#include "core/bind/binder.h"
#include "core/plan/planner.h"

namespace dosql {
namespace {

constexpr const char* kInIndex = "index expressions";
constexpr const char* kInWhere = "partial index WHERE clauses";
constexpr const char* kInSlot = "WHERE clauses of replication slots";
constexpr const char* kInCheck = "CHECK constraints";

bool HasPrograms(const Index& index) {
  for (const IndexColumn& c : index.columns)
    if (c.expr != nullptr) return true;
  return index.where != nullptr;
}

}  // namespace

void TableProgramCache::Reset(const Catalog* catalog) {
  entries_.clear();
  arena_.Reset();
  catalog_ = catalog;
}

Status TableProgramCache::CompileOne(const Table& table, const sql::Expr& expr, const char* place,
                                     Arena* arena, const Program** out) {
  BoundExpr* e;
  BindContext bind{arena, diag_, catalog_};
  DOSQL_TRY(BindTableExpr(bind, table, expr, &e));
  auto prohibit = [&](const char* what) {
    return diag_->Set(Code::kBind, Words({what, " prohibited in ", place}), expr.offset);
  };
  if ((e->flags & kExprHasSubquery) != 0) return prohibit("subqueries");
  if ((e->flags & kExprHasParam) != 0) return prohibit("parameters");
  if ((e->flags & kExprImpure) != 0 && place != kInCheck)
    return prohibit("non-deterministic functions");
  Status s = CompileTableExpr(arena, *e, out);
  if (s.ok()) return s;
  return diag_->Set(s.code(),
                    s.code() == Code::kNoMemory ? "out of memory" : "expression too large",
                    expr.offset);
}

Status TableProgramCache::CompileIndex(const Index& index, Arena* arena, IndexPrograms* out) {
  *out = {};
  if (!HasPrograms(index)) return Status::Ok();
  out->columns.data = arena->NewArray<const Program*>(index.columns.size);
  if (out->columns.data == nullptr) return Code::kNoMemory;
  out->columns.size = index.columns.size;
  for (uint32_t i = 0; i < index.columns.size; i++)
    if (index.columns[i].expr != nullptr)
      DOSQL_TRY(
          CompileOne(*index.table, *index.columns[i].expr, kInIndex, arena, &out->columns[i]));
  if (index.where == nullptr) return Status::Ok();
  return CompileOne(*index.table, *index.where, kInWhere, arena, &out->where);
}

Status TableProgramCache::CompileFilter(const Table& table, const sql::Expr& where, Arena* arena,
                                        const Program** out) {
  return CompileOne(table, where, kInSlot, arena, out);
}

Status TableProgramCache::Compile(const Table& table, TablePrograms* out) {
  out->checks.data = arena_.NewArray<const Program*>(table.checks.size);
  out->defaults.data = arena_.NewArray<const Program*>(table.columns.size);
  out->indexes.data = arena_.NewArray<IndexPrograms>(table.indexes.size);
  if (out->checks.data == nullptr || out->defaults.data == nullptr || out->indexes.data == nullptr)
    return Code::kNoMemory;
  out->checks.size = table.checks.size;
  out->defaults.size = table.columns.size;
  out->indexes.size = table.indexes.size;
  for (uint32_t i = 0; i < table.checks.size; i++)
    DOSQL_TRY(CompileOne(table, *table.checks[i]->expr, kInCheck, &arena_, &out->checks[i]));
  for (uint32_t c = 0; c < table.columns.size; c++) {
    const Column& column = table.columns[c];
    if (column.default_is_literal || column.default_expr == nullptr) continue;
    BoundExpr* e;
    Status s = BindTableExpr({&arena_, diag_, catalog_}, table, *column.default_expr, &e);
    if (!s.ok() && s.code() != Code::kNoSuchObject) return s;
    if (!s.ok() || (e->flags & (kExprHasColumn | kExprHasParam | kExprHasSubquery)) != 0)
      return diag_->Set(Code::kBind,
                        Words({"default value of column [", column.name, "] is not constant"}));
    DOSQL_TRY(CompileTableExpr(&arena_, *e, &out->defaults[c]));
  }
  for (uint32_t i = 0; i < table.indexes.size; i++)
    DOSQL_TRY(CompileIndex(*table.indexes[i], &arena_, &out->indexes[i]));
  return Status::Ok();
}

Status TableProgramCache::Find(const Table& table, const TablePrograms** out) {
  *out = nullptr;
  bool needed = !table.checks.empty();
  for (const Column& c : table.columns) needed |= !c.default_is_literal;
  for (const Index* index : table.indexes) needed |= HasPrograms(*index);
  if (!needed) return Status::Ok();
  for (const Entry& e : entries_) {
    if (e.table != &table) continue;
    *out = e.programs;
    return Status::Ok();
  }
  TablePrograms* made = arena_.New<TablePrograms>();
  if (made == nullptr) return Code::kNoMemory;
  DOSQL_TRY(Compile(table, made));
  entries_.push_back({&table, made});
  *out = made;
  return Status::Ok();
}

}  // namespace dosql
