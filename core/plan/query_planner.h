// QueryPlanner: plans one query (a block or a compound). Internal to core/plan.
#pragma once

#include <vector>

#include "core/plan/access_path.h"
#include "core/plan/cost.h"
#include "core/plan/planner.h"

namespace dosql {

// Where a chunk's columns are, while expressions are compiled against it.
using Layout = std::vector<PlanColumn>;
using Pool = std::vector<Conjunct>;

inline constexpr uint32_t kSourcesMax = 64;  // bits of a set of sources

class QueryPlanner {
 public:
  QueryPlanner(Arena* arena, Diag* diag, const Statistics* statistics)
      : arena_(arena), diag_(diag), statistics_(statistics) {}

  // *point may be nullptr: not wanted.
  Status Query(const BoundSelect& select, PlanNode** out, const PointPlan** point);
  Status Modify(const BoundModify& modify, PlanNode** out);

 private:
  struct Semi;
  struct InSet;
  // One operand of a cluster of inner joins.
  struct Relation {
    uint64_t sources = 0;        // that it adds
    int32_t leaf = -1;           // the source, when it is one
    uint64_t needs = 0;          // sources that must come before: what it reads of them
    PlanNode* node = nullptr;    // planned already: an outer join, a query
    double rows = 1, cost = 1;   // by itself
    double share = 1;            // of a leaf's rows that pass all conditions on it alone
    Semi* semi = nullptr;        // it adds no columns but drops rows; `node` is its other side
    const InSet* set = nullptr;  // its values: it goes first only if it is looked up by
  };

  Status NoMemory() { return diag_->Set(Code::kNoMemory, "out of memory"); }

  template <typename T>
  Status ToList(const std::vector<T>& v, sql::List<T>* out) {
    out->data = arena_->NewArray<T>(v.size());
    if (out->data == nullptr) return NoMemory();
    out->size = static_cast<uint32_t>(v.size());
    for (size_t i = 0; i < v.size(); i++) out->data[i] = v[i];
    return Status::Ok();
  }

  // --- planner.cc: nodes and expressions
  Status New(PlanKind kind, PlanNode* input, PlanNode** out);
  Status Remap(const BoundExpr& e, const Layout& layout, BoundExpr** out);
  Status Compile(const BoundExpr* e, const Layout& layout, PlanExpr* out, bool filter = false);
  Status CompileAll(const std::vector<BoundExpr*>& list, const Layout& layout,
                    sql::List<PlanExpr>* out);
  Status CompileAnd(const std::vector<BoundExpr*>& list, const Layout& layout, PlanExpr* out);
  static Layout LayoutOf(const PlanNode& n) { return Layout(n.columns.begin(), n.columns.end()); }
  void NoteColumns(const BoundExpr& e);
  void NoteColumns(const BoundJoin& join);
  Status SetLayout(PlanNode* n, const Layout& layout);
  Layout ScanLayout(uint32_t s) const;

  // --- plan_semi.cc: EXISTS and IN as joins
  // A subquery's FROM and WHERE with its sources numbered after those of the query around it.
  struct Semi {
    bool anti = false;
    uint64_t needs = 0;    // sources of the query around that it reads
    uint64_t sources = 0;  // its own
    const BoundJoin* from = nullptr;
    Pool own;   // conjuncts over its own sources
    Pool ties;  // those that read the query around, too
    Pool All() const {
      Pool all = own;
      all.insert(all.end(), ties.begin(), ties.end());
      return all;
    }
  };
  // x IN (a query that reads nothing around it): a set of values, as a source of one column.
  struct InSet {
    uint32_t source = 0;
    const Subquery* subquery = nullptr;
    BoundExpr* operand = nullptr;    // x
    const PlanNode* keys = nullptr;  // instead of a subquery: rows of one column
    ComparisonRule rule;
  };
  Status UnnestAll(Pool* pool);
  Status AddSources(const std::vector<BoundSource>& more);
  Status UnnestSet(const BoundExpr& in, Pool* pool, bool* done);
  Status SetRows(const InSet& set, const InSet* keys, PlanNode** out);
  Status MakeSet(const InSet* set, Relation* out);
  Status Narrow(const InSet& set, uint64_t known, const PlanNode& node, PlanNode** build);
  Status AddKeys(const BoundSelect& select, Pool* pool);
  bool IsSet(uint64_t sources) const;
  Status Unnest(const BoundExpr& conjunct, Semi* out, bool* done);
  Status Renumber(const BoundExpr& e, uint32_t base, BoundExpr* const* outer, BoundExpr** out);
  Status Renumber(const BoundJoin& join, uint32_t base, BoundJoin** out);
  Status MakeSemi(Semi* semi, Relation* out);
  static bool HashesInput(const Relation& relation, double rows);
  bool LooksUp(const Relation& relation, uint64_t known, double rows, double* cost,
               AccessChoice* access, const PlanNode* node = nullptr) const;
  Status SemiJoin(const Relation& relation, uint64_t known, PlanNode** node);

  // --- plan_apply.cc: subqueries that aggregate, as joins
  Status ApplyAll(uint32_t s, Pool* pool, PlanNode** node);
  Status Apply(uint32_t s, const BoundExpr& call, PlanNode** node, BoundExpr** value);
  std::vector<BoundExpr*> KeyAmong(uint32_t s, const BoundExpr& call);
  Status Replace(const BoundExpr& e, const BoundExpr* node, BoundExpr* by, BoundExpr** out);

