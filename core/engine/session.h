// Session: what all statements of one Database share. Internal to core/engine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/diag.h"
#include "core/catalog/catalog.h"
#include "core/engine/database.h"
#include "core/engine/pragma_functions.h"
#include "core/engine/result_frame.h"
#include "core/engine/statement.h"
#include "core/engine/table_program_cache.h"
#include "core/exec/exec_context.h"
#include "core/storage/tx/store.h"
#include "core/table/redo_batch.h"
#include "core/table/table_writer.h"

namespace dosql {

// Names the code that writes log records; raised when redo of older records would differ.
inline constexpr uint64_t kEngineBuild = 1;

struct Session {
  explicit Session(const DatabaseOptions& o)
      : options(o),
        budget(o.budget_bytes),
        programs(&budget, &diag),
        pragmas(this),
        redo(&write, &budget),
        frame(&budget) {}

  DatabaseOptions options;
  Host host;
  ByteBudget budget;
  Diag diag;
  std::unique_ptr<Store> store;
  std::shared_ptr<Catalog> catalog;    // plans that run keep theirs
  uint64_t catalog_version = 1;        // of this open; plans compare it
  uint64_t saved_catalog_version = 1;  // as the transaction found it
  SessionCounters counters;
  TableProgramCache programs;
  PragmaFunctions pragmas;
  std::vector<PragmaSetting> settings;
  bool query_only = false;
  WriteContext write;
  // Changes of the log that their trees do not have yet; nothing once somebody wrote.
  RedoBatch redo;
  ResultFrame frame;
  int64_t deadline_micros = 0;

  struct Mark {
    std::string name;
    uint32_t id;
    uint64_t catalog_version;
  };
  std::vector<Mark> marks;            // open savepoints, oldest first
  bool began_by_savepoint = false;    // the outermost savepoint opened the transaction
  bool explicit_transaction = false;  // BEGIN or SAVEPOINT is open
  std::vector<Statement*> statements;

  // How far behind a slot nothing is for it: what was read once in vain is not read again.
  struct QuietSlot {
    std::string name;
    FollowPosition from, to;
    std::string schema;  // StreamSchema at `to`
    bool schema_changed = false;
  };
  std::vector<QuietSlot> quiet_slots;
  // Of the slots that were dropped: one made in their place is later, whatever the clock says.
  int64_t dropped_copy_time = 0;

  // Reads the catalog anew after its rows changed or went back.
  Status ReloadCatalog();
  Status OutOfMemory() { return diag.Set(Code::kNoMemory, "out of memory"); }
  // Gives a status that came without words some.
  Status Explain(Status s);
};

// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE. Internal to core/engine.
Status RunTransactionStatement(Session* session, const sql::Statement& statement);
Status RollbackTransaction(Session* session);

// CREATE and DROP, inside a savepoint or transaction of the caller's. *done false: IF [NOT] EXISTS
// made it nothing.
Status RunSchemaStatement(Session* session, const sql::Statement& statement, Arena* arena,
                          bool* done);

// PRAGMA. CheckPragma refuses what this version does not do; *source is what it answers with,
// nullptr: no rows.
Status CheckPragma(Session* session, const sql::Pragma& pragma, const RowSource** source);
// Whether it changes the database, so that it goes the way of RunSchemaStatement: WritePragma.
bool PragmaWrites(const sql::Pragma& pragma);
Status WritePragma(Session* session, const sql::Pragma& pragma);
// Sets what there is to set, then the rows of `source`.
Status RunPragma(Session* session, const sql::Pragma& pragma, const RowSource* source, Arena* arena,
                 RowList* rows);

}  // namespace dosql
