// Numbers, blobs and parameters.
#include "core/sql/parser_impl.h"

namespace dosql::sql {
namespace {

// 9223372036854775808 in decimal, perhaps with zeros before it: the one number that is an integer
// only behind a minus sign.
bool IsTwoTo63(std::string_view text) {
  while (text.size() > 1 && text[0] == '0') text.remove_prefix(1);
  return text == "9223372036854775808";
}

}  // namespace

Expr* Parser::MakeText(ExprKind kind, std::string_view text) {
  Expr* e = NewExpr<Expr>(kind, tok_.offset);
  if (e != nullptr) e->text = text;
  Advance();
  return e;
}

// The smallest integer, whose digits alone are too large; nullptr for all other operands.
Expr* Parser::MakeNegative(Expr* number, uint32_t offset) {
  if (number->kind == ExprKind::kReal && IsTwoTo63(number->text)) {
    number->kind = ExprKind::kInteger;
    number->integer = INT64_MIN;
    number->offset = offset;
    number->text = "-9223372036854775808";
    return number;
  }
  return nullptr;
}

std::string_view Parser::NumberText(const Token& t) {
  std::string_view s = t.text;
  if (failed() || s.find('_') == std::string_view::npos) return s;
  bool hex = s.size() > 2 && (s[1] | 32) == 'x';
  char* copy = static_cast<char*>(arena_->Allocate(s.size()));
  if (copy == nullptr) {
    NoMemory();
    return {};
  }
  size_t n = 0;
  for (size_t i = 0; i < s.size(); i++) {
    if (s[i] != '_') {
      copy[n++] = s[i];
      continue;
    }
    bool between = i + 1 < s.size() && (hex ? HexDigit(s[i - 1]) >= 0 && HexDigit(s[i + 1]) >= 0
                                            : IsDigit(s[i - 1]) && IsDigit(s[i + 1]));
    if (!between) {
      Fail(Code::kSyntax, "unrecognized token: \"", s, "\"", t,
           "'_' may stand only between two digits of a number");
      return {};
    }
  }
  return {copy, n};
}

Expr* Parser::ParseNumber() {
  Token t = tok_;
  std::string_view s = NumberText(t);
  Expr* e = NewExpr<Expr>(t.kind == Tok::kReal ? ExprKind::kReal : ExprKind::kInteger, t.offset);
  if (e == nullptr) return nullptr;
  Advance();
  e->text = s;
  if (t.kind == Tok::kReal) return e;
  uint64_t v = 0;
  if (s.size() > 2 && (s[1] | 32) == 'x') {
    size_t i = 2;
    while (i < s.size() && s[i] == '0') i++;
    if (s.size() - i > 16) {
      Fail(Code::kSyntax, "hex literal too big: ", s, "", t);
      return nullptr;
    }
    for (; i < s.size(); i++) v = v << 4 | static_cast<uint64_t>(HexDigit(s[i]));
    e->integer = static_cast<int64_t>(v);
    return e;
  }
  for (char c : s) {
    uint64_t digit = static_cast<uint64_t>(c - '0');
    if (v > (INT64_MAX - digit) / 10) {
      e->kind = ExprKind::kReal;  // too large for an integer, as SQLite reads it
      return e;
    }
    v = v * 10 + digit;
  }
  e->integer = static_cast<int64_t>(v);
  return e;
}

Expr* Parser::ParseBlob() {
  std::string_view digits = tok_.text.substr(2, tok_.text.size() - 3);
  size_t size = digits.size() / 2;
  char* bytes = static_cast<char*>(arena_->Allocate(size));
  if (bytes == nullptr) {
    NoMemory();
    return nullptr;
  }
  for (size_t i = 0; i < size; i++) {
    bytes[i] = static_cast<char>(HexDigit(digits[2 * i]) << 4 | HexDigit(digits[2 * i + 1]));
  }
  return MakeText(ExprKind::kBlob, std::string_view(bytes, size));
}

uint32_t Parser::ParameterIndex(const Token& t) {
  if (t.text == "?") return ++param_count_;
  uint32_t index = 0;
  if (t.text[0] == '?') {
    for (char c : t.text.substr(1)) {
      index = index * 10 + static_cast<uint32_t>(c - '0');
      if (index > kParameterMax) break;
    }
    if (index == 0 || index > kParameterMax) {
      Fail(Code::kParameter, "variable number must be between ?1 and ?32766", t);
      return 0;
    }
  }
  uint32_t hash = 0;
  for (char c : t.text) hash = hash * 31 + static_cast<uint8_t>(c);
  uint16_t* head = &buckets_[(hash ^ hash >> 8) % kBuckets];
  for (uint32_t i = *head; i != 0; i = param_names_[i - 1].next) {
    if (param_names_[i - 1].text == t.text) return param_names_[i - 1].index;
  }
  // At most kParameterMax names exist, also of the form ?007: the list's length is held below.
  ParameterName name;
  name.text = t.text;
  name.index = index != 0 ? index : param_count_ + 1;
  name.next = *head;
  if (name.index > param_count_) param_count_ = name.index;
  if (param_names_.size >= kParameterMax || param_count_ > kParameterMax) return name.index;
  Append(&param_names_, name);
  *head = static_cast<uint16_t>(param_names_.size);
  return name.index;
}

Expr* Parser::ParseParameter() {
  Token t = tok_;
  if (t.text[0] == '#' && IsDigit(t.text[1])) {
    SyntaxError();
    return nullptr;
  }
  Expr* e = MakeText(ExprKind::kParameter, t.text);
  uint32_t index = ParameterIndex(t);
  if (param_count_ > kParameterMax) {
    Fail(Code::kParameter, "too many SQL variables", t);
  }
  if (e == nullptr || failed()) return nullptr;
  e->index = index;
  return e;
}

}  // namespace dosql::sql
