// Many sorted changes in one walk over a tree.
#include <algorithm>

#include "core/storage/btree/btree.h"
#include "core/storage/btree/leaf_merge.h"
#include "core/storage/btree/node.h"

namespace dosql {

using namespace btree_format;

namespace {

// A leaf is written anew when more than one in this many of its cells change; else it costs less to
// change each by itself.
constexpr uint32_t kCellsPerChange = 16;

Key KeyOf(const TreeChange& c) { return {c.order, c.key_bytes()}; }

// Whether the change's key is below a separator; false also when that is not plain to see.
bool Below(const TreeChange& c, const BTreeCell& separator, KeyKind kind) {
  if (kind == KeyKind::kInteger) return c.order < separator.integer;
  if (c.key_size >= kKeyLocalMax) return false;
  const size_t common = std::min<size_t>(c.key_size, separator.prefix.size());
  const int order = CompareBytes(c.key_bytes().first(common), separator.prefix);
  if (order != 0) return order < 0;
  return CompareBytes(c.key_bytes().subspan(common), separator.suffix) < 0;
}

}  // namespace

int64_t TreeChange::OrderOf(Bytes bytes) {
  uint8_t head[8] = {};
  if (bytes.size() >= sizeof head) {
    std::memcpy(head, bytes.data(), sizeof head);
  } else if (!bytes.empty()) {
    std::memcpy(head, bytes.data(), bytes.size());
  }
  return static_cast<int64_t>(LoadBe64(head) ^ (uint64_t{1} << 63));
}

Status BTree::CountInLeaf(const Path& path, const TreeChange* changes, uint32_t* count) const {
  for (uint32_t depth = path.depth; depth-- > 0;) {
    BTreeNode node;
    DOSQL_TRY(Load(nullptr, path.steps[depth].page, -1, &node));
    if (path.steps[depth].slot >= node.count()) continue;
    BTreeCell separator;
    DOSQL_TRY(node.CellAt(path.steps[depth].slot, &separator));
    uint32_t low = 0, high = *count;
    while (low < high) {
      const uint32_t mid = (low + high) / 2;
      if (Below(changes[mid], separator, kind_)) {
        low = mid + 1;
      } else {
        high = mid;
      }
    }
    *count = low;
    break;
  }
  return Status::Ok();
}

// The leaves' pages lie in few extents, but not in the order of their keys.
Status BTree::PrefetchLeaves(const TreeChange* changes, size_t count, size_t* covered) const {
  PageId leaves[Pager::kPrefetchMax];
  uint32_t n = 0;
  Begin();
  for (*covered = 0; *covered < count && n < Pager::kPrefetchMax;) {
    const TreeChange* next = changes + *covered;
    Path path;
    BTreeNode node;
    DOSQL_TRY(Load(nullptr, root_, -1, &node));
    path.depth = 0;
    for (PageId id = root_; !node.leaf();) {
      uint32_t slot;
      bool exact;
      DOSQL_TRY(node.LowerBound(pager_, nullptr, KeyOf(*next), &slot, &exact));
      if (exact) slot++;
      path.steps[path.depth++] = {id, slot};
      DOSQL_TRY(node.Child(slot, &id));
      if (node.level() == 1) {
        leaves[n++] = id;
        break;
      }
      DOSQL_TRY(Load(nullptr, id, node.level() - 1, &node));
    }
    uint32_t in_leaf = static_cast<uint32_t>(std::min<size_t>(count - *covered, UINT32_MAX));
    DOSQL_TRY(CountInLeaf(path, next, &in_leaf));
    *covered += std::max(in_leaf, 1u);
  }
  return pager_->Prefetch(leaves, n);
}

Status BTree::ApplyOne(const TreeChange& c) {
  const Bytes payload(c.payload, c.payload_size);
  Status s = c.kind == TreeChange::kDelete
                 ? Delete(KeyOf(c))
                 : Store(KeyOf(c), payload,
                         c.kind == TreeChange::kInsert ? Mode::kInsert : Mode::kReplace);
  return s.code() == Code::kNotFound || s.code() == Code::kAlreadyExists ? Status(Code::kCorrupt)
                                                                         : s;
}

Status BTree::MergeIntoLeaf(Path* path, const BTreeNode& leaf, const TreeChange* changes,
                            uint32_t count, uint32_t* done) {
  LeafMerge merge;
  DOSQL_TRY(merge.Merge(leaf, root_, changes, count, done));
  if (*done == 0) return Status::Ok();
  // Behind the tree's last key pages are left full, as by single inserts.
  const bool packed = leaf.rightmost() && path->steps[path->depth].slot == leaf.count();
  const uint8_t flags = leaf.flags();
  BTreeNode node;
  uint32_t from = 0, to;
  for (;; from = to) {
    DOSQL_TRY(merge.Cut(from, packed, &to));
    if (to == merge.count()) break;
    // A new page to the left of the leaf, which keeps what is left.
    if (path->depth == 0) DOSQL_TRY(PushDownRoot(path));
    PageId id;
    uint8_t* data;
    DOSQL_TRY(pager_->Allocate(&id, &data));
    DOSQL_TRY(merge.Build(from, to, id, root_, data));
    BTreeCell last, next, separator;
    uint8_t buffer[kKeyLocalMax + kLongKeyBytes];
    DOSQL_TRY(merge.At(to - 1, &last));
    DOSQL_TRY(merge.At(to, &next));
    DOSQL_TRY(Separator(last, next, buffer, &separator));
    separator.child = id;
    DOSQL_TRY(AddCell(path, path->depth - 1, separator));
    bool exact;
    DOSQL_TRY(Descend(nullptr, {separator.integer, separator.suffix}, path, &node, &exact));
  }
  DOSQL_TRY(LoadForWrite(path->steps[path->depth].page, &node));
  uint8_t* data = const_cast<uint8_t*>(node.data());
  DOSQL_TRY(merge.Build(from, to, node.id(), root_, data));
  node.set_flags(flags);
  return Rebalance(path, path->depth);
}

Status BTree::Apply(const TreeChange* changes, size_t count) {
  size_t in_memory = 0;
  while (count > 0) {
    if (in_memory == 0) DOSQL_TRY(PrefetchLeaves(changes, count, &in_memory));
    Begin();
    Path path;
    BTreeNode leaf;
    bool exact;
    DOSQL_TRY(Descend(nullptr, KeyOf(changes[0]), &path, &leaf, &exact));
    uint32_t n = static_cast<uint32_t>(std::min<size_t>(count, LeafMerge::kChangesMax)), done = 0;
    DOSQL_TRY(CountInLeaf(path, changes, &n));
    if (n * kCellsPerChange > leaf.count()) {
      DOSQL_TRY(MergeIntoLeaf(&path, leaf, changes, n, &done));
    }
    if (done == 0) {
      do DOSQL_TRY(ApplyOne(changes[done]));
      while (++done < n);
    }
    changes += done;
    count -= done;
    in_memory -= std::min<size_t>(in_memory, done);
  }
  return Status::Ok();
}

}  // namespace dosql
