// ExtentTable: which slots of which extents hold an image that some version shows. Derived when a
// database is opened, by walking its page map, and never stored: the walk is needed anyway to load
// the map (8 bytes a page: 10 MB for a database of 10 GB), and an allocation table of its own would
// be one more thing to write at every checkpoint and to believe after a crash.
//
// 2 bytes an extent: 160 KB for 10 GB.
#pragma once

#include "core/base/budget.h"
#include "core/storage/page/page_format.h"

namespace dosql {

class ExtentTable {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  explicit ExtentTable(ByteBudget* budget) : budget_(budget) {}
  ~ExtentTable();
  ExtentTable(const ExtentTable&) = delete;
  ExtentTable& operator=(const ExtentTable&) = delete;

  // Makes the table cover `count` extents. kNoMemory; kFull above kExtentsMax.
  Status Grow(uint32_t count);

  bool IsLive(uint32_t loc) const {
    return bits_[LocExtent(loc)] >> LocSlot(loc) & 1;
  }
  void SetLive(uint32_t loc);
  void SetDead(uint32_t loc);

  // The lowest extent without a live slot; appended when there is none. The caller must set a slot
  // live before it asks again. kNone: no memory or no numbers left.
  uint32_t TakeFree();

  uint32_t count() const { return count_; }
  uint32_t free_count() const { return free_count_; }
  uint64_t live_slots() const { return live_slots_; }
  uint16_t bits(uint32_t extent) const { return bits_[extent]; }

 private:
  ByteBudget* budget_;
  uint16_t* bits_ = nullptr;
  uint32_t count_ = 0;
  uint32_t capacity_ = 0;
  uint32_t free_count_ = 0;
  uint32_t hint_ = 0;  // no free extent below this one
  uint64_t live_slots_ = 0;
};

}  // namespace dosql
