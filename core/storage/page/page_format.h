// The durable bytes of the page store: extents, map images and the superblock. All integers are
// little-endian. Reader and writer: superblock.cc (superblock), checkpoint.cc and pager_open.cc
// (map images), extent_writer.cc (extents).
//
//   extent row   := image[16]                      kExtentBytes; RowKind::kExtent, number = extent.
//                                                  A row may be shorter: trailing slots never used.
//   image        := u8[8192]                       a page, a map leaf or a map root image
//   map leaf     := entry[1024]                    of pages 1024 * i to 1024 * i + 1023
//   map root     := entry[1024]                    of map leaves 1024 * i to 1024 * i + 1023
//   entry        := u32 loc, u32 sum               0, 0: no page. sum: image_checksum.h
//   loc          := extent * 16 + slot + 1         below 2^31
//
//   superblock   := u32 sum                        Checksum32 of all bytes after it
//                   u32 magic                      "DSS" and the format version
//                   u64 generation                 1, 2, 3...; lives in row generation mod 2
//                   u8[16] database id             drawn at creation
//                   u64 incarnation                of the instance that wrote it
//                   u64 lsn                        the last commit that the pages contain
//                   u64 redo seq                   the first log row to read; 1 is the first ever
//                   u32 redo predecessor sum       of log row redo seq - 1; 0 for the first
//                   u32 extent count               extents 0 to count - 1 may be referenced
//                   u32 map leaf count
//                   u32 page count                 non-zero leaf entries
//                   u32 log slots                  the ring's size
//                   u32 zero
//                   i64 time                       microseconds since 1970, of the checkpoint
//                   u64 zero
//                   u8[64] user area               the store's (tx/store.cc)
//                   entry[ceil(leaf count / 1024)] of the map root images
//
// No image carries a checksum of its own: the entry that points to it does, up to the superblock.
// So a write that was lost or went elsewhere is noticed as well as one that was torn.
#pragma once

#include <cstdint>

#include "core/host/page_store.h"

namespace dosql {

inline constexpr uint32_t kPageBytes = 8192;
inline constexpr uint32_t kSlotsPerExtent = kExtentBytes / kPageBytes;
inline constexpr uint32_t kMapFanout = kPageBytes / 8;
inline constexpr uint32_t kRootImagesMax = 64;                      // 64 * 8 GB of pages
inline constexpr uint32_t kMapLeavesMax = kRootImagesMax * kMapFanout;
inline constexpr uint32_t kSuperMagic = 0x02535344;                 // "DSS", 2
// Version 1 differs in the rows alone (type/row_codec.h): it is read, and becomes 2 at a checkpoint.
inline constexpr uint32_t kSuperMagicV1 = 0x01535344;
inline constexpr uint32_t kSuperHeadBytes = 160;
inline constexpr uint32_t kSuperBytesMax = kSuperHeadBytes + 8 * kRootImagesMax;
inline constexpr uint32_t kUserAreaBytes = 64;
inline constexpr uint32_t kRowHeadBytes = 16;  // sum, magic, generation or sequence: what PutIf sees

static_assert(kSlotsPerExtent == 16);
static_assert(kSuperBytesMax <= 4096);

// Pages are written in rounds, those of one round together. A byte of the page tells its kind, which
// btree/page_format.h holds itself to: an index's goes into the second. It promises nothing more.
inline constexpr uint32_t kPageRounds = 2;
inline constexpr uint32_t kPageKindAt = 1;
inline constexpr uint8_t kIndexPage = 2;
inline uint32_t PageRound(const uint8_t* page) { return page[kPageKindAt] == kIndexPage ? 1 : 0; }

// A place of an image. In memory the high bit says "a frame"; durable locs never have it.
inline constexpr uint32_t kLocNone = 0;
inline constexpr uint32_t kLocMemory = 0x80000000u;
inline constexpr uint32_t kExtentsMax = (kLocMemory - 1) / kSlotsPerExtent;

inline constexpr uint64_t MakeEntry(uint32_t loc, uint32_t sum) {
  return static_cast<uint64_t>(sum) << 32 | loc;
}
inline constexpr uint32_t EntryLoc(uint64_t e) { return static_cast<uint32_t>(e); }
inline constexpr uint32_t EntrySum(uint64_t e) { return static_cast<uint32_t>(e >> 32); }
inline constexpr uint32_t LocOf(uint32_t extent, uint32_t slot) {
  return extent * kSlotsPerExtent + slot + 1;
}
inline constexpr uint32_t LocExtent(uint32_t loc) { return (loc - 1) / kSlotsPerExtent; }
inline constexpr uint32_t LocSlot(uint32_t loc) { return (loc - 1) % kSlotsPerExtent; }

}  // namespace dosql
