// printf(), alias format(): SQLite's conversions, flags and limits. https://sqlite.org/printf.html
#include "core/function/growing_text.h"
#include "core/function/quote_text.h"
#include "core/function/scalar_functions.h"
#include "core/function/utf8.h"
#include "core/type/affinity.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

constexpr int32_t kRealPrecisionMax = 100000000;

// One conversion: what stands between % and its letter.
struct Spec {
  bool left = false;       // -
  bool alternate = false;  // #
  bool exact = false;      // !
  bool zeros = false;      // 0
  bool thousands = false;  // ,
  char sign = 0;           // + or blank, for numbers that are not negative
  int32_t width = 0;
  int32_t precision = -1;  // -1: none
};

// The arguments in turn; behind the last one they are NULL.
class Arguments {
 public:
  Arguments(const FunctionContext* context, const Value* args, uint32_t n)
      : context_(context), next_(args), end_(args + n) {}

  int64_t Integer() { return ToInteger(Take()); }
  double Real() { return ToReal(Take()); }
  Status Text(TextArgument* out) {
    DOSQL_TRY(GetText(context_, Take(), out));
    out->text = UpToNul(out->text);
    return Status::Ok();
  }

 private:
  Value Take() { return next_ < end_ ? *next_++ : Value::Null(); }

  const FunctionContext* context_;
  const Value* next_;
  const Value* end_;
};

class Formatter {
 public:
  Formatter(const FunctionContext* context, std::string_view format, const Value* args, uint32_t n)
      : context_(context), args_(context, args, n), p_(format.data()), end_(p_ + format.size()) {}

  Status Run(Value* out);

 private:
  // Reads flags, width, precision and the letter; 0: the format ends first.
  char ReadSpec(Spec* spec);
  // Digits as SQLite reads them: 32 bits, of which 31 count.
  int32_t ReadNumber() {
    uint32_t v = 0;
    while (p_ < end_ && *p_ >= '0' && *p_ <= '9') v = v * 10 + static_cast<uint32_t>(*p_++ - '0');
    return static_cast<int32_t>(v & 0x7fffffff);
  }
  int32_t SmallArgument() { return static_cast<int32_t>(args_.Integer()); }

  Status PutInteger(const Spec& spec, char letter);
  Status PutReal(Spec spec, char letter);
  Status PutCharacter(Spec spec);
  Status PutString(const Spec& spec);
  Status PutQuoted(const Spec& spec, char letter);
  // What stands in text_ from `start` on, padded to the width: in characters when by_char, which is
  // in bytes else.
  Status Pad(const Spec& spec, uint32_t start, bool by_char);

  const FunctionContext* context_;
  Arguments args_;
  const char* p_;
  const char* end_;
  GrowingText text_{};
};

char Formatter::ReadSpec(Spec* spec) {
  // In the order flags and width may come in any number; a precision or an l must be followed by
  // the letter.
  while (p_ < end_) {
    char c = *p_;
    switch (c) {
      case '-': spec->left = true; break;
      case '+':
      case ' ': spec->sign = c; break;
      case '#': spec->alternate = true; break;
      case '!': spec->exact = true; break;
      case '0': spec->zeros = true; break;
      case ',': spec->thousands = true; break;
      case 'l':
        p_++;
        if (p_ < end_ && *p_ == 'l') p_++;
        return p_ < end_ ? *p_++ : 0;
      case '*':
      case '.': {
        p_++;
        bool precision = c == '.', given = !precision;
        if (precision && p_ < end_ && *p_ == '*') {
          given = true;
          p_++;
        }
        int32_t v = given ? SmallArgument() : ReadNumber();
        bool negative = v < 0;
        if (negative) v = v == INT32_MIN ? (precision ? -1 : 0) : -v;
        if (precision) {
          spec->precision = v;
        } else {
          spec->width = v;
          if (negative) spec->left = true;
        }
        if (p_ < end_ && (*p_ == 'l' || (!precision && *p_ == '.'))) continue;
        return p_ < end_ ? *p_++ : 0;
      }
      default:
        if (c < '1' || c > '9') {
          p_++;
          return c;
        }
        spec->width = ReadNumber();
        if (p_ < end_ && (*p_ == '.' || *p_ == 'l')) continue;
        return p_ < end_ ? *p_++ : 0;
    }
    p_++;
  }
  return 0;
}

