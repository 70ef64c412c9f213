// Orders that an index gives must be those that a sort gives; `+x` keeps an index out of it.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

// What an index's keys tell must be what the rows have; `+x` in the list of outputs is not in the
// index's way, `pad` is.
TEST(Covering, TellsWhatRowsHave) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE c(id INTEGER PRIMARY KEY, i INT, r REAL, n NUMERIC, s TEXT, f TEXT COLLATE "
      "NOCASE, b, pad TEXT);"
      "CREATE INDEX c_irn ON c(i, r DESC, n); CREATE INDEX c_si ON c(s DESC, i); CREATE UNIQUE "
      "INDEX c_id ON c(i, id);"
      "CREATE INDEX c_f ON c(f); CREATE INDEX c_b ON c(b); BEGIN");
  const char* kValues[] = {"NULL",
                           "0",
                           "1",
                           "-1",
                           "-3",
                           "2.5",
                           "-2.5",
                           "1e300",
                           "-1e300",
                           "9007199254740991",
                           "9007199254740992",
                           "9007199254740993",
                           "-9007199254740993",
                           "9223372036854775807",
                           "-9223372036854775808",
                           "1.0",
                           "'x'",
                           "''",
                           "'a' || char(0) || 'b'",
                           "x'00ff00'",
                           "x''",
                           "'1.50'",
                           "9007199254740993.0",
                           "0.1",
                           "-0.0"};
  char letter = 'A';
  for (const char* v : kValues) {
    std::string f = std::string("'a") + letter++ + "'";
    for (int k = 0; k < 3; k++)
      t.Text("INSERT INTO c(i, r, n, s, f, b, pad) SELECT " + std::string(v) + ", " + v + ", " + v +
             ", " + v + ", " + f + ", " + v + ", 'p'");
  }
  t.Text("COMMIT");
  for (std::string where : {"i >= -4", "i IS NULL", "i = 1", "i > 'a'", "s > 'A'", "s = 'x'",
                            "s <= '5'", "f = 'ab'", "b = 1"}) {
    for (std::string columns : {"i, r, n, id", "s, i", "i, id", "count(*)", "id",
                                "typeof(i), typeof(r), typeof(n), quote(s)"}) {
      std::string order = columns == "count(*)" ? "" : " ORDER BY +id";
      std::string told = "SELECT " + columns + " FROM c WHERE " + where + order;
      std::string read = "SELECT " + columns + " FROM c WHERE " + where + " AND pad = 'p'" + order;
      EXPECT_EQ(t.Text(told), t.Text(read)) << told;
    }
  }
  auto plan = [&](const char* sql) { return t.Text("EXPLAIN QUERY PLAN " + std::string(sql)); };
  auto covers = [&](const char* sql) { return plan(sql).find("COVERING") != std::string::npos; };
  EXPECT_TRUE(covers("SELECT count(*) FROM c WHERE f = 'ab'"));
  EXPECT_FALSE(covers("SELECT f FROM c WHERE f = 'ab' AND f > 'a'"));
  EXPECT_TRUE(covers("SELECT id FROM c WHERE b = 1"));
  EXPECT_FALSE(covers("SELECT b FROM c WHERE b > 1"));
  EXPECT_TRUE(covers("SELECT i, n FROM c WHERE i = 4"));
  EXPECT_FALSE(covers("SELECT i, pad FROM c WHERE i = 4"));
}

