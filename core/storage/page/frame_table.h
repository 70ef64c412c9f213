// FrameTable: the memory that page images live in. Frames of 8 KB come in slabs of 16, taken from
// the byte budget as they are needed and kept until the end.
//
//   kFree -> kClean   a durable image was read; found by its Loc
//   kFree -> kDirty   a new image, found through the page map only
//   kDirty -> kClean  it was written to an extent
//   kClean -> kDirty  the head changes it and nobody else looks (a "steal")
//   any -> kOrphan    no version shows it, but somebody pinned the frame; kFree when unpinned
#pragma once

#include "core/base/budget.h"
#include "core/storage/page/page_format.h"

namespace dosql {

enum class FrameState : uint8_t { kFree, kClean, kDirty, kOrphan };

struct Frame {
  uint64_t birth;    // kDirty: the epoch in which the image was made
  uint32_t loc;      // kClean: where the image is durable
  uint32_t page;     // kDirty: whose image it is; kFree: the next free frame
  uint32_t touched;  // the last operation that used it
  uint32_t seen;     // `touched` when the clock hand last came by
  uint32_t pins;
  FrameState state;
};

class FrameTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kSlabFrames = 16;

  explicit FrameTable(ByteBudget* budget) : budget_(budget) {}
  ~FrameTable();
  FrameTable(const FrameTable&) = delete;
  FrameTable& operator=(const FrameTable&) = delete;

  // To be called once. At most frames_max frames (rounded down to slabs, at least two slabs).
  Status Init(uint32_t frames_max);

  Frame& meta(uint32_t f) { return slabs_[f / kSlabFrames]->meta[f % kSlabFrames]; }
  uint8_t* data(uint32_t f) { return slabs_[f / kSlabFrames]->data[f % kSlabFrames]; }

  // The clean frame of a durable Loc, or kNone. Find(kLocNone) is kNone.
  uint32_t Find(uint32_t loc) const {
    uint32_t i = (loc * kHashFactor) >> shift_;
    while (hash_[i].loc != loc) {
      if (hash_[i].loc == kLocNone) return kNone;
      i = (i + 1) & mask_;
    }
    return hash_[i].frame;
  }

  // A free frame (uninitialised bytes, no pins): new, or won by evicting a clean one that the
  // operation `now` has not touched. kNone when there is none.
  uint32_t Take(uint32_t now);

  void MakeClean(uint32_t f, uint32_t loc);                   // from kFree or kDirty
  void MakeDirty(uint32_t f, uint32_t page, uint64_t birth);  // from kFree or kClean
  void MoveClean(uint32_t f, uint32_t loc);                   // the same image is durable elsewhere
  // The image is of no more use: kFree, or kOrphan while pinned.
  void Release(uint32_t f);
  void Unpin(uint32_t f);

  // The frame whose bytes begin at `data`; kNone if there is none.
  uint32_t IndexOf(const uint8_t* data) const;

  uint32_t count() const { return slab_count_ * kSlabFrames; }
  uint32_t count_max() const { return slabs_max_ * kSlabFrames; }
  uint32_t dirty() const { return dirty_; }

 private:
  struct Slab {
    uint8_t data[kSlabFrames][kPageBytes];
    Frame meta[kSlabFrames];
  };
  struct HashEntry {
    uint32_t loc;    // kLocNone: empty
    uint32_t frame;  // kNone when empty
  };
  static constexpr uint32_t kHashFactor = 0x9e3779b1u;

  bool AddSlab();
  bool GrowHash(uint32_t bits);
  void HashInsert(uint32_t loc, uint32_t frame);
  void HashErase(uint32_t loc);
  void PushFree(uint32_t f);

  ByteBudget* budget_;
  Slab** slabs_ = nullptr;
  HashEntry* hash_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t shift_ = 32;
  uint32_t slab_count_ = 0;
  uint32_t slabs_max_ = 0;
  uint32_t free_ = kNone;
  uint32_t hand_ = 0;
  uint32_t dirty_ = 0;
};

}  // namespace dosql
