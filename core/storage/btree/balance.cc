// How a BTree keeps its pages within bounds: splits on the way up after an insert, merges and shares
// after a delete. The root keeps its id: it grows by moving its content down into a new child, and
// shrinks by taking over the content of its only one.
#include <algorithm>

#include "core/storage/btree/btree.h"
#include "core/storage/btree/cell_sequence.h"
#include "core/storage/btree/node.h"
#include "core/storage/btree/overflow.h"

namespace dosql {

using namespace btree_format;

namespace {

// A separator's bytes while it moves from one page to another.
constexpr uint32_t kSeparatorBytesMax = kKeyLocalMax + kLongKeyBytes;

void CopySeparator(const BTreeCell& cell, uint8_t* buffer, BTreeCell* out) {
  *out = BTreeCell();
  out->integer = cell.integer;
  out->long_key = cell.long_key;
  uint8_t* tail = cell.CopyLocalKey(0, buffer);
  out->suffix = {buffer, static_cast<size_t>(tail - buffer)};
  if (cell.long_key) {
    std::memcpy(tail, cell.tail.data(), kLongKeyBytes);
    out->tail = {tail, kLongKeyBytes};
  }
}

}  // namespace

Status BTree::Separator(const BTreeCell& left, const BTreeCell& right, uint8_t* buffer,
                        BTreeCell* out) {
  *out = BTreeCell();
  if (kind_ == KeyKind::kInteger) {
    out->integer = right.integer;
    return Status::Ok();
  }
  // One byte more of `right` than it shares with `left`.
  uint32_t local = CommonLocalKey(left, right) + 1;
  Chain chain;
  if (local > right.local_key_size()) {
    if (!right.long_key) return Code::kCorrupt;  // then right is not greater
    local = kKeyLocalMax;
    uint32_t common = 0;
    if (left.long_key) {
      DOSQL_TRY(CommonChainBytes(pager_, left.KeyChain(), right.KeyChain(), &common));
    }
    if (common >= right.KeyChain().length) return Code::kCorrupt;
    chain.length = common + 1;
    DOSQL_TRY(CopyChain(pager_, right.KeyChain(), chain.length, &chain.first));
  }
  for (uint32_t i = 0; i < local; i++) buffer[i] = right.local_key_at(i);
  out->suffix = {buffer, local};
  if (chain.length > 0) {
    out->long_key = true;
    StoreLe<uint32_t>(buffer + local, chain.length);
    StoreLe<uint32_t>(buffer + local + 4, chain.first.value);
    out->tail = {buffer + local, kLongKeyBytes};
  }
  return Status::Ok();
}

Status BTree::PushDownRoot(Path* path) {
  BTreeNode root;
  DOSQL_TRY(LoadForWrite(root_, &root));
  if (root.level() >= static_cast<int>(kLevelMax)) return Code::kFull;
  PageId id;
  uint8_t* data;
  DOSQL_TRY(pager_->Allocate(&id, &data));
  std::memcpy(data, root.data(), kPageBytes);
  root.Format(root_, const_cast<uint8_t*>(root.data()), root_, kind_, root.level() + 1, nullptr, 0);
  DOSQL_TRY(root.SetChild(0, id));
  std::copy_backward(path->steps, path->steps + path->depth + 1, path->steps + path->depth + 2);
  path->depth++;
  path->steps[0] = {root_, 0};
  path->steps[1].page = id;
  if (path->depth == 1 && path->rightmost) last_leaf_ = id;
  return Status::Ok();
}

Status BTree::AddCell(Path* path, uint32_t depth, const BTreeCell& new_cell) {
  BTreeCell cell = new_cell;
  uint8_t separators[2][kSeparatorBytesMax];  // one comes up while the other is still being placed
  uint8_t scratch[kPageBytes];
  for (uint32_t round = 0;; round++) {
    BTreeNode node, built;
    const PageId id = path->steps[depth].page;
    const uint32_t slot = path->steps[depth].slot;
    DOSQL_TRY(LoadForWrite(id, &node));
    if (slot > node.count()) return Code::kCorrupt;
    if (node.Insert(slot, cell)) return Status::Ok();

    // Rebuilt, a bytes page may have a longer prefix, or the shorter one that this cell needs.
    const bool inner = !node.leaf();
    const CellSequence cells(node, slot, &cell, node, slot);
    const uint32_t n = cells.count();
    const uint8_t flags = node.flags();
    const PageId last_child = node.right_child();
    uint32_t size = kPageCapacity + 1;
    if (kind_ == KeyKind::kBytes) DOSQL_TRY(cells.Size(0, n, &size));
    if (size <= kPageCapacity) {
      DOSQL_TRY(cells.Build(0, n, id, root_, scratch, &built));
      built.set_flags(flags);
      if (inner) DOSQL_TRY(built.SetChild(n, last_child));
      std::memcpy(const_cast<uint8_t*>(node.data()), scratch, kPageBytes);
      return Status::Ok();
    }
    if (depth == 0) {
      DOSQL_TRY(PushDownRoot(path));
      depth = 1;
    }

    // In two. Behind the tree's last key the old page stays as it is and full, and the new one takes
    // the new cell alone; anywhere else the bytes are halved.
    const PageId left_id = path->steps[depth].page;
    DOSQL_TRY(LoadForWrite(left_id, &node));
    if (n < 2u + inner) return Code::kCorrupt;  // the page's space accounting is wrong
    uint32_t cut = n - 1 - inner;
    const bool append = path->rightmost && slot == n - 1;
    if (!append) DOSQL_TRY(cells.Cut(inner, &cut));

    BTreeCell up, separator;
    uint8_t* buffer = separators[round & 1];
    DOSQL_TRY(cells.At(cut, &up));
    if (inner) {
      CopySeparator(up, buffer, &separator);
    } else {
      BTreeCell last;
      DOSQL_TRY(cells.At(cut - 1, &last));
      // Long keys' chains are read here; `node` must not be evicted meanwhile.
      const uint32_t pin = pager_->PinFrame(node.data());
      Status s = Separator(last, up, buffer, &separator);
      pager_->UnpinFrame(pin);
      DOSQL_TRY(s);
      DOSQL_TRY(LoadForWrite(left_id, &node));
    }
    separator.child = left_id;

    PageId right_id;
    uint8_t* right_data;
    BTreeNode right;
    DOSQL_TRY(pager_->Allocate(&right_id, &right_data));
    DOSQL_TRY(cells.Build(cut + inner, n, right_id, root_, right_data, &right));
    right.set_flags(flags);
    if (inner) DOSQL_TRY(right.SetChild(right.count(), last_child));
    const PageId left_last = up.child;
    if (append && !inner) {
      node.set_flags(0);
    } else {
      DOSQL_TRY(cells.Build(0, cut, left_id, root_, scratch, &built));
      if (inner) DOSQL_TRY(built.SetChild(cut, left_last));
      std::memcpy(const_cast<uint8_t*>(node.data()), scratch, kPageBytes);
    }
    if (last_leaf_ == left_id) last_leaf_ = (flags & kRightmostFlag) != 0 ? right_id : PageId();

    BTreeNode parent;
    DOSQL_TRY(LoadForWrite(path->steps[depth - 1].page, &parent));
    if (path->steps[depth - 1].slot > parent.count()) return Code::kCorrupt;
    DOSQL_TRY(parent.SetChild(path->steps[depth - 1].slot, right_id));
    cell = separator;
    depth--;
  }
}

// --- after a delete ----------------------------------------------------------------------------

Status BTree::Rebalance(Path* path, uint32_t depth) {
  for (; depth > 0; depth--) {
    BTreeNode node, parent, left, right;
    if (!Load(nullptr, path->steps[depth].page, -1, &node).ok()) return Status::Ok();
    if ((kPageCapacity - node.free_bytes()) * 10 >= kPageCapacity * 4) return Status::Ok();
    if (!Load(nullptr, path->steps[depth - 1].page, node.level() + 1, &parent).ok()) {
      return Status::Ok();
    }
    if (parent.count() == 0) break;
    // The separator between the page and its right sibling; of the last page, its left one.
    const uint32_t slot = std::min(path->steps[depth - 1].slot, parent.count() - 1);
    PageId left_id, right_id;
    DOSQL_TRY(parent.Child(slot, &left_id));
    DOSQL_TRY(parent.Child(slot + 1, &right_id));
    if (left_id == right_id) return Code::kCorrupt;
    if (!Load(nullptr, left_id, node.level(), &left).ok() ||
        !Load(nullptr, right_id, node.level(), &right).ok()) {
      return Status::Ok();
    }
    DOSQL_TRY(LoadForWrite(left_id, &left));
    DOSQL_TRY(LoadForWrite(right_id, &right));
    DOSQL_TRY(LoadForWrite(parent.id(), &parent));
    BTreeCell separator;
    DOSQL_TRY(parent.CellAt(slot, &separator));
    // What a leaf's separator has in a chain is freed with it: it must be at hand.
    if (node.leaf() && !TouchChain(pager_, separator.KeyChain()).ok()) return Status::Ok();
    separator.child = left.right_child();
    const CellSequence cells(left, left.count(), left.leaf() ? nullptr : &separator, right, 0);
    uint32_t size;
    DOSQL_TRY(cells.Size(0, cells.count(), &size));
    if (size > kPageCapacity) {
      return ShareChildren(&parent, slot, cells, left, right);  // no fewer children above
    }
    DOSQL_TRY(MergeChildren(&parent, slot, cells, left, right));
  }
  return CollapseRoot();
}

Status BTree::MergeChildren(BTreeNode* parent, uint32_t slot, const CellSequence& cells,
                            const BTreeNode& left, const BTreeNode& right) {
  uint8_t scratch[kPageBytes];
  BTreeNode built;
  DOSQL_TRY(cells.Build(0, cells.count(), left.id(), root_, scratch, &built));
  built.set_flags(right.flags());
  if (!left.leaf()) DOSQL_TRY(built.SetChild(built.count(), right.right_child()));
  Chain chain;
  if (left.leaf()) {  // an inner page's separator came down, and its chain with it
    BTreeCell separator;
    DOSQL_TRY(parent->CellAt(slot, &separator));
    chain = separator.KeyChain();
  }
  std::memcpy(const_cast<uint8_t*>(left.data()), scratch, kPageBytes);
  DOSQL_TRY(parent->SetChild(slot + 1, left.id()));
  DOSQL_TRY(parent->Remove(slot));
  if (last_leaf_ == right.id()) last_leaf_ = left.id();
  DOSQL_TRY(pager_->Free(right.id()));
  return FreeChain(pager_, chain);
}

Status BTree::ShareChildren(BTreeNode* parent, uint32_t slot, const CellSequence& cells,
                            const BTreeNode& left, const BTreeNode& right) {
  const bool inner = !left.leaf();
  uint32_t cut;
  Status cuttable = cells.Cut(inner, &cut);
  if (cuttable == Code::kFull) return Status::Ok();  // only large cells; it stays as it is
  DOSQL_TRY(cuttable);
  BTreeCell up, old, separator;
  uint8_t buffer[kSeparatorBytesMax];
  uint8_t scratch[2][kPageBytes];
  BTreeNode built_left, built_right;
  DOSQL_TRY(cells.At(cut, &up));
  DOSQL_TRY(parent->CellAt(slot, &old));
  if (inner) {
    CopySeparator(up, buffer, &separator);
  } else {
    BTreeCell last;
    DOSQL_TRY(cells.At(cut - 1, &last));
    // A separator as long as this is not worth its chain here.
    if (CommonLocalKey(last, up) >= up.local_key_size()) return Status::Ok();
    DOSQL_TRY(Separator(last, up, buffer, &separator));
  }
  separator.child = left.id();
  const CellSequence above(*parent, slot, &separator, *parent, slot + 1);
  uint32_t size;
  DOSQL_TRY(above.Size(0, above.count(), &size));
  if (size > kPageCapacity) return Status::Ok();  // no room for the longer separator

  const Chain chain = inner ? Chain() : old.KeyChain();
  DOSQL_TRY(cells.Build(0, cut, left.id(), root_, scratch[0], &built_left));
  DOSQL_TRY(cells.Build(cut + inner, cells.count(), right.id(), root_, scratch[1], &built_right));
  built_right.set_flags(right.flags());
  if (inner) {
    DOSQL_TRY(built_left.SetChild(cut, up.child));
    DOSQL_TRY(built_right.SetChild(built_right.count(), right.right_child()));
  }
  std::memcpy(const_cast<uint8_t*>(left.data()), scratch[0], kPageBytes);
  std::memcpy(const_cast<uint8_t*>(right.data()), scratch[1], kPageBytes);
  const PageId last_child = parent->right_child();
  DOSQL_TRY(above.Build(0, above.count(), parent->id(), root_, scratch[0], &built_left));
  DOSQL_TRY(built_left.SetChild(above.count(), last_child));
  built_left.set_flags(parent->flags());
  std::memcpy(const_cast<uint8_t*>(parent->data()), scratch[0], kPageBytes);
  return FreeChain(pager_, chain);
}

Status BTree::CollapseRoot() {
  for (;;) {
    BTreeNode root, child;
    DOSQL_TRY(Load(nullptr, root_, -1, &root));
    if (root.leaf() || root.count() > 0) return Status::Ok();
    if (!Load(nullptr, root.right_child(), root.level() - 1, &child).ok()) return Status::Ok();
    DOSQL_TRY(LoadForWrite(root_, &root));
    std::memcpy(const_cast<uint8_t*>(root.data()), child.data(), kPageBytes);
    DOSQL_TRY(pager_->Free(child.id()));
    last_leaf_ = PageId();
  }
}

}  // namespace dosql
