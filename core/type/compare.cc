#include "core/type/compare.h"

#include "core/type/number_text.h"

namespace dosql {
namespace {

std::string_view TrimBlanks(std::string_view s) {
  while (!s.empty() && s.back() == ' ') s.remove_suffix(1);
  return s;
}

int CompareFolded(std::string_view a, std::string_view b) {
  size_t n = a.size() < b.size() ? a.size() : b.size();
  for (size_t i = 0; i < n; i++) {
    int c = FoldAscii(static_cast<uint8_t>(a[i])) - FoldAscii(static_cast<uint8_t>(b[i]));
    if (c != 0) return c;
    if (a[i] == 0) break;  // SQLite's NOCASE sees only the size of what stands behind a NUL
  }
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

// The order of the storage classes; both kinds of number are one.
int ClassRank(ValueType t) { return t == ValueType::kReal ? 1 : static_cast<int>(t); }

constexpr std::string_view kCollationNames[] = {"BINARY", "NOCASE", "RTRIM"};

}  // namespace

int CompareIntegerReal(int64_t a, double b) {
  if (b < -9223372036854775808.0) return 1;
  if (b >= 9223372036854775808.0) return -1;
  int64_t whole = static_cast<int64_t>(b);
  if (a != whole) return a < whole ? -1 : 1;
  // b is the same integer and perhaps a fraction; where it has one it is small enough to be exact.
  return CompareReals(static_cast<double>(a), b);
}

int CompareText(std::string_view a, std::string_view b, Collation collation) {
  if (collation == Collation::kNoCase) return CompareFolded(a, b);
  if (collation == Collation::kRtrim) {
    a = TrimBlanks(a);
    b = TrimBlanks(b);
  }
  return CompareBytes(AsBytes(a), AsBytes(b));
}

int CompareValues(const Value& a, const Value& b, Collation collation) {
  if (a.type == b.type) {
    switch (a.type) {
      case ValueType::kNull:
        return 0;
      case ValueType::kInteger:
        return CompareIntegers(a.i, b.i);
      case ValueType::kReal:
        return CompareReals(a.d, b.d);
      case ValueType::kText:
        return CompareText(a.text(), b.text(), collation);
      case ValueType::kBlob:
        return CompareBytes(a.bytes(), b.bytes());
    }
  }
  int ra = ClassRank(a.type), rb = ClassRank(b.type);
  if (ra != rb) return ra - rb;
  return a.type == ValueType::kInteger ? CompareIntegerReal(a.i, b.d)
                                       : -CompareIntegerReal(b.i, a.d);
}

uint32_t HashBytes(Bytes data, uint32_t seed) {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15u;
  const uint8_t* p = data.data();
  size_t n = data.size();
  uint64_t h = (seed + n) * kFactor;
  for (; n >= 8; p += 8, n -= 8) {
    h = (h ^ LoadLe<uint64_t>(p)) * kFactor;
    h ^= h >> 32;
  }
  uint64_t rest = 0;
  for (size_t i = 0; i < n; i++) rest |= static_cast<uint64_t>(p[i]) << (i * 8);
  h = (h ^ rest) * kFactor;
  h ^= h >> 29;
  h *= kFactor;
  return static_cast<uint32_t>(h >> 32);
}

uint32_t HashValue(const Value& v, Collation collation) {
  switch (v.type) {
    case ValueType::kNull:
      return 0x6b8b4567;
    case ValueType::kInteger:
      return HashInteger(static_cast<uint64_t>(v.i));
    case ValueType::kReal: {
      int64_t i;
      if (RealToExactInteger(v.d, &i)) return HashInteger(static_cast<uint64_t>(i));
      return HashInteger(LoadLe<uint64_t>(&v.d));
    }
    case ValueType::kText:
      if (collation == Collation::kNoCase) {
        uint32_t h = 2166136261u;  // FNV-1a
        for (char c : v.text()) {
          if (c == 0) break;
          h = (h ^ FoldAscii(static_cast<uint8_t>(c))) * 16777619u;
        }
        return HashInteger(h ^ v.size);
      }
      return HashBytes(collation == Collation::kRtrim ? AsBytes(TrimBlanks(v.text())) : v.bytes(), 0);
    case ValueType::kBlob:
      return HashBytes(v.bytes(), 1);
  }
  return 0;
}

bool CollationByName(std::string_view name, Collation* out) {
  for (uint8_t i = 0; i < 3; i++) {
    if (EqualsIgnoringCase(name, kCollationNames[i])) {
      *out = static_cast<Collation>(i);
      return true;
    }
  }
  return false;
}

std::string_view CollationName(Collation c) { return kCollationNames[static_cast<uint8_t>(c)]; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CompareFolded(a, b) == 0;
}

}  // namespace dosql
