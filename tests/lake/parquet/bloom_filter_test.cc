#include "core/lake/parquet/bloom_filter.h"

#include <gtest/gtest.h>

#include "core/base/bytes.h"
#include "core/lake/codec/xxhash64.h"
#include "core/lake/parquet/thrift_reader.h"

namespace dosql::lake {
namespace {

// A reader's half, by the format's words.
struct Filter {
  std::string_view blocks;
  explicit Filter(std::string_view bytes) {
    ThriftReader t(bytes);
    int16_t id;
    uint8_t type;
    int64_t size = 0;
    while (t.Next(&id, &type)) {
      if (id == 1) {
        size = t.Number();
      } else {
        // A union in which the first member is set.
        EXPECT_EQ(type, ThriftReader::kStruct);
        t.Enter();
        EXPECT_TRUE(t.Next(&id, &type));
        EXPECT_EQ(id, 1);
        t.Skip(type);
        EXPECT_FALSE(t.Next(&id, &type));
      }
    }
    EXPECT_TRUE(t.ok());
    blocks = bytes.substr(t.position());
    EXPECT_EQ(static_cast<size_t>(size), blocks.size());
  }
  bool MayHold(uint64_t hash) const {
    constexpr uint32_t kSalt[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                   0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};
    const uint64_t at = (hash >> 32) * (blocks.size() / 32) >> 32;
    for (size_t i = 0; i < 8; i++) {
      const auto word = LoadLe<uint32_t>(blocks.data() + at * 32 + i * 4);
      if ((word >> (static_cast<uint32_t>(hash) * kSalt[i] >> 27) & 1) == 0) return false;
    }
    return true;
  }
};

int64_t Hash(std::string_view bytes) { return static_cast<int64_t>(Xxhash64(bytes)); }

TEST(Bloom, HashIsXxh64) {
  EXPECT_EQ(Xxhash64(""), 0xef46db3751d8e999u);
  EXPECT_EQ(Xxhash64("abc"), 0x44bc2cf5ad770999u);
}

TEST(Bloom, HoldsItsValuesAndFewOthers) {
  const auto hash = [](int64_t v) {
    return Xxhash64({reinterpret_cast<const char*>(&v), sizeof v});
  };
  for (int64_t distinct : {1, 10, 1000, 50000}) {
    for (double share : {0.01, 0.1, 0.001}) {
      std::vector<int64_t> hashes;
      for (int64_t v = 0; v < distinct; v++) hashes.push_back(static_cast<int64_t>(hash(v * 3)));
      hashes.push_back(hashes[0]);
      const std::string bytes = BloomFilter(hashes, share, 1 << 20);
      const Filter filter(bytes);
      EXPECT_EQ(filter.blocks.size(), BloomBytes(static_cast<size_t>(distinct), share, 1 << 20));
      for (int64_t h : hashes) EXPECT_TRUE(filter.MayHold(static_cast<uint64_t>(h)));
      int wrong = 0;
      for (int64_t v = 0; v < 20000; v++) wrong += filter.MayHold(hash(v * 3 + 1));
      // Blocks are not filled evenly, which the formula does not know.
      EXPECT_LE(wrong, 20000 * share * 1.5 + 10) << distinct << " " << share;
    }
  }
  // By the usual formula 9.68 bits a value are one in a hundred: 131,072 bytes for 108,300.
  EXPECT_EQ(BloomBytes(108000, 0.01, 1 << 20), 131072u);
  EXPECT_EQ(BloomBytes(109000, 0.01, 1 << 20), 131072u * 2);
  EXPECT_EQ(BloomBytes(90000, 0.01, 100000), 65536u);
  EXPECT_EQ(BloomBytes(0, 0.01, 1 << 20), 32u);
  EXPECT_EQ(BloomBytes(100000000, 0.01, 1 << 20), 1u << 20);
  EXPECT_EQ(BloomBytes(100000000, 0.01, 1), 32u);
}

TEST(Bloom, ZerosAndShortDecimals) {
  Leaf leaf;
  leaf.physical = parquet::kDouble;
  Column c;
  c.rows = 2;
  c.doubles = {-0.0, 1};
  LeafEntries e;
  e.column = &c;
  e.all_slots = true;
  EXPECT_EQ(
      BloomHashes(leaf, e),
      (std::vector<int64_t>{Hash(std::string("\0\0\0\0\0\0\0\x80", 8)), Hash(std::string(8, '\0')),
                            Hash(std::string("\0\0\0\0\0\0\xf0\x3f", 8))}));
  leaf.physical = parquet::kFixedBytes;
  leaf.fixed_bytes = 9;
  c = Column();
  c.rows = 1;
  c.heap = std::string(15, '\0') + "\x07";
  c.ends = {16};
  EXPECT_EQ(BloomHashes(leaf, e),
            (std::vector<int64_t>{Hash(std::string("\0\0\0\0\0\0\0\0\x07", 9))}));
}

}  // namespace
}  // namespace dosql::lake
