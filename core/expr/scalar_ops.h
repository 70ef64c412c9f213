// What the operators mean for single values. Rows use these directly, chunks wherever no kernel
// fits: there is one meaning.
#pragma once

#include "core/expr/bound_expr.h"
#include "core/function/function_context.h"
#include "core/type/compare.h"

namespace dosql {

// kAdd to kMod: exact in integers, in doubles from an overflow on; NULL for a division by zero.
Value Arithmetic(ExprOp op, const Value& a, const Value& b);

// kBitAnd to kShiftRight.
Value Bitwise(ExprOp op, const Value& a, const Value& b);

// kTooBig, kNoMemory.
Status Concat(const FunctionContext* context, const Value& a, const Value& b, Value* out);

// Bits of the outcomes of a three-way comparison that make the comparison true: 1 less, 2 equal,
// 4 greater. kIs and kIsNot as kEq and kNe.
uint32_t AcceptedOutcomes(ExprOp comparison);
inline bool IsAccepted(uint32_t accepted, int c) { return accepted >> (c < 0 ? 0 : c > 0 ? 2 : 1) & 1; }

// kEq to kIsNot, affinities applied already.
Value Compare(ExprOp op, const Value& a, const Value& b, Collation collation);

// Before a comparison: kNumeric turns text that is all a number into it, kText numbers into text.
// kNoMemory.
Status ApplyComparisonAffinity(Affinity affinity, Arena* arena, Value* v);

// Three-valued logic over -1 (NULL), 0 and 1.
inline int And3(int a, int b) { return a == 0 || b == 0 ? 0 : a < 0 || b < 0 ? -1 : 1; }
inline int Or3(int a, int b) { return a == 1 || b == 1 ? 1 : a < 0 || b < 0 ? -1 : 0; }
inline Value FromTruth(int t) { return t < 0 ? Value::Null() : Value::Integer(t); }

// kNot, kIsNull, kNotNull, kIsTrue to kIsNotFalse, kNegate, kPlus, kBitNot, kCollate.
Value UnaryOp(ExprOp op, const Value& a);

}  // namespace dosql
