// Planner: bound statement to plan. Rules so far: conjuncts go to the first place where their
// sources are known, only columns that somebody reads are fetched, equalities and ranges enter the
// rowid or an index, joins are ordered from the most selective entry outwards.
//
// Errors: kNoMemory, and kTooBig for expressions past the evaluator's limits.
#pragma once

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/plan/plan.h"

namespace dosql {

// Without statistics every table is taken to have this many rows.
inline constexpr double kRowsGuess = 100000;

// What the planner asks about stored data. Rows are estimates; the caller owns the object.
class Statistics {
 public:
  virtual double Rows(const Table& table) const = 0;
  // Rows that share one value of the first `columns` columns of an index, or of the PRIMARY KEY of
  // a WITHOUT ROWID table (index == nullptr).
  virtual double RowsPerKey(const Table& table, const Index* index, uint32_t columns) const = 0;
  // Pages at the bottom of the table's own tree, or of an index.
  virtual double Leaves(const Table& table, const Index* index) const = 0;
  // Whether rows that are neighbours in an index lie near each other in the table.
  virtual bool IsClustered(const Table& table, const Index& index) const = 0;
  // The share of a tree's entries whose first key column lies between two values; nullptr:
  // unbounded. Negative: not known.
  virtual double RangeShare(const Table& table, const Index* index, const Value* low,
                            const Value* high) const = 0;
  // The share of a few dozen rows of the table for which all conditions are true; they read nothing
  // but its columns. Negative: not known.
  virtual double Share(const Table& table, const BoundExpr* const* conditions, size_t n) const = 0;
  // Pages that the cache holds, if the database does not fit into it; otherwise 0.
  virtual double CachePages() const = 0;
  // Bytes that one operator may fill.
  virtual double OperatorBytes() const = 0;

 protected:
  ~Statistics() = default;
};

// `statistics` may be nullptr: every table is then taken to be large.
Status PlanSelect(Arena* arena, Diag* diag, const BoundSelect& select, SelectPlan* out,
                  const Statistics* statistics = nullptr);

// The rows an UPDATE or DELETE changes: every column of the table and its rowid last, in that
// order. *access_only: the access finds the rows exactly and there is no further predicate.
Status PlanModify(Arena* arena, Diag* diag, const BoundModify& modify, PlanNode** out,
                  const Statistics* statistics = nullptr);

// Plans the queries inside an expression that is in no plan: RETURNING, DO UPDATE.
Status PlanSubqueries(Arena* arena, Diag* diag, const BoundExpr& expr);

// An expression over the columns of one table in their order, the rowid last.
Status CompileTableExpr(Arena* arena, const BoundExpr& expr, const Program** out);

}  // namespace dosql
