// BTree: an ordered map from keys to payloads in pages of a Pager, under a root PageId that never
// changes. Integer trees have int64 keys (rowids), bytes trees have byte strings in memcmp order.
//
// A BTree is a handle: cheap to make and copy, it owns nothing. It remembers the right-most leaf as
// a hint, checked before use, so that inserts in ascending order through one handle touch one page
// each and leave full pages behind: that is the bulk load.
//
// Views: a payload or key that comes back is a view into a page, valid until the next call on any
// BTree or Cursor of the same pager; what is longer than a page's share is copied into the caller's
// arena. Keys and payloads handed in must not be views into pages.
//
// Operations: each call starts a pager operation of its own. A caller who wants the views of several
// calls alive together, or the pages that it probed to stay at hand until it changes them, calls
// set_own_operations(false) on its handles and Pager::BeginOperation itself; the overflow chains of
// what is read start operations all the same.
//
// Errors: kBlocked comes before the first change (except from Drop and Clear, and when a value's
// overflow chain does not fit the cache); call again. Any other failure of a changing call but
// kNotFound, kAlreadyExists and kTooBig may leave the head's tree half changed: restore a pinned
// version or poison the store. Pages are not trusted: whatever bytes
// they hold, the outcome is kCorrupt or a wrong answer, never an access out of bounds.
#pragma once

#include <cstdint>

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/storage/btree/page_format.h"
#include "core/storage/page/pager.h"

namespace dosql {

struct BTreeCell;
class BTreeNode;
class CellSequence;

// A key of either kind of tree; a view.
struct Key {
  int64_t integer = 0;
  Bytes bytes;
  static Key Integer(int64_t v) { return {v, {}}; }
  static Key Of(Bytes b) { return {0, b}; }
};

// One of many changes that are applied to a tree together; a view of its key and payload.
struct TreeChange {
  enum Kind : uint32_t { kInsert, kReplace, kDelete };

  // The key of an integer tree. In bytes trees a number that orders like the keys as far as it can:
  // made of eight of their bytes, the same ones in all changes of a batch.
  int64_t order;
  const uint8_t* key;
  const uint8_t* payload;
  uint32_t key_size;  // 0 in integer trees
  uint32_t payload_size : 30;
  uint32_t kind : 2;

  static int64_t OrderOf(Bytes bytes);  // of the first eight
  Bytes key_bytes() const { return {key, key_size}; }
};

// < 0, 0, > 0 by key.
inline int CompareChanges(const TreeChange& a, const TreeChange& b) {
  if (a.order != b.order) return a.order < b.order ? -1 : 1;
  return CompareBytes(a.key_bytes(), b.key_bytes());
}

class BTree {
 public:
  BTree() = default;
  BTree(Pager* pager, PageId root, KeyKind kind) : pager_(pager), root_(root), kind_(kind) {}

  // A new empty tree.
  static Status Create(Pager* pager, KeyKind kind, PageId* root);
  // Makes the existing page `root` an empty tree, whatever it held.
  static Status Format(Pager* pager, PageId root, KeyKind kind);

  Pager* pager() const { return pager_; }
  PageId root() const { return root_; }
  KeyKind kind() const { return kind_; }
  void set_own_operations(bool on) { own_operations_ = on; }

  // The payload under `key` in `version` (nullptr: the head). payload == nullptr only asks whether
  // the key is there; then arena may be nullptr too. kNotFound, kNoMemory (arena).
  Status Get(const Version* version, const Key& key, Arena* arena, Bytes* payload) const;

  // kAlreadyExists when the key is there; nothing is changed then. kTooBig: key or payload over 1 GB.
  Status Insert(const Key& key, Bytes payload);
  // Inserts or replaces.
  Status Put(const Key& key, Bytes payload);
  // kNotFound when the key is not there. In place when the size allows.
  Status Replace(const Key& key, Bytes payload);
  // kNotFound.
  Status Delete(const Key& key);

