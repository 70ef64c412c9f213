// AccessReader: the rows of one table that an Access finds, in batches, in the order of the tree it
// enters. State survives kBlocked: the same call, made again, goes on.
#pragma once

#include <memory>
#include <vector>

#include "core/exec/exec_context.h"
#include "core/exec/key_range.h"
#include "core/exec/row_fetcher.h"

namespace dosql {

struct RowBatch {
  uint32_t count = 0;
  const int64_t* rowids = nullptr;       // zeros for a WITHOUT ROWID table
  const uint8_t* const* rows = nullptr;  // where each row's bytes begin
};

class AccessReader {
 public:
  // With copy_rows, rows lie in the arena given to Next and live with it; otherwise they may be
  // views of pages that the reader keeps pinned until the next call. Without want_rowids those of
  // the batches hold nothing.
  AccessReader(ExecContext* context, const Access& access, bool copy_rows, bool want_rowids);
  ~AccessReader() { ReleasePins(); }
  AccessReader(const AccessReader&) = delete;
  AccessReader& operator=(const AccessReader&) = delete;

  // Begins a range; values as KeyRange::Compute takes them.
  Status Start(const Value* equal, const Value& low, const Value& high);

  // The next rows, at most `rows_max` (at most kChunkRowsMax); none when the range is used up.
  Status Next(uint32_t rows_max, Arena* arena, RowBatch* batch);

  // Instead of Next, where FindsRowids: the next rowids, at most `rows_max`; none when the range is
  // used up. They are wanted of `fetcher`, and with an index there must be such rows.
  bool FindsRowids() const {
    return !access_.table->without_rowid && (access_.index != nullptr || access_.one_row);
  }
  Status NextRowids(uint32_t rows_max, RowFetcher* fetcher);

 private:
  // The slot of the run that is read as the i-th.
  uint32_t Slot(uint32_t i) const { return access_.reverse ? run_.begin + run_.end - 1 - i : i; }
  Status Grow(uint32_t rows_max);
  Status Enter();
  Status NextRun(uint32_t rows_max);
  Status OwnTree(uint32_t rows_max, Arena* arena, uint32_t* n);
  Status ThroughIndex(uint32_t rows_max, Arena* arena, uint32_t* n);
  Status ThroughKeys(uint32_t rows_max, Arena* arena, uint32_t* n);
  Status ReadLocators(uint32_t rows_max, RowFetcher* fetcher);
  void ReleasePins();

  ExecContext* context_;
  const Access& access_;
  bool copy_rows_, want_rowids_;
  KeyKind kind_;
  BTree table_tree_;
  Arena range_arena_;
  KeyRange range_;
  Cursor cursor_;
  bool entered_ = false, over_ = true;

  LeafRun run_;          // the leaf in hand
  uint32_t run_at_ = 0;  // counts its slots from begin to end as they are read
  bool run_live_ = false;
  std::vector<uint32_t> pins_;  // frames that the current batch (and run_) point into

  std::unique_ptr<RowFetcher> fetcher_;  // for what an index says of a rowid table
  uint32_t given_ = 0;                   // rows of its window that are given
  Arena locator_arena_;
  std::vector<Bytes> locators_;  // of a WITHOUT ROWID table; rows not fetched yet
  size_t locator_at_ = 0;

  uint32_t capacity_ = 0;
  int64_t* rowids_ = nullptr;
  const uint8_t** rows_ = nullptr;
};

}  // namespace dosql
