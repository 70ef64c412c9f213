// The bloom filter of a column chunk (parquet-format's BloomFilter.md): blocks of 256 bits, one
// chosen by a value's upper hash bits, eight bits set in it by the lower ones.
//
//   BloomFilterHeader (Thrift), then the blocks
//
// The hash is XXH64 of a value's PLAIN bytes, without the length that texts have there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/lake/parquet/leaf.h"

namespace dosql::lake {

inline constexpr uint32_t kBloomBlockBytes = 32;

// The hash of each value, of a floating-point zero those of both zeros: they are equal to a reader.
// Not for booleans.
std::vector<int64_t> BloomHashes(const Leaf& leaf, const LeafEntries& entries);

// The least power of two of bytes by which one of `distinct` values' filter is wrong no more often
// than `wrong_share`, unless that is more than `bytes_max`.
uint32_t BloomBytes(size_t distinct, double wrong_share, uint32_t bytes_max);

// Header and blocks. Hashes may come several times.
std::string BloomFilter(std::vector<int64_t> hashes, double wrong_share, uint32_t bytes_max);

}  // namespace dosql::lake
