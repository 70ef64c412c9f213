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

TEST(OuterAggregate, MayStandInValuesOrdersAndKeys) {
  Play({
      {"CREATE TABLE t(a,b)", ""},
      {"CREATE TABLE u(x,y)", ""},
      {"INSERT INTO t VALUES(1,2),(2,3),(3,4),(3,NULL)", ""},
      {"INSERT INTO u VALUES(1,20),(2,30),(5,50)", ""},
      {"SELECT (VALUES(sum(t.a))) FROM t", "9"},
      {"SELECT (VALUES(sum(a)),(2)) FROM t", "9"},
      {"SELECT (SELECT 1 UNION ALL VALUES(sum(t.a))) FROM t", "1"},
      {"SELECT 9 IN (VALUES(3),(sum(t.a))) FROM t", "1"},
      {"SELECT EXISTS (VALUES(sum(t.a))) FROM t", "1"},
      {"SELECT (VALUES(count(*))) FROM t", "1\n1\n1\n1"},
      {"SELECT b, (VALUES(max(t.a))) FROM t GROUP BY b", "NULL|3\n2|1\n3|2\n4|3"},
      {"SELECT (VALUES(sum(t.a) + t.b)) FROM t", "11"},
      {"SELECT (SELECT (VALUES(sum(t.a))) FROM u) FROM t", "9"},
      {"SELECT (SELECT (VALUES(sum(u.x))) FROM u) FROM t", "8\n8\n8\n8"},
      {"SELECT (SELECT (VALUES(sum(u.x + t.a))) FROM u) FROM t", "11\n14\n17\n17"},
      {"SELECT (WITH c(m) AS (VALUES(max(t.a))) SELECT m FROM c) FROM t", "3"},
      {"SELECT a FROM t GROUP BY a HAVING (VALUES(sum(t.b))) > 2", "2\n3"},
      {"SELECT a FROM t WHERE a = (VALUES(sum(t.a)))", "error: misuse of aggregate function sum()"},
      {"SELECT a FROM t GROUP BY (VALUES(sum(t.b)))",
       "error: aggregate functions are not allowed in the GROUP BY clause"},
      {"VALUES(count(*), 7)", "1|7"},
      {"SELECT 0 UNION ALL SELECT * FROM (VALUES(max(3)),(count(*)))", "0\n3\n1"},
      {"SELECT (SELECT x FROM u ORDER BY count(t.a), x DESC) FROM t", "5"},
      {"SELECT (SELECT x FROM u ORDER BY x = max(t.a)-1 DESC LIMIT 1) FROM t", "2"},
      {"SELECT (SELECT x FROM u ORDER BY -x*count(t.a) LIMIT 1) FROM t GROUP BY t.a", "5\n5\n5"},
      {"SELECT (SELECT x FROM u ORDER BY group_concat(t.a ORDER BY t.b DESC)) FROM t", "1"},
      {"SELECT (SELECT (SELECT x FROM u v ORDER BY v.x = max(u.x) DESC) FROM u) FROM t",
       "5\n5\n5\n5"},
      {"SELECT 1 IN (SELECT x FROM u ORDER BY count(t.a)) FROM t", "1"},
      {"SELECT (SELECT x FROM u ORDER BY count(x)) FROM t", "error: misuse of aggregate: count()"},
      {"SELECT (SELECT x FROM u ORDER BY sum(u.x+t.a)) FROM t",
       "error: misuse of aggregate: sum()"},
      {"SELECT a FROM t ORDER BY (SELECT sum(t.b))", "error: misuse of aggregate: sum()"},
      {"SELECT (SELECT x FROM u GROUP BY sum(t.a)) FROM t", "1"},
      {"SELECT (SELECT count(*) FROM u GROUP BY max(t.a)) FROM t", "3"},
      {"SELECT (SELECT count(*) FROM u GROUP BY x > sum(t.a)-8) FROM t", "1"},
      {"SELECT 1 FROM t GROUP BY 1 + sum(b)",
       "error: aggregate functions are not allowed in the GROUP BY clause"},
  });
}

}  // namespace
}  // namespace dosql
