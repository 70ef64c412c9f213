// The keyword table: constant data, searched among the words of one first letter.
#include <iterator>

#include "core/sql/lexer.h"

namespace dosql::sql {
namespace {

// One string without pointers, so that the table needs no relocations.
constexpr char kText[] =
#define X(token, text, word_class) text
#include "core/sql/keywords.def"
#undef X
    ;

constexpr uint8_t kLength[] = {
#define X(token, text, word_class) sizeof(text) - 1,
#include "core/sql/keywords.def"
#undef X
};

constexpr WordClass kClass[] = {
#define X(token, text, word_class) WordClass::word_class,
#include "core/sql/keywords.def"
#undef X
};

constexpr uint32_t kKeywords = std::size(kLength);

struct Index {
  uint16_t start[kKeywords + 1] = {};  // of each word in kText
  uint8_t first[27] = {};              // the first word of each letter
};

constexpr Index MakeIndex() {
  Index x;
  uint32_t at = 0;
  uint32_t letter = 0;
  for (uint32_t i = 0; i < kKeywords; i++) {
    x.start[i] = static_cast<uint16_t>(at);
    while (letter <= static_cast<uint32_t>(kText[at] - 'A'))
      x.first[letter++] = static_cast<uint8_t>(i);
    at += kLength[i];
  }
  x.start[kKeywords] = static_cast<uint16_t>(at);
  while (letter <= 26) x.first[letter++] = static_cast<uint8_t>(kKeywords);
  return x;
}

constexpr Index kIndex = MakeIndex();
static_assert(kKeywords ==
              static_cast<uint32_t>(Tok::kCount) - static_cast<uint32_t>(kFirstKeyword));

uint32_t IndexOf(Tok keyword) {
  return static_cast<uint32_t>(keyword) - static_cast<uint32_t>(kFirstKeyword);
}

}  // namespace

bool EqualNoCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    char x = a[i], y = b[i];
    if (x >= 'A' && x <= 'Z') x = static_cast<char>(x + 32);
    if (y >= 'A' && y <= 'Z') y = static_cast<char>(y + 32);
    if (x != y) return false;
  }
  return true;
}

Tok FindKeyword(std::string_view word) {
  if (word.size() < 2) return Tok::kId;
  uint32_t letter = (static_cast<uint8_t>(word[0]) | 32u) - 'a';
  if (letter >= 26) return Tok::kId;
  for (uint32_t i = kIndex.first[letter]; i < kIndex.first[letter + 1]; i++) {
    if (kLength[i] == word.size() &&
        EqualNoCase(word, std::string_view(kText + kIndex.start[i], kLength[i]))) {
      return static_cast<Tok>(static_cast<uint32_t>(kFirstKeyword) + i);
    }
  }
  return Tok::kId;
}

WordClass ClassOf(Tok keyword) { return kClass[IndexOf(keyword)]; }

std::string_view KeywordText(Tok keyword) {
  uint32_t i = IndexOf(keyword);
  return {kText + kIndex.start[i], kLength[i]};
}

}  // namespace dosql::sql
