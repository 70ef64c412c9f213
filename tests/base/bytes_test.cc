// Byte order, varints and checksums against known vectors.
#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/base/crc32c.h"
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

// RFC 3720, appendix B.4; the last is the check value every CRC catalogue gives for "123456789".
TEST(Crc32c, KnownVectors) {
  EXPECT_EQ(Crc32c({}), 0u);
  EXPECT_EQ(Crc32c(std::vector<uint8_t>(32, 0x00)), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::vector<uint8_t>(32, 0xff)), 0x62a8ab43u);
  std::vector<uint8_t> up(32), down(32);
  for (uint8_t i = 0; i < 32; i++) up[i] = i, down[i] = 31 - i;
  EXPECT_EQ(Crc32c(up), 0x46dd794eu);
  EXPECT_EQ(Crc32c(down), 0x113fdb5cu);
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xe3069283u);
}

TEST(Crc32c, CanBeContinuedAtAnyPlace) {
  std::string text = "the quick brown fox jumps over the lazy dog";
  uint32_t whole = Crc32c(AsBytes(text));
  for (size_t i = 0; i <= text.size(); i++) {
    uint32_t first = Crc32c(AsBytes(std::string_view(text).substr(0, i)));
    EXPECT_EQ(Crc32c(AsBytes(std::string_view(text).substr(i)), first), whole);
  }
}

}  // namespace
}  // namespace dosql
