// What a log record says, above its bytes (those are in log_format.h).
#pragma once

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"

namespace dosql {

// The kinds of change a log record carries.
enum class LogOp : uint8_t {
  kInsert = 1,  // table, key, after
  kUpdate = 2,  // table, key, before, after (a changed key is a delete and an insert)
  kDelete = 3,  // table, key, before
  kDdl = 4,     // table = the object, key = empty, after = the SQL text; catalog rows follow as ops
};

struct LogChange {
  LogOp op;
  TableId table;
  Bytes key;     // the B+tree key: 8 bytes little-endian for rowid tables, memcmp key otherwise
  Bytes before;  // row bytes, empty when the op has none
  Bytes after;
};

// One committed transaction as redo sees it.
struct LogCommit {
  Lsn lsn;
  int64_t time_micros;
  uint64_t schema_version;
  bool same_build;  // written by this engine build
};

// What redo hands the engine: for each transaction ApplyBegin, its changes in order, ApplyCommit;
// behind the last one ApplyEnd. Nothing reads in between, so a sink may hold changes back until
// then. Keys and payloads of the trees are redone; the pages they lie in may be others. The bytes
// of a change live during the call.
class ReplaySink {
 public:
  virtual Status ApplyBegin(const LogCommit& commit) = 0;
  virtual Status ApplyChange(const LogChange& change) = 0;
  virtual Status ApplyCommit(const LogCommit& commit) = 0;
  virtual Status ApplyEnd() { return Status::Ok(); }

 protected:
  ~ReplaySink() = default;
};

// Where a reader of the log stands: behind commit `lsn` and the first `changes` changes of the
// next.
struct FollowPosition {
  LogSeq seq{1};             // a row at or before that place, where reading goes on
  uint32_t pred_sum = 0;     // of row seq - 1
  uint64_t incarnation = 0;  // of row seq, or of its predecessor while it is not there
  Lsn lsn;
  uint32_t changes = 0;

  // The order of places in one history: < 0, 0, > 0.
  int Compare(const FollowPosition& other) const {
    if (lsn != other.lsn) return lsn < other.lsn ? -1 : 1;
    return changes < other.changes ? -1 : changes > other.changes;
  }
  // Whether anything behind commit `fork` lies before it: it is not in a history that forks there.
  bool Passed(Lsn fork) const { return lsn > fork || (lsn == fork && changes > 0); }
};

// What following the log hands over. ApplyBegin or ApplyChange stop it with kFull: what they were
// given is given again by the next reader.
class FollowSink : public ReplaySink {
 public:
  // Rows of another incarnation begin, which recovered `parent` up to commit `fork`.
  virtual Status ApplyIncarnation(uint64_t incarnation, uint64_t parent, Lsn fork) = 0;

 protected:
  ~FollowSink() = default;
};

}  // namespace dosql
