// FuzzInput: takes a fuzzer's bytes apart. Beyond the end everything is zero.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/base/bytes.h"

namespace dosql {

class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size) : p_(data), end_(data + size) {}
  bool empty() const { return p_ == end_; }
  template <typename T>
  T Take() {
    uint8_t bytes[sizeof(T)] = {};
    for (uint8_t& b : bytes) {
      if (p_ < end_) b = *p_++;
    }
    return LoadLe<T>(bytes);
  }
  Bytes TakeBytes(size_t n) {
    if (n > static_cast<size_t>(end_ - p_)) n = static_cast<size_t>(end_ - p_);
    Bytes b = {p_, n};
    p_ += n;
    return b;
  }

 private:
  const uint8_t* p_;
  const uint8_t* end_;
};

// One change of `target`: a byte, a number, a copy from elsewhere in it, or bytes of the input.
inline void Mutate(FuzzInput* in, MutableBytes target) {
  if (target.empty()) return;
  auto place = [&](size_t width) {
    size_t at = in->Take<uint16_t>() * size_t{1};
    if (target.size() > 65536) at |= size_t{in->Take<uint8_t>()} << 16;
    at %= target.size();
    return at + width <= target.size() ? at : target.size() - width;
  };
  uint8_t how = in->Take<uint8_t>();
  if (target.size() < 8) how = 0;
  switch (how % 6) {
    case 0:
      target[place(1)] = in->Take<uint8_t>();
      break;
    case 1:
      StoreLe(target.data() + place(2), in->Take<uint16_t>());
      break;
    case 2:
      StoreLe(target.data() + place(4), in->Take<uint32_t>());
      break;
    case 3: {
      uint8_t* p = target.data() + place(8);
      StoreLe<uint64_t>(p, LoadLe<uint64_t>(p) + static_cast<int8_t>(in->Take<uint8_t>()));
      break;
    }
    case 4: {
      size_t n = in->Take<uint8_t>() % 64 + 1;
      if (n > target.size()) n = target.size();
      size_t from = place(n), to = place(n);
      std::memmove(target.data() + to, target.data() + from, n);
      break;
    }
    default: {
      Bytes b = in->TakeBytes(in->Take<uint8_t>());
      if (b.size() > target.size()) b = b.first(target.size());
      if (!b.empty()) std::memcpy(target.data() + place(b.size()), b.data(), b.size());
    }
  }
}

}  // namespace dosql
