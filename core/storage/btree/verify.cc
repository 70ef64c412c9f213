#include "core/storage/btree/verify.h"

#include "core/storage/btree/node.h"
#include "core/storage/btree/overflow.h"

namespace dosql {

using namespace btree_format;

class BTreeVerifier {
 public:
  BTreeVerifier(const BTree& tree, const Version* version, ByteBudget* budget,
                BTreeVisitor* visitor, BTreeStats* stats)
      : tree_(tree), version_(version), visitor_(visitor), stats_(stats),
        arenas_{Arena(budget), Arena(budget)} {}

  Status Walk(PageId id, int level);

 private:
  // Marks [at, at + size) as used; false when a byte of it is already.
  bool Mark(uint32_t at, uint32_t size);
  Status CheckSpace(const BTreeNode& node);
  Status CheckChain(PageId owner, Chain chain);
  // The next key or separator in tree order.
  Status CheckKey(PageId page, const BTreeCell& cell, bool separator);
  // Turns a page that cannot be read into a problem; other failures stay.
  Status Report(PageId page, Status status) {
    if (status == Code::kCorrupt) {
      visitor_->OnProblem(page, "page does not have the form of its place");
      return Status::Ok();
    }
    return status;
  }

  const BTree& tree_;
  const Version* version_;
  BTreeVisitor* visitor_;
  BTreeStats* stats_;
  uint8_t used_[kPageBytes / 8];
  Arena arenas_[2];  // of the last key and of the one before
  uint32_t turn_ = 0;
  Key last_;
  bool has_last_ = false, last_is_separator_ = false;
  bool rightmost_path_ = true;  // every child walked into was the last one
};

bool BTreeVerifier::Mark(uint32_t at, uint32_t size) {
  bool clean = at + size <= kPageBytes;
  for (uint32_t i = at; clean && i < at + size; i++) {
    uint8_t bit = static_cast<uint8_t>(1u << (i % 8));
    clean = (used_[i / 8] & bit) == 0;
    used_[i / 8] |= bit;
  }
  return clean;
}

Status BTreeVerifier::CheckSpace(const BTreeNode& node) {
  std::memset(used_, 0, sizeof used_);
  uint32_t used = kHeaderBytes + node.prefix_size();
  bool clean = Mark(0, kHeaderBytes + node.count() * node.slot_bytes()) &&
               Mark(kPageBytes - node.prefix_size(), node.prefix_size());
  const uint32_t heap = LoadLe<uint16_t>(node.data() + kHeapAt);
  for (uint32_t i = 0; i < node.count(); i++) {
    BTreeCell cell;
    DOSQL_TRY(node.CellAt(i, &cell));
    const uint32_t size = node.CellBytes(cell, node.prefix_size());
    used += size;
    if (size == node.slot_bytes()) continue;
    const uint32_t at =
        LoadLe<uint16_t>(node.data() + kHeaderBytes + i * node.slot_bytes());
    clean = clean && at >= heap && Mark(at, size - node.slot_bytes());
  }
  if (!clean) visitor_->OnProblem(node.id(), "cells overlap");
  const uint32_t gap = heap - kHeaderBytes - node.count() * node.slot_bytes();
  if (used + node.free_bytes() != kPageBytes || gap != node.free_bytes()) {
    visitor_->OnProblem(node.id(), "free space is counted wrong");
  }
  return Status::Ok();
}

Status BTreeVerifier::CheckChain(PageId owner, Chain chain) {
  ChainReader reader(tree_.pager(), version_, chain);
  while (reader.remaining() > 0) {
    Bytes chunk;
    Status s = reader.Next(&chunk);
    if (s == Code::kCorrupt) {
      visitor_->OnProblem(owner, "overflow chain is broken");
      return Status::Ok();
    }
    DOSQL_TRY(s);
    stats_->overflow_pages++;
    if (!visitor_->OnPage(reader.page())) {
      visitor_->OnProblem(reader.page(), "overflow page is used twice");
      return Status::Ok();
    }
  }
  return Status::Ok();
}

Status BTreeVerifier::CheckKey(PageId page, const BTreeCell& cell, bool separator) {
  Key key = Key::Integer(cell.integer);
  if (tree_.kind() == KeyKind::kBytes) {
    Arena* arena = &arenas_[turn_ ^ 1];  // last_ lives in the other one
    arena->Reset();
    const Chain chain = cell.KeyChain();
    const size_t size = cell.local_key_size() + chain.length;
    uint8_t* out = static_cast<uint8_t*>(arena->Allocate(size));
    if (out == nullptr) return Code::kNoMemory;
    uint8_t* rest = cell.CopyLocalKey(0, out);
    DOSQL_TRY(ReadChain(tree_.pager(), version_, chain, {rest, chain.length}));
    key = Key::Of({out, size});
  }
  if (has_last_) {
    int order = tree_.kind() == KeyKind::kBytes ? CompareBytes(last_.bytes, key.bytes)
                : last_.integer < key.integer   ? -1
                                                : last_.integer > key.integer;
    // What stands right of a separator may be equal to it.
    if (order > 0 || (order == 0 && !(last_is_separator_ && !separator))) {
      visitor_->OnProblem(page, separator ? "separator is out of order" : "key is out of order");
    }
  }
  last_ = key;
  turn_ ^= 1;
  has_last_ = true;
  last_is_separator_ = separator;
  return Status::Ok();
}

Status BTreeVerifier::Walk(PageId id, int level) {
  if (!visitor_->OnPage(id)) {
    visitor_->OnProblem(id, "page is used twice");
    return Status::Ok();
  }
  for (uint32_t i = 0;; i++) {
    tree_.pager()->BeginOperation();
    BTreeNode node;
    Status s = tree_.Load(version_, id, level, &node);
    if (!s.ok()) return Report(id, s);
    level = node.level();
    if (i == 0) {
      DOSQL_TRY(Report(id, CheckSpace(node)));
      (node.leaf() ? stats_->leaf_pages : stats_->inner_pages)++;
      if (node.leaf()) {
        stats_->leaf_bytes_used += kPageBytes - node.free_bytes();
        stats_->entries += node.count();
        if (node.rightmost() != rightmost_path_) {
          visitor_->OnProblem(id, "mark of the last leaf is wrong");
        }
      }
      if (stats_->levels <= static_cast<uint32_t>(level)) stats_->levels = level + 1;
    }
    const bool last = i == node.count();
    if (last && node.leaf()) return Status::Ok();
    BTreeCell cell;
    PageId child = node.right_child();
    if (!last) {
      s = node.CellAt(i, &cell);
      if (!s.ok()) return Report(id, s);
      child = cell.child;
    }
    if (!node.leaf()) {
      const bool was_rightmost = rightmost_path_;
      rightmost_path_ = was_rightmost && last;
      DOSQL_TRY(Walk(child, level - 1));
      rightmost_path_ = was_rightmost;
      if (last) return Status::Ok();
      // The walk below started operations: the page and the cell are to be read again.
      s = tree_.Load(version_, id, level, &node);
      if (s.ok()) s = node.CellAt(i, &cell);
      if (!s.ok()) return Report(id, s);
    }
    Chain payload;
    if (node.leaf()) {
      PayloadRef ref;
      DOSQL_TRY(node.PayloadAt(i, &ref));
      payload = ref.chain;
    }
    const Chain key_chain = cell.KeyChain();
    const bool leaf = node.leaf();
    DOSQL_TRY(Report(id, CheckKey(id, cell, !leaf)));
    DOSQL_TRY(CheckChain(id, key_chain));
    DOSQL_TRY(CheckChain(id, payload));
  }
}

Status VerifyBTree(const BTree& tree, const Version* version, ByteBudget* budget,
                   BTreeVisitor* visitor, BTreeStats* stats) {
  *stats = BTreeStats();
  return BTreeVerifier(tree, version, budget, visitor, stats).Walk(tree.root(), -1);
}

}  // namespace dosql
