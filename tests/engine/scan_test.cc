#include <gtest/gtest.h>

#include <algorithm>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

// Tables of several chunks: the first chunk of a scan is smaller than the others.
class LongScan : public testing::Test {
 protected:
  void SetUp() override {
    t.Text(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, city TEXT, age INTEGER, score REAL);"
        "CREATE INDEX t_city ON t(city, age); BEGIN");
    for (int i = 1; i <= 6000; i++) {
      std::string n = std::to_string(i), city = "City " + std::to_string(i % 100);
      std::string name = "User Number " + n;
      t.Text("INSERT INTO t VALUES(?, ?, ?, ?, ?)",
             {Value::Integer(i), Value::Text(name), Value::Text(city), Value::Integer(i % 90),
              Value::Real(i * 1.5)});
      nines += n.find("99") != std::string::npos;
      either += i % 100 == 7 || i % 90 < 20;
    }
    t.Text("COMMIT");
  }
  TestDatabase t;
  int nines = 0, either = 0;
};

TEST_F(LongScan, FiltersSeeEveryChunk) {
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE name LIKE '%99%'"), std::to_string(nines));
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE city = 'City 7' OR age < 20"),
            std::to_string(either));
  EXPECT_EQ(t.Text("SELECT count(*), sum(id), min(id), max(id) FROM t"), "6000|18003000|1|6000");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE city = 'City 7'"), "60");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE score > 4500 AND length(name) > 3"), "3000");
}

TEST_F(LongScan, LooksUpNoRowThatNobodyReads) {
  auto entries_only = [&](const char* sql, const char* want, uint64_t entries) {
    EXPECT_EQ(t.Text(sql), want) << sql;
    EXPECT_EQ(t.rows_read, entries) << sql;
  };
  entries_only("SELECT count(*) FROM t WHERE city = 'City 7'", "60", 60);
  entries_only("SELECT count(*), min(id) FROM t WHERE city = 'City 7'", "60|7", 60);
  entries_only("SELECT EXISTS (SELECT * FROM t WHERE city = 'City 7' AND age > 200)", "0", 0);
  // Another use of the column, also in what is left of the condition, needs the row.
  EXPECT_EQ(t.Text("SELECT count(*), count(name) FROM t WHERE city = 'City 7'"), "60|60");
  EXPECT_EQ(t.rows_read, 120u);
  // The index tells the column itself.
  entries_only("SELECT count(*), max(city) FROM t WHERE city = 'City 7'", "60|City 7", 60);
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE city = 'City 7' AND city <> 'x'"), "60");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE city = 'City 7' AND (city = 'City 7' OR age = 3)"),
            "60");
  EXPECT_EQ(
      t.Text("SELECT count(*) FROM (VALUES ('City 7'), ('City 8')) v JOIN t ON city = column1"),
      "120");
  EXPECT_EQ(
      t.Text("SELECT count(*) FROM (VALUES ('City 7'), ('z')) v LEFT JOIN t ON city = column1"),
      "61");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE city IN ('City 7', 'City 8', 'x')"), "120");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t WHERE (city = 'City 7' AND age = 7) OR "
                   "(city = 'City 7' AND id < 300)"),
            "9");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t a WHERE EXISTS (SELECT *, a.id FROM t b "
                   "WHERE b.city = a.city AND b.age = a.id)"),
            "89");
  t.Text("DELETE FROM t WHERE city = 'City 7' AND age BETWEEN 0 AND 200");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t"), "5940");
}

