#include "core/lake/ingest/type_mapping.h"

#include <cmath>
#include <cstdlib>

#include "core/lake/parquet/value_reader.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql::lake {
namespace {

constexpr int64_t kMicros = 1000000;
constexpr uint8_t kDecimalDigitsMax = 38;
constexpr uint8_t kShortDecimalDigits = 18;  // as many as 64 bits hold
constexpr int32_t kRealDigits = 17;          // as many tell all REALs apart

// Takes exactly `digits` digits.
bool TakeNumber(std::string_view* s, size_t digits, int64_t* out) {
  if (s->size() < digits) return false;
  *out = 0;
  for (size_t i = 0; i < digits; i++) {
    const char c = (*s)[i];
    if (c < '0' || c > '9') return false;
    *out = *out * 10 + (c - '0');
  }
  s->remove_prefix(digits);
  return true;
}

bool TakeChar(std::string_view* s, char c) {
  if (s->empty() || (*s)[0] != c) return false;
  s->remove_prefix(1);
  return true;
}

// Days since 1970-01-01 of a civil date, proleptic Gregorian. Years begin in March here, so that a
// leap day is a year's last.
int64_t DaysOf(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400, in_era = year - era * 400;
  const int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

bool TakeDate(std::string_view* s, int64_t* days) {
  int64_t year, month, day;
  if (!TakeNumber(s, 4, &year) || !TakeChar(s, '-') || !TakeNumber(s, 2, &month) ||
      !TakeChar(s, '-') || !TakeNumber(s, 2, &day))
    return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > kDays[month - 1] + (month == 2 && leap)) return false;
  *days = DaysOf(year, month, day);
  return true;
}

bool ParseTimestamp(std::string_view s, int64_t* micros) {
  int64_t days, hour, minute, second = 0, fraction = 0;
  if (!TakeDate(&s, &days) || !(TakeChar(&s, ' ') || TakeChar(&s, 'T'))) return false;
  if (!TakeNumber(&s, 2, &hour) || !TakeChar(&s, ':') || !TakeNumber(&s, 2, &minute)) return false;
  if (TakeChar(&s, ':')) {
    if (!TakeNumber(&s, 2, &second)) return false;
    if (TakeChar(&s, '.')) {
      int64_t scale = kMicros / 10, digit;
      if (s.empty()) return false;
      for (; TakeNumber(&s, 1, &digit); scale /= 10) {
        if (scale == 0) return false;  // finer than a microsecond
        fraction += digit * scale;
      }
    }
  }
  TakeChar(&s, 'Z');
  if (!s.empty() || hour > 23 || minute > 59 || second > 59) return false;
  *micros = ((days * 24 + hour) * 60 + minute) * 60 * kMicros + second * kMicros + fraction;
  return true;
}

__int128 PowerOfTen(uint32_t n) {
  __int128 power = 1;
  for (; n > 0; n--) power *= 10;
  return power;
}

// The unscaled value of a number that has no more than the type's digits. Of a REAL it is the
// shortest decimal that reads back as it, in short decimals where no other of the type does so.
bool FitDecimal(const Type& type, const Value& v, __int128* unscaled) {
  const uint32_t before_point = type.precision - type.scale;
  if (v.type == ValueType::kInteger) {
    const __int128 most = PowerOfTen(before_point);
    if (v.i <= -most || v.i >= most) return false;
    *unscaled = v.i * PowerOfTen(type.scale);
    return true;
  }
  if (type.precision <= kShortDecimalDigits) {
    const auto scale = static_cast<double>(static_cast<int64_t>(PowerOfTen(type.scale)));
    const double scaled = v.d * scale;
    if (!(std::fabs(scaled) < 9007199254740992.0)) return false;
    const int64_t i = std::llround(scaled);
    const auto most = static_cast<int64_t>(PowerOfTen(type.precision));
    *unscaled = i;
    return static_cast<double>(i) / scale == v.d && i > -most && i < most;
  }
  *unscaled = 0;
  if (v.d == 0) return true;
  if (!std::isfinite(v.d)) return false;
  DecimalDigits d;
  RealToDigits(std::fabs(v.d), kRealDigits, kRealDigits, &d);
  const int64_t decimals = int64_t{d.count} - d.point;
  if (decimals > type.scale || d.point > static_cast<int64_t>(before_point)) return false;
  for (int32_t i = 0; i < d.count; i++) *unscaled = *unscaled * 10 + (d.text[i] - '0');
  // Digits may end before the point.
  *unscaled *= PowerOfTen(static_cast<uint32_t>(type.scale - decimals));
  if (v.d < 0) *unscaled = -*unscaled;
  return true;
}

}  // namespace

