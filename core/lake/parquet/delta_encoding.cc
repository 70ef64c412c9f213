#include "core/lake/parquet/delta_encoding.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/base/bytes.h"
#include "core/base/varint.h"

namespace dosql::lake {
namespace {

// What all writers use, and some readers read only.
constexpr uint32_t kMiniblocks = 4;
constexpr uint32_t kMiniblock = 32;
constexpr uint32_t kBlock = kMiniblocks * kMiniblock;
// Of other writers' files.
constexpr uint64_t kMiniblocksMax = 512;

void PutNumber(uint64_t v, std::string* out) {
  uint8_t bytes[kVarintBytesMax];
  out->append(reinterpret_cast<char*>(bytes), static_cast<size_t>(PutVarint(bytes, v) - bytes));
}

void PutPacked(const uint64_t* values, uint32_t width, std::string* out) {
  const size_t at = out->size();
  out->resize(at + size_t{width} * kMiniblock / 8);
  char* p = out->data() + at;
  uint64_t word = 0;
  uint32_t filled = 0;  // bits of `word`, below 32
  const auto put = [&](uint64_t bits, uint32_t count) {
    word |= bits << filled;
    filled += count;
    if (filled < 32) return;
    StoreLe<uint32_t>(p, static_cast<uint32_t>(word));
    p += 4;
    word >>= 32;
    filled -= 32;
  };
  for (uint32_t i = 0; i < kMiniblock; i++) {
    put(values[i] & 0xffffffff, width < 32 ? width : 32);
    if (width > 32) put(values[i] >> 32, width - 32);
  }
}

// Integers of either width are held in 64 bits; what overflows the narrow one wraps round there.
uint64_t Wrap(uint64_t v, uint32_t bytes) {
  return bytes == 4 ? static_cast<uint64_t>(static_cast<int32_t>(v)) : v;
}
uint64_t Load(const char* p, uint32_t bytes) {
  return bytes == 4 ? static_cast<uint64_t>(LoadLe<int32_t>(p)) : LoadLe<uint64_t>(p);
}

// The `count` values at p, to a block's at most, and the one before them.
void PutBlock(const char* p, uint32_t bytes, uint32_t count, std::string* out) {
  uint64_t deltas[kBlock];
  uint64_t before = Load(p - bytes, bytes);
  int64_t least = INT64_MAX;
  for (uint32_t i = 0; i < count; i++, p += bytes) {
    const uint64_t v = Load(p, bytes);
    deltas[i] = Wrap(v - before, bytes);
    before = v;
    least = std::min(least, static_cast<int64_t>(deltas[i]));
  }
  PutNumber(ZigZag(least), out);
  const size_t widths = out->size();
  out->append(kMiniblocks, '\0');
  for (uint32_t m = 0; m * kMiniblock < count; m++) {
    uint64_t packed[kMiniblock] = {}, all = 0;
    // Of narrow ones they are 32 bits: the least is no more than any.
    for (uint32_t i = m * kMiniblock; i < count && i < (m + 1) * kMiniblock; i++)
      all |= packed[i % kMiniblock] = deltas[i] - static_cast<uint64_t>(least);
    const auto width = static_cast<uint32_t>(64 - std::countl_zero(all));
    (*out)[widths + m] = static_cast<char>(width);
    PutPacked(packed, width, out);
  }
}

}  // namespace

void EncodeDelta(std::string_view plain, uint32_t value_bytes, std::string* out) {
  const size_t count = plain.size() / value_bytes;
  PutNumber(kBlock, out);
  PutNumber(kMiniblocks, out);
  PutNumber(count, out);
  PutNumber(count > 0 ? ZigZag(static_cast<int64_t>(Load(plain.data(), value_bytes))) : 0, out);
  for (size_t at = 1; at < count; at += kBlock)
    PutBlock(plain.data() + at * value_bytes, value_bytes,
             static_cast<uint32_t>(std::min<size_t>(count - at, kBlock)), out);
}

bool DecodeDelta(std::string_view bytes, uint32_t value_bytes, uint32_t count, std::string* out) {
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  const uint8_t* end = p + bytes.size();
  uint64_t head[4];
  for (uint64_t& h : head)
    if ((p = GetVarint(p, end, &h)) == nullptr) return false;
  const auto [block, miniblocks, total, first] = head;
  if (total != count || miniblocks == 0 || miniblocks > kMiniblocksMax || block % 128 != 0 ||
      block == 0 || block > UINT32_MAX || block % miniblocks != 0 || block / miniblocks % 32 != 0)
    return false;
  const uint64_t miniblock = block / miniblocks;
  const size_t start = out->size();
  out->resize(start + size_t{count} * value_bytes);
  char* to = out->data() + start;
  char* const to_end = out->data() + out->size();
  auto v = static_cast<uint64_t>(UnZigZag(first));
  const auto put = [&] {
    // Both are little-endian: the narrow one is the front of the wide one.
    char wide[8];
    StoreLe<uint64_t>(wide, v);
    std::memcpy(to, wide, value_bytes);
    to += value_bytes;
  };
  if (count > 0) put();
  while (to < to_end) {
    uint64_t least;
    p = GetVarint(p, end, &least);
    if (p == nullptr || static_cast<uint64_t>(end - p) < miniblocks) return false;
    const auto add = static_cast<uint64_t>(UnZigZag(least));
    const uint8_t* widths = p;
    p += miniblocks;
    for (uint64_t m = 0; m < miniblocks && to < to_end; m++) {
      const uint32_t width = widths[m];
      if (width > value_bytes * 8) return false;
      // A miniblock is whole, but for the packed padding that some writers leave out at the end.
      const uint64_t n = std::min(static_cast<uint64_t>(to_end - to) / value_bytes, miniblock);
      if ((n * width + 7) / 8 > static_cast<uint64_t>(end - p)) return false;
      const uint8_t* from = p;
      uint64_t word = 0;
      uint32_t filled = 0;  // bits of `word`, below 8 between values
      for (uint64_t i = 0; i < n; i++) {
        uint64_t value = 0;
        for (uint32_t got = 0; got < width;) {
          // 32 bits at a time, so that the word holds them and the byte that they end in.
          const uint32_t want = std::min(width - got, 32u);
          for (; filled < want; filled += 8) word |= uint64_t{*from++} << filled;
          value |= (word & ((uint64_t{1} << want) - 1)) << got;
          word >>= want;
          filled -= want;
          got += want;
        }
        v += add + value;
        put();
      }
      p += std::min(miniblock * width / 8, static_cast<uint64_t>(end - p));
    }
  }
  return p == end;
}

}  // namespace dosql::lake
