// BTreeNode: one tree page, looked at through accessors that bound every offset they use. Opening
// checks the header in O(1); a cell's bytes are checked when the cell is read. So no page content
// can lead out of the page, and nothing is paid for slots that nobody looks at.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/storage/btree/btree.h"
#include "core/storage/btree/overflow.h"
#include "core/storage/btree/page_format.h"

namespace dosql {

// An entry as it is outside any page: the key's local part in two pieces (a page stores the first
// once for all its cells), and the tail: [long key], payload. Views.
struct BTreeCell {
  int64_t integer = 0;
  Bytes prefix, suffix;
  bool long_key = false;
  PageId child;  // inner pages only
  Bytes tail;

  uint32_t local_key_size() const { return static_cast<uint32_t>(prefix.size() + suffix.size()); }
  uint8_t local_key_at(uint32_t i) const {
    return i < prefix.size() ? prefix[i] : suffix[i - prefix.size()];
  }
  // Copies the local key from byte `from` on; returns the end.
  uint8_t* CopyLocalKey(uint32_t from, uint8_t* to) const;
  // The key's continuation; length 0 when the key is not long.
  Chain KeyChain() const {
    if (!long_key) return {};
    return {PageId(LoadLe<uint32_t>(tail.data() + 4)), LoadLe<uint32_t>(tail.data())};
  }
};

// A payload as its cell describes it.
struct PayloadRef {
  Bytes local;  // all of it when chain.length == 0
  Chain chain;  // what follows the local part
};

// Reads a payload's description from [p, end); the end of it, or nullptr when it leads out.
const uint8_t* ParsePayload(const uint8_t* p, const uint8_t* end, PayloadRef* out);

// The number of leading bytes that the local keys share.
uint32_t CommonLocalKey(const BTreeCell& a, const BTreeCell& b);

class BTreeNode {
 public:
  // kCorrupt unless `data` can be a page of the tree `tree`, at `level` when that is >= 0.
  Status Open(PageId id, const uint8_t* data, PageId tree, KeyKind kind, int level);

  PageId id() const { return id_; }
  const uint8_t* data() const { return data_; }
  bool leaf() const { return level_ == 0; }
  int level() const { return level_; }
  uint32_t count() const { return count_; }
  uint32_t free_bytes() const { return LoadLe<uint16_t>(data_ + btree_format::kFreeAt); }
  uint32_t prefix_size() const { return prefix_; }
  Bytes prefix() const { return {data_ + kPageBytes - prefix_, prefix_}; }
  uint8_t flags() const { return data_[btree_format::kFlagsAt]; }
  bool rightmost() const { return (flags() & btree_format::kRightmostFlag) != 0; }
  KeyKind kind() const { return kind_; }
  uint32_t slot_bytes() const { return slot_bytes_; }

  // Integer pages; requires i < count().
  int64_t IntegerAt(uint32_t i) const { return LoadLe<int64_t>(Slot(i) + (leaf() ? 2 : 4)); }
  // Inner pages; requires i <= count(), where count() means the last child.
  Status Child(uint32_t i, PageId* child) const;
  PageId right_child() const { return PageId(LoadLe<uint32_t>(data_ + btree_format::kRightAt)); }
  // Requires i < count().
  Status CellAt(uint32_t i, BTreeCell* cell) const;
  // Leaves: the payload of slot i.
  Status PayloadAt(uint32_t i, PayloadRef* out) const;

  // The first slot whose key is >= `key` (count() when there is none); *exact: it is equal. Pager
  // and version serve long keys only. From slot `from` on, near which the key is thought to be,
  // where it is known that no cell before that is as great.
  Status LowerBound(Pager* pager, const Version* version, const Key& key, uint32_t* slot,
                    bool* exact, uint32_t from = 0) const;
  // The same in a bytes page, for a key that is known to begin with the page's prefix.
  Status LowerBoundBehindPrefix(Pager* pager, const Version* version, Bytes key, uint32_t* slot,
                                bool* exact, uint32_t from) const;

  // --- changing: only on nodes whose page came from Pager::Write or Allocate ------------------
  // An empty page; the page's prefix is then the first `prefix` bytes of the cell's local key.
  void Format(PageId id, uint8_t* data, PageId tree, KeyKind kind, int level,
              const BTreeCell* prefix_of, uint32_t prefix);
  void set_flags(uint8_t flags) { writable()[btree_format::kFlagsAt] = flags; }
  Status SetChild(uint32_t i, PageId child);  // requires i <= count()
  // False when the cell does not fit into the gap or does not share the page's prefix. Requires
  // slot <= count().
  bool Insert(uint32_t slot, const BTreeCell& cell);
  // Adds the cell of a slot of another leaf, without a long key, behind the last one; CellAt has
  // found it whole and `size` is its CellBytes without prefix. False as Insert.
  bool AppendFrom(const BTreeNode& from, uint32_t slot, uint32_t size);
  // The same with a cell of this key, which begins with the page's prefix, and payload, neither of
  // them long. `size` is its CellBytes without prefix.
  bool Append(const Key& key, Bytes payload, uint32_t size);
  Status Remove(uint32_t slot);  // requires slot < count()
  // Overwrites the tail of a cell of this leaf if the new one is not longer; false otherwise.
  bool ReplaceTail(const BTreeCell& old, Bytes tail);

  // What a cell takes in a page with a prefix of that size, slot included.
  uint32_t CellBytes(const BTreeCell& cell, uint32_t prefix) const;

 private:
  const uint8_t* Slot(uint32_t i) const {
    return data_ + btree_format::kHeaderBytes + i * slot_bytes_;
  }
  uint8_t* writable() { return const_cast<uint8_t*>(data_); }
  uint32_t heap() const { return LoadLe<uint16_t>(data_ + btree_format::kHeapAt); }
  void SetCount(uint32_t count);
  // Gives `size` bytes at `at` back to the gap: the cells below move up. So cells never have holes
  // between them, and a full page need not be rebuilt for the sake of one cell.
  void CloseHole(uint32_t at, uint32_t size);
  void SetHeader16(uint32_t at, uint32_t v) {
    StoreLe<uint16_t>(writable() + at, static_cast<uint16_t>(v));
  }
  uint32_t SearchIntegers(int64_t key) const;
  Status CompareAt(Pager* pager, const Version* version, uint32_t i, Bytes key, int* order) const;

  PageId id_;
  const uint8_t* data_ = nullptr;
  KeyKind kind_ = KeyKind::kInteger;
  uint8_t level_ = 0;
  uint32_t count_ = 0;
  uint32_t prefix_ = 0;
  uint32_t slot_bytes_ = 0;
};

}  // namespace dosql
