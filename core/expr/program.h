// Program: an expression compiled to a postfix list of instructions over registers. Immutable; lives
// in the arena it was compiled into and refers to the BoundExpr, which must outlive it.
// The same program runs over chunks (evaluator.h) and over single rows (eval_row.h).
#pragma once

#include <cstdint>

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/expr/bound_expr.h"
#include "core/function/function_context.h"

namespace dosql {

// Runs the queries inside expressions. core/exec implements it.
class SubqueryRunner {
 public:
  // args: operands, then outer values, as in BoundExpr; `column` counts for a scalar. Results lie in
  // `arena`. kBlocked: call again once the bytes are there.
  virtual Status Evaluate(const Subquery& subquery, const Value* args, uint32_t column,
                          Arena* arena, Value* out) = 0;

 protected:
  ~SubqueryRunner() = default;
};

// What an evaluation may use. One per statement; the arena in `function` takes the strings that
// are produced: the caller resets it when no result is needed any more (per chunk, per row).
struct EvalContext {
  FunctionContext function;
  const Value* params = nullptr;
  uint32_t param_count = 0;  // parameters past it are NULL
  const Value* outer = nullptr;         // kOuter's values, in a subquery
  SubqueryRunner* subqueries = nullptr;  // needed by expressions that have any
};

struct Instruction;

struct Program {
  const Instruction* code = nullptr;
  uint32_t size = 0;            // instructions
  uint32_t fixed_size = 0;      // the first so many do not depend on the row
  uint32_t register_count = 0;
  uint32_t fixed_count = 0;     // the first so many registers belong to the fixed instructions
  uint32_t result = 0;          // register; unused in a filter
  uint32_t depth = 0;           // of nested branches
  uint32_t call_args_max = 0;
  uint32_t list_count = 0;      // IN lists
  bool is_filter = false;

  // Whether it calls a function: whatever SQLite has as one may fail there.
  bool calls() const { return call_args_max > 0; }
};

// kNoMemory; kTooBig when an expression needs more than 65535 instructions or registers.
Status CompileExpr(const BoundExpr& expr, Arena* arena, const Program** out);

// As a filter: each conjunct narrows the rows that the next one sees.
Status CompileFilter(const BoundExpr& predicate, Arena* arena, const Program** out);

}  // namespace dosql
