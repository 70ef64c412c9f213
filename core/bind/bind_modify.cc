#include "core/bind/write_target.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

// What UPDATE and DELETE have in common.
struct Clauses {
  sql::With* with = nullptr;
  const sql::FromItem* target = nullptr;
  sql::List<sql::FromItem> from;
  sql::Expr* where = nullptr;
  sql::List<sql::OrderTerm> order_by;
  sql::Expr* limit = nullptr;
  sql::Expr* offset = nullptr;
};

Status BindTarget(const BindContext& context, const sql::FromItem& item, BoundModify* out) {
  DOSQL_TRY(FindWritable(context, item.table, &out->table));
  if (!item.indexed_by.empty()) {  // a hint: the planner chooses, but the index must be there
    const Index* index = context.catalog->FindIndex(item.indexed_by);
    if (index == nullptr || index->table != out->table)
      return context.diag->Set(Code::kNoSuchObject, Words({"no such index: ", item.indexed_by}),
                               item.offset, item.indexed_by);
  }
  out->sources.data = context.arena->NewArray<BoundSource>(1);
  if (out->sources.data == nullptr) return WriteNoMemory(context);
  out->sources.size = 1;
  out->sources[0].table = out->table;
  out->sources[0].name = item.has_alias ? item.alias : out->table->name;
  out->sources[0].offset = item.offset;
  DOSQL_TRY(BindIndexes(context, &out->sources[0]));
  return Status::Ok();
}

// Writes the query that finds the rows and computes their new values, and binds that.
class QueryWriter {
 public:
  QueryWriter(const BindContext& context, const Clauses& clauses, BoundModify* out)
      : context_(context), clauses_(clauses), out_(out) {}

  Status Run(const std::vector<SetColumn>& values) {
    const Table& table = *out_->table;
    std::string_view name = out_->sources[0].name;
    if (table.without_rowid) {
      for (const IndexColumn& c : table.key_columns)
        DOSQL_TRY(AddColumn(name, table.columns[c.column].name));
    } else {
      DOSQL_TRY(AddColumn(name, RowidName(table)));
    }
    uint32_t width = static_cast<uint32_t>(columns_.size());
    std::vector<BoundAssignment> assignments;
    for (size_t i = 0; i < values.size(); i++) {
      const SetColumn& s = values[i];
      uint32_t output = width;
      size_t same = 0;  // a row-valued query is written once
      while (same < i && values[same].value != s.value) same++;
      if (same < i) {
        output = assignments[same].output - values[same].part;
      } else {
        sql::ResultColumn r;
        r.expr = const_cast<sql::Expr*>(s.value);
        r.offset = s.value->offset;
        r.is_row = s.width > 1;
        columns_.push_back(r);
        width += s.width;
      }
      assignments.push_back({s.column, nullptr, output + s.part});
    }
    DOSQL_TRY(ToList(context_, assignments, &out_->assignments));
    sql::Select* select = context_.arena->New<sql::Select>();
    sql::SelectCore* core = context_.arena->NewArray<sql::SelectCore>(1);
    out_->select = context_.arena->New<BoundSelect>();
    if (select == nullptr || core == nullptr || out_->select == nullptr)
      return WriteNoMemory(context_);
    DOSQL_TRY(ToList(context_, columns_, &core->columns));
    DOSQL_TRY(WriteFrom(&core->from));
    core->where = clauses_.where;
    core->offset = clauses_.target->offset;
    select->with = clauses_.with;
    select->cores = {core, 1};
    select->order_by = clauses_.order_by;
    select->limit = clauses_.limit;
    select->offset_expr = clauses_.offset;
    select->offset = core->offset;
    DOSQL_TRY(BindSelect(context_, *select, out_->select));
    const sql::List<BoundSource>& sources = out_->select->sources;
    for (uint32_t i = 1; i < sources.size; i++)
      if (sources[i].table == &table && sources[i].has_alias == sources[0].has_alias &&
          EqualsIgnoringCase(sources[i].name, name))
        return context_.diag->Set(
            Code::kBind, Words({"target object/alias may not appear in FROM clause: ", name}),
            sources[i].offset);
    if (out_->select->grouped)
      return context_.diag->Set(Code::kBind, "misuse of aggregate", core->offset);
    if (out_->select->outputs.size != width)
      for (const SetColumn& s : values)
        if (s.width > 1)
          return WrongSetWidth(context_, s.width, s.width + out_->select->outputs.size - width,
                               s.value->offset);
    out_->joined = !clauses_.from.empty();
    for (BoundSource& s : out_->select->sources) s.keeps_order = true;
    return Status::Ok();
  }

