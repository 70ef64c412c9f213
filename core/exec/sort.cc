// ORDER BY. With a LIMIT only the best rows are kept: whenever as many again have come, the rest is
// dropped.

#include "core/exec/operator.h"
#include "core/exec/row_sorter.h"

namespace dosql {
namespace {

class Sort final : public Operator {
 public:
  Sort(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        rows_(context, node.width, node.sort) {}

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
      for (uint32_t c = 0; c < node_.width; c++) columns_[c].tagged[r] = rows_.row(emitted_ + r)[c];
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
      for (uint32_t k = 0; k < in->selection.count; k++) {
        for (uint32_t c = 0; c < rows_.width(); c++)
          rows_.next()[c] = in->columns[c].Get(in->selection[k]);
        DOSQL_TRY(rows_.Add());
      }
      if (rows_.size() / 2 >= keep_) DOSQL_TRY(rows_.KeepFirst(static_cast<size_t>(keep_)));
    }
    DOSQL_TRY(rows_.Sort());
    consumed_ = true;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  RowSorter rows_;
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
