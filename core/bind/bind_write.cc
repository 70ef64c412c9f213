#include <vector>

#include "core/bind/expr_binder.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

Status NoMemory(const BindContext& context) {
  return context.diag->Set(Code::kNoMemory, "out of memory");
}

Status FindWritable(const BindContext& context, const sql::QualifiedName& name, const Table** out) {
  DOSQL_TRY(FindTable(context, name, out));
  if ((*out)->is_system)
    return context.diag->Set(Code::kReadOnly,
                             Words({"table ", (*out)->name, " may not be modified"}), name.offset,
                             name.name);
  return Status::Ok();
}

bool IsRowidName(std::string_view name) {
  return EqualsIgnoringCase(name, "rowid") || EqualsIgnoringCase(name, "oid") ||
         EqualsIgnoringCase(name, "_rowid_");
}

// The position of a column that a statement writes; RowidIndex for a rowid by its own name.
// kNotFound without words: the callers' wordings differ.
Status WrittenColumn(const Table& table, const sql::Name& name, uint32_t* column) {
  int32_t c = table.FindColumn(name.text);
  if (c >= 0) {
    *column = static_cast<uint32_t>(c);
    return Status::Ok();
  }
  if (!table.without_rowid && IsRowidName(name.text)) {
    *column =
        table.rowid_column >= 0 ? static_cast<uint32_t>(table.rowid_column) : RowidIndex(table);
    return Status::Ok();
  }
  return Code::kNotFound;
}

Status BindConjuncts(const BindContext& context, BoundExpr* where, sql::List<BoundExpr*>* out) {
  std::vector<BoundExpr*> conjuncts;
  if (where != nullptr) SplitAnd(where, &conjuncts);
  return ToList(context, conjuncts, out);
}

Status BindTarget(const BindContext& context, const sql::FromItem& item, BoundModify* out) {
  if (!item.indexed_by.empty() || item.not_indexed)
    return BindUnsupported(context, "INDEXED BY is", item.offset);
  DOSQL_TRY(FindWritable(context, item.table, &out->table));
  out->sources.data = context.arena->NewArray<BoundSource>(1);
  if (out->sources.data == nullptr) return NoMemory(context);
  out->sources.size = 1;
  BoundSource& source = out->sources[0];
  source = BoundSource();
  source.table = out->table;
  source.name = item.has_alias ? item.alias : out->table->name;
  source.offset = item.offset;
  return Status::Ok();
}

}  // namespace

Status BindInsert(const BindContext& context, const sql::Insert& insert, BoundInsert* out) {
  if (insert.with != nullptr)
    return BindUnsupported(context, "common table expressions are", insert.with->offset);
  if (insert.conflict != sql::Conflict::kNone && insert.conflict != sql::Conflict::kAbort)
    return BindUnsupported(context, "INSERT OR ... and REPLACE are", insert.offset);
  if (!insert.upserts.empty())
    return BindUnsupported(context, "ON CONFLICT clauses are", insert.upserts[0].offset);
  if (!insert.returning.empty())
    return BindUnsupported(context, "RETURNING is", insert.returning[0].offset);
  DOSQL_TRY(FindWritable(context, insert.table, &out->table));
  const Table& table = *out->table;
  uint32_t width = table.columns.size;

  // Which table column each written value goes to.
  std::vector<uint32_t> targets;
  if (insert.columns.empty()) {
    for (uint32_t c = 0; c < width; c++) targets.push_back(c);
  }
  for (const sql::Name& name : insert.columns) {
    uint32_t column;
    if (!WrittenColumn(table, name, &column).ok())
      return context.diag->Set(Code::kNoSuchObject,
                               Words({"table ", table.name, " has no column named ", name.text}),
                               name.offset, name.text);
    for (uint32_t seen : targets)
      if (seen == column)
        return context.diag->Set(Code::kUnsupported,
                                 Words({"naming column ", name.text, " twice is not supported"}),
                                 name.offset, name.text);
    targets.push_back(column);
    if (column == RowidIndex(table)) out->has_rowid = true;
  }
  uint32_t cells = width + (out->has_rowid ? 1 : 0);

  if (insert.source == nullptr) {  // DEFAULT VALUES
    out->rows.data = context.arena->NewArray<sql::List<BoundExpr*>>(1);
    if (out->rows.data == nullptr) return NoMemory(context);
    out->rows.size = 1;
    out->rows[0].data = context.arena->NewArray<BoundExpr*>(cells);
    if (out->rows[0].data == nullptr) return NoMemory(context);
    out->rows[0].size = cells;
    return Status::Ok();
  }
  const sql::Select& source = *insert.source;
  if (source.cores.size != 1 || !source.cores[0].is_values || source.with != nullptr ||
      !source.order_by.empty() || source.limit != nullptr)
    return BindUnsupported(context, "INSERT ... SELECT is", source.offset);

  ExprBinder binder(context, {});
  const auto& values = source.cores[0].values;
  out->rows.data = context.arena->NewArray<sql::List<BoundExpr*>>(values.size);
  if (out->rows.data == nullptr) return NoMemory(context);
  for (const sql::List<sql::Expr*>& written : values) {
    if (written.size != targets.size()) {
      if (!insert.columns.empty())
        return context.diag->Set(Code::kBind,
                                 Words({std::to_string(written.size), " values for ",
                                        std::to_string(targets.size()), " columns"}),
                                 source.offset);
      return context.diag->Set(
          Code::kBind,
          Words({"table ", table.name, " has ", std::to_string(targets.size()), " columns but ",
                 std::to_string(written.size), " values were supplied"}),
          source.offset);
    }
    sql::List<BoundExpr*> row;
    row.data = context.arena->NewArray<BoundExpr*>(cells);
    if (row.data == nullptr) return NoMemory(context);
    row.size = cells;
    for (uint32_t i = 0; i < written.size; i++)
      DOSQL_TRY(binder.Bind(*written[i], &row[targets[i]]));
    out->rows.data[out->rows.size++] = row;
  }
  return Status::Ok();
}

