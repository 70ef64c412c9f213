#include "core/storage/page/pager.h"

#include <algorithm>
#include <cstring>

namespace dosql {

Pager::Pager(PageStore* store, ByteBudget* budget, const PagerOptions& options, PutGuard* guard)
    : store_(store),
      budget_(budget),
      guard_(guard),
      options_(options),
      frames_(budget),
      extents_(budget),
      reader_(store, budget),
      writer_(store, budget, &extents_, &reader_) {}

Status Pager::ReadSlow(const MapRoot* map, uint32_t page, const uint8_t** data) {
  if (broken_) return Code::kPoisoned;
  uint64_t entry = map->Find(page);
  if (entry == 0) return Code::kCorrupt;
  uint32_t f;
  DOSQL_TRY(Load(page, entry, false, &f));
  *data = frames_.data(f);
  return Status::Ok();
}

Status Pager::Load(uint32_t page, uint64_t entry, bool more, uint32_t* frame) {
  uint32_t f;
  DOSQL_TRY(TakeFrame(&f));
  if (Status s = reader_.ReadPage(page, entry, more, frames_.data(f)); !s.ok()) {
    frames_.Release(f);
    return s.code() == Code::kCorrupt && guard_ ? guard_->ExplainCorrupt() : s;
  }
  frames_.MakeClean(f, EntryLoc(entry));
  reads_cold_++;
  *frame = f;
  return Status::Ok();
}

Status Pager::Prefetch(const PageId* pages, uint32_t count) {
  if (broken_) return Code::kPoisoned;
  // By place: the Loc above, the page below.
  uint64_t want[kPrefetchMax];
  uint32_t n = 0;
  for (uint32_t i = 0; i < count && n < std::min(kPrefetchMax, frames_.count_max() / 4); i++) {
    const uint32_t loc = EntryLoc(head_->Find(pages[i].value));
    if (loc == kLocNone || loc & kLocMemory || frames_.Find(loc) != FrameTable::kNone) continue;
    want[n++] = uint64_t{loc} << 32 | pages[i].value;
  }
  std::sort(want, want + n);
  auto extent = [&](uint32_t i) { return LocExtent(static_cast<uint32_t>(want[i] >> 32)); };
  for (uint32_t i = 0; i < n; i++) {
    const bool more =
        (i > 0 && extent(i - 1) == extent(i)) || (i + 1 < n && extent(i + 1) == extent(i));
    const uint32_t page = static_cast<uint32_t>(want[i]);
    uint32_t f;
    const Status s = Load(page, head_->Find(page), more, &f);
    if (s.code() == Code::kNoMemory) break;
    DOSQL_TRY(s);
    frames_.meta(f).touched = operation_;
  }
  return Status::Ok();
}

Status Pager::TakeFrame(uint32_t* frame) {
  uint32_t f = frames_.Take(operation_);
  if (f == FrameTable::kNone) {
    DOSQL_TRY(Spill());
    f = frames_.Take(operation_);
    if (f == FrameTable::kNone) return Code::kNoMemory;
  }
  *frame = f;
  return Status::Ok();
}

Status Pager::OwnHeadLeaf(uint32_t page) {
  DOSQL_TRY(OwnMapRoot(budget_, &head_));
  while (head_->images != 0) ReleaseSlot(head_->home[--head_->images]);
  DOSQL_TRY(OwnMapLeaf(budget_, head_, page / kMapFanout));
  MapLeaf* leaf = head_->leaf[page / kMapFanout];
  if (leaf->home != 0) {
    ReleaseSlot(leaf->home);
    leaf->home = 0;
  }
  return Status::Ok();
}

Status Pager::WriteSlow(uint32_t page, uint8_t** data) {
  if (broken_) return Code::kPoisoned;
  uint64_t entry = head_->Find(page);
  if (entry == 0) return Code::kCorrupt;
  DOSQL_TRY(OwnHeadLeaf(page));

  // The old image, in memory and kept there by the touch.
  uint32_t loc = EntryLoc(entry);
  uint32_t f = loc & kLocMemory ? loc & ~kLocMemory : frames_.Find(loc);
  if (f == FrameTable::kNone) DOSQL_TRY(Load(page, entry, false, &f));
  Frame& m = frames_.meta(f);
  m.touched = operation_;

  bool dirty = m.state == FrameState::kDirty;
  uint64_t& slot = head_->leaf[page / kMapFanout]->entry[page % kMapFanout];
  if (dirty && m.pins == 0 && !ShownByPin(page, entry)) {
    // The newest pin was made after this frame, but on a line that has been left since.
    m.birth = epoch_;
  } else if (!dirty && m.pins == 0 && reader_pins_ == 0) {
    // A steal: the versions that still show the durable image are checkpoints, which never read it.
    frames_.MakeDirty(f, page, epoch_);
    slot = kLocMemory | f;
    head_->leaf[page / kMapFanout]->memory++;
    if (!ShownByPin(page, entry)) ReleaseSlot(entry);
  } else {
    uint32_t g;
    DOSQL_TRY(TakeFrame(&g));  // may spill, but not what this operation touched
    std::memcpy(frames_.data(g), frames_.data(f), kPageBytes);
    frames_.MakeDirty(g, page, epoch_);
    MapLeaf* leaf = head_->leaf[page / kMapFanout];
    if (!(EntryLoc(slot) & kLocMemory)) leaf->memory++;
    slot = kLocMemory | g;
    if (!ShownByPin(page, entry)) ReleaseImage(entry);
    f = g;
  }
  head_changed_ = true;
  *data = frames_.data(f);
  return Status::Ok();
}

Status Pager::Allocate(PageId* id, uint8_t** data) {
  if (broken_) return Code::kPoisoned;
  uint32_t page = free_hint_;
  for (;;) {
    uint32_t i = page / kMapFanout;
    if (i >= head_->count) break;
    const MapLeaf* leaf = head_->leaf[i];
    // Page 0 does not exist, so leaf 0 is full with one page less.
    if (leaf->used + (i == 0) < kMapFanout) {
      while (page / kMapFanout == i && leaf->entry[page % kMapFanout] != 0) page++;
      if (page / kMapFanout == i) break;
    } else {
      page = (i + 1) * kMapFanout;
    }
  }
  uint32_t f;
  DOSQL_TRY(TakeFrame(&f));
  Status s;
  if (page / kMapFanout >= head_->count) {
    s = OwnMapRoot(budget_, &head_);
    if (s.ok()) s = AppendMapLeaf(budget_, &head_);
  }
  if (s.ok()) s = OwnHeadLeaf(page);
  if (!s.ok()) {
    frames_.Release(f);
    return s;
  }
  std::memset(frames_.data(f), 0, kPageBytes);
  frames_.MakeDirty(f, page, epoch_);
  MapLeaf* leaf = head_->leaf[page / kMapFanout];
  leaf->entry[page % kMapFanout] = kLocMemory | f;
  leaf->used++;
  leaf->memory++;
  head_->pages++;
  free_hint_ = page + 1;
  head_changed_ = true;
  *id = PageId(page);
  *data = frames_.data(f);
  return Status::Ok();
}

Status Pager::Free(PageId id) {
  if (broken_) return Code::kPoisoned;
  uint32_t page = id.value;
  uint64_t entry = head_->Find(page);
  if (entry == 0) return Code::kCorrupt;
  DOSQL_TRY(OwnHeadLeaf(page));
  MapLeaf* leaf = head_->leaf[page / kMapFanout];
  leaf->entry[page % kMapFanout] = 0;
  leaf->used--;
  if (EntryLoc(entry) & kLocMemory) leaf->memory--;
  head_->pages--;
  if (page < free_hint_) free_hint_ = page;
  head_changed_ = true;
  if (!ShownByPin(page, entry)) ReleaseImage(entry);
  return Status::Ok();
}

uint32_t Pager::PinFrame(const uint8_t* data) {
  uint32_t f = frames_.IndexOf(data);
  DOSQL_ASSERT(f != FrameTable::kNone);
  frames_.meta(f).pins++;
  return f;
}

void Pager::UnpinFrame(uint32_t token) {
  frames_.meta(token).touched = operation_;
  frames_.Unpin(token);
}

PagerStats Pager::stats() const {
  PagerStats s;
  s.reads_cold = reads_cold_;
  s.rows_read = reader_.rows_read();
  s.extents_put = writer_.rows_put();
  s.supers_put = supers_put_;
  s.checkpoints = checkpoints_;
  s.pages_spilled = pages_spilled_;
  s.pages_cleaned = pages_cleaned_;
  return s;
}

}  // namespace dosql
