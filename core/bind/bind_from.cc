#include "core/bind/bind_from.h"

#include "core/bind/write_target.h"
#include "core/function/function_names.h"
#include "core/type/compare.h"

namespace dosql {

using sql::FromItem;
using sql::FromKind;
using sql::JoinKind;

Status FromBinder::Bind(sql::List<FromItem> items, BoundJoin** tree) {
  uint32_t first = static_cast<uint32_t>(sources_.size());
  *tree = nullptr;
  for (const FromItem& item : items) {
    uint32_t right = static_cast<uint32_t>(sources_.size());
    BoundJoin* operand;
    DOSQL_TRY(BindOperand(item, *tree == nullptr, &operand));
    if (sources_.size() > 64)
      return context_.diag->Set(Code::kTooBig, "at most 64 tables in a join", item.offset);
    if (*tree == nullptr) {
      *tree = operand;
      continue;
    }
    BoundJoin* join = context_.arena->New<BoundJoin>();
    if (join == nullptr) return NoMemory();
    join->kind = item.join == JoinKind::kLeft    ? BoundJoinKind::kLeft
                 : item.join == JoinKind::kRight ? BoundJoinKind::kRight
                 : item.join == JoinKind::kFull  ? BoundJoinKind::kFull
                                                 : BoundJoinKind::kInner;
    join->cross = item.join == JoinKind::kCross;
    join->left = *tree;
    join->right = operand;
    DOSQL_TRY(Condition(item, first, right, join));
    *tree = join;
  }
  return Status::Ok();
}

// Joins in parentheses. Where they lead a list the parentheses mean nothing; anywhere else their
// names see the sources inside alone, and each column inside must have a name that is no other's,
// as in a query of all of them.
Status FromBinder::BindGroup(const FromItem& item, BoundJoin** out) {
  uint32_t around = first_;
  uint32_t first = static_cast<uint32_t>(sources_.size());
  size_t names = using_names_.size();
  first_ = first;
  DOSQL_TRY(Bind(item.group, out));
  first_ = around;
  return CheckGroup(first, names);
}

Status FromBinder::CheckGroup(uint32_t first, size_t names) {
  uint32_t end = static_cast<uint32_t>(sources_.size());
  auto ambiguous = [&](const sql::Name& name, std::string_view in, std::string_view of) {
    return context_.diag->Set(Code::kBind, Words({"ambiguous column name: ", in, of, name.text}),
                              name.offset, name.text);
  };
  auto column = [&](uint32_t s, std::string_view name, bool shown) {
    for (uint32_t c = 0; c < sources_[s].column_count() - sources_[s].hidden; c++)
      if (EqualsIgnoringCase(sources_[s].column_name(c), name))
        return !shown || !joined_.IsHidden(s, c);
    return false;
  };
  for (; names < using_names_.size(); names++) {
    uint32_t found = 0;
    for (uint32_t s = first; s < end; s++) found += column(s, using_names_[names].text, true);
    if (found > 1) return ambiguous(using_names_[names], {}, {});
  }
  for (uint32_t s = first; s < end; s++) {
    const BoundSource& source = sources_[s];
    std::string_view schema = source.in_main ? "main." : "*.";
    std::string of = Words({source.name, "."});
    for (uint32_t other = first; other < end && !source.name.empty(); other++) {
      const BoundSource& same = sources_[other];
      if (other == s || same.in_main != source.in_main ||
          !EqualsIgnoringCase(same.name, source.name))
        continue;
      for (uint32_t c = 0; c < source.column_count() - source.hidden; c++)
        if (!joined_.IsHidden(s, c) && column(other, source.column_name(c), false))
          return ambiguous({source.column_name(c), source.offset}, schema, of);
      if (source.table != nullptr && !source.table->without_rowid && same.table != nullptr &&
          !same.table->without_rowid)
        return ambiguous({"_ROWID_", source.offset}, schema, of);
    }
  }
  return Status::Ok();
}

Status FromBinder::BindOperand(const FromItem& item, bool leads, BoundJoin** out) {
  if (item.kind == FromKind::kGroup) {
    if (item.has_alias)
      return BindUnsupported(context_, "aliases of joins in parentheses are", item.offset);
    return leads ? Bind(item.group, out) : BindGroup(item, out);
  }
  switch (item.kind) {
    case FromKind::kFunction: DOSQL_TRY(AddFunction(item)); break;
    case FromKind::kSubquery: {
      BoundSource source;
      source.name = item.has_alias ? item.alias : std::string_view();
      source.offset = item.offset;
      DOSQL_TRY(AddQuery(*item.select, scope_, {}, {}, &source));
      sources_.push_back(source);
      break;
    }
    default: DOSQL_TRY(AddTable(item)); break;
  }
  BoundJoin* leaf = context_.arena->New<BoundJoin>();
  if (leaf == nullptr) return NoMemory();
  leaf->source = static_cast<uint32_t>(sources_.size() - 1);
  *out = leaf;
  return Status::Ok();
}

Status FromBinder::AddTable(const FromItem& item) {
  if (item.table.schema.empty()) {
    for (const CteScope* c = scope_.ctes; c != nullptr; c = c->parent) {
      for (uint32_t i = 0; i < c->visible; i++)
        if (EqualsIgnoringCase(c->with->ctes[i].name.text, item.table.name))
          return AddCte(item, *c, i);
    }
  }
  const View* view = context_.catalog->FindView(item.table.name);
  bool main = item.table.schema.empty() || EqualsIgnoringCase(item.table.schema, "main");
  if (view != nullptr && main) return AddView(item, *view);
  BoundSource source;
  Status found = FindTable(context_, item.table, &source.table);
  if (!found.ok()) {
    // A table-valued function may stand without its parentheses.
    if (found.code() == Code::kNoSuchObject && main && FindRowSource(item.table.name) != nullptr)
      return AddFunction(item);
    return found;
  }
  source.name = item.has_alias ? item.alias : source.table->name;
  source.has_alias = item.has_alias;
  source.in_main = true;
  context_.NoteTable(source.table, item.table.name_offset, NameUses::kName);
  source.offset = item.offset;
  source.not_indexed = item.not_indexed;
  if (!item.indexed_by.empty()) {
    for (const Index* index : source.table->indexes)
      if (EqualsIgnoringCase(index->name, item.indexed_by)) source.indexed_by = index;
    if (source.indexed_by == nullptr)
      return context_.diag->Set(Code::kNoSuchObject, Words({"no such index: ", item.indexed_by}),
                                item.offset, item.indexed_by);
  }
  DOSQL_TRY(BindIndexes(context_, &source));
  sources_.push_back(source);
  return Status::Ok();
}

// Whether its uses have the same rows even if it has random(): as in SQLite where they must, or
// where the query would not become part of the one around it.
static bool RunsOnce(const sql::Cte& cte) {
  const sql::SelectCore& core = cte.select->cores[0];
  return cte.materialized == sql::Materialized::kYes ||
         (cte.materialized == sql::Materialized::kDefault &&
          (core.from.empty() || core.distinct || !core.group_by.empty() ||
           cte.select->cores.size > 1 || cte.select->limit != nullptr));
}

Status FromBinder::AddCte(const FromItem& item, const CteScope& ctes, uint32_t number) {
  const sql::Cte& cte = ctes.with->ctes[number];
  if (ctes.busy == number || (ctes.busy != ~uint32_t{0} && number > ctes.busy))
    return BindUnsupported(context_, "recursive common table expressions are", item.offset);
  BoundSource source;
  source.name = item.has_alias ? item.alias : cte.name.text;
  source.offset = item.offset;
  // Its query sees what its WITH sees; names of queries around only where the WITH stands in the
  // same query as this use.
  QueryScope scope{&ctes, ctes.frame == scope_.frame ? scope_.frame : nullptr};
  uint32_t before = ctes.busy;
  ctes.busy = number;
  Status s = AddQuery(*cte.select, scope, cte.columns, cte.name.text, &source, RunsOnce(cte));
  ctes.busy = before;
  DOSQL_TRY(s);
  source.keeps_order = cte.materialized == sql::Materialized::kYes;
  sources_.push_back(source);
  return Status::Ok();
}

Status FromBinder::AddView(const FromItem& item, const View& view) {
  BoundSource source;
  source.name = item.has_alias ? item.alias : view.name;
  source.in_main = true;
  source.offset = item.offset;
  for (const ViewInSight* v = context_.views; v != nullptr; v = v->around)
    if (v->view == &view)
      return context_.diag->Set(Code::kBind, Words({"view ", view.name, " is circularly defined"}),
                                item.offset, item.table.name);
  ViewInSight in_sight{&view, context_.views};
  context_.views = &in_sight;
  Status s = AddQuery(*view.select, QueryScope(), view.columns, view.name, &source);
  context_.views = in_sight.around;
  if (s.ok() && !view.columns.empty() && view.columns.size != source.query->outputs.size)
    s = context_.diag->Set(
        Code::kBind, Words({"expected ", std::to_string(view.columns.size), " columns for '",
                            view.name, "' but got ", std::to_string(source.query->outputs.size)}));
  if (!s.ok()) {
    // Positions inside the view's text mean nothing in this statement's.
    context_.diag->offset = item.offset;
    return s;
  }
  sources_.push_back(source);
  return Status::Ok();
}

Status FromBinder::AddQuery(const sql::Select& select, const QueryScope& scope,
                            sql::List<sql::Name> columns, std::string_view what,
                            BoundSource* source, bool once) {
  BoundSelect* query = nullptr;
  for (const BindContext::BoundQuery& q : context_.queries)
    if (q.text == &select && scope.frame == nullptr) query = q.query;
  if (query != nullptr) {
    query->uses++;
  } else {
    query = context_.arena->New<BoundSelect>();
    if (query == nullptr) return NoMemory();
    DOSQL_TRY(BindQueryAt(context_, scope, select, query));
    if (scope.frame == nullptr && (query->pure || once))
      context_.queries.push_back({&select, query});
  }
  pure_ = pure_ && query->pure;
  source->query = query;
  bool is_view = context_.views != nullptr && context_.views->view->columns.data == columns.data;
  if (!columns.empty() && columns.size != query->outputs.size) {
    if (is_view) return Status::Ok();  // AddView has the words
    return context_.diag->Set(Code::kBind,
                              Words({"table ", what, " has ", std::to_string(query->outputs.size),
                                     " values for ", std::to_string(columns.size), " columns"}),
                              source->offset, what);
  }
  bool of_view = context_.views != nullptr && context_.views->view->select == &select;
  std::vector<BoundColumn> list;
  for (uint32_t c = 0; c < query->outputs.size; c++) {
    const BoundOutput& output = query->outputs[c];
    std::string_view name = !columns.empty()                      ? columns[c].text
                            : of_view && !output.declared.empty() ? output.declared
                                                                  : output.name;
    auto taken = [&](std::string_view n) {
      for (const BoundColumn& b : list)
        if (EqualsIgnoringCase(b.name, n)) return true;
      return false;
    };
    if (list.size() < 200 && taken(name)) {
      Bytes copy = context_.arena->Copy(AsBytes(UniqueName(name, taken)));
      if (copy.data() == nullptr) return NoMemory();
      name = AsText(copy);
    }
    list.push_back({name, query->outputs[c].traits});
  }
  return ToList(context_, list, &source->columns);
}

Status FromBinder::AddFunction(const FromItem& item) {
  const RowSource* function = FindRowSource(item.table.name);
  if (function == nullptr && item.kind == FromKind::kFunction &&
      IsDeferredFunction(item.table.name))
    return BindUnsupported(context_, Words({item.table.name, "() is"}), item.offset);
  if (function == nullptr)
    return context_.diag->Set(
        Code::kNoSuchObject,
        Words({item.kind == FromKind::kFunction ? "no such table-valued function: "
                                                : "no such table: ",
               item.table.name}),
        item.offset, item.table.name);
  BoundSource source;
  source.name = item.has_alias ? item.alias : item.table.name;
  source.in_main = true;
  source.offset = item.offset;
  source.function = function;
  if (item.args.size > function->args_max)
    return context_.diag->Set(Code::kBind,
                              Words({"too many arguments on ", item.table.name, "() - max ",
                                     std::to_string(function->args_max)}),
                              item.offset, item.table.name);
  // Arguments may read the sources before.
  ExprBinder binder(context_, seen(), scope_);
  binder.set_joined(&joined_);
  binder.set_first(first_);
  std::vector<BoundExpr*> args(item.args.size);
  for (uint32_t i = 0; i < item.args.size; i++) DOSQL_TRY(binder.Bind(*item.args[i], &args[i]));
  DOSQL_TRY(ToList(context_, args, &source.args));
  std::vector<BoundColumn> columns;
  for (uint32_t c = 0; c < function->column_count(); c++)
    columns.push_back({function->column(c), ColumnTraits()});
  source.hidden = function->args_max;
  for (uint32_t c = 0; c < source.hidden; c++)
    columns.push_back({function->hidden(c), ColumnTraits()});
  DOSQL_TRY(ToList(context_, columns, &source.columns));
  sources_.push_back(source);
  return Status::Ok();
}

// --------------------------------------------------------------------------------- join conditions

// One column of USING or of a NATURAL join: left = right, and one name for both.
Status FromBinder::JoinColumn(std::string_view name, uint32_t offset, uint32_t first,
                              uint32_t right, BoundJoinKind kind, std::vector<BoundExpr*>* on) {
  auto find = [&](uint32_t from, uint32_t to, uint32_t* source, uint32_t* column) {
    for (uint32_t s = from; s < to; s++)
      for (uint32_t c = 0; c < sources_[s].column_count() - sources_[s].hidden; c++)
        if (EqualsIgnoringCase(sources_[s].column_name(c), name) && !joined_.IsHidden(s, c)) {
          *source = s;
          *column = c;
          return true;
        }
    return false;
  };
  uint32_t ls, lc, rs, rc;
  if (!find(first, right, &ls, &lc) ||
      !find(right, static_cast<uint32_t>(sources_.size()), &rs, &rc))
    return context_.diag->Set(
        Code::kBind,
        Words({"cannot join using column ", name, " - column not present in both tables"}), offset,
        name);
  // Names in USING are not noted: a rename leaves them, and a view that lacks one then is refused.
  ExprBinder binder(context_, seen(), scope_);
  BoundExpr* left = joined_.MergedAt(ls, lc, true);
  if (left == nullptr) left = binder.ColumnAt(ls, lc, offset);
  BoundExpr* other = joined_.MergedAt(rs, rc, true);
  if (other == nullptr) other = binder.ColumnAt(rs, rc, offset);
  BoundExpr* equal = binder.builder().Binary(ExprOp::kEq, left, other, offset);
  if (equal == nullptr) return NoMemory();
  on->push_back(equal);
  joined_.hidden.push_back({rs, rc});
  using_names_.push_back({name, offset});
  if (kind == BoundJoinKind::kRight || kind == BoundJoinKind::kFull) {
    BoundExpr* args[2] = {left, other};
    BoundExpr* both = binder.builder().Function(FindScalarFunction("coalesce", 2), args, 2, offset);
    if (both == nullptr) return NoMemory();
    // It compares as the left one.
    both->affinity = left->affinity;
    both->has_affinity = left->has_affinity;
    both->collation = left->collation;
    both->collates = left->collates;
    // A row of a RIGHT join always has the right column.
    joined_.merged.push_back({ls, lc, kind == BoundJoinKind::kRight ? other : both, both});
  }
  return Status::Ok();
}

Status FromBinder::Condition(const FromItem& item, uint32_t first, uint32_t right,
                             BoundJoin* join) {
  std::vector<BoundExpr*> on;
  if (item.natural) {
    // The names in common, in the right side's order.
    std::vector<std::string_view> names;
    for (uint32_t s = right; s < sources_.size(); s++) {
      for (uint32_t c = 0; c < sources_[s].column_count() - sources_[s].hidden; c++) {
        if (joined_.IsHidden(s, c)) continue;
        std::string_view name = sources_[s].column_name(c);
        bool common = false;
        for (uint32_t l = first; l < right && !common; l++)
          for (uint32_t k = 0; k < sources_[l].column_count() - sources_[l].hidden && !common; k++)
            common = EqualsIgnoringCase(sources_[l].column_name(k), name);
        for (std::string_view n : names) common = common && !EqualsIgnoringCase(n, name);
        if (common) names.push_back(name);
      }
    }
    for (std::string_view name : names)
      DOSQL_TRY(JoinColumn(name, item.offset, first, right, join->kind, &on));
  }
  for (const sql::Name& name : item.using_columns)
    DOSQL_TRY(JoinColumn(name.text, name.offset, first, right, join->kind, &on));
  if (item.on != nullptr) {
    ExprBinder binder(context_, seen(), scope_);
    binder.set_joined(&joined_);
    binder.set_first(first_);
    BoundExpr* e;
    DOSQL_TRY(binder.Bind(*item.on, &e));
    SplitAnd(e, &on);
  }
  return ToList(context_, on, &join->on);
}

}  // namespace dosql
