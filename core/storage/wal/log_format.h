// The durable bytes of the log. All integers are little-endian. Written by log_writer.cc (rows and
// pieces) and log_buffer.cc (changes), read by log_replay.cc and log_decoder.cc.
//
//   row     := header[64] piece*        RowKind::kLog, number = seq mod the ring's slots
//   header  := u32 sum                  Checksum32 of all bytes after it
//              u32 magic                "DSL" and the format version
//              u64 seq                  1, 2, 3...
//              u64 incarnation          drawn at each open
//              u64 parent               incarnation of the database that this open recovered
//              u64 fork lsn             the last commit that it recovered
//              u64 lsn before           the last commit before this row
//              u32 predecessor sum      of row seq - 1; 0 for row 1
//              u32 body bytes           all pieces
//              u32 puts                 how often this row has been put: a turn rewrites its row
//              u32 zero
//   piece   := u32 length               of what follows
//              u8 flags                 1: first piece of its transaction, 2: last
//              varint lsn
//              [first: i64 time, varint schema version, u64 engine build]
//              bytes                    a part of the transaction's changes, cut anywhere
//   changes := run*
//   run     := u8 op, varint table, u32 count, change[count]
//   change  := bytes key, [update, delete: bytes before], [insert, update, ddl: bytes after]
//   bytes   := varint length, u8[length]
//
// A transaction whose last piece is missing never happened; its pieces are passed over. Rows of one
// turn may hold many commits; LSNs are dense.
#pragma once

#include <cstdint>

#include "core/base/varint.h"
#include "core/host/page_store.h"

namespace dosql {

inline constexpr uint32_t kLogMagic = 0x014c5344;  // "DSL", 1
inline constexpr uint32_t kLogHeaderBytes = 64;
inline constexpr uint8_t kPieceFirst = 1;
inline constexpr uint8_t kPieceLast = 2;
inline constexpr uint32_t kPieceHeadMax = 4 + 1 + kVarintBytesMax + 8 + kVarintBytesMax + 8;
inline constexpr uint32_t kLogRowTarget = 1u << 20;  // bytes of pieces in a row, at most

static_assert(kLogRowTarget + kPieceHeadMax + kLogHeaderBytes <= kRowBytesMax);

// Byte offsets in the header.
enum LogHeaderField : uint32_t {
  kLogSum = 0,
  kLogMagicAt = 4,
  kLogSeqAt = 8,
  kLogIncarnation = 16,
  kLogParent = 24,
  kLogForkLsn = 32,
  kLogLsnBefore = 40,
  kLogPredSum = 48,
  kLogBodyBytes = 52,
  kLogPuts = 56,
};

}  // namespace dosql
