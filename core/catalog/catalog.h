// Catalog: all schema objects of one schema version, rebuilt from the rows of sqlite_schema.
//
// A catalog is filled once (AddSystemTables, then Add for each row in rowid order) and never
// changed after: DDL writes rows and makes a new one. It reads no storage; core/table hands it the
// rows.
#pragma once

#include <vector>

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/catalog/schema.h"

namespace dosql {

inline constexpr TableId kSchemaTableId{1};
inline constexpr PageId kSchemaRoot{1};
inline constexpr int64_t kSchemaFirstRowid = 1;

// A row of sqlite_schema. The last column is ours: SQLite's five columns have no stable id.
struct SchemaRow {
  std::string_view type;  // "table", "index", "view", or kNumbersType
  std::string_view name;
  std::string_view table_name;
  PageId root;           // 0: a view, the numbers
  std::string_view sql;  // empty for automatic indexes
  TableId id;
};
inline constexpr uint32_t kSchemaRowColumns = 6;

// The row before the first, which queries do not see: `sql` is "<user_version> <application_id>".
inline constexpr std::string_view kNumbersType = "numbers";
struct SchemaNumbers {
  int32_t user_version = 0;
  int32_t application_id = 0;
};

// An index that a UNIQUE or PRIMARY KEY constraint asks for. The key of a WITHOUT ROWID table takes
// a number among them, but no tree of its own.
struct AutomaticIndex {
  sql::List<IndexColumn> columns;
  IndexOrigin origin = IndexOrigin::kUnique;
  sql::Conflict conflict = sql::Conflict::kNone;
  bool own_key = false;
};

// What a CREATE TABLE means. Names stay views into the statement's text or tree.
struct TableDefinition {
  Table table;  // id, root and indexes are still to be filled
  sql::List<AutomaticIndex> automatic;
};

// Checks and translates CREATE TABLE. kBind ("duplicate column name: a", ...), kUnsupported.
Status DefineTable(Arena* arena, Diag* diag, const sql::CreateTable& create,
                   TableDefinition* definition);
// Checks and translates CREATE INDEX on a table. Id, root and sql are still to be filled.
Status DefineIndex(Arena* arena, Diag* diag, const sql::CreateIndex& create, const Table& table,
                   Index* index);

class Catalog {
 public:
  explicit Catalog(ByteBudget* budget) : arena_(budget) {}

  Status AddSystemTables();
  // Copies what it keeps. kCorrupt when the row makes no sense; kNoMemory.
  Status Add(const SchemaRow& row, Diag* diag);

  // By name, ASCII case-insensitive; nullptr when there is none. sqlite_schema is sqlite_master.
  const Table* FindTable(std::string_view name) const;
  const Index* FindIndex(std::string_view name) const;
  const View* FindView(std::string_view name) const;
  const Table* FindTable(TableId id) const;
  const std::vector<Table*>& tables() const { return tables_; }
  const std::vector<Index*>& indexes() const { return indexes_; }
  const std::vector<View*>& views() const { return views_; }
  const SchemaNumbers& numbers() const { return numbers_; }
  // One more than any id in use.
  TableId next_id() const { return TableId{last_id_ + 1}; }

 private:
  Status AddTable(const SchemaRow& row, Diag* diag);
  Status AddIndex(const SchemaRow& row, Diag* diag);
  Status AddView(const SchemaRow& row, Diag* diag);
  Status Attach(Table* table, const Index* index);

  Arena arena_;
  std::vector<Table*> tables_;
  std::vector<sql::List<AutomaticIndex>> automatic_;  // of tables_[i]
  std::vector<Index*> indexes_;
  std::vector<View*> views_;
  SchemaNumbers numbers_;
  uint32_t last_id_ = 1;
};

}  // namespace dosql
