#include "core/storage/btree/cursor.h"

#include <algorithm>

#include "core/storage/btree/node.h"
#include "core/storage/btree/overflow.h"

namespace dosql {

Status Cursor::Leaf(BTreeNode* leaf) {
  DOSQL_ASSERT(valid_);
  tree_.Begin();
  return tree_.Load(version_, path_.steps[path_.depth].page, 0, leaf);
}

Status Cursor::ToEdge(BTree::Path* path, uint32_t depth, bool last, uint32_t* entries) const {
  BTreeNode node;
  DOSQL_TRY(
      tree_.Load(version_, path->steps[depth].page, static_cast<int>(path->depth - depth), &node));
  for (; !node.leaf(); depth++) {
    if (path->steps[depth].slot > node.count()) return Code::kCorrupt;
    PageId child;
    DOSQL_TRY(node.Child(path->steps[depth].slot, &child));
    DOSQL_TRY(tree_.Load(version_, child, node.level() - 1, &node));
    uint32_t slot = last ? node.count() : 0;
    if (node.leaf() && slot > 0) slot--;
    path->steps[depth + 1] = {child, slot};
  }
  *entries = node.count();
  return Status::Ok();
}

Status Cursor::ToNextLeaf(BTree::Path* path, bool forward, bool* found) const {
  *found = false;
  for (uint32_t depth = path->depth; depth > 0;) {
    depth--;
    BTree::Step& step = path->steps[depth];
    BTreeNode node;
    DOSQL_TRY(tree_.Load(version_, step.page, static_cast<int>(path->depth - depth), &node));
    if (forward ? step.slot >= node.count() : step.slot == 0) continue;
    step.slot += forward ? 1 : ~uint32_t{0};
    uint32_t entries;
    DOSQL_TRY(ToEdge(path, depth, !forward, &entries));
    *found = entries > 0;
    if (*found) return Status::Ok();
    depth = path->depth;  // an empty leaf: on from there
  }
  return Status::Ok();
}

Status Cursor::Seek(SeekOp op, const Key& key) {
  tree_.Begin();
  BTree::Path path;
  BTreeNode leaf;
  bool exact;
  DOSQL_TRY(tree_.Descend(version_, key, &path, &leaf, &exact));
  uint32_t& slot = path.steps[path.depth].slot;
  const bool forward = op == SeekOp::kGe || op == SeekOp::kGt;
  bool found;
  if (forward) {
    if (op == SeekOp::kGt && exact) slot++;
    found = slot < leaf.count();
  } else {
    found = (op == SeekOp::kLe && exact) || slot > 0;
    if (!(op == SeekOp::kLe && exact)) slot--;
  }
  if (!found) DOSQL_TRY(ToNextLeaf(&path, forward, &found));
  path_ = path;
  valid_ = found;
  return Status::Ok();
}

Status Cursor::ToEnd(bool last) {
  tree_.Begin();
  BTreeNode root;
  DOSQL_TRY(tree_.Load(version_, tree_.root(), -1, &root));
  BTree::Path path;
  path.depth = static_cast<uint32_t>(root.level());
  uint32_t slot = last ? root.count() : 0, entries;
  if (root.leaf() && slot > 0) slot--;
  path.steps[0] = {tree_.root(), slot};
  DOSQL_TRY(ToEdge(&path, 0, last, &entries));
  bool found = entries > 0;
  if (!found) DOSQL_TRY(ToNextLeaf(&path, !last, &found));
  path_ = path;
  valid_ = found;
  return Status::Ok();
}

Status Cursor::First() { return ToEnd(false); }
Status Cursor::Last() { return ToEnd(true); }

Status Cursor::Step(bool forward) {
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  uint32_t& slot = path_.steps[path_.depth].slot;
  if (forward ? slot + 1 < leaf.count() : slot > 0) {
    slot += forward ? 1 : ~uint32_t{0};
    return Status::Ok();
  }
  return ToLeafBeside(forward, &leaf);
}

Status Cursor::Next() { return Step(true); }
Status Cursor::Prev() { return Step(false); }

Status Cursor::IntegerKey(int64_t* key) {
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  uint32_t slot = path_.steps[path_.depth].slot;
  if (slot >= leaf.count()) return Code::kCorrupt;
  *key = leaf.IntegerAt(slot);
  return Status::Ok();
}

Status Cursor::SeekFraction(double at) {
  tree_.Begin();
  BTree::Path path;
  BTreeNode node;
  PageId id = tree_.root_;
  DOSQL_TRY(tree_.Load(version_, id, -1, &node));
  path.depth = 0;
  while (!node.leaf()) {
    double child = at * (node.count() + 1);
    uint32_t slot = static_cast<uint32_t>(child);
    if (slot > node.count()) slot = node.count();
    at = child - slot;
    path.rightmost = path.rightmost && slot == node.count();
    path.steps[path.depth++] = {id, slot};
    DOSQL_TRY(node.Child(slot, &id));
    DOSQL_TRY(tree_.Load(version_, id, node.level() - 1, &node));
  }
  path.steps[path.depth] = {id, 0};
  path_ = path;
  valid_ = node.count() > 0;
  return Status::Ok();
}

Status Cursor::Fraction(double* at) const {
  *at = 1;
  if (!valid_) return Status::Ok();
  tree_.Begin();
  double before = 0, width = 1;
  for (uint32_t i = 0; i <= path_.depth; i++) {
    BTreeNode node;
    DOSQL_TRY(tree_.Load(version_, path_.steps[i].page, -1, &node));
    double n = node.count() + (node.leaf() ? 0 : 1);
    if (n == 0) break;
    before += width * path_.steps[i].slot / n;
    width /= n;
  }
  *at = before;
  return Status::Ok();
}

Status Cursor::CopyKey(const BTreeNode& leaf, uint32_t slot, Arena* arena, Bytes* key) const {
  BTreeCell cell;
  DOSQL_TRY(leaf.CellAt(slot, &cell));
  const Chain chain = cell.KeyChain();
  const size_t size = cell.local_key_size() + chain.length;
  uint8_t* out = static_cast<uint8_t*>(arena->Allocate(size));
  if (out == nullptr) return Code::kNoMemory;
  uint8_t* rest = cell.CopyLocalKey(0, out);
  if (chain.length > 0)
    DOSQL_TRY(ReadChainOf(leaf.data(), tree_.pager_, version_, chain, {rest, chain.length}));
  *key = {out, size};
  return Status::Ok();
}

Status Cursor::BytesKey(Arena* arena, Bytes* key) {
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  uint32_t slot = path_.steps[path_.depth].slot;
  if (slot >= leaf.count()) return Code::kCorrupt;
  return CopyKey(leaf, slot, arena, key);
}

Status Cursor::Payload(Arena* arena, Bytes* payload) {
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  uint32_t slot = path_.steps[path_.depth].slot;
  if (slot >= leaf.count()) return Code::kCorrupt;
  return tree_.ReadPayload(version_, leaf, slot, arena, payload);
}

// Moves to the first entry of the leaf behind, or the last of the one before, and reads that leaf.
Status Cursor::ToLeafBeside(bool forward, BTreeNode* leaf) {
  BTree::Path path = path_;
  bool found;
  DOSQL_TRY(ToNextLeaf(&path, forward, &found));
  if (found) DOSQL_TRY(tree_.Load(version_, path.steps[path.depth].page, 0, leaf));
  path_ = path;
  valid_ = found;
  return Status::Ok();
}

Status Cursor::NextLeafRun(uint32_t rows_max, const ScanEnd* end, LeafRun* run) {
  *run = LeafRun();
  if (!valid_) return Status::Ok();
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  if (path_.steps[path_.depth].slot >= leaf.count()) {  // the last run emptied this leaf
    DOSQL_TRY(ToLeafBeside(true, &leaf));
    if (!valid_) return Status::Ok();
  }
  uint32_t& slot = path_.steps[path_.depth].slot;
  uint32_t stop = leaf.count();
  if (end != nullptr) {
    bool exact;
    DOSQL_TRY(leaf.LowerBound(tree_.pager_, version_, end->key, &stop, &exact));
    if (exact && end->inclusive) stop++;
  }
  if (stop <= slot) {
    valid_ = false;
    return Status::Ok();
  }
  run->page_ = leaf.data();
  run->begin = slot;
  run->end = slot + std::min(stop - slot, rows_max);
  slot = run->end;
  return Status::Ok();
}

Status Cursor::PrevLeafRun(uint32_t rows_max, const ScanEnd* start, LeafRun* run) {
  *run = LeafRun();
  if (!valid_) return Status::Ok();
  BTreeNode leaf;
  DOSQL_TRY(Leaf(&leaf));
  constexpr uint32_t kBefore = ~uint32_t{0};  // the last run began the leaf
  if (path_.steps[path_.depth].slot == kBefore) {
    DOSQL_TRY(ToLeafBeside(false, &leaf));
    if (!valid_) return Status::Ok();
  }
  uint32_t& slot = path_.steps[path_.depth].slot;
  if (slot >= leaf.count()) return Code::kCorrupt;
  uint32_t first = 0;
  if (start != nullptr) {
    bool exact;
    DOSQL_TRY(leaf.LowerBound(tree_.pager_, version_, start->key, &first, &exact));
    if (exact && !start->inclusive) first++;
  }
  if (slot < first) {
    valid_ = false;
    return Status::Ok();
  }
  run->page_ = leaf.data();
  run->end = slot + 1;
  run->begin = run->end - std::min(run->end - first, rows_max);
  slot = run->begin - 1;  // kBefore after the leaf's first
  return Status::Ok();
}

Status Cursor::RunEntry(const LeafRun& run, uint32_t i, Arena* arena, Bytes* key, Bytes* payload) {
  BTreeNode leaf;
  DOSQL_TRY(leaf.Open(PageId(), run.page_, tree_.root(), tree_.kind(), 0));
  if (i >= leaf.count()) return Code::kCorrupt;
  if (key != nullptr) DOSQL_TRY(CopyKey(leaf, i, arena, key));
  if (payload != nullptr) DOSQL_TRY(tree_.ReadPayload(version_, leaf, i, arena, payload));
  return Status::Ok();
}

}  // namespace dosql
