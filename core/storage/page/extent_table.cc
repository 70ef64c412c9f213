#include "core/storage/page/extent_table.h"

#include <cstring>

#include "core/storage/page/page_map.h"

namespace dosql {

ExtentTable::~ExtentTable() { BudgetFree(budget_, bits_, capacity_ * sizeof(uint16_t)); }

Status ExtentTable::Grow(uint32_t count) {
  if (count > kExtentsMax) return Code::kFull;
  if (count > capacity_) {
    uint32_t capacity = capacity_ * 2 > count ? capacity_ * 2 : count + 16;
    auto* bits = static_cast<uint16_t*>(BudgetAlloc(budget_, capacity * sizeof(uint16_t)));
    if (!bits) return Code::kNoMemory;
    if (count_ != 0) std::memcpy(bits, bits_, count_ * sizeof(uint16_t));
    BudgetFree(budget_, bits_, capacity_ * sizeof(uint16_t));
    bits_ = bits;
    capacity_ = capacity;
  }
  for (; count_ < count; count_++, free_count_++) bits_[count_] = 0;
  return Status::Ok();
}

void ExtentTable::SetLive(uint32_t loc) {
  uint16_t& b = bits_[LocExtent(loc)];
  DOSQL_ASSERT(!(b >> LocSlot(loc) & 1));
  if (b == 0) free_count_--;
  b |= static_cast<uint16_t>(1u << LocSlot(loc));
  live_slots_++;
}

void ExtentTable::SetDead(uint32_t loc) {
  uint32_t extent = LocExtent(loc);
  uint16_t& b = bits_[extent];
  DOSQL_ASSERT(b >> LocSlot(loc) & 1);
  b &= static_cast<uint16_t>(~(1u << LocSlot(loc)));
  live_slots_--;
  if (b == 0) {
    free_count_++;
    if (extent < hint_) hint_ = extent;
  }
}

uint32_t ExtentTable::TakeFree() {
  if (free_count_ != 0) {
    while (bits_[hint_] != 0) hint_++;
    return hint_;
  }
  hint_ = count_;
  if (!Grow(count_ + 1).ok()) return kNone;
  return hint_;
}

}  // namespace dosql
