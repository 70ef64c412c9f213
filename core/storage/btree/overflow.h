// Overflow chains: what is too long for a tree page goes on in pages of its own, linked one way.
// A chain's length is kept by the cell that owns it; a page that disagrees with it is kCorrupt.
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/storage/page/pager.h"

namespace dosql {

// A chain as its owner's cell describes it; length 0: there is none.
struct Chain {
  PageId first;
  uint32_t length = 0;
};

// Reads a chain page by page. The bytes of the last Next stay valid until the following Next or the
// reader's end: their frame is pinned. Starts pager operations on long chains.
class ChainReader {
 public:
  ChainReader(Pager* pager, const Version* version, Chain chain)
      : pager_(pager), version_(version), next_(chain.first), left_(chain.length) {}
  ~ChainReader() { Release(); }
  ChainReader(const ChainReader&) = delete;
  ChainReader& operator=(const ChainReader&) = delete;

  uint32_t remaining() const { return left_; }
  PageId page() const { return page_; }  // of the last Next
  Status Next(Bytes* chunk);             // requires remaining() > 0

 private:
  void Release() {
    if (pinned_) pager_->UnpinFrame(token_);
    pinned_ = false;
  }

  Pager* pager_;
  const Version* version_;
  PageId page_, next_;
  uint32_t left_;
  uint32_t pages_ = 0;
  uint32_t token_ = 0;
  bool pinned_ = false;
};

// Writes `data` (not empty) as a new chain. On failure the pages are given back.
Status WriteChain(Pager* pager, Bytes data, PageId* first);
// Fills `out` with the first out.size() bytes of the chain.
Status ReadChain(Pager* pager, const Version* version, Chain chain, MutableBytes out);
// The same for an entry of `page`, as an operation of its own: a leaf's long entries together may have
// more pages than a small cache has frames. `page` stays in memory until the next operation.
Status ReadChainOf(const uint8_t* page, Pager* pager, const Version* version, Chain chain,
                   MutableBytes out);
// Reads every page, so that FreeChain will not find one missing unless the cache is too small.
Status TouchChain(Pager* pager, Chain chain);
// Gives the chain's pages back; nothing to do when it is empty.
Status FreeChain(Pager* pager, Chain chain);
// A new chain with the first `length` bytes of `from`, of the head.
Status CopyChain(Pager* pager, Chain from, uint32_t length, PageId* first);
// The order of `a` against the chain's bytes, as memcmp, a shorter prefix first.
Status CompareWithChain(Pager* pager, const Version* version, Bytes a, Chain b, int* order);
// The number of leading bytes that two chains of the head share.
Status CommonChainBytes(Pager* pager, Chain a, Chain b, uint32_t* common);

}  // namespace dosql