TEST_F(LongScan, GroupsSortsAndLimits) {
  EXPECT_EQ(t.Text("SELECT age, count(*) FROM t WHERE age < 3 GROUP BY age ORDER BY age"),
            "0|66\n1|67\n2|67");
  EXPECT_EQ(t.Text("SELECT id FROM t ORDER BY score DESC LIMIT 3"), "6000\n5999\n5998");
  EXPECT_EQ(t.Text("SELECT id FROM t LIMIT 2 OFFSET 4000"), "4001\n4002");
  EXPECT_EQ(t.Text("SELECT count(DISTINCT city), count(*) FILTER (WHERE age = 1) FROM t"),
            "100|67");
  EXPECT_EQ(t.Run("SELECT * FROM t").size(), 6000u);
  EXPECT_EQ(t.Text("SELECT count(*) FROM t a JOIN t b ON a.id = b.id"), "6000");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t a JOIN t b ON a.age = b.id"), "5934");
  EXPECT_EQ(t.Text("SELECT id FROM t WHERE city = 'City 7' AND age BETWEEN 10 AND 20 ORDER BY id "
                   "LIMIT 2"),
            "107\n1007");
}

// Many keys of few rows and few keys of many, of integers, short strings and long ones.
TEST_F(LongScan, GroupsOfEveryKindOfKey) {
  struct {
    const char *key, *want;
  } cases[] = {{"id", "5143|5143|1|1"},
               {"id % 2500", "2500|5143|1|3"},
               {"name", "5143|5143|1|1"},
               {"city", "100|5143|51|52"},
               {"id % 3 = 0", "2|5143|1714|3429"},
               {"CASE id % 4 WHEN 0 THEN 'refund' WHEN 1 THEN 'search' WHEN 2 THEN '' END",
                "4|5143|1285|1286"}};
  for (const auto& c : cases) {
    int groups = 0, rows = 0, least = 6000, most = 0;
    for (const std::string& count : t.Run(std::string("SELECT count(*) FROM t WHERE id % 7 <> 3 "
                                                      "GROUP BY ") +
                                          c.key)) {
      int n = std::stoi(count);
      groups++;
      rows += n;
      least = std::min(least, n);
      most = std::max(most, n);
    }
    std::string got = std::to_string(groups) + "|" + std::to_string(rows) + "|" +
                      std::to_string(least) + "|" + std::to_string(most);
    EXPECT_EQ(got, c.want) << c.key;
  }
}

TEST_F(LongScan, ComparesWithConstants) {
  struct {
    const char *condition, *want;
  } cases[] = {{"age < 45", "3014"},
               {"age <= 45", "3081"},
               {"age > 45", "2919"},
               {"age >= 45", "2986"},
               {"age = 45", "67"},
               {"age <> 45", "5933"},
               {"45 > age", "3014"},
               {"age < -9223372036854775808", "0"},
               {"age > 9223372036854775807", "0"},
               {"age >= -9223372036854775808", "6000"},
               {"age <= 9223372036854775807", "6000"},
               {"1 < 2", "6000"},
               {"2 < 1", "0"}};
  for (const auto& c : cases)
    EXPECT_EQ(t.Text(std::string("SELECT count(*) FROM t WHERE ") + c.condition), c.want)
        << c.condition;
}

// Sums of the same rows share what they add up; others must not.
TEST_F(LongScan, SumsSideBySide) {
  EXPECT_EQ(t.Text("SELECT sum(age), avg(age), total(age), sum(DISTINCT age), "
                   "sum(age) FILTER (WHERE age < 2), avg(id), sum(age + 1), count(age) FROM t"),
            "266160|44.36|266160.0|4005|67|3000.5|272160|6000");
  EXPECT_EQ(t.Text("SELECT age, avg(score), sum(score), max(score) FROM t WHERE age < 2 "
                   "GROUP BY age ORDER BY age"),
            "0|4522.5|298485.0|8910.0\n1|4456.5|298585.5|8911.5");
}

TEST_F(LongScan, UpdatesAndDeletesOfManyRows) {
  EXPECT_EQ(t.Text("UPDATE t SET city = 'moved', score = score + 1 WHERE age < 45;"
                   "SELECT count(*) FROM t WHERE city = 'moved'"),
            "3014");
  EXPECT_EQ(t.Text("DELETE FROM t WHERE city = 'moved'; SELECT count(*) FROM t"), "2986");
  EXPECT_EQ(t.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(t.Text("DELETE FROM t; SELECT count(*) FROM t; PRAGMA integrity_check"), "0\nok");
}

}  // namespace
}  // namespace dosql
