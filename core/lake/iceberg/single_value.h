// Datum: one value of a primitive type; and Iceberg's binary form of it (spec, appendix D), in
// which manifests hold bounds.
//
//   boolean                        1 byte
//   int, date                      4 bytes little-endian
//   long, timestamp, timestamptz   8 bytes little-endian
//   float, double                  4 and 8 bytes little-endian
//   string, binary                 the bytes
//   decimal                        unscaled, big-endian two's complement, as short as it goes
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

// Held as columns hold values (schema/column.h): decimals to 18 digits in `i`, larger ones as 16
// bytes big-endian in `bytes`. A datum does not know its type.
struct Datum {
  bool null = true;
  int64_t i = 0;
  double d = 0;
  std::string bytes;

  bool operator==(const Datum&) const = default;
  static Datum Int(int64_t v) { return {.null = false, .i = v}; }
  static Datum Real(double v) { return {.null = false, .d = v}; }
  static Datum Text(std::string_view v) { return {.null = false, .bytes = std::string(v)}; }
};

// The value of a row. `type` is primitive.
Datum DatumAt(const Type& type, const Column& column, uint32_t row);

// Appends the binary form. Not null, `type` primitive.
void EncodeSingleValue(const Type& type, const Datum& value, std::string* out);

// Bytes of a narrower type are taken too, as files from before a promotion hold them: int for long,
// float for double. kCorrupt for any other length.
Status DecodeSingleValue(const Type& type, std::string_view bytes, Datum* out);

// The order of bounds: < 0, 0, > 0. Texts by bytes, -0.0 below +0.0. Neither is null or NaN.
int CompareSingleValues(const Type& type, const Datum& a, const Datum& b);

// Cuts a bound of a string (at most `length` code points) or binary (bytes); others stay. An upper
// bound that is cut is raised to stay above what it stands for: false when there is no such value.
void TruncateLowerBound(const Type& type, uint32_t length, Datum* bound);
bool TruncateUpperBound(const Type& type, uint32_t length, Datum* bound);

// Bytes of the first `length` code points of UTF-8; all of them when there are fewer.
size_t PrefixBytes(std::string_view text, uint32_t length);

// The unscaled value of a decimal; `value` is not null.
__int128 DecimalOf(const Type& type, const Datum& value);
Datum DecimalDatum(const Type& type, __int128 unscaled);
// As short as it goes: what bounds and bucket hashes take.
std::string DecimalBytes(__int128 unscaled);

}  // namespace dosql::lake
