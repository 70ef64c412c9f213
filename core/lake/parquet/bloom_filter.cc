#include "core/lake/parquet/bloom_filter.h"

#include <algorithm>

#include "core/base/bytes.h"
#include "core/lake/codec/xxhash64.h"
#include "core/lake/parquet/thrift_writer.h"

namespace dosql::lake {
namespace {

constexpr uint32_t kSalts[8] = {0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d,
                                0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31};

int64_t HashOf(std::string_view bytes) { return static_cast<int64_t>(Xxhash64(bytes)); }

template <typename T>
int64_t HashOfNumber(T v) {
  char bytes[sizeof v];
  StoreLe<T>(bytes, v);
  return HashOf({bytes, sizeof v});
}

template <typename T>
void HashReals(const LeafEntries& e, std::vector<int64_t>* out) {
  for (uint32_t v = 0; v < e.values(); v++) {
    const T d = static_cast<T>(e.column->doubles[e.slot(v)]);
    out->push_back(HashOfNumber<T>(d));
    if (d == 0) out->push_back(HashOfNumber<T>(-d));
  }
}

// e^-x by (1 - x/n)^n: the logarithm and power of the usual formula are kilobytes of code.
double NegativeExp(double x) {
  double e = 1 - x / (1 << 20);
  if (e < 0) return 0;
  for (int i = 0; i < 20; i++) e *= e;
  return e;
}

}  // namespace

std::vector<int64_t> BloomHashes(const Leaf& leaf, const LeafEntries& e) {
  std::vector<int64_t> out;
  out.reserve(e.values());
  const Column& c = *e.column;
  switch (leaf.physical) {
    case parquet::kBoolean: break;
    case parquet::kInt32:
      for (uint32_t v = 0; v < e.values(); v++)
        out.push_back(HashOfNumber<int32_t>(static_cast<int32_t>(c.ints[e.slot(v)])));
      break;
    case parquet::kInt64:
      for (uint32_t v = 0; v < e.values(); v++)
        out.push_back(HashOfNumber<int64_t>(c.ints[e.slot(v)]));
      break;
    case parquet::kFloat: HashReals<float>(e, &out); break;
    case parquet::kDouble: HashReals<double>(e, &out); break;
    case parquet::kByteArray:
      for (uint32_t v = 0; v < e.values(); v++) out.push_back(HashOf(c.Text(e.slot(v))));
      break;
    case parquet::kFixedBytes:
      for (uint32_t v = 0; v < e.values(); v++) {
        const std::string_view s = c.Text(e.slot(v));
        out.push_back(HashOf(s.substr(s.size() - leaf.fixed_bytes)));
      }
      break;
  }
  return out;
}

uint32_t BloomBytes(size_t distinct, double wrong_share, uint32_t bytes_max) {
  uint32_t bytes = kBloomBlockBytes;
  for (; bytes <= bytes_max / 2; bytes *= 2) {
    // Of a bit: that it is set; a strange value finds eight of them so.
    const double set = 1 - NegativeExp(static_cast<double>(distinct) / bytes);
    const double by_4 = set * set * set * set;
    if (by_4 * by_4 <= wrong_share) break;
  }
  return bytes;
}

std::string BloomFilter(std::vector<int64_t> hashes, double wrong_share, uint32_t bytes_max) {
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  const uint32_t bytes = BloomBytes(hashes.size(), wrong_share, bytes_max);
  std::string out;
  ThriftWriter t(&out);
  t.I32(1, static_cast<int32_t>(bytes));
  // Unions of one: split blocks, XXH64, not compressed.
  for (int16_t id = 2; id <= 4; id++) {
    t.BeginStruct(id);
    t.EmptyStruct(1);
    t.EndStruct();
  }
  t.Finish();
  const size_t header = out.size();
  out.resize(header + bytes);
  const uint64_t blocks = bytes / kBloomBlockBytes;
  for (int64_t signed_hash : hashes) {
    const auto hash = static_cast<uint64_t>(signed_hash);
    char* block = out.data() + header + ((hash >> 32) * blocks >> 32) * kBloomBlockBytes;
    for (int i = 0; i < 8; i++) {
      const uint32_t bit = uint32_t{1} << (static_cast<uint32_t>(hash) * kSalts[i] >> 27);
      StoreLe<uint32_t>(block + 4 * i, LoadLe<uint32_t>(block + 4 * i) | bit);
    }
  }
  return out;
}

}  // namespace dosql::lake
