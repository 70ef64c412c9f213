#include "core/storage/btree/cell_sequence.h"

#include <algorithm>

namespace dosql {

using namespace btree_format;

Status CellSequence::At(uint32_t i, BTreeCell* cell) const {
  if (i < left_count_) return left_.CellAt(i, cell);
  i -= left_count_;
  if (middle_ != nullptr && i-- == 0) {
    *cell = *middle_;
    return Status::Ok();
  }
  return right_.CellAt(right_from_ + i, cell);
}

Status CellSequence::Prefix(uint32_t from, uint32_t to, BTreeCell* first, uint32_t* prefix) const {
  *prefix = 0;
  if (left_.kind() == KeyKind::kInteger || from == to) return Status::Ok();
  BTreeCell last;
  DOSQL_TRY(At(from, first));
  DOSQL_TRY(At(to - 1, &last));
  *prefix = CommonLocalKey(*first, last);
  return Status::Ok();
}

Status CellSequence::Size(uint32_t from, uint32_t to, uint32_t* bytes) const {
  BTreeCell cell;
  uint32_t prefix;
  DOSQL_TRY(Prefix(from, to, &cell, &prefix));
  *bytes = prefix;
  for (uint32_t i = from; i < to; i++) {
    DOSQL_TRY(At(i, &cell));
    *bytes += left_.CellBytes(cell, prefix);
  }
  return Status::Ok();
}

Status CellSequence::Cut(bool inner, uint32_t* cut) const {
  const uint32_t n = count(), last = n - 1 - inner;
  if (n < 2u + inner || n > kCellsMax) return Code::kCorrupt;
  BTreeCell cell;
  uint16_t sizes[kCellsMax];  // without prefix
  uint32_t prefix, total = 0, half = 0, i = 0;
  for (; i < n; i++) {
    DOSQL_TRY(At(i, &cell));
    sizes[i] = static_cast<uint16_t>(left_.CellBytes(cell, 0));
    total += sizes[i];
  }
  DOSQL_TRY(Prefix(0, n, &cell, &prefix));
  for (i = 0; i < n; i++) {
    const uint32_t bytes = sizes[i] - prefix;
    // The cut before the cell that the middle lies in, or after it: whichever is nearer.
    if (half + bytes / 2 >= (total - n * prefix) / 2) break;
    half += bytes;
  }
  // A new first or last cell that lacks the page's long prefix unpacks all the others; then it must
  // have a page of its own, and the others keep their prefix.
  auto fits = [&](uint32_t from, uint32_t to, bool* out) -> Status {
    DOSQL_TRY(Prefix(from, to, &cell, &prefix));
    uint32_t bytes = prefix - (to - from) * prefix;
    for (uint32_t k = from; k < to; k++) bytes += sizes[k];
    *out = bytes <= kPageCapacity;
    return Status::Ok();
  };
  const uint32_t candidates[3] = {std::clamp(i, 1u, last), 1u, last};
  for (uint32_t c : candidates) {
    bool left, right;
    DOSQL_TRY(fits(0, c, &left));
    DOSQL_TRY(fits(c + inner, n, &right));
    *cut = c;
    if (left && right) return Status::Ok();
  }
  return Code::kFull;
}

Status CellSequence::Build(uint32_t from, uint32_t to, PageId id, PageId tree, uint8_t* data,
                           BTreeNode* node) const {
  BTreeCell cell;
  uint32_t prefix;
  DOSQL_TRY(Prefix(from, to, &cell, &prefix));
  node->Format(id, data, tree, left_.kind(), left_.level(), &cell, prefix);
  for (uint32_t i = from; i < to; i++) {
    DOSQL_TRY(At(i, &cell));
    if (!node->Insert(i - from, cell)) return Code::kCorrupt;
  }
  return Status::Ok();
}

}  // namespace dosql
