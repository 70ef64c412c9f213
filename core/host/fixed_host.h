// FixedClock and FixedEntropy: a clock that is set by hand and random bytes that depend on a seed,
// for tests and for hosts that have nothing better.
#pragma once

#include "core/host/host.h"

namespace dosql {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(int64_t micros = 0) : micros_(micros) {}
  int64_t NowMicros() override { return micros_; }
  void Set(int64_t micros) { micros_ = micros; }

 private:
  int64_t micros_;
};

class FixedEntropy final : public Entropy {
 public:
  explicit FixedEntropy(uint64_t seed) : state_(seed) {}
  void Fill(MutableBytes out) override {
    for (uint8_t& b : out) {  // splitmix64
      uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      b = static_cast<uint8_t>(z ^ (z >> 31));
    }
  }

 private:
  uint64_t state_;
};

}  // namespace dosql
