#include <cstring>

#include "core/storage/page/pager.h"

namespace dosql {

// What is live must be exactly what the maps show: the bitmaps are counted again from all versions
// and compared. Then every image of the head is read and its checksum compared.
Status Pager::CheckIntegrity(IntegrityReport* report) {
  if (broken_) return Code::kPoisoned;
  const uint32_t count = extents_.count();
  const size_t bytes = (count + 1) * sizeof(uint16_t);
  auto* seen = static_cast<uint16_t*>(BudgetAlloc(budget_, 2 * bytes));
  if (!seen) return Code::kNoMemory;
  std::memset(seen, 0, 2 * bytes);
  uint16_t* in_version = seen + count + 1;  // slots that the version at hand shows

  auto show = [&](uint64_t entry, uint32_t page) {
    uint32_t loc = EntryLoc(entry);
    if (loc == kLocNone) return;
    if (loc & kLocMemory) {
      uint32_t f = loc & ~kLocMemory;
      if (f >= frames_.count() || frames_.meta(f).state != FrameState::kDirty ||
          frames_.meta(f).page != page) {
        report->Problem("page map names a frame of another page", page, loc);
      }
      return;
    }
    if (LocExtent(loc) >= count) return report->Problem("image lies beyond the last extent", page, loc);
    uint16_t bit = static_cast<uint16_t>(1u << LocSlot(loc));
    if (in_version[LocExtent(loc)] & bit) report->Problem("slot is used twice", page, loc);
    if (!extents_.IsLive(loc)) report->Problem("image lies in a free slot", page, loc);
    in_version[LocExtent(loc)] |= bit;
    seen[LocExtent(loc)] |= bit;
  };
  auto walk = [&](const MapRoot* map) {
    std::memset(in_version, 0, bytes);
    uint32_t pages = 0;
    for (uint32_t i = 0; i < map->images; i++) show(map->home[i], 0);
    for (uint32_t i = 0; i < map->count; i++) {
      const MapLeaf* leaf = map->leaf[i];
      show(leaf->home, 0);
      uint32_t used = 0, memory = 0;
      for (uint32_t j = 0; j < kMapFanout; j++) {
        if (leaf->entry[j] == 0) continue;
        used++;
        if (EntryLoc(leaf->entry[j]) & kLocMemory) memory++;
        show(leaf->entry[j], i * kMapFanout + j);
      }
      if (used != leaf->used || memory != leaf->memory || (memory != 0 && leaf->home != 0)) {
        report->Problem("page map leaf miscounts its entries", i * kMapFanout, 0);
      }
      pages += used;
    }
    if (pages != map->pages) report->Problem("page map miscounts its pages", 0, 0);
    if (map->count != 0 && map->leaf[0]->entry[0] != 0) {
      report->Problem("page 0 exists", 0, EntryLoc(map->leaf[0]->entry[0]));
    }
  };
  walk(head_);
  for (const Version* v = newest_; v; v = v->older) walk(v->map);

  uint32_t free_extents = 0;
  for (uint32_t e = 0; e < count; e++) {
    if (extents_.bits(e) == 0) free_extents++;
    if (extents_.bits(e) & ~seen[e]) {
      report->Problem("slot is live but no version shows it", 0, LocOf(e, 0));
    }
  }
  if (free_extents != extents_.free_count()) report->Problem("free extents are miscounted", 0, 0);
  BudgetFree(budget_, seen, 2 * bytes);

  Status result;
  auto check = [&](uint64_t entry, uint32_t page) {
    if (!result.ok() || entry == 0 || EntryLoc(entry) & kLocMemory) return;
    const uint8_t* image;
    Status s = reader_.Read(entry, &image);
    if (s.code() == Code::kCorrupt) {
      report->Problem("image fails its checksum or is missing", page, EntryLoc(entry));
    } else if (!s.ok()) {
      result = s;
    }
  };
  for (uint32_t i = 0; i < head_->images; i++) check(head_->home[i], 0);
  for (uint32_t i = 0; i < head_->count; i++) {
    check(head_->leaf[i]->home, 0);
    for (uint32_t j = 0; j < kMapFanout; j++) check(head_->leaf[i]->entry[j], i * kMapFanout + j);
  }
  return result;
}

}  // namespace dosql
