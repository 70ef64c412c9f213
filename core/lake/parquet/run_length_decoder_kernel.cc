#include "core/base/varint.h"
#include "core/lake/parquet/run_length_decoder.h"

namespace dosql::lake {

bool DecodeRuns(std::string_view bytes, uint32_t width, uint32_t count, uint32_t* out) {
  if (width > 32) return false;
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  const uint8_t* end = p + bytes.size();
  const uint64_t mask = (uint64_t{1} << width) - 1;
  while (count > 0) {
    uint64_t head = 0;
    p = GetVarint(p, end, &head);
    if (p == nullptr) return false;
    const uint64_t size = head >> 1;
    if (size == 0) return false;
    if ((head & 1) == 0) {
      const uint32_t n = size < count ? static_cast<uint32_t>(size) : count;
      uint32_t value = 0;
      for (uint32_t bits = 0; bits < width; bits += 8) {
        if (p == end) return false;
        value |= uint32_t{*p++} << bits;
      }
      for (uint32_t i = 0; i < n; i++) out[i] = value;
      out += n;
      count -= n;
      continue;
    }
    // Groups of eight, the last one padded.
    if (width > 0 && size > static_cast<uint64_t>(end - p) / width) return false;
    const uint32_t n = size < (uint64_t{count} + 7) / 8 ? static_cast<uint32_t>(size * 8) : count;
    const uint32_t taken = n < count ? n : count;
    uint64_t word = 0;
    uint32_t filled = 0;
    const uint8_t* from = p;
    for (uint32_t i = 0; i < taken; i++) {
      for (; filled < width; filled += 8) word |= uint64_t{*from++} << filled;
      out[i] = static_cast<uint32_t>(word & mask);
      word >>= width;
      filled -= width;
    }
    out += taken;
    count -= taken;
    p += size * width;
  }
  return true;
}

}  // namespace dosql::lake
