// Checkpoints: first the cleaner (cleaner.cc) moves what it wants to move in the head, then the
// head is pinned, and what only memory holds of that version goes out in id order: pages, map
// leaves, root images, superblock. The superblock's put is the checkpoint.
//
//   idle -> cleaning -> pages -> leaves -> finish -> idle        one slice may take several steps
#include <cstring>

#include "core/storage/page/pager.h"

namespace dosql {

Status Pager::CheckpointSlice(const CheckpointMark& mark, uint32_t bytes, bool* done) {
  *done = false;
  if (broken_) return Code::kPoisoned;
  DOSQL_TRY(Break(BeforePuts()));
  uint64_t end = writer_.rows_put() + (bytes < kExtentBytes ? 1 : bytes / kExtentBytes);
  if (!checkpoint_) {
    if (!cleaning_) PlanCleaning();
    if (cleaning_) {
      DOSQL_ASSIGN(cleaning_, [&]() -> Result<bool> {
        DOSQL_ASSIGN(bool clean, Clean(end));
        return !clean;
      }());
      if (cleaning_) return Status::Ok();
    }
    checkpoint_ = const_cast<Version*>(Pin());
    if (!checkpoint_) return Code::kNoMemory;
    reader_pins_--;
    mark_ = mark;
    cursor_ = round_ = 0;
    pages_done_ = false;
  }
  if (!pages_done_) {
    DOSQL_ASSIGN(pages_done_, CheckpointPages(end));
    if (!pages_done_) return Status::Ok();
    cursor_ = 0;
  }
  DOSQL_ASSIGN(bool leaves_done, CheckpointLeaves(end));
  if (!leaves_done) return Status::Ok();
  DOSQL_TRY(CheckpointFinish());
  *done = true;
  return Status::Ok();
}

Status Pager::FlushWriter() { return Break(writer_.Flush()); }

Status Pager::WriteFrame(uint32_t page, uint32_t frame) {
  uint8_t* image;
  DOSQL_TRY(writer_.Next(&image));
  std::memcpy(image, frames_.data(frame), kPageBytes);
  uint64_t entry = writer_.Commit();
  // Before the put, so that the map leaves of the same row can show it. Nothing reads until the
  // flush, and if that fails nothing reads ever again.
  ReplaceEntry(page, kLocMemory | frame, entry);
  frames_.MakeClean(frame, EntryLoc(entry));
  return Status::Ok();
}

// In two rounds, so that what is read together lies together: a table's pages, and those of its
// indexes, which grew between them, come to stand in extents of their own.
Result<bool> Pager::CheckpointPages(uint64_t end) {
  MapRoot* map = checkpoint_->map;
  for (; round_ < kPageRounds; round_++, cursor_ = 0) {
    while (cursor_ / kMapFanout < map->count) {
      const MapLeaf* leaf = map->leaf[cursor_ / kMapFanout];
      if (leaf->memory == 0) {
        cursor_ = (cursor_ / kMapFanout + 1) * kMapFanout;
        continue;
      }
      const uint32_t loc = EntryLoc(leaf->entry[cursor_ % kMapFanout]);
      const uint32_t f = loc & ~kLocMemory;
      const bool due = f != loc && PageRound(frames_.data(f)) == round_;
      // What fails is tried again in the next slice, from this page on.
      if (due) DOSQL_TRY(WriteFrame(cursor_, f));
      cursor_++;
      if (!due || !writer_.full()) continue;
      DOSQL_TRY(FlushWriter());
      if (writer_.rows_put() >= end) return false;
    }
  }
  return true;
}

Result<bool> Pager::CheckpointLeaves(uint64_t end) {
  MapRoot* map = checkpoint_->map;
  for (; cursor_ < map->count; cursor_++) {
    MapLeaf* leaf = map->leaf[cursor_];
    if (leaf->home != 0) continue;
    DOSQL_ASSERT(leaf->memory == 0);
    if (writer_.full()) {
      DOSQL_TRY(FlushWriter());
      if (writer_.rows_put() >= end) return false;
    }
    uint8_t* image;
    DOSQL_TRY(writer_.Next(&image));
    std::memcpy(image, leaf->entry, kPageBytes);
    leaf->home = writer_.Commit();
  }
  return true;
}

Status Pager::CheckpointFinish() {
  MapRoot* map = checkpoint_->map;
  uint32_t images = (map->count + kMapFanout - 1) / kMapFanout;
  while (map->images < images) {
    if (writer_.full()) DOSQL_TRY(FlushWriter());
    uint8_t* image;
    DOSQL_TRY(writer_.Next(&image));
    std::memset(image, 0, kPageBytes);
    uint32_t first = map->images * kMapFanout;
    for (uint32_t i = first; i < map->count && i < first + kMapFanout; i++) {
      StoreLe<uint64_t>(image + 8 * (i - first), map->leaf[i]->home);
    }
    map->home[map->images++] = writer_.Commit();
  }
  DOSQL_TRY(FlushWriter());
  DOSQL_TRY(Break(store_->Sync()));

  Superblock next = super_;
  next.generation++;
  next.mark = mark_;
  next.extent_count = extents_.count();
  next.leaf_count = map->count;
  next.page_count = map->pages;
  std::memcpy(next.root, map->home, images * sizeof next.root[0]);
  uint8_t row[kSuperBytesMax];
  uint32_t size = EncodeSuperblock(next, row);
  supers_put_++;
  DOSQL_TRY(Break(
      store_->Put({RowKind::kSuper, static_cast<uint32_t>(next.generation % 2)}, {row, size})));
  DOSQL_TRY(Break(store_->Sync()));

  super_ = next;
  checkpoints_++;
  Version* old = durable_;
  durable_ = checkpoint_;
  checkpoint_ = nullptr;
  reader_pins_++;  // `old` is an ordinary pin for the moment
  Unpin(old);
  return Status::Ok();
}

// Dirty pages go out early, without a superblock: after a crash their slots are free. First those
// of the first round, and of each round in the order of their last use: a tree that grows at its
// end, or is gone through in the order of its keys, comes to lie in that order.
Status Pager::Spill() {
  constexpr uint32_t kSpillPages = 4 * kSlotsPerExtent;
  if (broken_) return Code::kPoisoned;
  struct Dirty {
    uint64_t key;
    uint32_t frame;
  };
  Dirty next[kSpillPages];
  uint32_t n = 0;
  for (uint32_t f = 0; f < frames_.count(); f++) {
    const Frame& m = frames_.meta(f);
    if (m.state != FrameState::kDirty || m.touched == operation_) continue;
    const uint64_t key = uint64_t{PageRound(frames_.data(f))} << 32 | ~(operation_ - m.touched);
    if (n == kSpillPages && key >= next[n - 1].key) continue;
    uint32_t i = n < kSpillPages ? n++ : n - 1;
    for (; i > 0 && next[i - 1].key > key; i--) next[i] = next[i - 1];
    next[i] = {key, f};
  }
  uint32_t spilled = 0;
  for (; spilled < n; spilled++) {
    const Dirty& d = next[spilled];
    // Each round in extents of its own, but not for a few pages.
    if (spilled >= kSlotsPerExtent && d.key >> 32 != next[0].key >> 32) break;
    if (spilled == 0) DOSQL_TRY(Break(BeforePuts()));
    if (writer_.full()) DOSQL_TRY(FlushWriter());
    if (Status s = WriteFrame(frames_.meta(d.frame).page, d.frame); !s.ok()) {
      if (spilled == 0) return s;
      break;  // what was written out is enough to go on
    }
  }
  if (spilled == 0) return Code::kNoMemory;
  pages_spilled_ += spilled;
  return FlushWriter();
}

}  // namespace dosql
