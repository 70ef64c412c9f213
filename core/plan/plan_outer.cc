// LEFT, RIGHT and FULL JOIN.

#include "core/plan/query_planner.h"

namespace dosql {

// LEFT, RIGHT, FULL. What the pool says of a side that is kept whole goes below the join; what ON
// says of the other side goes below on that side; the rest of ON decides which rows are partners.
Status QueryPlanner::OuterJoin(const BoundJoin& j, Pool* pool, PlanNode** out) {
  uint64_t left = SourcesUnder(*j.left), right = SourcesUnder(*j.right);
  bool keep_left = j.kind != BoundJoinKind::kRight, keep_right = j.kind != BoundJoinKind::kLeft;
  Pool on, left_pool, right_pool;
  for (BoundExpr* e : j.on) on.push_back({e, SourcesOf(*e), false});
  const uint32_t s = j.right->source;
  bool leaf = j.right->kind == BoundJoinKind::kLeaf;
  bool called = false, given = false;  // a function, for each row of the left; by ON
  if (leaf && sources_[s].function != nullptr) {
    uint64_t needs = 0;
    DOSQL_TRY(FunctionArguments(s, &on, &needs));
    called = needs != 0;
    for (const Conjunct& c : on) given = given || c.placed;
    if (keep_right && (called || given)) {
      // Rows that no row of the left takes are those of a call with NULLs for it.
      if (!NeedsItsArgument(s, left))
        return diag_->Set(Code::kUnsupported,
                          "RIGHT and FULL JOIN to this function are not supported yet",
                          sources_[s].offset);
      keep_right = false;
    }
  }
  auto take = [](Pool* from, uint64_t sources, Pool* to) {
    for (Conjunct& c : *from) {
      if (c.placed || c.sources == 0 || (c.sources & ~sources) != 0) continue;
      c.placed = true;
      to->push_back({c.expr, c.sources, false});
    }
  };
  if (keep_left && !keep_right) take(pool, left, &left_pool);
  if (keep_right && !keep_left) take(pool, right, &right_pool);
  if (!keep_left) take(&on, left, &left_pool);
  if (!keep_right && !called) take(&on, right, &right_pool);
  PlanNode *node, *join;
  DOSQL_TRY(From(*j.left, &left_pool, &node));
  DOSQL_TRY(PlaceGates(&left_pool, &node));
  bool entered = false;  // the right side by values from the left
  if (called) {
    DOSQL_TRY(Function(s, node, &join));
    entered = true;
  }
  if (leaf && sources_[s].table != nullptr && !keep_right) {
    Pool both = on;
    both.insert(both.end(), right_pool.begin(), right_pool.end());
    AccessChoice choice = Choose(s, left, both);
    AccessChoice alone = Choose(s, 0, right_pool);
    double through = JoinLookupCost(s, choice, node->rows);
    double hashed = HashCost(alone.cost, alone.rows, node->rows);
    if (choice.uses_outer && !choice.equal.empty() && through <= hashed) {
      DOSQL_TRY(New(PlanKind::kIndexJoin, node, &join));
      Layout layout = LayoutOf(*node);
      DOSQL_TRY(Enter(s, choice, layout, &both, &join->access));
      Layout own = ScanLayout(s);
      layout.insert(layout.end(), own.begin(), own.end());
      DOSQL_TRY(SetLayout(join, layout));
      join->rows = AtLeastOne(node->rows * choice.rows);
      join->cost += through;
      on = both;
      entered = true;
    }
  }
  if (!entered) {
    PlanNode* build;
    DOSQL_TRY(From(*j.right, &right_pool, &build));
    DOSQL_TRY(PlaceGates(&right_pool, &build));
    DOSQL_TRY(New(PlanKind::kHashJoin, node, &join));
    join->build = build;
    DOSQL_TRY(HashKeys(left, right, &on, join));
  }
  join->keep_left = keep_left;
  join->keep_right = keep_right;
  std::vector<BoundExpr*> rest;
  for (Conjunct& c : on)
    if (!c.placed) rest.push_back(c.expr);
  DOSQL_TRY(CompileAnd(rest, LayoutOf(*join), &join->predicate));
  if (keep_left && join->rows < node->rows) join->rows = node->rows;
  *out = join;
  return PlaceFilters(left | right, pool, out);
}

}  // namespace dosql
