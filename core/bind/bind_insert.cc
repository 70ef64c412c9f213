#include <algorithm>

#include "core/bind/write_target.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

// Which table column each written value goes to. Of a column named twice the first counts, but of
// the rowid's names the last, as in SQLite; the others are BoundInsert::kDefault.
Status BindColumns(const BindContext& context, const sql::Insert& insert, BoundInsert* out,
                   std::vector<uint32_t>* targets) {
  const Table& table = *out->table;
  for (uint32_t c = 0; c < table.columns.size && insert.columns.empty(); c++) targets->push_back(c);
  for (const sql::Name& name : insert.columns) {
    uint32_t column;
    if (!WrittenColumn(table, name, &column).ok())
      return context.diag->Set(Code::kNoSuchObject,
                               Words({"table ", table.name, " has no column named ", name.text}),
                               name.offset, name.text);
    if (column == RowidIndex(table)) out->has_rowid = true;
    bool rowid = column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column;
    for (uint32_t& seen : *targets) {
      if (seen != column) continue;
      (rowid ? seen : column) = BoundInsert::kDefault;
    }
    targets->push_back(column);
  }
  return Status::Ok();
}

Status CheckWidth(const BindContext& context, const sql::Insert& insert, const Table& table,
                  size_t given, size_t wanted) {
  if (given == wanted) return Status::Ok();
  std::string values = std::to_string(given), columns = std::to_string(wanted);
  if (!insert.columns.empty())
    return context.diag->Set(Code::kBind, Words({values, " values for ", columns, " columns"}),
                             insert.source->offset);
  return context.diag->Set(Code::kBind,
                           Words({"table ", table.name, " has ", columns, " columns but ", values,
                                  " values were supplied"}),
                           insert.source->offset);
}

// VALUES that need no query: no subquery, no clauses around them.
bool PlainValues(const sql::Insert& insert) {
  const sql::Select& source = *insert.source;
  if (insert.with != nullptr || source.cores.size != 1 || !source.cores[0].is_values ||
      source.with != nullptr || !source.order_by.empty() || source.limit != nullptr)
    return false;
  for (const sql::List<sql::Expr*>& row : source.cores[0].values)
    for (const sql::Expr* e : row)
      if (HasSelect(e)) return false;
  return true;
}

Status BindValues(const BindContext& context, const sql::Insert& insert,
                  const std::vector<uint32_t>& targets, uint32_t cells, BoundInsert* out) {
  ExprBinder binder(context, {});
  const auto& values = insert.source->cores[0].values;
  out->rows.data = context.arena->NewArray<sql::List<BoundExpr*>>(values.size);
  if (out->rows.data == nullptr) return WriteNoMemory(context);
  for (const sql::List<sql::Expr*>& written : values) {
    DOSQL_TRY(CheckWidth(context, insert, *out->table, written.size, targets.size()));
    sql::List<BoundExpr*> row;
    row.data = context.arena->NewArray<BoundExpr*>(cells);
    if (row.data == nullptr) return WriteNoMemory(context);
    row.size = cells;
    for (uint32_t i = 0; i < written.size; i++) {
      BoundExpr* e;
      DOSQL_TRY(binder.Bind(*written[i], &e));
      if (targets[i] != BoundInsert::kDefault) row[targets[i]] = e;
    }
    out->rows.data[out->rows.size++] = row;
  }
  return Status::Ok();
}

// The common table expressions of the INSERT are seen by its query, behind that query's own.
Status JoinWith(const BindContext& context, const sql::Insert& insert, sql::Select* source) {
  if (insert.with == nullptr) return Status::Ok();
  if (source->with == nullptr) {
    source->with = insert.with;
    return Status::Ok();
  }
  sql::With* both = context.arena->New<sql::With>(*source->with);
  std::vector<sql::Cte> ctes(insert.with->ctes.begin(), insert.with->ctes.end());
  if (both == nullptr) return WriteNoMemory(context);
  both->recursive |= insert.with->recursive;
  for (const sql::Cte& cte : source->with->ctes) {
    for (size_t i = 0; i < ctes.size(); i++)
      if (EqualsIgnoringCase(ctes[i].name.text, cte.name.text))
        ctes.erase(ctes.begin() + static_cast<ptrdiff_t>(i--));
    ctes.push_back(cte);
  }
  source->with = both;
  return ToList(context, ctes, &both->ctes);
}

