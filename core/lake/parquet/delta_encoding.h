// DELTA_BINARY_PACKED (Parquet's Encodings.md, "DELTA_BINARY_PACKED = 5"): integers by what each
// adds to the one before it, in as few bits as the largest of a run of 32 takes.
//
//   encoded := varint values in a block, varint miniblocks in a block, varint values, zigzag the
//              first value, block*
//   block   := zigzag the least delta, u8 bit width of each miniblock, miniblock*
//   miniblock := deltas less the least one, packed; the last is padded, those after it are left out
//
// Deltas wrap round at the width of the type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dosql::lake {

// Appends what PLAIN's bytes of INT32 or INT64 (4 or 8 bytes a value) are so.
void EncodeDelta(std::string_view plain, uint32_t value_bytes, std::string* out);

// Appends the PLAIN bytes of exactly `count` values, which all of `bytes` stand for. False: they do
// not; `out` is of no use then.
bool DecodeDelta(std::string_view bytes, uint32_t value_bytes, uint32_t count, std::string* out);

}  // namespace dosql::lake
