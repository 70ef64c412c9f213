// The RLE and bit-packing hybrid (Parquet's Encodings.md, "RLE = 3"): levels and dictionary codes.
#pragma once

#include <cstdint>
#include <string>

namespace dosql::lake {

// Bits that hold every value up to `max`.
inline uint32_t BitWidth(uint32_t max) {
  uint32_t bits = 0;
  while (bits < 32 && max >> bits != 0) bits++;
  return bits;
}

// Appends `count` values of at most `width` bits: runs of eight and more equal ones as runs, the
// rest packed by eights (the last padded with zeros). Width 0 writes one run.
void EncodeRuns(const uint32_t* values, size_t count, uint32_t width, std::string* out);

}  // namespace dosql::lake
