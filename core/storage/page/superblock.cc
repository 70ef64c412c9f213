#include "core/storage/page/superblock.h"

#include <cstring>

#include "core/base/checksum.h"

namespace dosql {

uint32_t EncodeSuperblock(const Superblock& super, uint8_t* out) {
  uint32_t size = kSuperHeadBytes + 8 * super.root_images();
  std::memset(out, 0, kSuperHeadBytes);
  const CheckpointMark& mark = super.mark;
  StoreLe<uint32_t>(out + 4, kSuperMagic);
  StoreLe<uint64_t>(out + 8, super.generation);
  std::memcpy(out + 16, super.database_id, 16);
  StoreLe<uint64_t>(out + 32, mark.incarnation);
  StoreLe<uint64_t>(out + 40, mark.lsn.value);
  StoreLe<uint64_t>(out + 48, mark.redo_seq.value);
  StoreLe<uint32_t>(out + 56, mark.redo_pred_sum);
  StoreLe<uint32_t>(out + 60, super.extent_count);
  StoreLe<uint32_t>(out + 64, super.leaf_count);
  StoreLe<uint32_t>(out + 68, super.page_count);
  StoreLe<uint32_t>(out + 72, mark.log_slots);
  StoreLe<int64_t>(out + 80, mark.time_micros);
  std::memcpy(out + 96, mark.user, kUserAreaBytes);
  std::memcpy(out + kSuperHeadBytes, super.root, 8 * super.root_images());
  StoreLe<uint32_t>(out, Checksum32({out + 4, size - 4}));
  return size;
}

Status DecodeSuperblock(Bytes row, Superblock* super) {
  if (row.size() < 8) return Code::kCorrupt;
  const uint8_t* p = row.data();
  const uint32_t magic = LoadLe<uint32_t>(p + 4);
  if (magic != kSuperMagic && magic != kSuperMagicV1) return Code::kNotADatabase;
  if (row.size() < kSuperHeadBytes || row.size() > kSuperBytesMax) return Code::kCorrupt;
  if (Checksum32(row.subspan(4)) != LoadLe<uint32_t>(p)) return Code::kCorrupt;
  CheckpointMark& mark = super->mark;
  super->generation = LoadLe<uint64_t>(p + 8);
  std::memcpy(super->database_id, p + 16, 16);
  mark.incarnation = LoadLe<uint64_t>(p + 32);
  mark.lsn = Lsn(LoadLe<uint64_t>(p + 40));
  mark.redo_seq = LogSeq(LoadLe<uint64_t>(p + 48));
  mark.redo_pred_sum = LoadLe<uint32_t>(p + 56);
  super->extent_count = LoadLe<uint32_t>(p + 60);
  super->leaf_count = LoadLe<uint32_t>(p + 64);
  super->page_count = LoadLe<uint32_t>(p + 68);
  mark.log_slots = LoadLe<uint32_t>(p + 72);
  mark.time_micros = LoadLe<int64_t>(p + 80);
  std::memcpy(mark.user, p + 96, kUserAreaBytes);
  if (super->generation == 0 || super->extent_count > kExtentsMax ||
      super->leaf_count > kMapLeavesMax || mark.log_slots < 2 || mark.log_slots > kLogSlots ||
      mark.redo_seq.value == 0 || row.size() != kSuperHeadBytes + 8 * super->root_images()) {
    return Code::kCorrupt;
  }
  std::memcpy(super->root, p + kSuperHeadBytes, 8 * super->root_images());
  return Status::Ok();
}

Status ReadSuperblock(PageStore* store, Superblock* super) {
  *super = Superblock();
  Status bad;
  uint32_t rows = 0;
  for (uint32_t number = 0; number < 2; number++) {
    uint8_t row[kSuperBytesMax];
    uint32_t size = 0;
    Status s = store->Get({RowKind::kSuper, number}, row, &size);
    if (s.code() == Code::kNotFound) continue;
    DOSQL_TRY(s);
    rows++;
    Superblock candidate;
    s = size <= sizeof row ? DecodeSuperblock({row, size}, &candidate) : Status(Code::kCorrupt);
    if (s.ok() && candidate.generation % 2 != number) s = Code::kCorrupt;
    if (!s.ok()) {
      if (bad.ok() || s.code() == Code::kCorrupt) bad = s;
    } else if (candidate.generation > super->generation) {
      *super = candidate;
    }
  }
  if (super->generation != 0 || rows == 0) return Status::Ok();
  if (store->fault_model() != FaultModel::kPosix || rows != 1) return bad;
  uint32_t size;
  const RowKey others[] = {
      {RowKind::kSuper, 0}, {RowKind::kExtent, 0}, {RowKind::kLog, 0}, {RowKind::kLog, 1}};
  for (RowKey key : others) {
    Status s = store->Get(key, {}, &size);
    if (s.ok()) return bad;
    if (s.code() != Code::kNotFound) return s;
  }
  return Status::Ok();
}

}  // namespace dosql
