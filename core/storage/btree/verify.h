// The structural check of one B+tree, for PRAGMA integrity_check.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/storage/btree/btree.h"

namespace dosql {

class BTreeVisitor {
 public:
  // Every page of the tree, overflow pages too, once for each reference. False: it was seen before
  // (in this tree or another); the walk reports that and does not enter the page again.
  virtual bool OnPage(PageId page) = 0;
  // A broken invariant. The walk goes on with what can still be read.
  virtual void OnProblem(PageId page, std::string_view what) = 0;

 protected:
  ~BTreeVisitor() = default;
};

struct BTreeStats {
  uint64_t entries = 0;
  uint64_t leaf_pages = 0, inner_pages = 0, overflow_pages = 0;
  uint64_t leaf_bytes_used = 0;  // of leaf_pages * kPageBytes
  uint32_t levels = 0;
};

// Checks every page of the tree in `version`: headers, slots, space accounting, key order across all
// pages, separators, levels, overflow chains. Problems go to the visitor and the call still returns
// ok; a status comes back only for kBlocked, kIo and kNoMemory (call again from the start).
// Long keys are read into memory of `budget`.
Status VerifyBTree(const BTree& tree, const Version* version, ByteBudget* budget,
                   BTreeVisitor* visitor, BTreeStats* stats);

}  // namespace dosql
