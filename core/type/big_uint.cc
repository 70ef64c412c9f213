#include "core/type/big_uint.h"

namespace dosql {
namespace {

constexpr uint32_t kBillion = 1000000000;

uint32_t SmallPowerOfTen(uint32_t n) {
  uint32_t p = 1;
  while (n-- > 0) p *= 10;
  return p;
}

}  // namespace

void BigUint::MultiplyAdd(uint32_t factor, uint32_t addend) {
  uint64_t carry = addend;
  for (uint32_t i = 0; i < size_; i++) {
    carry += static_cast<uint64_t>(limbs_[i]) * factor;
    limbs_[i] = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  if (carry != 0) Push(static_cast<uint32_t>(carry));
}

void BigUint::MultiplyByPowerOfTen(uint32_t n) {
  for (; n >= 9; n -= 9) MultiplyAdd(kBillion, 0);
  if (n > 0) MultiplyAdd(SmallPowerOfTen(n), 0);
}

void BigUint::ShiftLeft(uint32_t bits) {
  if (size_ == 0) return;
  uint32_t words = bits / 32;
  bits %= 32;
  if (bits != 0) MultiplyAdd(uint32_t{1} << bits, 0);
  if (words == 0) return;
  DOSQL_ASSERT(size_ + words <= kLimbsMax);
  for (uint32_t i = size_; i-- > 0;) limbs_[i + words] = limbs_[i];
  for (uint32_t i = 0; i < words; i++) limbs_[i] = 0;
  size_ += words;
}

bool BigUint::Divide(uint32_t divisor) {
  uint64_t remainder = 0;
  for (uint32_t i = size_; i-- > 0;) {
    remainder = remainder << 32 | limbs_[i];
    limbs_[i] = static_cast<uint32_t>(remainder / divisor);
    remainder %= divisor;
  }
  while (size_ > 0 && limbs_[size_ - 1] == 0) size_--;
  return remainder != 0;
}

bool BigUint::DivideByPowerOfTen(uint32_t n) {
  // Floors of successive quotients compose: floor(floor(x / a) / b) = floor(x / ab).
  bool remainder = false;
  for (; n >= 9; n -= 9) remainder |= Divide(kBillion);
  if (n > 0) remainder |= Divide(SmallPowerOfTen(n));
  return remainder;
}

uint64_t BigUint::Extract(uint32_t at) const {
  uint32_t word = at / 32, bits = at % 32;
  uint64_t low = limb(word) | static_cast<uint64_t>(limb(word + 1)) << 32;
  if (bits == 0) return low;
  return low >> bits | static_cast<uint64_t>(limb(word + 2)) << (64 - bits);
}

bool BigUint::AnyBitBelow(uint32_t at) const {
  uint32_t word = at / 32, bits = at % 32;
  for (uint32_t i = 0; i < word; i++) {
    if (limb(i) != 0) return true;
  }
  return bits != 0 && (limb(word) << (32 - bits)) != 0;
}

}  // namespace dosql
