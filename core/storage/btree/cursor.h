// Cursor: a position in a BTree, in one version. It holds page ids and slots only, no frames, so it
// may rest across steps and imports; each call reads its leaf through the pager again.
//
// The tree must not change under it: a cursor on a pinned version never sees changes, a cursor on
// the head must Seek again after any change of its tree. When a call fails (kBlocked too) the
// cursor stays where it was, and the same call may be made again. Past either end valid() is false.
//
// A scan takes leaves whole: NextLeafRun gives a run of slots in one page, which the caller decodes
// with the inline accessors of LeafRun; it pins the frame (Pager::PinFrame(run.page())) if the
// views must outlive the next call.
#pragma once

#include <cstdint>

#include "core/base/varint.h"
#include "core/storage/btree/btree.h"

namespace dosql {

enum class SeekOp : uint8_t { kGe, kGt, kLe, kLt };

// Where a scan ends: the entries before `key` (with it, when inclusive).
struct ScanEnd {
  Key key;
  bool inclusive = false;
};

// Slots [begin, end) of one leaf. A view like any other.
class LeafRun {
 public:
  uint32_t begin = 0, end = 0;

  const uint8_t* page() const { return page_; }
  uint32_t size() const { return end - begin; }

  // Integer trees: the key of slot i.
  int64_t IntegerKey(uint32_t i) const {
    return LoadLe<int64_t>(page_ + btree_format::kHeaderBytes + i * btree_format::kIntegerLeafSlot +
                           2);
  }
  // Integer trees: the payload of slot i when it lies wholly in the page. False: it overflows or
  // the page is corrupt; ask Cursor::RunEntry.
  bool IntegerPayload(uint32_t i, Bytes* payload) const {
    uint32_t at =
        LoadLe<uint16_t>(page_ + btree_format::kHeaderBytes + i * btree_format::kIntegerLeafSlot);
    if (at >= kPageBytes) return false;
    uint32_t n = page_[at++];
    if (n >= 0x80) {
      if (at == kPageBytes) return false;
      n = (n & 0x7f) | static_cast<uint32_t>(page_[at++]) << 7;
      if (n >= 1u << 14) return false;
    }
    if (n > btree_format::kPayloadLocalMax || n > kPageBytes - at) return false;
    *payload = {page_ + at, n};
    return true;
  }

  // The same at the least cost for most payloads: those of `least` to 127 bytes that do not lie at
  // the page's very end. nullptr for all others.
  const uint8_t* ShortPayload(uint32_t i, uint32_t least) const {
    uint32_t at =
        LoadLe<uint16_t>(page_ + btree_format::kHeaderBytes + i * btree_format::kIntegerLeafSlot);
    if (at >= kPageBytes - 0x80) return nullptr;
    if (page_[at] - least >= 0x80 - least) return nullptr;
    return page_ + at + 1;
  }

 private:
  friend class Cursor;
  const uint8_t* page_ = nullptr;
};

class Cursor {
 public:
  Cursor() = default;
  Cursor(const BTree& tree, const Version* version) : tree_(tree), version_(version) {}

  // To the nearest entry that is >=, >, <= or < key.
  Status Seek(SeekOp op, const Key& key);
  Status First();
  Status Last();
  // To the first entry of the leaf about `at` of the way through the tree, 0 to 1.
  Status SeekFraction(double at);
  // How far through the tree the cursor is, 0 to 1, as the pages on the way to it have it; past the
  // end
  // 1. Reads a page a level.
  Status Fraction(double* at) const;
  Status Next();  // requires valid()
  Status Prev();  // requires valid()
  bool valid() const { return valid_; }

  // The entry at the cursor; requires valid(). The arena takes what is longer than a page's share,
  // and bytes keys always (a page holds them in two parts).
  Status IntegerKey(int64_t* key);
  Status BytesKey(Arena* arena, Bytes* key);
  Status Payload(Arena* arena, Bytes* payload);

  // The entries from the cursor on that share its leaf, at most rows_max and before `end` (nullptr:
  // no end); moves past them. An empty run: the scan is over. Only NextLeafRun or a new seek may
  // follow. kBlocked leaves everything as it was.
  Status NextLeafRun(uint32_t rows_max, const ScanEnd* end, LeafRun* run);
  // The same backwards: the entries up to the cursor, at most rows_max and not before `start`;
  // moves before them. Only PrevLeafRun or a new seek may follow.
  Status PrevLeafRun(uint32_t rows_max, const ScanEnd* start, LeafRun* run);
  // Key and payload of slot i of a run, whatever their form; either out-pointer may be nullptr.
  Status RunEntry(const LeafRun& run, uint32_t i, Arena* arena, Bytes* key, Bytes* payload);

 private:
  // Reads the leaf under the cursor.
  Status Leaf(BTreeNode* leaf);
  // From the child chosen at step `depth` down to its first or last entry; *entries: of that leaf.
  Status ToEdge(BTree::Path* path, uint32_t depth, bool last, uint32_t* entries) const;
  // To the nearest entry of the leaves behind (before) the path's leaf; *found: there is one.
  Status ToNextLeaf(BTree::Path* path, bool forward, bool* found) const;
  Status ToLeafBeside(bool forward, BTreeNode* leaf);
  Status ToEnd(bool last);
  Status Step(bool forward);
  Status CopyKey(const BTreeNode& leaf, uint32_t slot, Arena* arena, Bytes* key) const;

  BTree tree_;
  const Version* version_ = nullptr;
  BTree::Path path_;
  bool valid_ = false;
};

}  // namespace dosql
