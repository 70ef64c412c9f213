#include <bit>

#include "core/base/bytes.h"
#include "core/base/varint.h"
#include "core/lake/parquet/delta_encoding.h"

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

// Values [at, at + kBlock), of which `count` are there. U is unsigned: what overflows wraps round.
template <typename U, typename S>
void PutBlock(const char* p, U before, uint32_t count, std::string* out) {
  U deltas[kBlock];
  S least = 0;
  for (uint32_t i = 0; i < count; i++, p += sizeof(U)) {
    const U v = LoadLe<U>(p);
    deltas[i] = v - before;
    before = v;
    if (i == 0 || static_cast<S>(deltas[i]) < least) least = static_cast<S>(deltas[i]);
  }
  PutNumber(ZigZag(least), out);
  const size_t widths = out->size();
  out->append(kMiniblocks, '\0');
  for (uint32_t m = 0; m * kMiniblock < count; m++) {
    uint64_t packed[kMiniblock] = {}, all = 0;
    for (uint32_t i = m * kMiniblock; i < count && i < (m + 1) * kMiniblock; i++)
      all |= packed[i % kMiniblock] = static_cast<U>(deltas[i] - static_cast<U>(least));
    const auto width = static_cast<uint32_t>(64 - std::countl_zero(all));
    (*out)[widths + m] = static_cast<char>(width);
    PutPacked(packed, width, out);
  }
}

template <typename U, typename S>
void Encode(std::string_view plain, std::string* out) {
  const size_t count = plain.size() / sizeof(U);
  const U first = count > 0 ? LoadLe<U>(plain.data()) : 0;
  PutNumber(kBlock, out);
  PutNumber(kMiniblocks, out);
  PutNumber(count, out);
  PutNumber(ZigZag(static_cast<S>(first)), out);
  for (size_t at = 1; at < count; at += kBlock) {
    const char* p = plain.data() + at * sizeof(U);
    PutBlock<U, S>(p, LoadLe<U>(p - sizeof(U)),
                   static_cast<uint32_t>(count - at < kBlock ? count - at : kBlock), out);
  }
}

template <typename U>
bool Decode(std::string_view bytes, uint32_t count, std::string* out) {
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
  out->resize(start + size_t{count} * sizeof(U));
  char* to = out->data() + start;
  char* const to_end = out->data() + out->size();
  auto v = static_cast<U>(UnZigZag(first));
  if (count > 0) StoreLe<U>(to, v);
  to += count > 0 ? sizeof(U) : 0;
  while (to < to_end) {
    uint64_t least;
    p = GetVarint(p, end, &least);
    if (p == nullptr || static_cast<uint64_t>(end - p) < miniblocks) return false;
    const auto add = static_cast<U>(UnZigZag(least));
    const uint8_t* widths = p;
    p += miniblocks;
    for (uint64_t m = 0; m < miniblocks && to < to_end; m++) {
      const uint32_t width = widths[m];
      // A miniblock is whole, but for the packed padding that some writers leave out at the end.
      if (width > sizeof(U) * 8) return false;
      const auto left = static_cast<uint64_t>(to_end - to) / sizeof(U);
      const uint64_t n = left < miniblock ? left : miniblock;
      if ((n * width + 7) / 8 > static_cast<uint64_t>(end - p)) return false;
      const uint8_t* from = p;
      uint64_t word = 0;
      uint32_t filled = 0;  // bits of `word`, below 8 between values
      for (uint64_t i = 0; i < n; i++, to += sizeof(U)) {
        uint64_t value = 0;
        for (uint32_t got = 0; got < width;) {
          // 32 bits at a time, so that the word holds them and the byte that they end in.
          const uint32_t want = width - got < 32 ? width - got : 32;
          for (; filled < want; filled += 8) word |= uint64_t{*from++} << filled;
          value |= (word & ((uint64_t{1} << want) - 1)) << got;
          word >>= want;
          filled -= want;
          got += want;
        }
        v = static_cast<U>(v + add + static_cast<U>(value));
        StoreLe<U>(to, v);
      }
      const uint64_t whole = miniblock * width / 8;
      p = whole < static_cast<uint64_t>(end - p) ? p + whole : end;
    }
  }
  return p == end;
}

}  // namespace

void EncodeDelta(std::string_view plain, uint32_t value_bytes, std::string* out) {
  if (value_bytes == 4) {
    Encode<uint32_t, int32_t>(plain, out);
  } else {
    Encode<uint64_t, int64_t>(plain, out);
  }
}

bool DecodeDelta(std::string_view bytes, uint32_t value_bytes, uint32_t count, std::string* out) {
  return value_bytes == 4 ? Decode<uint32_t>(bytes, count, out)
                          : Decode<uint64_t>(bytes, count, out);
}

}  // namespace dosql::lake
