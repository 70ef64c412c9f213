// Views and common table expressions that stand in FROM more than once, sets that are asked about
// few values, and groups whose rows come as they lie.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

class SharedRows : public testing::Test {
 protected:
  void SetUp() override {
    t.Text(
        "CREATE TABLE a(id INTEGER PRIMARY KEY, g INT, v, s TEXT); CREATE INDEX a_g ON a(g);"
        "CREATE TABLE k(id INTEGER PRIMARY KEY, n TEXT COLLATE NOCASE, x); BEGIN");
    TestNumbers next(5);
    for (int i = 1; i <= 3000; i++) {
      Value v = next(9) == 0 ? Value::Null() : Value::Integer(next(700));
      std::string s = (next(2) ? "s" : "S") + std::to_string(next(400));
      t.Text("INSERT INTO a VALUES(?, ?, ?, ?)",
             {Value::Integer(i), Value::Integer(next(40)), v, Value::Text(s)});
      if (i <= 30)
        t.Text("INSERT INTO k VALUES(?, ?, ?)",
               {Value::Integer(i), Value::Text(s),
                i % 7 ? Value::Integer(next(3000)) : Value::Null()});
    }
    t.Text("COMMIT; CREATE VIEW va AS SELECT g, count(*) AS n, max(s) AS s FROM a GROUP BY g");
  }
  TestDatabase t;
};

TEST_F(SharedRows, SayWhatEachUseWould) {
  const std::string body = "SELECT g, count(*) AS n, max(s) AS s FROM a GROUP BY g";
  const char* const kUses[] = {
      "SELECT x.g, y.n FROM @ AS x JOIN @ AS y ON y.g = x.g + 1 WHERE x.n > 70",
      "SELECT g, n FROM @ WHERE n = (SELECT max(n) FROM @)",
      ("SELECT id FROM a WHERE id < 200 AND g IN (SELECT g FROM @ WHERE n > 70) AND id > (SELECT "
       "min(n) FROM @)"),
      "SELECT id, (SELECT s FROM @ WHERE g = a.g) FROM a WHERE id < 50 AND g IN (SELECT g FROM @)",
      "SELECT x.g FROM @ AS x, @ AS y LIMIT 5",
      "SELECT x.g, y.s FROM @ AS x LEFT JOIN @ AS y ON y.n = x.g ORDER BY 1, 2",
      "SELECT g FROM @ UNION ALL SELECT n FROM @",
      "SELECT g FROM @ EXCEPT SELECT n FROM @",
  };
  for (std::string use : kUses) {
    std::string in_place = use, by_view = use, by_with = use;
    auto put = [](std::string* sql, const std::string& what) {
      for (size_t at; (at = sql->find('@')) != std::string::npos;) sql->replace(at, 1, what);
    };
    put(&in_place, "(" + body + ")");
    put(&by_view, "va");
    put(&by_with, "c");
    const std::string rows = t.Text(in_place);
    EXPECT_NE(rows, "") << in_place;
    EXPECT_EQ(t.Text(by_view), rows) << by_view;
    EXPECT_EQ(t.Text("WITH c AS (" + body + ") " + by_with), rows) << by_with;
  }
}

TEST_F(SharedRows, ManyAreReadAgain) {
  // 3,000 rows of 2 KB are more than is kept.
  const std::string c = "WITH c AS (SELECT id, hex(zeroblob(1000)) || id AS big FROM a) ";
  EXPECT_EQ(
      t.Text(c + "SELECT count(*), sum(length(x.big) - length(y.big)) FROM c AS x JOIN c AS y "
                 "ON x.id = y.id WHERE x.big = y.big"),
      "3000|0");
  EXPECT_EQ(t.Text(c + "SELECT count(*) FROM c WHERE id <= (SELECT count(*) FROM c)"), "3000");
}

