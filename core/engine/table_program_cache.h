// TableProgramCache: compiles the expressions that tables carry (CHECK, DEFAULT, the columns and
// WHERE of indexes), once per table and schema version. Internal to core/engine.
#pragma once

#include <vector>

#include "core/base/diag.h"
#include "core/catalog/catalog.h"
#include "core/table/table_programs.h"

namespace dosql {

class TableProgramCache final : public TableProgramSource {
 public:
  TableProgramCache(ByteBudget* budget, Diag* diag) : arena_(budget), diag_(diag) {}

  // A new catalog: everything that Find gave is gone.
  void Reset(const Catalog* catalog);

  Status Find(const Table& table, const TablePrograms** out) override;
  Status CompileIndex(const Index& index, Arena* arena, IndexPrograms* out) override;
  // The WHERE of a replication slot; the program lives in `arena`.
  Status CompileFilter(const Table& table, const sql::Expr& where, Arena* arena,
                       const Program** out);

 private:
  struct Entry {
    const Table* table;
    const TablePrograms* programs;
  };
  Status Compile(const Table& table, TablePrograms* out);
  // `place` names it in refusals; nullptr: where only the binder refuses.
  Status CompileOne(const Table& table, const sql::Expr& expr, const char* place, Arena* arena,
                    const Program** out);

  Arena arena_;
  Diag* diag_;
  const Catalog* catalog_ = nullptr;
  std::vector<Entry> entries_;
};

}  // namespace dosql
