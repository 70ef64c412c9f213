// The kinds of token and what a keyword may also be.
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql::sql {

enum class Tok : uint8_t {
  kEof,        // after the last byte
  kIllegal,    // no token starts so
  kError,      // the parser has failed: matches nothing, never ends
  kId,         // a name: bare, "x", `x` or [x]; text has the quotes
  kString,     // 'x', with the quotes
  kBlob,       // x'0a', with x and quotes; an even number of hex digits is certain
  kInteger,    // digits or 0x and hex digits, perhaps with '_'
  kReal,       // with a point or an exponent, perhaps with '_'
  kParameter,  // ? ?1 :a @a $a #a
  kSemicolon, kLeftParen, kRightParen, kComma, kDot, kStar, kPlus, kMinus, kSlash, kPercent,
  kEq, kNe, kLt, kLe, kGt, kGe, kShiftLeft, kShiftRight, kBitAnd, kBitOr, kBitNot, kConcat,
  kArrow, kArrowText,
#define X(token, text, word_class) token,
#include "core/sql/keywords.def"
#undef X
  kCount,
};

inline constexpr Tok kFirstKeyword = Tok::kAbort;

enum class WordClass : uint8_t { kReserved, kFallback, kJoinWord };

struct Token {
  Tok kind = Tok::kEof;
  uint32_t offset = 0;
  std::string_view text;  // into the SQL text
  uint32_t end() const { return offset + static_cast<uint32_t>(text.size()); }
};

}  // namespace dosql::sql
