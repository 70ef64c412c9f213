// Host: everything outside the engine that it may touch. The embedder owns the parts and keeps them
// alive for as long as the database is open.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/host/page_store.h"

namespace dosql {

class Clock {
 public:
  // Microseconds since 1970-01-01 UTC. May stand still or go back.
  virtual int64_t NowMicros() = 0;

 protected:
  ~Clock() = default;
};

class Entropy {
 public:
  virtual void Fill(MutableBytes out) = 0;

 protected:
  ~Entropy() = default;
};

struct Host {
  PageStore* pages = nullptr;
  Clock* clock = nullptr;
  Entropy* entropy = nullptr;
};

}  // namespace dosql
