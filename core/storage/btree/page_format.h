// The bytes of B+tree pages, little-endian. The page's checksum is the pager's.
//
//   tree page = header, slot[count], gap, cells, prefix        (kPageBytes in all)
//   header    = u8 magic, u8 kind, u8 level, u8 flags, u16 count, u16 heap, u16 free, u16 prefix,
//               u32 tree, u32 right, u32 zero
//     kind    1 integer keys, 2 byte keys (memcmp order)
//     level   0 for leaves; a child's level is its parent's minus one
//     flags   bit 0: the right-most leaf of its tree
//     heap    offset of the lowest cell; free: the bytes of the gap (cells lie without holes)
//     prefix  length of the bytes that start every key of this page; stored once, at the page's end
//     tree    the tree's root page; right: an inner page's last child
//
//   integer leaf slot  = u16 cell, i64 key             cell = payload
//   integer inner slot = u32 child, i64 key            no cell
//   bytes slot         = u16 cell, u16 suffix, u32 head
//     suffix  bit 15: the key goes on in an overflow chain; bits 0 to 14: bytes of the key in the
//             cell, after the prefix; head: the first four of these, zero-padded, as a number whose
//             high byte is the first
//   bytes leaf cell    = suffix bytes, [long key], payload
//   bytes inner cell   = suffix bytes, [long key], u32 child
//   long key = u32 remaining bytes, u32 first page       (when the key is longer than kKeyLocalMax,
//              its first kKeyLocalMax bytes are in prefix and suffix)
//   payload  = varint length, bytes; or, when longer than kPayloadLocalMax:
//              varint length, first kPayloadLocalMin bytes, u32 first page
//
//   In an inner page child i holds the keys k with key[i-1] <= k < key[i]; `right` what is >= the last.
//
//   overflow page = u8 magic, u8 kind 3, u16 used, u32 next (0 ends), data
//     All pages of a chain but the last are full.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/storage/page/pager.h"

namespace dosql {

enum class KeyKind : uint8_t { kInteger = 1, kBytes = 2 };

namespace btree_format {

inline constexpr uint8_t kMagic = 0xB5;
inline constexpr uint8_t kOverflowKind = 3;
inline constexpr uint8_t kRightmostFlag = 1;

inline constexpr uint32_t kHeaderBytes = 24;
inline constexpr uint32_t kMagicAt = 0;
inline constexpr uint32_t kKindAt = 1;
static_assert(kKindAt == kPageKindAt && static_cast<uint8_t>(KeyKind::kBytes) == kIndexPage);
inline constexpr uint32_t kLevelAt = 2;
inline constexpr uint32_t kFlagsAt = 3;
inline constexpr uint32_t kCountAt = 4;
inline constexpr uint32_t kHeapAt = 6;
inline constexpr uint32_t kFreeAt = 8;
inline constexpr uint32_t kPrefixAt = 10;
inline constexpr uint32_t kTreeAt = 12;
inline constexpr uint32_t kRightAt = 16;
inline constexpr uint32_t kPageCapacity = kPageBytes - kHeaderBytes;  // for slots, cells and prefix

inline constexpr uint32_t kIntegerLeafSlot = 10;
inline constexpr uint32_t kIntegerInnerSlot = 12;
inline constexpr uint32_t kBytesSlot = 8;
inline constexpr uint16_t kLongKeyBit = 0x8000;

inline constexpr uint32_t kOverflowHeaderBytes = 8;
inline constexpr uint32_t kOverflowUsedAt = 2;
inline constexpr uint32_t kOverflowNextAt = 4;
inline constexpr uint32_t kOverflowCapacity = kPageBytes - kOverflowHeaderBytes;

// A page holds at least two of the largest leaf cells (3,076 bytes), so a page that one more cell
// overfills can always be split in two.
inline constexpr uint32_t kKeyLocalMax = 1000;
inline constexpr uint32_t kPayloadLocalMax = 2048;
inline constexpr uint32_t kPayloadLocalMin = 512;
inline constexpr uint32_t kLongKeyBytes = 8;
inline constexpr uint32_t kCellBytesMax = kKeyLocalMax + kLongKeyBytes + 5 + kPayloadLocalMax + 4;
static_assert(2 * (kCellBytesMax + kIntegerInnerSlot) < kPageCapacity);
static_assert(kPageBytes <= 1u << 15, "offsets and suffix lengths are 15 bits");

inline constexpr uint32_t kPayloadBytesMax = 1u << 30;
inline constexpr uint32_t kKeyBytesMax = 1u << 30;

// Deeper than 2^32 pages of the smallest fan-out (8 separators of the largest size) can be.
inline constexpr uint32_t kLevelMax = 16;

}  // namespace btree_format
}  // namespace dosql
