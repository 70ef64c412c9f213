// Views, and what CREATE TABLE and CREATE INDEX take beyond plain columns, as SQL text.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

TEST(View, ReadsLikeATable) {
  TestDatabase t;
  EXPECT_EQ(t.Text("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);"
                   "INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'x');"
                   "CREATE VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b;"
                   "CREATE VIEW IF NOT EXISTS main.w(k, v) AS SELECT * FROM v WHERE n > 1;"
                   "SELECT * FROM v ORDER BY b; SELECT w.k, t.a FROM w JOIN t ON t.b = w.k ORDER BY 2;"),
            "x|2\ny|1\nx|1\nx|3");
  EXPECT_EQ(t.Text("SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema WHERE type='view'"),
            "view|v|v|0|CREATE VIEW v AS SELECT b, count(*) AS n FROM t GROUP BY b\n"
            "view|w|w|0|CREATE VIEW w(k, v) AS SELECT * FROM v WHERE n > 1");
}

TEST(View, SurvivesReopening) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a); INSERT INTO t VALUES (7); CREATE VIEW v AS SELECT a FROM t;"
        "CREATE VIEW gone AS SELECT 1; DROP VIEW gone");
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text("SELECT * FROM v"), "7");
  EXPECT_EQ(t.Text("SELECT * FROM gone"), "error: no such table: gone");
}

TEST(View, NamesAndMisuse) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT * FROM t;"
        "CREATE VIEW broken AS SELECT * FROM missing; CREATE VIEW loop AS SELECT * FROM loop;"
        "CREATE VIEW narrow(a, b) AS SELECT 1");
  EXPECT_EQ(t.Text("CREATE VIEW v AS SELECT 1"), "error: view v already exists");
  EXPECT_EQ(t.Text("CREATE TABLE v(a)"), "error: view v already exists");
  EXPECT_EQ(t.Text("CREATE VIEW t AS SELECT 1"), "error: table t already exists");
  EXPECT_EQ(t.Text("CREATE VIEW i AS SELECT 1"), "error: there is already an index named i");
  EXPECT_EQ(t.Text("CREATE VIEW IF NOT EXISTS v AS SELECT 1"), "");
  EXPECT_EQ(t.Text("CREATE INDEX j ON v(a)"), "error: views may not be indexed");
  EXPECT_EQ(t.Text("CREATE INDEX v ON t(a)"), "error: there is already a table named v");
  EXPECT_EQ(t.Text("CREATE VIEW p AS SELECT ?"), "error: parameters are not allowed in views");
  EXPECT_EQ(t.Text("CREATE TEMP VIEW p AS SELECT 1"), "error: TEMP views are not supported yet");
  EXPECT_EQ(t.Text("DROP TABLE v"), "error: use DROP VIEW to delete view v");
  EXPECT_EQ(t.Text("DROP VIEW t"), "error: use DROP TABLE to delete table t");
  EXPECT_EQ(t.Text("DROP VIEW x"), "error: no such view: x");
  EXPECT_EQ(t.Text("DROP VIEW IF EXISTS x"), "");
  EXPECT_EQ(t.Text("INSERT INTO v VALUES (1)"), "error: cannot modify v because it is a view");
  EXPECT_EQ(t.Text("UPDATE v SET a = 1"), "error: cannot modify v because it is a view");
  EXPECT_EQ(t.Text("DELETE FROM v"), "error: cannot modify v because it is a view");
  EXPECT_EQ(t.Text("SELECT * FROM broken"), "error: no such table: main.missing");
  EXPECT_EQ(t.Text("SELECT * FROM loop"), "error: view loop is circularly defined");
  EXPECT_EQ(t.Text("SELECT * FROM narrow"), "error: expected 2 columns for 'narrow' but got 1");
}

}  // namespace
}  // namespace dosql
