#include "core/storage/page/frame_table.h"

#include <cstring>

#include "core/storage/page/page_map.h"

namespace dosql {

FrameTable::~FrameTable() {
  for (uint32_t i = 0; i < slab_count_; i++) BudgetFree(budget_, slabs_[i], sizeof(Slab));
  if (hash_) BudgetFree(budget_, hash_, (mask_ + 1) * sizeof(HashEntry));
  BudgetFree(budget_, slabs_, slabs_max_ * sizeof(Slab*));
}

Status FrameTable::Init(uint32_t frames_max) {
  slabs_max_ = frames_max / kSlabFrames;
  if (slabs_max_ < 2) slabs_max_ = 2;
  slabs_ = static_cast<Slab**>(BudgetAlloc(budget_, slabs_max_ * sizeof(Slab*)));
  if (!slabs_ || !GrowHash(6)) return Code::kNoMemory;
  return Status::Ok();
}

bool FrameTable::GrowHash(uint32_t bits) {
  uint32_t n = 1u << bits;
  auto* bigger = static_cast<HashEntry*>(BudgetAlloc(budget_, n * sizeof(HashEntry)));
  if (!bigger) return false;
  for (uint32_t i = 0; i < n; i++) bigger[i] = {kLocNone, kNone};
  HashEntry* old = hash_;
  uint32_t old_n = old ? mask_ + 1 : 0;
  hash_ = bigger;
  mask_ = n - 1;
  shift_ = 32 - bits;
  for (uint32_t i = 0; i < old_n; i++) {
    if (old[i].loc != kLocNone) HashInsert(old[i].loc, old[i].frame);
  }
  BudgetFree(budget_, old, old_n * sizeof(HashEntry));
  return true;
}

void FrameTable::HashInsert(uint32_t loc, uint32_t frame) {
  uint32_t i = (loc * kHashFactor) >> shift_;
  while (hash_[i].loc != kLocNone) i = (i + 1) & mask_;
  hash_[i] = {loc, frame};
}

// Linear probing without tombstones: what follows the gap moves up if its own place is not after it.
void FrameTable::HashErase(uint32_t loc) {
  uint32_t i = (loc * kHashFactor) >> shift_;
  while (hash_[i].loc != loc) i = (i + 1) & mask_;
  uint32_t gap = i;
  for (;;) {
    i = (i + 1) & mask_;
    if (hash_[i].loc == kLocNone) break;
    uint32_t ideal = (hash_[i].loc * kHashFactor) >> shift_;
    if (((i - ideal) & mask_) >= ((i - gap) & mask_)) {
      hash_[gap] = hash_[i];
      gap = i;
    }
  }
  hash_[gap] = {kLocNone, kNone};
}

bool FrameTable::AddSlab() {
  if (slab_count_ == slabs_max_) return false;
  // At most half full, so that probes stay short.
  if ((slab_count_ + 1) * kSlabFrames * 2 > mask_ + 1 && !GrowHash(33 - shift_)) return false;
  auto* slab = static_cast<Slab*>(BudgetAlloc(budget_, sizeof(Slab)));
  if (!slab) return false;
  std::memset(slab->meta, 0, sizeof slab->meta);
  slabs_[slab_count_++] = slab;
  for (uint32_t i = kSlabFrames; i-- > 0;) PushFree((slab_count_ - 1) * kSlabFrames + i);
  return true;
}

void FrameTable::PushFree(uint32_t f) {
  Frame& m = meta(f);
  m.state = FrameState::kFree;
  m.page = free_;
  free_ = f;
}

uint32_t FrameTable::Take(uint32_t now) {
  if (free_ == kNone && !AddSlab()) {
    // Two rounds: the first takes the second chance from what was used since the last visit.
    for (uint32_t n = 2 * count(); n > 0; n--) {
      uint32_t f = hand_;
      hand_ = hand_ + 1 == count() ? 0 : hand_ + 1;
      Frame& m = meta(f);
      if (m.state != FrameState::kClean || m.pins != 0 || m.touched == now) continue;
      if (m.touched != m.seen) {
        m.seen = m.touched;
        continue;
      }
      Release(f);
      break;
    }
  }
  uint32_t f = free_;
  if (f == kNone) return kNone;
  Frame& m = meta(f);
  free_ = m.page;
  m.touched = now;
  m.seen = now - 1;
  return f;
}

void FrameTable::MakeClean(uint32_t f, uint32_t loc) {
  Frame& m = meta(f);
  if (m.state == FrameState::kDirty) dirty_--;
  m.state = FrameState::kClean;
  m.loc = loc;
  HashInsert(loc, f);
}

void FrameTable::MakeDirty(uint32_t f, uint32_t page, uint64_t birth) {
  Frame& m = meta(f);
  if (m.state == FrameState::kClean) HashErase(m.loc);
  m.state = FrameState::kDirty;
  m.page = page;
  m.birth = birth;
  dirty_++;
}

void FrameTable::MoveClean(uint32_t f, uint32_t loc) {
  HashErase(meta(f).loc);
  MakeClean(f, loc);
}

void FrameTable::Release(uint32_t f) {
  Frame& m = meta(f);
  if (m.state == FrameState::kClean) HashErase(m.loc);
  if (m.state == FrameState::kDirty) dirty_--;
  if (m.pins != 0) {
    m.state = FrameState::kOrphan;
  } else {
    PushFree(f);
  }
}

void FrameTable::Unpin(uint32_t f) {
  Frame& m = meta(f);
  DOSQL_ASSERT(m.pins != 0);
  if (--m.pins == 0 && m.state == FrameState::kOrphan) PushFree(f);
}

uint32_t FrameTable::IndexOf(const uint8_t* data) const {
  for (uint32_t i = 0; i < slab_count_; i++) {
    const uint8_t* base = slabs_[i]->data[0];
    if (data >= base && data < base + sizeof slabs_[i]->data) {
      return i * kSlabFrames + static_cast<uint32_t>((data - base) / kPageBytes);
    }
  }
  return kNone;
}

}  // namespace dosql
