#include "core/expr/kernel.h"

namespace dosql {
namespace {

// Calls step(row) for every selected row. The two loops are apart so that the dense one is tight.
template <typename Step>
inline void ForRows(const Selection& s, Step step) {
  if (s.rows == nullptr) {
    for (uint32_t k = 0; k < s.count; k++) step(k);
  } else {
    for (uint32_t k = 0; k < s.count; k++) step(s.rows[k]);
  }
}

}  // namespace

bool IntegerKernel(ExprOp op, Lane<int64_t> a, Lane<int64_t> b, const Selection& s, int64_t* out) {
  // Bit 63 of `bad` is set by an overflow: the operands agree in sign (differ, for kSub) and the
  // result does not.
  uint64_t bad = 0;
  bool irregular = false;
  switch (op) {
    case ExprOp::kAdd:
      ForRows(s, [&](uint32_t row) {
        uint64_t x = static_cast<uint64_t>(a[row]), y = static_cast<uint64_t>(b[row]), r = x + y;
        bad |= (x ^ r) & (y ^ r);
        out[row] = static_cast<int64_t>(r);
      });
      break;
    case ExprOp::kSub:
      ForRows(s, [&](uint32_t row) {
        uint64_t x = static_cast<uint64_t>(a[row]), y = static_cast<uint64_t>(b[row]), r = x - y;
        bad |= (x ^ y) & (x ^ r);
        out[row] = static_cast<int64_t>(r);
      });
      break;
    case ExprOp::kMul:
      ForRows(s, [&](uint32_t row) {
        // Factors within 32 bits cannot overflow; larger ones are left to the careful way.
        int64_t x = a[row], y = b[row];
        irregular |= x != static_cast<int32_t>(x) || y != static_cast<int32_t>(y);
        out[row] = static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
      });
      if (!irregular) break;
      irregular = false;
      ForRows(s, [&](uint32_t row) {
        int64_t r;
        irregular |= __builtin_mul_overflow(a[row], b[row], &r);
        out[row] = r;
      });
      break;
    default: {
      bool quotient = op == ExprOp::kDiv;
      ForRows(s, [&](uint32_t row) {
        int64_t y = b[row];
        if (static_cast<uint64_t>(y) + 1 <= 1) {  // -1 or 0
          irregular = true;
          y = 1;
        }
        out[row] = quotient ? a[row] / y : a[row] % y;
      });
      break;
    }
  }
  return !irregular && bad >> 63 == 0;
}

bool RealKernel(ExprOp op, Lane<double> a, Lane<double> b, const Selection& s, double* out) {
  bool irregular = false;
  auto keep = [&](uint32_t row, double r) {
    out[row] = r;
    irregular |= r != r;
  };
  switch (op) {
    case ExprOp::kAdd:
      ForRows(s, [&](uint32_t row) { keep(row, a[row] + b[row]); });
      break;
    case ExprOp::kSub:
      ForRows(s, [&](uint32_t row) { keep(row, a[row] - b[row]); });
      break;
    case ExprOp::kMul:
      ForRows(s, [&](uint32_t row) { keep(row, a[row] * b[row]); });
      break;
    default:
      ForRows(s, [&](uint32_t row) {
        double y = b[row];
        irregular |= y == 0;
        keep(row, a[row] / y);
      });
      break;
  }
  return !irregular;
}

void IrregularReals(ExprOp op, Lane<double> b, const double* out, const Selection& s, uint8_t* nulls) {
  bool quotient = op == ExprOp::kDiv;
  ForRows(s, [&](uint32_t row) {
    nulls[row] |= static_cast<uint8_t>(out[row] != out[row] || (quotient && b[row] == 0));
  });
}

void ToRealKernel(const int64_t* in, const Selection& s, double* out) {
  ForRows(s, [&](uint32_t row) { out[row] = static_cast<double>(in[row]); });
}

}  // namespace dosql
