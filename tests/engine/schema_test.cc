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

TEST(CreateTable, Checks) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a INTEGER CHECK(a > 0), b DEFAULT (2 * 3), c DEFAULT CURRENT_DATE,"
        " CONSTRAINT small CHECK(b < 10))");
  EXPECT_EQ(t.Text("INSERT INTO t(a) VALUES (1); SELECT a, b FROM t"), "1|6");
  EXPECT_EQ(t.Text("INSERT INTO t(a) VALUES (-1)"), "error: CHECK constraint failed: a > 0");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES (1, 10, 0)"), "error: CHECK constraint failed: small");
  EXPECT_EQ(t.Text("UPDATE t SET b = 11"), "error: CHECK constraint failed: small");
  EXPECT_EQ(t.Text("INSERT OR IGNORE INTO t VALUES (1, 10, 0), (2, 1, 0); SELECT a, b FROM t"),
            "1|6\n2|1");
  t.Open();
  EXPECT_EQ(t.Text("INSERT INTO t(a) VALUES (0)"), "error: CHECK constraint failed: a > 0");
}

TEST(CreateTable, WhatExpressionsMayNotHave) {
  TestDatabase t;
  EXPECT_EQ(t.Text("CREATE TABLE x(a CHECK(b))"), "error: no such column: b");
  EXPECT_EQ(t.Text("CREATE TABLE x(a CHECK((select 1)))"),
            "error: subqueries prohibited in CHECK constraints");
  EXPECT_EQ(t.Text("CREATE TABLE x(a DEFAULT (a))"),
            "error: default value of column [a] is not constant");
  t.Run("CREATE TABLE t(a, b)");
  EXPECT_EQ(t.Text("CREATE INDEX i ON t(random())"),
            "error: non-deterministic functions prohibited in index expressions");
  EXPECT_EQ(t.Text("CREATE INDEX i ON t(sum(a))"), "error: misuse of aggregate function sum()");
  EXPECT_EQ(t.Text("CREATE INDEX i ON t(a NULLS FIRST)"), "error: unsupported use of NULLS FIRST");
  EXPECT_EQ(t.Text("CREATE INDEX i ON t(z)"), "error: no such column: z");
  EXPECT_EQ(t.Text("SELECT count(*) FROM sqlite_schema"), "1");
}

TEST(CreateTable, ConflictClauses) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE ON CONFLICT IGNORE,"
        " c NOT NULL ON CONFLICT REPLACE DEFAULT 5)");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES (1, 'x', NULL); INSERT INTO t VALUES (2, 'x', 2);"
                   "INSERT INTO t VALUES (1, 'y', 7); SELECT * FROM t"),
            "1|y|7");
  EXPECT_EQ(t.Text("CREATE TABLE u(a UNIQUE ON CONFLICT IGNORE, UNIQUE(a) ON CONFLICT REPLACE)"),
            "error: conflicting ON CONFLICT clauses specified");
}

TEST(CreateTable, Strict) {
  TestDatabase t;
  EXPECT_EQ(t.Text("CREATE TABLE t(a) STRICT"), "error: missing datatype for t.a");
  EXPECT_EQ(t.Text("CREATE TABLE t(a VARCHAR) STRICT"),
            "error: unknown datatype for t.a: \"VARCHAR\"");
  t.Run("CREATE TABLE t(a INT, b TEXT, c ANY, d REAL, k TEXT PRIMARY KEY) STRICT");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES ('12', 5, '007', 3, 'k'); SELECT *, typeof(b), typeof(c) FROM t"),
            "12|5|007|3.0|k|text|text");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES ('x', 5, 1, 3, 'l')"),
            "error: cannot store TEXT value in INT column t.a");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES (1, 5, 1, 3, NULL)"),
            "error: NOT NULL constraint failed: t.k");
}

TEST(CreateTable, ForeignKeysAreStored) {
  TestDatabase t;
  t.Run("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(a REFERENCES p ON DELETE CASCADE, b,"
        " FOREIGN KEY(b) REFERENCES p(id))");
  EXPECT_EQ(t.Text("INSERT INTO c VALUES (99, 98); SELECT * FROM c"), "99|98");
  EXPECT_EQ(t.Text("CREATE TABLE x(a, FOREIGN KEY(z) REFERENCES p)"),
            "error: unknown column \"z\" in foreign key definition");
  EXPECT_EQ(t.Text("CREATE TABLE x(a REFERENCES p(b, c))"),
            "error: foreign key on a should reference only one column of table p");
}

