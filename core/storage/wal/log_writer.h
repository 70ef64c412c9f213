// LogWriter: puts commits into the log's ring of rows.
//
// kPosix: every commit is a row of its own, put and synced before Commit returns; so at most one row
// is ever in flight, and a missing row before a later one is corruption, not a crash.
//
// kTurnAtomic: one row per turn. The first commit of a turn puts it at once (that locks the output
// gate) and asks for EndTurn; later ones are only added to it in memory, and EndTurn puts the same
// row again. A row that would pass its target is closed and another one begun. Every put is
// conditional on the row put last (itself when it is put again): if a transaction of the host around
// us was rolled back, that row has gone, and the put fails with kStale.
//
//   closed --Commit, Guard--> open, put --Commit--> open, grown --EndTurn--> closed
#pragma once

#include "core/base/budget.h"
#include "core/host/page_store.h"
#include "core/storage/wal/log_buffer.h"
#include "core/storage/wal/log_format.h"

namespace dosql {

// Where a log goes on: after the rows that were replayed, or at the very beginning.
struct LogPosition {
  LogSeq next_seq{1};
  uint32_t pred_sum = 0;      // of row next_seq - 1
  Lsn last_lsn;
  uint64_t incarnation = 0;   // of the last row
  RowKey last_key{RowKind::kSuper, 1};  // what PutIf looks at: the last log row, or the superblock
  uint8_t last_head[16] = {};
};

struct LogCommitInfo {
  Lsn lsn;
  int64_t time_micros;
  uint64_t schema_version;
  uint64_t engine_build;
};

class LogWriter {
 public:
  LogWriter(PageStore* store, ByteBudget* budget, uint32_t row_target)
      : store_(store), budget_(budget), row_target_(row_target) {}
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Goes on after `position` as a new incarnation. `slots` is the ring's size.
  void Start(const LogPosition& position, uint64_t incarnation, uint32_t slots);
  bool started() const { return started_; }

  // Takes the memory that a commit of `bytes` will need, so that it cannot lack it. kNoMemory.
  Status Reserve(uint64_t bytes);
  // Rows that such a commit may take.
  uint64_t RowsFor(uint64_t bytes) const { return bytes / row_target_ + 2; }

  // Appends one transaction. `*put` tells whether the row that holds it was put by this call.
  // After kIo, kStale or any other failure the log's state is unknown.
  Status Commit(const LogBuffer& changes, const LogCommitInfo& info, bool* put);

  // kTurnAtomic: puts the turn's row, empty if there is none yet. After this, puts of other rows
  // within the same synchronous call share the row's fate.
  Status Guard();
  Status EndTurn();

  // kTurnAtomic: kStale when the row that was put last has gone.
  Status CheckStillThere();

  // Redo of all commits after the one appended last begins here.
  LogSeq redo_seq() const { return seq_; }
  uint32_t redo_pred_sum() const { return pred_sum_; }
  // Of the row that was put last; of this open's predecessor before its first.
  uint64_t incarnation() const { return rows_put_ > 0 ? incarnation_ : parent_; }

  // Rows before `seq` may be overwritten.
  void SetRedoSeq(LogSeq seq) { oldest_ = seq; }
  uint64_t rows_used() const { return seq_.value - oldest_.value + (row_size_ != 0); }
  uint64_t rows_free() const { return rows_used() < slots_ ? slots_ - rows_used() : 0; }

  uint64_t rows_put() const { return rows_put_; }
  uint64_t bytes_put() const { return bytes_put_; }
  uint64_t bytes_appended() const { return bytes_appended_; }

 private:
  Status BeginRow();
  Status AddPiece(const LogBuffer& changes, uint64_t from, uint64_t n, const LogCommitInfo& info);
  Status PutRow();
  void CloseRow();
  Status ReserveRow(uint64_t bytes);

  PageStore* store_;
  ByteBudget* budget_;
  const uint32_t row_target_;
  uint32_t slots_ = kLogSlots;
  bool started_ = false;
  bool turn_scheduled_ = false;

  uint8_t* row_ = nullptr;  // the open row
  uint32_t row_capacity_ = 0;
  uint32_t row_size_ = 0;   // 0: no row is open
  bool row_grown_ = false;  // holds more than was put

  LogSeq seq_{1};           // of the open row, or of the next one
  LogSeq oldest_{1};
  uint32_t pred_sum_ = 0;
  Lsn last_lsn_;
  uint64_t incarnation_ = 0;
  uint64_t parent_ = 0;
  Lsn fork_lsn_;
  RowKey last_key_{RowKind::kSuper, 1};
  uint8_t last_head_[16] = {};

  uint64_t rows_put_ = 0;
  uint64_t bytes_put_ = 0;
  uint64_t bytes_appended_ = 0;
};

}  // namespace dosql
