// Statement: one compiled SQL statement that can run many times.
//
//   idle --Run--> rows/blocked --Step--> ... --> done (idle)      Reset from anywhere --> idle
//
// Run binds a parameter frame (frame_format.h) and takes the first step. Each step that returns
// kRows or kDone may leave a result frame, which lives until the next call on the database. A
// SELECT with rows still waiting pins the version it started at, so later writes do not show in it.
// A plan older than the catalog is compiled again by Run, unseen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/status.h"

namespace dosql {

enum class StepCode : uint8_t { kDone = 0, kRows = 1, kBlocked = 2, kError = 3 };

class Database;

// What the last run of a statement did, and the session's totals beside it.
struct StatementCounters {
  uint64_t changes = 0;        // rows changed by the last INSERT, UPDATE or DELETE
  uint64_t total_changes = 0;  // since the database was opened
  int64_t last_rowid = 0;      // of the last INSERT into a rowid table
  uint64_t rows_read = 0;      // rows and index entries read by this run
  uint64_t rows_written = 0;   // rows and index entries written by this run
};

class Statement {
 public:
  // `params`: a parameter frame, or empty when there are none. At most max_rows rows come in a
  // frame (0: as many as fit). kError: Database::diag() has the words, and the statement is idle.
  StepCode Run(Bytes params, uint32_t max_rows);
  StepCode Step(uint32_t max_rows);
  void Reset();

  Bytes frame() const;            // empty: no rows in this step
  uint32_t column_count() const;  // 0: the statement returns no rows
  std::string_view column_name(uint32_t i) const;
  uint32_t param_count() const;
  // The parameter's name with its prefix, empty for a plain '?'. i is 1-based.
  std::string_view param_name(uint32_t i) const;
  // All of them in order, each with a NUL behind it.
  void AppendParamNames(std::string* out) const;
  // Table, column and declared type that each result column comes from, each with a NUL behind it;
  // three empty ones for an expression. Nothing when that is not known.
  void AppendOrigins(std::string* out) const;
  bool reads_only() const;
  bool controls_transaction() const;  // BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE
  std::string_view sql() const;
  const StatementCounters& counters() const;

 private:
  friend class Database;
  explicit Statement(Database* db);
  ~Statement();
  StepCode Finish(bool run, Bytes params, uint32_t max_rows);

  struct Impl;
  Impl* impl_;
};

}  // namespace dosql
