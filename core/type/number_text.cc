#include "core/type/number_text.h"

#include "core/type/big_uint.h"

namespace dosql {
namespace {

// Once a mantissa has reached it there is no room for another digit.
constexpr uint64_t kMantissaLimit = (UINT64_MAX - 9) / 10;
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr double kInfinity = __builtin_inf();

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The parts of a number's text.
struct Scan {
  const char* end = nullptr;  // behind the number
  uint64_t mantissa = 0;      // the digits that fit, 19 or 20 of them at most
  bool fits = true;           // all did
  int64_t exponent = 0;       // of the mantissa's last digit
  bool negative = false;
  bool is_real = false;  // has a point or an exponent
  bool found = false;    // has a digit: it is a number
};

Scan ScanNumber(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  Scan s;
  while (p < end && IsSpace(*p)) p++;
  if (p < end && (*p == '-' || *p == '+')) s.negative = *p++ == '-';
  bool point = false;
  for (; p < end; p++) {
    if (*p == '.' && !point) {
      point = true;
      continue;
    }
    if (!IsDigit(*p)) break;
    s.found = true;
    if (s.mantissa >= kMantissaLimit) {
      s.fits = false;
      if (!point) s.exponent++;
    } else {
      s.mantissa = s.mantissa * 10 + static_cast<uint64_t>(*p - '0');
      if (point) s.exponent--;
    }
  }
  s.is_real = point;
  if (s.found && p < end && (*p == 'e' || *p == 'E')) {
    const char* q = p + 1;
    bool negative = false;
    if (q < end && (*q == '-' || *q == '+')) negative = *q++ == '-';
    if (q < end && IsDigit(*q)) {
      int64_t e = 0;
      for (; q < end && IsDigit(*q); q++) {
        if (e < 10000000000) e = e * 10 + (*q - '0');
      }
      s.exponent += negative ? -e : e;
      s.is_real = true;
      p = q;
    }
  }
  s.end = p;
  return s;
}

// The double nearest to (q + something below 1 if sticky) * 2^exponent, ties to even.
double RoundToReal(const BigUint& q, int32_t exponent, bool sticky) {
  int32_t length = static_cast<int32_t>(q.bit_length());
  if (length == 0) return 0.0;
  uint64_t top;  // the highest 64 bits, the first of them set
  if (length <= 64) {
    top = q.Extract(0) << (64 - length);
  } else {
    top = q.Extract(static_cast<uint32_t>(length) - 64);
    sticky |= q.AnyBitBelow(static_cast<uint32_t>(length) - 64);
  }
  int32_t scale = exponent + length - 1;  // the value is in [2^scale, 2^(scale + 1))
  if (scale > 1023) return kInfinity;
  if (scale < -1075) return 0.0;
  uint32_t drop = scale >= -1022 ? 11 : static_cast<uint32_t>(11 - 1022 - scale);
  uint64_t keep = drop < 64 ? top >> drop : 0;
  bool half = top >> (drop - 1) & 1;
  bool rest = sticky || (top & ((uint64_t{1} << (drop - 1)) - 1)) != 0;
  if (half && (rest || (keep & 1) != 0)) keep++;
  // A carry out of the fraction moves into the exponent, as it should.
  if (scale >= -1022) keep += static_cast<uint64_t>(scale + 1022) << 52;
  return LoadLe<double>(&keep);
}

// q * 10^exponent.
double ScaleToReal(BigUint* q, int32_t exponent) {
  if (exponent >= 0) {
    q->MultiplyByPowerOfTen(static_cast<uint32_t>(exponent));
    return RoundToReal(*q, 0, false);
  }
  // Shift so that at least 66 bits remain of the quotient; log2(10) < 3.322.
  uint32_t divisor_bits = static_cast<uint32_t>(-exponent) * 3322 / 1000 + 1;
  uint32_t length = q->bit_length();
  uint32_t shift = divisor_bits + 66 > length ? divisor_bits + 66 - length : 0;
  q->ShiftLeft(shift);
  bool sticky = q->DivideByPowerOfTen(static_cast<uint32_t>(-exponent));
  return RoundToReal(*q, -static_cast<int32_t>(shift), sticky);
}

// mantissa * 10^exponent.
double DecimalToReal(uint64_t mantissa, int64_t exponent) {
  if (mantissa == 0) return 0.0;
  if (mantissa <= uint64_t{1} << 53 && exponent >= -22 && exponent <= 22) {
    // Both operands are exact, so one rounding gives the nearest double.
    double d = static_cast<double>(mantissa);
    return exponent < 0 ? d / kPowersOfTen[-exponent] : d * kPowersOfTen[exponent];
  }
  if (exponent > 310) return kInfinity;
  if (exponent < -345) return 0.0;
  BigUint q(mantissa);
  return ScaleToReal(&q, static_cast<int32_t>(exponent));
}

double ScanToReal(const Scan& s) {
  double d = DecimalToReal(s.mantissa, s.exponent);
  return s.negative ? -d : d;
}

Value ScanToValue(const Scan& s) {
  if (!s.found) return Value::Integer(0);
  if (!s.is_real && s.fits && s.mantissa <= uint64_t{INT64_MAX} + s.negative) {
    return Value::Integer(static_cast<int64_t>(s.negative ? 0 - s.mantissa : s.mantissa));
  }
  return Value::Real(ScanToReal(s));
}

// The first 64 bits of 10^p, the rest cut off: floor(10^p / 2^*exponent), its highest bit set.
uint64_t PowerOfTen(int32_t p, int32_t* exponent) {
  if (p >= 0 && p <= 19) {  // all of them fit; 0.01 to 10^18 needs no others
    uint64_t power = 1;
    for (; p > 0; p--) power *= 10;
    int32_t zeros = __builtin_clzll(power);
    *exponent = -zeros;
    return power << zeros;
  }
  BigUint q(1);
  if (p >= 0) {
    q.ShiftLeft(64);  // so that there are 64 bits to take
    q.MultiplyByPowerOfTen(static_cast<uint32_t>(p));
    *exponent = -64;
  } else {
    uint32_t shift = static_cast<uint32_t>(-p) * 3322 / 1000 + 66;
    q.ShiftLeft(shift);
    (void)q.DivideByPowerOfTen(static_cast<uint32_t>(-p));
    *exponent = -static_cast<int32_t>(shift);
  }
  uint32_t surplus = q.bit_length() - 64;
  *exponent += static_cast<int32_t>(surplus);
  return q.Extract(surplus);
}

// Where the digits in front of `jj` (the last one up by one if `up`) already say the same double,
// the number of digits to keep, else 17.
int32_t ShorterIfExact(const DecimalDigits& d, int32_t jj, bool up, double v) {
  uint64_t head = 0;
  for (int32_t i = 0; i < jj; i++) head = head * 10 + static_cast<uint64_t>(d.text[i] - '0');
  if (up) head++;
  return DecimalToReal(head, d.point - jj) == v ? jj + 1 : 17;
}

// v in n or n + 1 digits, n <= 18, as SQLite finds them, to the bit: v * 10^p, p being chosen by the
// power of two, by one multiplication with the first 64 bits of 10^p and rounding half up; where n is
// less than 18 the rest is cut off.
// 78913 / 2^18 is log10(2), near enough for the floor to be right.
void FindDigits(double v, int32_t n, DecimalDigits* d) {
  uint64_t bits = LoadLe<uint64_t>(&v);
  int32_t e = static_cast<int32_t>(bits >> 52);
  uint64_t m = bits & ((uint64_t{1} << 52) - 1);
  if (e == 0) {
    e = -1074;
  } else {
    m |= uint64_t{1} << 52;
    e -= 1075;
  }
  int32_t zeros = __builtin_clzll(m);
  m <<= zeros;
  e -= zeros;
  int32_t p = n - 1 - (((e + 63) * 78913) >> 18);
  int32_t power_exponent;
  uint64_t power = PowerOfTen(p, &power_exponent);
  uint64_t high = static_cast<uint64_t>(static_cast<unsigned __int128>(m) * power >> 64);
  high >>= -(e + power_exponent + 65);
  uint64_t scaled = (n == 18 ? high + ((high << 1) & 2) : high) >> 1;
  d->count = static_cast<int32_t>(FormatInteger(static_cast<int64_t>(scaled), d->text));
  d->point = d->count - p;
}

// Rounds v's digits to `keep` of them, half up, and cuts trailing zeros. At 17, fewer are kept where
// they round-trip and the others are a run of nines or zeros.
void RoundDigits(double v, int32_t keep, DecimalDigits* d) {
  const char* z = d->text;
  if (keep > 0 && keep < d->count) {
    if (keep == 17) {
      if (z[15] == '9' && z[14] == '9') {
        int32_t jj = 14;
        while (jj > 0 && z[jj - 1] == '9') jj--;
        keep = ShorterIfExact(*d, jj, true, v);
      } else if (d->point >= d->count || (z[15] == '0' && z[14] == '0' && z[13] == '0')) {
        int32_t jj = 13;
        while (z[jj - 1] == '0') jj--;
        keep = ShorterIfExact(*d, jj, false, v);
      }
    }
    d->count = keep;
    if (z[keep] >= '5') {
      int32_t i = keep - 1;
      while (i >= 0 && z[i] == '9') d->text[i--] = '0';
      if (i >= 0) {
        d->text[i]++;
      } else {
        d->text[0] = '1';  // it was all nines; the zeros behind are cut below
        d->point++;
      }
    }
  }
  while (d->count > 1 && z[d->count - 1] == '0') d->count--;
}

char* PutText(char* out, std::string_view s) {
  for (char c : s) *out++ = c;
  return out;
}

size_t FormatRealOr(double v, std::string_view infinity, char* out) {
  char* p = out;
  if (v < 0) {
    *p++ = '-';
    v = -v;
  }
  if (v == 0) return static_cast<size_t>(PutText(p, "0.0") - out);
  if (v == kInfinity) return static_cast<size_t>(PutText(p, infinity) - out);
  DecimalDigits d;
  RealToDigits(v, 17, 17, &d);
  int32_t exponent = d.point - 1;
  bool scientific = exponent < -4 || exponent > 16;
  int32_t point = scientific ? 1 : d.point;
  if (point <= 0) *p++ = '0';
  for (int32_t i = 0; i < point; i++) *p++ = i < d.count ? d.text[i] : '0';
  *p++ = '.';
  for (int32_t i = point; i < 0; i++) *p++ = '0';
  if (point >= d.count) *p++ = '0';
  for (int32_t i = point < 0 ? 0 : point; i < d.count; i++) *p++ = d.text[i];
  if (scientific) {
    *p++ = 'e';
    *p++ = exponent < 0 ? '-' : '+';
    if (exponent < 0) exponent = -exponent;
    if (exponent >= 100) {
      *p++ = static_cast<char>('0' + exponent / 100);
      exponent %= 100;
    }
    *p++ = static_cast<char>('0' + exponent / 10);
    *p++ = static_cast<char>('0' + exponent % 10);
  }
  return static_cast<size_t>(p - out);
}

}  // namespace

void RealToDigits(double v, int32_t round, int32_t digits_max, DecimalDigits* out) {
  FindDigits(v, round <= 0 || round >= 18 ? 18 : round + 1, out);
  if (round <= 0) {
    round = out->point - round;
    if (round == 0 && out->text[0] >= '5') {
      // All digits lie behind the last one wanted: half a unit of it or more gives one unit.
      std::memmove(out->text + 1, out->text, static_cast<size_t>(out->count));
      out->text[0] = '0';
      out->count++;
      out->point++;
      round = 1;
    }
  }
  RoundDigits(v, round < digits_max ? round : digits_max, out);
}

Value ParseNumberPrefix(std::string_view text) {
  Scan s = ScanNumber(text);
  Value v = ScanToValue(s);
  // SQLite's two readings of a text disagree about what stands behind a NUL, and it takes the real.
  bool nul = s.found && s.end < text.data() + text.size() && *s.end == 0;
  return nul && v.type == ValueType::kInteger ? Value::Real(static_cast<double>(v.i)) : v;
}

int64_t ParseIntegerPrefix(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  while (p < end && IsSpace(*p)) p++;
  bool negative = false;
  if (p < end && (*p == '-' || *p == '+')) negative = *p++ == '-';
  uint64_t v = 0;
  for (; p < end && IsDigit(*p); p++) {
    if (v >= kMantissaLimit) {
      v = UINT64_MAX;
      break;
    }
    v = v * 10 + static_cast<uint64_t>(*p - '0');
  }
  if (v > INT64_MAX) return negative ? INT64_MIN : INT64_MAX;
  return negative ? -static_cast<int64_t>(v) : static_cast<int64_t>(v);
}

double ParseRealPrefix(std::string_view text) {
  Scan s = ScanNumber(text);
  return s.found ? ScanToReal(s) : 0.0;
}

bool ParseExactNumber(std::string_view text, Value* out) {
  Scan s = ScanNumber(text);
  if (!s.found) return false;
  for (const char* p = s.end; p < text.data() + text.size() && *p != 0; p++) {
    if (!IsSpace(*p)) return false;
  }
  *out = ScanToValue(s);
  return true;
}

size_t FormatInteger(int64_t v, char* out) {
  char reversed[20];
  size_t n = 0, sign = v < 0;
  uint64_t u = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  do {
    reversed[n++] = static_cast<char>('0' + u % 10);
    u /= 10;
  } while (u != 0);
  if (sign) *out = '-';
  for (size_t i = 0; i < n; i++) out[sign + i] = reversed[n - 1 - i];
  return sign + n;
}

size_t FormatReal(double v, char* out) { return FormatRealOr(v, "Inf", out); }
size_t FormatRealLiteral(double v, char* out) { return FormatRealOr(v, "9.0e+999", out); }

Status NumberToText(const Value& number, Arena* arena, Value* out) {
  char text[kNumberTextMax];
  size_t n = number.type == ValueType::kInteger ? FormatInteger(number.i, text)
                                                : FormatReal(number.d, text);
  Bytes copy = arena->Copy(AsBytes({text, n}));
  if (copy.data() == nullptr) return Code::kNoMemory;
  *out = Value::Make(ValueType::kText, copy);
  return Status::Ok();
}

double RoundToDecimals(double v, int32_t decimals) {
  double size = v < 0 ? -v : v;
  if (!(size <= 4503599627370496.0) || v == 0) return v;  // 2^52: nothing behind the point
  if (decimals == 0) return static_cast<double>(static_cast<int64_t>(v < 0 ? v - 0.5 : v + 0.5));
  DecimalDigits d;
  RealToDigits(size, -decimals, 26, &d);
  if (d.point + decimals <= 0) return 0.0;
  uint64_t digits = 0;
  for (int32_t i = 0; i < d.count; i++) digits = digits * 10 + static_cast<uint64_t>(d.text[i] - '0');
  double r = DecimalToReal(digits, d.point - d.count);
  return v < 0 ? -r : r;
}

bool RealToExactInteger(double d, int64_t* out) {
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return false;
  int64_t i = static_cast<int64_t>(d);
  if (static_cast<double>(i) != d) return false;
  *out = i;
  return true;
}

int64_t RealToInteger(double d) {
  if (d >= 9223372036854775808.0) return INT64_MAX;
  if (!(d > -9223372036854775808.0)) return d != d ? 0 : INT64_MIN;
  return static_cast<int64_t>(d);
}

}  // namespace dosql