Status BindUpdate(const BindContext& context, const sql::Update& update, BoundModify* out) {
  if (update.with != nullptr)
    return BindUnsupported(context, "common table expressions are", update.with->offset);
  if (update.conflict != sql::Conflict::kNone && update.conflict != sql::Conflict::kAbort)
    return BindUnsupported(context, "UPDATE OR ... is", update.offset);
  if (!update.from.empty())
    return BindUnsupported(context, "UPDATE ... FROM is", update.from[0].offset);
  if (!update.returning.empty())
    return BindUnsupported(context, "RETURNING is", update.returning[0].offset);
  if (!update.order_by.empty() || update.limit != nullptr)
    return BindUnsupported(context, "UPDATE ... ORDER BY / LIMIT is", update.offset);
  DOSQL_TRY(BindTarget(context, update.table, out));
  ExprBinder binder(context, out->sources);
  out->assignments.data = context.arena->NewArray<BoundAssignment>(update.assignments.size);
  if (out->assignments.data == nullptr) return NoMemory(context);
  for (const sql::Assignment& a : update.assignments) {
    if (a.is_row) return BindUnsupported(context, "row values are", a.offset);
    BoundAssignment b;
    if (!WrittenColumn(*out->table, a.columns[0], &b.column).ok())
      return context.diag->Set(Code::kNoSuchObject, Words({"no such column: ", a.columns[0].text}),
                               a.columns[0].offset, a.columns[0].text);
    DOSQL_TRY(binder.Bind(*a.value, &b.value));
    // As in SQLite, the last of two assignments to one column counts.
    bool replaced = false;
    for (BoundAssignment& earlier : out->assignments)
      if (earlier.column == b.column) earlier = b, replaced = true;
    if (!replaced) out->assignments.data[out->assignments.size++] = b;
  }
  BoundExpr* where = nullptr;
  if (update.where != nullptr) DOSQL_TRY(binder.Bind(*update.where, &where));
  return BindConjuncts(context, where, &out->conjuncts);
}

Status BindDelete(const BindContext& context, const sql::Delete& del, BoundModify* out) {
  if (del.with != nullptr)
    return BindUnsupported(context, "common table expressions are", del.with->offset);
  if (!del.returning.empty())
    return BindUnsupported(context, "RETURNING is", del.returning[0].offset);
  if (!del.order_by.empty() || del.limit != nullptr)
    return BindUnsupported(context, "DELETE ... ORDER BY / LIMIT is", del.offset);
  DOSQL_TRY(BindTarget(context, del.table, out));
  ExprBinder binder(context, out->sources);
  BoundExpr* where = nullptr;
  if (del.where != nullptr) DOSQL_TRY(binder.Bind(*del.where, &where));
  return BindConjuncts(context, where, &out->conjuncts);
}

Status BindTableExpr(const BindContext& context, const Table& table, const sql::Expr& expr,
                     BoundExpr** out) {
  BoundSource source;
  source.table = &table;
  source.name = table.name;
  ExprBinder binder(context, {&source, 1});
  return binder.Bind(expr, out);
}

}  // namespace dosql
