#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Outer joins to functions in FROM whose arguments come from the left. Every answer is SQLite's
// own.

namespace dosql {
namespace {

TEST(FunctionJoin, KeepsRowsWithoutAny) {
  Play({
      {"CREATE TABLE t(n, name)", ""},
      {"INSERT INTO t VALUES(1,'t'),(2,'nope'),(3,'u'),(4,NULL)", ""},
      {"CREATE TABLE u(x INTEGER PRIMARY KEY, y TEXT)", ""},
      {"CREATE INDEX ui ON u(y)", ""},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p",
       "1|n\n1|name\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p ON p.name <> 'x'",
       "1|n\n1|name\n2|NULL\n3|y\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p ON t.n > 1",
       "1|NULL\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p ON p.cid = t.n - 3",
       "1|NULL\n2|NULL\n3|x\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p WHERE p.name IS NULL",
       "2|NULL\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p WHERE p.name = 'y'",
       "3|y"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p WHERE t.n > 2",
       "3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.* FROM t LEFT JOIN pragma_table_info(t.name) AS p ON 0",
       "1|NULL|NULL|NULL|NULL|NULL|NULL\n2|NULL|NULL|NULL|NULL|NULL|NULL\n3|NULL|NULL|NULL|NULL|"
       "NULL|NULL\n4|NULL|NULL|NULL|NULL|NULL|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info AS p ON p.arg = t.name",
       "1|n\n1|name\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.name, p.arg, p.schema FROM t LEFT JOIN pragma_table_info AS p ON p.arg = "
       "t.name AND p.cid > 0",
       "1|name|t|NULL\n2|NULL|NULL|NULL\n3|y|u|NULL\n4|NULL|NULL|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info AS p ON p.arg = t.name WHERE p.cid = "
       "0",
       "1|n\n3|x"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info AS p WHERE p.arg = t.name", ""},
      {"SELECT t.n, p.name, p.arg FROM t LEFT JOIN pragma_table_info(t.name) AS p",
       "1|n|t\n1|name|t\n2|NULL|NULL\n3|x|u\n3|y|u\n4|NULL|NULL"},
      {"SELECT t.n, p.name FROM t RIGHT JOIN pragma_table_info(t.name) AS p",
       "1|n\n1|name\n3|x\n3|y"},
      {"SELECT t.n, p.name FROM t FULL JOIN pragma_table_info(t.name) AS p",
       "1|n\n1|name\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.name FROM t RIGHT JOIN pragma_table_info('u') AS p",
       "1|x\n1|y\n2|x\n2|y\n3|x\n3|y\n4|x\n4|y"},
      {"SELECT t.n, p.name FROM t FULL JOIN pragma_table_info('u') AS p ON p.name=t.name",
       "1|NULL\n2|NULL\n3|NULL\n4|NULL\nNULL|x\nNULL|y"},
      {"SELECT t.n, p.name FROM t RIGHT JOIN pragma_table_info AS p ON p.arg = t.name",
       "1|n\n1|name\n3|x\n3|y"},
      {"SELECT t.n, p.name FROM t FULL JOIN pragma_table_info AS p ON p.arg = t.name",
       "1|n\n1|name\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, i.name, x.name FROM t LEFT JOIN pragma_index_list(t.name) AS i LEFT JOIN "
       "pragma_index_info(i.name) AS x",
       "1|NULL|NULL\n2|NULL|NULL\n3|ui|y\n4|NULL|NULL"},
      {"SELECT t.n, i.name, x.name FROM t LEFT JOIN pragma_index_list(t.name) AS i JOIN "
       "pragma_index_info(i.name) AS x",
       "3|ui|y"},
      {"SELECT t.n, i.name, x.name FROM t JOIN pragma_index_list(t.name) AS i LEFT JOIN "
       "pragma_index_info(i.name) AS x",
       "3|ui|y"},
      {"SELECT m.name, p.name FROM sqlite_schema AS m LEFT JOIN pragma_table_info(m.name) AS p "
       "ORDER BY 1,2",
       "t|n\nt|name\nu|x\nu|y\nui|NULL"},
      {"SELECT m.name, p.name FROM sqlite_schema AS m LEFT JOIN pragma_table_info(m.name) AS p ON "
       "p.pk ORDER BY 1,2",
       "t|NULL\nu|x\nui|NULL"},
      {"SELECT m.name, count(p.name) FROM sqlite_schema AS m LEFT OUTER JOIN "
       "pragma_table_info(m.name) AS p GROUP BY 1",
       "t|2\nu|2\nui|0"},
      {"SELECT m.name, (SELECT count(*) FROM t LEFT JOIN pragma_table_info(m.name) AS p) FROM "
       "sqlite_schema AS m",
       "t|8\nu|8\nui|4"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name || '') AS p ON p.name LIKE "
       "'%x%'",
       "1|NULL\n2|NULL\n3|x\n4|NULL"},
      {"SELECT t.n, a.name, b.name FROM t LEFT JOIN pragma_table_info(t.name) AS a LEFT JOIN "
       "pragma_table_info(t.name) AS b ON a.cid=b.cid",
       "1|n|n\n1|name|name\n2|NULL|NULL\n3|x|x\n3|y|y\n4|NULL|NULL"},
      {"SELECT t.n, a.name, u.x FROM t LEFT JOIN pragma_table_info(t.name) AS a LEFT JOIN u ON u.x "
       "= a.cid",
       "1|n|NULL\n1|name|NULL\n2|NULL|NULL\n3|x|NULL\n3|y|NULL\n4|NULL|NULL"},
      {"SELECT t.n, a.name, u.x FROM t LEFT JOIN u ON u.x = t.n LEFT JOIN "
       "pragma_table_info(t.name) AS a ON a.cid=1",
       "1|name|NULL\n2|NULL|NULL\n3|y|NULL\n4|NULL|NULL"},
      {"SELECT t.n, p.name FROM t NATURAL LEFT JOIN pragma_table_info(t.name) AS p",
       "1|NULL\n2|NULL\n3|NULL\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info(t.name) AS p USING(name)",
       "1|NULL\n2|NULL\n3|NULL\n4|NULL"},
      {"SELECT t.n, p.name, x.name FROM t LEFT JOIN pragma_table_info(t.name) AS p RIGHT JOIN "
       "pragma_table_info('u') x ON x.name=p.name",
       "3|x|x\n3|y|y"},
      {"SELECT t.n, p.name, x.name FROM t LEFT JOIN pragma_table_info(t.name) AS p FULL JOIN "
       "pragma_table_info('u') x ON x.name=p.name",
       "1|n|NULL\n1|name|NULL\n2|NULL|NULL\n3|x|x\n3|y|y\n4|NULL|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info('u') AS p ON p.name = t.name",
       "1|NULL\n2|NULL\n3|NULL\n4|NULL"},
      {"SELECT t.n, p.name FROM t CROSS JOIN pragma_table_info(t.name) AS p",
       "1|n\n1|name\n3|x\n3|y"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info((SELECT t.name)) AS p",
       "1|n\n1|name\n2|NULL\n3|x\n3|y\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info((SELECT 'u' WHERE t.n = 2)) AS p",
       "1|NULL\n2|x\n2|y\n3|NULL\n4|NULL"},
      {"SELECT p.name, t.n FROM pragma_table_info('u') AS p LEFT JOIN t ON t.n = p.cid LEFT JOIN "
       "pragma_table_info(t.name) q",
       "x|NULL\ny|1\ny|1"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info AS p ON p.arg = 'u' AND p.cid = t.n "
       "- 1",
       "1|x\n2|y\n3|NULL\n4|NULL"},
      {"SELECT t.n, p.name FROM t LEFT JOIN pragma_table_info AS p WHERE p.arg = 'u'", ""},
  });
}

}  // namespace
}  // namespace dosql