Status Formatter::Pad(const Spec& spec, uint32_t start, bool by_char) {
  uint32_t length = text_.size - start;
  if (by_char) {
    for (uint32_t i = start; i < text_.size; i++) length -= (text_.data[i] & 0xc0) == 0x80;
  }
  if (spec.width < 0 || length >= static_cast<uint32_t>(spec.width)) return Status::Ok();
  uint32_t blanks = static_cast<uint32_t>(spec.width) - length, bytes = text_.size - start;
  DOSQL_TRY(text_.Fill(context_, blanks, ' '));
  if (!spec.left) {
    std::memmove(text_.data + start + blanks, text_.data + start, bytes);
    std::memset(text_.data + start, ' ', blanks);
  }
  return Status::Ok();
}

// d i u x X o p r
Status Formatter::PutInteger(const Spec& spec, char letter) {
  bool is_signed = letter == 'd' || letter == 'i' || letter == 'r';
  uint32_t base = letter == 'o' ? 8 : letter == 'x' || letter == 'X' || letter == 'p' ? 16 : 10;
  bool separated = spec.thousands && base == 10 && letter != 'r';
  int64_t v = args_.Integer();
  uint64_t u = static_cast<uint64_t>(v);
  char sign = is_signed ? spec.sign : 0;
  if (is_signed && v < 0) {
    u = 0 - u;
    sign = '-';
  }
  std::string_view prefix;
  if (spec.alternate && u != 0)
    prefix = base == 8 ? "0" : letter == 'X' ? "0X" : base == 16 ? "0x" : "";
  std::string_view ending;
  if (letter == 'r') {
    uint32_t last = static_cast<uint32_t>(u % 10);
    bool th = last == 0 || last > 3 || u / 10 % 10 == 1;
    ending = th ? "th" : last == 1 ? "st" : last == 2 ? "nd" : "rd";
  }
  char digits[24];  // from the last one on
  int32_t count = 0;
  do {
    digits[count++] = (letter == 'x' ? "0123456789abcdef" : "0123456789ABCDEF")[u % base];
    u /= base;
  } while (u != 0);
  int32_t least = spec.precision;
  if (spec.zeros && least < spec.width - (sign != 0)) least = spec.width - (sign != 0);
  int32_t zeros = least - count - static_cast<int32_t>(ending.size());
  int64_t all = count + (zeros > 0 ? zeros : 0);

  uint32_t start = text_.size;
  DOSQL_TRY(text_.Reserve(context_, static_cast<uint64_t>(all + all / 3 + 8)));
  uint8_t* p = text_.data + start;
  auto put = [&p](std::string_view s) {
    for (char c : s) *p++ = static_cast<uint8_t>(c);
  };
  put(prefix);
  if (sign != 0) *p++ = static_cast<uint8_t>(sign);
  for (int64_t i = all; i-- > 0;) {
    *p++ = static_cast<uint8_t>(i < count ? digits[i] : '0');
    if (separated && i > 0 && i % 3 == 0) *p++ = ',';
  }
  put(ending);
  text_.size = static_cast<uint32_t>(p - text_.data);
  return Pad(spec, start, false);
}

