// ORDER BY: rows are copied with a memcmp key each, the keys sorted by a stable merge sort. With a
// LIMIT only the best rows are kept: whenever as many again have come, the rest is dropped.

#include <vector>

#include "core/exec/operator.h"
#include "core/type/key_codec.h"

namespace dosql {
namespace {

struct SortRow {
  uint64_t prefix;  // first 8 bytes of the key, big-endian: most comparisons end here
  const uint8_t* key;
  uint32_t key_size;
  Value* values;
};

bool Less(const SortRow& a, const SortRow& b) {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return CompareBytes({a.key, a.key_size}, {b.key, b.key_size}) < 0;
}

// Stable; `spare` has room for n rows.
void MergeSort(SortRow* rows, SortRow* spare, size_t n) {
  constexpr size_t kRun = 8;
  for (size_t start = 0; start < n; start += kRun) {
    size_t end = start + kRun < n ? start + kRun : n;
    for (size_t i = start + 1; i < end; i++) {
      SortRow row = rows[i];
      size_t j = i;
      for (; j > start && Less(row, rows[j - 1]); j--) rows[j] = rows[j - 1];
      rows[j] = row;
    }
  }
  SortRow *from = rows, *to = spare;
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
  if (from != rows) std::memcpy(rows, from, n * sizeof(SortRow));
}

class Sort final : public Operator {
 public:
  Sort(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        arenas_{Arena(context->budget), Arena(context->budget)} {}
  ~Sort() override { context_->budget->Release(reserved_); }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!consumed_) DOSQL_TRY(Consume());
    size_t left = rows_.size() - emitted_;
    if (left == 0) return Status::Ok();
    uint32_t n = static_cast<uint32_t>(left < kChunkRowsMax ? left : kChunkRowsMax);
    if (columns_ == nullptr) {
      columns_ = context_->arena->NewArray<Vector>(node_.width);
      for (uint32_t c = 0; columns_ != nullptr && c < node_.width; c++) {
        columns_[c].tagged = context_->arena->NewArray<Value>(n);
        if (columns_[c].tagged == nullptr) columns_ = nullptr;
      }
      if (columns_ == nullptr) return context_->OutOfMemory();
    }
    for (uint32_t r = 0; r < n; r++)
      for (uint32_t c = 0; c < node_.width; c++)
        columns_[c].tagged[r] = rows_[emitted_ + r].values[c];
    emitted_ += n;
    chunk_ = {columns_, node_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  Status Consume() {
    if (keep_ == 0) {
      uint64_t limit, offset;
      DOSQL_TRY(EvalLimit(context_, node_.limit, node_.offset, &limit, &offset));
      keep_ = limit > UINT64_MAX - offset ? UINT64_MAX : limit + offset;
      if (keep_ < kChunkRowsMax) keep_ = kChunkRowsMax;
    }
    for (;;) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) break;
      DOSQL_TRY(context_->CheckDeadline());
      for (uint32_t k = 0; k < in->selection.count; k++) DOSQL_TRY(Add(*in, in->selection[k]));
      if (rows_.size() / 2 >= keep_) DOSQL_TRY(Trim());
    }
    DOSQL_TRY(SortRows());
    consumed_ = true;
    return Status::Ok();
  }

  Status Reserve(size_t bytes) {
    if (!context_->budget->Reserve(bytes).ok()) return context_->OutOfMemory();
    reserved_ += bytes;
    return Status::Ok();
  }

  Status Add(const Chunk& in, uint32_t row) {
    if (rows_.size() == rows_.capacity()) {
      size_t more = rows_.empty() ? 256 : rows_.size();
      DOSQL_TRY(Reserve(more * sizeof(SortRow) * 2));  // and as much for the merge
      rows_.reserve(rows_.size() + more);
    }
    Arena* arena = &arenas_[current_];
    SortRow r;
    r.values = static_cast<Value*>(arena->Allocate(node_.width * sizeof(Value)));
    if (r.values == nullptr) return context_->OutOfMemory();
    for (uint32_t c = 0; c < node_.width; c++)
      DOSQL_TRY(CopyValue(arena, in.columns[c].Get(row), &r.values[c]));
    size_t size = 0;
    for (const SortTerm& t : node_.sort) size += KeyBytesMax(in.columns[t.column].Get(row)) + 1;
    if (size > UINT32_MAX) return context_->diag->Set(Code::kTooBig, "string or blob too big");
    auto* key = static_cast<uint8_t*>(arena->Allocate(size));
    if (key == nullptr) return context_->OutOfMemory();
    uint8_t* end = key;
    for (const SortTerm& t : node_.sort) {
      Value v = in.columns[t.column].Get(row);
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

  Status CopyValue(Arena* arena, const Value& v, Value* out) {
    *out = v;
    if (!v.is_bytes() || v.size == 0) return Status::Ok();
    Bytes b = arena->Copy(v.bytes());
    if (b.data() == nullptr) return context_->OutOfMemory();
    out->data = b.data();
    return Status::Ok();
  }

  Status SortRows() {
    if (rows_.empty()) return Status::Ok();
    std::unique_ptr<SortRow[]> spare(new SortRow[rows_.size()]);
    MergeSort(rows_.data(), spare.get(), rows_.size());
    return Status::Ok();
  }

  // Keeps the best keep_ rows and moves them to the other arena, so that the rest's memory is free.
  Status Trim() {
    DOSQL_TRY(SortRows());
    rows_.resize(static_cast<size_t>(keep_));
    Arena* to = &arenas_[1 - current_];
    for (SortRow& r : rows_) {
      auto* values = static_cast<Value*>(to->Allocate(node_.width * sizeof(Value)));
      Bytes key = to->Copy({r.key, r.key_size});
      if (values == nullptr || key.data() == nullptr) return context_->OutOfMemory();
      for (uint32_t c = 0; c < node_.width; c++) DOSQL_TRY(CopyValue(to, r.values[c], &values[c]));
      r.values = values;
      r.key = key.data();
    }
    arenas_[current_].Reset();
    current_ = 1 - current_;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  Arena arenas_[2];
  uint32_t current_ = 0;
  std::vector<SortRow> rows_;
  size_t reserved_ = 0;
  uint64_t keep_ = 0;  // 0: not known yet
  size_t emitted_ = 0;
  Vector* columns_ = nullptr;
  Chunk chunk_;
  bool consumed_ = false;
};

}  // namespace

std::unique_ptr<Operator> MakeSort(ExecContext* context, const PlanNode& node,
                                   std::unique_ptr<Operator> input) {
  return std::make_unique<Sort>(context, node, std::move(input));
}

}  // namespace dosql
