#include "core/storage/btree/leaf_merge.h"

#include <algorithm>

#include "core/base/varint.h"

namespace dosql {

using namespace btree_format;

Status LeafMerge::Merge(const BTreeNode& leaf, PageId tree, const TreeChange* changes,
                        uint32_t count, uint32_t* done) {
  *done = 0;
  std::memcpy(page_, leaf.data(), kPageBytes);
  DOSQL_TRY(leaf_.Open(leaf.id(), page_, tree, leaf.kind(), 0));
  if (leaf_.count() > kSlotsMax) return Code::kCorrupt;
  changes_ = changes;
  count_ = bytes_left_ = 0;
  for (uint32_t k = 0; k < leaf_.count(); k++) {
    BTreeCell cell;
    DOSQL_TRY(leaf_.CellAt(k, &cell));
    if (cell.long_key) return Status::Ok();
    slot_bytes_[k] = static_cast<uint16_t>(leaf_.CellBytes(cell, 0));
    bytes_left_ += slot_bytes_[k];
  }
  // Where the first and the last key have the leaf's prefix, all between them have it.
  const Bytes prefix = leaf_.prefix();
  auto has_prefix = [&](const TreeChange& c) {
    return c.key_size >= prefix.size() &&
           CompareBytes(c.key_bytes().first(prefix.size()), prefix) == 0;
  };
  const bool behind_prefix = leaf_.kind() == KeyKind::kBytes && count > 0 &&
                             has_prefix(changes[0]) && has_prefix(changes[count - 1]);
  uint32_t slot = 0, i = 0;
  for (; i < count; i++) {
    const TreeChange& c = changes[i];
    // A key of that size could tie with the local part of a longer one.
    if (c.key_size >= kKeyLocalMax || c.payload_size > kPayloadLocalMax) break;
    uint32_t at;
    bool exact;
    DOSQL_TRY(
        behind_prefix
            ? leaf_.LowerBoundBehindPrefix(nullptr, nullptr, c.key_bytes(), &at, &exact, slot)
            : leaf_.LowerBound(nullptr, nullptr, {c.order, c.key_bytes()}, &at, &exact, slot));
    if (at < slot || exact == (c.kind == TreeChange::kInsert)) return Code::kCorrupt;
    if (exact) {
      PayloadRef old;
      DOSQL_TRY(leaf_.PayloadAt(at, &old));
      if (old.chain.length > 0) break;
    }
    while (slot < at) items_[count_++] = static_cast<uint16_t>(slot++);
    if (exact) bytes_left_ -= slot_bytes_[slot++];
    if (c.kind == TreeChange::kDelete) continue;
    items_[count_] = static_cast<uint16_t>(kChange | i);
    bytes_left_ += CellBytes(count_++);
  }
  while (slot < leaf_.count()) items_[count_++] = static_cast<uint16_t>(slot++);
  *done = i;
  return Status::Ok();
}

uint32_t LeafMerge::CellBytes(uint32_t i) const {
  const uint32_t item = items_[i];
  if (item < kChange) return slot_bytes_[item];
  const TreeChange& c = changes_[item - kChange];
  return leaf_.slot_bytes() + c.key_size + (c.payload_size < 0x80 ? 1 : 2) + c.payload_size;
}

Status LeafMerge::At(uint32_t i, BTreeCell* cell) {
  const uint32_t item = items_[i];
  if (item < kChange) return leaf_.CellAt(item, cell);
  const TreeChange& c = changes_[item - kChange];
  *cell = BTreeCell();
  cell->integer = c.order;
  cell->suffix = c.key_bytes();
  uint8_t* p = PutVarint(tail_, c.payload_size);
  if (c.payload_size > 0) std::memcpy(p, c.payload, c.payload_size);
  cell->tail = {tail_, static_cast<size_t>(p - tail_) + c.payload_size};
  return Status::Ok();
}

Status LeafMerge::Cut(uint32_t from, bool packed, uint32_t* to) {
  BTreeCell first, last;
  *to = count_;
  if (from == count_) return Status::Ok();
  DOSQL_TRY(At(count_ - 1, &last));
  DOSQL_TRY(At(from, &first));
  // What all cells share, each page's cells share too, and mostly not much more.
  const uint32_t prefix = leaf_.kind() == KeyKind::kBytes ? CommonLocalKey(first, last) : 0;
  // n cells with a prefix of p bytes take their sizes without prefix, less (n - 1) p.
  const uint32_t left = bytes_left_ - (count_ - from - 1) * prefix;
  if (left <= kPageCapacity) return Status::Ok();
  uint32_t aim = kPageCapacity;
  if (!packed) {
    const uint32_t room = kPageCapacity * 7 / 8;
    aim = left / ((left + room - 1) / room);
  }
  uint32_t sum = prefix, i = from;
  while (i < count_ - 1 && sum < aim) {
    const uint32_t own = CellBytes(i) - prefix;
    if (sum + own > kPageCapacity) break;
    sum += own;
    bytes_left_ -= own + prefix;
    i++;
  }
  if (i == from) return Code::kCorrupt;
  *to = i;
  return Status::Ok();
}

Status LeafMerge::Build(uint32_t from, uint32_t to, PageId id, PageId tree, uint8_t* data) {
  BTreeCell first, cell;
  uint32_t prefix = 0;
  if (from < to) {
    DOSQL_TRY(At(to - 1, &cell));
    DOSQL_TRY(At(from, &first));
    if (leaf_.kind() == KeyKind::kBytes) prefix = CommonLocalKey(first, cell);
  }
  BTreeNode node;
  node.Format(id, data, tree, leaf_.kind(), 0, &first, prefix);
  for (uint32_t i = from; i < to; i++) {
    bool fits;
    if (items_[i] < kChange) {
      fits = node.AppendFrom(leaf_, items_[i], slot_bytes_[items_[i]]);
    } else {
      const TreeChange& c = changes_[items_[i] - kChange];
      fits = node.Append({c.order, c.key_bytes()}, {c.payload, c.payload_size}, CellBytes(i));
    }
    if (!fits) return Code::kCorrupt;
  }
  return Status::Ok();
}

}  // namespace dosql
