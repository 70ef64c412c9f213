// Schema objects: tables, columns and indexes as the planner and core/table read them.
//
// All of it is immutable and lives in the arena of the Catalog that made it; names are views into
// that arena. A schema change makes a new Catalog, so pointers are good for one schema version.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/ids.h"
#include "core/sql/ast.h"
#include "core/type/value.h"

namespace dosql {

struct Column {
  std::string_view name;
  std::string_view type;  // as declared; empty when none
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
  bool not_null = false;
  sql::Conflict not_null_conflict = sql::Conflict::kNone;
  uint16_t primary_key = 0;           // 1-based position in the PRIMARY KEY, 0 when not part of it
  const sql::Expr* default_expr = nullptr;  // parsed from the table's own SQL; nullptr: NULL
  std::string_view default_text;      // as written
  Value default_value;                // when default_expr is a literal; NULL otherwise
  bool default_is_literal = true;
};

struct IndexColumn {
  uint32_t column = 0;  // position in the table
  Collation collation = Collation::kBinary;
  bool desc = false;
  const sql::Expr* expr = nullptr;  // an expression instead of a column
};

enum class IndexOrigin : uint8_t { kCreateIndex, kUnique, kPrimaryKey };

struct Table;

struct Index {
  TableId id;
  std::string_view name;
  const Table* table = nullptr;
  PageId root;
  sql::List<IndexColumn> columns;
  bool unique = false;
  IndexOrigin origin = IndexOrigin::kCreateIndex;
  uint32_t number = 0;  // of an automatic one: 1, 2, ... in the order of the constraints
  sql::Conflict conflict = sql::Conflict::kNone;
  const sql::Expr* where = nullptr;  // of a partial index
  std::string_view sql;  // empty for automatic ones

  // Neither partial nor over expressions: its entries are every row's column values.
  bool is_plain() const {
    for (const IndexColumn& c : columns)
      if (c.expr != nullptr) return false;
    return where == nullptr;
  }
};

// A REFERENCES clause: stored and listed, not enforced.
struct TableForeignKey {
  const sql::ForeignKey* key = nullptr;
  sql::List<uint32_t> columns;  // of this table
};

struct Table {
  TableId id;
  std::string_view name;
  PageId root;
  sql::List<Column> columns;
  // The column that is another name for the rowid (INTEGER PRIMARY KEY), or -1.
  int32_t rowid_column = -1;
  bool without_rowid = false;
  bool autoincrement = false;
  bool strict = false;
  bool is_system = false;             // sqlite_schema, sqlite_sequence: not for direct writes
  // WITHOUT ROWID: the PRIMARY KEY's columns in order; the B+tree is keyed by them.
  sql::List<IndexColumn> key_columns;
  sql::Conflict key_conflict = sql::Conflict::kNone;  // of the rowid alias, or of that key
  uint32_t key_number = 0;  // that key's among the automatic indexes
  sql::List<const Index*> indexes;
  sql::List<const sql::Constraint*> checks;
  sql::List<TableForeignKey> foreign_keys;  // as written
  std::string_view sql;

  // Position of a column by name (ASCII case-insensitive), or -1.
  int32_t FindColumn(std::string_view name) const;
};

struct View {
  TableId id;
  std::string_view name;
  std::string_view sql;
  const sql::Select* select = nullptr;
  sql::List<sql::Name> columns;  // empty: the query's own names
};

}  // namespace dosql
