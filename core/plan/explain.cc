#include "core/plan/explain.h"

#include "core/base/diag.h"

namespace dosql {
namespace {

class Explainer {
 public:
  std::vector<ExplainLine> lines;

  // Queries that use one another twice would go on without end.
  static constexpr size_t kLinesMax = 10000;

  void Node(const PlanNode& n, uint32_t parent) {
    if (lines.size() >= kLinesMax) return;
    switch (n.kind) {
      case PlanKind::kOneRow: Line(parent, n, "CONSTANT ROW"); return;
      case PlanKind::kValues:
        Line(parent, n, Words({"SCAN ", std::to_string(n.values.size), " CONSTANT ROWS"}));
        return;
      case PlanKind::kInList: {
        uint32_t id = Line(parent, n, n.input != nullptr ? "SET OF VALUES" : "LIST OF VALUES");
        if (n.input != nullptr) Node(*n.input, id);
        return;
      }
      case PlanKind::kScan: {
        uint32_t id = Line(parent, n, AccessWords(n.access));
        (void)id;
        return;
      }
      case PlanKind::kShare: {
        Node(*n.input, Line(parent, n, "SHARED ROWS"));
        return;
      }
      case PlanKind::kFunction: {
        uint32_t id = Line(parent, n, "SCAN TABLE FUNCTION");
        if (n.input != nullptr) Node(*n.input, id);
        return;
      }
      case PlanKind::kIndexJoin: {
        uint32_t id = Line(parent, n, n.keep_left ? "LEFT JOIN BY LOOKUP" : "JOIN BY LOOKUP");
        Node(*n.input, id);
        Line(id, n, AccessWords(n.access));
        Subqueries(n.predicate, id);
        return;
      }
      case PlanKind::kHashJoin: {
        std::string what = n.keep_left && n.keep_right ? "FULL "
                           : n.keep_left               ? "LEFT "
                           : n.keep_right              ? "RIGHT "
                                                       : "";
        what += n.probe_keys.size > 0 ? "HASH JOIN" : "NESTED LOOP";
        uint32_t id = Line(parent, n, what);
        Node(*n.input, id);
        Node(*n.build, id);
        Subqueries(n.predicate, id);
        return;
      }
      case PlanKind::kSemiJoin: {
        std::string what = n.anti ? "ANTI JOIN" : "SEMI JOIN";
        if (n.build == nullptr) what += " BY LOOKUP";
        if (n.probe_keys.size > 0) what = "HASH " + what;
        if (n.hashes_input) what += " BY INPUT";
        uint32_t id = Line(parent, n, what);
        Node(*n.input, id);
        if (n.build != nullptr)
          Node(*n.build, id);
        else
          Line(id, n, AccessWords(n.access));
        Subqueries(n.predicate, id);
        return;
      }
      case PlanKind::kFilter: {
        uint32_t id = Line(parent, n, n.gate ? "FILTER ONCE" : "FILTER");
        Node(*n.input, id);
        Subqueries(n.predicate, id);
        return;
      }
      case PlanKind::kAggregate: {
        uint32_t id = Line(parent, n, n.keys.size > 0 ? "GROUP BY HASH" : "AGGREGATE");
        Node(*n.input, id);
        for (const PlanExpr& e : n.keys) Subqueries(e, id);
        for (const PlanAggregate& a : n.aggregates) {
          for (const PlanExpr& e : a.args) Subqueries(e, id);
          for (const PlanExpr& e : a.order) Subqueries(e, id);
        }
        return;
      }
      case PlanKind::kProject: {
        // Says nothing of its own, unless it runs queries.
        Node(*n.input, parent);
        for (const PlanExpr& e : n.outputs) Subqueries(e, parent);
        return;
      }
      case PlanKind::kDistinct: Node(*n.input, Line(parent, n, "DISTINCT")); return;
      case PlanKind::kSort:
        Node(*n.input, Line(parent, n, n.limit.program != nullptr ? "SORT, KEEP FIRST" : "SORT"));
        return;
      case PlanKind::kLimit: Node(*n.input, Line(parent, n, "LIMIT")); return;
      case PlanKind::kAppend: {
        uint32_t id = Line(parent, n, "UNION ALL");
        for (const PlanNode* input : n.inputs) Node(*input, id);
        return;
      }
      case PlanKind::kSetOp: {
        uint32_t id = Line(parent, n, n.except ? "EXCEPT" : "INTERSECT");
        Node(*n.input, id);
        Node(*n.build, id);
        return;
      }
    }
  }

