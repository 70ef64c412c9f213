// FunctionContext: what a SQL function may know and use beyond its arguments.
#pragma once

#include <string_view>

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/host/host.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr uint32_t kValueBytesMax = 1000000000;  // one TEXT or BLOB

// The session's answers to last_insert_rowid(), changes() and total_changes().
struct SessionCounters {
  int64_t last_insert_rowid = 0;
  int64_t changes = 0;
  int64_t total_changes = 0;
};

// The time of a statement: asked for once, when first needed.
class StatementTime {
 public:
  // At the start of each run.
  void Start(Clock* clock) {
    clock_ = clock;
    known_ = false;
  }
  // Microseconds since 1970 UTC.
  int64_t Micros() {
    if (!known_) micros_ = clock_->NowMicros();
    known_ = true;
    return micros_;
  }

 private:
  Clock* clock_ = nullptr;
  int64_t micros_ = 0;
  bool known_ = false;
};

struct FunctionContext {
  Arena* arena = nullptr;  // results live here; the caller decides for how long
  Diag* diag = nullptr;
  const SessionCounters* counters = nullptr;
  Entropy* entropy = nullptr;
  StatementTime* time = nullptr;
  Collation collation = Collation::kBinary;  // of this call: min, max, nullif
  uint32_t sql_offset = Diag::kNoOffset;     // of this call

  Status Fail(Code code, std::string_view message) const;
  Status TooBig() const;
  Status OutOfMemory() const;

  // `size` bytes of result. kTooBig past kValueBytesMax, kNoMemory past the budget.
  Status NewBytes(uint64_t size, uint8_t** out) const;
};

}  // namespace dosql
