// Lookup: enters an access with values from the rows of a chunk, one row at a time.
#pragma once

#include "core/exec/access_reader.h"
#include "core/exec/operator.h"

namespace dosql {

class Lookup {
 public:
  Lookup(ExecContext* context, const PlanNode& node)
      : reader(context, node.access, true, true),
        context_(context),
        access_(node.access),
        eval_(context->eval),
        strings_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Init() {
    equal_ = std::make_unique<ChunkExpr[]>(access_.equal.size);
    for (uint32_t i = 0; i < access_.equal.size; i++)
      equal_[i].Init(context_, access_.equal[i].program);
    low_.Init(context_, access_.low.program);
    high_.Init(context_, access_.high.program);
    equal_vectors_ = context_->arena->NewArray<const Vector*>(access_.equal.size);
    values_ = context_->arena->NewArray<Value>(access_.equal.size);
    return equal_vectors_ != nullptr && values_ != nullptr ? Status::Ok() : context_->OutOfMemory();
  }

  // The chunk to take values from. After kBlocked: once more.
  Status Take(const Chunk& chunk) {
    strings_.Reset();
    for (uint32_t i = 0; i < access_.equal.size; i++)
      DOSQL_TRY(equal_[i].Eval(&eval_, chunk, &equal_vectors_[i]));
    if (low_.has_program()) DOSQL_TRY(low_.Eval(&eval_, chunk, &low_vector_));
    if (high_.has_program()) DOSQL_TRY(high_.Eval(&eval_, chunk, &high_vector_));
    return Status::Ok();
  }

  // Begins the reader's range for a row of that chunk.
  Status Enter(uint32_t row) {
    for (uint32_t i = 0; i < access_.equal.size; i++) values_[i] = equal_vectors_[i]->Get(row);
    Value low = low_vector_ != nullptr ? low_vector_->Get(row) : Value::Null();
    Value high = high_vector_ != nullptr ? high_vector_->Get(row) : Value::Null();
    return reader.Start(values_, low, high);
  }

  AccessReader reader;

 private:
  ExecContext* context_;
  const Access& access_;
  EvalContext eval_;
  Arena strings_;
  std::unique_ptr<ChunkExpr[]> equal_;
  ChunkExpr low_, high_;
  const Vector** equal_vectors_ = nullptr;
  const Vector *low_vector_ = nullptr, *high_vector_ = nullptr;
  Value* values_ = nullptr;
};

}  // namespace dosql
