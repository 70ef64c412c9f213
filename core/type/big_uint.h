// BigUint: an unsigned integer large enough for any conversion between a double and decimal text.
// Private to core/type.
#pragma once

#include <cstdint>

#include "core/base/assert.h"

namespace dosql {

class BigUint {
 public:
  // The largest number is a quotient's dividend in number_text.cc, shifted to leave 66 bits after a
  // division by 10^345 (1147 bits): 1213 bits, and a limb more while it is shifted.
  static constexpr uint32_t kLimbsMax = 40;

  explicit BigUint(uint64_t v) {
    limbs_[0] = static_cast<uint32_t>(v);
    limbs_[1] = static_cast<uint32_t>(v >> 32);
    size_ = limbs_[1] != 0 ? 2 : limbs_[0] != 0 ? 1 : 0;
  }

  void MultiplyAdd(uint32_t factor, uint32_t addend);
  void MultiplyByPowerOfTen(uint32_t n);
  void ShiftLeft(uint32_t bits);
  // Floor division; true when there was a remainder.
  bool Divide(uint32_t divisor);
  bool DivideByPowerOfTen(uint32_t n);

  uint32_t bit_length() const {
    return size_ == 0 ? 0 : size_ * 32 - static_cast<uint32_t>(__builtin_clz(limbs_[size_ - 1]));
  }
  // 64 bits from bit `at` upwards.
  uint64_t Extract(uint32_t at) const;
  bool AnyBitBelow(uint32_t at) const;

 private:
  uint32_t limb(uint32_t i) const { return i < size_ ? limbs_[i] : 0; }
  void Push(uint32_t limb) {
    DOSQL_ASSERT(size_ < kLimbsMax);
    limbs_[size_++] = limb;
  }

  uint32_t size_;
  uint32_t limbs_[kLimbsMax];  // least significant first; the highest is not 0
};

}  // namespace dosql
