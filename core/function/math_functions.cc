// The functions of mathematics. An argument that is no number (text that is all a number is one)
// and a result that is none give NULL.
#include <cmath>

#include "core/function/scalar_functions.h"
#include "core/type/affinity.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

constexpr double kPi = 3.141592653589793;

// *v as the number it is; false for NULL, blobs and other text.
bool GetNumber(Value* v) {
  return v->is_number() || (v->type == ValueType::kText && ParseExactNumber(v->text(), v));
}

Status OneArgument(Value* out, const Value& arg, double (*f)(double)) {
  Value v = arg;
  *out = GetNumber(&v) ? Value::Real(f(ToReal(v))) : Value::Null();
  return Status::Ok();
}

// As above, but an integer stays the integer it is.
Status ToWhole(Value* out, const Value& arg, double (*f)(double)) {
  Value v = arg;
  if (!GetNumber(&v)) v = Value::Null();
  *out = v.type == ValueType::kReal ? Value::Real(f(v.d)) : v;
  return Status::Ok();
}

Status TwoArguments(Value* out, const Value* args, double (*f)(double, double)) {
  Value a = args[0], b = args[1];
  *out = GetNumber(&a) && GetNumber(&b) ? Value::Real(f(ToReal(a), ToReal(b))) : Value::Null();
  return Status::Ok();
}

// The logarithm of a number above 0; NULL for any other.
Status Logarithm(Value* out, const Value& arg, double (*f)(double)) {
  Value v = arg;
  *out = GetNumber(&v) && ToReal(v) > 0 ? Value::Real(f(ToReal(v))) : Value::Null();
  return Status::Ok();
}

}  // namespace

#define DOSQL_MATH(name, shape, args, f) \
  DOSQL_SCALAR(name) {                   \
    (void)context, (void)n;              \
    return shape(out, args, f);          \
  }

DOSQL_MATH(AcosFn, OneArgument, args[0], std::acos)
DOSQL_MATH(AcoshFn, OneArgument, args[0], std::acosh)
DOSQL_MATH(AsinFn, OneArgument, args[0], std::asin)
DOSQL_MATH(AsinhFn, OneArgument, args[0], std::asinh)
DOSQL_MATH(AtanFn, OneArgument, args[0], std::atan)
DOSQL_MATH(AtanhFn, OneArgument, args[0], std::atanh)
DOSQL_MATH(CosFn, OneArgument, args[0], std::cos)
DOSQL_MATH(CoshFn, OneArgument, args[0], std::cosh)
DOSQL_MATH(DegreesFn, OneArgument, args[0], [](double v) { return v * (180.0 / kPi); })
DOSQL_MATH(ExpFn, OneArgument, args[0], std::exp)
DOSQL_MATH(RadiansFn, OneArgument, args[0], [](double v) { return v * (kPi / 180.0); })
DOSQL_MATH(SinFn, OneArgument, args[0], std::sin)
DOSQL_MATH(SinhFn, OneArgument, args[0], std::sinh)
DOSQL_MATH(SqrtFn, OneArgument, args[0], std::sqrt)
DOSQL_MATH(TanFn, OneArgument, args[0], std::tan)
DOSQL_MATH(TanhFn, OneArgument, args[0], std::tanh)
DOSQL_MATH(CeilFn, ToWhole, args[0], std::ceil)
DOSQL_MATH(FloorFn, ToWhole, args[0], std::floor)
DOSQL_MATH(TruncFn, ToWhole, args[0], std::trunc)
DOSQL_MATH(LnFn, Logarithm, args[0], std::log)
DOSQL_MATH(Log2Fn, Logarithm, args[0], std::log2)
DOSQL_MATH(Log10Fn, Logarithm, args[0], std::log10)
DOSQL_MATH(Atan2Fn, TwoArguments, args, std::atan2)
DOSQL_MATH(ModFn, TwoArguments, args, std::fmod)
DOSQL_MATH(PowFn, TwoArguments, args, std::pow)

// log(x) is to base 10, log(b, x) to base b.
DOSQL_SCALAR(LogFn) {
  (void)context;
  if (n == 1) return Logarithm(out, args[0], std::log10);
  Value base;
  DOSQL_TRY(Logarithm(&base, args[0], std::log));
  double x = ToReal(args[1]);
  *out =
      base.is_null() || base.d <= 0 || x <= 0 ? Value::Null() : Value::Real(std::log(x) / base.d);
  return Status::Ok();
}

DOSQL_SCALAR(PiFn) {
  (void)context, (void)args, (void)n;
  *out = Value::Real(kPi);
  return Status::Ok();
}

}  // namespace dosql
