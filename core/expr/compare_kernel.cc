#include "core/expr/kernel.h"

namespace dosql {
namespace {

template <typename T>
inline uint32_t Accept(uint32_t accepted, T x, T y) {
  return accepted >> (1 + (x > y) - (x < y)) & 1;
}
inline uint32_t Accept(uint32_t accepted, const StringRef& x, const StringRef& y) {
  int c = x.Compare(y);
  return accepted >> (c < 0 ? 0 : c > 0 ? 2 : 1) & 1;
}

// Collects the selected rows where keep(row) is 1, without a branch that data decides.
template <typename Keep>
inline uint32_t Collect(const Selection& s, uint16_t* out, Keep keep) {
  uint32_t n = 0;
  if (s.rows == nullptr) {
    for (uint32_t k = 0; k < s.count; k++) {
      out[n] = static_cast<uint16_t>(k);
      n += keep(k);
    }
  } else {
    for (uint32_t k = 0; k < s.count; k++) {
      uint32_t row = s.rows[k];
      out[n] = static_cast<uint16_t>(row);
      n += keep(row);
    }
  }
  return n;
}

template <typename T>
uint32_t Select(uint32_t accepted, Lane<T> a, Lane<T> b, const Selection& s, uint16_t* out) {
  return Collect(s, out, [=](uint32_t row) { return Accept(accepted, a[row], b[row]); });
}

template <typename T>
void Compare(uint32_t accepted, Lane<T> a, Lane<T> b, const Selection& s, int64_t* out) {
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    out[row] = Accept(accepted, a[row], b[row]);
  }
}

constexpr uint32_t kLess = 1, kEqual = 2, kGreater = 4, kDifferent = 5;

// The integers that compare to `c` in an accepted way: those of [low, low + span], or all others.
struct Interval {
  uint64_t low = static_cast<uint64_t>(INT64_MIN), span = 0;
  bool flip = false;

  Interval(uint32_t accepted, int64_t c) {
    // What is asked for or its complement is an interval that ends or begins at c, or c itself.
    uint64_t at = static_cast<uint64_t>(c);
    flip = (accepted & kEqual) == 0;
    if (flip) accepted ^= 7;
    if ((accepted & kLess) == 0) low = at;
    uint64_t high = (accepted & kGreater) == 0 ? at : static_cast<uint64_t>(INT64_MAX);
    span = high - low;
  }
  uint32_t Accepts(int64_t x) const { return (static_cast<uint64_t>(x) - low <= span) != flip; }
};

}  // namespace

uint32_t SelectLanes(uint32_t accepted, Lane<int64_t> a, Lane<int64_t> b, const Selection& s,
                     uint16_t* out) {
  if (b.mask != 0) return Select(accepted, a, b, s, out);
  Interval interval(accepted, b[0]);
  const int64_t* x = a.data;
  if (a.mask == 0) return interval.Accepts(x[0]) != 0 ? Collect(s, out, [](uint32_t) { return 1u; }) : 0;
  return Collect(s, out, [=](uint32_t row) { return interval.Accepts(x[row]); });
}
uint32_t SelectLanes(uint32_t accepted, Lane<double> a, Lane<double> b, const Selection& s,
                     uint16_t* out) {
  return Select(accepted, a, b, s, out);
}
uint32_t SelectLanes(uint32_t accepted, Lane<StringRef> a, Lane<StringRef> b, const Selection& s,
                     uint16_t* out) {
  if (accepted == kEqual || accepted == kDifferent) {
    bool equal = accepted == kEqual;
    return Collect(s, out, [=](uint32_t row) { return uint32_t{a[row].Equals(b[row]) == equal}; });
  }
  return Select(accepted, a, b, s, out);
}

void CompareLanes(uint32_t accepted, Lane<int64_t> a, Lane<int64_t> b, const Selection& s,
                     int64_t* out) {
  Compare(accepted, a, b, s, out);
}
void CompareLanes(uint32_t accepted, Lane<double> a, Lane<double> b, const Selection& s,
                  int64_t* out) {
  Compare(accepted, a, b, s, out);
}
void CompareLanes(uint32_t accepted, Lane<StringRef> a, Lane<StringRef> b, const Selection& s,
                     int64_t* out) {
  Compare(accepted, a, b, s, out);
}

uint32_t SelectByte(const uint8_t* bytes, uint8_t wanted, const Selection& s, uint16_t* out) {
  return Collect(s, out, [=](uint32_t row) { return uint32_t{bytes[row] == wanted}; });
}

void MergeTruths(bool is_and, const uint8_t* a, const uint8_t* b, const Selection& s, uint8_t* out) {
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    uint8_t x = a[row], y = b[row];
    out[row] = (x < y) == is_and ? x : y;
  }
}

bool TruthsToIntegers(const uint8_t* truths, const Selection& s, int64_t* out, uint8_t* nulls) {
  uint8_t any = 0;
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    out[row] = truths[row] == kTrue;
    nulls[row] = truths[row] == kUnknown;
    any |= nulls[row];
  }
  return any != 0;
}

void MergeNulls(const uint8_t* a, const uint8_t* b, const Selection& s, uint8_t* out) {
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    out[row] = static_cast<uint8_t>((a != nullptr ? a[row] : 0) | (b != nullptr ? b[row] : 0));
  }
}

}  // namespace dosql
