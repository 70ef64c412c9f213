// LogBuffer: the changes of the running transaction, encoded as they will stand in the log, in
// chunks of 64 KB from the byte budget. A savepoint is a length; rolling back cuts.
#pragma once

#include "core/base/budget.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

class LogBuffer {
 public:
  explicit LogBuffer(ByteBudget* budget) : budget_(budget) {}
  ~LogBuffer();
  LogBuffer(const LogBuffer&) = delete;
  LogBuffer& operator=(const LogBuffer&) = delete;

  // The most bytes that Append may add for this change.
  static uint64_t BytesMax(const LogChange& change);

  // kNoMemory; nothing is added then.
  Status Append(const LogChange& change);

  uint64_t size() const { return size_; }
  // Cuts to an earlier size(). The next Append begins a new run, as it does after CloseRun.
  void Truncate(uint64_t size);
  // To be called where a mark is taken: what follows must not change what lies before it.
  void CloseRun() { run_count_ = 0; }

  // Copies [from, from + n) to `out`; the range lies within size().
  void CopyOut(uint64_t from, uint64_t n, uint8_t* out) const;

 private:
  static constexpr uint32_t kChunkBytes = 64 << 10;

  Status Reserve(uint64_t bytes);
  void Put(const uint8_t* p, uint64_t n);
  void PutAt(uint64_t at, const uint8_t* p, uint64_t n);
  void PutBytes(Bytes b);

  ByteBudget* budget_;
  uint8_t** chunks_ = nullptr;
  uint32_t chunk_count_ = 0;
  uint32_t chunk_capacity_ = 0;
  uint64_t size_ = 0;
  uint32_t run_count_ = 0;  // changes in the open run; 0: none is open
  uint64_t run_count_at_ = 0;
  LogOp run_op_ = LogOp::kInsert;
  TableId run_table_;
};

}  // namespace dosql
