// UTF-8 as SQLite's functions see it: a character is a byte of C0 and above with the continuation
// bytes behind it, or any other single byte. Malformed text never fails.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace dosql {

// The end of the character at p; p < end.
inline const uint8_t* NextChar(const uint8_t* p, const uint8_t* end) {
  if (*p++ >= 0xc0) {
    while (p < end && (*p & 0xc0) == 0x80) p++;
  }
  return p;
}

// Reads the character at *p and moves behind it; what is no character gives U+FFFD.
uint32_t ReadChar(const uint8_t** p, const uint8_t* end);

// Writes 1 to 4 bytes, c's lowest 21 bits; returns the end.
uint8_t* WriteChar(uint8_t* out, uint32_t c);

// The first n characters.
inline std::string_view FirstChars(std::string_view s, size_t n) {
  const uint8_t* p = reinterpret_cast<const uint8_t*>(s.data());
  const uint8_t* end = p + s.size();
  const uint8_t* q = p;
  for (; q < end && n > 0; n--) q = NextChar(q, end);
  return s.substr(0, static_cast<size_t>(q - p));
}

// Text functions of SQLite that work by characters stop at the first NUL.
inline std::string_view UpToNul(std::string_view s) {
  if (s.empty()) return s;
  const void* nul = std::memchr(s.data(), 0, s.size());
  return nul == nullptr ? s : s.substr(0, static_cast<size_t>(static_cast<const char*>(nul) - s.data()));
}

}  // namespace dosql
