// Operator: one step of a running plan. Made by MakeOperator for one execution and destroyed after
// it; owns its input.
//
// Next gives the next chunk, or nullptr when there are no more. The chunk and what it points to
// live until the next call on the same operator. kBlocked: bytes are missing; the operator is as
// before the call, and the same call is made again once they are there. Only what reads tables
// blocks, and only before it emits.
#pragma once

#include <memory>
#include <vector>

#include "core/exec/exec_context.h"
#include "core/expr/evaluator.h"
#include "core/plan/plan.h"
#include "core/vector/vector.h"

namespace dosql {

class Operator {
 public:
  virtual ~Operator() = default;
  virtual Status Next(Chunk** chunk) = 0;
};

// Builds the operators of a plan. kNoMemory.
Status MakeOperator(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator>* out);

// One per kind of node; MakeOperator calls them.
std::unique_ptr<Operator> MakeOneRow(ExecContext* context);
std::unique_ptr<Operator> MakeValues(ExecContext* context, const PlanNode& node);
std::unique_ptr<Operator> MakeInList(ExecContext* context, const PlanNode& node,
                                     std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeAppend(std::vector<std::unique_ptr<Operator>> inputs);
std::unique_ptr<Operator> MakeSetOp(ExecContext* context, const PlanNode& node,
                                    std::unique_ptr<Operator> input,
                                    std::unique_ptr<Operator> build);
std::unique_ptr<Operator> MakeFunction(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeScan(ExecContext* context, const PlanNode& node);
std::unique_ptr<Operator> MakeIndexJoin(ExecContext* context, const PlanNode& node,
                                        std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeHashJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> build);
std::unique_ptr<Operator> MakeSemiJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> build);
std::unique_ptr<Operator> MakeMarkJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> partners);
std::unique_ptr<Operator> MakeFilter(ExecContext* context, const PlanNode& node,
                                     std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeAggregate(ExecContext* context, const PlanNode& node,
                                        std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeProject(ExecContext* context, const PlanNode& node,
                                      std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeDistinct(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeSort(ExecContext* context, const PlanNode& node,
                                   std::unique_ptr<Operator> input);
std::unique_ptr<Operator> MakeShare(ExecContext* context, const PlanNode& node);
std::unique_ptr<Operator> MakeLimit(ExecContext* context, const PlanNode& node,
                                    std::unique_ptr<Operator> input);

// An evaluator whose registers grow with the chunks it sees: short reads stay cheap.
class ChunkExpr {
 public:
  void Init(ExecContext* context, const Program* program) {
    context_ = context;
    program_ = program;
  }
  bool has_program() const { return program_ != nullptr; }
  Status Eval(EvalContext* eval, const Chunk& chunk, const Vector** out) {
    DOSQL_TRY(Fit(chunk));
    return evaluator_.Eval(eval, chunk, out);
  }
  Status Filter(EvalContext* eval, Chunk* chunk) {
    DOSQL_TRY(Fit(*chunk));
    return evaluator_.Filter(eval, chunk);
  }

 private:
  Status Fit(const Chunk& chunk) {
    if (chunk.row_count <= capacity_) return Status::Ok();
    capacity_ = chunk.row_count <= 128 ? 128 : kChunkRowsMax;
    return evaluator_.Init(program_, context_->arena, capacity_);
  }

  ExecContext* context_ = nullptr;
  const Program* program_ = nullptr;
  uint32_t capacity_ = 0;
  ChunkEvaluator evaluator_;
};

// LIMIT and OFFSET as counts: no limit is UINT64_MAX. "datatype mismatch" when a value is no
// integer.
Status EvalLimit(ExecContext* context, const PlanExpr& limit, const PlanExpr& offset,
                 uint64_t* limit_rows, uint64_t* offset_rows);

}  // namespace dosql
