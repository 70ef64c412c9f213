// A plan in words: one line a node, as a tree.
#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace dosql {

struct ExplainLine {
  uint32_t id = 0;      // from 1
  uint32_t parent = 0;  // 0: at the top
  double rows = 0;      // the planner's estimate
  std::string detail;   // "SEARCH orders AS o USING INDEX orders_cust (o_custkey=?)"
};

// `sources` may be read only while the bound statement's arena lives.
std::vector<ExplainLine> ExplainPlan(const PlanNode& root);

}  // namespace dosql
