#include "core/exec/row_sorter.h"

#include "core/type/key_codec.h"

namespace dosql {

bool RowSorter::Less(const Row& a, const Row& b) {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return CompareBytes({a.key, a.key_size}, {b.key, b.key_size}) < 0;
}

bool RowSorter::SameKey(size_t i, size_t j) const {
  return !Less(rows_[i], rows_[j]) && !Less(rows_[j], rows_[i]);
}

// Stable; `spare` has room for n rows.
void RowSorter::MergeSort(Row* rows, Row* spare, size_t n) {
  constexpr size_t kRun = 8;
  for (size_t start = 0; start < n; start += kRun) {
    size_t end = start + kRun < n ? start + kRun : n;
    for (size_t i = start + 1; i < end; i++) {
      Row row = rows[i];
      size_t j = i;
      for (; j > start && Less(row, rows[j - 1]); j--) rows[j] = rows[j - 1];
      rows[j] = row;
    }
  }
  Row *from = rows, *to = spare;
  for (size_t width = kRun; width < n; width *= 2) {
    for (size_t start = 0; start < n; start += 2 * width) {
      size_t middle = start + width < n ? start + width : n;
      size_t end = start + 2 * width < n ? start + 2 * width : n;
      size_t a = start, b = middle;
      for (size_t i = start; i < end; i++)
        to[i] = a < middle && (b == end || !Less(from[b], from[a])) ? from[a++] : from[b++];
    }
    std::swap(from, to);
  }
  if (from != rows) std::memcpy(rows, from, n * sizeof(Row));
}

Status RowSorter::Add() {
  if (rows_.size() == rows_.capacity()) {
    size_t more = rows_.empty() ? 256 : rows_.size();
    size_t bytes = more * sizeof(Row) * 2;  // and as much for the merge
    if (!context_->budget->Reserve(bytes).ok()) return context_->OutOfMemory();
    reserved_ += bytes;
    rows_.reserve(rows_.size() + more);
  }
  Arena* arena = &arenas_[current_];
  Row r;
  r.values = static_cast<Value*>(arena->Allocate(kept_ * sizeof(Value)));
  if (r.values == nullptr) return context_->OutOfMemory();
  for (uint32_t c = 0; c < kept_; c++) DOSQL_TRY(CopyValue(arena, next_[c], &r.values[c]));
  size_t size = 0;
  for (const SortTerm& t : terms_) size += KeyBytesMax(next_[t.column]) + 1;
  if (size > UINT32_MAX) return context_->diag->Set(Code::kTooBig, "string or blob too big");
  auto* key = static_cast<uint8_t*>(arena->Allocate(size));
  if (key == nullptr) return context_->OutOfMemory();
  uint8_t* end = key;
  for (const SortTerm& t : terms_) {
    const Value& v = next_[t.column];
    // NULLs come first ascending and last descending by the key alone; otherwise a byte says it.
    if (t.nulls_last != t.desc) *end++ = v.is_null() == t.nulls_last;
    end = PutKey(end, v, t.collation, t.desc);
  }
  r.key = key;
  r.key_size = static_cast<uint32_t>(end - key);
  r.prefix = 0;
  if (r.key_size >= 8) {
    r.prefix = LoadBe64(key);
  } else {
    for (uint32_t i = 0; i < r.key_size; i++) r.prefix |= uint64_t{key[i]} << (56 - 8 * i);
  }
  rows_.push_back(r);
  return Status::Ok();
}

Status RowSorter::CopyValue(Arena* arena, const Value& v, Value* out) {
  *out = v;
  if (!v.is_bytes() || v.size == 0) return Status::Ok();
  Bytes b = arena->Copy(v.bytes());
  if (b.data() == nullptr) return context_->OutOfMemory();
  out->data = b.data();
  return Status::Ok();
}

Status RowSorter::Sort() {
  if (rows_.empty()) return Status::Ok();
  std::unique_ptr<Row[]> spare(new Row[rows_.size()]);
  MergeSort(rows_.data(), spare.get(), rows_.size());
  return Status::Ok();
}

Status RowSorter::KeepFirst(size_t keep) {
  DOSQL_TRY(Sort());
  rows_.resize(keep);
  Arena* to = &arenas_[1 - current_];
  for (Row& r : rows_) {
    auto* values = static_cast<Value*>(to->Allocate(kept_ * sizeof(Value)));
    Bytes key = to->Copy({r.key, r.key_size});
    if (values == nullptr || key.data() == nullptr) return context_->OutOfMemory();
    for (uint32_t c = 0; c < kept_; c++) DOSQL_TRY(CopyValue(to, r.values[c], &values[c]));
    r.values = values;
    r.key = key.data();
  }
  arenas_[current_].Reset();
  current_ = 1 - current_;
  return Status::Ok();
}

}  // namespace dosql
