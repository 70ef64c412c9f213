// The rows of a query that stands in FROM more than once. The first to ask reads all of them, if
// they are not too many, and the others take them from there.

#include "core/exec/operator.h"
#include "core/exec/shared_rows.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

class Share final : public Operator {
 public:
  Share(ExecContext* context, const PlanNode& node)
      : context_(context),
        node_(node),
        width_(node.input->width),
        shared_(context->shared != nullptr && (node.once || !context->shared->writes)
                    ? context->shared->Of(node.input)
                    : nullptr) {}

  Status Next(Chunk** chunk) override {
    if (!started_) DOSQL_TRY(Start());
    if (reads_) DOSQL_TRY(Read());
    *chunk = nullptr;
    if (rows_ != nullptr && at_ < rows_->rows) return Give(chunk);
    return rest_ ? input_->Next(chunk) : Status::Ok();
  }

 private:
  Status Start() {
    vectors_ = context_->arena->NewArray<Vector>(width_ + 1);
    if (vectors_ == nullptr) return context_->OutOfMemory();
    // Made where it is needed only: queries that use one another twice would be a great many.
    const bool kept = shared_ != nullptr && shared_->kept != nullptr;
    if (!kept) DOSQL_TRY(MakeOperator(context_, *node_.input, &input_));
    started_ = true;
    if (!kept && (shared_ == nullptr || shared_->too_many)) {
      rest_ = true;
      return Status::Ok();
    }
    reads_ = !kept;
    if (reads_) own_ = std::make_unique<KeptRows>(context_->budget);
    rows_ = reads_ ? own_.get() : shared_->kept.get();
    builders_ = std::make_unique<VectorBuilder[]>(width_);
    for (uint32_t c = 0; c < width_; c++) builders_[c].Init(context_->arena, kChunkRowsMax);
    return Status::Ok();
  }

  // Reads the query to its end, or until its rows are too many.
  Status Read() {
    while (reads_) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) {
        reads_ = false;
        input_.reset();
        if (shared_->kept == nullptr) shared_->kept = std::move(own_);  // else another was quicker
        rows_ = shared_->kept.get();
        break;
      }
      for (uint32_t k = 0; k < in->selection.count; k++) DOSQL_TRY(Keep(*in, in->selection[k]));
      const size_t bytes = own_->strings.size_bytes() + own_->values.size() * sizeof(Value);
      context_->shared->bytes += bytes - counted_;
      counted_ = bytes;
      if (context_->shared->bytes > SharedRows::kBytesMax && node_.once)
        return context_->diag->Set(
            Code::kNoMemory,
            "a query with random() that is used more than once has more than "
            "4 MB of rows");
      if (context_->shared->bytes > SharedRows::kBytesMax) {
        shared_->too_many = true;
        reads_ = false;
        rest_ = true;
      }
    }
    return Status::Ok();
  }

  Status Keep(const Chunk& in, uint32_t row) {
    for (uint32_t c = 0; c < width_; c++) {
      Value v = in.columns[c].Get(row);
      if (v.is_bytes() && v.size > 0) {
        Bytes copy = own_->strings.Copy(v.bytes());
        if (copy.data() == nullptr) return context_->OutOfMemory();
        v.data = copy.data();
      }
      own_->values.push_back(v);
    }
    own_->rows++;
    return Status::Ok();
  }

  Status Give(Chunk** chunk) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < width_; c++) builders_[c].Restart();
    for (; at_ < rows_->rows && n < kChunkRowsMax; at_++, n++) {
      for (uint32_t c = 0; c < width_; c++)
        if (!builders_[c].Put(n, rows_->values[at_ * width_ + c]).ok())
          return context_->OutOfMemory();
    }
    for (uint32_t c = 0; c < width_; c++) vectors_[c] = builders_[c].Finish();
    chunk_ = {vectors_, width_, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  const uint32_t width_;
  std::unique_ptr<Operator> input_;
  SharedRows* shared_;             // of all uses
  std::unique_ptr<KeptRows> own_;  // what this one reads, until it is complete
  const KeptRows* rows_ = nullptr;
  size_t counted_ = 0;  // of own_'s bytes, in the statement's
  uint64_t at_ = 0;     // the row to give
  bool started_ = false;
  bool reads_ = false;  // the query is being read
  bool rest_ = false;   // what comes after rows_ is to be had from the query
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
  Chunk chunk_;
};

}  // namespace

std::unique_ptr<Operator> MakeShare(ExecContext* context, const PlanNode& node) {
  return std::make_unique<Share>(context, node);
}

}  // namespace dosql
