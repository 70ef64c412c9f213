// TablePrograms: the compiled expressions of one table's schema: CHECK constraints, defaults that
// are not literals, and the columns and WHERE of its indexes. Core/table evaluates them but cannot
// bind names, so the engine compiles them and hands them over through a TableProgramSource.
//
// Programs read a row by position: the table's columns, then the rowid. They live as long as the
// Table object they were made for.
#pragma once

#include "core/catalog/schema.h"
#include "core/expr/program.h"

namespace dosql {

struct IndexPrograms {
  sql::List<const Program*> columns;  // nullptr: a plain column. Empty: all are
  const Program* where = nullptr;     // of a partial index

  bool empty() const { return columns.size == 0 && where == nullptr; }
};

struct TablePrograms {
  sql::List<const Program*> checks;    // as Table::checks
  sql::List<const Program*> defaults;  // one per column, nullptr: the literal. Empty: all are
  sql::List<IndexPrograms> indexes;    // as Table::indexes

  // nullptr: the index has none.
  const IndexPrograms* ForIndex(uint32_t i) const {
    return i < indexes.size && !indexes[i].empty() ? &indexes[i] : nullptr;
  }
};

class TableProgramSource {
 public:
  // nullptr when nothing of the table needs a program. Errors as the binder gives them, with words:
  // what a CHECK, a DEFAULT or an index may not contain is refused here.
  virtual Status Find(const Table& table, const TablePrograms** out) = 0;
  // For an index that is not in the catalog yet; into `arena`.
  virtual Status CompileIndex(const Index& index, Arena* arena, IndexPrograms* out) = 0;

 protected:
  ~TableProgramSource() = default;
};

}  // namespace dosql
