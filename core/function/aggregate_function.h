// The aggregate functions. A group's state is 32 bytes that the caller owns, aligned to 8; what a
// state points to (the text of a minimum) lives in the context's arena. DISTINCT and FILTER are the
// caller's work: it steps only the rows that count.
#pragma once

#include <string_view>

#include "core/base/status.h"
#include "core/function/function_context.h"
#include "core/vector/vector.h"

namespace dosql {

// All zero is the state of no rows: memset is a valid way to start one.
struct alignas(8) AggregateState {
  uint8_t bytes[32];
};

enum class AggregateKind : uint8_t {
  kCountRows, kCount, kSum, kTotal, kAvg, kMin, kMax,
  kGroupConcat,  // (text[, separator]), in the order of the rows
  kMedian,
  kPercentile, kPercentileCont, kPercentileDisc,  // (number, fraction)
};

struct AggregateFunction {
  const char* name;    // lower case
  uint8_t args_min;    // 0 for count(*)
  uint8_t args_max;    // at most kAggregateArgsMax
  AggregateKind kind;
  bool collates;       // uses context->collation: the first argument's
  bool ordered;        // the result depends on the order of the rows: an ORDER BY within counts
};
inline constexpr uint32_t kAggregateArgsMax = 2;

// nullptr when there is none; count(*) is ("count", 0). min and max of two and more arguments are
// scalar functions.
const AggregateFunction* FindAggregateFunction(std::string_view name, uint32_t arg_count);

// All of them, ordered by name; nullptr past the last.
const AggregateFunction* AggregateFunctionAt(uint32_t i);

// Whether there is an aggregate of that name with any number of arguments.
bool IsAggregateName(std::string_view name);

// One row of n arguments. Errors: kNoMemory, kTooBig; kFunction for arguments that SQLite refuses.
Status AggregateStep(AggregateKind kind, const FunctionContext* context, AggregateState* state,
                     const Value* args, uint32_t n);

// All selected rows into one state, for calls with at most one argument. arg may be nullptr for
// kCountRows.
Status AggregateChunk(AggregateKind kind, const FunctionContext* context, AggregateState* state,
                      const Vector* arg, const Selection& selection);

// Selected row k goes to the state at states[k] + offset: the caller keeps one block per group and
// the aggregates of a query side by side in it.
Status AggregateGrouped(AggregateKind kind, const FunctionContext* context, uint8_t* const* states,
                        uint32_t offset, const Vector* arg, const Selection& selection);

// For min and max: whether a row with this argument is the one whose other columns are shown beside
// the result, so far. Asked before the row is stepped.
bool AggregatePicks(AggregateKind kind, const AggregateState& state, const Value& arg,
                    Collation collation);

// The result; the state stays as it is. TEXT and BLOB results are views of what the state points to.
// "integer overflow" is kFunction.
Status AggregateFinal(AggregateKind kind, const FunctionContext* context, const AggregateState& state,
                      Value* out);

}  // namespace dosql
