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

TEST(Select, Functions) {
  TestDatabase t;
  EXPECT_EQ(t.Text("SELECT printf('%05.1f|%s', 2.25, 'x'), format('%,d', 1234567)"), "002.3|x|1,234,567");
  EXPECT_EQ(t.Text("SELECT sqrt(2.25), mod(7, 4), ceil(1.5), pi() > 3"), "1.5|3.0|2.0|1");
  EXPECT_EQ(t.Text("SELECT 'a' GLOB 'b' ESCAPE 'c'"), "error: wrong number of arguments to function glob()");
  EXPECT_EQ(t.Text("SELECT likelihood(5, 0.5)"), "5");
  EXPECT_EQ(t.Text("SELECT likelihood(5, 2.0)"),
            "error: second argument to likelihood() must be a constant between 0.0 and 1.0");
  EXPECT_EQ(t.Text("SELECT abs(1, 2)"), "error: wrong number of arguments to function abs()");
  EXPECT_EQ(t.Text("SELECT sum()"), "error: wrong number of arguments to function sum()");
  EXPECT_EQ(t.Text("SELECT nosuch(1)"), "error: no such function: nosuch");
  EXPECT_EQ(t.Text("SELECT strftime('%Y')"), "error: strftime() is not supported yet");
  EXPECT_EQ(t.Text("SELECT json_each('[]')"), "error: json_each() is not supported yet");
  EXPECT_EQ(t.Text("SELECT * FROM json_each('[]')"), "error: json_each() is not supported yet");
  EXPECT_EQ(t.Text("SELECT rank()"), "error: misuse of window function rank()");
  EXPECT_EQ(t.Text("SELECT ntile(1, 2)"), "error: wrong number of arguments to function ntile()");
}

// One moment per statement; a new one for each run of a prepared statement.
TEST(Select, CurrentTimestamp) {
  TestDatabase t;
  t.clock.now = 1709251199000000;
  std::string now = t.Text("SELECT CURRENT_TIMESTAMP, current_date, CURRENT_TIME");
  EXPECT_EQ(now, "2024-02-29 23:59:59|2024-02-29|23:59:59");
  t.Text("CREATE TABLE n(a); INSERT INTO n VALUES(1),(2),(3)");
  t.clock.now = 1709251199998000;  // the clock moves at every look
  EXPECT_EQ(t.Text("SELECT count(DISTINCT CURRENT_TIMESTAMP || a), min(CURRENT_TIME), max(CURRENT_TIME) FROM n"),
            "3|23:59:59|23:59:59");
  EXPECT_EQ(t.Text("SELECT typeof(CURRENT_TIME)"), "text");
}

TEST(Select, AggregatesOfTwoArguments) {
  TestDatabase t;
  t.Text("CREATE TABLE g(k, v, s); INSERT INTO g VALUES(1,'a','-'),(1,'b','+'),(2,NULL,'*'),(2,'c','/'),(2,'d',NULL)");
  EXPECT_EQ(t.Text("SELECT k, group_concat(v), group_concat(v, s), string_agg(v, ';') FROM g GROUP BY k ORDER BY k"),
            "1|a,b|a+b|a;b\n2|c,d|cd|c;d");
  EXPECT_EQ(t.Text("SELECT group_concat(v, '-'), group_concat(v, '+') FROM g"), "a-b-c-d|a+b+c+d");
  EXPECT_EQ(t.Text("SELECT group_concat(v, '-') FILTER (WHERE k = 2) FROM g"), "c-d");
  EXPECT_EQ(t.Text("SELECT group_concat(DISTINCT k), median(k), percentile(k, 50) FROM g"), "1,2|2.0|2.0");
  EXPECT_EQ(t.Text("SELECT group_concat(DISTINCT k, '-') FROM g"),
            "error: DISTINCT aggregates must have exactly one argument");
  EXPECT_EQ(t.Text("SELECT median(v) FROM g"), "error: input to median() is not numeric");
  EXPECT_EQ(t.Text("SELECT string_agg(v) FROM g"), "error: wrong number of arguments to function string_agg()");
}

// Refused by name and place, never misread.
TEST(Select, RefusesWhatItDoesNotRun) {
  TestDatabase t;
  t.Text("CREATE TABLE t(a, b)");
  const char* const kRefused[][2] = {
      {"WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT * FROM x",
       "recursive common table expressions are not supported yet"},
      {"PRAGMA foreign_keys = 1", "foreign-key enforcement is not supported yet"},
      {"SELECT sum(a) OVER (ORDER BY b) FROM t", "window functions are not supported yet"},
      {"SELECT a FROM t WINDOW w AS (ORDER BY a)",
       "window definitions (WINDOW) are not supported yet"},
      {"CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END", "triggers are not supported yet"},
      {"DROP TRIGGER g", "triggers are not supported yet"},
      {"CREATE VIRTUAL TABLE f USING fts5(a)", "virtual tables are not supported yet"},
      {"ATTACH 'x' AS y", "ATTACH is not supported yet"},
      {"DETACH y", "DETACH is not supported yet"},
      {"CREATE TABLE g(a, b AS (a + 1))", "generated columns are not supported yet"},
      {"CREATE TEMP TABLE x(a)", "TEMP tables are not supported yet"},
      {"EXPLAIN ANALYZE SELECT 1", "EXPLAIN ANALYZE is not supported yet"},
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

// An index orders text by its own collation, in a column of numbers too.
TEST(Select, IndexOfAnotherCollation) {
  TestDatabase t;
  t.Text("CREATE TABLE c(a INTEGER PRIMARY KEY, b INTEGER); CREATE INDEX c_b ON c(b COLLATE NOCASE);"
         "INSERT INTO c VALUES(1, 'ab'), (2, 7)");
  EXPECT_EQ(t.Text("SELECT a FROM c WHERE b IN ('Ab')"), "");
  EXPECT_EQ(t.Text("SELECT a FROM c WHERE b = 'AB'"), "");
  EXPECT_EQ(t.Text("SELECT a FROM c WHERE b = 'AB' COLLATE NOCASE"), "1");
  EXPECT_EQ(t.Text("SELECT a FROM c WHERE b = '7'"), "2");
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
