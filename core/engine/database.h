// Database: one open database and its one session. The public C++ API of the engine.
//
// Single-threaded. The embedder owns the Host's parts and keeps them alive longer than the
// Database. Statements belong to the Database and end with it. After a call that returns kPoisoned
// or kStale nothing works but destruction; opening again recovers what was committed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/base/budget.h"
#include "core/base/diag.h"
#include "core/base/status.h"
#include "core/host/host.h"

namespace dosql {

class Statement;
class Store;
struct Session;

struct DatabaseOptions {
  uint32_t cache_bytes = 16u << 20;     // page cache
  uint32_t budget_bytes = 80u << 20;    // everything, the page cache included
  uint32_t dirty_bytes_max = 8u << 20;  // see StoreOptions
  uint32_t log_bytes_max = 1280u << 10;
  uint32_t log_rows_max = 3072;
};

class Database {
 public:
  // Opens or creates, and redoes the log. On failure the words are in `diag`.
  static Status Open(const Host& host, const DatabaseOptions& options, Diag* diag,
                     std::unique_ptr<Database>* out);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Compiles the first statement of `sql`; `*statement` stays nullptr when only blanks are left.
  // `*consumed` is how far it read. The text is copied. Errors: diag().
  Status Prepare(std::string_view sql, Statement** statement, uint32_t* consumed);
  void Finalize(Statement* statement);

  // Ends an open transaction, if there is one.
  Status Rollback();
  // The host's call at a turn's end; see PageStore::ScheduleEndTurn.
  Status EndTurn();
  Status Checkpoint();
  bool in_transaction() const;
  // Statements fail with kDeadline once the host's clock passes this; 0 means never.
  void SetDeadline(int64_t micros);

  Diag& diag();
  ByteBudget& budget();
  Store& store();
  Session& session();

 private:
  Database();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dosql
