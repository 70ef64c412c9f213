// ByteBudget: how many bytes one database may hold. Under -fno-exceptions a failed `new` traps, so
// whatever can grow with input or data asks here first and gives the bytes back when it lets go.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/base/assert.h"
#include "core/base/status.h"

namespace dosql {

class ByteBudget {
 public:
  explicit ByteBudget(size_t limit_bytes) : limit_(limit_bytes) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // kNoMemory when the limit would be passed; nothing is taken then.
  Status Reserve(size_t bytes) {
    if (bytes > limit_ - used_) return Code::kNoMemory;
    used_ += bytes;
    if (used_ > peak_) peak_ = used_;
    return Status::Ok();
  }
  void Release(size_t bytes) {
    DOSQL_ASSERT(bytes <= used_);
    used_ -= bytes;
  }
  size_t used() const { return used_; }
  size_t peak() const { return peak_; }
  size_t limit() const { return limit_; }

 private:
  size_t limit_;
  size_t used_ = 0;
  size_t peak_ = 0;
};

}  // namespace dosql
