// One block: what comes after its rows are found.

#include "core/plan/query_planner.h"

namespace dosql {

Status QueryPlanner::CompileAggregate(const BoundAggregate& a, const Layout& layout,
                                      PlanAggregate* out) {
  out->function = a.function;
  out->distinct = a.distinct;
  out->collation = a.collation;
  DOSQL_TRY(CompileAll({a.args.begin(), a.args.end()}, layout, &out->args));
  if (!a.order_by.empty()) {
    std::vector<BoundExpr*> exprs;
    std::vector<SortTerm> terms{{0, Collation::kBinary, false, false}};
    for (const BoundOrder& o : a.order_by) {
      uint32_t column = 1 + a.args.size + static_cast<uint32_t>(exprs.size());
      terms.push_back({column, o.collation, o.desc, o.nulls_last});
      exprs.push_back(o.expr);
    }
    DOSQL_TRY(CompileAll(exprs, layout, &out->order));
    DOSQL_TRY(ToList(terms, &out->sort));
    out->last_of_equal = a.distinct && exprs.size() == 1 && SameExpr(*exprs[0], *a.args[0]);
  }
  return a.filter != nullptr ? Compile(a.filter, layout, &out->filter, true) : Status::Ok();
}

Status QueryPlanner::Grouping(const BoundSelect& select, PlanNode** node) {
  PlanNode* group;
  DOSQL_TRY(New(PlanKind::kAggregate, *node, &group));
  Layout input = LayoutOf(**node), layout;
  std::vector<BoundExpr*> keys(select.keys.begin(), select.keys.end());
  DOSQL_TRY(CompileAll(keys, input, &group->keys));
  std::vector<PlanAggregate> aggregates;
  for (uint32_t i = 0; i < select.aggregates.size; i++) {
    aggregates.emplace_back();
    DOSQL_TRY(CompileAggregate(select.aggregates[i], input, &aggregates.back()));
    AggregateKind kind = select.aggregates[i].function->kind;
    if (kind == AggregateKind::kMin || kind == AggregateKind::kMax)
      group->bare_by = static_cast<int32_t>(i);
  }
  DOSQL_TRY(CompileAll({select.bare.begin(), select.bare.end()}, input, &group->bare));
  DOSQL_TRY(ToList(aggregates, &group->aggregates));
  for (uint32_t i = 0; i < keys.size() + aggregates.size() + select.bare.size; i++)
    layout.push_back({kGroupedSource, i});
  DOSQL_TRY(SetLayout(group, layout));
  group->rows = keys.empty() ? 1 : (*node)->rows / 10 + 1;
  *node = group;
  if (select.having != nullptr) {
    PlanNode* filter;
    DOSQL_TRY(New(PlanKind::kFilter, *node, &filter));
    DOSQL_TRY(Compile(select.having, layout, &filter->predicate, true));
    filter->rows = AtLeastOne(group->rows / 20);
    *node = filter;
  }
  // SQLite's groups come in the order of their keys, and so do ours.
  if (keys.empty()) return Status::Ok();
  const bool directed = select.order_by.size == keys.size() && !GroupedByTree(select);
  std::vector<SortTerm> terms;
  for (uint32_t i = 0; i < keys.size(); i++) {
    bool desc = directed && select.order_by[i].desc;
    terms.push_back({i, keys[i]->collation, desc, desc});
  }
  return SortRows(terms, node);
}

Status QueryPlanner::Outputs(const BoundSelect& select, PlanNode** node) {
  bool sorted = select.order_by.empty() ||
                (!select.grouped && !select.distinct && Ordered(TermsOf(select), *node));
  Layout input = LayoutOf(**node);
  PlanNode* project;
  DOSQL_TRY(New(PlanKind::kProject, *node, &project));
  std::vector<BoundExpr*> exprs;
  for (const BoundOutput& o : select.outputs) exprs.push_back(o.expr);
  std::vector<SortTerm> terms;
  for (const BoundOrder& o : select.order_by) {
    if (sorted) break;
    SortTerm t;
    t.collation = o.collation;
    t.desc = o.desc;
    t.nulls_last = o.nulls_last;
    t.column = o.output;
    if (o.expr != nullptr) {
      t.column = static_cast<uint32_t>(exprs.size());
      exprs.push_back(o.expr);
    }
    terms.push_back(t);
  }
  DOSQL_TRY(CompileAll(exprs, input, &project->outputs));
  project->width = static_cast<uint32_t>(exprs.size());
  project->columns = {};
  *node = project;
  uint32_t width = select.outputs.size;
  if (select.distinct) {
    // Each column is told apart by its own collation.
    std::vector<Collation> collations;
    for (const BoundOutput& o : select.outputs) collations.push_back(o.expr->collation);
    DOSQL_TRY(DistinctRows(collations, node));
  }
  if (!terms.empty()) {
    DOSQL_TRY(SortRows(terms, node));
    (*node)->width = width;
    if (select.limit != nullptr) DOSQL_TRY(Compile(select.limit, {}, &(*node)->limit));
    if (select.offset != nullptr) DOSQL_TRY(Compile(select.offset, {}, &(*node)->offset));
  }
  return Limit(select, node);
}

// Whether the groups are the same, to the last bit, in whatever order their rows come. Values that
// are equal but differ (1 and 1.0; by a collation) would be told by which of them came first.
bool QueryPlanner::GroupsInAnyOrder(const BoundSelect& select) {
  if (!select.grouped || !select.bare.empty() || !select.pure) return false;
  for (const BoundExpr* e : select.keys) {
    if (e->op != ExprOp::kColumn || e->affinity == Affinity::kBlob ||
        e->collation != Collation::kBinary)
      return false;
  }
  for (const BoundAggregate& a : select.aggregates) {
    AggregateKind kind = a.function->kind;
    if (kind != AggregateKind::kCountRows && kind != AggregateKind::kCount) return false;
  }
  return true;
}

// A look-up of one row needs no operators.
Status QueryPlanner::Point(const BoundSelect& select, const PlanNode& from, const PointPlan** out) {
  const PlanNode* scan = &from;
  const BoundExpr* predicate = nullptr;
  if (scan->kind == PlanKind::kFilter && !scan->gate) {
    predicate = scan->predicate.expr;
    scan = scan->input;
  }
  if (scan->kind != PlanKind::kScan || !scan->access.one_row || select.grouped || select.distinct ||
      select.limit != nullptr || select.offset != nullptr)
    return Status::Ok();
  // Queries inside expressions need a pinned version and operators of their own.
  if (predicate != nullptr && (predicate->flags & kExprHasSubquery)) return Status::Ok();
  for (const BoundOutput& o : select.outputs)
    if (o.expr->flags & kExprHasSubquery) return Status::Ok();
  PointPlan* point = arena_->New<PointPlan>();
  if (point == nullptr) return NoMemory();
  point->access = &scan->access;
  Layout whole;
  for (uint32_t c = 0; c <= scan->access.table->columns.size; c++) whole.push_back({0, c});
  if (predicate != nullptr) {
    PlanExpr e;
    DOSQL_TRY(Compile(predicate, whole, &e, true));
    point->predicate = e.program;
  }
  std::vector<uint32_t> column;
  std::vector<const Program*> program;
  for (const BoundOutput& o : select.outputs) {
    PlanExpr e;
    bool plain = o.expr->op == ExprOp::kColumn;
    if (!plain) DOSQL_TRY(Compile(o.expr, whole, &e));
    column.push_back(plain ? o.expr->index : PointPlan::kComputed);
    program.push_back(e.program);
  }
  DOSQL_TRY(ToList(column, &point->column));
  DOSQL_TRY(ToList(program, &point->program));
  *out = point;
  return Status::Ok();
}

Status QueryPlanner::Block(const BoundSelect& select, PlanNode** out, const PointPlan** point) {
  sources_ = select.sources;
  for (const BoundSource& s : sources_) {
    used_.push_back(Reads(s.column_count() + 1));
    for (const BoundExpr* e : s.args) NoteColumns(*e);
  }
  only_counts_ = select.grouped && select.keys.empty() && select.conjuncts.empty() &&
                 select.having == nullptr && sources_.size == 1 && select.outputs.size == 1 &&
                 select.aggregates.size == 1 && select.aggregates[0].args.empty() &&
                 select.aggregates[0].filter == nullptr;
  Pool pool;
  for (BoundExpr* e : select.conjuncts) {
    DOSQL_TRY(AddConjunct(e, &pool));
    NoteColumns(*e);
  }
  if (select.from != nullptr) NoteColumns(*select.from);
  for (BoundExpr* e : select.keys) NoteColumns(*e);
  for (BoundExpr* e : select.bare) NoteColumns(*e);
  for (const BoundAggregate& a : select.aggregates) {
    for (const BoundExpr* e : a.args) NoteColumns(*e);
    for (const BoundOrder& o : a.order_by) NoteColumns(*o.expr);
    if (a.filter != nullptr) NoteColumns(*a.filter);
  }
  for (const BoundOutput& o : select.outputs) NoteColumns(*o.expr);
  for (const BoundOrder& o : select.order_by)
    if (o.expr != nullptr) NoteColumns(*o.expr);
  PlanNode* node;
  if (select.from != nullptr) {
    Wish(select);
    any_order_ = wish_.empty() && GroupsInAnyOrder(select);
    DOSQL_TRY(UnnestAll(&pool));
    if (keys_ != nullptr) DOSQL_TRY(AddKeys(select, &pool));
    pure_ = select.pure;
    DOSQL_TRY(From(*select.from, &pool, &node, true));
  } else {
    DOSQL_TRY(New(PlanKind::kOneRow, nullptr, &node));
  }
  DOSQL_TRY(PlaceGates(&pool, &node));
  if (point != nullptr) DOSQL_TRY(Point(select, *node, point));
  DOSQL_TRY(FirstOnly(select, &node));
  if (select.grouped) DOSQL_TRY(Grouping(select, &node));
  DOSQL_TRY(Outputs(select, &node));
  *out = node;
  return Status::Ok();
}

}  // namespace dosql
