#include "core/storage/wal/log_replay.h"

#include <cstdlib>
#include <cstring>

#include "core/base/checksum.h"

namespace dosql {
namespace {

constexpr uint32_t kFirstRead = 16 << 10;  // most rows fit, so that one Get is enough
constexpr uint32_t kLaterRows = 8;         // how far a gap is looked beyond

}  // namespace

LogReplay::~LogReplay() {
  std::free(row_);
  budget_->Release(row_capacity_);
}

bool LogReplay::Claims(const uint8_t* head, LogSeq seq) {
  return LoadLe<uint32_t>(head + kLogMagicAt) == kLogMagic &&
         LoadLe<uint64_t>(head + kLogSeqAt) == seq.value;
}

Status LogReplay::ReadRow(LogSeq seq, bool* found) {
  *found = false;
  RowKey key{RowKind::kLog, static_cast<uint32_t>(seq.value % mark_.log_slots)};
  uint32_t want = kFirstRead;
  uint32_t size = 0;
  for (;;) {
    if (want > row_capacity_) {
      DOSQL_TRY(budget_->Reserve(want - row_capacity_));
      auto* bigger = static_cast<uint8_t*>(std::realloc(row_, want));
      if (!bigger) {
        budget_->Release(want - row_capacity_);
        return Code::kNoMemory;
      }
      row_ = bigger;
      row_capacity_ = want;
    }
    Status s = store_->Get(key, {row_, row_capacity_}, &size);
    if (s.code() == Code::kNotFound) return Status::Ok();
    DOSQL_TRY(s);
    if (size <= row_capacity_) break;
    if (size > kRowBytesMax) return Code::kCorrupt;
    want = size;
  }
  row_size_ = size;
  const bool torn = store_->fault_model() == FaultModel::kPosix;  // no error, but the log's end
  if (size < kLogHeaderBytes || LoadLe<uint32_t>(row_ + kLogMagicAt) != kLogMagic ||
      LoadLe<uint32_t>(row_ + kLogBodyBytes) != size - kLogHeaderBytes ||
      LoadLe<uint32_t>(row_ + kLogSum) != Checksum32({row_ + 4, size - 4})) {
    return torn ? Status::Ok() : Status(Code::kCorrupt);
  }
  uint64_t there = LoadLe<uint64_t>(row_ + kLogSeqAt);
  overwritten_ = there > seq.value && there % mark_.log_slots == key.number;
  if (there > seq.value || there % mark_.log_slots != key.number) return Code::kCorrupt;
  *found = there == seq.value;
  return Status::Ok();
}

Status LogReplay::CheckChain(const LogPosition& position) const {
  if (LoadLe<uint32_t>(row_ + kLogPredSum) != position.pred_sum) return Code::kCorrupt;
  uint64_t incarnation = LoadLe<uint64_t>(row_ + kLogIncarnation);
  uint64_t lsn_before = LoadLe<uint64_t>(row_ + kLogLsnBefore);
  // The first row may begin before the checkpoint; every later one goes on exactly here.
  if (position.next_seq == mark_.redo_seq ? lsn_before > mark_.lsn.value
                                          : lsn_before != position.last_lsn.value) {
    return Code::kCorrupt;
  }
  if (incarnation != position.incarnation &&
      (LoadLe<uint64_t>(row_ + kLogParent) != position.incarnation ||
       LoadLe<uint64_t>(row_ + kLogForkLsn) != lsn_before)) {
    return Code::kCorrupt;
  }
  return Status::Ok();
}

Status LogReplay::CheckNoLaterRow(LogSeq seq) {
  for (uint32_t i = 1; i <= kLaterRows && i < mark_.log_slots; i++) {
    LogSeq later(seq.value + i);
    uint8_t head[kLogHeaderBytes];
    uint32_t size = 0;
    RowKey key{RowKind::kLog, static_cast<uint32_t>(later.value % mark_.log_slots)};
    Status s = store_->Get(key, head, &size);
    if (s.code() == Code::kNotFound) continue;
    DOSQL_TRY(s);
    if (size < kLogHeaderBytes || !Claims(head, later)) continue;
    bool found;
    DOSQL_TRY(ReadRow(later, &found));
    if (found) return Code::kCorrupt;
  }
  return Status::Ok();
}

const uint8_t* LogReplay::ParsePiece(const uint8_t* p, const uint8_t* end, Piece* piece) {
  if (end - p < 4) return nullptr;
  uint32_t length = LoadLe<uint32_t>(p);
  p += 4;
  if (length == 0 || length > static_cast<uint64_t>(end - p)) return nullptr;
  end = p + length;
  piece->flags = *p++;
  uint64_t lsn;
  p = GetVarint(p, end, &lsn);
  if (!p) return nullptr;
  piece->lsn = piece->info.lsn = Lsn(lsn);
  if (piece->flags & kPieceFirst) {
    if (end - p < 8) return nullptr;
    piece->info.time_micros = LoadLe<int64_t>(p);
    p = GetVarint(p + 8, end, &piece->info.schema_version);
    if (!p || end - p < 8) return nullptr;
    piece->info.engine_build = LoadLe<uint64_t>(p);
    p += 8;
  }
  piece->body = {p, static_cast<size_t>(end - p)};
  return end;
}

Status LogReplay::IsComplete(LogSeq seq, Lsn lsn, bool* complete) {
  *complete = false;
  uint32_t pred_sum = LoadLe<uint32_t>(row_ + kLogSum);
  for (;;) {
    seq.value++;
    bool found;
    DOSQL_TRY(ReadRow(seq, &found));
    if (!found) return Status::Ok();
    if (LoadLe<uint32_t>(row_ + kLogPredSum) != pred_sum) return Code::kCorrupt;
    pred_sum = LoadLe<uint32_t>(row_ + kLogSum);
    const uint8_t* end = row_ + row_size_;
    for (const uint8_t* p = row_ + kLogHeaderBytes; p < end;) {
      Piece piece;
      p = ParsePiece(p, end, &piece);
      if (!p) return Code::kCorrupt;
      if (piece.flags & kPieceFirst) return Status::Ok();  // given up, and another one begun
      if (piece.lsn != lsn) return Code::kCorrupt;
      if (piece.flags & kPieceLast) {
        *complete = true;
        return Status::Ok();
      }
    }
  }
}

Status LogReplay::ApplyPiece(const Piece& piece, ReplaySink* sink, LogPosition* position) {
  if (piece.flags & kPieceFirst) {
    if (piece.lsn.value != position->last_lsn.value + 1) return Code::kCorrupt;
    commit_ = {piece.lsn, piece.info.time_micros, piece.info.schema_version,
               piece.info.engine_build == build_};
    decoder_.Reset();
    open_ = true;
    DOSQL_TRY(sink->ApplyBegin(commit_));
  } else if (!open_ || piece.lsn != commit_.lsn) {
    return Code::kCorrupt;
  }
  const bool last = (piece.flags & kPieceLast) != 0;
  DOSQL_TRY(decoder_.Decode(piece.body, last, sink));
  if (!last) return Status::Ok();
  open_ = false;
  position->last_lsn = piece.lsn;
  commits_++;
  return sink->ApplyCommit(commit_);
}

Status LogReplay::ApplyRow(LogSeq seq, ReplaySink* sink, LogPosition* position) {
  for (uint32_t at = kLogHeaderBytes; at < row_size_;) {
    Piece piece;
    const uint8_t* next = ParsePiece(row_ + at, row_ + row_size_, &piece);
    if (!next) return Code::kCorrupt;
    const uint32_t next_at = static_cast<uint32_t>(next - row_);
    bool skip = piece.lsn <= mark_.lsn;              // in the pages already
    if (!skip && !(piece.flags & kPieceFirst)) {
      skip = !open_;                                 // of a transaction that never ended
    } else if (!skip && !(piece.flags & kPieceLast)) {
      bool complete = false;
      if (next_at == row_size_) DOSQL_TRY(IsComplete(seq, piece.lsn, &complete));
      bool found;
      DOSQL_TRY(ReadRow(seq, &found));
      if (!found) return Code::kCorrupt;
      ParsePiece(row_ + at, row_ + row_size_, &piece);
      skip = !complete;
    }
    if (!skip) DOSQL_TRY(ApplyPiece(piece, sink, position));
    at = next_at;
  }
  return Status::Ok();
}

Status LogReplay::Run(ReplaySink* sink, LogPosition* position) {
  position->next_seq = mark_.redo_seq;
  position->pred_sum = mark_.redo_pred_sum;
  position->last_lsn = mark_.lsn;
  position->incarnation = mark_.incarnation;
  for (;;) {
    const LogSeq seq = position->next_seq;
    bool found;
    DOSQL_TRY(ReadRow(seq, &found));
    if (!found) {
      DOSQL_TRY(CheckNoLaterRow(seq));
      return sink->ApplyEnd();
    }
    DOSQL_TRY(CheckChain(*position));
    const uint64_t incarnation = LoadLe<uint64_t>(row_ + kLogIncarnation);
    position->pred_sum = LoadLe<uint32_t>(row_ + kLogSum);
    position->last_key = {RowKind::kLog, static_cast<uint32_t>(seq.value % mark_.log_slots)};
    std::memcpy(position->last_head, row_, sizeof position->last_head);
    bytes_ += row_size_;
    piece_bytes_ += row_size_ - kLogHeaderBytes;
    DOSQL_TRY(ApplyRow(seq, sink, position));
    position->incarnation = incarnation;
    position->next_seq.value++;
  }
}

CheckpointMark LogReplay::FollowMark(const FollowPosition& at, uint32_t log_slots) {
  CheckpointMark mark;
  mark.lsn = at.lsn;
  mark.redo_seq = at.seq;
  mark.redo_pred_sum = at.pred_sum;
  mark.incarnation = at.incarnation;
  mark.log_slots = log_slots;
  return mark;
}

Status LogReplay::Follow(FollowSink* sink, FollowPosition* at) {
  LogPosition position;
  position.next_seq = at->seq;
  position.pred_sum = at->pred_sum;
  position.last_lsn = at->lsn;
  position.incarnation = at->incarnation;
  for (;; position.next_seq.value++) {
    bool found;
    Status s = ReadRow(position.next_seq, &found);
    if (!s.ok() && overwritten_) return Code::kNotFound;
    DOSQL_TRY(s);
    if (!found) return Status::Ok();
    // The rows were whole when they were written: what does not fit is another history.
    if (!CheckChain(position).ok()) return Code::kStale;
    const uint64_t incarnation = LoadLe<uint64_t>(row_ + kLogIncarnation);
    if (incarnation != position.incarnation) {
      const Lsn fork(LoadLe<uint64_t>(row_ + kLogForkLsn));
      if (fork < position.last_lsn || at->Passed(fork)) return Code::kStale;
      DOSQL_TRY(sink->ApplyIncarnation(incarnation, position.incarnation, fork));
    }
    position.incarnation = incarnation;
    // A transaction over several rows is read again from its first one.
    if (!open_) *at = {position.next_seq, position.pred_sum, incarnation, at->lsn, at->changes};
    position.pred_sum = LoadLe<uint32_t>(row_ + kLogSum);
    s = ApplyRow(position.next_seq, sink, &position);
    if (s.code() == Code::kFull) return Status::Ok();
    DOSQL_TRY(s);
  }
}

}  // namespace dosql
