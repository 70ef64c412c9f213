// Values as they are (PLAIN), and the least and greatest of a run of them.
#pragma once

#include <string>
#include <string_view>

#include "core/lake/parquet/leaf.h"

namespace dosql::lake {

// The bounds of a leaf's values; of which kind says the type: ints (booleans, dates, timestamps and
// decimals to 18 digits among them), doubles, or bytes (longer decimals as 16 bytes big-endian).
struct ValueBounds {
  bool any = false;  // false: no value that has an order
  int64_t low = 0, high = 0;
  double low_real = 0, high_real = 0;
  std::string low_bytes, high_bytes;
  int64_t nans = 0;

  // Widens by values [from, to) of the entries.
  void Add(const Leaf& leaf, const LeafEntries& entries, uint32_t from, uint32_t to);
  void Merge(const Leaf& leaf, const ValueBounds& other);
  // PLAIN bytes without a length. Zeros of floats become -0.0 below and +0.0 above.
  std::string Low(const Leaf& leaf) const;
  std::string High(const Leaf& leaf) const;
};

// The order of two values of a leaf that are bytes: longer decimals as signed numbers, all else by
// bytes.
int CompareBytesOf(const Leaf& leaf, std::string_view a, std::string_view b);

// Bytes of one value in PLAIN; BOOLEAN counts as one byte.
uint32_t PlainBytes(const Leaf& leaf, const LeafEntries& entries, uint32_t value);

// Appends values [from, to).
void EncodePlain(const Leaf& leaf, const LeafEntries& entries, uint32_t from, uint32_t to,
                 std::string* out);

}  // namespace dosql::lake
