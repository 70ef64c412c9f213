#include "core/base/bytes.h"
#include "core/base/varint.h"
#include "core/lake/parquet/run_length_encoder.h"

namespace dosql::lake {
namespace {

constexpr size_t kGroup = 8;
// A packed run's header counts groups of eight; 63 of them keep it in one byte.
constexpr size_t kPackedGroupsMax = 63;

void PutNumber(uint64_t v, std::string* out) {
  uint8_t bytes[kVarintBytesMax];
  out->append(reinterpret_cast<char*>(bytes), static_cast<size_t>(PutVarint(bytes, v) - bytes));
}

void PutRun(uint32_t value, size_t count, uint32_t width, std::string* out) {
  PutNumber(uint64_t{count} << 1, out);
  for (uint32_t bits = 0; bits < width; bits += 8) out->push_back(static_cast<char>(value >> bits));
}

// Values, padded to whole groups.
void PutPacked(const uint32_t* values, size_t count, uint32_t width, std::string* out) {
  while (count > 0) {
    const size_t n = count < kPackedGroupsMax * kGroup ? count : kPackedGroupsMax * kGroup;
    const size_t groups = (n + kGroup - 1) / kGroup;
    PutNumber(groups << 1 | 1, out);
    const size_t at = out->size();
    // Eight spare bytes: each step stores a whole word.
    out->resize(at + groups * width + 8);
    auto* p = reinterpret_cast<uint8_t*>(out->data() + at);
    uint64_t word = 0;
    uint32_t filled = 0;
    for (size_t i = 0; i < n; i++) {
      word |= uint64_t{values[i]} << filled;
      filled += width;
      if (filled >= 32) {
        StoreLe<uint32_t>(p, static_cast<uint32_t>(word));
        p += 4;
        word >>= 32;
        filled -= 32;
      }
    }
    StoreLe<uint64_t>(p, word);
    out->resize(at + groups * width);
    values += n;
    count -= n;
  }
}

}  // namespace

void EncodeRuns(const uint32_t* values, size_t count, uint32_t width, std::string* out) {
  if (width == 0) {
    if (count > 0) PutRun(0, count, 0, out);
    return;
  }
  size_t packed_from = 0;  // values from here to i wait to be packed, whole groups of them
  for (size_t i = 0; i < count;) {
    size_t end = i + 1;
    while (end < count && values[end] == values[i]) end++;
    // What fills up the last packed group is not the run's.
    const size_t pad = (kGroup - (i - packed_from) % kGroup) % kGroup;
    if (end - i < kGroup + pad) {
      i = end;
      continue;
    }
    if (i + pad > packed_from) PutPacked(values + packed_from, i + pad - packed_from, width, out);
    PutRun(values[i], end - i - pad, width, out);
    i = packed_from = end;
  }
  if (packed_from < count) PutPacked(values + packed_from, count - packed_from, width, out);
}

}  // namespace dosql::lake
