// CellSequence: the cells of one or two neighbouring pages in key order, with one more between them,
// as if they were one page without limits. Splits, merges and compaction cut it and build pages.
#pragma once

#include <cstdint>

#include "core/base/status.h"
#include "core/storage/btree/node.h"

namespace dosql {

class CellSequence {
 public:
  // The first `left_count` cells of `left`, then `middle` (nullptr: none), then those of `right`
  // from `right_from` on. The nodes may be the same one. All must outlive the sequence.
  CellSequence(const BTreeNode& left, uint32_t left_count, const BTreeCell* middle,
               const BTreeNode& right, uint32_t right_from)
      : left_(left), right_(right), middle_(middle), left_count_(left_count),
        right_from_(right_from) {}

  uint32_t count() const {
    return left_count_ + (middle_ != nullptr) + right_.count() - right_from_;
  }
  Status At(uint32_t i, BTreeCell* cell) const;

  // What the cells [from, to) take in a page of their own, header excluded.
  Status Size(uint32_t from, uint32_t to, uint32_t* bytes) const;
  // The position that halves the bytes: [0, cut) and [cut, count), both not empty; `inner`: the cell
  // at the cut goes up, so one more must follow. kFull when the halves do not both fit a page.
  Status Cut(bool inner, uint32_t* cut) const;
  // Formats `data` as a page with the cells [from, to). kCorrupt when they do not fit.
  Status Build(uint32_t from, uint32_t to, PageId id, PageId tree, uint8_t* data,
               BTreeNode* node) const;

 private:
  // More than two pages and a cell between them can have.
  static constexpr uint32_t kCellsMax =
      2 * (btree_format::kPageCapacity / btree_format::kBytesSlot) + 1;

  // The first and last cell's common prefix, which all between them share.
  Status Prefix(uint32_t from, uint32_t to, BTreeCell* first, uint32_t* prefix) const;

  const BTreeNode& left_;
  const BTreeNode& right_;
  const BTreeCell* middle_;
  uint32_t left_count_, right_from_;
};

}  // namespace dosql
