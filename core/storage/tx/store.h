// Store: one database's durable state: pages, log and transactions together. Knows nothing of SQL.
//
// A transaction changes pages through pager() (by way of B+trees) and says what it changed, row by
// row, through Log*. Commit writes the log buffer as one record; pages reach storage at
// checkpoints. Rollback at any level restores a pinned version and cuts the log buffer.
//
// One transaction at a time. An implicit (autocommit) transaction of one single-row change needs no
// pin: its statement checks everything before the first change. Everything else calls
// BeginStatement/EndStatement around a statement, so that a failure half-way leaves nothing.
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/host/host.h"
#include "core/storage/page/pager.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

struct StoreOptions {
  uint32_t cache_bytes = 16u << 20;      // all frames
  uint32_t dirty_bytes_max = 8u << 20;   // a checkpoint starts at this,
  uint32_t log_bytes_max = 1280u << 10;  // at this much log since the last one: 0.1 s of redo,
  uint32_t log_rows_max = 3072;          // or at this many log rows; the ring holds 4096
  uint32_t slice_bytes = 1u << 20;       // a checkpoint writes this much behind each commit
  uint64_t engine_build = 0;             // identifies the code that wrote a record
  uint32_t log_slots = kLogSlots;        // the ring of a new database; smaller in tests
  uint32_t log_row_bytes = 1u << 20;     // a transaction with more goes on in another row
};

struct StoreStats {
  uint64_t commits, log_rows_put, log_bytes_put, checkpoints, extents_put, supers_put;
  uint64_t page_reads_cold, redo_bytes, redo_commits;
  uint32_t pages, frames, dirty_frames, extents, free_extents;
};

// Who holds redo back beyond opening, and hears what becomes of transactions meanwhile. Changes
// that are made to a tree's redo and not to the tree go with their transaction.
class DelayedRedo {
 public:
  // A count of what is to be redone: a mark notes it.
  virtual uint32_t Rows() const = 0;
  // Back to a mark: only the first `rows` are left, and a tree that was redone on top of `id` is
  // behind again (Store::EndRedo).
  virtual void RolledBackTo(uint32_t id, uint32_t rows) = 0;
  // So many marks are left. Whether no tree is behind, nor can be again.
  virtual bool Released(uint32_t marks) = 0;

 protected:
  ~DelayedRedo() = default;
};

class Store {
 public:
  // Opens or creates; nothing is written yet. `*is_new` says that no checkpoint was ever made: page
  // 1 (the catalog's root) has just been allocated, zeroed, and the engine formats it, always in
  // the same way. For any other database the pages of the last checkpoint are there. In both cases
  // Recover is called next. kNotADatabase, kCorrupt; kBlocked: fetch and open again.
  static Status Open(const Host& host, ByteBudget* budget, const StoreOptions& options,
                     std::unique_ptr<Store>* store, bool* is_new);
  ~Store();

  // Replays the log since the checkpoint through `sink`. kCorrupt when the log has a gap before
  // later valid records. A transaction without its end never happened. After a failure (kBlocked
  // too) the store is poisoned: destroy it and open again.
  Status Recover(ReplaySink* sink);

  // A sink that holds changes back beyond its ApplyEnd says so, before Recover returns. Until they
  // are all made there are no checkpoints (kMisuse), and whoever reads or changes a tree must have
  // it redone first. Nobody else may change the head while a reader has pinned it (has_readers):
  // trees that are redone later would not be in the reader's version.
  void PutOffRedo(DelayedRedo* redo);
  bool redo_open() const;
  // Around the redo of a tree. Who has pinned the head sees it, too: readers, and marks with
  // nothing changed since. The first `*below` marks do not: going back to one leaves the tree
  // behind. When `s` is not ok (EndRedo returns it), a tree is half redone, and the store is
  // poisoned.
  struct RedoPoint {
    const MapRoot* map;
    bool changed;
  };
  RedoPoint BeginRedo() const;
  Status EndRedo(const RedoPoint& begin, Status s, uint32_t* below);
  void RedoIsDone();  // no tree is behind, nor can be again
  // Whether anybody but the transaction's marks has pinned a version.
  bool has_readers() const;
  // Whether the next commit would write a part of a checkpoint, which waits for redo.
  bool checkpoint_due() const;

  Pager& pager();

  // --- transactions -------------------------------------------------------------------------
  bool in_transaction() const;  // BEGIN or SAVEPOINT is open, or an implicit one holds changes
  Status Begin();               // explicit; kTransaction when one is open
  // Writes the record (none when nothing was logged), then may run a slice of a checkpoint.
  // On failure after changes the store is poisoned: every later call returns kPoisoned.
  Status Commit();
  // Everything since Begin, or all changes of the implicit one: but those cannot be undone, so a
  // store that has any is poisoned.
  Status Rollback();

  // Nested marks. SavepointId 0 is the transaction's start; Savepoint outside a transaction opens
  // one and gives 0. Release keeps the changes; 0 cannot be released (commit instead). RollbackTo
  // restores and keeps the mark itself. Marks opened after the given one go with it. kTransaction:
  // no such mark, or Savepoint while an implicit transaction holds changes.
  Status Savepoint(uint32_t* id);
  Status RollbackTo(uint32_t id);
  Status Release(uint32_t id);

  // Logs a change that was made (or is about to be, within a single-row statement). kNoMemory,
  // kTooBig (a transaction over 1 GB, or over what the log's ring has room for).
  Status Log(const LogChange& change);

  // A number that goes with every commit (the catalog's schema version); 0 in a new database,
  // afterwards what the last commit or checkpoint said.
  void set_schema_version(uint64_t v);
  uint64_t schema_version() const;

  // --- turns and checkpoints ----------------------------------------------------------------
  Status EndTurn();     // the host's microtask: rewrites the turn's log row if it grew
  Status Checkpoint();  // all slices at once; kTransaction while changes are uncommitted
  Status Close();       // EndTurn; durable as far as the host is

  // --- followers of the log -------------------------------------------------------------------
  // The log's end as it is now. Ends the turn's row, as Follow does. kTransaction while changes are
  // uncommitted.
  Status LogEnd(FollowPosition* at);
  // Hands what was committed behind *at to the sink (LogReplay::Follow): kNotFound: no longer in
  // the ring; kStale: the log went back. kTransaction while changes are uncommitted.
  Status Follow(FollowSink* sink, FollowPosition* at);
  // Whether the ring still holds the row.
  bool LogHolds(LogSeq seq) const;
  // A host that throws old rows of the log away keeps them from `seq` on.
  void KeepLog(LogSeq seq);

  Lsn last_lsn() const;
  uint64_t incarnation() const;        // of this open
  const uint8_t* database_id() const;  // 16 bytes
  const StoreStats& stats() const;
  // After any failure that left memory and storage apart; nothing works but destruction.
  bool poisoned() const;
  void Poison();

 private:
  Store();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dosql
