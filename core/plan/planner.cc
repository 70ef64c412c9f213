#include "core/plan/planner.h"

#include "core/plan/query_planner.h"

namespace dosql {

namespace {

// Tells the accesses below whether all their rows will be asked for, as `all` says of this node's.
void MarkBulk(PlanNode* n, bool all) {
  n->access.bulk = all;
  bool below = n->kind != PlanKind::kLimit &&
               (all || n->kind == PlanKind::kSort || n->kind == PlanKind::kAggregate ||
                n->kind == PlanKind::kInList || n->kind == PlanKind::kShare);
  if (n->input != nullptr) MarkBulk(n->input, below || n->hashes_input);
  if (n->build != nullptr) MarkBulk(n->build, true);
  for (PlanNode* input : n->inputs) MarkBulk(input, below);
}

// Plans a query inside an expression.
Status PlanSubquery(Arena* arena, Diag* diag, const Statistics* statistics, Subquery* subquery) {
  SelectPlan* plan = arena->New<SelectPlan>();
  if (plan == nullptr) return diag->Set(Code::kNoMemory, "out of memory");
  DOSQL_TRY(QueryPlanner(arena, diag, statistics).Query(*subquery->query, &plan->root, nullptr));
  MarkBulk(plan->root, subquery->use == SubqueryUse::kIn);
  subquery->plan = plan;
  return Status::Ok();
}

}  // namespace

Status QueryPlanner::New(PlanKind kind, PlanNode* input, PlanNode** out) {
  PlanNode* n = arena_->New<PlanNode>(kind);
  if (n == nullptr) return NoMemory();
  n->input = input;
  if (input != nullptr) {
    n->columns = input->columns;
    n->width = input->width;
    n->rows = input->rows;
    n->cost = input->cost;
    bool keeps_order = kind == PlanKind::kFilter || kind == PlanKind::kIndexJoin ||
                       kind == PlanKind::kHashJoin || kind == PlanKind::kSemiJoin;
    if (keeps_order) n->lies_by = input->lies_by;
  }
  *out = n;
  return Status::Ok();
}

// A copy of the expression whose columns are positions of the layout, and whose queries are
// planned.
Status QueryPlanner::Remap(const BoundExpr& e, const Layout& layout, BoundExpr** out) {
  BoundExpr* copy = arena_->New<BoundExpr>(e);
  if (copy == nullptr) return NoMemory();
  if (e.op == ExprOp::kColumn) {
    PlanColumn wanted{e.source, e.index};
    uint32_t at = 0;
    while (at < layout.size() && !(layout[at] == wanted)) at++;
    if (at == layout.size())
      return diag_->Set(Code::kInternal, "a column is missing from the plan", e.offset);
    copy->index = at;
    copy->source = 0;
  }
  if (e.op == ExprOp::kSubquery && e.subquery->plan == nullptr)
    DOSQL_TRY(PlanSubquery(arena_, diag_, statistics_, e.subquery));
  if (e.arg_count > 0) {
    copy->args = arena_->NewArray<BoundExpr*>(e.arg_count);
    if (copy->args == nullptr) return NoMemory();
    for (uint32_t i = 0; i < e.arg_count; i++) DOSQL_TRY(Remap(*e.args[i], layout, &copy->args[i]));
  }
  *out = copy;
  return Status::Ok();
}

Status QueryPlanner::Compile(const BoundExpr* e, const Layout& layout, PlanExpr* out, bool filter) {
  BoundExpr* mapped;
  DOSQL_TRY(Remap(*e, layout, &mapped));
  Status s = filter ? CompileFilter(*mapped, arena_, &out->program)
                    : CompileExpr(*mapped, arena_, &out->program);
  if (!s.ok())
    return diag_->Set(s.code(),
                      s.code() == Code::kNoMemory ? "out of memory" : "expression too large",
                      e->offset);
  out->expr = e;
  return Status::Ok();
}

Status QueryPlanner::CompileAll(const std::vector<BoundExpr*>& list, const Layout& layout,
                                sql::List<PlanExpr>* out) {
  std::vector<PlanExpr> compiled(list.size());
  for (size_t i = 0; i < list.size(); i++) DOSQL_TRY(Compile(list[i], layout, &compiled[i]));
  return ToList(compiled, out);
}

// One filter of all conjuncts: first those that are cheap, last those with queries inside.
Status QueryPlanner::CompileAnd(const std::vector<BoundExpr*>& list, const Layout& layout,
                                PlanExpr* out) {
  BoundExpr* all = nullptr;
  ExprBuilder builder(arena_);
  for (int pass = 0; pass < 3; pass++) {
    for (BoundExpr* e : list) {
      int cost = e->flags & kExprHasSubquery ? 2 : e->flags & kExprHasCall ? 1 : 0;
      if (cost != pass) continue;
      all = all == nullptr ? e : builder.Binary(ExprOp::kAnd, all, e, e->offset);
      if (all == nullptr) return NoMemory();
    }
  }
  return all == nullptr ? Status::Ok() : Compile(all, layout, out, true);
}

void QueryPlanner::NoteColumns(const BoundExpr& e) {
  if (e.op == ExprOp::kColumn && e.source < used_.size()) {
    uint8_t& n = used_[e.source][e.index];
    if (n < UINT8_MAX) n++;
  }
  for (uint32_t i = 0; i < e.arg_count; i++) NoteColumns(*e.args[i]);
}

void QueryPlanner::NoteColumns(const BoundJoin& join) {
  if (join.kind == BoundJoinKind::kLeaf) return;
  NoteColumns(*join.left);
  NoteColumns(*join.right);
  for (BoundExpr* e : join.on) NoteColumns(*e);
}

Layout QueryPlanner::ScanLayout(uint32_t s) const {
  Layout layout;
  bool table = sources_[s].table != nullptr;
  for (uint32_t c = 0; c < used_[s].size(); c++)
    if (table ? used_[s][c] : c < sources_[s].columns.size) layout.push_back({s, c});
  return layout;
}

Status QueryPlanner::SetLayout(PlanNode* n, const Layout& layout) {
  n->width = static_cast<uint32_t>(layout.size());
  return ToList(layout, &n->columns);
}

Status QueryPlanner::Query(const BoundSelect& select, PlanNode** out, const PointPlan** point) {
  if (!select.terms.empty()) return Compound(select, out);
  if (!select.values.empty()) {
    DOSQL_TRY(Values(select, out));
    return Limit(select, out);
  }
  return Block(select, out, point);
}

Status QueryPlanner::Modify(const BoundModify& modify, PlanNode** out) {
  sources_ = modify.sources;
  used_.push_back(Reads(modify.table->columns.size + 1, UINT8_MAX));
  if (modify.table->without_rowid) used_[0].back() = 0;
  Pool pool;
  for (BoundExpr* e : modify.conjuncts) DOSQL_TRY(AddConjunct(e, &pool));
  BoundJoin leaf;
  DOSQL_TRY(UnnestAll(&pool));
  DOSQL_TRY(From(leaf, &pool, out, true));
  DOSQL_TRY(WholeRows(out));
  return PlaceGates(&pool, out);
}

Status PlanSelect(Arena* arena, Diag* diag, const BoundSelect& select, SelectPlan* out,
                  const Statistics* statistics) {
  DOSQL_TRY(QueryPlanner(arena, diag, statistics).Query(select, &out->root, &out->point));
  MarkBulk(out->root, false);
  return Status::Ok();
}

Status PlanModify(Arena* arena, Diag* diag, const BoundModify& modify, PlanNode** out,
                  const Statistics* statistics) {
  DOSQL_TRY(QueryPlanner(arena, diag, statistics).Modify(modify, out));
  MarkBulk(*out, true);
  return Status::Ok();
}

Status PlanSubqueries(Arena* arena, Diag* diag, const BoundExpr& e) {
  if ((e.flags & kExprHasSubquery) == 0) return Status::Ok();
  if (e.op == ExprOp::kSubquery && e.subquery->plan == nullptr)
    DOSQL_TRY(PlanSubquery(arena, diag, nullptr, e.subquery));
  for (uint32_t i = 0; i < e.arg_count; i++) DOSQL_TRY(PlanSubqueries(arena, diag, *e.args[i]));
  return Status::Ok();
}

Status CompileTableExpr(Arena* arena, const BoundExpr& expr, const Program** out) {
  // Column indexes of source 0 are positions already: the rowid is one past the last column.
  return CompileExpr(expr, arena, out);
}

}  // namespace dosql
