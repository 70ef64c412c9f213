// Loops that see each row's value, whatever the vector's type.
#include "core/expr/kernel.h"
#include "core/type/affinity.h"

namespace dosql {

Status BuildRows(VectorBuilder* builder, const Selection& s, MakeValue make, void* user) {
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    Value v;
    DOSQL_TRY(make(user, row, &v));
    DOSQL_TRY(builder->Put(row, v));
  }
  return Status::Ok();
}

Status CopyRows(VectorBuilder* builder, const Vector& source, const Selection& s) {
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    DOSQL_TRY(builder->Put(row, source.Get(row)));
  }
  return Status::Ok();
}

void TruthsOfRows(const Vector& v, const Selection& s, uint8_t* out) {
  bool integers = v.type == VectorType::kI64;
  uint32_t mask = v.is_constant ? 0 : ~0u;
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k], at = row & mask;
    if (integers) {
      uint8_t truth = v.i64[at] != 0 ? kTrue : kFalse;
      out[row] = v.nulls != nullptr && v.nulls[at] != 0 ? uint8_t{kUnknown} : truth;
    } else {
      int t = ToTruth(v.Get(row));
      out[row] = t < 0 ? kUnknown : t == 0 ? kFalse : kTrue;
    }
  }
}

void ProbeRows(const InSet& set, const Vector& v, const Selection& s, uint8_t* out) {
  bool integers = v.type == VectorType::kI64 && set.all_integers();
  bool strings = v.type == VectorType::kBytes && set.few_strings(v.is_blob);
  for (uint32_t k = 0; k < s.count; k++) {
    uint32_t row = s[k];
    int t;
    if ((integers || strings) && !v.IsNull(row)) {
      t = integers ? set.ProbeInteger(v.i64[v.At(row)]) : set.ProbeString(v.bytes[v.At(row)]);
    } else {
      t = set.Probe(v.Get(row));
    }
    out[row] = t < 0 ? kUnknown : t == 0 ? kFalse : kTrue;
  }
}

}  // namespace dosql
