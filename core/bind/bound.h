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
#include "core/table/table_writer.h"

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
  bool qualified_only = false;  // its columns are seen only behind its name, as `excluded`'s
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

struct BoundAssignment {
  uint32_t column = 0;  // RowidIndex: the rowid
  BoundExpr* value = nullptr;
};

// An ON CONFLICT clause. Its expressions read the row that is in the way, and then, one past that
// row's rowid on, the row that was to be inserted (`excluded`), all as columns of source 0.
struct BoundUpsert {
  ConflictRules::Upsert rule;
  sql::List<BoundAssignment> assignments;
  BoundExpr* where = nullptr;
};

struct BoundInsert {
  const Table* table = nullptr;
  // VALUES. Rows of one expression per table column, then the rowid when it is given by that name;
  // nullptr: the column's default (or a rowid of the table's choosing).
  sql::List<sql::List<BoundExpr*>> rows;
  bool has_rowid = false;  // each row has one more entry: the rowid
  // Or a query, and which of its outputs each of those entries takes; kDefault: none.
  static constexpr uint32_t kDefault = ~uint32_t{0};
  BoundSelect* select = nullptr;
  sql::List<uint32_t> outputs;

  sql::Conflict conflict = sql::Conflict::kNone;
  sql::List<BoundUpsert> upserts;
  sql::List<BoundOutput> returning;  // over the table's columns and the rowid
};

// UPDATE and DELETE: which rows (a select of all columns of source 0), and for UPDATE what to set.
struct BoundModify {
  const Table* table = nullptr;
  sql::List<BoundSource> sources;  // one
  sql::List<BoundExpr*> conjuncts;
  sql::List<BoundAssignment> assignments;
  // Instead of sources and conjuncts a query. It gives the row's rowid, or the columns of its key,
  // and then the value of each assignment.
  BoundSelect* select = nullptr;
  bool joined = false;  // the query may give a row several times: the last one counts

  sql::Conflict conflict = sql::Conflict::kNone;
  sql::List<BoundOutput> returning;  // over the table's columns and the rowid
};

}  // namespace dosql