Status BindQuery(const BindContext& context, const sql::Insert& insert,
                 const std::vector<uint32_t>& targets, uint32_t cells, BoundInsert* out) {
  sql::Select source = *insert.source;
  DOSQL_TRY(JoinWith(context, insert, &source));
  sql::Select* kept = context.arena->New<sql::Select>(source);
  out->select = context.arena->New<BoundSelect>();
  out->outputs.data = context.arena->NewArray<uint32_t>(cells);
  if (kept == nullptr || out->select == nullptr || out->outputs.data == nullptr)
    return WriteNoMemory(context);
  DOSQL_TRY(BindSelect(context, *kept, out->select));
  DOSQL_TRY(CheckWidth(context, insert, *out->table, out->select->outputs.size, targets.size()));
  out->outputs.size = cells;
  for (uint32_t c = 0; c < cells; c++) out->outputs[c] = BoundInsert::kDefault;
  for (uint32_t i = 0; i < targets.size(); i++)
    if (targets[i] != BoundInsert::kDefault) out->outputs[targets[i]] = i;
  return Status::Ok();
}

// ------------------------------------------------------------------------------------ ON CONFLICT

// Whether a term of a conflict target names an indexed column; a collation, where one is written,
// must be the index's.
Status TermNames(const BindContext& context, const Table& table, const sql::OrderTerm& term,
                 const IndexColumn& column, bool* names) {
  const sql::Expr* e = term.expr;
  *names = false;
  if (e->kind == sql::ExprKind::kCollate && column.expr == nullptr) {
    Collation written;
    if (!CollationByName(e->text, &written) || written != column.collation) return Status::Ok();
    e = e->a;
  }
  if (column.expr == nullptr) {
    *names = e->kind == sql::ExprKind::kColumn &&
             table.FindColumn(e->text) == static_cast<int32_t>(column.column);
    return Status::Ok();
  }
  BoundExpr *a, *b;
  DOSQL_TRY(BindTableExpr(context, table, *e, &a));
  DOSQL_TRY(BindTableExpr(context, table, *column.expr, &b));
  *names = SameExpr(*a, *b);
  return Status::Ok();
}

Status TargetCovers(const BindContext& context, const Table& table, const sql::Upsert& upsert,
                    const sql::List<IndexColumn>& columns, bool* covers) {
  *covers = columns.size == upsert.target.size;
  for (uint32_t i = 0; i < columns.size && *covers; i++) {
    bool any = false;
    for (uint32_t t = 0; t < upsert.target.size && !any; t++)
      DOSQL_TRY(TermNames(context, table, upsert.target[t], columns[i], &any));
    *covers = any;
  }
  return Status::Ok();
}

// "2nd " of several.
std::string Ordinal(uint32_t i, uint32_t count) {
  if (count == 1) return {};
  uint32_t n = i + 1;
  bool teen = n / 10 % 10 == 1;
  const char* suffix = teen          ? "th "
                       : n % 10 == 1 ? "st "
                       : n % 10 == 2 ? "nd "
                       : n % 10 == 3 ? "rd "
                                     : "th ";
  return std::to_string(n) + suffix;
}

Status FindTarget(const BindContext& context, const Table& table,
                  const sql::List<sql::Upsert>& clauses, uint32_t at, uint32_t* target) {
  const sql::Upsert& upsert = clauses[at];
  *target = ConflictRules::Upsert::kAnything;
  if (upsert.target.empty()) return Status::Ok();
  for (const sql::OrderTerm& t : upsert.target) {  // names must mean something
    if (t.nulls != sql::Nulls::kDefault)
      return context.diag->Set(
          Code::kBind,
          Words({"unsupported use of NULLS ", t.nulls == sql::Nulls::kFirst ? "FIRST" : "LAST"}),
          t.offset);
    BoundExpr* e;
    DOSQL_TRY(BindTableExpr(context, table, *t.expr, &e));
  }
  bool covers = false;
  *target = ConflictRules::Upsert::kOwnKey;
  if (table.without_rowid) {
    DOSQL_TRY(TargetCovers(context, table, upsert, table.key_columns, &covers));
  } else if (upsert.target.size == 1 && upsert.target[0].expr->kind == sql::ExprKind::kColumn) {
    uint32_t column;
    Status s = WrittenColumn(table, {upsert.target[0].expr->text, 0}, &column);
    covers = s.ok() &&
             (column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column);
  }
  if (covers) return Status::Ok();
  for (uint32_t i = table.indexes.size; i-- > 0;) {  // the newest first
    const Index& index = *table.indexes[i];
    if (!index.unique) continue;
    DOSQL_TRY(TargetCovers(context, table, upsert, index.columns, &covers));
    if (covers && index.where != nullptr) {
      covers = false;
      if (upsert.target_where != nullptr) {
        BoundExpr *a, *b;
        DOSQL_TRY(BindTableExpr(context, table, *upsert.target_where, &a));
        DOSQL_TRY(BindTableExpr(context, table, *index.where, &b));
        covers = SameExpr(*a, *b);
      }
    }
    if (!covers) continue;
    *target = i;
    return Status::Ok();
  }
  return context.diag->Set(
      Code::kBind,
      Words({Ordinal(at, clauses.size),
             "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"}),
      upsert.offset);
}

