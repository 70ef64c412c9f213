// The cleaner: moves the live pages of the emptiest extents together, so that whole extents become
// free to be filled again. It runs in the head before a checkpoint, only when the checkpoint would
// otherwise have to make the store grow although less than 65% of it is live. Space in free extents
// costs next to nothing (a DELETE would bill a row), so it is never given back.
//
// Everything is copied by Loc, from extent row to extent row; frames of pages that happen to be in
// memory follow. What it writes is shown by the head only, until the checkpoint is durable.
#include <cstring>

#include "core/storage/page/pager.h"

namespace dosql {
namespace {

constexpr uint32_t kLivePercent = 65;
constexpr uint32_t kExtentsMin = 16;   // 2 MB: below this there is nothing to gain
constexpr uint32_t kVictimLiveMax = kLivePercent * kSlotsPerExtent / 100;
constexpr uint32_t kPassRows = 8;
constexpr uint32_t kPassPages = kPassRows * kSlotsPerExtent;
constexpr uint8_t kVictim = 0x80;

struct Victim {
  uint32_t page;
  uint64_t entry;
};

// By Loc, so that each row is read once. At most 128, so the simple way.
void SortByLoc(Victim* v, uint32_t n) {
  for (uint32_t i = 1; i < n; i++) {
    Victim x = v[i];
    uint32_t j = i;
    for (; j > 0 && EntryLoc(v[j - 1].entry) > EntryLoc(x.entry); j--) v[j] = v[j - 1];
    v[j] = x;
  }
}

}  // namespace

void Pager::PlanCleaning() {
  clean_need_ = frames_.dirty() / kSlotsPerExtent + 1;
  clean_begin_ = writer_.rows_put();
  clean_rows_ -= clean_rows_ / 8;
  // What this checkpoint and the next fill, and what cleaning before the next will: with that many
  // free extents nothing needs to be done now.
  if (extents_.count() < kExtentsMin || extents_.free_count() >= 2 * clean_need_ + clean_rows_) {
    return;
  }
  cleaning_ = true;
  clean_end_ = clean_begin_ + 4 * clean_need_ + 4;
}

// Returns whether there is nothing more to do.
Result<bool> Pager::Clean(uint64_t end) {
  if (clean_end_ < end) end = clean_end_;
  while (writer_.rows_put() < end) {
    const uint32_t bytes = extents_.count();  // as the pass begins; it may grow while the pass puts
    auto* live = static_cast<uint8_t*>(BudgetAlloc(budget_, bytes));
    if (!live) return true;  // cleaning is never needed now
    std::memset(live, 0, bytes);
    Result<bool> done = CleanPass(end, live);
    BudgetFree(budget_, live, bytes);
    if (!done.ok() || *done) return done;
  }
  return writer_.rows_put() >= clean_end_;
}

Result<bool> Pager::CleanPass(uint64_t end, uint8_t* live) {
  // Live slots of each extent as the head sees it. What only the last checkpoint shows will be free
  // by the time the next one looks for room.
  const uint32_t count = extents_.count();
  uint32_t live_total = 0;
  auto add = [&](uint64_t entry) {
    uint32_t loc = EntryLoc(entry);
    live_total++;
    if (loc != kLocNone && !(loc & kLocMemory)) live[LocExtent(loc)]++;
  };
  for (uint32_t i = 0; i < head_->count; i++) {
    const MapLeaf* leaf = head_->leaf[i];
    add(leaf->home);
    for (uint64_t entry : leaf->entry) {
      if (entry != 0) add(entry);
    }
  }
  uint32_t of[kSlotsPerExtent + 1] = {};
  for (uint32_t e = 0; e < count; e++) of[live[e]]++;
  const uint64_t put = writer_.rows_put() - clean_begin_;
  if (put > clean_rows_) clean_rows_ = static_cast<uint32_t>(put);
  if (of[0] >= 2 * clean_need_ + clean_rows_) return true;
  if (uint64_t{live_total} * 100 >= uint64_t{count} * kSlotsPerExtent * kLivePercent) return true;

  uint64_t rows = end - writer_.rows_put();
  if (rows > kPassRows) rows = kPassRows;
  if (rows > clean_need_) rows = clean_need_;
  uint32_t room = static_cast<uint32_t>(rows) * kSlotsPerExtent;
  uint32_t chosen = 0;
  for (uint32_t k = 1; k <= kVictimLiveMax && room >= k; k++) {
    for (uint32_t e = 0; of[k] != 0 && e < count && room >= k; e++) {
      if (live[e] != k) continue;
      live[e] |= kVictim;
      room -= k;
      of[k]--;
      chosen++;
    }
  }
  if (chosen == 0) return true;

  Victim victims[kPassPages];
  uint32_t n = 0;
  for (uint32_t i = 0; i < head_->count; i++) {
    uint32_t home = EntryLoc(head_->leaf[i]->home);
    // A leaf without a home is written by the checkpoint anyway.
    if (home != kLocNone && live[LocExtent(home)] & kVictim) DOSQL_TRY(OwnHeadLeaf(i * kMapFanout));
    const MapLeaf* leaf = head_->leaf[i];
    for (uint32_t j = 0; j < kMapFanout; j++) {
      uint32_t loc = EntryLoc(leaf->entry[j]);
      if (loc == kLocNone || loc & kLocMemory || !(live[LocExtent(loc)] & kVictim)) continue;
      if (n < kPassPages) victims[n++] = {i * kMapFanout + j, leaf->entry[j]};
    }
  }
  SortByLoc(victims, n);
  Status s;
  for (uint32_t i = 0; i < n && s.ok(); i++) {
    if (writer_.full()) s = FlushWriter();
    if (s.ok()) s = MovePage(victims[i].page, victims[i].entry);
  }
  Status flushed = FlushWriter();
  if (broken_) return s.ok() ? flushed : s;
  // A page that cannot be read or placed now only ends the cleaning.
  return !s.ok();
}

Status Pager::MovePage(uint32_t page, uint64_t entry) {
  uint32_t f = frames_.Find(EntryLoc(entry));
  const uint8_t* from;
  if (f != FrameTable::kNone) {
    from = frames_.data(f);
  } else {
    DOSQL_TRY(reader_.Read(entry, &from));
  }
  DOSQL_TRY(OwnHeadLeaf(page));
  uint8_t* to;
  DOSQL_TRY(writer_.Next(&to));
  std::memcpy(to, from, kPageBytes);
  uint64_t moved = writer_.Commit();
  if (f != FrameTable::kNone) frames_.MoveClean(f, EntryLoc(moved));
  head_->leaf[page / kMapFanout]->entry[page % kMapFanout] = moved;
  if (!ShownByPin(page, entry)) ReleaseSlot(entry);
  pages_cleaned_++;
  return Status::Ok();
}

}  // namespace dosql
