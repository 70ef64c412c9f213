// Pins: how versions share images and how an image is freed.
//
// There are no lists of dead images. Who shows an image is in the maps: when a version ends, its
// leaves that no other version shares are compared with the other maps, and what nobody else shows
// is freed. A version's own leaves are those that the head copied since, so this costs about what
// the copies cost (0.5 us a leaf); in return a write never needs memory for bookkeeping, Restore
// cannot fail, and nothing is kept longer than somebody can see it.
#include <cstring>

#include "core/storage/page/pager.h"

namespace dosql {

bool Pager::ShownByPin(uint32_t page, uint64_t entry) const {
  for (const Version* v = newest_; v; v = v->older) {
    if (v->map->Find(page) == entry) return true;
  }
  return false;
}

void Pager::ReleaseSlot(uint64_t entry) {
  uint32_t f = frames_.Find(EntryLoc(entry));
  if (f != FrameTable::kNone) frames_.Release(f);
  extents_.SetDead(EntryLoc(entry));
}

void Pager::ReleaseImage(uint64_t entry) {
  if (EntryLoc(entry) & kLocMemory) {
    frames_.Release(EntryLoc(entry) & ~kLocMemory);
  } else {
    ReleaseSlot(entry);
  }
}

void Pager::DropMap(MapRoot* map, const MapRoot* near, const MapRoot* head) {
  if (--map->refs != 0) return;  // another version shows exactly the same
  for (uint32_t i = 0; i < map->count; i++) {
    MapLeaf* leaf = map->leaf[i];
    if (--leaf->refs != 0) continue;
    const MapLeaf* other = near && i < near->count ? near->leaf[i] : nullptr;
    constexpr uint32_t kBlock = 32;  // of entries that are mostly the same
    for (uint32_t j = 0; j < kMapFanout; j++) {
      if (j % kBlock == 0 && other &&
          std::memcmp(leaf->entry + j, other->entry + j, kBlock * sizeof(uint64_t)) == 0) {
        j += kBlock - 1;
        continue;
      }
      uint64_t entry = leaf->entry[j];
      if (entry == 0 || (other && other->entry[j] == entry)) continue;
      uint32_t page = i * kMapFanout + j;
      if (head && head->Find(page) == entry) continue;
      if (!ShownByPin(page, entry)) ReleaseImage(entry);
    }
    if (leaf->home != 0) ReleaseSlot(leaf->home);
    DeleteMapLeaf(budget_, leaf);
  }
  for (uint32_t i = 0; i < map->images; i++) ReleaseSlot(map->home[i]);
  DeleteMapRoot(budget_, map);
}

const Version* Pager::Pin() {
  auto* v = static_cast<Version*>(BudgetAlloc(budget_, sizeof(Version)));
  if (!v) return nullptr;
  v->map = head_;
  head_->refs++;
  v->epoch = newest_pin_ = epoch_++;
  v->free_hint = free_hint_;
  v->older = newest_;
  v->newer = nullptr;
  if (newest_) newest_->newer = v;
  newest_ = v;
  reader_pins_++;
  return v;
}

void Pager::Unpin(const Version* version) {
  auto* v = const_cast<Version*>(version);
  const MapRoot* near = v->newer ? v->newer->map : head_;
  (v->newer ? v->newer->older : newest_) = v->older;
  if (v->older) v->older->newer = v->newer;
  newest_pin_ = newest_ ? newest_->epoch : 0;
  if (v != durable_ && v != checkpoint_) reader_pins_--;
  DropMap(v->map, near, head_);
  BudgetFree(budget_, v, sizeof(Version));
}

void Pager::Restore(const Version* version) {
  MapRoot* old = head_;
  head_ = version->map;
  head_->refs++;
  free_hint_ = version->free_hint;
  DropMap(old, head_, head_);
}

void Pager::MovePins(const MapRoot* from) {
  if (from == head_) return;
  Version* oldest = nullptr;
  for (Version* v = newest_; v; v = v->older) {
    if (v == durable_ || v == checkpoint_ || v->map != from) continue;
    MapRoot* old = v->map;
    v->map = head_;
    head_->refs++;
    v->free_hint = free_hint_;
    oldest = v;
    DropMap(old, head_, head_);
  }
  if (oldest == nullptr) return;
  // No version's epoch is below that of an older one: Unpin counts on it.
  newest_pin_ = epoch_++;
  for (Version* v = oldest; v; v = v->newer) v->epoch = newest_pin_;
}

void Pager::ReplaceEntry(uint32_t page, uint64_t from, uint64_t to) {
  uint32_t i = page / kMapFanout, j = page % kMapFanout;
  auto replace = [&](MapRoot* map) {
    if (i >= map->count) return;
    MapLeaf* leaf = map->leaf[i];
    if (leaf->entry[j] != from) return;  // shows another image, or shares a leaf done already
    leaf->entry[j] = to;
    leaf->memory--;
  };
  replace(head_);
  for (Version* v = newest_; v; v = v->older) replace(v->map);
}

}  // namespace dosql