// The same rows with a unique order, by an index forwards and backwards and by sorting.
TEST(Order, ByIndexAsBySorting) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE o(id INTEGER PRIMARY KEY, x, y TEXT COLLATE NOCASE, z INT);"
      "CREATE INDEX o_x ON o(x); CREATE INDEX o_yz ON o(y, z DESC);"
      "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE p(o_id INT, n INT);"
      "BEGIN");
  TestNumbers next(3);
  for (int i = 0; i < 3000; i++) {
    uint32_t r = static_cast<uint32_t>(next(uint64_t{1} << 31));
    Value x = r % 11 == 0   ? Value::Null()
              : r % 11 == 1 ? Value::Real((r % 100) + 0.5)
                            : Value::Integer(r % 500);
    std::string y(1, static_cast<char>((r % 2 ? 'a' : 'A') + r % 7));
    t.Text("INSERT INTO o(x, y, z) VALUES(?, ?, ?)", {x, Value::Text(y), Value::Integer(r % 13)});
    if (i < 50) t.Text("INSERT INTO p VALUES(?, ?)", {Value::Integer(r % 3000), Value::Integer(i)});
    std::string k = "k" + std::to_string(r % 100000);
    t.Text("INSERT OR IGNORE INTO w VALUES(?, ?)", {Value::Text(k), Value::Integer(i)});
  }
  t.Text("COMMIT");
  struct {
    const char* by_index;
    const char* by_sort;
    const char* plan;  // that the first must contain
  } kCases[] = {
      {"SELECT id FROM o ORDER BY id DESC", "SELECT id FROM o ORDER BY +id DESC", "BACKWARDS"},
      {"SELECT id FROM o WHERE id > 17 AND id < 2500 ORDER BY id DESC",
       "SELECT id FROM o WHERE id > 17 AND id < 2500 ORDER BY +id DESC", "BACKWARDS"},
      {"SELECT x, id FROM o ORDER BY x, id LIMIT 40",
       "SELECT x, id FROM o ORDER BY +x, id LIMIT 40", "USING INDEX o_x"},
      {"SELECT x, id FROM o ORDER BY x DESC, id DESC LIMIT 40 OFFSET 300",
       "SELECT x, id FROM o ORDER BY +x DESC, id DESC LIMIT 40 OFFSET 300", "o_x BACKWARDS"},
      {"SELECT x, id FROM o WHERE x > 490 ORDER BY x DESC, id DESC",
       "SELECT x, id FROM o WHERE x > 490 ORDER BY +x DESC, id DESC", "(x>?) BACKWARDS"},
      {"SELECT x, id FROM o WHERE x BETWEEN 3 AND 9.5 ORDER BY x DESC, id DESC",
       "SELECT x, id FROM o WHERE x BETWEEN 3 AND 9.5 ORDER BY +x DESC, id DESC", "BACKWARDS"},
      {"SELECT y, z, id FROM o WHERE y = 'B' ORDER BY z DESC, id LIMIT 30",
       "SELECT y, z, id FROM o WHERE y = 'B' ORDER BY +z DESC, id LIMIT 30", "o_yz (y=?)"},
      {"SELECT y, z, id FROM o WHERE y = 'b' ORDER BY y, z, id DESC LIMIT 30",
       "SELECT y, z, id FROM o WHERE y = 'b' ORDER BY +z, id DESC LIMIT 30", "(y=?) BACKWARDS"},
      {"SELECT k FROM w ORDER BY k DESC LIMIT 20", "SELECT k FROM w ORDER BY +k DESC LIMIT 20",
       "BACKWARDS"},
      {"SELECT k FROM w WHERE k < 'k5' ORDER BY k DESC LIMIT 20",
       "SELECT k FROM w WHERE k < 'k5' ORDER BY +k DESC LIMIT 20", "BACKWARDS"},
      {"SELECT min(x) FROM o", "SELECT min(+x) FROM o", "LIMIT"},
      {"SELECT max(x) FROM o", "SELECT max(+x) FROM o", "LIMIT"},
      {"SELECT max(x) FROM o WHERE x < 77", "SELECT max(+x) FROM o WHERE x < 77", "LIMIT"},
      {"SELECT max(id), 5 FROM o", "SELECT max(+id), 5 FROM o", "LIMIT"},
      {"SELECT min(z) FROM o WHERE y = 'c'", "SELECT min(+z) FROM o WHERE y = 'c'", "LIMIT"},
      {"SELECT min(x) FROM o WHERE x > 1000", "SELECT min(+x) FROM o WHERE x > 1000", ""},
  };
  for (const auto& c : kCases) {
    std::string rows = t.Text(c.by_index);
    EXPECT_EQ(rows, t.Text(c.by_sort)) << c.by_index;
    std::string plan = t.Text("EXPLAIN QUERY PLAN " + std::string(c.by_index));
    EXPECT_NE(plan.find(c.plan), std::string::npos) << c.by_index << "\n" << plan;
    EXPECT_EQ(plan.find("SORT"), std::string::npos) << c.by_index << "\n" << plan;
  }
  // Not the index's order: these are sorted.
  for (const char* sql : {"SELECT x, z FROM o ORDER BY x NULLS LAST LIMIT 5",
                          "SELECT y FROM o ORDER BY y COLLATE BINARY LIMIT 5",
                          "SELECT y, z FROM o ORDER BY y, z LIMIT 5",
                          "SELECT x, id FROM o ORDER BY x, id DESC LIMIT 5"})
    EXPECT_NE(t.Text("EXPLAIN QUERY PLAN " + std::string(sql)).find("SORT"), std::string::npos)
        << sql;
  // A join keeps the order of its left side.
  EXPECT_EQ(t.Text("SELECT o.id, n FROM o JOIN p ON o_id = o.id ORDER BY o.id DESC, n"),
            t.Text("SELECT o.id, n FROM o JOIN p ON o_id = o.id ORDER BY +o.id DESC, n"));
}

}  // namespace
}  // namespace dosql
