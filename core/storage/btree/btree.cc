#include "core/storage/btree/btree.h"

#include <algorithm>

#include "core/base/varint.h"
#include "core/storage/btree/cell_sequence.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/node.h"
#include "core/storage/btree/overflow.h"

namespace dosql {

using namespace btree_format;

Status BTree::Create(Pager* pager, KeyKind kind, PageId* root) {
  pager->BeginOperation();
  uint8_t* data;
  DOSQL_TRY(pager->Allocate(root, &data));
  BTreeNode node;
  node.Format(*root, data, *root, kind, 0, nullptr, 0);
  node.set_flags(kRightmostFlag);
  return Status::Ok();
}

Status BTree::Format(Pager* pager, PageId root, KeyKind kind) {
  pager->BeginOperation();
  uint8_t* data;
  DOSQL_TRY(pager->Write(root, &data));
  BTreeNode node;
  node.Format(root, data, root, kind, 0, nullptr, 0);
  node.set_flags(kRightmostFlag);
  return Status::Ok();
}

Status BTree::Load(const Version* version, PageId id, int level, BTreeNode* node) const {
  const uint8_t* data;
  DOSQL_TRY(pager_->ReadAt(version, id, &data));
  return node->Open(id, data, root_, kind_, level);
}

Status BTree::LoadForWrite(PageId id, BTreeNode* node) {
  uint8_t* data;
  DOSQL_TRY(pager_->Write(id, &data));
  return node->Open(id, data, root_, kind_, -1);
}

Status BTree::Descend(const Version* version, const Key& key, Path* path, BTreeNode* leaf,
                      bool* exact) const {
  DOSQL_TRY(Load(version, root_, -1, leaf));
  path->depth = 0;
  path->rightmost = true;
  for (PageId id = root_;;) {
    uint32_t slot;
    DOSQL_TRY(leaf->LowerBound(pager_, version, key, &slot, exact));
    if (leaf->leaf()) {
      path->steps[path->depth] = {id, slot};
      return Status::Ok();
    }
    if (*exact) slot++;  // a separator's equal is to its right
    if (slot != leaf->count()) path->rightmost = false;
    path->steps[path->depth++] = {id, slot};
    DOSQL_TRY(leaf->Child(slot, &id));
    DOSQL_TRY(Load(version, id, leaf->level() - 1, leaf));
  }
}

Status BTree::Get(const Version* version, const Key& key, Arena* arena, Bytes* payload) const {
  Begin();
  Path path;
  BTreeNode leaf;
  bool exact;
  DOSQL_TRY(Descend(version, key, &path, &leaf, &exact));
  if (!exact) return Code::kNotFound;
  if (payload == nullptr) return Status::Ok();
  return ReadPayload(version, leaf, path.steps[path.depth].slot, arena, payload);
}

Status BTree::Estimate(double* entries, double* leaves) const {
  Begin();
  BTreeNode node;
  DOSQL_TRY(Load(nullptr, root_, -1, &node));
  *leaves = 1;
  while (!node.leaf()) {
    *leaves *= node.count() + 1;
    PageId child;
    DOSQL_TRY(node.Child(node.count() / 2, &child));
    DOSQL_TRY(Load(nullptr, child, node.level() - 1, &node));
  }
  *entries = *leaves * node.count();
  return Status::Ok();
}

Status BTree::ReadPayload(const Version* version, const BTreeNode& leaf, uint32_t slot,
                          Arena* arena, Bytes* payload) const {
  PayloadRef ref;
  DOSQL_TRY(leaf.PayloadAt(slot, &ref));
  if (ref.chain.length == 0) {
    *payload = ref.local;
    return Status::Ok();
  }
  size_t local = ref.local.size(), size = local + ref.chain.length;
  uint8_t* out = static_cast<uint8_t*>(arena->Allocate(size));
  if (out == nullptr) return Code::kNoMemory;
  std::memcpy(out, ref.local.data(), local);
  DOSQL_TRY(
      ReadChainOf(leaf.data(), pager_, version, ref.chain, {out + local, ref.chain.length}));
  *payload = {out, size};
  return Status::Ok();
}

Status BTree::Insert(const Key& key, Bytes payload) { return Store(key, payload, Mode::kInsert); }
Status BTree::Put(const Key& key, Bytes payload) { return Store(key, payload, Mode::kPut); }
Status BTree::Replace(const Key& key, Bytes payload) {
  return Store(key, payload, Mode::kReplace);
}

namespace {

// The chains that a cell owns.
struct CellChains {
  Chain key, payload;
  bool any() const { return key.length > 0 || payload.length > 0; }
};

CellChains ChainsOf(const BTreeCell& cell, bool leaf) {
  CellChains chains;
  chains.key = cell.KeyChain();
  if (leaf) {
    PayloadRef ref;
    const uint8_t* p = cell.tail.data();
    if (ParsePayload(p + (cell.long_key ? kLongKeyBytes : 0), p + cell.tail.size(), &ref)) {
      chains.payload = ref.chain;
    }
  }
  return chains;
}

Status FreeChains(Pager* pager, const CellChains& chains) {
  DOSQL_TRY(FreeChain(pager, chains.key));
  return FreeChain(pager, chains.payload);
}

Status TouchChains(Pager* pager, const CellChains& chains) {
  DOSQL_TRY(TouchChain(pager, chains.key));
  return TouchChain(pager, chains.payload);
}

// Makes the cell of an entry: its tail goes to `buffer` (kCellBytesMax), what is long to chains.
Status EncodeCell(Pager* pager, KeyKind kind, const Key& key, Bytes payload, uint8_t* buffer,
                  BTreeCell* cell) {
  uint8_t* p = buffer;
  Chain key_chain;
  if (kind == KeyKind::kInteger) {
    cell->integer = key.integer;
  } else {
    cell->suffix = key.bytes;
    if (key.bytes.size() > kKeyLocalMax) {
      cell->suffix = key.bytes.first(kKeyLocalMax);
      cell->long_key = true;
      Bytes rest = key.bytes.subspan(kKeyLocalMax);
      DOSQL_TRY(WriteChain(pager, rest, &key_chain.first));
      key_chain.length = static_cast<uint32_t>(rest.size());
      StoreLe<uint32_t>(p, key_chain.length);
      StoreLe<uint32_t>(p + 4, key_chain.first.value);
      p += kLongKeyBytes;
    }
  }
  p = PutVarint(p, payload.size());
  bool overflows = payload.size() > kPayloadLocalMax;
  Bytes local = payload.first(overflows ? kPayloadLocalMin : payload.size());
  if (!local.empty()) std::memcpy(p, local.data(), local.size());
  p += local.size();
  if (overflows) {
    PageId first;
    if (Status s = WriteChain(pager, payload.subspan(kPayloadLocalMin), &first); !s.ok()) {
      FreeChain(pager, key_chain).Ignore();  // the first failure is the one to tell
      return s;
    }
    StoreLe<uint32_t>(p, first.value);
    p += 4;
  }
  cell->tail = {buffer, static_cast<size_t>(p - buffer)};
  return Status::Ok();
}

}  // namespace

Status BTree::Store(const Key& key, Bytes payload, Mode mode) {
  if (payload.size() > kPayloadBytesMax || key.bytes.size() > kKeyBytesMax) return Code::kTooBig;
  Begin();
  uint8_t buffer[kCellBytesMax];
  BTreeCell cell;
  BTreeNode leaf;
  Path path;
  const bool chains = payload.size() > kPayloadLocalMax || key.bytes.size() > kKeyLocalMax;

  // Behind the last key of the right-most leaf, if that is what the hint names.
  if (last_leaf_ && mode != Mode::kReplace && !chains) {
    uint32_t slot = 0;
    bool exact = false, append = false;
    if (Load(nullptr, last_leaf_, 0, &leaf).ok() && leaf.rightmost() && leaf.count() > 0) {
      append = kind_ == KeyKind::kInteger
                   ? key.integer > leaf.IntegerAt(leaf.count() - 1)
                   : leaf.LowerBound(pager_, nullptr, key, &slot, &exact).ok() && !exact &&
                         slot == leaf.count();
    }
    if (append) {
      DOSQL_TRY(EncodeCell(pager_, kind_, key, payload, buffer, &cell));
      DOSQL_TRY(LoadForWrite(last_leaf_, &leaf));
      if (leaf.Insert(leaf.count(), cell)) return Status::Ok();
    }
    last_leaf_ = PageId();
  }

  bool exact;
  for (bool written = false;; written = true) {
    Status s = Descend(nullptr, key, &path, &leaf, &exact);
    if (s.ok() && exact && mode == Mode::kInsert) s = Code::kAlreadyExists;
    if (s.ok() && !exact && mode == Mode::kReplace) s = Code::kNotFound;
    if (!s.ok()) {
      if (written) FreeChains(pager_, ChainsOf(cell, true)).Ignore();
      return s;
    }
    if (written) break;
    cell = BTreeCell();
    DOSQL_TRY(EncodeCell(pager_, kind_, key, payload, buffer, &cell));
    if (!chains) break;
    // Writing chains started operations: what the path touched may be gone. Walk it again.
  }

  const uint32_t depth = path.depth, slot = path.steps[depth].slot;
  if (!exact) {
    if (path.rightmost && slot == leaf.count()) last_leaf_ = leaf.id();
    Status s = AddCell(&path, depth, cell);
    if (s == Code::kBlocked) FreeChains(pager_, ChainsOf(cell, true)).Ignore();
    return s;
  }
  BTreeCell old;
  DOSQL_TRY(leaf.CellAt(slot, &old));
  const CellChains old_chains = ChainsOf(old, true);
  if (old_chains.any()) {
    DOSQL_TRY(TouchChains(pager_, old_chains));
    DOSQL_TRY(Descend(nullptr, key, &path, &leaf, &exact));
  }
  DOSQL_TRY(LoadForWrite(leaf.id(), &leaf));
  DOSQL_TRY(leaf.CellAt(slot, &old));  // Write may have moved the page
  if (leaf.ReplaceTail(old, cell.tail)) {
    DOSQL_TRY(Rebalance(&path, depth));
    return FreeChains(pager_, old_chains);
  }
  uint8_t old_tail[kCellBytesMax];
  std::memcpy(old_tail, old.tail.data(), old.tail.size());
  old = BTreeCell{old.integer, {}, cell.suffix, old.long_key, {}, {old_tail, old.tail.size()}};
  DOSQL_TRY(leaf.Remove(slot));
  Status s = AddCell(&path, depth, cell);
  if (s == Code::kBlocked) {  // by long keys of a leaf to be split, before it was: put back what was
    DOSQL_TRY(AddCell(&path, path.depth, old));
    FreeChains(pager_, ChainsOf(cell, true)).Ignore();
  }
  DOSQL_TRY(s);
  return FreeChains(pager_, old_chains);
}

Status BTree::Delete(const Key& key) {
  Begin();
  BTreeNode leaf;
  Path path;
  bool exact;
  DOSQL_TRY(Descend(nullptr, key, &path, &leaf, &exact));
  if (!exact) return Code::kNotFound;
  const uint32_t slot = path.steps[path.depth].slot;
  BTreeCell cell;
  DOSQL_TRY(leaf.CellAt(slot, &cell));
  const CellChains chains = ChainsOf(cell, true);
  if (chains.any()) {
    DOSQL_TRY(TouchChains(pager_, chains));
    DOSQL_TRY(Descend(nullptr, key, &path, &leaf, &exact));
  }
  DOSQL_TRY(LoadForWrite(leaf.id(), &leaf));
  DOSQL_TRY(leaf.Remove(slot));
  DOSQL_TRY(Rebalance(&path, path.depth));
  return FreeChains(pager_, chains);
}

Status BTree::FreeChildren(PageId page, int level) {
  for (uint32_t i = 0;; i++) {
    pager_->BeginOperation();
    BTreeNode node;
    DOSQL_TRY(Load(nullptr, page, level, &node));
    BTreeCell cell;
    CellChains chains;
    // In a leaf only the cells with chains are of interest.
    for (; i < node.count(); i++) {
      DOSQL_TRY(node.CellAt(i, &cell));
      chains = ChainsOf(cell, node.leaf());
      if (!node.leaf() || chains.any()) break;
    }
    if (i == node.count() && node.leaf()) return Status::Ok();
    bool last = i == node.count();
    PageId child = last ? node.right_child() : cell.child;
    if (last) chains = CellChains();
    DOSQL_TRY(FreeChains(pager_, chains));
    if (level == 0) continue;
    DOSQL_TRY(FreeChildren(child, level - 1));
    DOSQL_TRY(pager_->Free(child));
    if (last) return Status::Ok();
  }
}

Status BTree::Clear() {
  pager_->BeginOperation();
  BTreeNode node;
  DOSQL_TRY(Load(nullptr, root_, -1, &node));
  DOSQL_TRY(FreeChildren(root_, node.level()));
  last_leaf_ = PageId();
  return Format(pager_, root_, kind_);
}

Status BTree::Drop() {
  DOSQL_TRY(Clear());
  return pager_->Free(root_);
}

Status BTree::Count(const Version* version, uint64_t* count) const {
  Cursor cursor(*this, version);
  *count = 0;
  DOSQL_TRY(cursor.First());
  for (;;) {
    LeafRun run;
    DOSQL_TRY(cursor.NextLeafRun(~uint32_t{0}, nullptr, &run));
    if (run.size() == 0) return Status::Ok();
    *count += run.size();
  }
}

Status BTree::LastKey(int64_t* key) {
  DOSQL_ASSERT(kind_ == KeyKind::kInteger);
  Begin();
  BTreeNode node;
  if (!last_leaf_ || !Load(nullptr, last_leaf_, 0, &node).ok() || !node.rightmost() ||
      node.count() == 0) {
    DOSQL_TRY(Load(nullptr, root_, -1, &node));
    while (!node.leaf()) DOSQL_TRY(Load(nullptr, node.right_child(), node.level() - 1, &node));
    if (node.count() == 0) {
      // The tree is empty, or a sibling was out of reach when this leaf should have been merged.
      Cursor cursor(*this, nullptr);
      DOSQL_TRY(cursor.Last());
      return cursor.valid() ? cursor.IntegerKey(key) : Code::kNotFound;
    }
    last_leaf_ = node.id();
  }
  *key = node.IntegerAt(node.count() - 1);
  return Status::Ok();
}

}  // namespace dosql
