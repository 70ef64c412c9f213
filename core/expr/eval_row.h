// One row at a time: constraints, defaults, SET clauses, single-row reads.
#pragma once

#include "core/expr/program.h"

namespace dosql {

// `row` holds the columns that the program's column indexes mean; nullptr when it has none. TEXT and
// BLOB results are views of the row, of the parameters, of the program or of the context's arena.
// Errors as the functions give them, and kNoMemory.
Status EvalRow(const Program& program, EvalContext* context, const Value* row, Value* out);

// For a program made by CompileFilter, or any other: whether the row passes (true, neither 0 nor NULL).
Status EvalRowFilter(const Program& program, EvalContext* context, const Value* row, bool* pass);

// Without a program, for expressions that are evaluated once: defaults, LIMIT. Compiles into
// context's arena.
Status EvalOnce(const BoundExpr& expr, EvalContext* context, const Value* row, Value* out);

}  // namespace dosql
