// The scalar functions: one constant table, one implementation each. Chunks call them row by row,
// so that what a function means is written once.
#pragma once

#include <string_view>

#include "core/base/status.h"
#include "core/function/function_context.h"
#include "core/type/value.h"

namespace dosql {

// Computes *out from n arguments. Results may be views of the arguments' bytes. Errors go to
// context->diag: kTooBig, kNoMemory, and kFunction for arguments that SQLite calls an error.
using ScalarFn = Status (*)(const FunctionContext* context, Value* out, const Value* args, uint32_t n);

enum FunctionFlags : uint8_t {
  kFunctionPure = 1,           // the same arguments give the same result within one statement's run
  kFunctionCollates = 2,       // uses context->collation: the first argument's that has one
  kFunctionCoalesce = 4,       // lazy: the first argument that is not NULL
  kFunctionCase = 8,           // lazy: condition, result, condition, result... [otherwise]
  kFunctionFirstArgument = 16, // the result is the first argument: likely and the like
  kFunctionPerStatement = 32,  // another statement may get another result: CURRENT_TIME
};

struct ScalarFunction {
  const char* name;  // lower case
  uint8_t args_min;
  uint8_t args_max;  // 255: any number
  uint8_t flags;
  ValueType result;  // the usual class of the result, kNull when it depends
  ScalarFn fn;  // nullptr for the lazy ones: ExprBuilder makes branches of them
};

// Whether the same arguments always give the same result: what an index expression, a partial
// index's WHERE, a CHECK and a generated column may call, and what may be folded when compiling.
inline bool IsDeterministic(const ScalarFunction& f) {
  return (f.flags & (kFunctionPure | kFunctionPerStatement)) == kFunctionPure;
}

// nullptr when there is no function of that name (any case) with that number of arguments.
const ScalarFunction* FindScalarFunction(std::string_view name, uint32_t arg_count);

// All of them, ordered by name; nullptr past the last.
const ScalarFunction* ScalarFunctionAt(uint32_t i);

// Whether the name is a scalar or an aggregate function with any number of arguments: tells "no such
// function" from "wrong number of arguments to function".
bool IsFunctionName(std::string_view name);

// x LIKE y and x GLOB y are these functions with (pattern, text[, escape]).
const ScalarFunction* LikeFunction(bool with_escape);
const ScalarFunction* GlobFunction();

}  // namespace dosql
