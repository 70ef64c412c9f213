// Opening: the superblock, then the whole page map, from which everything else follows.
#include <cstring>

#include "core/storage/page/pager.h"

namespace dosql {

Pager::~Pager() {
  // Images are not released one by one, as Unpin would: everything goes.
  auto forget = [&](MapRoot* map) {
    if (--map->refs != 0) return;
    for (uint32_t i = 0; i < map->count; i++) {
      if (--map->leaf[i]->refs == 0) DeleteMapLeaf(budget_, map->leaf[i]);
    }
    DeleteMapRoot(budget_, map);
  };
  while (newest_) {
    Version* v = newest_;
    newest_ = v->older;
    forget(v->map);
    BudgetFree(budget_, v, sizeof *v);
  }
  if (head_) forget(head_);
}

Status Pager::Open() {
  DOSQL_ASSERT(!opened_);
  opened_ = true;
  broken_ = true;  // until everything below has worked
  DOSQL_TRY(frames_.Init(options_.cache_bytes / kPageBytes));
  head_ = NewMapRoot(budget_, 4);
  if (!head_) return Code::kNoMemory;
  DOSQL_TRY(ReadSuperblock(store_, &super_));
  if (super_.generation == 0) {
    std::memcpy(super_.database_id, options_.database_id, sizeof super_.database_id);
  } else {
    DOSQL_TRY(LoadMap());
  }
  DOSQL_TRY(writer_.Prepare());
  durable_ = const_cast<Version*>(Pin());
  if (!durable_) return Code::kNoMemory;
  reader_pins_--;
  broken_ = false;
  return Status::Ok();
}

Status Pager::Create(const CheckpointMark& mark) {
  if (broken_) return Code::kPoisoned;
  DOSQL_ASSERT(super_.generation == 0);
  super_.generation = 1;
  super_.mark = mark;
  uint8_t row[kSuperBytesMax];
  uint32_t size = EncodeSuperblock(super_, row);
  supers_put_++;
  DOSQL_TRY(Break(store_->Put({RowKind::kSuper, 1}, {row, size})));
  return Break(store_->Sync());
}

Status Pager::LoadMap() {
  DOSQL_TRY(extents_.Grow(super_.extent_count));
  const uint32_t loc_end = super_.extent_count * kSlotsPerExtent;
  auto claim = [&](uint64_t entry) -> Status {
    uint32_t loc = EntryLoc(entry);
#if !defined(DOSQL_PLANT_STORE_BUG)  // the planted bug that the store fuzzer must find
    if (loc == kLocNone || loc > loc_end) return Code::kCorrupt;
#endif
    if (extents_.IsLive(loc)) return Code::kCorrupt;
    extents_.SetLive(loc);
    return Status::Ok();
  };
  auto* entries = static_cast<uint8_t*>(BudgetAlloc(budget_, kPageBytes));
  if (!entries) return Code::kNoMemory;
  Status s;
  for (uint32_t n = 0; n < super_.root_images() && s.ok(); n++) {
    s = claim(super_.root[n]);
    if (!s.ok()) break;
    head_->home[head_->images++] = super_.root[n];
    const uint8_t* image;
    s = reader_.Read(super_.root[n], &image);
    if (!s.ok()) break;
    std::memcpy(entries, image, kPageBytes);
    uint32_t end = super_.leaf_count - n * kMapFanout;
    if (end > kMapFanout) end = kMapFanout;
    for (uint32_t i = 0; i < end && s.ok(); i++) {
      uint64_t home = LoadLe<uint64_t>(entries + 8 * i);
      s = claim(home);
      if (s.ok()) s = LoadLeaf(home, n * kMapFanout + i);
      if (!s.ok()) break;
      MapLeaf* leaf = head_->leaf[n * kMapFanout + i];
      for (uint32_t j = 0; j < kMapFanout && s.ok(); j++) {
        if (leaf->entry[j] == 0) continue;
        if (n + i + j == 0) s = Code::kCorrupt;  // page 0
        if (s.ok()) s = claim(leaf->entry[j]);
        leaf->used++;
      }
      head_->pages += leaf->used;
    }
  }
  BudgetFree(budget_, entries, kPageBytes);
  if (s.ok() && head_->pages != super_.page_count) s = Code::kCorrupt;
  return s;
}

Status Pager::LoadLeaf(uint64_t entry, uint32_t index) {
  DOSQL_TRY(AppendMapLeaf(budget_, &head_));
  const uint8_t* image;
  DOSQL_TRY(reader_.Read(entry, &image));
  MapLeaf* leaf = head_->leaf[index];
  leaf->home = entry;
  std::memcpy(leaf->entry, image, kPageBytes);
  return Status::Ok();
}

}  // namespace dosql
