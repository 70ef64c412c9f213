// tests/sql_text/parse.txt against the parser.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/sql/parse_helper.h"

#ifndef DOSQL_SOURCE_DIR
#define DOSQL_SOURCE_DIR "."
#endif

namespace dosql::sql {
namespace {

struct Case {
  std::string sql;
  std::vector<std::string> expected;  // the lines below it
};

std::vector<Case> ReadCases() {
  std::vector<Case> cases;
  std::FILE* f = std::fopen(DOSQL_SOURCE_DIR "/tests/sql_text/parse.txt", "rb");
  if (f == nullptr) return cases;
  std::string text;
  char buffer[4096];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, f)) text.append(buffer, n);
  std::fclose(f);
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '>') {
      cases.push_back({line.substr(2), {}});
    } else {
      cases.back().expected.push_back(line);
    }
  }
  return cases;
}

std::vector<std::string> Outcome(const std::string& sql) {
  std::vector<std::string> lines;
  Parsed p(sql);
  while (p.ok() && p.statement != nullptr) {
    lines.push_back("= " + p.Print());
    p.Next();
  }
  if (!p.ok()) {
    lines.push_back("! " + std::string(CodeName(p.diag.code)) + " " +
                    std::to_string(p.diag.offset + p.base) + " " + p.diag.message);
    if (!p.diag.hint.empty()) lines.push_back("? " + p.diag.hint);
    EXPECT_EQ(p.code, p.diag.code);
  }
  return lines;
}

TEST(Statements, ParseAndPrintAsWritten) {
  std::vector<Case> cases = ReadCases();
  ASSERT_GT(cases.size(), 250u);
  for (const Case& c : cases) {
    std::string got, want;
    for (const std::string& line : Outcome(c.sql)) got += line + "\n";
    for (const std::string& line : c.expected) want += line + "\n";
    EXPECT_EQ(got, want) << c.sql;
  }
}

TEST(Statements, PrintedTextParsesToTheSameText) {
  for (const Case& c : ReadCases()) {
    for (const std::string& line : c.expected) {
      if (line[0] != '=') continue;
      Parsed again(line.substr(2));
      ASSERT_TRUE(again.ok()) << line << "\n" << again.diag.message;
      EXPECT_EQ(again.Print(), line.substr(2));
    }
  }
}

TEST(Statements, DiagNamesTheTokenAtTheOffset) {
  for (const Case& c : ReadCases()) {
    Parsed p(c.sql);
    while (p.ok() && p.statement != nullptr) p.Next();
    if (p.ok() || p.diag.message.find("join type") != std::string::npos) continue;
    ASSERT_LE(p.base + p.diag.offset, c.sql.size());
    EXPECT_EQ(c.sql.compare(p.base + p.diag.offset, p.diag.token.size(), p.diag.token), 0) << c.sql;
  }
}

// Every prefix ends in an answer, and none of them reads past its end.
TEST(Statements, PrefixesAreSafe) {
  for (const Case& c : ReadCases()) {
    for (size_t n = 0; n < c.sql.size(); n++) {
      std::vector<char> exact(c.sql.begin(), c.sql.begin() + static_cast<std::ptrdiff_t>(n));
      ByteBudget budget(1 << 20);
      Arena arena(&budget);
      Diag diag;
      uint32_t consumed = 0;
      Result<Statement*> r = ParseStatement(&arena, &diag, {exact.data(), n}, &consumed);
      EXPECT_TRUE(r.ok() || !diag.message.empty());
    }
  }
}

}  // namespace
}  // namespace dosql::sql
