#include "core/exec/row_fetcher.h"

#include <algorithm>

namespace dosql {

namespace {

// Short reads should not pay for long ones.
constexpr uint32_t kFirstWindow = 128;
// Of rows that are given as they lie: what is looked up for them finds its pages, or the same ones,
// in the cache.
constexpr uint32_t kNearWindow = 1024;
// Bytes of rows in a window, beyond which it is cut.
constexpr size_t kBytesMax = 8 << 20;

}  // namespace

Status CopyRow(ExecContext* context, const BTree& tree, const Key& key, Arena* arena,
               const uint8_t** row) {
  Bytes payload;
  *row = nullptr;
  DOSQL_TRY(context->Settle(tree.root()));
  Status s = tree.Get(context->version, key, arena, &payload);
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  payload = arena->Copy(payload);
  if (payload.data() == nullptr) return context->OutOfMemory();
  if (payload.size() < 2) return Code::kCorrupt;
  *row = payload.data();
  return Status::Ok();
}

RowFetcher::RowFetcher(ExecContext* context, const Table& table, bool bulk)
    : context_(context),
      tree_(context->pager, table.root, KeyKind::kInteger),
      arena_(context->budget),
      window_(bulk ? kWindowMax : kFirstWindow) {}

void RowFetcher::Restart() {
  rowids_.clear();
  order_.clear();
  first_ = end_ = read_ = 0;
  fetched_ = sorted_ = false;
}

void RowFetcher::Sort() {
  uint32_t n = end_ - first_;
  order_.resize(n);
  rows_.resize(n);
  for (uint32_t i = 0; i < n; i++) order_[i] = i;
  const int64_t* ids = rowids();
  auto less = [ids](uint32_t a, uint32_t b) { return ids[a] < ids[b]; };
  if (!std::is_sorted(order_.begin(), order_.end(), less))
    std::sort(order_.begin(), order_.end(), less);
  arena_.Reset();
  read_ = 0;
}

std::vector<uint32_t> RowFetcher::SortWanted() {
  end_ = wanted();
  Sort();
  end_ = 0;
  std::vector<int64_t> lying(rowids_.size());
  for (size_t i = 0; i < lying.size(); i++) lying[i] = rowids_[order_[i]];
  rowids_ = std::move(lying);
  sorted_ = true;
  return std::move(order_);
}

Status RowFetcher::Fetch() {
  if (fetched_ || order_.empty()) {
    fetched_ = false;
    first_ = end_;
    end_ = wanted();
    if (sorted_ && end_ - first_ > kNearWindow) end_ = first_ + kNearWindow;
    if (first_ == end_) {
      order_.clear();
      return Status::Ok();
    }
    Sort();
  }
  while (read_ < order_.size()) {
    constexpr uint32_t kRowsPerCheck = 1024;
    if (read_ % kRowsPerCheck == 0) DOSQL_TRY(context_->CheckDeadline());
    const uint32_t i = order_[read_];
    DOSQL_TRY(CopyRow(context_, tree_, Key::Integer(rowids_[first_ + i]), &arena_, &rows_[i]));
    read_++;
    if (arena_.size_bytes() > kBytesMax && end_ - first_ > kFirstWindow) {
      end_ = first_ + std::max(kFirstWindow, (end_ - first_) / 8);
      window_ = end_ - first_;
      Sort();
    }
  }
  fetched_ = true;
  if (window_ < kWindowMax && arena_.size_bytes() < kBytesMax / 8 && end_ - first_ >= window_)
    window_ *= 4;
  if (window_ > kWindowMax) window_ = kWindowMax;
  return Status::Ok();
}

}  // namespace dosql
