// The encodings that are not for every reader: there and back, the format's own example, and bytes
// that are none.
#include <gtest/gtest.h>

#include <vector>

#include "core/base/bytes.h"
#include "core/lake/parquet/byte_stream_split.h"
#include "core/lake/parquet/delta_encoding.h"

namespace dosql::lake {
namespace {

struct Numbers {
  uint64_t state;
  uint64_t operator()(uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  }
};

template <typename T>
std::string Plain(const std::vector<T>& values) {
  std::string out(values.size() * sizeof(T), '\0');
  for (size_t i = 0; i < values.size(); i++) StoreLe<T>(out.data() + i * sizeof(T), values[i]);
  return out;
}

template <typename T>
void ThereAndBack(const std::vector<T>& values) {
  const std::string plain = Plain(values);
  std::string packed, back = "before";
  EncodeDelta(plain, sizeof(T), &packed);
  const auto count = static_cast<uint32_t>(values.size());
  // Of its own size, so that a read beyond it is seen.
  const std::vector<char> exact(packed.begin(), packed.end());
  const std::string_view bytes(exact.data(), exact.size());
  ASSERT_TRUE(DecodeDelta(bytes, sizeof(T), count, &back)) << count;
  EXPECT_EQ(back, "before" + plain);
  EXPECT_FALSE(DecodeDelta(bytes, sizeof(T), count + 1, &back));
  EXPECT_FALSE(DecodeDelta(packed + "x", sizeof(T), count, &back));
  if (count > 1) {
    EXPECT_FALSE(DecodeDelta(bytes.substr(0, 4), sizeof(T), count, &back));
  }
}

TEST(Delta, ThereAndBack) {
  Numbers dice{11};
  for (uint32_t count : {0u, 1u, 2u, 32u, 33u, 34u, 128u, 129u, 130u, 161u, 1000u}) {
    for (uint32_t bits = 0; bits <= 64; bits++) {
      std::vector<int64_t> longs;
      std::vector<int32_t> ints;
      for (uint32_t i = 0; i < count; i++) {
        uint64_t v = dice(1u << 31) << 33 ^ dice(1u << 31) << 16 ^ dice(1u << 31);
        v = bits == 0 ? 0 : v >> (64 - bits);
        // Some of them far away: their deltas wrap round.
        if (dice(50) == 0) v = dice(2) ? uint64_t{1} << 63 : ~(uint64_t{1} << 63);
        longs.push_back(static_cast<int64_t>(v));
        ints.push_back(static_cast<int32_t>(dice(60) == 0 ? v >> 32 : v));
      }
      ThereAndBack(longs);
      ThereAndBack(ints);
    }
  }
}

TEST(Delta, TheFormatsExamples) {
  std::string out;
  EncodeDelta(Plain<int32_t>({1, 2, 3, 4, 5}), 4, &out);
  // A block of 128, 4 miniblocks, 5 values, the first 1; the least delta 1, no bits.
  EXPECT_EQ(out, std::string("\x80\x01\x04\x05\x02\x02\0\0\0\0", 10));
  out.clear();
  EncodeDelta(Plain<int32_t>({7, 5, 3, 1, 2, 3, 4, 5}), 4, &out);
  // Deltas -2 -2 -2 1 1 1 1: the least -2, relative 0 0 0 3 3 3 3 in 2 bits.
  EXPECT_EQ(out, std::string("\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f\0\0\0\0\0\0", 18));
  // What others write: no padding in the last miniblock, one miniblock in a block.
  std::string back;
  EXPECT_TRUE(
      DecodeDelta(std::string("\x80\x01\x04\x08\x0e\x03\x02\0\0\0\xc0\x3f", 12), 4, 8, &back));
  EXPECT_EQ(back, Plain<int32_t>({7, 5, 3, 1, 2, 3, 4, 5}));
  back.clear();
  EXPECT_TRUE(DecodeDelta(std::string("\x80\x01\x01\x05\x02\x02\0", 7), 8, 5, &back));
  EXPECT_EQ(back, Plain<int64_t>({1, 2, 3, 4, 5}));
}

TEST(Delta, SortedNumbersAreSmall) {
  std::vector<int64_t> keys;
  for (int64_t i = 0; i < 12800; i++) keys.push_back(1000000 + i * 3 + (i % 7 == 0));
  std::string out;
  EncodeDelta(Plain(keys), 8, &out);
  EXPECT_LT(out.size(), 12800u * 3 / 8 + 100 * 8);
}

TEST(Delta, AnyBytes) {
  Numbers dice{12};
  std::vector<int64_t> values;
  for (int i = 0; i < 300; i++) values.push_back(static_cast<int64_t>(dice(1u << 30) << dice(33)));
  for (const uint32_t width : {4u, 8u}) {
    std::string packed;
    EncodeDelta(Plain(values), width, &packed);
    const uint32_t count = 300 * 8 / width;
    for (int round = 0; round < 30000; round++) {
      std::string bytes = packed.substr(0, dice(3) == 0 ? dice(packed.size()) : packed.size());
      for (uint64_t n = dice(4); n > 0 && !bytes.empty(); n--)
        bytes[dice(dice(2) ? bytes.size() : std::min<size_t>(bytes.size(), 16))] =
            static_cast<char>(dice(256));
      const std::vector<char> exact(bytes.begin(), bytes.end());
      std::string back;
      if (DecodeDelta({exact.data(), exact.size()}, width, count, &back)) {
        EXPECT_EQ(back.size(), size_t{count} * width);
      }
    }
  }
  std::string back;
  EXPECT_FALSE(DecodeDelta("", 8, 0, &back));
  // No miniblocks, a block of none, one of 2^60 values, widths of 65 bits.
  EXPECT_FALSE(DecodeDelta(std::string("\x80\x01\0\x05\x02\x02\0\0\0\0", 10), 4, 5, &back));
  EXPECT_FALSE(DecodeDelta(std::string("\0\x04\x05\x02\x02\0\0\0\0", 9), 4, 5, &back));
  EXPECT_FALSE(
      DecodeDelta(std::string("\x80\x80\x80\x80\x80\x80\x80\x80\x10\x04\x05\x02\x02\0\0\0\0", 17),
                  4, 5, &back));
  EXPECT_FALSE(DecodeDelta(std::string("\x80\x01\x01\x02\x02\x02\x41", 7) + std::string(300, 'x'),
                           8, 2, &back));
}

TEST(ByteStreamSplit, ThereAndBack) {
  std::string split, back;
  SplitBytes("abcdefgh", 4, &split);
  EXPECT_EQ(split, "aebfcgdh");
  JoinBytes(split, 4, &back);
  EXPECT_EQ(back, "abcdefgh");
  SplitBytes("", 8, &split);
  EXPECT_EQ(split.size(), 8u);
}

}  // namespace
}  // namespace dosql::lake
