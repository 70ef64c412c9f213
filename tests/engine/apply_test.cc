// Subqueries that aggregate, answered for all rows at once, must say what they say when each row
// asks for itself, which a LIMIT within them forces.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

TEST(Apply, SaysWhatEachRowWouldFind) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE a(id INTEGER PRIMARY KEY, x INT, y);"
      "CREATE TABLE b(p INT NOT NULL, q INT NOT NULL, v, PRIMARY KEY(p, q));"
      "CREATE TABLE w(k TEXT PRIMARY KEY, n INT) WITHOUT ROWID;"
      "CREATE TABLE d(a_id INT, p INT, k TEXT, v); CREATE INDEX d_a ON d(a_id);"
      "CREATE INDEX d_p ON d(p, v); CREATE INDEX d_k ON d(k);"
      "CREATE TABLE e(k TEXT, i INT, v, PRIMARY KEY(k, i)) WITHOUT ROWID; BEGIN");
  TestNumbers next(11);
  for (int i = 0; i < 400; i++) {
    Value v = next(6) == 0 ? Value::Null() : Value::Integer(next(50));
    std::string k = "k" + std::to_string(next(60));
    if (i < 80) t.Text("INSERT INTO a(x, y) VALUES(?, ?)", {Value::Integer(next(40)), v});
    if (i < 80)
      t.Text("INSERT OR IGNORE INTO b VALUES(?, ?, ?)",
             {Value::Integer(next(9)), Value::Integer(next(9)), v});
    if (i < 60)
      t.Text("INSERT OR IGNORE INTO w VALUES(?, ?)", {Value::Text(k), Value::Integer(next(40))});
    t.Text("INSERT INTO d VALUES(?, ?, ?, ?)",
           {Value::Integer(next(100)), Value::Integer(next(12)), Value::Text(k), v});
    t.Text("INSERT OR IGNORE INTO e VALUES(?, ?, ?)", {Value::Text(k), Value::Integer(next(5)), v});
  }
  t.Text("COMMIT");
  struct {
    std::string before, subquery, after;
    bool applied = true;
  } kCases[] = {
      {"SELECT id FROM a WHERE x > (", "SELECT sum(v) FROM d WHERE a_id = a.id", ")"},
      {"SELECT id FROM a WHERE (", "SELECT count(*) FROM d WHERE a_id = a.id", ") = 0"},
      {"SELECT id FROM a WHERE (", "SELECT count(v) FROM d WHERE a_id = a.id AND v > a.y",
       ") IN (0, 2)"},
      {"SELECT id FROM a WHERE (",
       "SELECT 10 * avg(v) + a.x FROM d WHERE a_id = a.id AND k <> 'k7'",
       ") > 100 AND y IS NOT NULL"},
      {"SELECT id, y FROM a WHERE y IS (", "SELECT max(v) FROM d WHERE a_id = a.id",
       ") OR x = 3 ORDER BY y, id"},
      {"SELECT p, q FROM b WHERE v < (",
       "SELECT total(v) FILTER (WHERE k < 'k4') FROM d WHERE d.p = b.p AND d.v = b.q", ") + 5"},
      {"SELECT k FROM w WHERE n <= (", "SELECT count(DISTINCT v) FROM d WHERE d.k = w.k", ") * 4"},
      {"SELECT k FROM w WHERE n > (", "SELECT sum(v) FROM e WHERE e.k = w.k", ")"},
      {"SELECT id FROM a WHERE x IN (SELECT n FROM w) AND x > (",
       "SELECT sum(v) FROM d WHERE a_id = a.id", ")"},
      {"SELECT count(*) FROM d AS o WHERE v > (", "SELECT avg(v) FROM d WHERE d.p = o.p", ")",
       false},
  };
  for (const auto& c : kCases) {
    std::string sql = c.before + c.subquery + c.after;
    std::string rows = t.Text(sql);
    EXPECT_EQ(rows, t.Text(c.before + c.subquery + " LIMIT 5" + c.after)) << sql;
    EXPECT_NE(rows, "") << sql;
    bool correlated = t.Text("EXPLAIN QUERY PLAN " + sql).find("CORRELATED") != std::string::npos;
    EXPECT_NE(correlated, c.applied) << sql;
  }
  // Two in one condition, and rows that are to be changed.
  EXPECT_EQ(t.Text("SELECT id FROM a WHERE (SELECT min(v) FROM d WHERE a_id = a.id) < "
                   "(SELECT max(v) FROM d WHERE a_id = a.id) - 40"),
            t.Text("SELECT id FROM a WHERE (SELECT min(v) FROM d WHERE a_id = a.id LIMIT 5) < "
                   "(SELECT max(v) FROM d WHERE a_id = a.id LIMIT 5) - 40"));
  std::string ids =
      t.Text("SELECT id FROM a WHERE (SELECT count(*) FROM d WHERE a_id = a.id LIMIT 5) > 4");
  EXPECT_EQ(
      t.Text("DELETE FROM a WHERE (SELECT count(*) FROM d WHERE a_id = a.id) > 4 RETURNING id"),
      ids);
}

}  // namespace
}  // namespace dosql
