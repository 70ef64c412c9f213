// Functions of text and blobs. Where SQLite stops at a NUL in a text, so do these.
#include "core/function/like.h"
#include "core/function/quote_text.h"
#include "core/function/scalar_functions.h"
#include "core/function/utf8.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

constexpr int64_t kEntropyBytesMax = 65536;
constexpr char kHexDigits[] = "0123456789ABCDEF";

// The argument as text, or *out NULL and a return of the enclosing function.
#define DOSQL_TEXT_OR_NULL(name, value)                 \
  TextArgument name##_argument;                         \
  DOSQL_TRY(GetText(context, value, &name##_argument)); \
  if (name##_argument.is_null) {                        \
    *out = Value::Null();                               \
    return Status::Ok();                                \
  }                                                     \
  std::string_view name = name##_argument.text

int64_t CountChars(std::string_view s) {
  const uint8_t* p = AsBytes(s).data();
  const uint8_t* end = p + s.size();
  int64_t n = 0;
  for (; p < end; n++) p = NextChar(p, end);
  return n;
}

// Where `part` begins in `text`, from `from` on; npos. Long parts are found by a rolling hash, so that
// no text makes it slow.
size_t Find(std::string_view text, std::string_view part, size_t from) {
  constexpr uint64_t kBase = 0x9e3779b97f4a7c15;
  size_t n = part.size();
  if (n <= 16) return text.find(part, from);
  if (from > text.size() || text.size() - from < n) return text.npos;
  uint64_t wanted = 0, hash = 0, power = 1;  // kBase^n
  for (size_t i = 0; i < n; i++) {
    wanted = wanted * kBase + static_cast<uint8_t>(part[i]);
    hash = hash * kBase + static_cast<uint8_t>(text[from + i]);
    power *= kBase;
  }
  for (size_t at = from;; at++) {
    if (hash == wanted && text.substr(at, n) == part) return at;
    if (at + n >= text.size()) return text.npos;
    hash = hash * kBase + static_cast<uint8_t>(text[at + n]) - power * static_cast<uint8_t>(text[at]);
  }
}

// Bytes of a value's text form, without making it.
uint32_t NumberTextSize(const Value& v) {
  char text[kNumberTextMax];
  return static_cast<uint32_t>(v.type == ValueType::kInteger ? FormatInteger(v.i, text)
                                                             : FormatReal(v.d, text));
}

uint8_t* PutHex(uint8_t* out, Bytes data) {
  for (uint8_t c : data) {
    *out++ = static_cast<uint8_t>(kHexDigits[c >> 4]);
    *out++ = static_cast<uint8_t>(kHexDigits[c & 15]);
  }
  return out;
}

Status ChangeCase(const FunctionContext* context, Value* out, const Value& v, char first, char last) {
  DOSQL_TEXT_OR_NULL(text, v);
  uint8_t* copy;
  DOSQL_TRY(context->NewBytes(text.size(), &copy));
  for (size_t i = 0; i < text.size(); i++) {
    copy[i] = static_cast<uint8_t>(text[i] >= first && text[i] <= last ? text[i] ^ 0x20 : text[i]);
  }
  *out = Value::Make(ValueType::kText, {copy, text.size()});
  return Status::Ok();
}

// The characters that trim takes away.
class TrimSet {
 public:
  explicit TrimSet(std::string_view chars) : chars_(chars) {
    ForEach([this](const uint8_t* p, size_t size) {
      if (size == 1) single_[*p >> 5] |= uint32_t{1} << (*p & 31);
      longer_ |= size > 1;
      return false;
    });
  }
  // The size of the member that `text` starts (or ends) with, 0 if there is none.
  size_t Find(std::string_view text, bool at_end) const {
    if (text.empty()) return 0;
    uint8_t c = static_cast<uint8_t>(at_end ? text.back() : text[0]);
    if (single_[c >> 5] >> (c & 31) & 1) return 1;
    size_t found = 0;
    if (longer_ && c >= 0x80) {
      ForEach([&](const uint8_t* p, size_t size) {
        bool same = size <= text.size() &&
                    std::memcmp(text.data() + (at_end ? text.size() - size : 0), p, size) == 0;
        if (same) found = size;
        return same;
      });
    }
    return found;
  }

 private:
  // Until f(character, size) is true.
  template <typename F>
  void ForEach(F f) const {
    const uint8_t* p = AsBytes(chars_).data();
    const uint8_t* end = p + chars_.size();
    while (p < end) {
      const uint8_t* next = NextChar(p, end);
      if (f(p, static_cast<size_t>(next - p))) return;
      p = next;
    }
  }

  std::string_view chars_;
  uint32_t single_[8] = {};  // a bit for each member of one byte
  bool longer_ = false;      // there are others
};

Status Trim(const FunctionContext* context, Value* out, const Value* args, uint32_t n, bool left,
            bool right) {
  DOSQL_TEXT_OR_NULL(text, args[0]);
  std::string_view set = " ";
  if (n == 2) {
    DOSQL_TEXT_OR_NULL(chars, args[1]);
    set = UpToNul(chars);
  }
  TrimSet members(set);
  size_t size;
  while (left && (size = members.Find(text, false)) > 0) text.remove_prefix(size);
  while (right && (size = members.Find(text, true)) > 0) text.remove_suffix(size);
  *out = Value::Text(text);
  return Status::Ok();
}

Status MatchArguments(const FunctionContext* context, Value* out, const Value* args, uint32_t n,
                      PatternSyntax syntax) {
  TextArgument pattern_text, text, escape;
  DOSQL_TRY(GetText(context, args[0], &pattern_text));
  if (n == 3) {
    DOSQL_TRY(GetText(context, args[2], &escape));
    if (escape.is_null) {
      *out = Value::Null();
      return Status::Ok();
    }
  }
  Pattern pattern;
  DOSQL_TRY(MakePattern(context, syntax, pattern_text.text, n == 3 ? &escape.text : nullptr, &pattern));
  DOSQL_TRY(GetText(context, args[1], &text));
  *out = Value::Null();
  if (pattern_text.is_null || text.is_null) return Status::Ok();
  bool matches;
  DOSQL_TRY(Match(context, pattern, text.text, &matches));
  *out = Value::Integer(matches);
  return Status::Ok();
}

// Clips SQLite's substr arguments to a start (from 0) and a count, both >= 0. `length` is only read
// when start < 0.
void ClipSubstr(int64_t length, int64_t* start, int64_t* count) {
  int64_t p1 = *start, p2 = *count;
  if (p1 < 0) {
    p1 += length;
    if (p1 < 0) {
      p2 = p2 < 0 ? 0 : p2 + p1;
      p1 = 0;
    }
  } else if (p1 > 0) {
    p1--;
  } else if (p2 > 0) {
    p2--;
  }
  if (p2 < 0) {
    p2 = p2 < -p1 ? p1 : -p2;
    p1 -= p2;
  }
  *start = p1;
  *count = p2;
}

}  // namespace

DOSQL_SCALAR(LengthFn) {
  (void)context, (void)n;
  const Value& v = args[0];
  *out = v.is_null()                     ? v
         : v.type == ValueType::kText    ? Value::Integer(CountChars(UpToNul(v.text())))
         : v.type == ValueType::kBlob    ? Value::Integer(v.size)
                                         : Value::Integer(NumberTextSize(v));
  return Status::Ok();
}

DOSQL_SCALAR(OctetLengthFn) {
  (void)context, (void)n;
  const Value& v = args[0];
  *out = v.is_null() ? v : Value::Integer(v.is_bytes() ? v.size : NumberTextSize(v));
  return Status::Ok();
}

DOSQL_SCALAR(LowerFn) {
  (void)n;
  return ChangeCase(context, out, args[0], 'A', 'Z');
}
DOSQL_SCALAR(UpperFn) {
  (void)n;
  return ChangeCase(context, out, args[0], 'a', 'z');
}

DOSQL_SCALAR(TrimFn) { return Trim(context, out, args, n, true, true); }
DOSQL_SCALAR(LtrimFn) { return Trim(context, out, args, n, true, false); }
DOSQL_SCALAR(RtrimFn) { return Trim(context, out, args, n, false, true); }

DOSQL_SCALAR(LikeFn) { return MatchArguments(context, out, args, n, PatternSyntax::kLike); }
DOSQL_SCALAR(GlobFn) { return MatchArguments(context, out, args, n, PatternSyntax::kGlob); }

DOSQL_SCALAR(SubstrFn) {
  *out = Value::Null();
  if (args[1].is_null() || (n == 3 && args[2].is_null())) return Status::Ok();
  int64_t start = ToInteger(args[1]);
  int64_t count = n == 3 ? ToInteger(args[2]) : kValueBytesMax;
  if (args[0].type == ValueType::kBlob) {
    Bytes data = args[0].bytes();
    if (data.empty()) return Status::Ok();
    int64_t length = static_cast<int64_t>(data.size());
    ClipSubstr(length, &start, &count);
    if (start >= length) start = count = 0;
    if (count > length - start) count = length - start;
    *out = Value::Blob(data.subspan(static_cast<size_t>(start), static_cast<size_t>(count)));
    return Status::Ok();
  }
  DOSQL_TEXT_OR_NULL(text, args[0]);
  text = UpToNul(text);
  ClipSubstr(start < 0 ? CountChars(text) : 0, &start, &count);
  const uint8_t* p = AsBytes(text).data();
  const uint8_t* end = p + text.size();
  for (; p < end && start > 0; start--) p = NextChar(p, end);
  const uint8_t* q = p;
  for (; q < end && count > 0; count--) q = NextChar(q, end);
  *out = Value::Make(ValueType::kText, {p, static_cast<size_t>(q - p)});
  return Status::Ok();
}

DOSQL_SCALAR(InstrFn) {
  (void)n;
  DOSQL_TEXT_OR_NULL(haystack, args[0]);
  DOSQL_TEXT_OR_NULL(needle, args[1]);
  bool by_char = args[0].type != ValueType::kBlob || args[1].type != ValueType::kBlob;
  auto is_tail = [&](size_t i) { return (haystack[i] & 0xc0) == 0x80; };
  size_t found = 0;
  // A character is found only where one begins.
  while ((found = Find(haystack, needle, found)) != haystack.npos && by_char && found > 0 &&
         !needle.empty() && is_tail(found)) {
    found++;
  }
  int64_t at = 0;
  if (found != haystack.npos) {
    at = static_cast<int64_t>(found) + 1;
    for (size_t i = 1; i <= found && by_char && !needle.empty(); i++) at -= is_tail(i);
  }
  *out = Value::Integer(at);
  return Status::Ok();
}

DOSQL_SCALAR(ConcatFn) {
  GrowingText all{};
  DOSQL_TRY(all.Reserve(context, 0));
  for (uint32_t i = 0; i < n; i++) DOSQL_TRY(all.AppendValue(context, args[i]));
  *out = all.AsText();
  return Status::Ok();
}

DOSQL_SCALAR(ConcatWsFn) {
  DOSQL_TEXT_OR_NULL(separator, args[0]);
  GrowingText all{};
  DOSQL_TRY(all.Reserve(context, 0));
  bool first = true;
  for (uint32_t i = 1; i < n; i++) {
    if (args[i].is_null()) continue;
    if (!first) DOSQL_TRY(all.Append(context, separator));
    first = false;
    DOSQL_TRY(all.AppendValue(context, args[i]));
  }
  *out = all.AsText();
  return Status::Ok();
}

DOSQL_SCALAR(ReplaceFn) {
  (void)n;
  DOSQL_TEXT_OR_NULL(text, args[0]);
  DOSQL_TEXT_OR_NULL(pattern, args[1]);
  if (pattern.empty() || pattern[0] == 0) {
    *out = Value::Text(text);
    return Status::Ok();
  }
  DOSQL_TEXT_OR_NULL(replacement, args[2]);
  uint64_t found = 0;
  for (size_t at = 0; (at = Find(text, pattern, at)) != text.npos; at += pattern.size()) found++;
  *out = Value::Text(text);
  if (found == 0) return Status::Ok();
  uint64_t size = text.size() - found * pattern.size() + found * replacement.size();
  uint8_t* result;
  DOSQL_TRY(context->NewBytes(size, &result));
  uint8_t* p = result;
  auto put = [&p](std::string_view s) {
    if (!s.empty()) std::memcpy(p, s.data(), s.size());
    p += s.size();
  };
  size_t from = 0, at;
  while ((at = Find(text, pattern, from)) != text.npos) {
    put(text.substr(from, at - from));
    put(replacement);
    from = at + pattern.size();
  }
  put(text.substr(from));
  *out = Value::Make(ValueType::kText, {result, static_cast<size_t>(size)});
  return Status::Ok();
}

DOSQL_SCALAR(UnicodeFn) {
  (void)n;
  DOSQL_TEXT_OR_NULL(text, args[0]);
  *out = Value::Null();
  if (text.empty() || text[0] == 0) return Status::Ok();
  const uint8_t* p = AsBytes(text).data();
  *out = Value::Integer(ReadChar(&p, p + text.size()));
  return Status::Ok();
}

DOSQL_SCALAR(CharFn) {
  uint8_t* text;
  DOSQL_TRY(context->NewBytes(uint64_t{n} * 4, &text));
  uint8_t* p = text;
  for (uint32_t i = 0; i < n; i++) {
    int64_t c = ToInteger(args[i]);
    p = WriteChar(p, c < 0 || c > 0x10ffff ? 0xfffd : static_cast<uint32_t>(c));
  }
  *out = Value::Make(ValueType::kText, {text, static_cast<size_t>(p - text)});
  return Status::Ok();
}

DOSQL_SCALAR(HexFn) {
  (void)n;
  TextArgument data;  // NULL gives an empty text
  DOSQL_TRY(GetText(context, args[0], &data));
  uint64_t size = uint64_t{data.text.size()} * 2;
  uint8_t* text;
  DOSQL_TRY(context->NewBytes(size, &text));
  PutHex(text, AsBytes(data.text));
  *out = Value::Make(ValueType::kText, {text, static_cast<size_t>(size)});
  return Status::Ok();
}

DOSQL_SCALAR(QuoteFn) {
  (void)n;
  const Value& v = args[0];
  GrowingText quoted{};
  if (v.type == ValueType::kText) {
    DOSQL_TRY(AppendQuoted(context, &quoted, UpToNul(v.text()), '\'', true, false));
  } else if (v.is_null()) {
    DOSQL_TRY(quoted.Append(context, "NULL"));
  } else {
    DOSQL_TRY(quoted.Reserve(context, v.is_number() ? kNumberTextMax : uint64_t{v.size} * 2 + 3));
    uint8_t* p = quoted.data;
    char* number = reinterpret_cast<char*>(p);
    if (v.type == ValueType::kInteger) {
      p += FormatInteger(v.i, number);
    } else if (v.type == ValueType::kReal) {
      p += FormatRealLiteral(v.d, number);
    } else {
      *p++ = 'X';
      *p++ = '\'';
      p = PutHex(p, v.bytes());
      *p++ = '\'';
    }
    quoted.size = static_cast<uint32_t>(p - quoted.data);
  }
  *out = quoted.AsText();
  return Status::Ok();
}

DOSQL_SCALAR(TypeofFn) {
  (void)context, (void)n;
  static constexpr std::string_view kNames[] = {"null", "integer", "real", "text", "blob"};
  *out = Value::Text(kNames[static_cast<uint8_t>(args[0].type)]);
  return Status::Ok();
}

DOSQL_SCALAR(ZeroblobFn) {
  (void)n;
  int64_t size = ToInteger(args[0]);
  if (size < 0) size = 0;
  uint8_t* data;
  DOSQL_TRY(context->NewBytes(static_cast<uint64_t>(size), &data));
  std::memset(data, 0, static_cast<size_t>(size));
  *out = Value::Make(ValueType::kBlob, {data, static_cast<size_t>(size)});
  return Status::Ok();
}

DOSQL_SCALAR(RandomblobFn) {
  (void)n;
  int64_t size = ToInteger(args[0]);
  if (size < 1) size = 1;
  uint8_t* data;
  DOSQL_TRY(context->NewBytes(static_cast<uint64_t>(size), &data));
  // In pieces: crypto.getRandomValues takes no more at once.
  for (int64_t at = 0; at < size; at += kEntropyBytesMax) {
    int64_t piece = size - at < kEntropyBytesMax ? size - at : kEntropyBytesMax;
    context->entropy->Fill({data + at, static_cast<size_t>(piece)});
  }
  *out = Value::Make(ValueType::kBlob, {data, static_cast<size_t>(size)});
  return Status::Ok();
}

// Names this engine, not an SQLite check-in.
DOSQL_SCALAR(SqliteSourceIdFn) {
  (void)context, (void)args, (void)n;
  *out = Value::Text("DoSQL");
  return Status::Ok();
}

DOSQL_SCALAR(SqliteVersionFn) {
  (void)context, (void)args, (void)n;
  *out = Value::Text("3.53.2");
  return Status::Ok();
}

}  // namespace dosql
