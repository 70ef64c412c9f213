// SchemaStore: the catalog as it is stored, in the rows of sqlite_schema, and the changes of DDL.
//
// A change writes rows, makes or frees trees and logs both; the caller then loads the catalog anew.
// Every call leaves the head half changed on failure: DDL runs within a savepoint.
#pragma once

#include <memory>

#include "core/table/table_writer.h"

namespace dosql {

// A stored row of sqlite_schema; views of its bytes. kCorrupt.
Status ReadSchemaRow(const RowView& row, SchemaRow* out);

// Reads all rows of sqlite_schema in `version`. kCorrupt.
Status LoadCatalog(Pager* pager, ByteBudget* budget, Diag* diag, std::unique_ptr<Catalog>* catalog);

// The tree of sqlite_schema itself, in a new database.
Status FormatSchema(Pager* pager);

class SchemaStore {
 public:
  explicit SchemaStore(WriteContext* context) : context_(context) {}

  // kAlreadyExists is the caller's to look for. `sql` is the statement as it will be stored.
  Status CreateTable(const TableDefinition& definition, std::string_view sql);
  // Builds the index from the table's rows. kConstraintUnique.
  Status CreateIndex(const Index& definition, std::string_view sql);
  // user_version and application_id.
  Status SetNumbers(const SchemaNumbers& numbers);
  Status CreateView(std::string_view name, std::string_view sql);
  // Makes the index's entries anew. kConstraintUnique.
  Status Rebuild(const Index& index, std::string_view sql);
  // Gives an object's row other words; its tree stays.
  Status Rewrite(TableId id, std::string_view name, std::string_view table, std::string_view sql);
  Status LogAlter(TableId id, std::string_view sql) { return LogDdl(id, sql); }
  // The table with its indexes and its row of sqlite_sequence; `sql` goes to the log.
  Status DropTable(const Table& table, std::string_view sql);
  Status DropIndex(const Index& index, std::string_view sql);
  Status DropView(const View& view, std::string_view sql);

  // Redo of a change to sqlite_schema. Page numbers in the record are not used: trees are made,
  // built and freed again, and the row gets the page that this run found.
  Status Redo(const LogChange& change, bool* catalog_changed);

 private:
  Status AddRow(std::string_view type, std::string_view name, std::string_view table, PageId root,
                std::string_view sql, TableId id);
  // kNotFound.
  Status DeleteRow(TableId id);
  Status LogDdl(TableId id, std::string_view sql);
  Status FillIndex(const Table& table, const Index& index);
  Status NewTree(KeyKind kind, PageId* root);
  Status RedoRewrite(const LogChange& change);
  Status RedoDelete(const SchemaRow& row);

  WriteContext* context_;
};

}  // namespace dosql
