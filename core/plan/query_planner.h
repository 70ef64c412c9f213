// QueryPlanner: plans one query (a block or a compound). Internal to core/plan.
#pragma once

#include <vector>

#include "core/plan/access_path.h"
#include "core/plan/planner.h"

namespace dosql {

// Where a chunk's columns are, while expressions are compiled against it.
using Layout = std::vector<PlanColumn>;
using Pool = std::vector<Conjunct>;

class QueryPlanner {
 public:
  QueryPlanner(Arena* arena, Diag* diag, const Statistics* statistics)
      : arena_(arena), diag_(diag), statistics_(statistics), costs_(AccessCosts::For(statistics)) {}

  // *point may be nullptr: not wanted.
  Status Query(const BoundSelect& select, PlanNode** out, const PointPlan** point);
  Status Modify(const BoundModify& modify, PlanNode** out);

 private:
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

  // --- plan_from.cc: FROM and WHERE
  // One operand of a cluster of inner joins.
  struct Relation {
    uint64_t sources = 0;
    int32_t leaf = -1;          // the source, when it is one
    uint64_t needs = 0;         // sources that must come before: a function's arguments
    PlanNode* node = nullptr;   // planned already: an outer join, a query
    double rows = 1, cost = 1;  // by itself
    double share = 1;           // of a leaf's rows that pass conditions its access does not use
  };
  Status AddConjunct(BoundExpr* e, Pool* pool);
  static uint64_t SourcesUnder(const BoundJoin& join);
  Status From(const BoundJoin& join, Pool* pool, PlanNode** out);
  Status Gather(const BoundJoin& join, Pool* pool, std::vector<const BoundJoin*>* operands);
  Status MakeRelation(const BoundJoin& operand, Pool* pool, Relation* out);
  Status OuterJoin(const BoundJoin& join, Pool* pool, PlanNode** out);
  std::vector<uint32_t> Order(const std::vector<Relation>& relations, const Pool& pool);
  void EstimateAlone(const Pool& pool, Relation* relation) const;
  void Estimate(const Relation& relation, uint64_t known, double rows, const Pool& pool,
                double* cost, double* rows_out) const;
  Status First(const Relation& relation, Pool* pool, PlanNode** out);
  Status Next(const Relation& relation, uint64_t known, Pool* pool, PlanNode** node);
  Status Scan(uint32_t s, Pool* pool, PlanNode** out);
  Status InList(uint32_t s, const AccessChoice& choice, Pool* pool, PlanNode** out);
  Status FunctionArguments(uint32_t s, Pool* pool, uint64_t* needs);
  Status Function(uint32_t s, PlanNode* input, PlanNode** out);
  Status Derived(uint32_t s, PlanNode** out);
  Status HashKeys(uint64_t left, uint64_t right, Pool* pool, PlanNode* join);
  Status Enter(uint32_t s, const AccessChoice& choice, const Layout& outer, Pool* pool,
               Access* out);
  Status PlaceFilters(uint64_t known, Pool* pool, PlanNode** node);
  Status PlaceGates(Pool* pool, PlanNode** node);
  AccessChoice Choose(uint32_t s, uint64_t known, const Pool& pool, bool in_lists = false) const;
  double RowsOf(uint32_t s) const;

  // --- plan_block.cc: grouping, outputs, order
  Status Block(const BoundSelect& select, PlanNode** out, const PointPlan** point);
  Status OrderAggregates(const BoundSelect& select, PlanNode** node);
  Status Grouping(const BoundSelect& select, PlanNode** node);
  Status Outputs(const BoundSelect& select, PlanNode** node);
  Status Limit(const BoundSelect& select, PlanNode** node);
  bool Ordered(const BoundSelect& select, const PlanNode& from) const;
  Status Point(const BoundSelect& select, const PlanNode& from, const PointPlan** out);

  // --- plan_compound.cc
  Status Values(const BoundSelect& select, PlanNode** out);
  Status Compound(const BoundSelect& select, PlanNode** out);
  Status DistinctRows(const std::vector<Collation>& collations, PlanNode** node);
  Status SortRows(const std::vector<SortTerm>& terms, PlanNode** node);

  Arena* arena_;
  Diag* diag_;
  const Statistics* statistics_;
  const AccessCosts costs_;
  sql::List<BoundSource> sources_;
  bool whole_rows_ = false;                    // for UPDATE and DELETE
  std::vector<std::vector<BoundExpr*>> args_;  // of functions in FROM, by source
  std::vector<std::vector<uint8_t>> used_;     // per source, per column and the rowid
};

}  // namespace dosql
