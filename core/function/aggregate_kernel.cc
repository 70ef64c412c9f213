// Aggregates over whole vectors. The typed loops are the row steps of aggregate_state.h, inlined.
#include "core/function/aggregate_state.h"

namespace dosql {
namespace {

// Calls step(k, row) for the selected rows that are not NULL.
template <typename Step>
inline void ForEachRow(const Vector& v, const Selection& selection, Step step) {
  const uint8_t* nulls = v.nulls;
  for (uint32_t k = 0; k < selection.count; k++) {
    uint32_t row = v.At(selection[k]);
    if (nulls != nullptr && nulls[row] != 0) continue;
    step(k, row);
  }
}

// Where the states are: one for all, or one block per selected row.
struct OneState {
  uint8_t* state;
  uint8_t* operator()(uint32_t) const { return state; }
};
struct GroupStates {
  uint8_t* const* states;
  uint32_t offset;
  uint8_t* operator()(uint32_t k) const { return states[k] + offset; }
};

template <typename StateOf>
Status Aggregate(AggregateKind kind, const FunctionContext* context, StateOf state_of,
                 const Vector* arg, const Selection& selection) {
  auto sum_of = [&](uint32_t k) { return reinterpret_cast<SumState*>(state_of(k)); };
  auto extreme_of = [&](uint32_t k) { return reinterpret_cast<ExtremeState*>(state_of(k)); };
  auto count_of = [&](uint32_t k) { return reinterpret_cast<CountState*>(state_of(k)); };

  if (kind == AggregateKind::kCountRows) {
    for (uint32_t k = 0; k < selection.count; k++) count_of(k)->count++;
    return Status::Ok();
  }
  const Vector& v = *arg;
  bool typed = v.type != VectorType::kTagged;
  bool by_kernel = kind <= AggregateKind::kMax;
  bool max = kind == AggregateKind::kMax;
  if (kind == AggregateKind::kCount && typed) {
    ForEachRow(v, selection, [&](uint32_t k, uint32_t) { count_of(k)->count++; });
  } else if (v.type == VectorType::kI64 && by_kernel) {
    if (kind == AggregateKind::kMin || max) {
      ForEachRow(v, selection,
                 [&](uint32_t k, uint32_t row) { extreme_of(k)->StepInteger(v.i64[row], max); });
    } else {
      ForEachRow(v, selection, [&](uint32_t k, uint32_t row) { sum_of(k)->StepInteger(v.i64[row]); });
    }
  } else if (v.type == VectorType::kF64 && by_kernel) {
    if (kind == AggregateKind::kMin || max) {
      ForEachRow(v, selection,
                 [&](uint32_t k, uint32_t row) { extreme_of(k)->StepReal(v.f64[row], max); });
    } else {
      ForEachRow(v, selection, [&](uint32_t k, uint32_t row) { sum_of(k)->StepReal(v.f64[row]); });
    }
  } else {
    for (uint32_t k = 0; k < selection.count; k++) {
      Value value = v.Get(selection[k]);
      DOSQL_TRY(AggregateStep(kind, context, reinterpret_cast<AggregateState*>(state_of(k)), &value, 1));
    }
  }
  return Status::Ok();
}

}  // namespace

Status AggregateChunk(AggregateKind kind, const FunctionContext* context, AggregateState* state,
                      const Vector* arg, const Selection& selection) {
  if (kind == AggregateKind::kCountRows) {
    reinterpret_cast<CountState*>(state->bytes)->count += selection.count;
    return Status::Ok();
  }
  return Aggregate(kind, context, OneState{state->bytes}, arg, selection);
}

Status AggregateGrouped(AggregateKind kind, const FunctionContext* context, uint8_t* const* states,
                        uint32_t offset, const Vector* arg, const Selection& selection) {
  return Aggregate(kind, context, GroupStates{states, offset}, arg, selection);
}

}  // namespace dosql
