// The inside of Store: shared by store.cc (transactions) and store_open.cc (opening, recovery,
// checkpoints).
#pragma once

#include "core/storage/tx/store.h"
#include "core/storage/wal/log_buffer.h"
#include "core/storage/wal/log_replay.h"
#include "core/storage/wal/log_writer.h"

namespace dosql {

// A point that the transaction can go back to.
struct TransactionMark {
  const Version* version;
  uint64_t log_size;
  uint32_t redo_rows;
  uint32_t id;
  TransactionMark* below;
};

struct Store::Impl final : PutGuard {
  Impl(const Host& h, ByteBudget* b, const StoreOptions& o, const PagerOptions& p)
      : host(h),
        budget(b),
        options(o),
        pager(h.pages, b, p, this),
        log(h.pages, b, o.log_row_bytes),
        changes(b) {}
  ~Impl();

  // PutGuard: the pager is about to put.
  Status BeforePuts() override;
  Status ExplainCorrupt() override;

  // --- store.cc
  Status Check() const {
    if (poisoned || pager.broken()) return Code::kPoisoned;
    return recovered ? Status::Ok() : Status(Code::kMisuse);
  }
  Status Fail(Status s) {
    if (!s.ok()) poisoned = true;
    return s;
  }
  Status PushMark();
  void PopMark();
  uint32_t mark_count() const { return marks ? marks->id + 1 : 0; }
  // After marks went: what they could have brought back may have been the last of redo.
  void MarksReleased() {
    if (redo && redo->Released(mark_count())) redo = nullptr;
  }
  void ClearTransaction();

  // --- store_open.cc
  Status EnsureCreated();
  CheckpointMark Mark() const;
  bool CheckpointDue();
  Status RunSlice(uint32_t bytes, bool* done);
  Status CheckpointBehindCommit(bool row_put);

  Host host;
  ByteBudget* budget;
  StoreOptions options;
  Pager pager;
  LogWriter log;
  LogBuffer changes;
  TransactionMark* marks = nullptr;

  bool recovered = false;
  bool poisoned = false;
  DelayedRedo* redo = nullptr;  // has changes of the log that trees do not have yet
  bool covered = false;         // the turn's log row was put in this very call
  bool recovery_puts = false;   // the pager spilled during redo
  Lsn last_lsn;
  uint64_t schema_version = 0;
  uint64_t incarnation = 0;

  LogSeq keep_seq{~uint64_t{0}};  // followers still want this row of the log and later ones
  LogSeq marked_seq{1};           // of the checkpoint that is being written
  uint64_t marked_bytes = 0;      // log bytes appended when it was pinned
  uint64_t base_bytes = 0;        // the same for the last durable one
  uint64_t found_bytes = 0;       // what the log held at opening, until one is durable
  uint32_t dirty_floor = 0;       // frames that stayed dirty after it: only readers show them
  uint64_t commits = 0;
  uint64_t redo_bytes = 0;
  uint64_t redo_commits = 0;
  StoreStats stats{};
};

}  // namespace dosql
