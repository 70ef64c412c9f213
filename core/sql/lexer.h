// Splits SQL text into tokens as SQLite does. Any bytes are legal input: bytes from 0x80 up belong
// to names, whatever no token starts with becomes kIllegal. A Lexer is a text and a position: copy
// it to look ahead.
#pragma once

#include <string_view>

#include "core/sql/token.h"

namespace dosql::sql {

class Lexer {
 public:
  Lexer() = default;
  // `sql` must outlive the tokens and be shorter than 4 GB.
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  // The next token after blanks and comments; kEof for ever at the end.
  Token Next();

  std::string_view sql() const { return sql_; }

 private:
  void SkipBlanks();
  size_t ScanNumber(size_t i, Tok* kind) const;
  size_t ScanDigits(size_t i) const;
  size_t ScanQuoted(size_t i, char close, Tok* kind) const;
  size_t ScanBlob(size_t i, Tok* kind) const;
  size_t ScanParameter(size_t i, Tok* kind) const;
  char At(size_t i) const { return i < sql_.size() ? sql_[i] : '\0'; }

  std::string_view sql_;
  size_t pos_ = 0;
};

// Blanks of SQL: space, tab, LF, FF, CR.
inline bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r' && c != '\v'); }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// What a bare name may go on with.
bool IsNameChar(char c);
// 0 to 15, or -1.
int HexDigit(char c);
// ASCII letters without case; other bytes as they are.
bool EqualNoCase(std::string_view a, std::string_view b);

// The keyword `word` is, or kId.
Tok FindKeyword(std::string_view word);
WordClass ClassOf(Tok keyword);
// In capitals. For kFirstKeyword and after.
std::string_view KeywordText(Tok keyword);

}  // namespace dosql::sql
