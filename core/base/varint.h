// LEB128 varints: 7 bits a byte, low bits first, at most 10 bytes. Signed values go zigzag.
#pragma once

#include <cstdint>

namespace dosql {

inline constexpr uint32_t kVarintBytesMax = 10;

// Writes at most kVarintBytesMax bytes at p; returns the end.
inline uint8_t* PutVarint(uint8_t* p, uint64_t v) {
  while (v >= 0x80) {
    *p++ = static_cast<uint8_t>(v) | 0x80;
    v >>= 7;
  }
  *p++ = static_cast<uint8_t>(v);
  return p;
}

// Reads one varint from [p, end); returns what follows it, or nullptr when it is cut off, longer
// than 10 bytes or wider than 64 bits.
inline const uint8_t* GetVarint(const uint8_t* p, const uint8_t* end, uint64_t* v) {
  uint64_t result = 0;
  for (uint32_t shift = 0; p < end && shift < 70; shift += 7) {
    uint8_t byte = *p++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *v = result;
      return p;
    }
  }
  return nullptr;
}

inline uint64_t ZigZag(int64_t v) {
  return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63);
}
inline int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
}

}  // namespace dosql
