// Every limit at its edge, an exhausted budget, and bytes that mean harm.
#include <gtest/gtest.h>

#include <vector>

#include "tests/sql/parse_helper.h"

namespace dosql::sql {
namespace {

std::string Repeat(std::string_view s, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; i++) out += s;
  return out;
}

// `make(n)` parses up to `max` and fails with `code` and `message` beyond.
template <typename Make>
void ExpectLimit(const Make& make, size_t max, Code code, const std::string& message) {
  Parsed good(make(max));
  EXPECT_TRUE(good.ok()) << message << ": " << good.diag.message;
  if (good.ok()) {
    Parsed again(good.Print());
    EXPECT_TRUE(again.ok() || again.code == Code::kTooDeep) << again.diag.message;
  }
  Parsed bad(make(max + 1));
  EXPECT_EQ(bad.code, code);
  EXPECT_EQ(bad.diag.message, message);
  EXPECT_LE(bad.diag.offset, bad.sql.size());
}

constexpr const char* kTooHigh = "Expression tree is too large (maximum depth 1000)";
constexpr const char* kOverflow = "parser stack overflow";

TEST(Limits, LeftChainsAreHighNotNested) {
  for (const char* op : {" AND 1", " OR 1", " || 1", "+1", "->1", "=1", " IS 1", "<1", " LIKE 1",
                         " COLLATE x", " ISNULL", " IN (1)", " BETWEEN 1 AND 1"}) {
    ExpectLimit([&](size_t n) { return "SELECT 1" + Repeat(op, n); }, kExprHeightMax - 1,
                Code::kTooDeep, kTooHigh);
    EXPECT_EQ(Parsed("SELECT 1" + Repeat(op, 10000)).code, Code::kTooDeep) << op;
  }
}

TEST(Limits, Nesting) {
  auto nested = [](std::string open, std::string close, std::string core = "1") {
    return [=](size_t n) { return "SELECT " + Repeat(open, n) + core + Repeat(close, n); };
  };
  ExpectLimit(nested("(", ")"), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("- ", ""), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("NOT ", ""), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("f(", ")"), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("CASE WHEN ", " THEN 1 END"), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("CAST(", " AS x)"), kNestingMax, Code::kTooDeep, kOverflow);
  ExpectLimit(nested("1 IN (", ")"), kNestingMax, Code::kTooDeep, kOverflow);
  for (const char* open :
       {"(", "(SELECT ", "1+(", "-(", "f(", "1 IN (SELECT ", "EXISTS (SELECT ", "NOT -+~("}) {
    EXPECT_EQ(Parsed("SELECT " + Repeat(open, 100000)).code, Code::kTooDeep) << open;
  }
  for (const char* open : {"(", "(SELECT * FROM ", "a, (", "f((SELECT "}) {
    EXPECT_EQ(Parsed("SELECT * FROM " + Repeat(open, 60000)).code, Code::kTooDeep) << open;
  }
  EXPECT_EQ(Parsed(Repeat("WITH a AS (", 80000)).code, Code::kTooDeep);
  EXPECT_EQ(Parsed("SELECT " + Repeat("1 OR 1 AND NOT 1 = 1 < 1 & 1 + 1 * 1 || (", 20000)).code,
            Code::kTooDeep);
}

TEST(Limits, DepthInsideSubqueriesCounts) {
  std::string chain = "SELECT 1" + Repeat("+1", 600);
  EXPECT_TRUE(Parsed("SELECT (" + chain + ")").ok());
  EXPECT_EQ(Parsed("SELECT (" + chain + ")" + Repeat("+1", 600)).code, Code::kTooDeep);
  EXPECT_TRUE(Parsed(chain + " FROM (" + chain + ")").ok());
}

TEST(Limits, Counts) {
  auto list = [](std::string head, std::string item, std::string tail = "") {
    return [=](size_t n) { return head + item + Repeat("," + item, n - 1) + tail; };
  };
  ExpectLimit(list("SELECT ", "1"), kColumnsMax, Code::kTooBig, "too many columns in result set");
  ExpectLimit(list("VALUES (", "1", ")"), kColumnsMax, Code::kTooBig,
              "too many columns in result set");
  ExpectLimit(list("SELECT 1 ORDER BY ", "1"), kColumnsMax, Code::kTooBig,
              "too many terms in ORDER BY clause");
  ExpectLimit(list("SELECT 1 GROUP BY ", "1"), kColumnsMax, Code::kTooBig,
              "too many terms in GROUP BY clause");
  ExpectLimit(list("UPDATE t SET ", "a=1"), kColumnsMax, Code::kTooBig,
              "too many columns in set list");
  ExpectLimit(list("CREATE TABLE t(", "a", ")"), kColumnsMax, Code::kTooBig,
              "too many columns on table");
  ExpectLimit(list("CREATE INDEX i ON t(", "a", ")"), kColumnsMax, Code::kTooBig,
              "too many columns in index");
  ExpectLimit(list("SELECT f(", "1", ")"), kFunctionArgsMax, Code::kTooBig,
              "too many arguments on function");
  ExpectLimit([](size_t n) { return "SELECT 1" + Repeat(" UNION SELECT 1", n - 1); },
              kCompoundTermsMax, Code::kTooBig, "too many terms in compound SELECT");
  ExpectLimit([](size_t n) { return "SELECT ?" + std::to_string(n); }, kParameterMax,
              Code::kParameter, "variable number must be between ?1 and ?32766");
  ExpectLimit(list("SELECT 1 IN (", "?", ")"), kParameterMax, Code::kParameter,
              "too many SQL variables");
}

TEST(Limits, ListsWithoutLimit) {
  EXPECT_TRUE(Parsed("SELECT 1 IN (1" + Repeat(",1", 100000) + ")").ok());
  EXPECT_TRUE(Parsed("INSERT INTO t VALUES (1)" + Repeat(",(1)", 100000)).ok());
}

TEST(Limits, Length) {
  std::string sql = "SELECT 1;";
  sql.insert(7, kSqlBytesMax - 8, ' ');
  Parsed p(sql);
  EXPECT_TRUE(p.ok());
  sql.insert(7, 1, ' ');
  Parsed q(sql);
  EXPECT_EQ(q.code, Code::kTooBig);
  EXPECT_EQ(q.diag.message, "statement too long");
  // Blanks before a statement do not count, nor do the statements after it.
  EXPECT_TRUE(
      Parsed(std::string(kSqlBytesMax * 2, ' ') + "SELECT 1;" + std::string(kSqlBytesMax * 2, ' '))
          .ok());
  EXPECT_EQ(Parsed("'" + std::string(kSqlBytesMax * 2, 'x')).code, Code::kTooBig);
}

TEST(Limits, LongTokensAreCutInMessages) {
  Parsed p("SELECT 1 '" + std::string(5000, 'x') + "' '" + Repeat("\xc3\xa9", 2000) + "'");
  EXPECT_EQ(p.code, Code::kSyntax);
  EXPECT_LT(p.diag.message.size(), 300u);
  EXPECT_EQ(p.diag.message.substr(p.diag.message.size() - 15), "\": syntax error");
}

// With every possible budget the parse either works or says so.
TEST(Limits, BudgetRunsOut) {
  const char* statements[] = {("WITH a(b, c) AS (VALUES (1, 2)) SELECT x'00', 'a''b', CASE a WHEN "
                               "1 THEN :x ELSE f(DISTINCT 1) END, 1_0 "
                               "FROM t JOIN (SELECT 1) USING (b) WHERE a IN t AND (1, 2) IN "
                               "(SELECT 3, 4) ORDER BY CAST(1 AS b) LIMIT 1, 2"),
                              "CREATE TABLE t (a int DEFAULT 1 REFERENCES p (x), b CHECK (a LIKE "
                              "'x'), PRIMARY KEY (a), FOREIGN KEY (b) REFERENCES q)",
                              "INSERT INTO t (a) VALUES (1), (2) ON CONFLICT (a) DO UPDATE SET (a, "
                              "b) = (1, -2) RETURNING \"a\"\"b\"",
                              "PRAGMA a = - 5",
                              "UPDATE t SET a = RAISE(IGNORE) FROM u",
                              "CREATE UNIQUE INDEX i ON t (a COLLATE b)",
                              "DELETE FROM t",
                              "DROP TABLE t",
                              "BEGIN",
                              "COMMIT",
                              "SAVEPOINT a",
                              "VACUUM INTO 'x'"};
  for (const char* sql : statements) {
    bool done = false;
    for (size_t budget = 0; !done && budget < 100000; budget += 8) {
      Parsed p(sql, budget);
      EXPECT_TRUE(p.ok() || p.code == Code::kNoMemory) << sql << ": " << p.diag.message;
      EXPECT_LE(p.budget.used(), budget);
      done = p.ok();
    }
    EXPECT_TRUE(done) << sql;
  }
}

TEST(Limits, HostileBytes) {
  uint64_t seed = 42;
  auto random = [&seed] {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(seed >> 33);
  };
  std::string base = "SELECT a, x'00', 'b', \"c\", 1.5e3 FROM t WHERE a IN (?, :b) ORDER BY 1";
  for (int i = 0; i < 20000; i++) {
    std::string sql = base;
    for (uint32_t n = random() % 4 + 1; n > 0; n--)
      sql[random() % sql.size()] = static_cast<char>(random());
    std::vector<char> exact(sql.begin(), sql.end());
    ByteBudget budget(1 << 20);
    Arena arena(&budget);
    Diag diag;
    uint32_t consumed = 0;
    Result<Statement*> r = ParseStatement(&arena, &diag, {exact.data(), exact.size()}, &consumed);
    ASSERT_TRUE(r.ok() || diag.offset <= sql.size());
  }
}

}  // namespace
}  // namespace dosql::sql
