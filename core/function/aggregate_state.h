// What the 32 bytes of an AggregateState hold, and one step of each. Private to core/function.
#pragma once

#include "core/function/aggregate_function.h"
#include "core/function/growing_text.h"
#include "core/type/compare.h"

namespace dosql {

// sum, total and avg: exact in integers until a real arrives or they overflow, then in doubles with
// Kahan's and Babuska's correction, step for step as SQLite, whose results depend on the order.
struct SumState {
  union {
    int64_t whole;
    double real;
  };
  double error;
  uint64_t count;
  bool is_real;
  bool overflowed;

  void AddReal(double v) {
    double s = real, t = s + v;
    error += __builtin_fabs(s) > __builtin_fabs(v) ? (s - t) + v : (v - t) + s;
    real = t;
  }
  void AddIntegerToReal(int64_t v) {
    // 2^52: larger ones are split, so that no bit is lost.
    if (v <= -4503599627370496 || v >= 4503599627370496) {
      int64_t low = v % 16384;
      AddReal(static_cast<double>(v - low));
      AddReal(static_cast<double>(low));
    } else {
      AddReal(static_cast<double>(v));
    }
  }
  void BecomeReal() {
    int64_t v = whole;
    int64_t low = v <= -4503599627370496 || v >= 4503599627370496 ? v % 16384 : 0;
    real = static_cast<double>(v - low);
    error = static_cast<double>(low);
    is_real = true;
  }

  void StepInteger(int64_t v) {
    count++;
    if (!is_real) {
      if (!__builtin_add_overflow(whole, v, &whole)) return;
      // The builtin has wrapped; the sum before it is what counts.
      whole = static_cast<int64_t>(static_cast<uint64_t>(whole) - static_cast<uint64_t>(v));
      overflowed = true;
      BecomeReal();
    }
    AddIntegerToReal(v);
  }
  void StepReal(double v) {
    count++;
    if (is_real) {
      overflowed = false;
    } else {
      BecomeReal();
    }
    AddReal(v);
  }
};

// min and max: the best so far, NULL before the first.
struct ExtremeState {
  Value best;
  uint32_t capacity;  // of the bytes at best.data, which the state owns

  void StepInteger(int64_t v, bool max) {
    if (best.type == ValueType::kInteger) {
      if (max ? v > best.i : v < best.i) best.i = v;
    } else {
      StepNumber(Value::Integer(v), max);
    }
  }
  void StepReal(double v, bool max) {
    if (best.type == ValueType::kReal) {
      if (max ? v > best.d : v < best.d) best.d = v;
    } else {
      StepNumber(Value::Real(v), max);
    }
  }
  void StepNumber(const Value& v, bool max) {
    if (Beats(v, max, Collation::kBinary)) best = v, capacity = 0;
  }
  bool Beats(const Value& v, bool max, Collation collation) const {
    if (best.is_null()) return true;
    int c = CompareValues(best, v, collation);
    return max ? c < 0 : c > 0;
  }
  Status Step(const FunctionContext* context, const Value& v, bool max) {
    if (!Beats(v, max, context->collation)) return Status::Ok();
    if (!v.is_bytes()) {
      best = v, capacity = 0;
      return Status::Ok();
    }
    uint8_t* copy = const_cast<uint8_t*>(best.data);
    if (!best.is_bytes() || capacity < v.size) {
      // Twice the size, so that a climbing maximum does not fill the arena with its steps.
      uint64_t want = uint64_t{v.size} * 2 < kValueBytesMax ? uint64_t{v.size} * 2 : v.size;
      DOSQL_TRY(context->NewBytes(want, &copy));
      capacity = static_cast<uint32_t>(want);
    }
    if (v.size > 0) std::memcpy(copy, v.data, v.size);
    best = Value::Make(v.type, {copy, v.size});
    return Status::Ok();
  }
};

struct CountState {
  int64_t count;
};

// group_concat: the text so far; its data is nullptr before the first row.
struct ConcatState {
  GrowingText text;

  Status Step(const FunctionContext* context, const Value* args, uint32_t n);
};

// median and the percentiles: all numbers, to be sorted at the end.
struct PercentileState {
  double* numbers;
  uint32_t count;
  uint32_t capacity;
  double fraction;  // 0 to 1
  bool has_fraction;

  Status Step(AggregateKind kind, const FunctionContext* context, const Value* args);
  Value Final(AggregateKind kind) const;
};

static_assert(sizeof(SumState) <= sizeof(AggregateState));
static_assert(sizeof(ConcatState) <= sizeof(AggregateState));
static_assert(sizeof(PercentileState) <= sizeof(AggregateState));
static_assert(sizeof(ExtremeState) <= sizeof(AggregateState));

}  // namespace dosql
