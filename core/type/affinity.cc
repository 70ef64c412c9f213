#include "core/type/affinity.h"

#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

// Upper bound of |i| for CAST(text AS NUMERIC) to turn a real into an integer: SQLite's 51 bits.
constexpr int64_t kNumericCastLimit = int64_t{1} << 51;

bool ContainsIgnoringCase(std::string_view text, std::string_view part) {
  for (size_t i = 0; i + part.size() <= text.size(); i++) {
    if (EqualsIgnoringCase(text.substr(i, part.size()), part)) return true;
  }
  return false;
}

// A real that is an integer strictly inside the int64 range becomes one.
void ApplyIntegerAffinity(Value* v) {
  int64_t i;
  if (RealToExactInteger(v->d, &i) && i > INT64_MIN && i < INT64_MAX) *v = Value::Integer(i);
}

}  // namespace

Affinity AffinityOfDeclaredType(std::string_view t) {
  if (ContainsIgnoringCase(t, "int")) return Affinity::kInteger;
  if (ContainsIgnoringCase(t, "char") || ContainsIgnoringCase(t, "clob") ||
      ContainsIgnoringCase(t, "text")) {
    return Affinity::kText;
  }
  if (t.empty() || ContainsIgnoringCase(t, "blob")) return Affinity::kBlob;
  if (ContainsIgnoringCase(t, "real") || ContainsIgnoringCase(t, "floa") ||
      ContainsIgnoringCase(t, "doub")) {
    return Affinity::kReal;
  }
  return Affinity::kNumeric;
}

Status ApplyAffinity(Affinity affinity, Arena* arena, Value* v) {
  if (affinity == Affinity::kBlob) return Status::Ok();
  if (affinity == Affinity::kText) {
    return v->is_number() ? NumberToText(*v, arena, v) : Status::Ok();
  }
  if (v->type == ValueType::kText) {
    Value number;
    if (!ParseExactNumber(v->text(), &number)) return Status::Ok();
    *v = number;
  }
  if (affinity == Affinity::kReal) {
    if (v->type == ValueType::kInteger) *v = Value::Real(static_cast<double>(v->i));
  } else if (v->type == ValueType::kReal) {
    ApplyIntegerAffinity(v);
  }
  return Status::Ok();
}

Status CastTo(Affinity to, Arena* arena, Value* v) {
  if (v->is_null()) return Status::Ok();
  switch (to) {
    case Affinity::kBlob:
    case Affinity::kText:
      DOSQL_TRY(ToText(*v, arena, v));
      if (to == Affinity::kBlob) v->type = ValueType::kBlob;
      return Status::Ok();
    case Affinity::kInteger:
      *v = Value::Integer(ToInteger(*v));
      return Status::Ok();
    case Affinity::kReal:
      *v = Value::Real(ToReal(*v));
      return Status::Ok();
    case Affinity::kNumeric: {
      if (v->is_number()) return Status::Ok();
      *v = ParseNumberPrefix(v->text());
      int64_t i;
      if (v->type == ValueType::kReal && RealToExactInteger(v->d, &i) && i >= -kNumericCastLimit &&
          i < kNumericCastLimit) {
        *v = Value::Integer(i);
      }
      return Status::Ok();
    }
  }
  return Status::Ok();
}

Affinity ComparisonAffinity(OperandAffinity left, OperandAffinity right) {
  if (left.has && right.has) {
    return IsNumericAffinity(left.affinity) || IsNumericAffinity(right.affinity)
               ? Affinity::kNumeric
               : Affinity::kBlob;
  }
  // Integer and real differ from numeric only in what they make of a stored value, not in how it
  // compares.
  Affinity one = left.has ? left.affinity : right.has ? right.affinity : Affinity::kBlob;
  return IsNumericAffinity(one) ? Affinity::kNumeric : one;
}

Value ToNumber(const Value& v) { return v.is_bytes() ? ParseNumberPrefix(v.text()) : v; }

int64_t ToInteger(const Value& v) {
  switch (v.type) {
    case ValueType::kInteger:
      return v.i;
    case ValueType::kReal:
      return RealToInteger(v.d);
    case ValueType::kNull:
      return 0;
    default:
      return ParseIntegerPrefix(v.text());
  }
}

double ToReal(const Value& v) {
  switch (v.type) {
    case ValueType::kInteger:
      return static_cast<double>(v.i);
    case ValueType::kReal:
      return v.d;
    case ValueType::kNull:
      return 0.0;
    default:
      return ParseRealPrefix(v.text());
  }
}

Status ToText(const Value& v, Arena* arena, Value* out) {
  if (v.is_number()) return NumberToText(v, arena, out);
  *out = v;
  if (v.type == ValueType::kBlob) out->type = ValueType::kText;
  return Status::Ok();
}

int ToTruth(const Value& v) {
  switch (v.type) {
    case ValueType::kNull:
      return -1;
    case ValueType::kInteger:
      return v.i != 0;
    case ValueType::kReal:
      return v.d != 0;
    default:
      return ParseRealPrefix(v.text()) != 0;
  }
}

}  // namespace dosql
