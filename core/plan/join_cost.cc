// What it costs to join a table or a side, and in which order rows come for that.

#include "core/plan/query_planner.h"

namespace dosql {

double QueryPlanner::RowsOf(uint32_t s) const {
  if (sources_[s].table == nullptr) return 100;
  return statistics_ != nullptr ? statistics_->Rows(*sources_[s].table) : kRowsGuess;
}

// Looking up what each of `rows` input rows finds in a table.
double QueryPlanner::JoinLookupCost(uint32_t s, const AccessChoice& inside, double rows) const {
  double window = kJoinInputs * AtLeastOne(inside.rows);
  if (window > kJoinWindow) window = kJoinWindow;
  return LookupCost(*sources_[s].table, inside.index, inside.covering, rows, rows * inside.rows,
                    window, statistics_);
}

// The cost of looking up what the rows of `node` find. Where these came as they lie in the table,
// and a row's partners lie in it near the row, the pages were just read.
double QueryPlanner::LookupCostAfter(const PlanNode& node, uint32_t s,
                                     const AccessChoice& inside) const {
  const double cost = JoinLookupCost(s, inside, node.rows);
  const Table& table = *sources_[s].table;
  if (node.lies_by < 0 || statistics_ == nullptr || inside.index == nullptr || inside.equal.empty())
    return cost;
  const uint32_t by = static_cast<uint32_t>(node.lies_by);
  const BoundExpr& e = *inside.equal[0];
  const IndexColumn& first = inside.index->columns[0];
  if (sources_[by].table != &table || e.op != ExprOp::kColumn || e.source != by ||
      first.expr != nullptr || first.column != e.index ||
      !statistics_->IsClustered(table, *inside.index))
    return cost;
  const double found = node.rows * inside.rows;
  double near = node.rows * kDescendCost + found * (inside.covering ? kTellCost : kFetchCost);
  if (statistics_->CachePages() > 0) {
    // The index is walked along.
    const double leaves = statistics_->Leaves(table, inside.index);
    near += (node.rows < leaves ? node.rows : leaves) / kPagesPerExtent * kMissCost;
  }
  return near < cost ? near : cost;
}

// Reading a side at cost `read`, hashing its `built` rows and probing with `rows`.
double QueryPlanner::HashCost(double read, double built, double rows) const {
  return read + BuildCost(built, statistics_) + rows * kProbeCost;
}

// Lets an index's rows come as they lie, where the order is all the same.
void QueryPlanner::LiesBy(uint32_t s, PlanNode* node) const {
  Access& a = node->access;
  if (a.table->without_rowid || (a.index == nullptr && node->kind != PlanKind::kScan)) return;
  a.any_order = any_order_ && a.index != nullptr && !a.covering;
  if (a.index == nullptr || a.any_order) node->lies_by = static_cast<int32_t>(s);
}

}  // namespace dosql