TEST(CreateTable, AsSelect) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  EXPECT_EQ(t.Text("CREATE TABLE z AS SELECT *, a + 1 AS \"n m\", a FROM t ORDER BY a DESC;"
                   "SELECT rowid, * FROM z; SELECT sql FROM sqlite_schema WHERE name = 'z'"),
            "1|2|y|3|2\n2|1|x|2|1\nCREATE TABLE z(a INT,b TEXT,\"n m\",\"a:1\" INT)");
  EXPECT_EQ(t.Text("CREATE TABLE z AS SELECT 1"), "error: table z already exists");
  EXPECT_EQ(t.Text("CREATE TABLE IF NOT EXISTS z AS SELECT 1"), "");
  EXPECT_EQ(t.Text("CREATE TABLE w AS SELECT abs(-9223372036854775808)"), "error: integer overflow");
  EXPECT_EQ(t.Text("SELECT count(*) FROM sqlite_schema"), "2");
  EXPECT_EQ(t.Text("CREATE TABLE y AS SELECT ?1 + (SELECT count(*) FROM t) AS s; SELECT s FROM y",
                   {}), "error: wrong number of parameters: the statement has 1, 0 were given");
  t.Open();
  EXPECT_EQ(t.Text("SELECT b FROM z"), "y\nx");
}

TEST(CreateIndex, PartialAndExpressions) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'X'), (1, 'y'), (2, NULL);"
        "CREATE UNIQUE INDEX p ON t(a) WHERE b IS NULL; CREATE INDEX e ON t(lower(b), a DESC)");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES (2, 'z'), (3, NULL); INSERT INTO t VALUES (3, NULL)"),
            "error: UNIQUE constraint failed: t.a");
  EXPECT_EQ(t.Text("SELECT a FROM t WHERE lower(b) = 'x'; SELECT a FROM t WHERE a = 2 AND b IS NULL"),
            "1\n2");
  t.Open();
  EXPECT_EQ(t.Text("PRAGMA integrity_check; SELECT b FROM t WHERE lower(b) > 'x' ORDER BY lower(b)"),
            "ok\ny\nz");
}

// A statement that is under way reads the tables as it found them.
TEST(Schema, ChangesUnderAReader) {
  const char* const kChanges[] = {
      "CREATE INDEX t_b ON t(b)",
      "DROP INDEX t_a",
      "DROP TABLE t",
      "DROP TABLE u; CREATE TABLE u(x, y, z)",
      "ALTER TABLE t ADD COLUMN c DEFAULT 5",
      "ALTER TABLE t DROP COLUMN b",
      "ALTER TABLE t RENAME COLUMN a TO z",
      "DELETE FROM t; DROP TABLE u; VACUUM",
      "BEGIN; DROP TABLE t; ROLLBACK; UPDATE t SET a = a + 1",
      "SAVEPOINT s; CREATE TABLE v(a); ROLLBACK TO s; DROP TABLE u; RELEASE s",
  };
  for (const char* change : kChanges) {
    SCOPED_TRACE(change);
    TestDatabase d;
    d.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX t_a ON t(a)");
    d.Text("CREATE TABLE u(x UNIQUE, y DEFAULT 3); CREATE INDEX u_y ON u(upper(y))");
    d.Text("INSERT INTO t(a, b) SELECT value % 7, 'b ' || value FROM generate_series(0, 2999)");
    d.Text("INSERT INTO u(x, y) SELECT value, 'y ' || value FROM generate_series(0, 2999)");
    const char* const kSql =
        "SELECT t.id, t.b, u.y, (SELECT count(*) FROM u v WHERE upper(v.y) = 'Y ' || t.id) "
        "FROM t CROSS JOIN u ON u.x = t.id WHERE t.a > 2";
    const std::vector<std::string> want = d.Run(kSql);
    EXPECT_GT(want.size(), 1500u);
    Statement* reader = nullptr;
    uint32_t consumed;
    ASSERT_TRUE(d.db->Prepare(kSql, &reader, &consumed).ok());
    StepCode code = reader->Run(ParamFrame({}), 1);
    std::vector<std::string> got;
    RenderFrame(reader->frame(), &got);
    EXPECT_EQ(d.Text(change), "");
    while (code == StepCode::kRows) {
      code = reader->Step(100);
      RenderFrame(reader->frame(), &got);
    }
    EXPECT_EQ(code, StepCode::kDone);
    EXPECT_EQ(got, want);
    d.db->Finalize(reader);
    EXPECT_EQ(d.Text("PRAGMA integrity_check"), "ok");
  }
}

}  // namespace
}  // namespace dosql