// f e E g G
Status Formatter::PutReal(Spec spec, char letter) {
  double v = args_.Real();
  char sign = spec.sign;
  if (v < 0) {
    v = -v;
    sign = '-';
  }
  int32_t precision = spec.precision < 0 ? 6 : spec.precision;
  if (precision > kRealPrecisionMax) precision = kRealPrecisionMax;
  bool general = letter == 'g' || letter == 'G', scientific = letter == 'e' || letter == 'E';
  if (general && precision == 0) precision = 1;
  uint32_t start = text_.size;

  DecimalDigits d;
  if (v == __builtin_inf()) {
    if (!spec.zeros) {
      if (sign != 0) DOSQL_TRY(text_.Fill(context_, 1, sign));
      DOSQL_TRY(text_.Append(context_, "Inf"));
      return Pad(spec, start, false);
    }
    d.text[0] = '9';
    d.count = 1;
    d.point = 1000;
  } else if (v == 0) {
    d.text[0] = '0';
    d.count = d.point = 1;
  } else {
    int32_t round = general ? precision : scientific ? precision + 1 : -precision;
    RealToDigits(v, round, spec.exact ? 20 : 16, &d);
  }

  // # drops the sign of what is rounded to zero, unless a sign was asked for.
  if (sign == '-' && spec.alternate && spec.sign == 0 && letter == 'f' && d.point <= -precision)
    sign = 0;
  int32_t exponent = d.point - 1;
  bool cut_zeros = spec.exact;
  if (general) {
    precision--;
    cut_zeros = !spec.alternate;
    scientific = exponent < -4 || exponent > precision;
    if (!scientific) precision -= exponent;
  }
  bool point = precision > 0 || spec.alternate || spec.exact;
  int32_t whole = scientific ? 1 : d.point;  // digits in front of the point
  DOSQL_TRY(text_.Reserve(context_, uint64_t{20} + static_cast<uint32_t>(precision) +
                                        static_cast<uint32_t>(whole > 0 ? whole + whole / 3 : 0)));
  uint8_t* p = text_.data + start;
  auto put = [&p](char c) { *p++ = static_cast<uint8_t>(c); };
  if (sign != 0) put(sign);
  int32_t next = 0;
  auto digit = [&] { put(next < d.count ? d.text[next++] : '0'); };
  if (whole <= 0) put('0');
  for (int32_t left = whole; left > 0; left--) {
    digit();
    if (spec.thousands && left > 3 && left % 3 == 1) put(',');
  }
  if (point) put('.');
  for (; whole < 0 && precision > 0; whole++, precision--) put('0');
  for (; precision > 0; precision--) digit();
  if (cut_zeros && point) {
    while (p[-1] == '0') p--;
    if (p[-1] == '.') {
      if (spec.exact) {
        put('0');
      } else {
        p--;
      }
    }
  }
  if (scientific) {
    put(letter == 'E' || letter == 'G' ? 'E' : 'e');
    put(exponent < 0 ? '-' : '+');
    if (exponent < 0) exponent = -exponent;
    if (exponent >= 100) put(static_cast<char>('0' + exponent / 100));
    put(static_cast<char>('0' + exponent / 10 % 10));
    put(static_cast<char>('0' + exponent % 10));
  }
  text_.size = static_cast<uint32_t>(p - text_.data);

  uint32_t length = text_.size - start;
  if (spec.zeros && !spec.left && spec.width > 0 && length < static_cast<uint32_t>(spec.width)) {
    uint32_t zeros = static_cast<uint32_t>(spec.width) - length, signs = sign != 0;
    DOSQL_TRY(text_.Fill(context_, zeros, '0'));
    uint8_t* digits = text_.data + start + signs;
    std::memmove(digits + zeros, digits, length - signs);
    std::memset(digits, '0', zeros);
  }
  return Pad(spec, start, false);
}

// c: the first character, `precision` times
Status Formatter::PutCharacter(Spec spec) {
  TextArgument a;
  DOSQL_TRY(args_.Text(&a));
  std::string_view one{"", 1};  // a NUL
  if (!a.text.empty()) {
    const uint8_t* p = AsBytes(a.text).data();
    size_t size = static_cast<size_t>(NextChar(p, p + a.text.size()) - p);
    one = a.text.substr(0, size < 4 ? size : 4);
  }
  uint32_t times = spec.precision > 1 ? static_cast<uint32_t>(spec.precision) : 1,
           start = text_.size;
  DOSQL_TRY(text_.Reserve(context_, uint64_t{times} * one.size()));
  for (uint32_t i = 0; i < times; i++) DOSQL_TRY(text_.Append(context_, one));
  return Pad(spec, start, true);
}

