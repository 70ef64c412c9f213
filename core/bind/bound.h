// Bound statements: what the binder makes of a syntax tree. Names are resolved to sources and
// columns, functions to their entries, and what this version does not run has been refused.
// Everything lives in the arena of the statement being compiled, and points into the Catalog.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/catalog/schema.h"
#include "core/expr/bound_expr.h"
#include "core/function/aggregate_function.h"
#include "core/sql/ast.h"

namespace dosql {

// In BoundExpr: `source` of a column that GROUP BY made (index: keys first, then aggregates).
inline constexpr uint32_t kGroupedSource = ~uint32_t{0};

// The column index by which a source's rowid goes: one past its last column. An INTEGER PRIMARY KEY
// is bound to it.
inline uint32_t RowidIndex(const Table& table) { return table.columns.size; }

struct BoundSource {
  const Table* table = nullptr;
  std::string_view name;  // alias, or the table's name
  uint32_t offset = 0;
};

struct BoundAggregate {
  const AggregateFunction* function = nullptr;
  BoundExpr* arg = nullptr;     // nullptr for count(*)
  BoundExpr* filter = nullptr;  // nullptr: every row counts
  bool distinct = false;
  Collation collation = Collation::kBinary;  // of the argument
};

struct BoundOrder {
  BoundExpr* expr = nullptr;  // nullptr: the output at `output`
  uint32_t output = 0;
  Collation collation = Collation::kBinary;
  bool desc = false;
  bool nulls_last = false;  // resolved: never "default"
};

struct BoundOutput {
  BoundExpr* expr = nullptr;
  std::string_view name;
  // Where a plain column comes from; nullptr for an expression.
  const Table* table = nullptr;
  uint32_t column = 0;  // RowidIndex: the rowid
};

// One SELECT without subqueries. Outputs, HAVING and ORDER BY read grouped columns when `grouped`,
// else the sources.
struct BoundSelect {
  sql::List<BoundSource> sources;
  sql::List<BoundExpr*> conjuncts;  // WHERE and ON, split at AND
  bool grouped = false;
  sql::List<BoundExpr*> keys;
  sql::List<BoundAggregate> aggregates;
  BoundExpr* having = nullptr;
  sql::List<BoundOutput> outputs;
  bool distinct = false;
  sql::List<BoundOrder> order_by;
  BoundExpr* limit = nullptr;
  BoundExpr* offset = nullptr;
  // VALUES (...), (...): the rows; everything above but outputs' names is empty then.
  sql::List<sql::List<BoundExpr*>> values;
};

struct BoundInsert {
  const Table* table = nullptr;
  // Rows of one expression per table column, then the rowid when it is given by that name;
  // nullptr: the column's default (or a rowid of the table's choosing).
  sql::List<sql::List<BoundExpr*>> rows;
  bool has_rowid = false;  // each row has one more entry: the rowid
};

struct BoundAssignment {
  uint32_t column = 0;  // RowidIndex: the rowid
  BoundExpr* value = nullptr;
};

// UPDATE and DELETE: which rows (a select of all columns of source 0), and for UPDATE what to set.
struct BoundModify {
  const Table* table = nullptr;
  sql::List<BoundSource> sources;  // one
  sql::List<BoundExpr*> conjuncts;
  sql::List<BoundAssignment> assignments;
};

}  // namespace dosql
