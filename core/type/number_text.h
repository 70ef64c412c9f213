// Numbers from text and numbers as text, by SQLite's rules.
//
// Space here is SQLite's: tab, newline, vertical tab, form feed, return and blank. Hexadecimal is
// SQL syntax, not a number's text: '0x10' has the numeric prefix 0.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/arena.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr size_t kNumberTextMax = 32;  // no number's text is longer

// The longest prefix of `text` (after leading space) that is a number: an INTEGER when it has neither
// point nor exponent and fits 64 bits, else a REAL. No such prefix: INTEGER 0.
Value ParseNumberPrefix(std::string_view text);

// As CAST(text AS INTEGER): leading digits only, cut to the int64 range when there are too many.
int64_t ParseIntegerPrefix(std::string_view text);

// As CAST(text AS REAL).
double ParseRealPrefix(std::string_view text);

// When all of `text`, surrounding space aside, is one number: true, and *out as above. As in SQLite a
// NUL ends the text.
bool ParseExactNumber(std::string_view text, Value* out);

// Writes at most kNumberTextMax characters, no terminator; returns how many. A REAL has 17 digits, or
// fewer where those round-trip and the rest would be a run of zeros or nines: 0.1, 100.0, 1.0e+20,
// 0.30000000000000004, Inf, -Inf. FormatRealLiteral writes infinities as 9.0e+999.
size_t FormatInteger(int64_t v, char* out);
size_t FormatReal(double v, char* out);
size_t FormatRealLiteral(double v, char* out);

// 0.text * 10^point: the digits without leading or trailing zeros (0 digits are one '0').
struct DecimalDigits {
  char text[kNumberTextMax];
  int32_t count;
  int32_t point;  // the decimal point lies behind so many digits; may be negative or past the end
};
// The digits of v, positive and finite, as SQLite's printf finds them: `round` > 0 of them, else
// -`round` behind the point, and at most digits_max.
void RealToDigits(double v, int32_t round, int32_t digits_max, DecimalDigits* out);

// The text of an INTEGER or REAL, in the arena. kNoMemory.
Status NumberToText(const Value& number, Arena* arena, Value* out);

// round(v, decimals): half away from zero in decimal, 0 <= decimals <= 30.
double RoundToDecimals(double v, int32_t decimals);

// The integer that equals d, if there is one. -0.0 gives 0.
bool RealToExactInteger(double d, int64_t* out);

// Cut towards zero and to the int64 range.
int64_t RealToInteger(double d);

}  // namespace dosql
