// Rows that ORDER BY leaves tied come as SQLite gives them.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

void Check(TestDatabase* t, std::initializer_list<std::pair<const char*, const char*>> cases) {
  for (const auto& [sql, rows] : cases) EXPECT_EQ(t->Text(sql), rows) << sql;
}

TEST(Ties, GroupsTakeDirectionsOfAsManyTerms) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE s(n, h, x); INSERT INTO s VALUES ('m', 1, 1), ('m', 2, 1), ('d', 1, 1), "
      "('d', 2, 1), ('z', 3, 1), (NULL, 3, 1);"
      "CREATE TABLE i(n, h, x); CREATE INDEX i_n ON i(n); CREATE INDEX i_x ON i(x); INSERT INTO i "
      "SELECT * FROM s; CREATE VIEW v AS SELECT n, h FROM i;"
      "CREATE TABLE u(id INTEGER PRIMARY KEY); INSERT INTO u VALUES (1), (2), (3)");
  Check(&t, {{"SELECT n, count(*) c FROM s GROUP BY n ORDER BY c DESC", "m|2\nd|2\nz|1\nNULL|1"},
             {"SELECT n, count(*) c FROM s GROUP BY n ORDER BY c DESC LIMIT 1", "m|2"},
             {"SELECT n, count(*) c FROM s GROUP BY n ORDER BY c DESC, 1", "d|2\nm|2\nNULL|1\nz|1"},
             {"SELECT n, h FROM s GROUP BY n, h ORDER BY count(*) DESC, h",
              "m|1\nd|1\nm|2\nd|2\nz|3\nNULL|3"},
             {"SELECT h, count(*) c FROM v GROUP BY h ORDER BY c DESC", "3|2\n2|2\n1|2"},
             // Groups that an index gives come as they lie there.
             {"SELECT n, count(*) c FROM i GROUP BY n ORDER BY c DESC", "d|2\nm|2\nNULL|1\nz|1"},
             {"SELECT n, count(*) c FROM v GROUP BY n ORDER BY c DESC", "d|2\nm|2\nNULL|1\nz|1"},
             {"SELECT n, count(*) c FROM i WHERE x = 1 GROUP BY n ORDER BY c DESC",
              "m|2\nd|2\nz|1\nNULL|1"},
             {"SELECT id, count(*) c FROM u GROUP BY id ORDER BY c DESC", "1|1\n2|1\n3|1"},
             {"SELECT id, count(*) c FROM u JOIN s ON h = id GROUP BY id ORDER BY c DESC",
              "3|2\n2|2\n1|2"},
             {"SELECT id, count(*) c FROM u LEFT JOIN s ON h = id GROUP BY id ORDER BY c DESC",
              "1|2\n2|2\n3|2"}});
}

TEST(Ties, OrderInFromMeansNothingBelowAnother) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE s(n, g); INSERT INTO s VALUES ('m', 1), ('m', 3), ('d', 2), ('d', 5);"
      "CREATE TABLE u(a, b); INSERT INTO u VALUES (1, NULL); CREATE VIEW v AS SELECT * FROM s "
      "ORDER BY g DESC");
  Check(&t, {{"SELECT * FROM (SELECT * FROM s ORDER BY g DESC) ORDER BY n", "d|2\nd|5\nm|1\nm|3"},
             {"SELECT * FROM v ORDER BY n", "d|2\nd|5\nm|1\nm|3"},
             {"SELECT n, g FROM v, u", "m|1\nm|3\nd|2\nd|5"},
             {"SELECT * FROM v", "d|5\nm|3\nd|2\nm|1"},
             {"SELECT * FROM (SELECT * FROM s ORDER BY g DESC LIMIT 9) ORDER BY n",
              "d|5\nd|2\nm|3\nm|1"},
             {"WITH c AS MATERIALIZED (SELECT * FROM v) SELECT * FROM c ORDER BY n",
              "d|5\nd|2\nm|3\nm|1"},
             {"SELECT group_concat(g) FROM v, u", "5,3,2,1"},
             {"UPDATE u SET b = q.g FROM (SELECT * FROM s ORDER BY g DESC) q RETURNING b", "1"},
             {"UPDATE u SET b = q.g FROM (SELECT * FROM s ORDER BY g) q RETURNING b", "5"}});
}

}  // namespace
}  // namespace dosql
