// LogReplay: reads the log back: after the last checkpoint when a database opens, or from any row that
// the ring still holds, for who follows its changes.
//
// The log's end is the first row that is not there: absent, older, or (kPosix) torn. That row may be
// the one in flight when the machine stopped, so it is no error; but no later row can be valid then,
// because each row is durable before the next is put. If one is, rows were lost: kCorrupt.
#pragma once

#include "core/base/budget.h"
#include "core/storage/page/superblock.h"
#include "core/storage/wal/log_decoder.h"
#include "core/storage/wal/log_writer.h"

namespace dosql {

class LogReplay {
 public:
  LogReplay(PageStore* store, ByteBudget* budget, const CheckpointMark& mark,
            uint64_t engine_build)
      : store_(store), budget_(budget), mark_(mark), build_(engine_build), decoder_(budget) {}
  ~LogReplay();
  LogReplay(const LogReplay&) = delete;
  LogReplay& operator=(const LogReplay&) = delete;

  // Hands every complete transaction after the mark to `sink`. `position` comes with the superblock
  // as last_key and last_head, and leaves as the place where the log goes on. kCorrupt, kBlocked,
  // kIo, kNoMemory, or what the sink returns; then the pages are in no defined state.
  Status Run(ReplaySink* sink, LogPosition* position);

  // Hands what was committed behind *at to `sink`, to the log's end or until the sink is full, and
  // moves at->seq, pred_sum and incarnation; lsn and changes are the sink's to move. The replay was
  // made with FollowMark(*at). kNotFound: the ring no longer holds row at->seq. kStale: the log went
  // another way than *at says, because storage was put back to an earlier state. Otherwise as Run.
  Status Follow(FollowSink* sink, FollowPosition* at);
  static CheckpointMark FollowMark(const FollowPosition& at, uint32_t log_slots);

  uint64_t bytes() const { return bytes_; }
  uint64_t piece_bytes() const { return piece_bytes_; }  // of rows, without their headers
  uint64_t commits() const { return commits_; }

 private:
  struct Piece {
    uint8_t flags;
    Lsn lsn;
    LogCommitInfo info;  // first pieces only, beyond lsn
    Bytes body;
  };
  // Reads row `seq` into row_ and checks all but its place in the chain. `*found`: it is there.
  Status ReadRow(LogSeq seq, bool* found);
  // Whether `head` (kLogHeaderBytes) claims to be row `seq`.
  static bool Claims(const uint8_t* head, LogSeq seq);
  Status CheckChain(const LogPosition& position) const;
  Status CheckNoLaterRow(LogSeq seq);
  static const uint8_t* ParsePiece(const uint8_t* p, const uint8_t* end, Piece* piece);
  Status ApplyRow(LogSeq seq, ReplaySink* sink, LogPosition* position);
  Status ApplyPiece(const Piece& piece, ReplaySink* sink, LogPosition* position);
  // Whether the transaction whose first piece is in row `seq` has its last piece in a later one.
  // Overwrites row_.
  Status IsComplete(LogSeq seq, Lsn lsn, bool* complete);

  PageStore* store_;
  ByteBudget* budget_;
  const CheckpointMark& mark_;
  const uint64_t build_;
  LogDecoder decoder_;

  uint8_t* row_ = nullptr;
  uint32_t row_capacity_ = 0;
  uint32_t row_size_ = 0;
  bool overwritten_ = false;  // ReadRow found a later row in its place

  bool open_ = false;  // a transaction of several pieces is being applied
  LogCommit commit_{};

  uint64_t bytes_ = 0;
  uint64_t piece_bytes_ = 0;
  uint64_t commits_ = 0;
};

}  // namespace dosql
