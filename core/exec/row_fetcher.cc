#include "core/exec/row_fetcher.h"

#include <algorithm>

namespace dosql {

namespace {

// Short reads should not pay for long ones.
constexpr uint32_t kFirstWindow = 128;
// Bytes of rows in a window, beyond which it is cut.
constexpr size_t kBytesMax = 8 << 20;

}  // namespace

RowFetcher::RowFetcher(ExecContext* context, const Table& table, bool bulk)
    : context_(context),
      tree_(context->pager, table.root, KeyKind::kInteger),
      arena_(context->budget),
      window_(bulk ? kWindowMax : kFirstWindow) {}

void RowFetcher::Restart() {
  rowids_.clear();
  order_.clear();
  first_ = end_ = read_ = 0;
  fetched_ = false;
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

Status RowFetcher::Get(uint32_t i) {
  Bytes payload;
  Status s = tree_.Get(context_->version, Key::Integer(rowids_[first_ + i]), &arena_, &payload);
  rows_[i] = nullptr;
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  payload = arena_.Copy(payload);
  if (payload.data() == nullptr) return context_->OutOfMemory();
  if (payload.size() < 2) return Code::kCorrupt;
  rows_[i] = payload.data();
  return Status::Ok();
}

Status RowFetcher::Fetch() {
  if (fetched_ || order_.empty()) {
    fetched_ = false;
    first_ = end_;
    end_ = wanted();
    if (first_ == end_) {
      order_.clear();
      return Status::Ok();
    }
    Sort();
  }
  while (read_ < order_.size()) {
    constexpr uint32_t kRowsPerCheck = 1024;
    if (read_ % kRowsPerCheck == 0) DOSQL_TRY(context_->CheckDeadline());
    DOSQL_TRY(Get(order_[read_]));
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
