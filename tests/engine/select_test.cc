#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

TEST(Select, Constants) {
  TestDatabase t;
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text("SELECT 1, 'a', NULL, 1.5, x'00ff', 1+2*3"), "1|a|NULL|1.5|x'00ff'|7");
  EXPECT_EQ(t.Text("SELECT 9223372036854775807, -9223372036854775808"),
            "9223372036854775807|-9223372036854775808");
  EXPECT_EQ(t.Text("VALUES (1,'x'),(2,'y')"), "1|x\n2|y");
  EXPECT_EQ(t.Text("SELECT 1 WHERE 0"), "");
}

TEST(Select, QuotedWordsAreNames) {
  TestDatabase t;
  EXPECT_EQ(t.Text("SELECT true, FALSE, 2 IS TRUE"), "1|0|1");
  EXPECT_EQ(t.Text("SELECT [true]"), "error: no such column: true");
  t.Text("CREATE TABLE q([true] INT, \"select\" TEXT); INSERT INTO q VALUES(5, 'x')");
  EXPECT_EQ(t.Text("SELECT [true], `select`, \"select\" FROM q WHERE [true] IS 5"), "5|x|x");
}

// Refused by name and place, never misread.
TEST(Select, RefusesWhatItDoesNotRun) {
  TestDatabase t;
  t.Text("CREATE TABLE t(a, b)");
  const char* const kRefused[][2] = {
      {"WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x",
       "recursive common table expressions are not supported yet"},
      {"CREATE TABLE c(a CHECK(a > 0))", "CHECK constraints are not supported yet"},
      {"CREATE INDEX i ON t(a) WHERE b", "partial indexes are not supported yet"},
      {"PRAGMA foreign_keys = 1", "PRAGMA foreign_keys is not supported yet"},
      {"EXPLAIN SELECT 1", "EXPLAIN is not supported yet"},
  };
  for (const auto& [sql, message] : kRefused) {
    EXPECT_EQ(t.Text(sql), std::string("error: ") + message) << sql;
    EXPECT_EQ(t.db->diag().code, Code::kUnsupported) << sql;
    EXPECT_GE(t.db->diag().line, 1u) << sql;
  }
  EXPECT_EQ(t.Text("SELECT\n  nothere FROM t"), "error: no such column: nothere");
  EXPECT_EQ(t.db->diag().line, 2u);
  EXPECT_EQ(t.db->diag().column, 3u);
  EXPECT_EQ(t.Text("SELECT sum(a) FROM t WHERE sum(a) > 1"),
            "error: misuse of aggregate function sum()");
}

TEST(Select, ParametersAreCounted) {
  TestDatabase t;
  EXPECT_EQ(t.Text("SELECT ?, ?1, :a, 9007199254740993", {Value::Integer(1), Value::Text("x")}),
            "1|1|x|9007199254740993");
  EXPECT_EQ(t.Text("SELECT ?", {}),
            "error: wrong number of parameters: the statement has 1, 0 were given");
}

TEST(Select, TableRoundTrip) {
  TestDatabase t;
  EXPECT_EQ(t.Text("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL); "
                   "INSERT INTO t VALUES(1,'one',1),(2,'two',2.5),(NULL,'three',NULL);"
                   "SELECT * FROM t"),
            "1|one|1.0\n2|two|2.5\n3|three|NULL");
  EXPECT_EQ(t.Text("SELECT b FROM t WHERE a = 2"), "two");
  EXPECT_EQ(t.Text("SELECT b FROM t WHERE a = ?", {Value::Integer(3)}), "three");
  EXPECT_EQ(t.Text("SELECT b FROM t WHERE a = '2'"), "two");
  EXPECT_EQ(t.Text("SELECT b FROM t WHERE a = 2.5"), "");
  EXPECT_EQ(t.Text("SELECT b FROM t WHERE a > 1.5 ORDER BY b"), "three\ntwo");
  EXPECT_EQ(t.Text("SELECT count(*), sum(a), avg(c), min(b), max(b) FROM t"),
            "3|6|1.75|one|two");
  EXPECT_EQ(t.Text("SELECT rowid, a, b FROM t WHERE rowid BETWEEN 2 AND 3"), "2|2|two\n3|3|three");
}

TEST(Select, IndexesAndJoins) {
  TestDatabase t;
  EXPECT_EQ(t.Text("CREATE TABLE u(id INTEGER PRIMARY KEY, name TEXT UNIQUE, age INT);"
                   "CREATE TABLE o(id INTEGER PRIMARY KEY, uid INT, amount INT);"
                   "CREATE INDEX o_uid ON o(uid);"
                   "INSERT INTO u VALUES(1,'ann',30),(2,'bob',40),(3,'cy',30);"
                   "INSERT INTO o VALUES(1,1,10),(2,1,20),(3,2,30),(4,9,40);"),
            "");
  EXPECT_EQ(t.Text("SELECT id FROM u WHERE name='bob'"), "2");
  EXPECT_EQ(t.Text("SELECT u.name, o.amount FROM u JOIN o ON o.uid = u.id ORDER BY o.amount"),
            "ann|10\nann|20\nbob|30");
  EXPECT_EQ(t.Text("SELECT u.name, sum(o.amount) s FROM u, o WHERE o.uid = u.id GROUP BY u.name "
                   "ORDER BY s DESC"),
            "ann|30\nbob|30");
  EXPECT_EQ(t.Text("SELECT age, count(*) FROM u GROUP BY age HAVING count(*) > 1"), "30|2");
  EXPECT_EQ(t.Text("SELECT DISTINCT age FROM u ORDER BY age DESC LIMIT 1 OFFSET 1"), "30");
  EXPECT_EQ(t.Text("SELECT count(*) FROM u, o"), "12");
  EXPECT_EQ(t.Text("PRAGMA integrity_check"), "ok");
}

