// The two byte layouts that cross the boundary: parameter frames in, result frames out.
// All little-endian. Addresses are relative to the frame's start, which is 8-aligned.
//
// Parameter frame:
//   u32 count, u32 zero
//   count cells of 16 bytes: u8 kind, 3 zero bytes, u32 size, then 8 bytes:
//     kind 0 NULL; 1 INTEGER i64; 2 REAL f64; 3 TEXT or 4 BLOB: u32 offset of `size` bytes, u32
//     zero; 6 INTEGER held as an f64 of at most 2^53 in magnitude
//   bytes of texts and blobs anywhere behind the cells
//
// Result frame:
//   u32 bytes (whole frame), u16 columns, u16 flags (bit 0 more rows wait, bit 1 heap is ASCII),
//   u32 rows, u32 heap (offset of the heap; the heap ends with the frame)
//   columns kind bytes, zero-padded to a multiple of 8
//   per column, by its kind:
//     0 all NULL         nothing
//     1 INT64            rows cells of i64 (some beyond 2^53)
//     2 REAL             rows cells of f64
//     3 TEXT, 4 BLOB     rows cells of u32 start, u32 end in the heap
//     5 MIXED            rows kind bytes (0 NULL, 1, 2, 3, 4, 6), zero-padded to 8; rows cells
//     6 INT53            rows cells of f64 holding integers of at most 2^53 in magnitude
//   heap: text and blob bytes of all columns. ASCII: every TEXT byte is below 0x80 (blobs are not
//   counted, and lie behind all texts, so that one decode of the text part serves every cell).
#pragma once

#include <cstdint>

namespace dosql {

inline constexpr uint32_t kParamHeaderBytes = 8;
inline constexpr uint32_t kParamCellBytes = 16;
inline constexpr uint32_t kFrameHeaderBytes = 16;
inline constexpr uint16_t kFrameMore = 1;
inline constexpr uint16_t kFrameAscii = 2;

enum class CellKind : uint8_t {
  kNull = 0,
  kInt64 = 1,
  kReal = 2,
  kText = 3,
  kBlob = 4,
  kMixed = 5,
  kInt53 = 6,
};

}  // namespace dosql
