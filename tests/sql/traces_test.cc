// Every statement that ORMs' own test suites send must parse and print back, or be refused by name.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/sql/parse_helper.h"

namespace dosql::sql {
namespace {

std::string ReadFile(const std::string& path) {
  std::string text;
  std::FILE* f = std::fopen(path.c_str(), "rb");
  if (f == nullptr) return text;
  char buffer[65536];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, f)) text.append(buffer, n);
  std::fclose(f);
  return text;
}

// A JSON string without its quotes; \u only below 0x80, which is all that SQL in the files uses.
std::string Unescape(std::string_view s) {
  std::string out;
  for (size_t i = 0; i < s.size(); i++) {
    if (s[i] != '\\' || i + 1 >= s.size()) {
      out += s[i];
      continue;
    }
    char c = s[++i];
    if (c == 'n') out += '\n';
    else if (c == 't') out += '\t';
    else if (c == 'r') out += '\r';
    else if (c == 'u') {
      out += static_cast<char>(std::strtoul(std::string(s.substr(i + 1, 4)).c_str(), nullptr, 16));
      i += 4;
    } else out += c;
  }
  return out;
}

void CheckFile(const char* name) {
  const char* shared = std::getenv("DOSQL_SHARED");
  std::string path = std::string(shared != nullptr ? shared : "../shared") + "/sql-traces/" + name;
  std::string text = ReadFile(path);
  if (text.empty())
    GTEST_SKIP() << "NOT TESTED: " << path << " is not here; set DOSQL_SHARED to the shared folder";
  uint32_t parsed = 0, refused = 0;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (line.size() < 2) continue;
    std::string sql = Unescape(line.substr(1, line.size() - 2));
    Parsed p(sql);
    while (p.ok() && p.statement != nullptr) {
      parsed++;
      std::string printed = p.Print();
      Parsed again(printed);
      ASSERT_TRUE(again.ok()) << printed << "\n" << again.diag.message;
      EXPECT_EQ(again.Print(), printed);
      EXPECT_EQ(again.statement->param_count, p.statement->param_count);
      p.Next();
    }
    if (p.ok()) continue;
    refused++;
    // The one statement of the files that SQLite refuses too.
    bool empty_list = sql == "select from \"person\" where \"id\" in ?";
    EXPECT_TRUE(p.code == Code::kUnsupported || empty_list) << sql << "\n" << p.diag.message;
    if (p.code == Code::kUnsupported)
      EXPECT_NE(p.diag.message.find("not supported yet"), std::string::npos);
  }
  EXPECT_GT(parsed, refused * 10);
  std::printf("%s: %u statements parsed, %u refused by name\n", name, parsed, refused);
}

TEST(Traces, Drizzle) { CheckFile("drizzle.sql.jsonl"); }
TEST(Traces, Kysely) { CheckFile("kysely.sql.jsonl"); }

}  // namespace
}  // namespace dosql::sql
