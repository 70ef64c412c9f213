// LogDecoder: turns the bytes of a transaction, which may come in parts cut anywhere, back into
// changes.
#pragma once

#include "core/base/budget.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

class LogDecoder {
 public:
  explicit LogDecoder(ByteBudget* budget) : budget_(budget) {}
  ~LogDecoder() { Reset(); }
  LogDecoder(const LogDecoder&) = delete;
  LogDecoder& operator=(const LogDecoder&) = delete;

  // Forgets a transaction that was begun.
  void Reset();

  // Hands all changes that are whole to `sink`. With the last part nothing may be left over.
  // kCorrupt, kNoMemory, or what the sink returns.
  Status Decode(Bytes part, bool last, ReplaySink* sink);

 private:
  // Parses one run header or one change at p; nullptr: the bytes end before it does.
  const uint8_t* Step(const uint8_t* p, const uint8_t* end, bool* is_change, LogChange* change);
  Status Carry(Bytes bytes);

  ByteBudget* budget_;
  uint8_t* carry_ = nullptr;  // what the parts so far left over
  size_t carry_size_ = 0;
  size_t carry_capacity_ = 0;
  LogOp op_ = LogOp::kInsert;
  TableId table_;
  uint32_t left_ = 0;  // changes of the run still to come
  bool bad_ = false;
};

}  // namespace dosql
