// ChunkEvaluator: one running instance of a Program over chunks. Owns registers, in an arena that
// outlives it; is started anew for every execution.
//
// Each instruction is dispatched once per chunk by the types of its operands. Only selected rows are
// evaluated; rows that are not hold arbitrary bytes in the result.
#pragma once

#include "core/expr/program.h"
#include "core/vector/vector.h"

namespace dosql {

struct EvalRegister;
struct EvalFrame;
class InSet;

class ChunkEvaluator {
 public:
  ChunkEvaluator() = default;
  ChunkEvaluator(const ChunkEvaluator&) = delete;
  ChunkEvaluator& operator=(const ChunkEvaluator&) = delete;

  // Chunks will have at most `capacity` rows. Register arrays come from `arena` when first needed.
  Status Init(const Program* program, Arena* arena, uint32_t capacity = kChunkRowsMax);

  // A new execution: parameters may have changed. What does not depend on rows is computed again at
  // the first chunk, into more of Init's arena.
  void Restart() { started_ = false; }

  // The expression's value for each selected row, at the row's own position. The vector may be a
  // column of the chunk itself or constant, and lives until the next call or until the chunk or the
  // context's arena goes.
  Status Eval(EvalContext* context, const Chunk& chunk, const Vector** out);

  // Narrows chunk->selection to the rows that pass. The new selection lives until the next call.
  Status Filter(EvalContext* context, Chunk* chunk);

 private:
  friend class ChunkMachine;

  Status Start(EvalContext* context);

  const Program* program_ = nullptr;
  Arena* arena_ = nullptr;
  uint32_t capacity_ = 0;
  EvalRegister* registers_ = nullptr;
  EvalFrame* frames_ = nullptr;
  Value* fixed_values_ = nullptr;      // of the fixed registers
  Value* call_args_ = nullptr;
  InSet* sets_ = nullptr;              // one per IN list
  uint8_t* truths_[2] = {};            // scratch
  uint16_t* scratch_rows_ = nullptr;
  uint16_t* filter_rows_ = nullptr;    // the last Filter's selection
  Value null_;
  Vector null_vector_;                 // what an expression over no rows gives
  bool started_ = false;
};

}  // namespace dosql