 private:
  uint32_t Line(uint32_t parent, const PlanNode& n, std::string detail) {
    ExplainLine line;
    line.id = static_cast<uint32_t>(lines.size() + 1);
    line.parent = parent;
    line.rows = n.rows;
    line.detail = std::move(detail);
    lines.push_back(std::move(line));
    return static_cast<uint32_t>(lines.size());
  }

  static std::string AccessWords(const Access& a) {
    std::string words = "SCAN ";
    bool entered = a.equal.size > 0 || a.low.program != nullptr || a.high.program != nullptr;
    if (entered) words = "SEARCH ";
    words += a.table->name;
    const char* end = a.reverse ? " BACKWARDS" : "";
    if (!entered && a.index == nullptr) return words + end;
    const sql::List<IndexColumn>* columns = nullptr;
    if (a.index != nullptr) {
      words += a.covering ? " USING COVERING INDEX " : " USING INDEX ";
      words += a.index->name;
      columns = &a.index->columns;
    } else if (a.table->without_rowid) {
      words += " USING PRIMARY KEY";
      columns = &a.table->key_columns;
    } else {
      words += " USING INTEGER PRIMARY KEY";
    }
    if (!entered) return words + end;
    auto name = [&](uint32_t i) -> std::string {
      if (columns == nullptr) return "rowid";
      const IndexColumn& c = (*columns)[i];
      return c.expr != nullptr ? "<expr>" : std::string(a.table->columns[c.column].name);
    };
    words += " (";
    for (uint32_t i = 0; i < a.equal.size; i++) {
      if (i > 0) words += " AND ";
      words += name(i) + "=?";
    }
    bool more = a.equal.size > 0;
    if (a.low.program != nullptr) {
      if (more) words += " AND ";
      more = true;
      words += name(a.equal.size) + (a.low_inclusive ? ">=?" : ">?");
    }
    if (a.high.program != nullptr) {
      if (more) words += " AND ";
      words += name(a.equal.size) + (a.high_inclusive ? "<=?" : "<?");
    }
    return words + ")" + end;
  }

  void Subqueries(const PlanExpr& e, uint32_t parent) {
    if (e.expr != nullptr) Subqueries(*e.expr, parent);
  }
  void Subqueries(const BoundExpr& e, uint32_t parent) {
    if (!(e.flags & kExprHasSubquery)) return;
    if (e.op == ExprOp::kSubquery && e.subquery->plan != nullptr) {
      for (const Subquery* s : seen_)
        if (s == e.subquery) return;
      seen_.push_back(e.subquery);
      std::string what = e.subquery->outer_count > 0 ? "CORRELATED " : "";
      what += e.subquery->use == SubqueryUse::kExists ? "EXISTS"
              : e.subquery->use == SubqueryUse::kIn   ? "IN LIST"
                                                      : "SCALAR SUBQUERY";
      uint32_t id = Line(parent, *e.subquery->plan->root, what);
      Node(*e.subquery->plan->root, id);
    }
    for (uint32_t i = 0; i < e.arg_count; i++) Subqueries(*e.args[i], parent);
  }

  std::vector<const Subquery*> seen_;
};

}  // namespace

std::vector<ExplainLine> ExplainPlan(const PlanNode& root) {
  Explainer e;
  e.Node(root, 0);
  return std::move(e.lines);
}

}  // namespace dosql
