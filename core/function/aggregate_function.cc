#include "core/function/aggregate_function.h"

#include "core/function/aggregate_state.h"
#include "core/type/affinity.h"
#include "core/type/number_text.h"

#include <iterator>

namespace dosql {
namespace {

using Kind = AggregateKind;

constexpr AggregateFunction kAggregates[] = {
    {"avg", 1, 1, Kind::kAvg, false, true},
    {"count", 0, 0, Kind::kCountRows, false, false},
    {"count", 1, 1, Kind::kCount, false, false},
    {"group_concat", 1, 2, Kind::kGroupConcat, false, true},
    {"max", 1, 1, Kind::kMax, true, false},
    {"median", 1, 1, Kind::kMedian, false, false},
    {"min", 1, 1, Kind::kMin, true, false},
    {"percentile", 2, 2, Kind::kPercentile, false, false},
    {"percentile_cont", 2, 2, Kind::kPercentileCont, false, false},
    {"percentile_disc", 2, 2, Kind::kPercentileDisc, false, false},
    {"string_agg", 2, 2, Kind::kGroupConcat, false, true},
    {"sum", 1, 1, Kind::kSum, false, true},
    {"total", 1, 1, Kind::kTotal, false, true},
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
    if (f.args_min <= arg_count && arg_count <= f.args_max && EqualsIgnoringCase(name, f.name)) {
      return &f;
    }
  }
  return nullptr;
}

const AggregateFunction* AggregateFunctionAt(uint32_t i) {
  return i < std::size(kAggregates) ? &kAggregates[i] : nullptr;
}

bool IsAggregateName(std::string_view name) {
  for (const AggregateFunction& f : kAggregates) {
    if (EqualsIgnoringCase(name, f.name)) return true;
  }
  return false;
}

Status AggregateStep(AggregateKind kind, const FunctionContext* context, AggregateState* state,
                     const Value* args, uint32_t n) {
  void* bytes = state->bytes;
  if (kind == AggregateKind::kCountRows) {
    static_cast<CountState*>(bytes)->count++;
    return Status::Ok();
  }
  if (kind >= AggregateKind::kMedian) return static_cast<PercentileState*>(bytes)->Step(kind, context, args);
  const Value& arg = *args;
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
    case AggregateKind::kGroupConcat:
      return static_cast<ConcatState*>(bytes)->Step(context, args, n);
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
    case AggregateKind::kGroupConcat: {
      const GrowingText& text = static_cast<const ConcatState*>(bytes)->text;
      *out = text.data == nullptr ? Value::Null() : text.AsText();
      return Status::Ok();
    }
    case AggregateKind::kMedian:
    case AggregateKind::kPercentile:
    case AggregateKind::kPercentileCont:
    case AggregateKind::kPercentileDisc:
      *out = static_cast<const PercentileState*>(bytes)->Final(kind);
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

bool AggregatePicks(AggregateKind kind, const AggregateState& state, const Value& arg,
                    Collation collation) {
  const auto& extreme = reinterpret_cast<const ExtremeState&>(state);
  if (arg.is_null()) return extreme.best.is_null();
  return extreme.Beats(arg, kind == AggregateKind::kMax, collation);
}

}  // namespace dosql