TEST(Write, UpdateDeleteConstraints) {
  TestDatabase t;
  t.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, k TEXT UNIQUE, v INT NOT NULL DEFAULT 7)");
  EXPECT_EQ(t.Text("INSERT INTO t(k) VALUES('a'),('b'),('c')"), "");
  EXPECT_EQ(t.Text("INSERT INTO t(k) VALUES('b')"), "error: UNIQUE constraint failed: t.k");
  EXPECT_EQ(t.Text("INSERT INTO t(id,k) VALUES(1,'z')"), "error: UNIQUE constraint failed: t.id");
  EXPECT_EQ(t.Text("INSERT INTO t(k,v) VALUES('d',NULL)"),
            "error: NOT NULL constraint failed: t.v");
  EXPECT_EQ(t.Text("INSERT INTO t(k) VALUES('x'),('b')"), "error: UNIQUE constraint failed: t.k");
  EXPECT_EQ(t.Text("SELECT count(*) FROM t"), "3");
  EXPECT_EQ(t.Text("UPDATE t SET v = v + id; SELECT v FROM t"), "8\n9\n10");
  EXPECT_EQ(t.Text("UPDATE t SET k='a' WHERE id=2"), "error: UNIQUE constraint failed: t.k");
  EXPECT_EQ(t.Text("UPDATE t SET id = id + 10 WHERE id < 3; SELECT id, k FROM t ORDER BY id"),
            "3|c\n11|a\n12|b");
  EXPECT_EQ(t.Text("DELETE FROM t WHERE k='a'; SELECT count(*) FROM t"), "2");
  EXPECT_EQ(t.Text("PRAGMA integrity_check"), "ok");
}

// A statement that fails while it computes its values has changed nothing, and others go on.
TEST(Write, FailedValuesLeaveEverything) {
  TestDatabase t;
  t.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES(9223372036854775807, 1)");
  EXPECT_EQ(t.Text("INSERT INTO t(v) VALUES(abs(-9223372036854775808))"), "error: integer overflow");
  EXPECT_EQ(t.Text("UPDATE t SET v = abs(-9223372036854775808) WHERE id = 9223372036854775807"),
            "error: integer overflow");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES('x', 1)"), "error: datatype mismatch");
  EXPECT_EQ(t.Text("INSERT INTO t(v) VALUES(2); SELECT count(*) FROM t; PRAGMA integrity_check"),
            "2\nok");
}

TEST(Transactions, RollbackAndSavepoints) {
  TestDatabase t;
  t.Text("CREATE TABLE t(a)");
  EXPECT_EQ(t.Text("BEGIN; INSERT INTO t VALUES(1); SAVEPOINT s; INSERT INTO t VALUES(2);"
                   "ROLLBACK TO s; INSERT INTO t VALUES(3); RELEASE s; COMMIT; SELECT a FROM t"),
            "1\n3");
  EXPECT_EQ(t.Text("BEGIN; DELETE FROM t; CREATE TABLE x(a); ROLLBACK; SELECT count(*) FROM t"), "2");
  EXPECT_EQ(t.Text("SELECT * FROM x"), "error: no such table: x");
  EXPECT_EQ(t.Text("COMMIT"), "error: cannot commit - no transaction is active");
}

TEST(Recovery, ReopenFindsEverything) {
  TestDatabase t;
  t.Text("CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT); CREATE INDEX i ON t(b);"
         "CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES('k',1)");
  for (int i = 0; i < 500; i++) t.Text("INSERT INTO t(b) VALUES('row ' || ?)", {Value::Integer(i)});
  t.Text("UPDATE t SET b = 'changed' WHERE a = 7; DELETE FROM t WHERE a = 8; DROP INDEX i;"
         "CREATE INDEX j ON t(b)");
  std::string before = t.Text("SELECT * FROM t");
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text("SELECT * FROM t"), before);
  EXPECT_EQ(t.Text("SELECT a FROM t WHERE b = 'changed'"), "7");
  EXPECT_EQ(t.Text("SELECT v FROM w WHERE k = 'k'"), "1");
  EXPECT_EQ(t.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(t.Text("SELECT name FROM sqlite_schema WHERE type='index'"), "j");
  ASSERT_TRUE(t.db->Checkpoint().ok());
  t.Open();
  EXPECT_EQ(t.Text("SELECT * FROM t"), before);
}

}  // namespace
}  // namespace dosql
