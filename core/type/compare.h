// The one order of values: NULL < numbers < TEXT < BLOB; integers and reals compare exactly, text by
// collation, blobs by memcmp.
#pragma once

#include "core/type/value.h"

namespace dosql {

// < 0, 0, > 0.
int CompareValues(const Value& a, const Value& b, Collation collation);
int CompareText(std::string_view a, std::string_view b, Collation collation);

inline int CompareIntegers(int64_t a, int64_t b) { return a < b ? -1 : a > b; }
inline int CompareReals(double a, double b) { return a < b ? -1 : a > b; }  // neither is NaN
int CompareIntegerReal(int64_t a, double b);

// NULL equals NULL here (grouping, DISTINCT, IS); the caller of `=` looks for NULL first.
inline bool EqualValues(const Value& a, const Value& b, Collation collation) {
  return CompareValues(a, b, collation) == 0;
}

// Equal values have equal hashes: 1 and 1.0, 'a' and 'A' under kNoCase, 'a' and 'a ' under kRtrim.
uint32_t HashValue(const Value& v, Collation collation);
uint32_t HashBytes(Bytes data, uint32_t seed);
inline uint32_t HashInteger(uint64_t v) {
  v ^= v >> 32;
  v *= 0x9e3779b97f4a7c15u;
  return static_cast<uint32_t>(v >> 32);
}

// Parsing of a collation's name: BINARY, NOCASE, RTRIM in any case. False: no such collation.
bool CollationByName(std::string_view name, Collation* out);
std::string_view CollationName(Collation c);

inline uint8_t FoldAscii(uint8_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
bool EqualsIgnoringCase(std::string_view a, std::string_view b);  // ASCII only

}  // namespace dosql
