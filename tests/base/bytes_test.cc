// Byte order, varints and checksums against known vectors.
#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/checksum.h"
#include "core/base/ids.h"
#include "core/base/varint.h"

namespace dosql {
namespace {

TEST(Bytes, ComparesLikeMemcmpWithThePrefixFirst) {
  EXPECT_EQ(CompareBytes(AsBytes("abc"), AsBytes("abc")), 0);
  EXPECT_LT(CompareBytes(AsBytes("ab"), AsBytes("abc")), 0);
  EXPECT_GT(CompareBytes(AsBytes("b"), AsBytes("abc")), 0);
  EXPECT_LT(CompareBytes({}, AsBytes("a")), 0);
  EXPECT_EQ(CompareBytes({}, {}), 0);
  EXPECT_GT(CompareBytes(AsBytes("\xff"), AsBytes("\x01")), 0);
}

TEST(Bytes, LoadsAndStoresNeedNoAlignment) {
  uint8_t buffer[16] = {};
  StoreLe<uint32_t>(buffer + 1, 0x01020304);
  EXPECT_EQ(buffer[1], 4);
  EXPECT_EQ(LoadLe<uint32_t>(buffer + 1), 0x01020304u);
  EXPECT_EQ(LoadBe32(buffer + 1), 0x04030201u);
  StoreBe64(buffer + 3, 0x0102030405060708);
  EXPECT_EQ(buffer[3], 1);
  EXPECT_EQ(LoadBe64(buffer + 3), 0x0102030405060708u);
  StoreBe16(buffer, 0xabcd);
  EXPECT_EQ(buffer[0], 0xab);
  EXPECT_EQ(LoadBe16(buffer), 0xabcd);
}

TEST(Ids, AreOrderedAndZeroIsNone) {
  EXPECT_FALSE(PageId());
  EXPECT_TRUE(PageId(1));
  EXPECT_LT(Lsn(1), Lsn(2));
}

TEST(Varint, RoundTripsAndHasTheShortestForm) {
  const std::pair<uint64_t, size_t> cases[] = {
      {0, 1}, {1, 1}, {127, 1}, {128, 2}, {16383, 2}, {16384, 3},
      {UINT32_MAX, 5}, {uint64_t{1} << 63, 10}, {UINT64_MAX, 10}};
  for (auto [value, length] : cases) {
    uint8_t buffer[kVarintBytesMax];
    uint8_t* end = PutVarint(buffer, value);
    EXPECT_EQ(static_cast<size_t>(end - buffer), length) << value;
    uint64_t got = ~value;
    EXPECT_EQ(GetVarint(buffer, end, &got), end);
    EXPECT_EQ(got, value);
    for (uint8_t* cut = buffer; cut < end; cut++) EXPECT_EQ(GetVarint(buffer, cut, &got), nullptr);
  }
}

TEST(Varint, RefusesWhatIsTooLongOrTooWide) {
  uint64_t got;
  std::vector<uint8_t> eleven(11, 0x80);
  eleven.back() = 0;
  EXPECT_EQ(GetVarint(eleven.data(), eleven.data() + eleven.size(), &got), nullptr);
  std::vector<uint8_t> wide(10, 0xff);
  wide.back() = 2;  // bit 64
  EXPECT_EQ(GetVarint(wide.data(), wide.data() + wide.size(), &got), nullptr);
}

TEST(Varint, ZigZagKeepsSmallMagnitudesSmall) {
  EXPECT_EQ(ZigZag(0), 0u);
  EXPECT_EQ(ZigZag(-1), 1u);
  EXPECT_EQ(ZigZag(1), 2u);
  EXPECT_EQ(ZigZag(INT64_MIN), UINT64_MAX);
  for (int64_t v : {int64_t{0}, int64_t{-1}, int64_t{77}, INT64_MIN, INT64_MAX})
    EXPECT_EQ(UnZigZag(ZigZag(v)), v);
}

// Stored bytes depend on these values: a change is a new format version.
TEST(Checksum32, NeverChanges) {
  EXPECT_EQ(Checksum32({}), 108682204u);
  EXPECT_EQ(Checksum32(AsBytes("123456789")), 1740449797u);
  EXPECT_EQ(Checksum32(std::vector<uint8_t>(8192, 0x00)), 2832617464u);
  std::vector<uint8_t> up(61);
  for (size_t i = 0; i < up.size(); i++) up[i] = static_cast<uint8_t>(i);
  EXPECT_EQ(Checksum32(up), 3845944788u);
}

// Every single bit counts, wherever the bytes fall among words and lanes, and so does the length.
TEST(Checksum32, SeesEveryBit) {
  for (size_t n : {1u, 7u, 8u, 31u, 32u, 33u, 75u}) {
    std::vector<uint8_t> bytes(n, 0x5a);
    uint32_t whole = Checksum32(bytes);
    for (size_t bit = 0; bit < n * 8; bit++) {
      bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
      EXPECT_NE(Checksum32(bytes), whole) << n << " bytes, bit " << bit;
      bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    }
    bytes.push_back(0);
    EXPECT_NE(Checksum32(bytes), whole);
  }
}

}  // namespace
}  // namespace dosql
