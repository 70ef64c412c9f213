// RowFetcher: rows of a rowid table that an index or a join has found, read in the order in which
// they lie and given in the order in which they were asked for. So each page is read once a window,
// however the rowids jump.
//
// State survives kBlocked: the same call, made again, goes on.
#pragma once

#include <vector>

#include "core/exec/exec_context.h"
#include "core/plan/plan.h"
#include "core/storage/btree/btree.h"

namespace dosql {

// A row by its key, copied into the arena; nullptr: there is none.
Status CopyRow(ExecContext* context, const BTree& tree, const Key& key, Arena* arena,
               const uint8_t** row);

class RowFetcher {
 public:
  // Rowids that may be asked for at a time.
  static constexpr uint32_t kWindowMax = 65536;

  // bulk: every row will be asked for.
  RowFetcher(ExecContext* context, const Table& table, bool bulk);

  // Forgets rowids and rows.
  void Restart();
  void Want(int64_t rowid) { rowids_.push_back(rowid); }
  // Puts what is wanted into the order in which it lies, to be fetched a little at a time; returns
  // where each entry was before. Nothing is fetched yet.
  std::vector<uint32_t> SortWanted();
  uint32_t wanted() const { return static_cast<uint32_t>(rowids_.size()); }

  // Fetches the next window of what is wanted: all of it, or less where rows are large. count() is
  // 0 when all has been given. Rows live until the next call.
  Status Fetch();
  uint32_t first() const { return first_; }  // of the window, counted since Restart
  uint32_t count() const { return fetched_ ? end_ - first_ : 0; }
  const int64_t* rowids() const { return rowids_.data() + first_; }
  const uint8_t* const* rows() const { return rows_.data(); }  // nullptr: there is no such row

  // How many to want at a time by the size of the rows seen so far; grows with use.
  uint32_t window() const { return window_; }

 private:
  void Sort();

  ExecContext* context_;
  BTree tree_;
  Arena arena_;
  std::vector<int64_t> rowids_;
  uint32_t first_ = 0, end_ = 0;
  std::vector<uint32_t> order_;  // positions in the window by rowid
  std::vector<const uint8_t*> rows_;
  uint32_t read_ = 0;  // entries of order_ that are fetched
  bool fetched_ = false;
  uint32_t window_;
  bool sorted_ = false;  // by SortWanted
};

}  // namespace dosql