bool IsUtf8(std::string_view s) {
  for (size_t i = 0; i < s.size();) {
    const uint8_t c = static_cast<uint8_t>(s[i]);
    const uint32_t more = c < 0x80                ? 0
                          : c >= 0xc2 && c < 0xe0 ? 1
                          : c >= 0xe0 && c < 0xf0 ? 2
                          : c >= 0xf0 && c < 0xf5 ? 3
                                                  : 4;
    if (more == 4 || more >= s.size() - i) return false;
    uint32_t code = more == 0 ? c : c & (0x3f >> more);
    for (uint32_t k = 1; k <= more; k++) {
      const uint8_t next = static_cast<uint8_t>(s[i + k]);
      if ((next & 0xc0) != 0x80) return false;
      code = code << 6 | (next & 0x3f);
    }
    if ((more == 2 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
        (more == 3 && (code < 0x10000 || code > 0x10ffff)))
      return false;
    i += more + 1;
  }
  return true;
}

Type LakeTypeOf(std::string_view declared) {
  Type type;
  const size_t open = declared.find('(');
  std::string_view word = declared.substr(0, open);
  while (!word.empty() && word.back() == ' ') word.remove_suffix(1);
  auto is = [&](std::string_view name) { return EqualsIgnoringCase(word, name); };
  if (is("BOOL") || is("BOOLEAN")) {
    type.kind = TypeKind::kBoolean;
  } else if (is("DATE")) {
    type.kind = TypeKind::kDate;
  } else if (is("DATETIME") || is("TIMESTAMP")) {
    type.kind = TypeKind::kTimestamp;
  } else {
    type.kind = TypeKind::kString;
    switch (AffinityOfDeclaredType(declared)) {
      case Affinity::kInteger: type.kind = TypeKind::kLong; break;
      case Affinity::kReal:
      case Affinity::kNumeric: type.kind = TypeKind::kDouble; break;
      case Affinity::kBlob:
        type.kind = declared.empty() ? TypeKind::kString : TypeKind::kBinary;
        break;
      default: break;
    }
  }
  if ((is("DECIMAL") || is("NUMERIC")) && open != std::string_view::npos) {
    int64_t precision = 0, scale = 0;
    std::string_view s = declared.substr(open + 1);
    auto number = [&](int64_t* out) {
      while (TakeChar(&s, ' ')) {
      }
      bool any = false;
      for (int64_t digit; *out < 1000 && TakeNumber(&s, 1, &digit); any = true)
        *out = *out * 10 + digit;
      while (TakeChar(&s, ' ')) {
      }
      return any;
    };
    if (number(&precision) && (!TakeChar(&s, ',') || number(&scale)) && s == ")" &&
        precision >= 1 && precision <= kDecimalDigitsMax && scale <= precision) {
      type.kind = TypeKind::kDecimal;
      type.precision = static_cast<uint8_t>(precision);
      type.scale = static_cast<uint8_t>(scale);
    }
  }
  return type;
}

void AppendText(std::string_view text, Column* c) {
  c->heap.append(text);
  c->ends.push_back(static_cast<uint32_t>(c->heap.size()));
  c->valid.push_back(1);
  c->rows++;
}

void AppendNull(const Type& type, Column* c) {
  switch (SlotOf(type)) {
    case Slot::kHeap: c->ends.push_back(static_cast<uint32_t>(c->heap.size())); break;
    case Slot::kDoubles: c->doubles.push_back(0); break;
    case Slot::kInts: c->ints.push_back(0); break;
  }
  c->valid.push_back(0);
  c->rows++;
}

bool AppendValue(const Type& type, const Value& v, Column* c) {
  if (v.is_null()) {
    AppendNull(type, c);
    return true;
  }
  const bool number = v.type == ValueType::kInteger || v.type == ValueType::kReal;
  int64_t i = v.i;
  bool fits = false;
  switch (type.kind) {
    case TypeKind::kBoolean: fits = v.type == ValueType::kInteger && (v.i == 0 || v.i == 1); break;
    case TypeKind::kDate:
      if (v.type == ValueType::kText) {
        std::string_view s = v.text();
        fits = TakeDate(&s, &i) && s.empty();
      }
      break;
    case TypeKind::kTimestamp:
      fits = v.type == ValueType::kText && ParseTimestamp(v.text(), &i);
      break;
    case TypeKind::kDecimal: {
      __int128 unscaled = 0;
      fits = number && FitDecimal(type, v, &unscaled);
      i = static_cast<int64_t>(unscaled);
      if (!fits || SlotOf(type) == Slot::kInts) break;
      char bytes[16];
      for (int k = 15; k >= 0; k--, unscaled >>= 8) bytes[k] = static_cast<char>(unscaled & 0xff);
      AppendText({bytes, sizeof bytes}, c);
      return true;
    }
    case TypeKind::kDouble: {
      constexpr int64_t kExact = int64_t{1} << 53;
      if (v.type == ValueType::kReal ||
          (v.type == ValueType::kInteger && v.i >= -kExact && v.i <= kExact)) {
        c->doubles.push_back(v.type == ValueType::kReal ? v.d : static_cast<double>(v.i));
        c->valid.push_back(1);
        c->rows++;
        return true;
      }
      break;
    }
    case TypeKind::kString:
      if (v.type == ValueType::kText && IsUtf8(v.text())) {
        AppendText(v.text(), c);
        return true;
      }
      if (number) {
        char text[kNumberTextMax];
        AppendText({text, v.type == ValueType::kInteger ? FormatInteger(v.i, text)
                                                        : FormatReal(v.d, text)},
                   c);
        return true;
      }
      break;
    case TypeKind::kBinary:
      if (v.type == ValueType::kBlob) {
        AppendText(v.text(), c);
        return true;
      }
      break;
    default: fits = v.type == ValueType::kInteger;  // long
  }
  if (!fits) {
    AppendNull(type, c);
    return false;
  }
  c->ints.push_back(i);
  c->valid.push_back(1);
  c->rows++;
  return true;
}

}  // namespace dosql::lake