// Columns of `excluded` follow the row in the way.
void MoveExcluded(void* user, BoundExpr* node) {
  if (node->op != ExprOp::kColumn || node->source != 1) return;
  node->source = 0;
  node->index += *static_cast<uint32_t*>(user);
}

Status BindUpserts(const BindContext& context, const sql::Insert& insert, BoundInsert* out) {
  const Table& table = *out->table;
  BoundSource sources[2];
  sources[0].table = sources[1].table = &table;
  sources[0].name = insert.alias.empty() ? table.name : insert.alias;
  sources[1].name = "excluded";
  sources[1].qualified_only = true;
  uint32_t width = table.columns.size + 1;
  std::vector<BoundUpsert> upserts;
  WithScope scope(insert.with);
  for (uint32_t i = 0; i < insert.upserts.size; i++) {
    const sql::Upsert& written = insert.upserts[i];
    BoundUpsert u;
    DOSQL_TRY(FindTarget(context, table, insert.upserts, i, &u.rule.target));
    u.rule.update = written.do_update;
    std::vector<SetColumn> columns;
    DOSQL_TRY(SetColumns(context, table, written.assignments, &columns));
    std::vector<BoundAssignment> assignments;
    ExprBinder binder(context, {sources, 2}, scope.scope());
    for (const SetColumn& c : columns) {
      BoundAssignment a;
      a.column = c.column;
      if (c.width == 1) {
        DOSQL_TRY(binder.Bind(*c.value, &a.value));
      } else {
        std::vector<BoundExpr*> parts;
        DOSQL_TRY(binder.BindRow(*c.value, &parts));
        if (parts.size() != c.width)
          return WrongSetWidth(context, c.width, parts.size(), c.value->offset);
        a.value = parts[c.part];
      }
      VisitExpr(a.value, MoveExcluded, &width);
      assignments.push_back(a);
    }
    DOSQL_TRY(ToList(context, assignments, &u.assignments));
    if (written.where != nullptr) {
      DOSQL_TRY(binder.Bind(*written.where, &u.where));
      VisitExpr(u.where, MoveExcluded, &width);
    }
    upserts.push_back(u);
  }
  return ToList(context, upserts, &out->upserts);
}

}  // namespace

Status BindInsert(const BindContext& context, const sql::Insert& insert, BoundInsert* out) {
  DOSQL_TRY(FindWritable(context, insert.table, &out->table));
  const Table& table = *out->table;
  out->conflict = insert.conflict;
  std::vector<uint32_t> targets;
  DOSQL_TRY(BindColumns(context, insert, out, &targets));
  for (uint32_t c = 0; c < table.columns.size; c++) {
    // DEFAULT -0x8000000000000000 may be declared, but not be asked for.
    const Column& column = table.columns[c];
    if (column.default_value.type != ValueType::kReal || !column.default_is_literal ||
        std::find(targets.begin(), targets.end(), c) != targets.end())
      continue;
    BoundExpr* e;
    DOSQL_TRY(BindTableExpr(context, table, *column.default_expr, &e));
  }
  uint32_t cells = table.columns.size + (out->has_rowid ? 1 : 0);
  if (insert.source == nullptr) {  // DEFAULT VALUES
    out->rows.data = context.arena->NewArray<sql::List<BoundExpr*>>(1);
    if (out->rows.data == nullptr) return WriteNoMemory(context);
    out->rows.size = 1;
    out->rows[0].data = context.arena->NewArray<BoundExpr*>(cells);
    if (out->rows[0].data == nullptr) return WriteNoMemory(context);
    out->rows[0].size = cells;
  } else if (PlainValues(insert)) {
    DOSQL_TRY(BindValues(context, insert, targets, cells, out));
  } else {
    DOSQL_TRY(BindQuery(context, insert, targets, cells, out));
  }
  DOSQL_TRY(BindUpserts(context, insert, out));
  DOSQL_TRY(BindReturning(context, insert.with, table, insert.returning, &out->returning));
  out->calls = context.calls;
  return Status::Ok();
}

}  // namespace dosql
