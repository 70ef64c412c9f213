#include "core/expr/eval_row.h"

#include "core/expr/row_machine.h"
#include "core/type/affinity.h"

namespace dosql {
namespace {

constexpr uint32_t kLocalValues = 24;

Status Run(const Program& program, EvalContext* context, const Value* row, Value* out, bool* pass) {
  // Left as it is: every register is written before it is read.
  alignas(Value) uint8_t local[kLocalValues * sizeof(Value)];
  Value* registers = reinterpret_cast<Value*>(local);
  uint32_t need = program.register_count + program.call_args_max;
  if (need > kLocalValues) {
    registers = static_cast<Value*>(context->function.arena->Allocate(need * sizeof(Value)));
    if (registers == nullptr) return context->function.OutOfMemory();
  }
  *pass = true;
  DOSQL_TRY(RunRow(program, 0, program.size, context, row, registers,
                   registers + program.register_count, pass));
  if (!program.is_filter) *out = registers[program.result];
  return Status::Ok();
}

}  // namespace

Status EvalRow(const Program& program, EvalContext* context, const Value* row, Value* out) {
  bool pass;
  return Run(program, context, row, out, &pass);
}

Status EvalRowFilter(const Program& program, EvalContext* context, const Value* row, bool* pass) {
  Value v;
  DOSQL_TRY(Run(program, context, row, &v, pass));
  if (!program.is_filter) *pass = ToTruth(v) == 1;
  return Status::Ok();
}

Status EvalOnce(const BoundExpr& expr, EvalContext* context, const Value* row, Value* out) {
  const Program* program;
  if (!CompileExpr(expr, context->function.arena, &program).ok()) return context->function.OutOfMemory();
  return EvalRow(*program, context, row, out);
}

}  // namespace dosql
