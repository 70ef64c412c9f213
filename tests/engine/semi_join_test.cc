// EXISTS and IN answered as joins must say what they say when each row asks for itself, which a
// comparison with 1 forces.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

TEST(SemiJoin, SaysWhatEachRowWouldFind) {
  const char* kConditions[] = {
      "EXISTS (SELECT 1 FROM b WHERE b.x = a.x)",
      "NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x)",
      "EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND b.y <> a.y)",
      "NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND b.y > a.y AND b.z LIKE 't%')",
      "EXISTS (SELECT 1 FROM b WHERE b.y > a.y)",
      "NOT EXISTS (SELECT 1 FROM b WHERE b.y > a.y + 2)",
      "EXISTS (SELECT 1 FROM b JOIN c ON c.y = b.y WHERE b.x = a.x AND c.x > a.id)",
      "NOT EXISTS (SELECT 1 FROM b, c WHERE c.y = b.y AND b.x = a.x AND c.z IS NOT a.z)",
      "EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND b.y = (SELECT max(y) FROM c WHERE c.x = b.x))",
      "EXISTS (SELECT 1 FROM b WHERE b.x = a.x LIMIT 1)",
      "EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND a.y = 3)",
      "a.x IN (SELECT x FROM b)",
      "a.z IN (SELECT x FROM b)",
      "a.x IN (SELECT y FROM b WHERE b.z = a.z)",
      "(a.x, a.y) IN (SELECT x, y FROM b)",
      "a.x IN (SELECT x FROM c WHERE c.y IN (SELECT y FROM b WHERE b.x = a.x))",
      "EXISTS (SELECT 1 FROM a AS i WHERE i.x = a.x AND i.id <> a.id)",
      "a.x NOT IN (SELECT x FROM b WHERE b.y = a.y)",
  };
  for (const char* indexes : {"", "CREATE INDEX b_x ON b(x); CREATE INDEX c_y ON c(y, x)"}) {
    TestDatabase t;
    t.Text(
        "CREATE TABLE a(id INTEGER PRIMARY KEY, x INT, y, z TEXT);"
        "CREATE TABLE b(x INT, y, z TEXT); CREATE TABLE c(x, y INT, z)");
    TestNumbers next(7);
    auto value = [&]() -> Value {
      int64_t v = next(9);
      if (v == 8) return Value::Null();
      static const char* kTexts[] = {"0", "1", "two", "t3"};
      if (v >= 5 && next(2) == 0) return Value::Text(kTexts[next(4)]);
      return Value::Integer(v);
    };
    for (int i = 0; i < 60; i++) {
      Value v[6] = {value(), value(), value(), value(), value(), value()};
      t.Text("INSERT INTO a(x, y, z) VALUES(?, ?, ?)", {v[0], v[1], v[2]});
      if (i < 40) t.Text("INSERT INTO b VALUES(?, ?, ?)", {v[3], v[4], v[5]});
      if (i < 15) t.Text("INSERT INTO c VALUES(?, ?, ?)", {v[5], v[3], v[4]});
    }
    t.Text(indexes);
    int some = 0;
    for (std::string condition : kConditions) {
      std::string select = "SELECT a.id FROM a WHERE ";
      std::string each = t.Text(select + "(" + condition + ") = 1");
      EXPECT_EQ(t.Text(select + condition), each) << condition;
      some += !each.empty();
      select = "SELECT a.id, c.y FROM a JOIN c ON c.x = a.y WHERE c.y > 1 AND ";
      std::string order = " ORDER BY 1, 2";
      EXPECT_EQ(t.Text(select + condition + order),
                t.Text(select + "(" + condition + ") = 1" + order))
          << condition;
      select = "SELECT a.id, c.y FROM a LEFT JOIN c ON c.x = a.y WHERE ";
      EXPECT_EQ(t.Text(select + condition + order),
                t.Text(select + "(" + condition + ") = 1" + order))
          << condition;
    }
    EXPECT_GT(some, 14);
  }
}

