// Functions that read a text as code: hexadecimal, Unicode escapes, sound.
#include "core/function/quote_text.h"
#include "core/function/scalar_functions.h"
#include "core/function/utf8.h"

namespace dosql {
namespace {

int HexDigit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool Contains(std::string_view chars, uint32_t c) {
  const uint8_t* p = AsBytes(chars).data();
  const uint8_t* end = p + chars.size();
  while (p < end) {
    if (ReadChar(&p, end) == c) return true;
  }
  return false;
}

// Consonants that sound alike have one digit; a vowel has 0.
constexpr char kSounds[] = "01230120022455012623010202";

}  // namespace

// unhex(text[, characters that may stand between the pairs]): NULL for anything else.
DOSQL_SCALAR(UnhexFn) {
  TextArgument text, between;
  DOSQL_TRY(GetText(context, args[0], &text));
  if (n == 2) DOSQL_TRY(GetText(context, args[1], &between));
  *out = Value::Null();
  if (text.is_null || (n == 2 && between.is_null)) return Status::Ok();
  std::string_view s = UpToNul(text.text), pass = UpToNul(between.text);
  uint8_t* result;
  DOSQL_TRY(context->NewBytes(s.size() / 2 + 1, &result));
  const uint8_t* p = AsBytes(s).data();
  const uint8_t* end = p + s.size();
  size_t size = 0;
  while (p < end) {
    int high = HexDigit(*p);
    if (high < 0) {
      if (!Contains(pass, ReadChar(&p, end))) return Status::Ok();
      continue;
    }
    int low = p + 1 < end ? HexDigit(p[1]) : -1;
    if (low < 0) return Status::Ok();
    result[size++] = static_cast<uint8_t>(high << 4 | low);
    p += 2;
  }
  *out = Value::Blob({result, size});
  return Status::Ok();
}

// \XXXX, \uXXXX, \+XXXXXX, \UXXXXXXXX and \\.
DOSQL_SCALAR(UnistrFn) {
  (void)n;
  TextArgument text;
  DOSQL_TRY(GetText(context, args[0], &text));
  *out = Value::Null();
  if (text.is_null) return Status::Ok();
  std::string_view s = UpToNul(text.text);
  uint8_t* result;
  DOSQL_TRY(context->NewBytes(s.size(), &result));  // an escape is longer than its character
  uint8_t* q = result;
  const uint8_t* p = AsBytes(s).data();
  const uint8_t* end = p + s.size();
  while (p < end) {
    if (*p != '\\') {
      *q++ = *p++;
      continue;
    }
    p++;
    if (p < end && *p == '\\') {
      *q++ = *p++;
      continue;
    }
    int digits = 4;
    if (p < end && (*p == 'u' || *p == '+' || *p == 'U')) {
      digits = *p == 'u' ? 4 : *p == '+' ? 6 : 8;
      p++;
    }
    uint32_t c = 0;
    for (; digits > 0; digits--, p++) {
      int d = p < end ? HexDigit(*p) : -1;
      if (d < 0) return context->Fail(Code::kFunction, "invalid Unicode escape");
      c = c << 4 | static_cast<uint32_t>(d);
    }
    q = WriteChar(q, c);
  }
  *out = Value::Make(ValueType::kText, {result, static_cast<size_t>(q - result)});
  return Status::Ok();
}

DOSQL_SCALAR(UnistrQuoteFn) {
  if (args[0].type != ValueType::kText) return QuoteFn(context, out, args, n);
  std::string_view text = UpToNul(args[0].text());
  GrowingText quoted{};
  DOSQL_TRY(AppendQuoted(context, &quoted, text, '\'', true, HasControls(text)));
  *out = quoted.AsText();
  return Status::Ok();
}

// The first letter and the digits of the next sounds; ?000 without a letter.
DOSQL_SCALAR(SoundexFn) {
  (void)n;
  TextArgument text;
  DOSQL_TRY(GetText(context, args[0], &text));
  uint8_t* result;
  DOSQL_TRY(context->NewBytes(4, &result));
  std::memcpy(result, "?000", 4);
  uint32_t size = 0;
  char last = '0';
  for (char c : UpToNul(text.text)) {
    uint8_t letter = static_cast<uint8_t>((c | 0x20) - 'a');
    // A byte of another script counts as the letter that its low bits make, except as the first.
    if (size > 0) letter = static_cast<uint8_t>((c & 0x5f) - 'A');
    char sound = letter < 26 ? kSounds[letter] : '0';
    if (size == 0) {
      if (letter >= 26) continue;
      result[size++] = static_cast<uint8_t>('A' + letter);
    } else if (sound != '0' && sound != last) {
      result[size++] = static_cast<uint8_t>(sound);
    }
    last = sound;
    if (size == 4) break;
  }
  *out = Value::Make(ValueType::kText, {result, 4});
  return Status::Ok();
}

}  // namespace dosql
