// Loops over the selected rows of typed vectors. The *_kernel.cc files are compiled for speed, all
// else for size. Private to core/expr.
//
// Every loop reads row `rows[k]` (or k when rows is nullptr) for k < count; a constant operand has
// mask 0 and so gives entry 0 for every row. NULL rows are computed like any other.
#pragma once

#include "core/expr/bound_expr.h"
#include "core/expr/in_set.h"
#include "core/vector/vector_builder.h"

namespace dosql {

// Puts what `make` gives for each selected row. kNoMemory, or what `make` returns.
using MakeValue = Status (*)(void* user, uint32_t row, Value* out);
Status BuildRows(VectorBuilder* builder, const Selection& s, MakeValue make, void* user);

// Puts the selected rows of `source`. kNoMemory.
Status CopyRows(VectorBuilder* builder, const Vector& source, const Selection& s);

template <typename T>
struct Lane {
  const T* data;
  uint32_t mask;
  const T& operator[](uint32_t row) const { return data[row & mask]; }
};

template <typename T>
Lane<T> LaneOf(const Vector& v) {
  return {static_cast<const T*>(v.data), v.is_constant ? 0u : ~0u};
}

// out[row] = a op b for kAdd to kMod. False: some row overflows or divides by 0 or -1, and the rows
// must be computed one by one.
bool IntegerKernel(ExprOp op, Lane<int64_t> a, Lane<int64_t> b, const Selection& s, int64_t* out);

// out[row] = a op b for kAdd to kDiv. False: some result is no number; IrregularReals marks those.
bool RealKernel(ExprOp op, Lane<double> a, Lane<double> b, const Selection& s, double* out);
// nulls[row] |= the result is NaN or the divisor of a kDiv is 0.
void IrregularReals(ExprOp op, Lane<double> b, const double* out, const Selection& s, uint8_t* nulls);

void ToRealKernel(const int64_t* in, const Selection& s, double* out);

// Comparisons by AcceptedOutcomes. The first form collects the rows where it holds (out may be
// s.rows itself) and returns how many; the second gives 0 or 1 per row.
// NULL rows of string vectors must not be selected: their entries point anywhere.
uint32_t SelectLanes(uint32_t accepted, Lane<int64_t> a, Lane<int64_t> b, const Selection& s,
                     uint16_t* out);
uint32_t SelectLanes(uint32_t accepted, Lane<double> a, Lane<double> b, const Selection& s,
                     uint16_t* out);
uint32_t SelectLanes(uint32_t accepted, Lane<StringRef> a, Lane<StringRef> b, const Selection& s,
                     uint16_t* out);
void CompareLanes(uint32_t accepted, Lane<int64_t> a, Lane<int64_t> b, const Selection& s,
                  int64_t* out);
void CompareLanes(uint32_t accepted, Lane<double> a, Lane<double> b, const Selection& s,
                  int64_t* out);
void CompareLanes(uint32_t accepted, Lane<StringRef> a, Lane<StringRef> b, const Selection& s,
                  int64_t* out);

// Rows whose byte is `wanted` (0 or 1 for NULL masks; a truth below).
uint32_t SelectByte(const uint8_t* bytes, uint8_t wanted, const Selection& s, uint16_t* out);

// Truth of a row in a byte, so that AND is the minimum and OR the maximum.
enum Truth : uint8_t { kFalse = 0, kUnknown = 1, kTrue = 2 };

void TruthsOfRows(const Vector& v, const Selection& s, uint8_t* out);
// Whether each row is in the set.
void ProbeRows(const InSet& set, const Vector& v, const Selection& s, uint8_t* out);
// out[row] = min or max of both.
void MergeTruths(bool is_and, const uint8_t* a, const uint8_t* b, const Selection& s, uint8_t* out);
// 0 or 1 per row, and NULLs; true when there is one.
bool TruthsToIntegers(const uint8_t* truths, const Selection& s, int64_t* out, uint8_t* nulls);
// out[row] = a | b; either may be nullptr.
void MergeNulls(const uint8_t* a, const uint8_t* b, const Selection& s, uint8_t* out);

}  // namespace dosql