 private:
  // A name of the rowid that no column has taken.
  static std::string_view RowidName(const Table& table) {
    if (table.rowid_column >= 0)
      return table.columns[static_cast<uint32_t>(table.rowid_column)].name;
    for (std::string_view name : {"rowid", "oid"})
      if (table.FindColumn(name) < 0) return name;
    return "_rowid_";
  }

  Status AddColumn(std::string_view table, std::string_view name) {
    sql::ColumnExpr* e = context_.arena->New<sql::ColumnExpr>();
    if (e == nullptr) return WriteNoMemory(context_);
    e->kind = sql::ExprKind::kColumn;
    e->quoted = true;
    e->of_target = true;
    e->table = table;
    e->text = name;
    e->offset = clauses_.target->offset;
    sql::ResultColumn r;
    r.expr = e;
    r.offset = e->offset;
    columns_.push_back(r);
    return Status::Ok();
  }

  Status WriteFrom(sql::List<sql::FromItem>* out) {
    std::vector<sql::FromItem> items{*clauses_.target};
    items[0].table.schema = "main";  // no common table expression stands for the target
    items[0].indexed_by = {};
    items[0].not_indexed = false;
    // The target joins FROM as a whole, and its joins do not see it.
    if (!clauses_.from.empty()) {
      sql::FromItem source = clauses_.from[0];
      if (clauses_.from.size > 1) {
        source = {};
        source.kind = sql::FromKind::kGroup;
        source.group = clauses_.from;
        source.offset = clauses_.from[0].offset;
      }
      source.join = sql::JoinKind::kComma;
      items.push_back(source);
    }
    return ToList(context_, items, out);
  }

  const BindContext& context_;
  const Clauses& clauses_;
  BoundModify* out_;
  std::vector<sql::ResultColumn> columns_;
};

Status BindRows(const BindContext& context, const Clauses& clauses,
                const std::vector<SetColumn>& values, BoundModify* out) {
  if (clauses.limit == nullptr && !clauses.order_by.empty())
    return context.diag->Set(Code::kSyntax, "ORDER BY without LIMIT on UPDATE or DELETE",
                             clauses.order_by[0].offset);
  bool query = clauses.with != nullptr || !clauses.from.empty() || clauses.limit != nullptr ||
               HasSelect(clauses.where);
  for (const SetColumn& s : values) query |= HasSelect(s.value);
  if (query) return QueryWriter(context, clauses, out).Run(values);
  ExprBinder binder(context, out->sources);
  std::vector<BoundAssignment> assignments(values.size());
  for (size_t i = 0; i < values.size(); i++) {
    assignments[i].column = values[i].column;
    DOSQL_TRY(binder.Bind(*values[i].value, &assignments[i].value));
  }
  DOSQL_TRY(ToList(context, assignments, &out->assignments));
  std::vector<BoundExpr*> conjuncts;
  if (clauses.where != nullptr) {
    BoundExpr* where;
    DOSQL_TRY(binder.Bind(*clauses.where, &where));
    SplitAnd(where, &conjuncts);
  }
  return ToList(context, conjuncts, &out->conjuncts);
}

}  // namespace

Status BindUpdate(const BindContext& context, const sql::Update& update, BoundModify* out) {
  DOSQL_TRY(BindTarget(context, update.table, out));
  out->conflict = update.conflict;
  std::vector<SetColumn> values;
  DOSQL_TRY(SetColumns(context, *out->table, update.assignments, &values));
  Clauses clauses{update.with,     &update.table, update.from,       update.where,
                  update.order_by, update.limit,  update.offset_expr};
  DOSQL_TRY(BindRows(context, clauses, values, out));
  DOSQL_TRY(BindReturning(context, update.with, *out->table, update.returning, &out->returning));
  out->calls = context.calls;
  return Status::Ok();
}

Status BindDelete(const BindContext& context, const sql::Delete& del, BoundModify* out) {
  DOSQL_TRY(BindTarget(context, del.table, out));
  Clauses clauses{del.with, &del.table, {}, del.where, del.order_by, del.limit, del.offset_expr};
  DOSQL_TRY(BindRows(context, clauses, {}, out));
  DOSQL_TRY(BindReturning(context, del.with, *out->table, del.returning, &out->returning));
  out->calls = context.calls;
  return Status::Ok();
}

}  // namespace dosql
