// Runs instructions over one row's Values. Private to core/expr: eval_row.h is the door, and the
// chunk evaluator uses it for what it computes once.
#pragma once

#include "core/expr/instruction.h"

namespace dosql {

// Instructions [from, to) of the program. `args` has room for call_args_max values. *pass becomes
// false, and the run ends, when a filter refuses the row.
Status RunRow(const Program& program, uint32_t from, uint32_t to, EvalContext* context,
              const Value* row, Value* registers, Value* args, bool* pass);

}  // namespace dosql
