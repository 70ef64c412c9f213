#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Aggregates in a subquery that belong to a query around it. Every answer is SQLite's own.

namespace dosql {
namespace {

TEST(OuterAggregate, BelongsToTheQueryThatItsArgumentsName) {
  Play({
      {"CREATE TABLE t(a, b)", ""},
      {"INSERT INTO t VALUES(1,2),(3,NULL),(NULL,5),(1,7)", ""},
      {"CREATE TABLE u(x, y)", ""},
      {"INSERT INTO u VALUES(1,10),(2,20),(3,30)", ""},
      {"SELECT (SELECT sum(t.a)) FROM t", "5"},
      {"SELECT (SELECT max(t.a) FROM u) FROM t", "3"},
      {"SELECT (SELECT max(t.a) FROM u WHERE x = 9) FROM t", "NULL"},
      {"SELECT b, (SELECT count(t.a)) FROM t GROUP BY b ORDER BY b", "NULL|1\n2|1\n5|0\n7|1"},
      {"SELECT a, (SELECT y FROM u WHERE x = sum(t.a)) FROM t",
       "error: misuse of aggregate function sum()"},
      {"SELECT a, (SELECT y FROM u WHERE x = max(t.b) - 5) FROM t GROUP BY a ORDER BY a",
       "error: misuse of aggregate function max()"},
      {"SELECT a, (SELECT sum(t.b + u.x) FROM u) FROM t ORDER BY a, b",
       "NULL|21\n1|12\n1|27\n3|NULL"},
      {"SELECT a, (SELECT sum(u.x) FROM u HAVING sum(t.b) > 3) FROM t", "1|6"},
      {"SELECT (SELECT (SELECT sum(t.a))) FROM t", "5"},
      {"SELECT (SELECT (SELECT sum(t.a) FROM u) FROM u) FROM t", "5"},
      {"SELECT (SELECT (SELECT sum(u.x)) FROM u) FROM t", "6\n6\n6\n6"},
      {"SELECT (SELECT sum(t.a) + count(*) FROM u) FROM t", "8"},
      {"SELECT (SELECT count(*) FILTER (WHERE t.a > 1)) FROM t", "1"},
      {"SELECT (SELECT count(t.a) FILTER (WHERE u.x > 1) FROM u) FROM t", "2\n2\n0\n2"},
      {"SELECT (SELECT sum(1) FILTER (WHERE t.a > 1) FROM u) FROM t", "1"},
      {"SELECT (SELECT group_concat(t.a, '-' ORDER BY t.b DESC) FROM u LIMIT 1) FROM t", "1-1-3"},
      {"SELECT a FROM t GROUP BY a HAVING (SELECT sum(t.b)) > 4 ORDER BY a", "NULL\n1"},
      {"SELECT a FROM t GROUP BY a ORDER BY (SELECT sum(t.b)), a", "3\nNULL\n1"},
      {"SELECT EXISTS (SELECT 1 FROM u WHERE x = sum(t.a) - 2) FROM t",
       "error: misuse of aggregate function sum()"},
      {"SELECT 2 IN (SELECT x FROM u WHERE y > sum(t.a)) FROM t",
       "error: misuse of aggregate function sum()"},
      {"SELECT (SELECT s FROM (SELECT sum(t.a) AS s)) FROM t", "5"},
      {"SELECT (SELECT s FROM (SELECT sum(t.a) AS s FROM u)) FROM t", "5"},
      {"SELECT (SELECT sum(t.a) UNION SELECT 1) FROM t", "1"},
      {"SELECT sum(a), (SELECT sum(t.a)), (SELECT max(t.b)) FROM t", "5|5|7"},
      {"SELECT a, (SELECT max(t.b)) FROM t", "1|7"},
      {"SELECT t.a, (SELECT count(t.b) FROM u) c FROM t GROUP BY 1 HAVING c > 1", "1|2"},
      {"SELECT (SELECT sum(rowid) FROM u) FROM t", "6\n6\n6\n6"},
      {"SELECT (SELECT sum(a) FROM u) FROM t JOIN u AS w ON w.x = t.a", "5"},
      {"SELECT (SELECT sum(a)) FROM (SELECT a FROM t)", "5"},
      {"SELECT (SELECT min(t.a, 3)) FROM t", "1\n3\nNULL\n1"},
      {"SELECT (SELECT sum(DISTINCT a + x) FROM u) FROM t", "9\n15\nNULL\n9"},
      {"SELECT (SELECT DISTINCT sum(t.a) FROM u) FROM t", "5"},
      {"SELECT a, (SELECT x FROM u JOIN (SELECT 1) ON x = count(t.b)) FROM t GROUP BY a ORDER BY a",
       "error: misuse of aggregate function count()"},
  });
}

}  // namespace
}  // namespace dosql
