// Views of bytes and explicit-endian loads and stores. Nothing here owns memory.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace dosql {

using Bytes = std::span<const uint8_t>;
using MutableBytes = std::span<uint8_t>;

inline Bytes AsBytes(std::string_view s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}
inline std::string_view AsText(Bytes b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

// memcmp order of two byte strings, a shorter prefix first: < 0, 0, > 0.
inline int CompareBytes(Bytes a, Bytes b) {
  size_t n = a.size() < b.size() ? a.size() : b.size();
  int c = n == 0 ? 0 : std::memcmp(a.data(), b.data(), n);
  if (c != 0) return c;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

static_assert(std::endian::native == std::endian::little, "loads below assume little-endian");

// memcpy of what is mostly short. memcpy is a call out of the wasm module, which takes longer than
// to copy this much here.
inline void CopyShort(uint8_t* to, const uint8_t* from, size_t n) {
  if (n > 64) {
    std::memcpy(to, from, n);
    return;
  }
  for (; n >= 8; n -= 8, to += 8, from += 8) std::memcpy(to, from, 8);
  for (; n > 0; n--) *to++ = *from++;
}

template <typename T>
inline T LoadLe(const void* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <typename T>
inline void StoreLe(void* p, T v) {
  std::memcpy(p, &v, sizeof v);
}
inline uint16_t LoadBe16(const void* p) { return __builtin_bswap16(LoadLe<uint16_t>(p)); }
inline uint32_t LoadBe32(const void* p) { return __builtin_bswap32(LoadLe<uint32_t>(p)); }
inline uint64_t LoadBe64(const void* p) { return __builtin_bswap64(LoadLe<uint64_t>(p)); }
inline void StoreBe16(void* p, uint16_t v) { StoreLe(p, __builtin_bswap16(v)); }
inline void StoreBe32(void* p, uint32_t v) { StoreLe(p, __builtin_bswap32(v)); }
inline void StoreBe64(void* p, uint64_t v) { StoreLe(p, __builtin_bswap64(v)); }

}  // namespace dosql
