#include "core/expr/scalar_ops.h"

#include "core/type/number_text.h"

namespace dosql {
namespace {

bool IntegerArithmetic(ExprOp op, int64_t a, int64_t b, Value* out) {
  int64_t r = 0;
  switch (op) {
    case ExprOp::kAdd:
      if (__builtin_add_overflow(a, b, &r)) return false;
      break;
    case ExprOp::kSub:
      if (__builtin_sub_overflow(a, b, &r)) return false;
      break;
    case ExprOp::kMul:
      if (__builtin_mul_overflow(a, b, &r)) return false;
      break;
    default:
      if (b == 0) {
        *out = Value::Null();
        return true;
      }
      if (b == -1) {  // the one quotient that overflows
        if (op == ExprOp::kMod) break;
        if (a == INT64_MIN) return false;
      }
      r = op == ExprOp::kDiv ? a / b : a % b;
      break;
  }
  *out = Value::Integer(r);
  return true;
}

}  // namespace

Value Arithmetic(ExprOp op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value::Null();
  Value x = ToNumber(a), y = ToNumber(b), r;
  if (x.type == ValueType::kInteger && y.type == ValueType::kInteger &&
      IntegerArithmetic(op, x.i, y.i, &r)) {
    return r;
  }
  double u = ToReal(x), v = ToReal(y);
  switch (op) {
    case ExprOp::kAdd:
      return Value::Real(u + v);
    case ExprOp::kSub:
      return Value::Real(u - v);
    case ExprOp::kMul:
      return Value::Real(u * v);
    case ExprOp::kDiv:
      return v == 0 ? Value::Null() : Value::Real(u / v);
    default: {
      // The remainder of the integers that the operands are cut to.
      if (!IntegerArithmetic(ExprOp::kMod, ToInteger(a), ToInteger(b), &r) || r.is_null()) return r;
      return Value::Real(static_cast<double>(r.i));
    }
  }
}

Value Bitwise(ExprOp op, const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return Value::Null();
  int64_t x = ToInteger(a), y = ToInteger(b);
  if (op == ExprOp::kBitAnd) return Value::Integer(x & y);
  if (op == ExprOp::kBitOr) return Value::Integer(x | y);
  bool left = op == ExprOp::kShiftLeft;
  if (y < 0) {
    left = !left;
    y = y > -64 ? -y : 64;
  }
  if (y >= 64) return Value::Integer(x >= 0 || left ? 0 : -1);
  return Value::Integer(left ? static_cast<int64_t>(static_cast<uint64_t>(x) << y) : x >> y);
}

Status Concat(const FunctionContext* context, const Value& a, const Value& b, Value* out) {
  *out = Value::Null();
  if (a.is_null() || b.is_null()) return Status::Ok();
  char number[2][kNumberTextMax];
  Bytes part[2];
  for (int i = 0; i < 2; i++) {
    const Value& v = i == 0 ? a : b;
    if (v.is_bytes()) {
      part[i] = v.bytes();
    } else {
      size_t n = v.type == ValueType::kInteger ? FormatInteger(v.i, number[i])
                                               : FormatReal(v.d, number[i]);
      part[i] = AsBytes({number[i], n});
    }
  }
  uint64_t size = uint64_t{part[0].size()} + part[1].size();
  uint8_t* text;
  DOSQL_TRY(context->NewBytes(size, &text));
  if (!part[0].empty()) std::memcpy(text, part[0].data(), part[0].size());
  if (!part[1].empty()) std::memcpy(text + part[0].size(), part[1].data(), part[1].size());
  *out = Value::Make(ValueType::kText, {text, static_cast<size_t>(size)});
  return Status::Ok();
}

uint32_t AcceptedOutcomes(ExprOp comparison) {
  switch (comparison) {
    case ExprOp::kEq:
    case ExprOp::kIs:
      return 2;
    case ExprOp::kLt:
      return 1;
    case ExprOp::kLe:
      return 3;
    case ExprOp::kGt:
      return 4;
    case ExprOp::kGe:
      return 6;
    default:
      return 5;
  }
}

Value Compare(ExprOp op, const Value& a, const Value& b, Collation collation) {
  if (op != ExprOp::kIs && op != ExprOp::kIsNot && (a.is_null() || b.is_null())) return Value::Null();
  return Value::Integer(IsAccepted(AcceptedOutcomes(op), CompareValues(a, b, collation)));
}

Status ApplyComparisonAffinity(Affinity affinity, Arena* arena, Value* v) {
  if (affinity == Affinity::kText) return ApplyAffinity(affinity, arena, v);
  if (IsNumericAffinity(affinity) && v->type == ValueType::kText) {
    (void)ParseExactNumber(v->text(), v);
  }
  return Status::Ok();
}

Value UnaryOp(ExprOp op, const Value& a) {
  switch (op) {
    case ExprOp::kNegate:
      return Arithmetic(ExprOp::kSub, Value::Integer(0), a);
    case ExprOp::kBitNot:
      return a.is_null() ? a : Value::Integer(~ToInteger(a));
    case ExprOp::kNot: {
      int t = ToTruth(a);
      return FromTruth(t < 0 ? t : 1 - t);
    }
    case ExprOp::kIsNull:
      return Value::Integer(a.is_null());
    case ExprOp::kNotNull:
      return Value::Integer(!a.is_null());
    case ExprOp::kIsTrue:
      return Value::Integer(ToTruth(a) == 1);
    case ExprOp::kIsNotTrue:
      return Value::Integer(ToTruth(a) != 1);
    case ExprOp::kIsFalse:
      return Value::Integer(ToTruth(a) == 0);
    case ExprOp::kIsNotFalse:
      return Value::Integer(ToTruth(a) != 0);
    default:
      return a;
  }
}

}  // namespace dosql