// s z: up to `precision` bytes, or characters when exact
Status Formatter::PutString(const Spec& spec) {
  TextArgument a;
  DOSQL_TRY(args_.Text(&a));
  std::string_view s = a.text;
  if (spec.precision >= 0) {
    size_t most = static_cast<size_t>(spec.precision);
    s = spec.exact ? FirstChars(s, most) : s.substr(0, most);
  }
  uint32_t start = text_.size;
  DOSQL_TRY(text_.Append(context_, s));
  return Pad(spec, start, spec.exact);
}

// q Q w: like s, quotes doubled; Q puts it in quotes
Status Formatter::PutQuoted(const Spec& spec, char letter) {
  TextArgument a;
  DOSQL_TRY(args_.Text(&a));
  std::string_view s = a.text;
  if (a.is_null) s = letter == 'Q' ? "NULL" : "(NULL)";
  if (spec.precision >= 0) {
    size_t most = static_cast<size_t>(spec.precision);
    s = spec.exact ? FirstChars(s, most) : s.substr(0, most);
  }
  uint32_t start = text_.size;
  bool enclosed = letter == 'Q' && !a.is_null;
  // A literal is escaped only where it must be.
  bool escaped = spec.alternate && (letter == 'q' || (letter == 'Q' && HasControls(s)));
  DOSQL_TRY(AppendQuoted(context_, &text_, s, letter == 'w' ? '"' : '\'', enclosed, escaped));
  return Pad(spec, start, spec.exact);
}

Status Formatter::Run(Value* out) {
  while (p_ < end_) {
    const char* from = p_;
    while (p_ < end_ && *p_ != '%') p_++;
    if (p_ > from) DOSQL_TRY(text_.Append(context_, {from, static_cast<size_t>(p_ - from)}));
    if (p_ == end_) break;
    if (++p_ == end_) {
      DOSQL_TRY(text_.Append(context_, "%"));
      break;
    }
    Spec spec;
    char letter = ReadSpec(&spec);
    switch (letter) {
      case 'd':
      case 'i':
      case 'u':
      case 'x':
      case 'X':
      case 'o':
      case 'p':
      case 'r': DOSQL_TRY(PutInteger(spec, letter)); break;
      case 'f':
      case 'e':
      case 'E':
      case 'g':
      case 'G': DOSQL_TRY(PutReal(spec, letter)); break;
      case 'c': DOSQL_TRY(PutCharacter(spec)); break;
      case 's':
      case 'z': DOSQL_TRY(PutString(spec)); break;
      case 'q':
      case 'Q':
      case 'w': DOSQL_TRY(PutQuoted(spec, letter)); break;
      case '%': {
        uint32_t start = text_.size;
        DOSQL_TRY(text_.Append(context_, "%"));
        DOSQL_TRY(Pad(spec, start, false));
        break;
      }
      case 'n': DOSQL_TRY(text_.Append(context_, "")); break;
      default:
        // No conversion: the text ends in front of it.
        p_ = end_;
    }
  }
  // NULL when nothing, not even an empty text, was put.
  *out = text_.data == nullptr ? Value::Null() : text_.AsText();
  return Status::Ok();
}

}  // namespace

DOSQL_SCALAR(PrintfFn) {
  *out = Value::Null();
  if (n == 0) return Status::Ok();
  TextArgument format;
  DOSQL_TRY(GetText(context, args[0], &format));
  return format.is_null ? Status::Ok()
                        : Formatter(context, UpToNul(format.text), args + 1, n - 1).Run(out);
}

}  // namespace dosql
