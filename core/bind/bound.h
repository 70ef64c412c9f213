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

// In BoundExpr: `source` of a column that GROUP BY made (index: keys first, then aggregates, then
// bare columns).
inline constexpr uint32_t kGroupedSource = ~uint32_t{0};

// The column index by which a source's rowid goes: one past its last column. An INTEGER PRIMARY KEY
// is bound to it.
inline uint32_t RowidIndex(const Table& table) { return table.columns.size; }

struct BoundSelect;
struct BoundJoin;
struct RowSource;  // a table-valued function; core/catalog

// A column of a query or function in FROM.
struct BoundColumn {
  std::string_view name;
  ColumnTraits traits;
};

// What a partial index or one over expressions says, with the table as source 0.
struct BoundIndex {
  BoundExpr* where = nullptr;
  sql::List<BoundExpr*> columns;  // nullptr: a column of the table
  bool usable = false;
};

// One operand of FROM: a table, or (table == nullptr) a query or a table-valued function.
struct BoundSource {
  const Table* table = nullptr;
  std::string_view name;  // alias, or the table's name
  uint32_t offset = 0;
  const BoundSelect* query = nullptr;
  const RowSource* function = nullptr;
  sql::List<BoundExpr*> args;      // of the function; they may read sources before this one
  sql::List<BoundColumn> columns;  // of query or function
  uint32_t hidden = 0;             // how many of the last ones * leaves out
  // INDEXED BY, NOT INDEXED: how the table must be entered.
  const Index* indexed_by = nullptr;
  bool not_indexed = false;
  sql::List<BoundIndex> indexes;  // beside the table's; empty where all are plain
  bool keeps_order = false;       // of query: its ORDER BY may show in what reads it
  bool qualified_only = false;    // its columns are seen only behind its name, as `excluded`'s
  bool has_alias = false;
  bool in_main = false;  // a table, view or function: no query that stands here

  uint32_t column_count() const { return table != nullptr ? table->columns.size : columns.size; }
  std::string_view column_name(uint32_t c) const {
    return table != nullptr ? table->columns[c].name : columns[c].name;
  }
};

enum class BoundJoinKind : uint8_t { kLeaf, kInner, kLeft, kRight, kFull };

// FROM as a tree; sources are numbered in the order they were written.
struct BoundJoin {
  BoundJoinKind kind = BoundJoinKind::kLeaf;
  uint32_t source = 0;  // kLeaf
  BoundJoin* left = nullptr;
  BoundJoin* right = nullptr;
  bool cross = false;        // CROSS JOIN: left stays before right
  sql::List<BoundExpr*> on;  // ON and USING, split at AND
};

struct BoundAggregate {
  const AggregateFunction* function = nullptr;
  sql::List<BoundExpr*> args;   // empty for count(*)
  BoundExpr* filter = nullptr;  // nullptr: every row counts
  bool distinct = false;
  Collation collation = Collation::kBinary;  // of the first argument
  sql::List<struct BoundOrder> order_by;     // rows are fed in this order; `expr` always set
};

struct BoundOrder {
  BoundExpr* expr = nullptr;  // nullptr: the output at `output`
  uint32_t output = 0;
  Collation collation = Collation::kBinary;
  bool desc = false;
  bool nulls_last = false;  // resolved: never "default"
};

struct BoundOutput {
  BoundExpr* expr = nullptr;  // nullptr in a compound: see its terms
  std::string_view name;      // as queries around it know it
  // Of a column named in the text, however it is spelt there: the name it was declared by. Empty:
  // `name`. A statement's results and the columns of a view go by it.
  std::string_view declared;
  // Where a plain column comes from; nullptr for an expression.
  const Table* table = nullptr;
  uint32_t column = 0;  // RowidIndex: the rowid
  ColumnTraits traits;  // of the column, to whoever reads this query
};

// A query: one block, or a compound of others. ORDER BY and LIMIT are of the whole.
//
// Outputs, HAVING and ORDER BY of a block read grouped columns when `grouped`, else the sources.
struct BoundSelect {
  // A compound's terms; empty for a block. terms[0].op is kFirst; the others apply from the left.
  struct Term {
    sql::CompoundOp op = sql::CompoundOp::kFirst;
    BoundSelect* select = nullptr;
  };
  sql::List<Term> terms;
  sql::List<Collation> term_collations;  // by which rows of a compound are equal

  sql::List<BoundSource> sources;
  BoundJoin* from = nullptr;        // nullptr: no FROM
  sql::List<BoundExpr*> conjuncts;  // WHERE, split at AND
  bool grouped = false;
  sql::List<BoundExpr*> keys;
  sql::List<BoundAggregate> aggregates;
  // Columns outside keys and aggregates: of the row that the last min() or max() picked, otherwise
  // of the first row of the group.
  sql::List<BoundExpr*> bare;
  BoundExpr* having = nullptr;
  sql::List<BoundOutput> outputs;
  bool distinct = false;
  sql::List<BoundOrder> order_by;
  BoundExpr* limit = nullptr;
  BoundExpr* offset = nullptr;
  // VALUES (...), (...): the rows; everything above but outputs is empty then.
  sql::List<sql::List<BoundExpr*>> values;
  bool pure = true;  // no random() and the like anywhere in it
  // A view or common table expression: how often the statement has it in FROM, and its plan.
  uint32_t uses = 1;
  mutable struct PlanNode* plan = nullptr;
};

struct BoundAssignment {
  uint32_t column = 0;  // RowidIndex: the rowid
  BoundExpr* value = nullptr;
  uint32_t output = 0;  // value == nullptr: of BoundModify::select
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
  bool calls = false;  // a function somewhere in the statement: it may abort
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
  bool calls = false;              // as BoundInsert's
  sql::List<BoundSource> sources;  // one
  sql::List<BoundExpr*> conjuncts;
  sql::List<BoundAssignment> assignments;
  // Instead of sources and conjuncts a query. It gives the row's rowid, or the columns of its key,
  // and then the values that assignments take.
  BoundSelect* select = nullptr;
  bool joined = false;  // the query may give a row several times: the last one counts

  sql::Conflict conflict = sql::Conflict::kNone;
  sql::List<BoundOutput> returning;  // over the table's columns and the rowid
};

}  // namespace dosql
