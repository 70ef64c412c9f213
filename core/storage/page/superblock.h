// Superblock: the root of everything durable. Its bytes are described in page_format.h; two rows are
// written in turn, and the valid one with the higher generation counts.
#pragma once

#include "core/base/ids.h"
#include "core/host/page_store.h"
#include "core/storage/page/page_format.h"

namespace dosql {

// What a checkpoint says besides the pages: where the log goes on.
struct CheckpointMark {
  uint64_t incarnation = 0;
  Lsn lsn;                // the pages contain all commits up to this one
  LogSeq redo_seq{1};     // the first log row that may hold later ones
  uint32_t redo_pred_sum = 0;
  uint32_t log_slots = kLogSlots;
  int64_t time_micros = 0;
  uint8_t user[kUserAreaBytes] = {};
};

struct Superblock {
  uint64_t generation = 0;  // 0: none was ever written
  uint8_t database_id[16] = {};
  CheckpointMark mark;
  uint32_t extent_count = 0;
  uint32_t leaf_count = 0;
  uint32_t page_count = 0;
  uint64_t root[kRootImagesMax] = {};

  uint32_t root_images() const { return (leaf_count + kMapFanout - 1) / kMapFanout; }
};

// Returns the size written to `out` (kSuperBytesMax bytes).
uint32_t EncodeSuperblock(const Superblock& super, uint8_t* out);

// kNotADatabase: other magic or version. kCorrupt: a bad checksum or impossible counts.
Status DecodeSuperblock(Bytes row, Superblock* super);

// Reads both rows. A store without any superblock gives generation 0. When no row is valid: kCorrupt
// or kNotADatabase; except that under kPosix the first superblock of all may have been torn while
// nothing else had been written, which is generation 0 again.
Status ReadSuperblock(PageStore* store, Superblock* super);

}  // namespace dosql
