#include "core/lake/iceberg/transform.h"

namespace dosql::lake {
namespace {

constexpr int64_t kDayMicros = 86400LL * 1000000;
constexpr int64_t kHourMicros = 3600LL * 1000000;

int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0); }

// Years and months since 1970-01 of a day since 1970-01-01 (Howard Hinnant, "chrono-compatible
// low-level date algorithms", civil_from_days).
int64_t MonthsOf(int64_t days) {
  days += 719468;
  int64_t era = FloorDiv(days, 146097);
  int64_t day_of_era = days - era * 146097;
  int64_t year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  int64_t day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
  int64_t month = (5 * day_of_year + 2) / 153;  // from March
  int64_t months = (year + era * 400) * 12 + month + 2;
  return months - 1970 * 12;
}

bool IsTime(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

uint32_t Rotate(uint32_t v, int by) { return v << by | v >> (32 - by); }

uint32_t Hash(const Type& type, const Datum& value) {
  if (type.kind == TypeKind::kDecimal) {
    std::string bytes = DecimalBytes(DecimalOf(type, value));
    return Murmur3(AsBytes(bytes));
  }
  if (type.kind == TypeKind::kString || type.kind == TypeKind::kBinary)
    return Murmur3(AsBytes(value.bytes));
  // Narrow integers hash as longs, so that a widened column keeps its buckets.
  uint8_t bytes[8];
  StoreLe(bytes, value.i);
  return Murmur3(bytes);
}

bool ParseParam(std::string_view text, std::string_view name, int32_t* out) {
  if (!text.starts_with(name) || !text.ends_with("]")) return false;
  text.remove_prefix(name.size());
  text.remove_suffix(1);
  if (text.empty() || text.size() > 9) return false;
  int32_t v = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    v = v * 10 + (c - '0');
  }
  *out = v;
  return v > 0;
}

constexpr std::string_view kNames[] = {"identity", "bucket[", "truncate[", "year",
                                       "month",    "day",     "hour",      "void"};

}  // namespace

uint32_t Murmur3(Bytes data) {
  constexpr uint32_t kC1 = 0xcc9e2d51, kC2 = 0x1b873593;
  uint32_t h = 0;
  size_t blocks = data.size() / 4;
  for (size_t i = 0; i < blocks; i++) {
    uint32_t k = LoadLe<uint32_t>(data.data() + i * 4);
    h = Rotate(h ^ Rotate(k * kC1, 15) * kC2, 13) * 5 + 0xe6546b64;
  }
  uint32_t tail = 0;
  for (size_t i = data.size(); i > blocks * 4; i--) tail = tail << 8 | data[i - 1];
  h ^= Rotate(tail * kC1, 15) * kC2;
  h ^= static_cast<uint32_t>(data.size());
  h = (h ^ h >> 16) * 0x85ebca6b;
  h = (h ^ h >> 13) * 0xc2b2ae35;
  return h ^ h >> 16;
}

Transform ParseTransform(std::string_view text) {
  Transform t;
  for (uint8_t k = 0; k < std::size(kNames); k++) {
    t.kind = static_cast<TransformKind>(k);
    bool takes_param = kNames[k].ends_with("[");
    if (takes_param ? ParseParam(text, kNames[k], &t.param) : text == kNames[k]) return t;
  }
  t.kind = TransformKind::kUnknown;
  t.unknown = text;
  return t;
}

std::string TransformText(const Transform& transform) {
  if (transform.kind == TransformKind::kUnknown) return transform.unknown;
  std::string text(kNames[static_cast<uint8_t>(transform.kind)]);
  if (text.back() == '[') text += std::to_string(transform.param) + "]";
  return text;
}

Status TransformType(const Transform& transform, const Type& source, Type* out) {
  TypeKind kind = source.kind;
  if (source.nested()) return Code::kType;
  *out = Type{.kind = TypeKind::kInt};
  switch (transform.kind) {
    case TransformKind::kIdentity:
    case TransformKind::kVoid: *out = source; return Status::Ok();
    case TransformKind::kBucket:
      if (kind == TypeKind::kBoolean || kind == TypeKind::kFloat || kind == TypeKind::kDouble)
        return Code::kType;
      return Status::Ok();
    case TransformKind::kTruncate:
      *out = source;
      if (kind == TypeKind::kInt || kind == TypeKind::kLong || kind == TypeKind::kDecimal ||
          kind == TypeKind::kString || kind == TypeKind::kBinary) {
        return Status::Ok();
      }
      return Code::kType;
    case TransformKind::kYear:
    case TransformKind::kMonth: return IsTime(kind) ? Status::Ok() : Status(Code::kType);
    case TransformKind::kDay:
      out->kind = TypeKind::kDate;
      return IsTime(kind) ? Status::Ok() : Status(Code::kType);
    case TransformKind::kHour:
      return IsTime(kind) && kind != TypeKind::kDate ? Status::Ok() : Status(Code::kType);
    case TransformKind::kUnknown: return Code::kUnsupported;
  }
  return Code::kUnsupported;
}

Datum ApplyTransform(const Transform& transform, const Type& source, const Datum& value) {
  if (value.null || transform.kind == TransformKind::kVoid) return Datum();
  int64_t days = source.kind == TypeKind::kDate ? value.i : FloorDiv(value.i, kDayMicros);
  switch (transform.kind) {
    case TransformKind::kBucket:
      return Datum::Int((Hash(source, value) & 0x7fffffff) %
                        static_cast<uint32_t>(transform.param));
    case TransformKind::kTruncate: {
      if (source.kind == TypeKind::kString) {
        return Datum::Text(
            std::string_view(value.bytes)
                .substr(0, PrefixBytes(value.bytes, static_cast<uint32_t>(transform.param))));
      }
      if (source.kind == TypeKind::kBinary) {
        return Datum::Text(
            std::string_view(value.bytes).substr(0, static_cast<size_t>(transform.param)));
      }
      __int128 v = source.kind == TypeKind::kDecimal ? DecimalOf(source, value) : value.i;
      __int128 rest = v % transform.param;
      v -= rest < 0 ? rest + transform.param : rest;
      // Below the type's least value it wraps, as the other writers' arithmetic does.
      if (source.kind == TypeKind::kInt) return Datum::Int(static_cast<int32_t>(v));
      return source.kind == TypeKind::kDecimal ? DecimalDatum(source, v)
                                               : Datum::Int(static_cast<int64_t>(v));
    }
    case TransformKind::kYear: return Datum::Int(FloorDiv(MonthsOf(days), 12));
    case TransformKind::kMonth: return Datum::Int(MonthsOf(days));
    case TransformKind::kDay: return Datum::Int(days);
    case TransformKind::kHour: return Datum::Int(FloorDiv(value.i, kHourMicros));
    default: return value;
  }
}

}  // namespace dosql::lake
