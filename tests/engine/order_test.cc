// Orders that an index gives must be those that a sort gives; `+x` keeps an index out of it.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

// The same rows with a unique order, by an index forwards and backwards and by sorting.
TEST(Order, ByIndexAsBySorting) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE o(id INTEGER PRIMARY KEY, x, y TEXT COLLATE NOCASE, z INT);"
      "CREATE INDEX o_x ON o(x); CREATE INDEX o_yz ON o(y, z DESC);"
      "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE p(o_id INT, n INT);"
      "BEGIN");
  uint64_t state = 3;
  for (int i = 0; i < 3000; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    uint32_t r = static_cast<uint32_t>(state >> 33);
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
