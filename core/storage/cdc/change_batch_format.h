// The bytes of a change batch: what one database committed to the tables of a slot between two
// places of its log. All integers are little-endian.
//
//   batch  := header[80] item*
//   header := u32 sum            Checksum32 of all bytes after it
//             u32 magic          "DSC" and the format version
//             u8[16] database id
//             u64 incarnation    of the log where the batch begins
//             u64 lsn            behind this commit,
//             u32 changes        and behind this many changes of the next one, the batch begins
//             u32 end changes    where it ends, said in the same way: changes,
//             u64 end lsn        commit,
//             u64 end incarnation
//             u32 events         items 4 to 7 in it
//             u32 part           the number of the copy's part in it (item 6); 0: none
//             i64 copy time      when the slot that copies was made (microseconds since 1970);
//                                0 where there is no part
//   item   := u8 kind, then
//     1 incarnation  u64 incarnation, u64 parent, u64 fork lsn: another opening of the
//                    database goes on from commit `fork lsn` of its parent
//     2 table        varint id, text name, u8 flags (1: WITHOUT ROWID), varint columns, column*
//     3 transaction  varint lsn, i64 time (microseconds since 1970)
//     4 change       u8 op (1 insert, 2 update, 3 delete), varint table, bytes key,
//                    [update, delete: bytes before], [insert, update: bytes after]
//     5 ddl          varint table, text sql
//     6 copy         varint table, u8 what: 1 the table's copy begins (what came of it before is
//                    no more), 2 goes on, 3 has ended. Behind 1 and 2 its rows follow as inserts,
//                    as they are at the batch's end, also where the stream told of them before
//     7 gone         varint table: it was dropped, or has a name now that is not followed
//   column := text name, text declared type, u8 flags (1: NOT NULL, 2: another name of the rowid),
//             varint position in the PRIMARY KEY (0: not part of it)
//   bytes, text := varint length, u8[length]
//
// Rows are encoded as in type/row_codec.h; a column that a row lacks, and the one that is another
// name of the rowid, are not in it. A key is the rowid in 8 bytes, or the memcmp key of a WITHOUT
// ROWID table. A table item stands before the table's first change, and after DDL that changes the
// table.
//
// A consumer keeps the end and the part of the last batch it took, and its copy's time. Parts count
// from 1; the first may begin anywhere, but that of an earlier copy, sent before the database was
// opened anew and late, is no news. A batch that begins at the end goes on; one that ends at or
// before it in the same incarnation is a repetition; one that begins later leaves a gap. One whose
// incarnation forked before it, also within its commit, tells that the database was put back: what
// the consumer has is another history, and it must begin anew.
#pragma once

#include <cstdint>

namespace dosql {

inline constexpr uint32_t kBatchMagic = 0x02435344;  // "DSC", 2
inline constexpr uint32_t kBatchHeaderBytes = 80;

enum BatchHeaderField : uint32_t {
  kBatchSum = 0,
  kBatchMagicAt = 4,
  kBatchDatabase = 8,
  kBatchIncarnation = 24,
  kBatchLsn = 32,
  kBatchChanges = 40,
  kBatchEndChanges = 44,
  kBatchEndLsn = 48,
  kBatchEndIncarnation = 56,
  kBatchEvents = 64,
  kBatchPart = 68,
  kBatchCopyTime = 72,
};

enum class BatchItem : uint8_t {
  kIncarnation = 1,
  kTable,
  kTransaction,
  kChange,
  kDdl,
  kCopy,
  kGone
};
enum class CopyState : uint8_t { kBegins = 1, kGoesOn, kEnded };

inline constexpr uint8_t kTableWithoutRowid = 1;
inline constexpr uint8_t kColumnNotNull = 1;
inline constexpr uint8_t kColumnIsRowid = 2;

}  // namespace dosql
