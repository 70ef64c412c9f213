#include "core/storage/wal/log_writer.h"

#include <cstdlib>
#include <cstring>

#include "core/base/checksum.h"

namespace dosql {
namespace {

constexpr uint32_t kGuardRowMax = 128 << 10;

}  // namespace

LogWriter::~LogWriter() {
  std::free(row_);
  budget_->Release(row_capacity_);
}

void LogWriter::Start(const LogPosition& position, uint64_t incarnation, uint32_t slots) {
  slots_ = slots;
  seq_ = position.next_seq;
  pred_sum_ = position.pred_sum;
  last_lsn_ = fork_lsn_ = position.last_lsn;
  parent_ = position.incarnation;
  incarnation_ = incarnation;
  last_key_ = position.last_key;
  std::memcpy(last_head_, position.last_head, sizeof last_head_);
  started_ = true;
}

Status LogWriter::ReserveRow(uint64_t bytes) {
  if (bytes <= row_capacity_) return Status::Ok();
  uint64_t capacity = 4096;
  while (capacity < bytes) capacity *= 2;
  DOSQL_TRY(budget_->Reserve(capacity - row_capacity_));
  auto* bigger = static_cast<uint8_t*>(std::realloc(row_, capacity));
  if (!bigger) {
    budget_->Release(capacity - row_capacity_);
    return Code::kNoMemory;
  }
  row_ = bigger;
  row_capacity_ = static_cast<uint32_t>(capacity);
  return Status::Ok();
}

Status LogWriter::Reserve(uint64_t bytes) {
  uint64_t body = row_size_ + bytes;
  if (body > row_target_) body = row_target_;
  return ReserveRow(kLogHeaderBytes + kPieceHeadMax + body);
}

Status LogWriter::BeginRow() {
  if (rows_free() == 0) return Code::kFull;
  DOSQL_TRY(ReserveRow(kLogHeaderBytes));
  std::memset(row_, 0, kLogHeaderBytes);
  StoreLe<uint32_t>(row_ + kLogMagicAt, kLogMagic);
  StoreLe<uint64_t>(row_ + kLogSeqAt, seq_.value);
  StoreLe<uint64_t>(row_ + kLogIncarnation, incarnation_);
  StoreLe<uint64_t>(row_ + kLogParent, parent_);
  StoreLe<uint64_t>(row_ + kLogForkLsn, fork_lsn_.value);
  StoreLe<uint64_t>(row_ + kLogLsnBefore, last_lsn_.value);
  StoreLe<uint32_t>(row_ + kLogPredSum, pred_sum_);
  row_size_ = kLogHeaderBytes;
  row_grown_ = true;
  return Status::Ok();
}

Status LogWriter::AddPiece(const LogBuffer& changes, uint64_t from, uint64_t n,
                           const LogCommitInfo& info) {
  DOSQL_TRY(ReserveRow(row_size_ + kPieceHeadMax + n));
  uint8_t* piece = row_ + row_size_;
  uint8_t* p = piece + 4;
  bool first = from == 0;
  bool last = from + n == changes.size();
  *p++ = static_cast<uint8_t>((first ? kPieceFirst : 0) | (last ? kPieceLast : 0));
  p = PutVarint(p, info.lsn.value);
  if (first) {
    StoreLe<int64_t>(p, info.time_micros);
    p = PutVarint(p + 8, info.schema_version);
    StoreLe<uint64_t>(p, info.engine_build);
    p += 8;
  }
  changes.CopyOut(from, n, p);
  p += n;
  StoreLe<uint32_t>(piece, static_cast<uint32_t>(p - piece - 4));
  bytes_appended_ += static_cast<uint64_t>(p - piece);
  row_size_ = static_cast<uint32_t>(p - row_);
  row_grown_ = true;
  if (last) last_lsn_ = info.lsn;
  return Status::Ok();
}

Status LogWriter::PutRow() {
  StoreLe<uint32_t>(row_ + kLogBodyBytes, row_size_ - kLogHeaderBytes);
  StoreLe<uint32_t>(row_ + kLogPuts, LoadLe<uint32_t>(row_ + kLogPuts) + 1);
  StoreLe<uint32_t>(row_ + kLogSum, Checksum32({row_ + 4, row_size_ - 4}));
  RowKey key{RowKind::kLog, static_cast<uint32_t>(seq_.value % slots_)};
  rows_put_++;
  bytes_put_ += row_size_;
  if (store_->fault_model() == FaultModel::kPosix) {
    DOSQL_TRY(store_->Put(key, {row_, row_size_}));
    DOSQL_TRY(store_->Sync());
  } else {
    DOSQL_TRY(store_->PutIf(key, {row_, row_size_}, last_key_, last_head_));
    if (!turn_scheduled_) {
      turn_scheduled_ = true;
      store_->ScheduleEndTurn();
    }
  }
  last_key_ = key;
  std::memcpy(last_head_, row_, sizeof last_head_);
  row_grown_ = false;
  return Status::Ok();
}

void LogWriter::CloseRow() {
  pred_sum_ = LoadLe<uint32_t>(row_ + kLogSum);
  seq_.value++;
  row_size_ = 0;
  // A turn that wrote a lot does not keep its buffer.
  if (row_capacity_ > kLogRowTarget / 4) {
    std::free(row_);
    row_ = nullptr;
    budget_->Release(row_capacity_);
    row_capacity_ = 0;
  }
}

Status LogWriter::Commit(const LogBuffer& changes, const LogCommitInfo& info, bool* put) {
  const bool turn = store_->fault_model() == FaultModel::kTurnAtomic;
  *put = false;
  uint64_t from = 0;
  do {
    if (row_size_ != 0 && row_size_ - kLogHeaderBytes + changes.size() - from > row_target_) {
      if (row_grown_) DOSQL_TRY(PutRow());
      CloseRow();
    }
    bool fresh = row_size_ == 0;
    if (fresh) DOSQL_TRY(BeginRow());
    uint64_t n = changes.size() - from;
    if (n > row_target_) n = row_target_;
    DOSQL_TRY(AddPiece(changes, from, n, info));
    from += n;
    if (fresh) {
      *put = true;
      DOSQL_TRY(PutRow());
      if (!turn) CloseRow();
    }
  } while (from < changes.size());
  return Status::Ok();
}

Status LogWriter::Guard() {
  if (store_->fault_model() == FaultModel::kPosix) return Status::Ok();
  if (row_size_ == 0) DOSQL_TRY(BeginRow());
  DOSQL_TRY(PutRow());
  // A long row is not put again and again by the slices of a checkpoint.
  if (row_size_ > kGuardRowMax) CloseRow();
  return Status::Ok();
}

Status LogWriter::CheckStillThere() {
  if (store_->fault_model() == FaultModel::kPosix) return Status::Ok();
  uint8_t head[sizeof last_head_] = {};
  uint32_t size = 0;
  Status s = store_->Get(last_key_, head, &size);
  if (s.code() == Code::kNotFound) return Code::kStale;
  DOSQL_TRY(s);
  return std::memcmp(head, last_head_, sizeof head) == 0 ? Status::Ok() : Status(Code::kStale);
}

Status LogWriter::EndTurn() {
  turn_scheduled_ = true;  // nobody need be asked for this
  Status s;
  if (row_size_ != 0) {
    if (row_grown_) s = PutRow();
    if (s.ok()) CloseRow();
  }
  turn_scheduled_ = false;
  return s;
}

}  // namespace dosql
