// Affinity, CAST and the conversions that comparisons ask for (SQLite's datatype3.html, sections 3 and 4).
#pragma once

#include <string_view>

#include "core/base/arena.h"
#include "core/type/value.h"

namespace dosql {

// The affinity of a column declared with this type; an empty type is kBlob.
Affinity AffinityOfDeclaredType(std::string_view declared_type);

inline bool IsNumericAffinity(Affinity a) { return a >= Affinity::kNumeric; }

// Converts *v as storing it in a column of this affinity would. Text produced lives in the arena.
// kNoMemory is the only error.
Status ApplyAffinity(Affinity affinity, Arena* arena, Value* v);

// CAST(v AS type), `to` being AffinityOfDeclaredType(type). kNoMemory.
Status CastTo(Affinity to, Arena* arena, Value* v);

// What an operand of a comparison is converted to: the affinity of a column or a CAST, or none.
struct OperandAffinity {
  Affinity affinity = Affinity::kBlob;
  bool has = false;  // a column or CAST; false for literals and other expressions
};

// The affinity to apply to both operands of a comparison; kBlob means to leave them alone.
Affinity ComparisonAffinity(OperandAffinity left, OperandAffinity right);

// The value as a number, as arithmetic sees it: numbers as they are, text and blobs by numeric
// prefix. NULL stays NULL.
Value ToNumber(const Value& v);
int64_t ToInteger(const Value& v);  // NULL gives 0
double ToReal(const Value& v);      // NULL gives 0.0

// The value as text: numbers are formatted into the arena, blobs are reinterpreted; NULL stays NULL.
// kNoMemory.
Status ToText(const Value& v, Arena* arena, Value* out);

// Truth as WHERE sees it: -1 for NULL, 0 or 1.
int ToTruth(const Value& v);

}  // namespace dosql