  // --- plan_from.cc: FROM and WHERE
  Status AddConjunct(BoundExpr* e, Pool* pool);
  static uint64_t SourcesUnder(const BoundJoin& join);
  // top: with the sets and semi-joins of the block's WHERE.
  Status From(const BoundJoin& join, Pool* pool, PlanNode** out, bool top = false);
  Status Gather(const BoundJoin& join, Pool* pool, std::vector<const BoundJoin*>* operands);
  Status MakeRelation(const BoundJoin& operand, Pool* pool, Relation* out);
  Status OuterJoin(const BoundJoin& join, Pool* pool, PlanNode** out);
  // A relation's place in the order of joins, and how many rows there are after it.
  struct Place {
    uint32_t relation;
    double rows;
  };
  std::vector<Place> Order(const std::vector<Relation>& relations, const Pool& pool);
  void EstimateAlone(const Pool& pool, Relation* relation) const;
  void Estimate(const Relation& relation, uint64_t known, double rows, const Pool& pool,
                double* cost, double* rows_out) const;
  Status First(const Relation& relation, Pool* pool, PlanNode** out, bool ascending = false);
  Status Next(const Relation& relation, uint64_t known, Pool* pool, PlanNode** node);
  Status Scan(uint32_t s, Pool* pool, PlanNode** out);
  Status InList(uint32_t s, const AccessChoice& choice, Pool* pool, PlanNode** out);
  Status FunctionArguments(uint32_t s, Pool* pool, uint64_t* needs);
  bool GivesArgument(const BoundExpr& e) const;
  bool NeedsItsArgument(uint32_t s, uint64_t left) const;
  Status WholeRows(PlanNode** node);
  Status Function(uint32_t s, PlanNode* input, PlanNode** out);
  Status Derived(uint32_t s, PlanNode** out);
  Status HashKeys(uint64_t left, uint64_t right, Pool* pool, PlanNode* join);
  Status Enter(uint32_t s, const AccessChoice& choice, const Layout& outer, Pool* pool,
               Access* out);
  void LiesBy(uint32_t s, PlanNode* node) const;
  Status PlaceFilters(uint64_t known, Pool* pool, PlanNode** node, bool dear = false);
  Status PlaceGates(Pool* pool, PlanNode** node);
  AccessChoice Choose(uint32_t s, uint64_t known, const Pool& pool, bool in_lists = false) const;
  double RowsOf(uint32_t s) const;
  static double Selectivity(const BoundExpr& e);
  double JoinLookupCost(uint32_t s, const AccessChoice& inside, double rows) const;
  double LookupCostAfter(const PlanNode& node, uint32_t s, const AccessChoice& inside) const;
  double HashCost(double read, double built, double rows) const;

  // --- plan_block.cc: grouping, outputs, order
  Status Block(const BoundSelect& select, PlanNode** out, const PointPlan** point);
  static bool GroupsInAnyOrder(const BoundSelect& select);
  Status CompileAggregate(const BoundAggregate& a, const Layout& layout, PlanAggregate* out);
  Status Grouping(const BoundSelect& select, PlanNode** node);
  Status Outputs(const BoundSelect& select, PlanNode** node);
  Status Limit(const BoundSelect& select, PlanNode** node);
  Status Point(const BoundSelect& select, const PlanNode& from, const PointPlan** out);

  // --- plan_order.cc: the order that rows come in
  int DirectionFor(uint32_t s, const Index* index, uint32_t equal, bool joined,
                   const std::vector<BoundOrder>& terms) const;
  static std::vector<BoundOrder> TermsOf(const BoundSelect& select);
  static bool GroupedByTree(const BoundSelect& select);
  bool Ordered(const std::vector<BoundOrder>& terms, PlanNode* from) const;
  void Wish(const BoundSelect& select);
  AccessChoice ChooseWished(uint32_t s, const Pool& pool, AccessChoice best) const;
  Status FirstOnly(const BoundSelect& select, PlanNode** node);

  // --- plan_compound.cc
  Status Values(const BoundSelect& select, PlanNode** out);
  Status Compound(const BoundSelect& select, PlanNode** out);
  Status DistinctRows(const std::vector<Collation>& collations, PlanNode** node);
  Status SortRows(const std::vector<SortTerm>& terms, PlanNode** node);

  Arena* arena_;
  Diag* diag_;
  const Statistics* statistics_;
  sql::List<BoundSource> sources_;
  std::vector<std::vector<BoundExpr*>> args_;  // of functions in FROM, by source
  bool pure_ = false;                          // the block gives the same whenever it is run
  bool any_order_ = false;                     // whatever order the rows of FROM come in
  bool only_counts_ = false;                   // SELECT count(*) FROM t: any way through t will do
  std::vector<BoundOrder> wish_;  // the order that the only table should come in; empty: any
  double wish_rows_ = 0;          // rows of it that will do
  std::vector<InSet> sets_;
  const InSet* keys_ = nullptr;  // only these values of the query's output are wanted
  std::vector<Semi> semis_;      // of the block's WHERE
  std::vector<Reads> used_;      // per source
};

}  // namespace dosql
