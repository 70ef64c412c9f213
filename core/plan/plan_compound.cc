// VALUES and compounds.

#include "core/plan/query_planner.h"

namespace dosql {

Status QueryPlanner::Values(const BoundSelect& select, PlanNode** out) {
  DOSQL_TRY(New(PlanKind::kValues, nullptr, out));
  std::vector<sql::List<PlanExpr>> rows;
  for (const auto& row : select.values) {
    sql::List<PlanExpr> cells;
    DOSQL_TRY(CompileAll(std::vector<BoundExpr*>(row.begin(), row.end()), {}, &cells));
    rows.push_back(cells);
  }
  DOSQL_TRY(ToList(rows, &(*out)->values));
  (*out)->width = select.values[0].size;
  (*out)->rows = select.values.size;
  return Status::Ok();
}

Status QueryPlanner::DistinctRows(const std::vector<Collation>& collations, PlanNode** node) {
  PlanNode* distinct;
  DOSQL_TRY(New(PlanKind::kDistinct, *node, &distinct));
  distinct->width = static_cast<uint32_t>(collations.size());
  std::vector<SortTerm> by(collations.size());
  for (uint32_t i = 0; i < by.size(); i++) by[i] = {i, collations[i], false, false};
  *node = distinct;
  return ToList(by, &distinct->sort);
}

Status QueryPlanner::SortRows(const std::vector<SortTerm>& terms, PlanNode** node) {
  PlanNode* sort;
  DOSQL_TRY(New(PlanKind::kSort, *node, &sort));
  *node = sort;
  return ToList(terms, &sort->sort);
}

// Terms apply from the left. A run of UNION and UNION ALL is one append, made distinct where its
// last UNION stands: what comes before that is distinct anyway. Of rows that are equal SQLite keeps
// the right side's, so the terms of UNION come last one first.
Status QueryPlanner::Compound(const BoundSelect& select, PlanNode** out) {
  uint32_t width = select.outputs.size;
  std::vector<Collation> collations(select.term_collations.begin(), select.term_collations.end());
  std::vector<SortTerm> in_order(width);
  for (uint32_t i = 0; i < width; i++) in_order[i] = {i, collations[i], false, false};
  std::vector<PlanNode*> run;
  PlanNode* node = nullptr;
  bool sorted = false;  // SQLite gives rows of UNION, INTERSECT and EXCEPT in their order
  auto join_run = [&]() -> Status {
    if (run.size() == 1) {
      node = run[0];
    } else {
      DOSQL_TRY(New(PlanKind::kAppend, nullptr, &node));
      node->rows = 0;
      for (PlanNode* n : run) node->rows += n->rows;
      node->width = width;
      DOSQL_TRY(ToList(run, &node->inputs));
    }
    run = {node};
    return Status::Ok();
  };
  for (const BoundSelect::Term& term : select.terms) {
    PlanNode* next;
    DOSQL_TRY(QueryPlanner(arena_, diag_, statistics_).Query(*term.select, &next, nullptr));
    switch (term.op) {
      case sql::CompoundOp::kFirst:
      case sql::CompoundOp::kUnionAll:
        if (sorted) DOSQL_TRY(SortRows(in_order, &run[0]));
        run.push_back(next);
        sorted = false;
        break;
      case sql::CompoundOp::kUnion: {
        run.insert(run.begin(), next);
        sorted = true;
        // A later UNION makes this one distinct too.
        const BoundSelect::Term* after = &term + 1;
        if (after != select.terms.end() && after->op == sql::CompoundOp::kUnion) break;
        DOSQL_TRY(join_run());
        DOSQL_TRY(DistinctRows(collations, &node));
        run = {node};
        break;
      }
      case sql::CompoundOp::kIntersect:
      case sql::CompoundOp::kExcept: {
        DOSQL_TRY(join_run());
        PlanNode* op;
        DOSQL_TRY(New(PlanKind::kSetOp, node, &op));
        op->columns = {};
        op->width = width;
        op->build = next;
        op->except = term.op == sql::CompoundOp::kExcept;
        DOSQL_TRY(ToList(in_order, &op->sort));
        run = {op};
        sorted = true;
        break;
      }
    }
  }
  DOSQL_TRY(join_run());
  std::vector<SortTerm> terms;
  for (const BoundOrder& o : select.order_by)
    terms.push_back({o.output, o.collation, o.desc, o.nulls_last});
  if (sorted) terms.insert(terms.end(), in_order.begin(), in_order.end());
  if (!terms.empty()) {
    DOSQL_TRY(SortRows(terms, &node));
    if (select.limit != nullptr) DOSQL_TRY(Compile(select.limit, {}, &node->limit));
    if (select.offset != nullptr) DOSQL_TRY(Compile(select.offset, {}, &node->offset));
  }
  *out = node;
  return Limit(select, out);
}

Status QueryPlanner::Limit(const BoundSelect& select, PlanNode** node) {
  if (select.limit == nullptr && select.offset == nullptr) return Status::Ok();
  PlanNode* cut;
  DOSQL_TRY(New(PlanKind::kLimit, *node, &cut));
  if (select.limit != nullptr) DOSQL_TRY(Compile(select.limit, {}, &cut->limit));
  if (select.offset != nullptr) DOSQL_TRY(Compile(select.offset, {}, &cut->offset));
  *node = cut;
  return Status::Ok();
}

}  // namespace dosql
