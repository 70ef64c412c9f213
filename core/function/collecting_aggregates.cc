// The aggregates that keep all they are given: group_concat, median, the percentiles.
#include "core/function/aggregate_state.h"
#include "core/type/affinity.h"

namespace dosql {
namespace {

// Heap sort: in place, and no order of the input makes it slow.
void SiftDown(double* a, uint32_t at, uint32_t n) {
  double v = a[at];
  for (uint32_t child; (child = at * 2 + 1) < n; at = child) {
    if (child + 1 < n && a[child] < a[child + 1]) child++;
    if (!(v < a[child])) break;
    a[at] = a[child];
  }
  a[at] = v;
}

void SortNumbers(double* a, uint32_t n) {
  for (uint32_t i = n / 2; i-- > 0;) SiftDown(a, i, n);
  while (n > 1) {
    n--;
    double largest = a[0];
    a[0] = a[n];
    SiftDown(a, 0, n);
    a[n] = largest;
  }
}

std::string Words(std::string_view before, AggregateKind kind, std::string_view after) {
  static constexpr std::string_view kNames[] = {"median", "percentile", "percentile_cont",
                                                "percentile_disc"};
  std::string s(before);
  s += kNames[static_cast<uint32_t>(kind) - static_cast<uint32_t>(AggregateKind::kMedian)];
  s += after;
  return s;
}

}  // namespace

Status ConcatState::Step(const FunctionContext* context, const Value* args, uint32_t n) {
  if (text.data == nullptr) {
    DOSQL_TRY(text.Reserve(context, 0));
  } else if (n == 1) {
    DOSQL_TRY(text.Append(context, ","));
  } else {
    DOSQL_TRY(text.AppendValue(context, args[1]));
  }
  return text.AppendValue(context, args[0]);
}

Status PercentileState::Step(AggregateKind kind, const FunctionContext* context,
                             const Value* args) {
  double wanted = 0.5;
  if (kind != AggregateKind::kMedian) {
    bool percent = kind == AggregateKind::kPercentile;
    Value v = args[1];
    // Only making text could fail.
    ApplyAffinity(Affinity::kNumeric, context->arena, &v).Ignore();
    wanted = ToReal(v) / (percent ? 100.0 : 1.0);
    if (!v.is_number() || !(wanted >= 0 && wanted <= 1)) {
      return context->Fail(Code::kFunction, Words("the fraction argument to ", kind,
                                                  percent ? "() is not between 0.0 and 100.0"
                                                          : "() is not between 0.0 and 1.0"));
    }
  }
  if (!has_fraction) {
    fraction = wanted;
    has_fraction = true;
  } else if (wanted - fraction > 0.001 || fraction - wanted > 0.001) {
    return context->Fail(Code::kFunction, Words("the fraction argument to ", kind,
                                                "() is not the same for all input rows"));
  }
  if (args[0].is_null()) return Status::Ok();
  if (!args[0].is_number())
    return context->Fail(Code::kFunction, Words("input to ", kind, "() is not numeric"));
  double v = ToReal(args[0]);
  if (v - v != 0) return context->Fail(Code::kFunction, Words("Inf input to ", kind, "()"));
  if (count == capacity) {
    uint64_t want = uint64_t{capacity} * 2 + 8;
    uint8_t* grown;
    DOSQL_TRY(context->NewBytes(want * sizeof(double), &grown));
    if (count > 0) std::memcpy(grown, numbers, count * sizeof(double));
    numbers = reinterpret_cast<double*>(grown);
    capacity = static_cast<uint32_t>(want);
  }
  numbers[count++] = v;
  return Status::Ok();
}

Value PercentileState::Final(AggregateKind kind) const {
  if (count == 0) return Value::Null();
  SortNumbers(numbers, count);
  double at = fraction * (count - 1);
  uint32_t below = static_cast<uint32_t>(at);
  double low = numbers[below];
  if (kind == AggregateKind::kPercentileDisc || below + 1 == count || at == below)
    return Value::Real(low);
  return Value::Real(low + (numbers[below + 1] - low) * (at - below));
}

}  // namespace dosql
