#include "core/function/aggregate_function.h"

#include "core/function/aggregate_state.h"
#include "core/type/affinity.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

constexpr AggregateFunction kAggregates[] = {
    {"avg", 1, AggregateKind::kAvg, false},     {"count", 0, AggregateKind::kCountRows, false},
    {"count", 1, AggregateKind::kCount, false}, {"max", 1, AggregateKind::kMax, true},
    {"min", 1, AggregateKind::kMin, true},      {"sum", 1, AggregateKind::kSum, false},
    {"total", 1, AggregateKind::kTotal, false},
};

double SumOf(const SumState& s) {
  if (!s.is_real) return static_cast<double>(s.whole);
  // An infinite or undefined correction says nothing.
  bool finite = s.error - s.error == 0;
  return finite ? s.real + s.error : s.real;
}

}  // namespace

const AggregateFunction* FindAggregateFunction(std::string_view name, uint32_t arg_count) {
  for (const AggregateFunction& f : kAggregates) {
    if (f.args == arg_count && EqualsIgnoringCase(name, f.name)) return &f;
  }
  return nullptr;
}

Status AggregateStep(AggregateKind kind, const FunctionContext* context, AggregateState* state,
                     const Value& arg) {
  void* bytes = state->bytes;
  if (kind == AggregateKind::kCountRows) {
    static_cast<CountState*>(bytes)->count++;
    return Status::Ok();
  }
  if (arg.is_null()) return Status::Ok();
  switch (kind) {
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      return static_cast<ExtremeState*>(bytes)->Step(context, arg, kind == AggregateKind::kMax);
    case AggregateKind::kSum:
    case AggregateKind::kTotal:
    case AggregateKind::kAvg: {
      SumState* sum = static_cast<SumState*>(bytes);
      Value v = arg;
      // Text that is all a number is that number; what else is no number counts as a real.
      if (arg.type == ValueType::kText) (void)ParseExactNumber(arg.text(), &v);
      if (v.type == ValueType::kInteger) {
        sum->StepInteger(v.i);
      } else {
        sum->StepReal(ToReal(v));
      }
      return Status::Ok();
    }
    default:
      static_cast<CountState*>(bytes)->count++;
      return Status::Ok();
  }
}

Status AggregateFinal(AggregateKind kind, const FunctionContext* context, const AggregateState& state,
                      Value* out) {
  const void* bytes = state.bytes;
  switch (kind) {
    case AggregateKind::kCountRows:
    case AggregateKind::kCount:
      *out = Value::Integer(static_cast<const CountState*>(bytes)->count);
      return Status::Ok();
    case AggregateKind::kMin:
    case AggregateKind::kMax:
      *out = static_cast<const ExtremeState*>(bytes)->best;
      return Status::Ok();
    default:
      break;
  }
  const SumState& sum = *static_cast<const SumState*>(bytes);
  *out = Value::Null();
  if (kind == AggregateKind::kTotal) {
    *out = Value::Real(SumOf(sum));
  } else if (sum.count == 0) {
    // NULL: the sum and the mean of nothing
  } else if (kind == AggregateKind::kAvg) {
    *out = Value::Real(SumOf(sum) / static_cast<double>(sum.count));
  } else if (!sum.is_real) {
    *out = Value::Integer(sum.whole);
  } else if (sum.overflowed) {
    return context->Fail(Code::kFunction, "integer overflow");
  } else {
    *out = Value::Real(SumOf(sum));
  }
  return Status::Ok();
}

}  // namespace dosql
