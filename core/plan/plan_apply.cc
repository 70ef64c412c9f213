// A subquery that aggregates for each row of one table, answered for all rows at once: they are
// joined with what the subquery reads and grouped by their key. Look-ups are then gathered, which
// many small runs of the subquery cannot do.
//
//   WHERE t.x > (SELECT sum(u.v) FROM u WHERE u.k = t.id)
//   filter x > value  <-  project t.*, value  <-  group by t.id  <-  t LEFT JOIN u ON u.k = t.id

#include "core/plan/query_planner.h"

namespace dosql {

namespace {

// Without groups it gives exactly one row; everything else that it does happens in WHERE.
bool AggregatesOneTable(const BoundSelect& s) {
  if (!s.terms.empty() || !s.values.empty() || !s.pure || !s.grouped || !s.keys.empty() ||
      s.having != nullptr || s.distinct || s.limit != nullptr || s.offset != nullptr ||
      !s.bare.empty() || s.outputs.size != 1 || s.from == nullptr ||
      s.from->kind != BoundJoinKind::kLeaf || s.sources[0].table == nullptr)
    return false;
  if (s.outputs[0].expr->flags & kExprHasSubquery) return false;
  for (const BoundAggregate& a : s.aggregates) {
    if (!a.order_by.empty()) return false;
    if (a.filter != nullptr && (a.filter->flags & kExprHasSubquery)) return false;
    for (const BoundExpr* e : a.args)
      if (e->flags & kExprHasSubquery) return false;
  }
  for (const BoundExpr* e : s.conjuncts)
    if (e->flags & kExprHasSubquery) return false;
  return true;
}

BoundExpr* FindApplicable(BoundExpr* e) {
  if (!(e->flags & kExprHasSubquery)) return nullptr;
  if (e->op == ExprOp::kSubquery) {
    for (uint32_t i = 0; i < e->arg_count; i++)
      if (e->args[i]->flags & kExprHasSubquery) return nullptr;
    bool applicable = e->subquery->use == SubqueryUse::kScalar && e->subquery->outer_count > 0 &&
                      AggregatesOneTable(*e->subquery->query);
    return applicable ? e : nullptr;
  }
  for (uint32_t i = 0; i < e->arg_count; i++)
    if (BoundExpr* found = FindApplicable(e->args[i])) return found;
  return nullptr;
}

}  // namespace

// The columns of a source by which no two rows agree and which are among the arguments; empty:
// none.
std::vector<BoundExpr*> QueryPlanner::KeyAmong(uint32_t s, const BoundExpr& call) {
  const Table& table = *sources_[s].table;
  auto find = [&](uint32_t column) -> BoundExpr* {
    for (uint32_t i = 0; i < call.arg_count; i++) {
      BoundExpr* e = call.args[i];
      if (e->op == ExprOp::kColumn && e->source == s && e->index == column) return e;
    }
    return nullptr;
  };
  if (!table.without_rowid)
    if (BoundExpr* rowid = find(RowidIndex(table))) return {rowid};
  auto all = [&](const sql::List<IndexColumn>& columns) {
    std::vector<BoundExpr*> found;
    for (const IndexColumn& c : columns) {
      bool plain = c.expr == nullptr && table.columns[c.column].not_null &&
                   c.collation == table.columns[c.column].collation;
      BoundExpr* e = plain ? find(c.column) : nullptr;
      if (e == nullptr) return std::vector<BoundExpr*>();
      found.push_back(e);
    }
    return found;
  };
  if (table.without_rowid) return all(table.key_columns);
  for (const Index* index : table.indexes) {
    if (!index->unique || index->where != nullptr) continue;
    std::vector<BoundExpr*> found = all(index->columns);
    if (!found.empty()) return found;
  }
  return {};
}

// A copy of `e` with one node of it replaced.
Status QueryPlanner::Replace(const BoundExpr& e, const BoundExpr* node, BoundExpr* by,
                             BoundExpr** out) {
  if (&e == node) {
    *out = by;
    return Status::Ok();
  }
  BoundExpr* copy = arena_->New<BoundExpr>(e);
  if (copy == nullptr) return NoMemory();
  if (e.arg_count > 0 && (e.flags & kExprHasSubquery)) {
    copy->args = arena_->NewArray<BoundExpr*>(e.arg_count);
    if (copy->args == nullptr) return NoMemory();
    if (e.op != ExprOp::kSubquery) copy->flags &= static_cast<uint8_t>(~kExprHasSubquery);
    for (uint32_t i = 0; i < e.arg_count; i++) {
      DOSQL_TRY(Replace(*e.args[i], node, by, &copy->args[i]));
      copy->flags |= copy->args[i]->flags;
    }
  }
  *out = copy;
  return Status::Ok();
}

// Puts the value of a subquery beside the rows of source `s`, as the only column of a new source.
Status QueryPlanner::Apply(uint32_t s, const BoundExpr& call, PlanNode** node, BoundExpr** value) {
  *value = nullptr;
  const BoundSelect& select = *call.subquery->query;
  std::vector<BoundExpr*> key = KeyAmong(s, call);
  constexpr double kGroupBytes = 400;
  if (key.empty() || sources_.size + 2 > kSourcesMax ||
      (statistics_ != nullptr && (*node)->rows * kGroupBytes > statistics_->OperatorBytes()))
    return Status::Ok();
  const uint32_t inner = sources_.size;
  BoundExpr* const* outer = call.args;
  DOSQL_TRY(AddSources({select.sources[0]}));
  Pool pool;
  for (const BoundExpr* c : select.conjuncts) {
    BoundExpr* copy;
    DOSQL_TRY(Renumber(*c, inner, outer, &copy));
    NoteColumns(*copy);
    pool.push_back({copy, SourcesOf(*copy), false});
  }
  AccessChoice choice = Choose(inner, uint64_t{1} << s, pool);
  if (!choice.uses_outer || choice.equal.empty()) return Status::Ok();
  const Table& table = *sources_[inner].table;
  const uint32_t present = table.without_rowid ? table.key_columns[0].column : RowidIndex(table);
  used_[inner][present] = UINT8_MAX;

  const Layout input = LayoutOf(**node);
  PlanNode* join;
  DOSQL_TRY(New(PlanKind::kIndexJoin, *node, &join));
  ExprBuilder builder(arena_);
  std::vector<BoundAggregate> wanted(select.aggregates.begin(), select.aggregates.end());
  BoundExpr* found = builder.Unary(
      ExprOp::kNotNull, builder.Derived(inner, present, ColumnTraits(), call.offset), call.offset);
  for (BoundAggregate& a : wanted) {
    std::vector<BoundExpr*> args;
    for (const BoundExpr* e : a.args) {
      args.emplace_back();
      DOSQL_TRY(Renumber(*e, inner, outer, &args.back()));
      NoteColumns(*args.back());
    }
    DOSQL_TRY(ToList(args, &a.args));
    BoundExpr* own = nullptr;
    if (a.filter != nullptr) {
      DOSQL_TRY(Renumber(*a.filter, inner, outer, &own));
      NoteColumns(*own);
    }
    a.filter = own == nullptr ? found : builder.Binary(ExprOp::kAnd, found, own, call.offset);
    if (a.filter == nullptr) return NoMemory();
  }
  // All columns that are read are known now.
  DOSQL_TRY(Enter(inner, choice, input, &pool, &join->access));
  Layout both = input, own = ScanLayout(inner);
  both.insert(both.end(), own.begin(), own.end());
  DOSQL_TRY(SetLayout(join, both));
  join->rows = AtLeastOne((*node)->rows * choice.rows);
  join->cost += JoinLookupCost(inner, choice, (*node)->rows);
  join->keep_left = true;
  std::vector<BoundExpr*> rest;
  for (const Conjunct& c : pool)
    if (!c.placed) rest.push_back(c.expr);
  DOSQL_TRY(CompileAnd(rest, both, &join->predicate));

  PlanNode* group;
  DOSQL_TRY(New(PlanKind::kAggregate, join, &group));
  DOSQL_TRY(CompileAll(key, both, &group->keys));
  std::vector<PlanAggregate> aggregates(wanted.size());
  for (size_t i = 0; i < wanted.size(); i++)
    DOSQL_TRY(CompileAggregate(wanted[i], both, &aggregates[i]));
  DOSQL_TRY(ToList(aggregates, &group->aggregates));
  std::vector<BoundExpr*> columns;
  for (const PlanColumn& c : input) {
    columns.push_back(builder.Derived(c.source, c.index, ColumnTraits(), call.offset));
    if (columns.back() == nullptr) return NoMemory();
  }
  DOSQL_TRY(CompileAll(columns, both, &group->bare));
  Layout grouped;
  for (uint32_t i = 0; i < key.size(); i++) grouped.push_back({kListSource, i});
  for (uint32_t i = 0; i < aggregates.size(); i++) grouped.push_back({kGroupedSource, i});
  grouped.insert(grouped.end(), input.begin(), input.end());
  DOSQL_TRY(SetLayout(group, grouped));
  group->rows = (*node)->rows;

  const uint32_t result = sources_.size;
  BoundSource source;
  source.offset = call.offset;
  DOSQL_TRY(ToList(std::vector<BoundColumn>{{"", select.outputs[0].traits}}, &source.columns));
  DOSQL_TRY(AddSources({source}));
  columns.emplace_back();
  DOSQL_TRY(Renumber(*select.outputs[0].expr, inner, outer, &columns.back()));
  PlanNode* project;
  DOSQL_TRY(New(PlanKind::kProject, group, &project));
  DOSQL_TRY(CompileAll(columns, grouped, &project->outputs));
  Layout wider = input;
  wider.push_back({result, 0});
  DOSQL_TRY(SetLayout(project, wider));
  *node = project;

  BoundExpr* column = builder.Derived(result, 0, ColumnTraits(), call.offset);
  if (column == nullptr) return NoMemory();
  column->affinity = call.affinity;
  column->has_affinity = call.has_affinity;
  column->conforms = call.conforms;
  column->collation = call.collation;
  column->collates = call.collates;
  *value = column;
  return Status::Ok();
}

// The same for what the conjuncts that are left ask of the rows of source `s`.
Status QueryPlanner::ApplyAll(uint32_t s, Pool* pool, PlanNode** node) {
  const uint64_t known = uint64_t{1} << s;
  for (Conjunct& c : *pool) {
    if (c.placed || c.implied || (c.sources & ~known) != 0 || (c.expr->flags & kExprImpure))
      continue;
    while (BoundExpr* call = FindApplicable(c.expr)) {
      BoundExpr* value;
      DOSQL_TRY(Apply(s, *call, node, &value));
      if (value == nullptr) break;
      DOSQL_TRY(Replace(*c.expr, call, value, &c.expr));
    }
  }
  return Status::Ok();
}

}  // namespace dosql
