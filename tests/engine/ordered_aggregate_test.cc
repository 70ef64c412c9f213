#include <gtest/gtest.h>

#include "tests/engine/script.h"

// f(x ORDER BY y): each aggregate has an order of its own. Every answer is SQLite's own.

namespace dosql {
namespace {

TEST(OrderedAggregate, EachInItsOwnOrder) {
  Play({
      {"CREATE TABLE t(a,b,c,d)", ""},
      {"INSERT INTO t "
       "VALUES(1,9,'x',1),(2,8,'b',1),(3,7,'X',2),(1,6,'a',2),(2,5,NULL,1),(NULL,4,'q',2),(1.0,3,'"
       "B',1),('1',2,'',2)",
       ""},
      {"SELECT group_concat(a ORDER BY b), group_concat(a ORDER BY c DESC) FROM t GROUP BY d",
       "1.0,2,2,1|1,2,1.0,2\n1,1,3|1,3,1"},
      {"SELECT group_concat(a ORDER BY b), group_concat(a ORDER BY c DESC) FROM t",
       "1,1.0,2,1,3,2,1|1,2,1,3,1.0,1,2"},
      {"SELECT group_concat(a ORDER BY b), group_concat(a) FROM t",
       "1,1.0,2,1,3,2,1|1,2,3,1,2,1.0,1"},
      {"SELECT group_concat(a ORDER BY b), group_concat(a), d FROM t GROUP BY d",
       "1.0,2,2,1|1,2,2,1.0|1\n1,1,3|3,1,1|2"},
      {"SELECT group_concat(a ORDER BY b), b FROM t", "1,1.0,2,1,3,2,1|9"},
      {"SELECT group_concat(a ORDER BY b), b, d FROM t GROUP BY d", "1.0,2,2,1|9|1\n1,1,3|7|2"},
      {"SELECT group_concat(a ORDER BY b), max(c), b FROM t", "1,1.0,2,1,3,2,1|x|9"},
      {"SELECT group_concat(a ORDER BY c NULLS LAST), max(c), b FROM t", "1,1.0,3,1,2,1,2|x|9"},
      {"SELECT group_concat(DISTINCT a ORDER BY b) FROM t", "1,3,2,1"},
      {"SELECT group_concat(DISTINCT a ORDER BY b DESC) FROM t", "1,2,3,1"},
      {"SELECT group_concat(DISTINCT a ORDER BY a), group_concat(DISTINCT a ORDER BY a DESC) FROM "
       "t",
       "1.0,2,3,1|1,3,2,1.0"},
      {"SELECT group_concat(DISTINCT c ORDER BY c COLLATE NOCASE), group_concat(DISTINCT c COLLATE "
       "NOCASE ORDER BY c) FROM t",
       ",a,b,B,q,x,X|,a,b,q,x"},
      {"SELECT group_concat(DISTINCT c COLLATE NOCASE ORDER BY c COLLATE NOCASE) FROM t",
       ",a,B,q,X"},
      {"SELECT group_concat(DISTINCT c COLLATE NOCASE ORDER BY c COLLATE NOCASE DESC), "
       "group_concat(DISTINCT c COLLATE NOCASE) FROM t",
       "X,q,B,a,|x,b,a,q,"},
      {"SELECT group_concat(DISTINCT a ORDER BY a, b), group_concat(DISTINCT a ORDER BY b, a) FROM "
       "t",
       "1,2,3,1|1,3,2,1"},
      {"SELECT group_concat(a ORDER BY b) FILTER (WHERE b > 4), group_concat(a ORDER BY c) FILTER "
       "(WHERE d = 1) FROM t",
       "2,1,3,2,1|2,1.0,2,1"},
      {"SELECT group_concat(DISTINCT a ORDER BY b) FILTER (WHERE b > 4), group_concat(DISTINCT a "
       "ORDER BY c) FILTER (WHERE d = 1) FROM t GROUP BY d",
       "2,1|2,1\n1,3|NULL"},
      {"SELECT group_concat(a, c ORDER BY b), group_concat(a, '-' ORDER BY c NULLS LAST, b DESC) "
       "FROM t",
       "1B1.02a1X3b2x1|1-1.0-3-1-2-1-2"},
      {"SELECT string_agg(a, ',' ORDER BY b), string_agg(c, b ORDER BY b DESC) FROM t GROUP BY d",
       "1.0,2,2,1|x8b3B\n1,1,3|X6a4q2"},
      {"SELECT sum(a ORDER BY b), total(a ORDER BY c), avg(a ORDER BY b DESC), count(a ORDER BY "
       "b), min(a ORDER BY b), max(a ORDER BY c) FROM t",
       "11.0|11.0|1.5714285714285714|7|1|1"},
      {"SELECT count(ORDER BY b) FROM t", "8"},
      {"SELECT group_concat(a ORDER BY 1), group_concat(a ORDER BY 2 DESC), group_concat(a ORDER "
       "BY 'x') FROM t",
       "1,2,3,1,2,1.0,1|1,2,3,1,2,1.0,1|1,2,3,1,2,1.0,1"},
      {"SELECT group_concat(a ORDER BY b+d*10, c), group_concat(b ORDER BY a, b) FROM t",
       "1.0,2,2,1,1,1,3|4,3,6,9,5,8,7,2"},
      {"SELECT group_concat(DISTINCT a ORDER BY b), sum(DISTINCT a ORDER BY b), count(DISTINCT a "
       "ORDER BY c) FROM t",
       "1,3,2,1|7|4"},
      {"SELECT d, group_concat(c ORDER BY c), group_concat(c ORDER BY c DESC) FROM t GROUP BY d "
       "HAVING group_concat(c ORDER BY b) <> '' ORDER BY group_concat(c ORDER BY b DESC)",
       "2|,X,a,q|q,a,X,\n1|B,b,x|x,b,B"},
      {"SELECT group_concat(a ORDER BY b), group_concat(a ORDER BY b) FROM t WHERE 0", "NULL|NULL"},
      {"SELECT d, group_concat(a ORDER BY b), group_concat(a ORDER BY c) FROM t WHERE 0 GROUP BY d",
       ""},
      {"SELECT group_concat(a ORDER BY nope) FROM t", "error: no such column: nope"},
      {"SELECT group_concat(a ORDER BY sum(b)) FROM t",
       "error: misuse of aggregate function sum()"},
      {"SELECT median(a ORDER BY b), percentile(b, 50 ORDER BY b) FROM t",
       "error: input to median() is not numeric"},
      {"SELECT (SELECT group_concat(x.a ORDER BY x.b) || '/' || group_concat(x.a ORDER BY x.c) "
       "FROM t x WHERE x.d=t.d) FROM t",
       "1.0,2,2,1/2,1.0,2,1\n1.0,2,2,1/2,1.0,2,1\n1,1,3/1,3,1\n1,1,3/1,3,1\n1.0,2,2,1/"
       "2,1.0,2,1\n1,1,3/1,3,1\n1.0,2,2,1/2,1.0,2,1\n1,1,3/1,3,1"},
      {"SELECT (SELECT group_concat(t.a ORDER BY t.b)) FROM t", "1,1.0,2,1,3,2,1"},
      {"SELECT (SELECT group_concat(t.a ORDER BY t.b) || '/' || group_concat(t.a ORDER BY t.c)) "
       "FROM t",
       "1,1.0,2,1,3,2,1/2,1,1.0,3,1,2,1"},
      {"SELECT group_concat(a ORDER BY (SELECT max(x.b) FROM t x WHERE x.a=t.a)), group_concat(a "
       "ORDER BY b) FROM t",
       "1,3,2,2,1,1,1.0|1,1.0,2,1,3,2,1"},
      {"SELECT group_concat(a ORDER BY b COLLATE NOCASE), group_concat(c ORDER BY c COLLATE "
       "NOCASE) , group_concat(c ORDER BY c COLLATE NOCASE DESC) FROM t",
       "1,1.0,2,1,3,2,1|,a,b,B,q,x,X|x,X,q,b,B,a,"},
      {"SELECT group_concat(a ORDER BY random()) IS NOT NULL, group_concat(a ORDER BY b) FROM t",
       "1|1,1.0,2,1,3,2,1"},
      {"SELECT abs(a ORDER BY b) FROM t",
       "error: ORDER BY may not be used with non-aggregate abs()"},
      {"SELECT group_concat(a ORDER BY b, b DESC), group_concat(b ORDER BY d DESC, a NULLS LAST) "
       "FROM t",
       "1,1.0,2,1,3,2,1|6,7,2,4,9,3,8,5"},
      {"SELECT group_concat(b ORDER BY d), group_concat(b ORDER BY d DESC) FROM t",
       "9,8,5,3,7,6,4,2|7,6,4,2,9,8,5,3"},
      {"SELECT group_concat(DISTINCT 'k' ORDER BY b), group_concat(DISTINCT NULL ORDER BY b) FROM "
       "t",
       "k|NULL"},
      {"SELECT max(b), group_concat(b ORDER BY b), c FROM t GROUP BY d",
       "9|3,5,8,9|x\n7|2,4,6,7|X"},
      {"SELECT min(c), a, group_concat(b ORDER BY c DESC), b FROM t GROUP BY d",
       "B|1.0|9,8,3,5|3\n|1|4,6,7,2|2"},
  });
}

TEST(OrderedAggregate, SortsByMoreThanItGives) {
  Play({
      {"CREATE TABLE d(x)", ""},
      {"INSERT INTO d VALUES (1), (1), (NULL), (NULL), (2)", ""},
      {"SELECT DISTINCT x FROM d ORDER BY x IS NULL, x", "1\n2\nNULL"},
      {"SELECT DISTINCT x FROM d ORDER BY x IS NULL, -x, x + 1 LIMIT 2", "2\n1"},
  });
}

}  // namespace
}  // namespace dosql
