// SlotFilter: which rows of its tables a replication slot is for (its WHERE). Internal to
// core/engine.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/arena.h"
#include "core/catalog/catalog.h"
#include "core/engine/session.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

class SlotFilter {
 public:
  explicit SlotFilter(Session* session)
      : session_(session),
        parsed_(&session->budget),
        programs_(&session->budget),
        scratch_(&session->budget) {}

  // The expression's text; empty: all rows pass.
  Status Open(std::string_view text);
  // That the filter can be asked about rows of this table; else an error that says why.
  Status Check(const Table& table);
  // What the change is to who sees only rows that pass: itself, an insert, a delete, or nothing
  // (*seen false). An update may bring a row in, or take it out.
  Status Apply(const Table& table, LogChange* change, bool* seen);
  // Tables that it was asked about may be gone.
  void Forget();

 private:
  Status Passes(const Table& table, const LogChange& change, Bytes row, bool* pass);

  Session* session_;
  const sql::Expr* expr_ = nullptr;
  Arena parsed_;
  Arena programs_;
  Arena scratch_;                 // of evaluations
  const Table* table_ = nullptr;  // that the program is for
  const Program* program_ = nullptr;
  std::vector<Value> values_;  // columns, then the rowid
};

}  // namespace dosql
