// Aggregates over whole vectors. The typed loops are the row steps of aggregate_state.h, inlined.
#include "core/function/aggregate_state.h"

namespace dosql {
namespace {

// Calls step(k, row) for the selected rows that are not NULL. The loop that most chunks take is apart.
template <typename Step>
inline void ForEachRow(const Vector& v, const Selection& selection, Step step) {
  const uint8_t* nulls = v.nulls;
  uint32_t count = selection.count;
  if (nulls == nullptr && selection.rows == nullptr && !v.is_constant) {
    for (uint32_t k = 0; k < count; k++) step(k, k);
    return;
  }
  for (uint32_t k = 0; k < count; k++) {
    uint32_t row = v.At(selection[k]);
    if (nulls != nullptr && nulls[row] != 0) continue;
    step(k, row);
  }
}

// Where the states are: one for all, or one block per selected row. A loop begins by taking Access
// to what it steps: the one state is copied for the loop's time, so that it stays in registers.
struct OneState {
  uint8_t* state;
  uint8_t* operator()(uint32_t) const { return state; }

  template <typename State>
  class Access {
   public:
    explicit Access(const OneState& of)
        : state_(reinterpret_cast<State*>(of.state)), copy_(*state_) {}
    ~Access() { *state_ = copy_; }
    State& operator[](uint32_t) { return copy_; }

   private:
    State* state_;
    State copy_;
  };
};
struct GroupStates {
  uint8_t* const* states;
  uint32_t offset;
  uint8_t* operator()(uint32_t k) const { return states[k] + offset; }

  template <typename State>
  class Access {
   public:
    explicit Access(const GroupStates& of) : states_(of.states), offset_(of.offset) {}
    State& operator[](uint32_t k) { return *reinterpret_cast<State*>(states_[k] + offset_); }

   private:
    uint8_t* const* states_;
    uint32_t offset_;
  };
};

template <typename StateOf>
Status Aggregate(AggregateKind kind, const FunctionContext* context, StateOf state_of,
                 const Vector* arg, const Selection& selection) {
  using Counts = typename StateOf::template Access<CountState>;
  using Sums = typename StateOf::template Access<SumState>;
  using Extremes = typename StateOf::template Access<ExtremeState>;

  if (kind == AggregateKind::kCountRows) {
    Counts counts(state_of);
    for (uint32_t k = 0; k < selection.count; k++) counts[k].count++;
    return Status::Ok();
  }
  const Vector& v = *arg;
  bool typed = v.type != VectorType::kTagged;
  bool by_kernel = kind <= AggregateKind::kMax;
  bool max = kind == AggregateKind::kMax;
  if (kind == AggregateKind::kCount && typed) {
    Counts counts(state_of);
    ForEachRow(v, selection, [&](uint32_t k, uint32_t) { counts[k].count++; });
  } else if (v.type == VectorType::kI64 && by_kernel) {
    const int64_t* values = v.i64;
    if (kind == AggregateKind::kMin || max) {
      Extremes extremes(state_of);
      ForEachRow(v, selection,
                 [&](uint32_t k, uint32_t row) { extremes[k].StepInteger(values[row], max); });
    } else {
      Sums sums(state_of);
      ForEachRow(v, selection, [&](uint32_t k, uint32_t row) { sums[k].StepInteger(values[row]); });
    }
  } else if (v.type == VectorType::kF64 && by_kernel) {
    const double* values = v.f64;
    if (kind == AggregateKind::kMin || max) {
      Extremes extremes(state_of);
      ForEachRow(v, selection,
                 [&](uint32_t k, uint32_t row) { extremes[k].StepReal(values[row], max); });
    } else {
      Sums sums(state_of);
      ForEachRow(v, selection, [&](uint32_t k, uint32_t row) { sums[k].StepReal(values[row]); });
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