TEST_F(SharedRows, RandomNumbersAreDrawnOnceWhereSqliteDrawsThemOnce) {
  EXPECT_EQ(t.Text("WITH c AS (SELECT random() AS r) SELECT count(*) FROM c WHERE r IS NULL"), "0");
  EXPECT_EQ(t.Text("WITH c AS (SELECT random() AS r) SELECT x.r = y.r FROM c AS x, c AS y"), "1");
  EXPECT_EQ(t.Text("WITH c AS (SELECT random() AS r) SELECT (SELECT r FROM c) = (SELECT r FROM c)"),
            "1");
  EXPECT_EQ(t.Text("WITH c AS (SELECT id FROM a ORDER BY random() LIMIT 5) "
                   "SELECT count(*) FROM c AS x JOIN c AS y USING (id)"),
            "5");
  EXPECT_EQ(t.Text("WITH c AS NOT MATERIALIZED (SELECT random() AS r) "
                   "SELECT (SELECT r FROM c) = (SELECT r FROM c)"),
            "0");
  EXPECT_EQ(t.Text("CREATE TABLE z(a); INSERT INTO z WITH c AS (SELECT random() AS r) "
                   "SELECT x.r = y.r FROM c AS x, c AS y; SELECT a FROM z"),
            "1");
  EXPECT_EQ(t.Text("WITH c AS MATERIALIZED (SELECT random(), hex(zeroblob(1000)) FROM a) "
                   "SELECT count(*) FROM c AS x, c AS y"),
            "error: a query with random() that is used more than once has more than 4 MB of rows");
}

TEST_F(SharedRows, WritesRunEachUse) {
  t.Text("UPDATE a SET v = -1 WHERE g IN (SELECT g FROM va WHERE n = (SELECT max(n) FROM va))");
  EXPECT_EQ(t.Text("SELECT count(*) > 0 FROM a WHERE v = -1"), "1");
  t.Text("INSERT INTO k(n) SELECT x.s FROM va AS x JOIN va AS y ON x.g = y.g WHERE x.g < 3");
  EXPECT_EQ(t.Text("SELECT count(*) FROM k WHERE id > 30"), "3");
}

// A LIMIT within the set keeps its query from being told.
TEST_F(SharedRows, NarrowSetsSayTheSame) {
  const char* const kSets[][2] = {
      {"SELECT id FROM k WHERE id < 20 AND x IN (",
       "SELECT id FROM a WHERE v > (SELECT avg(v) FROM a AS b WHERE b.g = a.g)"},
      {"SELECT id FROM k WHERE x + 0 IN (",
       "SELECT o.id FROM a AS o WHERE o.v <= (SELECT 2 * count(*) FROM a AS b WHERE b.g = o.g)"},
      {"SELECT id FROM k WHERE n IN (",
       "SELECT s FROM a AS o WHERE v > (SELECT avg(v) FROM a AS b WHERE b.g = o.g)"},
      {"SELECT k.id, a.id FROM k JOIN a ON a.id = k.x WHERE k.n IN (",
       ("SELECT DISTINCT lower(s) FROM a AS o WHERE v > (SELECT sum(1) FROM a AS b WHERE b.g = "
        "o.g)")},
      {"SELECT id FROM k WHERE x IN (",
       "SELECT '' || id FROM a AS o WHERE v > (SELECT avg(v) FROM a AS b WHERE b.g = o.g)"},
      {"SELECT id FROM k WHERE x IN (",
       ("SELECT o.v FROM a AS o LEFT JOIN k ON k.id = o.id WHERE o.v > (SELECT avg(v) FROM a AS b "
        "WHERE b.g = o.g)")},
  };
  for (const auto& [before, set] : kSets) {
    const std::string sql = before + std::string(set);
    EXPECT_EQ(t.Text(sql + ")"), t.Text(sql + " LIMIT -1)")) << sql;
  }
}

TEST_F(SharedRows, GroupsComeAsTheyAreWhateverTheirRowsDo) {
  for (std::string end : {"s", "v", "id % 3"}) {
    const std::string what = "SELECT " + end + ", count(*), count(v) FROM a ";
    const std::string group = " WHERE g BETWEEN 3 AND 4 GROUP BY " + end;
    EXPECT_EQ(t.Text(what + group), t.Text(what + "NOT INDEXED" + group)) << end;
  }
  EXPECT_EQ(t.Text("SELECT count(*) FROM k JOIN a ON a.g = k.id WHERE a.v > 100 AND EXISTS "
                   "(SELECT 1 FROM a AS b WHERE b.id = a.id + 1 AND b.v < a.v)"),
            t.Text("SELECT count(*) FROM k JOIN a ON +a.g = k.id WHERE a.v > 100 AND "
                   "(SELECT b.v FROM a AS b WHERE b.id = a.id + 1) < a.v"));
}

}  // namespace
}  // namespace dosql
