#include "core/sql/syntax_hint.h"

#include "core/sql/lexer.h"

namespace dosql::sql {
namespace {

constexpr size_t kWordMax = 17;  // CURRENT_TIMESTAMP

char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`.
uint32_t Distance(std::string_view a, std::string_view b) {
  uint8_t rows[3][kWordMax + 4];
  for (size_t j = 0; j <= b.size(); j++) rows[0][j] = static_cast<uint8_t>(j);
  for (size_t i = 1; i <= a.size(); i++) {
    const uint8_t* above = rows[(i - 1) % 3];
    const uint8_t* above2 = rows[(i + 1) % 3];
    uint8_t* row = rows[i % 3];
    row[0] = static_cast<uint8_t>(i);
    for (size_t j = 1; j <= b.size(); j++) {
      bool same = Upper(a[i - 1]) == b[j - 1];
      int best = above[j - 1] + (same ? 0 : 1);
      if (above[j] + 1 < best) best = above[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      bool swapped = i > 1 && j > 1 && Upper(a[i - 1]) == b[j - 2] && Upper(a[i - 2]) == b[j - 1];
      if (swapped && above2[j - 2] + 1 < best) best = above2[j - 2] + 1;
      row[j] = static_cast<uint8_t>(best);
    }
  }
  return rows[a.size() % 3][b.size()];
}

// The keyword that a bare word is nearly, or empty.
std::string_view Misspelt(const Token& t, size_t length_min) {
  size_t n = t.text.size();
  if (t.kind != Tok::kId || n < length_min || n > kWordMax + 2) return {};
  std::string_view best;
  uint32_t best_score = n >= 6 ? 6 : 4;  // two edits of a long word, one of a short one
  for (uint32_t k = static_cast<uint32_t>(kFirstKeyword); k < static_cast<uint32_t>(Tok::kCount);
       k++) {
    std::string_view word = KeywordText(static_cast<Tok>(k));
    if (word.size() + 2 < n || word.size() > n + 2 || word.size() < 3) continue;
    // Of equals, a word of the same length: FORM is FROM rather than FOR.
    uint32_t score = 2 * Distance(t.text, word) + (word.size() == n ? 0 : 1);
    if (score < best_score) best_score = score, best = word;
  }
  return best;
}

// The first '(' without its ')', or of nothing when all are closed. `*surplus` is set when a ')'
// has no '('.
const char* OpenParen(std::string_view sql, uint32_t start, uint32_t end, bool* surplus) {
  Lexer lexer(sql.substr(start, end - start));
  const char* open = nullptr;
  uint32_t depth = 0;
  for (Token t = lexer.Next(); t.kind != Tok::kEof; t = lexer.Next()) {
    if (t.kind == Tok::kLeftParen && depth++ == 0) open = t.text.data();
    if (t.kind == Tok::kRightParen) {
      if (depth == 0) {
        *surplus = true;
      } else {
        depth--;
      }
    }
  }
  return depth == 0 ? nullptr : open;
}

bool DemandsName(Tok k) {
  switch (k) {
    case Tok::kTable:
    case Tok::kIndex:
    case Tok::kInto:
    case Tok::kFrom:
    case Tok::kUpdate:
    case Tok::kJoin:
    case Tok::kAs:
    case Tok::kDot:
    case Tok::kExists:
    case Tok::kReferences:
    case Tok::kSet:
    case Tok::kBy:
    case Tok::kSelect:
    case Tok::kLeftParen:
    case Tok::kComma: return true;
    default: return false;
  }
}

// Reserved words that people do use as names.
bool MeantAsName(Tok k) {
  switch (k) {
    case Tok::kSelect:
    case Tok::kInsert:
    case Tok::kUpdate:
    case Tok::kDelete:
    case Tok::kValues:
    case Tok::kFrom:
    case Tok::kWhere:
    case Tok::kPrimary:
    case Tok::kForeign:
    case Tok::kConstraint: return false;
    default: return k >= kFirstKeyword && ClassOf(k) == WordClass::kReserved;
  }
}

bool EndsList(Tok k) {
  return k == Tok::kRightParen || k == Tok::kFrom || k == Tok::kWhere || k == Tok::kOrder ||
         k == Tok::kGroup || k == Tok::kLimit || k == Tok::kSemicolon || k == Tok::kEof;
}

std::string DidYouMean(std::string_view word) {
  std::string s("did you mean ");
  s += word;
  s += '?';
  return s;
}

}  // namespace

std::string SyntaxHint(std::string_view sql, uint32_t start, const Token& prev, const Token& tok) {
  if (std::string_view word = Misspelt(tok, 3); !word.empty()) return DidYouMean(word);
  if (tok.offset == start) {
    return "a statement begins with SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, BEGIN, PRAGMA or "
           "another such word";
  }
  if (prev.kind == Tok::kComma && EndsList(tok.kind)) return "the comma before it is one too many";
  if (MeantAsName(tok.kind) && DemandsName(prev.kind)) {
    std::string s(KeywordText(tok.kind));
    s += " is a keyword: in double quotes it can be a name";
    return s;
  }
  if (std::string_view word = Misspelt(prev, 4); !word.empty()) return DidYouMean(word);
  if (tok.kind == Tok::kBitAnd && prev.kind == Tok::kBitAnd) return "the logical operator is AND";
  bool surplus = false;
  const char* open = OpenParen(sql, start, tok.end(), &surplus);
  if (tok.kind == Tok::kRightParen && surplus) return "this ')' closes nothing";
  if ((tok.kind == Tok::kEof || tok.kind == Tok::kSemicolon) && open != nullptr) {
    size_t offset = static_cast<size_t>(open - sql.data());
    char digits[12];
    size_t n = sizeof digits;
    do digits[--n] = static_cast<char>('0' + offset % 10);
    while ((offset /= 10) != 0);
    std::string s("the '(' at byte ");
    s.append(digits + n, sizeof digits - n);
    s += " is not closed";
    return s;
  }
  return {};
}

const char* IllegalTokenHint(const Token& tok) {
  switch (tok.text[0]) {
    case '\'':
    case '"':
    case '`':
    case '[': return "the quote that begins here is not closed";
    case 'x':
    case 'X': return "a blob is x'...' with an even number of hex digits";
    case '!': return "the logical operator is NOT";
    default: return "";
  }
}

}  // namespace dosql::sql
