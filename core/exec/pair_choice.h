// PairChoice: which pairs of a join pass, and which stand-ins are needed. In a LEFT JOIN each row
// of the left that may have no partner is followed, behind its pairs, by a stand-in with NULLs for
// the right side; it is dropped where one of the pairs has passed.
#pragma once

#include "core/exec/operator.h"

namespace dosql {

class PairChoice {
 public:
  explicit PairChoice(ExecContext* context) : eval_(context->eval), strings_(context->budget) {
    eval_.function.arena = &strings_;
  }

  // The predicate reads the columns of the chunk; without one every pair passes.
  Status Init(ExecContext* context, const PlanExpr& predicate, bool keep_left) {
    has_predicate_ = predicate.program != nullptr;
    predicate_.Init(context, predicate.program);
    if (!keep_left) return Status::Ok();
    selected_ = context->arena->NewArray<uint16_t>(kChunkRowsMax);
    return selected_ == nullptr ? context->OutOfMemory() : Status::Ok();
  }

  bool has_predicate() const { return has_predicate_; }

  // Selects from all rows of the chunk. `is_stand_in(i)` is asked in a LEFT JOIN alone; a row of
  // the left may have its pairs in several chunks.
  template <typename IsStandIn>
  Status Choose(Chunk* chunk, const IsStandIn& is_stand_in) {
    if (has_predicate_) {
      strings_.Reset();
      DOSQL_TRY(predicate_.Filter(&eval_, chunk));
    }
    if (selected_ == nullptr) return Status::Ok();
    Selection passed = chunk->selection;
    uint32_t kept = 0, p = 0;
    for (uint32_t i = 0; i < chunk->row_count; i++) {
      bool passes = p < passed.count && passed[p] == i;
      if (passes) p++;
      if (is_stand_in(i)) {
        passes = !matched_;
        matched_ = false;
      } else if (passes) {
        matched_ = has_predicate_;  // otherwise no stand-in follows whose turn would clear this
      }
      if (passes) selected_[kept++] = static_cast<uint16_t>(i);
    }
    chunk->selection = {selected_, kept};
    return Status::Ok();
  }

 private:
  bool has_predicate_ = false;
  bool matched_ = false;  // a pair of the row in hand has passed
  ChunkExpr predicate_;
  EvalContext eval_;
  Arena strings_;
  uint16_t* selected_ = nullptr;  // in a LEFT JOIN
};

}  // namespace dosql
