#include "core/sql/lexer.h"

#include <gtest/gtest.h>

#include <string>

namespace dosql::sql {
namespace {

// The texts of the tokens, '|' between them, '!' before illegal ones.
std::string Split(std::string_view sql) {
  Lexer lexer(sql);
  std::string out;
  for (Token t = lexer.Next(); t.kind != Tok::kEof; t = lexer.Next()) {
    EXPECT_EQ(sql.substr(t.offset, t.text.size()), t.text);
    if (!out.empty()) out += '|';
    if (t.kind == Tok::kIllegal) out += '!';
    out += t.text;
  }
  EXPECT_EQ(lexer.Next().kind, Tok::kEof);
  return out;
}

Tok KindOf(std::string_view sql) { return Lexer(sql).Next().kind; }

TEST(Lexer, SplitsOperators) {
  EXPECT_EQ(Split("a<=b<>c!=d==e<<f>>g||h->i->>j->=k"),
            "a|<=|b|<>|c|!=|d|==|e|<<|f|>>|g||||h|->|i|->>|j|->|=|k");
  EXPECT_EQ(Split("(a,b).*+-/%&~|;"), "(|a|,|b|)|.|*|+|-|/|%|&|~|||;");
  EXPECT_EQ(Split("!"), "!!");
  EXPECT_EQ(Split("^"), "!^");
}

TEST(Lexer, SkipsBlanksAndComments) {
  EXPECT_EQ(Split(" \t\n\f\ra--x\nb/*c*/d/**/e/* * / */f"), "a|b|d|e|f");
  EXPECT_EQ(Split("a--"), "a");
  EXPECT_EQ(Split("a/*"), "a|/|*");  // as SQLite: a comment has a byte after its star
  EXPECT_EQ(Split("a/* "), "a");
  EXPECT_EQ(Split("/"), "/");
  EXPECT_EQ(Split("\xef\xbb\xbf" "a"), "a");
  EXPECT_EQ(Split("\v"), "!\v");
}

TEST(Lexer, ReadsNumbers) {
  for (const char* n : {"0", "12", "1_2", "0x1F", "0Xab_c"})
    EXPECT_EQ(KindOf(n), Tok::kInteger) << n;
  for (const char* n : {"1.", ".5", "1.5", "1e5", "1E+5", "1.e-5", "1_0.0_1"})
    EXPECT_EQ(KindOf(n), Tok::kReal) << n;
  for (const char* n : {"1a", "0x", "0xg", "1e", "1ee5", "1.5x", "1e5x", "12\x80"})
    EXPECT_EQ(KindOf(n), Tok::kIllegal) << n;
  EXPECT_EQ(Split("1..2"), "1.|.2");
  EXPECT_EQ(Split("1.5.6"), "1.5|.6");
  EXPECT_EQ(Split("1e+"), "!1e|+");
  EXPECT_EQ(Split("."), ".");
}

TEST(Lexer, ReadsQuotes) {
  EXPECT_EQ(Split("'it''s' \"a\"\"b\" `c``d` [e[f] x'0aFf' X''"),
            "'it''s'|\"a\"\"b\"|`c``d`|[e[f]|x'0aFf'|X''");
  EXPECT_EQ(Split("'a'''b"), "'a'''|b");
  EXPECT_EQ(Split("'a"), "!'a");
  EXPECT_EQ(Split("'a''"), "!'a''");
  EXPECT_EQ(Split("[a"), "![a");
  EXPECT_EQ(Split("x'0' 1"), "!x'0'|1");
  EXPECT_EQ(Split("x'0z' 1"), "!x'0z'|1");
  EXPECT_EQ(Split("x'00"), "!x'00");
  EXPECT_EQ(Split("x'"), "!x'");
  EXPECT_EQ(Split("x"), "x");
}

TEST(Lexer, ReadsParameters) {
  EXPECT_EQ(Split("? ?1 ?12a :a @b $c #d :1 $a::b $a(x) $a::b(c)"),
            "?|?1|?12|a|:a|@b|$c|#d|:1|$a::b|$a(x)|$a::b(c)");
  EXPECT_EQ(Split(": @ $"), "!:|!@|!$");
  EXPECT_EQ(Split("$a(b c)"), "!$a(b|c|)");
  EXPECT_EQ(Split("$a(b"), "!$a(b");
  EXPECT_EQ(Split("a$b"), "a$b");
}

TEST(Lexer, TakesAnyBytes) {
  EXPECT_EQ(Split("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(Split("\xff\xfe a"), "\xff\xfe|a");
  EXPECT_EQ(Split(std::string_view("a\0b", 3)), std::string("a|!\0|b", 6));
  for (int c = 0; c < 256; c++) {
    char byte = static_cast<char>(c);
    Lexer lexer(std::string_view(&byte, 1));
    Token t = lexer.Next();
    EXPECT_LE(t.text.size(), 1u);
    EXPECT_EQ(lexer.Next().kind, Tok::kEof);
  }
}

TEST(Keywords, FindsEveryWordInAnyCase) {
  for (uint32_t k = static_cast<uint32_t>(kFirstKeyword); k < static_cast<uint32_t>(Tok::kCount);
       k++) {
    Tok t = static_cast<Tok>(k);
    std::string word(KeywordText(t));
    EXPECT_EQ(FindKeyword(word), t) << word;
    for (char& c : word) c = static_cast<char>(c | (c == '_' ? 0 : 32));
    EXPECT_EQ(FindKeyword(word), t) << word;
    EXPECT_EQ(FindKeyword(word + "x"), Tok::kId);
    EXPECT_NE(FindKeyword(word.substr(0, word.size() - 1)), t);
  }
  for (const char* word :
       {"", "a", "selec", "zebra", "_select", "\xff", "{bc", "@bort", "recursiv\xe5"}) {
    EXPECT_EQ(FindKeyword(word), Tok::kId) << word;
  }
}

TEST(Keywords, HaveSqlitesClasses) {
  EXPECT_EQ(ClassOf(Tok::kSelect), WordClass::kReserved);
  EXPECT_EQ(ClassOf(Tok::kTransaction), WordClass::kReserved);
  EXPECT_EQ(ClassOf(Tok::kReplace), WordClass::kFallback);
  EXPECT_EQ(ClassOf(Tok::kCurrentTime), WordClass::kFallback);
  EXPECT_EQ(ClassOf(Tok::kLeft), WordClass::kJoinWord);
  EXPECT_EQ(ClassOf(Tok::kIndexed), WordClass::kJoinWord);
}

}  // namespace
}  // namespace dosql::sql
