// The one column that USING makes of two below RIGHT and FULL joins.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

TEST(Using, ColumnOfOuterJoins) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE q(a INTEGER, b TEXT COLLATE NOCASE); INSERT INTO q VALUES (1, 'A'), (2, 'b'), "
      "(3, 'C');"
      "CREATE TABLE p(a, b); INSERT INTO p VALUES (1, 'a'), ('1', 'b'), (2, 'B');"
      "CREATE TABLE k(b UNIQUE); INSERT INTO k VALUES ('a'), ('B')");
  const std::pair<const char*, const char*> kCases[] = {
      // RIGHT: the right value.
      {"SELECT b FROM q RIGHT JOIN p USING(b) ORDER BY p.rowid", "a\nb\nB"},
      {"SELECT q.b, b FROM q RIGHT JOIN p USING(b) ORDER BY p.rowid", "A|a\nb|b\nb|B"},
      {"SELECT b FROM q RIGHT JOIN p USING(b) WHERE b = 'b'", "b"},
      // FULL: compared as the left one.
      {"SELECT b FROM q FULL JOIN p USING(b) WHERE b = 'a'", "A"},
      {"SELECT DISTINCT a FROM q FULL JOIN p USING(a) WHERE a IN ('1')", "1"},
      {"SELECT b, count(*) FROM q FULL JOIN p USING(b) GROUP BY b", "A|1\nb|2\nC|1"},
      // A further USING compares the left one, too.
      {"SELECT b, p.a FROM q RIGHT JOIN p USING(b) JOIN k USING(b) ORDER BY p.rowid",
       "a|1\nb|1\nB|2"}};
  for (const auto& [sql, rows] : kCases) EXPECT_EQ(t.Text(sql), rows) << sql;
}

}  // namespace
}  // namespace dosql
