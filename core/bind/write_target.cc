#include "core/bind/write_target.h"

#include "core/type/compare.h"

namespace dosql {

Status FindWritable(const BindContext& context, const sql::QualifiedName& name, const Table** out) {
  const View* view = context.catalog->FindView(name.name);
  if (view != nullptr && (name.schema.empty() || EqualsIgnoringCase(name.schema, "main")))
    return context.diag->Set(Code::kReadOnly,
                             Words({"cannot modify ", view->name, " because it is a view"}),
                             name.name_offset, name.name);
  DOSQL_TRY(FindTable(context, name, out));
  // Those two are ordinary tables to those who write.
  if ((*out)->is_system && !EqualsIgnoringCase((*out)->name, "sqlite_sequence") &&
      !EqualsIgnoringCase((*out)->name, "sqlite_stat1"))
    return context.diag->Set(Code::kReadOnly,
                             Words({"table ", (*out)->name, " may not be modified"}), name.offset,
                             name.name);
  return Status::Ok();
}

bool IsRowidName(std::string_view name) {
  return EqualsIgnoringCase(name, "rowid") || EqualsIgnoringCase(name, "oid") ||
         EqualsIgnoringCase(name, "_rowid_");
}

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

bool HasSelect(const sql::Expr* e) {
  using sql::ExprKind;
  if (e == nullptr) return false;
  switch (e->kind) {
    case ExprKind::kNull:
    case ExprKind::kInteger:
    case ExprKind::kReal:
    case ExprKind::kString:
    case ExprKind::kBlob:
    case ExprKind::kColumn:
    case ExprKind::kParameter: return false;
    case ExprKind::kLike:
    case ExprKind::kBetween:
      if (HasSelect(e->AsTernary()->c)) return true;
      break;
    case ExprKind::kCase:
    case ExprKind::kIn:
    case ExprKind::kExists:
    case ExprKind::kSubquery:
    case ExprKind::kRowValue:
      if (e->AsList()->select != nullptr) return true;
      for (const sql::Expr* item : e->AsList()->list)
        if (HasSelect(item)) return true;
      break;
    case ExprKind::kFunction:
      for (const sql::Expr* arg : e->AsFunction()->args)
        if (HasSelect(arg)) return true;
      return HasSelect(e->AsFunction()->filter);
    default: break;
  }
  return HasSelect(e->a) || HasSelect(e->b);
}

Status WrongSetWidth(const BindContext& context, uint32_t columns, size_t values, uint32_t offset) {
  return context.diag->Set(
      Code::kBind,
      Words({std::to_string(columns), " columns assigned ", std::to_string(values), " values"}),
      offset);
}

Status SetColumns(const BindContext& context, const Table& table,
                  const sql::List<sql::Assignment>& assignments, std::vector<SetColumn>* out) {
  auto set = [&](const sql::Name& name, SetColumn s) {
    if (!WrittenColumn(table, name, &s.column).ok())
      return context.diag->Set(Code::kNoSuchObject, Words({"no such column: ", name.text}),
                               name.offset, name.text);
    // As in SQLite, the last of two assignments to one column counts.
    for (SetColumn& earlier : *out)
      if (earlier.column == s.column) {
        earlier = s;
        return Status::Ok();
      }
    out->push_back(s);
    return Status::Ok();
  };
  for (const sql::Assignment& a : assignments) {
    uint32_t n = a.columns.size;
    const sql::Expr& value = *a.value;
    bool row = value.kind == sql::ExprKind::kRowValue;
    bool query = value.kind == sql::ExprKind::kSubquery && n > 1;
    size_t width = row ? value.AsList()->list.size : 1;
    if (row && !a.is_row) return context.diag->Set(Code::kBind, "row value misused", value.offset);
    if (!query && width != n) return WrongSetWidth(context, n, width, a.offset);
    for (uint32_t i = 0; i < n; i++) {
      SetColumn s;
      s.value = row ? value.AsList()->list[i] : &value;
      if (query) {
        s.width = n;
        s.part = i;
      }
      DOSQL_TRY(set(a.columns[i], s));
    }
  }
  return Status::Ok();
}

Status BindReturning(const BindContext& context, const sql::With* with, const Table& table,
                     const sql::List<sql::ResultColumn>& columns, sql::List<BoundOutput>* out) {
  if (columns.empty()) return Status::Ok();
  BoundSource source;
  source.table = &table;
  source.name = table.name;
  WithScope scope(with);
  ExprBinder binder(context, {&source, 1}, scope.scope());
  std::vector<BoundOutput> outputs;
  for (const sql::ResultColumn& r : columns) {
    BoundOutput o;
    if (r.expr != nullptr) {
      DOSQL_TRY(binder.Bind(*r.expr, &o.expr));
      bool column = !r.has_alias && r.expr->kind == sql::ExprKind::kColumn;
      if (column) o.name = binder.DeclaredName(*o.expr);
      if (o.name.empty()) o.name = r.has_alias ? r.alias : column ? r.expr->text : r.text;
      outputs.push_back(o);
      continue;
    }
    if (!r.table.empty())
      return context.diag->Set(Code::kBind, "RETURNING may not use \"TABLE.*\" wildcards",
                               r.offset);
    for (uint32_t c = 0; c < table.columns.size; c++) {
      o.expr = binder.ColumnAt(0, c, r.offset);
      if (o.expr == nullptr) return WriteNoMemory(context);
      o.name = table.columns[c].name;
      outputs.push_back(o);
    }
  }
  return ToList(context, outputs, out);
}

Status BindIndexes(const BindContext& context, BoundSource* source) {
  const Table& table = *source->table;
  bool plain = true;
  for (const Index* index : table.indexes) plain = plain && index->is_plain();
  if (plain) return Status::Ok();
  // Their texts are not this statement's: nothing in them is noted.
  BindContext own{context.arena, context.diag, context.catalog};
  std::vector<BoundIndex> indexes;
  for (const Index* index : table.indexes) {
    BoundIndex bound;
    std::vector<BoundExpr*> columns;
    Status s = Status::Ok();
    if (index->where != nullptr) s = BindTableExpr(own, table, *index->where, &bound.where);
    for (const IndexColumn& c : index->columns) {
      columns.push_back(nullptr);
      if (c.expr != nullptr && s.ok()) s = BindTableExpr(own, table, *c.expr, &columns.back());
    }
    if (s.code() == Code::kNoMemory) return s;
    if (!s.ok()) context.diag->Clear();
    bound.usable = s.ok();
    DOSQL_TRY(ToList(context, columns, &bound.columns));
    indexes.push_back(bound);
  }
  return ToList(context, indexes, &source->indexes);
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
