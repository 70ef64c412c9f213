#include "core/sql/lexer.h"

namespace dosql::sql {

bool IsNameChar(char c) {
  return static_cast<uint8_t>(c) >= 0x80 || IsDigit(c) || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  c = static_cast<char>(c | 32);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void Lexer::SkipBlanks() {
  for (;;) {
    char c = At(pos_);
    if (IsBlank(c)) {
      pos_++;
    } else if (c == '-' && At(pos_ + 1) == '-') {
      while (pos_ < sql_.size() && sql_[pos_] != '\n') pos_++;
    } else if (c == '/' && At(pos_ + 1) == '*' && pos_ + 2 < sql_.size()) {
      // An unclosed comment runs to the end.
      size_t close = sql_.find("*/", pos_ + 2);
      pos_ = close == std::string_view::npos ? sql_.size() : close + 2;
    } else if (c == '\xef' && At(pos_ + 1) == '\xbb' && At(pos_ + 2) == '\xbf') {
      pos_ += 3;  // a byte order mark
    } else {
      return;
    }
  }
}

// Digits with '_' among them; where '_' may stand is the parser's affair.
size_t Lexer::ScanDigits(size_t i) const {
  while (IsDigit(At(i)) || At(i) == '_') i++;
  return i;
}

size_t Lexer::ScanNumber(size_t i, Tok* kind) const {
  *kind = Tok::kInteger;
  if (At(i) == '0' && (At(i + 1) | 32) == 'x' && HexDigit(At(i + 2)) >= 0) {
    i += 2;
    while (HexDigit(At(i)) >= 0 || At(i) == '_') i++;
  } else {
    i = ScanDigits(i);
    if (At(i) == '.') {
      *kind = Tok::kReal;
      i = ScanDigits(i + 1);
    }
    if ((At(i) | 32) == 'e') {
      size_t digits = At(i + 1) == '+' || At(i + 1) == '-' ? i + 2 : i + 1;
      if (IsDigit(At(digits))) {
        *kind = Tok::kReal;
        i = ScanDigits(digits);
      }
    }
  }
  while (i < sql_.size() && IsNameChar(sql_[i])) {
    *kind = Tok::kIllegal;
    i++;
  }
  return i;
}

// `i` is after the opening quote; a doubled closing quote is part of the text, except for ']'.
size_t Lexer::ScanQuoted(size_t i, char close, Tok* kind) const {
  for (; i < sql_.size(); i++) {
    if (sql_[i] != close) continue;
    if (close == ']' || At(i + 1) != close) return i + 1;
    i++;
  }
  *kind = Tok::kIllegal;
  return sql_.size();
}

size_t Lexer::ScanBlob(size_t i, Tok* kind) const {
  size_t digits = i;
#ifdef DOSQL_PLANT_SQL_BUG  // forgets the end of the text after an even number of digits
  while ((i < sql_.size() || (i - digits) % 2 == 0) && HexDigit(sql_.data()[i]) >= 0) i++;
#else
  while (HexDigit(At(i)) >= 0) i++;
#endif
  *kind = Tok::kBlob;
  if (At(i) != '\'' || (i - digits) % 2 != 0) {
    *kind = Tok::kIllegal;
    while (i < sql_.size() && sql_[i] != '\'') i++;
  }
  return i < sql_.size() ? i + 1 : i;
}

// `i` is after the prefix. Tcl's forms a::b and a(b) count as one name, as in SQLite.
size_t Lexer::ScanParameter(size_t i, Tok* kind) const {
  *kind = Tok::kParameter;
  bool any = false;
  for (; i < sql_.size(); i++) {
    if (IsNameChar(sql_[i])) {
      any = true;
    } else if (sql_[i] == '(' && any) {
      do i++;
      while (i < sql_.size() && !IsBlank(sql_[i]) && sql_[i] != ')');
      if (At(i) == ')') {
        i++;
      } else {
        *kind = Tok::kIllegal;
      }
      break;
    } else if (sql_[i] == ':' && At(i + 1) == ':') {
      i++;
    } else {
      break;
    }
  }
  if (!any) *kind = Tok::kIllegal;
  return i;
}

Token Lexer::Next() {
  SkipBlanks();
  size_t start = pos_;
  size_t end = start + 1;
  Tok kind = Tok::kIllegal;
  char c = At(start);
  char next = At(start + 1);
  auto two = [&](Tok k) {
    end = start + 2;
    return k;
  };
  if (start >= sql_.size()) {
    end = start;
    kind = Tok::kEof;
  } else if (IsDigit(c) || (c == '.' && IsDigit(next))) {
    end = ScanNumber(start, &kind);
  } else if ((c | 32) == 'x' && next == '\'') {
    end = ScanBlob(start + 2, &kind);
  } else if (IsNameChar(c) && c != '$') {
    while (end < sql_.size() && IsNameChar(sql_[end])) end++;
    kind = FindKeyword(sql_.substr(start, end - start));
  } else {
    switch (c) {
      case ';': kind = Tok::kSemicolon; break;
      case '(': kind = Tok::kLeftParen; break;
      case ')': kind = Tok::kRightParen; break;
      case ',': kind = Tok::kComma; break;
      case '.': kind = Tok::kDot; break;
      case '*': kind = Tok::kStar; break;
      case '+': kind = Tok::kPlus; break;
      case '/': kind = Tok::kSlash; break;
      case '%': kind = Tok::kPercent; break;
      case '&': kind = Tok::kBitAnd; break;
      case '~': kind = Tok::kBitNot; break;
      case '|': kind = next == '|' ? two(Tok::kConcat) : Tok::kBitOr; break;
      case '=': kind = next == '=' ? two(Tok::kEq) : Tok::kEq; break;
      case '!': kind = next == '=' ? two(Tok::kNe) : Tok::kIllegal; break;
      case '<':
        kind = next == '=' ? two(Tok::kLe)
               : next == '>' ? two(Tok::kNe)
               : next == '<' ? two(Tok::kShiftLeft)
                             : Tok::kLt;
        break;
      case '>':
        kind = next == '=' ? two(Tok::kGe) : next == '>' ? two(Tok::kShiftRight) : Tok::kGt;
        break;
      case '-':
        kind = next == '>' ? two(Tok::kArrow) : Tok::kMinus;
        if (kind == Tok::kArrow && At(start + 2) == '>') {
          kind = Tok::kArrowText;
          end = start + 3;
        }
        break;
      case '\'':
        kind = Tok::kString;
        end = ScanQuoted(start + 1, '\'', &kind);
        break;
      case '"':
      case '`':
        kind = Tok::kId;
        end = ScanQuoted(start + 1, c, &kind);
        break;
      case '[':
        kind = Tok::kId;
        end = ScanQuoted(start + 1, ']', &kind);
        break;
      case '?':
        kind = Tok::kParameter;
        while (IsDigit(At(end))) end++;
        break;
      case ':':
      case '@':
      case '$':
      case '#':
        end = ScanParameter(start + 1, &kind);
        break;
      default: break;
    }
  }
  pos_ = end;
  Token t;
  t.kind = kind;
  t.offset = static_cast<uint32_t>(start);
  t.text = sql_.substr(start, end - start);
  return t;
}

}  // namespace dosql::sql
