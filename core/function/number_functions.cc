// abs, round, sign, min, max, nullif, random and what asks the session.
#include "core/function/scalar_functions.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

// The first value that wins; on equal ones min takes the last and max the first, as SQLite does.
Status Extreme(const FunctionContext* context, Value* out, const Value* args, uint32_t n, bool max) {
  const Value* best = args;
  for (uint32_t i = 0; i < n; i++) {
    if (args[i].is_null()) {
      *out = Value::Null();
      return Status::Ok();
    }
    int c = CompareValues(*best, args[i], context->collation);
    if (max ? c < 0 : c >= 0) best = &args[i];
  }
  *out = *best;
  return Status::Ok();
}

}  // namespace

DOSQL_SCALAR(AbsFn) {
  (void)n;
  *out = args[0];
  if (out->is_null()) return Status::Ok();
  if (out->type == ValueType::kInteger) {
    if (out->i == INT64_MIN) return context->Fail(Code::kFunction, "integer overflow");
    if (out->i < 0) out->i = -out->i;
    return Status::Ok();
  }
  double d = ToReal(*out);
  *out = Value::Real(d < 0 ? -d : d);
  return Status::Ok();
}

DOSQL_SCALAR(RoundFn) {
  (void)context;
  *out = Value::Null();
  int64_t decimals = 0;
  if (n == 2) {
    if (args[1].is_null()) return Status::Ok();
    decimals = ToInteger(args[1]);
    decimals = decimals > 30 ? 30 : decimals < 0 ? 0 : decimals;
  }
  if (args[0].is_null()) return Status::Ok();
  *out = Value::Real(RoundToDecimals(ToReal(args[0]), static_cast<int32_t>(decimals)));
  return Status::Ok();
}

DOSQL_SCALAR(SignFn) {
  (void)n;
  Value v = args[0];
  // Text counts when all of it is a number, a blob never does.
  DOSQL_TRY(ApplyAffinity(Affinity::kNumeric, context->arena, &v));
  *out = Value::Null();
  if (!v.is_number()) return Status::Ok();
  double d = ToReal(v);
  *out = Value::Integer(d < 0 ? -1 : d > 0);
  return Status::Ok();
}

DOSQL_SCALAR(MinFn) { return Extreme(context, out, args, n, false); }
DOSQL_SCALAR(MaxFn) { return Extreme(context, out, args, n, true); }

DOSQL_SCALAR(NullifFn) {
  (void)n;
  bool same = CompareValues(args[0], args[1], context->collation) == 0;
  *out = same ? Value::Null() : args[0];
  return Status::Ok();
}

DOSQL_SCALAR(FirstArgumentFn) {
  (void)context, (void)n;
  *out = args[0];
  return Status::Ok();
}

DOSQL_SCALAR(RandomFn) {
  (void)args, (void)n;
  uint8_t bytes[8];
  context->entropy->Fill(bytes);
  int64_t r = LoadLe<int64_t>(bytes);
  // Never INT64_MIN, so that abs(random()) always works.
  *out = Value::Integer(r < 0 ? -(r & INT64_MAX) : r);
  return Status::Ok();
}

DOSQL_SCALAR(LastInsertRowidFn) {
  (void)args, (void)n;
  *out = Value::Integer(context->counters->last_insert_rowid);
  return Status::Ok();
}

DOSQL_SCALAR(ChangesFn) {
  (void)args, (void)n;
  *out = Value::Integer(context->counters->changes);
  return Status::Ok();
}

DOSQL_SCALAR(TotalChangesFn) {
  (void)args, (void)n;
  *out = Value::Integer(context->counters->total_changes);
  return Status::Ok();
}

}  // namespace dosql
