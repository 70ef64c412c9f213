// LeafMerge: the cells of a leaf and sorted changes to them as one sequence, to be cut into pages.
// It works on a copy of the leaf, so that the pages of the tree may change while it is read.
#pragma once

#include <cstdint>

#include "core/base/status.h"
#include "core/storage/btree/node.h"

namespace dosql {

class LeafMerge {
 public:
  static constexpr uint32_t kChangesMax = 2048;

  // Merges. *done: how many of the changes are in; the merge ends before one that has to do with
  // overflow chains, and is not possible (0) in a leaf with long keys. kCorrupt.
  Status Merge(const BTreeNode& leaf, PageId tree, const TreeChange* changes, uint32_t count,
               uint32_t* done);

  uint32_t count() const { return count_; }
  // The cell's tail is good until the next call.
  Status At(uint32_t i, BTreeCell* cell);
  // Where a page that begins with cell `from` ends: count() when all that is left fits. `packed`:
  // pages as full as can be, else some room is left and the last ones get equal shares.
  Status Cut(uint32_t from, bool packed, uint32_t* to);
  // Formats `data` as a leaf with the cells [from, to).
  Status Build(uint32_t from, uint32_t to, PageId id, PageId tree, uint8_t* data);

 private:
  static constexpr uint16_t kChange = 0x8000;
  // What a cell takes in a page without prefix.
  uint32_t CellBytes(uint32_t i) const;

  static constexpr uint32_t kSlotsMax = btree_format::kPageCapacity / btree_format::kBytesSlot;

  BTreeNode leaf_;
  const TreeChange* changes_ = nullptr;
  uint32_t count_ = 0;
  uint32_t bytes_left_ = 0;  // of the cells that Cut has not passed, prefixes included
  uint16_t items_[kChangesMax + kSlotsMax];  // a slot of the leaf, or kChange and a change's index
  uint16_t slot_bytes_[kSlotsMax];         // CellBytes of the leaf's cells
  uint8_t tail_[btree_format::kCellBytesMax];
  alignas(8) uint8_t page_[kPageBytes];
};

}  // namespace dosql