// More pairs than a chunk holds, for one row and over rows.
TEST(SemiJoin, ManyPairs) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE a(x, y); CREATE TABLE b(x, y);"
      "INSERT INTO a VALUES(1, 4999), (1, 5000), (2, 0), (3, 1)");
  for (int i = 0; i < 5000; i++) t.Text("INSERT INTO b VALUES(1, ?)", {Value::Integer(i)});
  t.Text("INSERT INTO b VALUES(2, 0)");
  // The smaller side is hashed; keys of NULL have no partner.
  t.Text("INSERT INTO a VALUES(NULL, 7)");
  EXPECT_EQ(t.Text("SELECT x, y FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x)"),
            "1|4999\n1|5000\n2|0");
  EXPECT_EQ(t.Text("SELECT x, y FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.x = a.x)"),
            "3|1\nNULL|7");
  EXPECT_EQ(t.Text("SELECT x, y FROM a WHERE NOT EXISTS "
                   "(SELECT 1 FROM b WHERE b.x = a.x AND b.y >= a.y)"),
            "1|5000\n3|1\nNULL|7");
  EXPECT_EQ(t.Text("SELECT x, y FROM a WHERE y > 9000 AND NOT EXISTS "
                   "(SELECT 1 FROM b WHERE b.x = a.x)"),
            "");
  const char* sql =
      "SELECT x, y FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.x = a.x AND b.y >= a.y)";
  EXPECT_EQ(t.Text(sql), "1|4999\n2|0");
  t.Text("CREATE INDEX b_x ON b(x)");
  EXPECT_EQ(t.Text(sql), "1|4999\n2|0");
}

// More relations than every order is weighed of: the set must not come first and multiply.
TEST(SemiJoin, AmongManyTables) {
  TestDatabase t;
  t.Text("CREATE TABLE n(x, y)");
  for (int i = 0; i < 40; i++)
    t.Text("INSERT INTO n VALUES(?, ?)", {Value::Integer(i), Value::Integer(i + 1)});
  std::string from = "FROM n AS n1", where = " WHERE n1.x IN (SELECT y FROM n WHERE y < 9)";
  for (int i = 2; i <= 10; i++) {
    std::string name = "n" + std::to_string(i), before = "n" + std::to_string(i - 1);
    from += ", n AS " + name;
    where += " AND " + name + ".x = " + before + ".y";
  }
  where += " AND EXISTS (SELECT 1 FROM n WHERE n.x = n10.y AND n.y <> n1.x)";
  EXPECT_EQ(t.Text("SELECT n1.x, n10.y " + from + where),
            "1|11\n2|12\n3|13\n4|14\n5|15\n6|16\n7|17\n8|18");
}

// The other side is planned to be hashed and to be looked up; a condition that enters it both ways
// is taken off what it reads once.
TEST(SemiJoin, EntersByOneConditionEitherWay) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE a(id INTEGER PRIMARY KEY, y INT); CREATE TABLE b(a_id INT, x INT, pad);"
      "CREATE INDEX b_x ON b(x); CREATE INDEX b_ax ON b(a_id, x);"
      "INSERT INTO a VALUES(1, 5), (2, 6), (3, 7); INSERT INTO b VALUES(1, 5, 0), (2, 5, 0), (3, "
      "4, 0)");
  t.Text("BEGIN");
  for (int i = 10; i < 5000; i++)
    t.Text("INSERT INTO b VALUES(?, ?, 0)", {Value::Integer(i), Value::Integer(i % 70)});
  t.Text("COMMIT");
  EXPECT_EQ(t.Text("SELECT id FROM a WHERE id = 2 AND EXISTS (SELECT 1 FROM b WHERE b.x = 5 AND "
                   "b.a_id = a.id AND b.x <> a.y)"),
            "2");
}

}  // namespace
}  // namespace dosql
