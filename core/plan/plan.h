// Plan: how a bound SELECT (or the row search of an UPDATE or DELETE) is carried out. Immutable;
// lives in the statement's arena and points into the Catalog. State of a running plan is
// core/exec's.
//
// Each node yields chunks whose columns are described by `columns`; programs of a node read the
// chunk of its input by position. Joins read left before right.
#pragma once

#include <cstdint>

#include "core/bind/bound.h"
#include "core/expr/program.h"

namespace dosql {

// The source of the values of an IN list.
inline constexpr uint32_t kListSource = kGroupedSource - 1;

// What a chunk's column holds: column `index` of `source` (RowidIndex: its rowid), a grouped one,
// or a value of an IN list.
struct PlanColumn {
  uint32_t source = 0;
  uint32_t index = 0;
  bool operator==(const PlanColumn&) const = default;
};

// A value the plan computes, and the expression it came from.
struct PlanExpr {
  const BoundExpr* expr = nullptr;
  const Program* program = nullptr;
};

// The way into one table: its own tree, or an index and from there the table.
//
// A tree is entered by values for its first columns (`equal`), then by bounds on the next one. The
// table's own tree has one column, the rowid, or the PRIMARY KEY's of a WITHOUT ROWID table.
struct Access {
  const Table* table = nullptr;
  uint32_t source = 0;
  const Index* index = nullptr;  // nullptr: the table's own tree
  sql::List<PlanExpr> equal;
  PlanExpr low, high;  // program nullptr: unbounded
  bool low_inclusive = false, high_inclusive = false;
  bool one_row = false;  // at most one row fits
  bool reverse = false;  // from the tree's end to its beginning
  // The index's keys tell all that is read: the table is not. `told`: per column of the index,
  // whether its value is taken from the key.
  bool covering = false;
  sql::List<uint8_t> told;
  bool bulk = false;  // all rows will be asked for: many may be fetched before the first is given
  // Rows that an index finds need not come in its order: they are read and given as they lie.
  bool any_order = false;
};

enum class PlanKind : uint8_t {
  kOneRow,     // SELECT without FROM: one row without columns
  kValues,     // VALUES: one row per list
  kInList,     // the distinct values of values[0] or of input's one column, without NULL
  kScan,       // access; equal and bounds do not depend on rows
  kFunction,   // rows of a table-valued function; with an input, once for each of its rows
  kIndexJoin,  // for each input row, the rows that `access` finds with values from it
  kHashJoin,   // input probes a table built of `build`; without keys it is the cross product
  kSemiJoin,   // input rows that have (anti: have no) partner in `build` by keys, or by `access`
  kFilter,     // predicate
  kAggregate,  // keys and aggregates; without keys one row for all
  kProject,    // outputs
  kDistinct,   // of the first `width` columns
  kSort,       // by sort terms, columns of the input
  kLimit,
  kShare,   // input's rows, which other nodes with the same input want, too
  kAppend,  // the rows of each of `inputs` in turn
  kSetOp,   // rows of input that are (INTERSECT) or are not (EXCEPT) in build, each once
};

struct PlanAggregate {
  const AggregateFunction* function = nullptr;
  sql::List<PlanExpr> args;
  PlanExpr filter;
  bool distinct = false;
  Collation collation = Collation::kBinary;
  // f(x ORDER BY y): rows are stepped in this order. Columns of `sort` are the group, the
  // arguments, then `order`. last_of_equal: DISTINCT by the only term, where SQLite takes the last.
  sql::List<PlanExpr> order;
  sql::List<struct SortTerm> sort;
  bool last_of_equal = false;
};

struct SortTerm {
  uint32_t column = 0;
  Collation collation = Collation::kBinary;
  bool desc = false;
  bool nulls_last = false;
};

struct PlanNode {
  PlanKind kind;
  PlanNode* input = nullptr;
  sql::List<PlanColumn> columns;  // of the chunks it yields; outputs of kProject have no name here
  uint32_t width = 0;             // number of columns it yields
  double rows = 1;                // estimate
  double cost = 0;                // of all its rows with what is below, in the unit of cost.h

  // The source in the order of whose rowids rows come, for all that is known; -1: none.
  int32_t lies_by = -1;

  Access access;                   // kScan, kIndexJoin, kSemiJoin without build
  PlanNode* build = nullptr;       // kHashJoin, kSemiJoin
  sql::List<PlanExpr> probe_keys;  //   over input
  sql::List<PlanExpr> build_keys;  //   over build
  sql::List<ComparisonRule> key_rules;
  // kHashJoin, kIndexJoin: which rows without a partner are kept, with NULLs for it. Partners must
  // also pass `predicate`, which reads this node's columns.
  bool keep_left = false, keep_right = false;
  PlanExpr predicate;  // kFilter, joins; kSemiJoin: over input's columns, then partner's
  bool anti = false;   // kSemiJoin
  bool hashes_input =
      false;  // kSemiJoin: input is the table, and build, which is larger, probes it
  sql::List<PlanColumn> partner;  // kSemiJoin: the columns of the other side
  bool gate = false;              // kFilter: the predicate reads no row; false: there are no rows
  sql::List<PlanExpr> keys;       // kAggregate
  sql::List<PlanAggregate> aggregates;
  sql::List<PlanExpr> bare;               // kAggregate: columns of one row of each group
  int32_t bare_by = -1;                   // the min() or max() that picks the row; -1: the first
  const RowSource* function = nullptr;    // kFunction
  sql::List<PlanExpr> args;               //   over input
  sql::List<PlanNode*> inputs;            // kAppend
  bool once = false;                      // kShare: the query may not run again, it has random()
  bool except = false;                    // kSetOp
  uint32_t source = 0;                    // kFunction
  sql::List<PlanExpr> outputs;            // kProject
  sql::List<sql::List<PlanExpr>> values;  // kValues, kInList
  bool ascending = false;                 // kInList: in that order
  sql::List<SortTerm> sort;               // kSort
  PlanExpr limit, offset;                 // kLimit; kSort: rows it need not pass on are dropped
  explicit PlanNode(PlanKind k) : kind(k) {}
};

// A plan whose rows need no operators: one table entered by all the columns of its rowid or of a
// unique key, then perhaps a filter, then outputs. core/exec runs it on single values.
struct PointPlan {
  const Access* access = nullptr;
  const Program* predicate = nullptr;  // over all columns of the table; nullptr: none
  // Output i is the table's column column[i] (RowidIndex: the rowid), or the program where
  // column[i] is kComputed.
  static constexpr uint32_t kComputed = ~uint32_t{0};
  sql::List<uint32_t> column;
  sql::List<const Program*> program;
};

struct SelectPlan {
  PlanNode* root = nullptr;
  const PointPlan* point = nullptr;  // nullptr: run root
};

}  // namespace dosql