  // Makes `count` changes, whose keys strictly ascend, in one walk over the tree: a leaf that many of
  // them fall into is merged with them and written once. The pages come out other than from single
  // calls. kCorrupt when a key to insert is there, or one to replace or delete is not; the tree is
  // half changed then, as after any failure.
  Status Apply(const TreeChange* changes, size_t count);

  // Frees every page but the root, which becomes an empty leaf.
  Status Clear();
  // Frees every page, the root too.
  Status Drop();

  // The largest key of an integer tree in the head. kNotFound when the tree is empty.
  Status LastKey(int64_t* key);
  // The number of entries, by walking the leaves.
  Status Count(const Version* version, uint64_t* count) const;
  // About how many entries and leaves the head's tree has: the product of the sizes of the pages on
  // one way down its middle. Reads a page a level.
  Status Estimate(double* entries, double* leaves) const;

 private:
  friend class Cursor;
  friend class BTreeVerifier;

  // The way from the root (step 0) to a page: each step's page and the position of the child taken
  // (of the entry, in the leaf).
  struct Step {
    PageId page;
    uint32_t slot = 0;
  };
  struct Path {
    Step steps[btree_format::kLevelMax + 1];
    uint32_t depth = 0;  // index of the last step
    bool rightmost = true;  // every child taken was the last one
  };
  enum class Mode : uint8_t { kInsert, kPut, kReplace };

  void Begin() const {
    if (own_operations_) pager_->BeginOperation();
  }
  // Reads and checks a page; level < 0 accepts any.
  Status Load(const Version* version, PageId id, int level, BTreeNode* node) const;
  Status LoadForWrite(PageId id, BTreeNode* node);
  // To the leaf position of the first key >= `key`; *exact says that it is equal. `leaf` is loaded.
  Status Descend(const Version* version, const Key& key, Path* path, BTreeNode* leaf,
                 bool* exact) const;
  Status ReadPayload(const Version* version, const BTreeNode& leaf, uint32_t slot, Arena* arena,
                     Bytes* payload) const;
  Status Store(const Key& key, Bytes payload, Mode mode);
  // apply.cc. Brings the leaves of the first *covered of the changes into memory.
  Status PrefetchLeaves(const TreeChange* changes, size_t count, size_t* covered) const;
  // Of `count` changes, the first of which leads down `path`, how many belong in its leaf.
  Status CountInLeaf(const Path& path, const TreeChange* changes, uint32_t* count) const;
  Status ApplyOne(const TreeChange& change);
  // *done: how many of the changes it made; the next one, if any, must be made alone.
  Status MergeIntoLeaf(Path* path, const BTreeNode& leaf, const TreeChange* changes, uint32_t count,
                       uint32_t* done);
  // Adds a cell at step `depth` of the path, splitting pages up to the root as needed.
  Status AddCell(Path* path, uint32_t depth, const BTreeCell& cell);
  Status PushDownRoot(Path* path);
  // The shortest key that is > left and <= right, in `buffer` (kKeyLocalMax + kLongKeyBytes).
  Status Separator(const BTreeCell& left, const BTreeCell& right, uint8_t* buffer, BTreeCell* out);
  Status MergeChildren(BTreeNode* parent, uint32_t slot, const CellSequence& cells,
                       const BTreeNode& left, const BTreeNode& right);
  Status ShareChildren(BTreeNode* parent, uint32_t slot, const CellSequence& cells,
                       const BTreeNode& left, const BTreeNode& right);
  // Merges the page at step `depth` with a sibling, or shares with it, if it is less than 40% full;
  // then its parent. A sibling that cannot be read now is left alone: that is no failure.
  Status Rebalance(Path* path, uint32_t depth);
  Status CollapseRoot();
  Status FreeChildren(PageId page, int level);

  Pager* pager_ = nullptr;
  PageId root_;
  PageId last_leaf_;  // hint; 0 is none
  KeyKind kind_ = KeyKind::kInteger;
  bool own_operations_ = true;
};

}  // namespace dosql
