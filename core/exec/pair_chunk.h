// PairChunk: pairs of an input row and a partner, gathered until there are many to test at once:
// the node's predicate, over the input's columns and then the partner's. Each pair stands for a
// Mark of the caller's.
#pragma once

#include "core/exec/operator.h"
#include "core/vector/vector_builder.h"

namespace dosql {

template <typename Mark>
class PairChunk {
 public:
  // Of a kSemiJoin.
  PairChunk(ExecContext* context, const PlanNode& node)
      : context_(context), node_(node), eval_(context->eval), strings_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Init() {
    Arena* a = context_->arena;
    vectors_ = a->NewArray<Vector>(width());
    marks_ = a->NewArray<Mark>(kChunkRowsMax);
    if (vectors_ == nullptr || marks_ == nullptr) return context_->OutOfMemory();
    builders_ = std::make_unique<VectorBuilder[]>(width());
    for (uint32_t c = 0; c < width(); c++) builders_[c].Init(a, kChunkRowsMax);
    predicate_.Init(context_, node_.predicate.program);
    return Status::Ok();
  }

  // Without a predicate every pair passes, and none need be put.
  bool tests() const { return node_.predicate.program != nullptr; }
  uint32_t count() const { return count_; }
  bool full() const { return count_ == kChunkRowsMax; }
  uint32_t width() const { return node_.width + node_.partner.size; }

  // Column c of the next pair.
  Status Put(uint32_t c, const Value& v) {
    return builders_[c].Put(count_, v).ok() ? Status::Ok() : context_->OutOfMemory();
  }
  // Those of partners, for whoever puts many at a time.
  VectorBuilder* partner_builders() { return &builders_[node_.width]; }
  // The next pair is complete.
  void Add(Mark mark) { marks_[count_++] = mark; }
  Mark last() const { return marks_[count_ - 1]; }

  // Calls passed(mark) for each pair that passes; then there are none.
  template <typename Passed>
  Status Test(Passed passed) {
    if (count_ == 0) return Status::Ok();
    for (uint32_t c = 0; c < width(); c++) vectors_[c] = builders_[c].Finish();
    Chunk pairs = {vectors_, width(), count_, {nullptr, count_}};
    strings_.Reset();
    DOSQL_TRY(predicate_.Filter(&eval_, &pairs));
    for (uint32_t k = 0; k < pairs.selection.count; k++) passed(marks_[pairs.selection[k]]);
    count_ = 0;
    for (uint32_t c = 0; c < width(); c++) builders_[c].Restart();
    return Status::Ok();
  }

 private:
  ExecContext* context_;
  const PlanNode& node_;
  EvalContext eval_;
  Arena strings_;
  ChunkExpr predicate_;
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
  Mark* marks_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace dosql
