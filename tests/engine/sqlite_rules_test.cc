#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Every answer is SQLite's own. Rules of SQLite that are found out only by asking it.

namespace dosql {
namespace {

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort) {
  Play({
      {"CREATE TABLE t(x)", ""},
      {"BEGIN", ""},
      {"INSERT INTO t VALUES(1),(abs(-9223372036854775807-1))", "error: integer overflow"},
      {"SELECT * FROM t", ""},
      {"ROLLBACK", ""},
      {"CREATE TABLE k(id INTEGER PRIMARY KEY, x)", ""},
      {"BEGIN", ""},
      {"INSERT INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", ""},
      {"INSERT OR REPLACE INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"DELETE FROM k", ""},
      {"INSERT OR IGNORE INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"DELETE FROM k", ""},
      {"INSERT OR FAIL INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"DELETE FROM k", ""},
      {"INSERT OR ROLLBACK INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"SELECT changes(), total_changes(), last_insert_rowid()", "0|3|1"},
      {"ROLLBACK", ""},
      {"INSERT OR FAIL INTO k VALUES(1,1),('a',2),(3,3)", "error: datatype mismatch"},
      {"SELECT * FROM k", ""},
      {"SELECT changes(), total_changes(), last_insert_rowid()", "0|3|1"},
      {"BEGIN", ""},
      {"INSERT INTO k VALUES(1,1),('a',2),(3,3) ON CONFLICT DO NOTHING",
       "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"DELETE FROM k", ""},
      {"INSERT INTO k(x) VALUES(1),(abs(-9223372036854775807-1))", "error: integer overflow"},
      {"SELECT * FROM k", ""},
      {"DELETE FROM k", ""},
      {"INSERT OR FAIL INTO k VALUES(1,1),(2,2),(3,abs(-9223372036854775807-1))",
       "error: integer overflow"},
      {"SELECT * FROM k", ""},
      {"UPDATE OR FAIL k SET id = CASE WHEN id = 1 THEN 5 ELSE 'a' END", ""},
      {"SELECT * FROM k", ""},
      {"UPDATE k SET x = CASE WHEN id = 1 THEN 5 ELSE abs(-9223372036854775807-1) END", ""},
      {"SELECT * FROM k", ""},
      {"DELETE FROM k", ""},
      {"INSERT OR REPLACE INTO k SELECT 1, 1 UNION ALL SELECT 'a', 1", "error: datatype mismatch"},
      {"SELECT * FROM k", "1|1"},
      {"COMMIT", ""},
  });
}

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort2) {
  Play({
      {"CREATE TABLE s(id INTEGER PRIMARY KEY, x INT NOT NULL) STRICT", ""},
      {"BEGIN", ""},
      {"INSERT OR IGNORE INTO s VALUES(1,1),(2,'x')",
       "error: cannot store TEXT value in INT column s.x"},
      {"SELECT * FROM s", "1|1"},
      {"INSERT OR FAIL INTO s VALUES(1,1),(2,'x')", "error: UNIQUE constraint failed: s.id"},
      {"SELECT * FROM s", "1|1"},
      {"DELETE FROM s", ""},
      {"INSERT OR IGNORE INTO s VALUES(1,1),('a',2)", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1"},
      {"DELETE FROM s", ""},
      {"INSERT OR REPLACE INTO s VALUES(1,1),('a',2)", "error: datatype mismatch"},
      {"SELECT * FROM s", ""},
  });
}

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort3) {
  Play({
      {"CREATE TABLE s(id INTEGER PRIMARY KEY, x INT NOT NULL DEFAULT 5 CHECK (x > 0), y unique)",
       ""},
      {"BEGIN", ""},
      {"INSERT OR IGNORE INTO s VALUES(1,1,1),('a',2,2)", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1|1"},
      {"DELETE FROM s", ""},
      {"INSERT OR FAIL INTO s VALUES(1,1,1),('a',2,2)", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1|1"},
      {"DELETE FROM s", ""},
      {"INSERT OR REPLACE INTO s VALUES(1,1,1),('a',2,2)", "error: datatype mismatch"},
      {"SELECT * FROM s", ""},
      {"DELETE FROM s", ""},
      {"INSERT OR REPLACE INTO s(x,y) VALUES(1,1),(2, abs(-9223372036854775807-1))",
       "error: integer overflow"},
      {"SELECT * FROM s", ""},
      {"DELETE FROM s", ""},
      {"INSERT OR ROLLBACK INTO s VALUES(1,1,1),('a',2,2)", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1|1"},
  });
}

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort4) {
  Play({
      {"CREATE TABLE s(id INTEGER PRIMARY KEY, x INT)", ""},
      {"CREATE INDEX si ON s(x)", ""},
      {"INSERT INTO s VALUES(1,1),(2,2),(3,3)", ""},
      {"BEGIN", ""},
      {"UPDATE s SET x = CASE WHEN x = 1 THEN 5 ELSE abs(-9223372036854775807-1) END",
       "error: integer overflow"},
      {"SELECT * FROM s", "1|1\n2|2\n3|3"},
      {"DELETE FROM s WHERE x < 2 OR abs(-9223372036854775807-x+1)", ""},
      {"SELECT * FROM s", ""},
  });
}

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort5) {
  Play({
      {"CREATE TABLE s(id INTEGER PRIMARY KEY AUTOINCREMENT, x INT)", ""},
      {"BEGIN", ""},
      {"INSERT OR IGNORE INTO s VALUES(1,1),('a',2)", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1"},
      {"SELECT * FROM sqlite_sequence", ""},
  });
}

TEST(SqliteRules, WrongTypesKeepWhatNoConstraintMayAbort6) {
  Play({
      {"CREATE TABLE s(id INTEGER PRIMARY KEY, x INT)", ""},
      {"BEGIN", ""},
      {"INSERT INTO s VALUES(1,1),('a',2) ON CONFLICT(id) DO UPDATE SET x = 1",
       "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1"},
      {"DELETE FROM s", ""},
      {"INSERT OR IGNORE INTO s VALUES(1,1),('a',2) RETURNING *", "error: datatype mismatch"},
      {"SELECT * FROM s", "1|1"},
      {"DELETE FROM s", ""},
      {"INSERT INTO s VALUES(1,1),('a',2) ON CONFLICT(id) DO UPDATE SET id = 1",
       "error: datatype mismatch"},
      {"SELECT * FROM s", ""},
  });
}

TEST(SqliteRules, ExcludedAndDefaults) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, x TEXT, r REAL)", ""},
      {"INSERT INTO t VALUES(1, 1, 'a', 1)", ""},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|textintegerrealinteger|1.0"},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT DO UPDATE SET x = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|textintegerrealinteger|1.0"},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = excluded.n = 12, r "
       "= excluded.x = '5', n = excluded.n < 'a'",
       ""},
      {"SELECT * FROM t", "1|1|0|0.0"},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = excluded.n = '12', "
       "r = excluded.x = 5, n = excluded.n > 3",
       ""},
      {"SELECT * FROM t", "1|1|1|1.0"},
      {"CREATE UNIQUE INDEX tu ON t(x)", ""},
      {"INSERT INTO t VALUES(2, 2, '5', 1)", ""},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET r = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|1|textintegerrealinteger\n2|2|5|1.0"},
      {"INSERT INTO t VALUES('7', '12', 5, 3) ON CONFLICT(x) DO UPDATE SET r = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|1|textintegerrealinteger\n2|2|5|integertextrealinteger"},
      {"INSERT INTO t VALUES('1', '12', 15, 3) ON CONFLICT(x) DO NOTHING ON CONFLICT(id) DO UPDATE "
       "SET r = typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|1|integertextrealinteger\n2|2|5|integertextrealinteger"},
      {"INSERT INTO t VALUES('1', '12', 15, 3) ON CONFLICT(x) DO NOTHING ON CONFLICT DO UPDATE SET "
       "r = typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|1|integertextrealinteger\n2|2|5|integertextrealinteger"},
      {"INSERT INTO t VALUES('1', '12', 15, 3) ON CONFLICT(id) DO UPDATE SET r = excluded.x = '15' "
       "|| (excluded.x = 15) || (excluded.n = 12) || (excluded.n = '12') || (excluded.n = n)",
       ""},
      {"SELECT * FROM t", "1|1|1|0.0\n2|2|5|integertextrealinteger"},
  });
}

TEST(SqliteRules, ExcludedAndDefaults2) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, x TEXT CHECK(x <> 'q'), r REAL)", ""},
      {"INSERT INTO t VALUES(1, 1, 'a', 1)", ""},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|integertextrealinteger|1.0"},
  });
}

TEST(SqliteRules, ExcludedAndDefaults3) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER NOT NULL DEFAULT '5', x TEXT, r REAL) "
       "STRICT",
       ""},
      {"INSERT INTO t VALUES(1, 1, 'a', 1)", ""},
      {"INSERT INTO t VALUES('1', '12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|textintegerrealinteger|1.0"},
      {"INSERT INTO t VALUES('1', x'12', 5, 3) ON CONFLICT(id) DO UPDATE SET x = "
       "typeof(excluded.n)||typeof(excluded.x)||typeof(excluded.r)||typeof(excluded.id)",
       ""},
      {"SELECT * FROM t", "1|1|blobintegerrealinteger|1.0"},
  });
}

TEST(SqliteRules, ExcludedAndDefaults4) {
  Play({
      {"CREATE TABLE t(n INTEGER, x TEXT UNIQUE COLLATE NOCASE, r REAL)", ""},
      {"INSERT INTO t(rowid,n,x) VALUES(1,1,'a')", ""},
      {"INSERT INTO t(rowid,n,x) VALUES(1,'5','A') ON CONFLICT(rowid) DO UPDATE SET x = "
       "typeof(excluded.n)||(excluded.x='a')||excluded.rowid",
       ""},
      {"SELECT rowid, * FROM t", "1|1|text01|NULL"},
      {"CREATE TABLE d1 (x, y DEFAULT (\"x\"))",
       "error: default value of column [y] is not constant"},
      {"CREATE TABLE d2 (x, y DEFAULT \"x\")", ""},
      {"CREATE TABLE d3 (x, y DEFAULT -0x8000000000000000)", ""},
      {"INSERT INTO d3(x) VALUES(1)", "error: hex literal too big: -0x8000000000000000"},
      {"SELECT *, typeof(y) FROM d3", ""},
      {"CREATE TABLE d4 (x, y DEFAULT (-0x8000000000000000))", ""},
      {"INSERT INTO d4(x) VALUES(1)", "error: hex literal too big: -0x8000000000000000"},
      {"SELECT *, typeof(y) FROM d4", ""},
      {"CREATE TABLE d5 (x, y DEFAULT +0x8000000000000000)", ""},
      {"INSERT INTO d5(x) VALUES(1)", ""},
      {"SELECT *, typeof(y) FROM d5", "1|-9223372036854775808|integer"},
      {"SELECT -0x8000000000000000", "error: hex literal too big: -0x8000000000000000"},
      {"SELECT - - 0x8000000000000000", "error: hex literal too big: -0x8000000000000000"},
      {"SELECT -(0x8000000000000000)", "error: hex literal too big: -0x8000000000000000"},
      {"CREATE TABLE d6 (x, y DEFAULT (- - 0x8000000000000000))", ""},
      {"INSERT INTO d6(x) VALUES(1)", "error: hex literal too big: -0x8000000000000000"},
      {"SELECT *, typeof(y) FROM d6", ""},
      {"CREATE TABLE d7 (x, y DEFAULT (TRUE), z DEFAULT true, w DEFAULT yes, v DEFAULT -true)",
       "error: near \"true\": syntax error"},
      {"CREATE TABLE d7 (x, y DEFAULT (TRUE), z DEFAULT true, w DEFAULT yes, v DEFAULT ('a'))", ""},
      {"INSERT INTO d7(x) VALUES(1)", ""},
      {"SELECT * FROM d7", "1|1|1|yes|a"},
      {"CREATE TABLE d8 (x, y DEFAULT (x))", "error: default value of column [y] is not constant"},
      {"CREATE TABLE d9 (x, y DEFAULT (\"true\"))",
       "error: default value of column [y] is not constant"},
      {"CREATE TABLE d9 (x, y DEFAULT ('q' || \"true\"))",
       "error: default value of column [y] is not constant"},
      {"CREATE TABLE d9 (x, y DEFAULT -\"true\")", "error: near \"\"true\"\": syntax error"},
      {"PRAGMA table_info(d7)",
       "0|x||0|NULL|0\n1|y||0|TRUE|0\n2|z||0|true|0\n3|w||0|yes|0\n4|v||0|'a'|0"},
      {"ALTER TABLE d7 ADD COLUMN q DEFAULT (\"x\")",
       "error: default value of column [q] is not constant"},
      {"ALTER TABLE d7 ADD COLUMN q2 DEFAULT \"x\"", ""},
      {"ALTER TABLE d7 ADD COLUMN q3 DEFAULT -0x8000000000000000", ""},
      {"SELECT typeof(q3), q3 > 9e18 FROM d7", "real|1"},
  });
}

TEST(SqliteRules, ExcludedAndDefaults5) {
  Play({
      {"CREATE TABLE t1(name TEXT) STRICT", ""},
      {"ALTER TABLE t1 ADD COLUMN i1 INTEGER DEFAULT 'corrupted'", ""},
      {"INSERT INTO t1 VALUES ('alice'), ('bob')",
       "error: table t1 has 2 columns but 1 values were supplied"},
      {"ALTER TABLE t1 ADD COLUMN id INTEGER DEFAULT 'corrupted'", ""},
      {"ALTER TABLE t1 ADD COLUMN id INTEGER DEFAULT '12'", "error: duplicate column name: id"},
      {"ALTER TABLE t1 ADD COLUMN id2 INTEGER DEFAULT 3.14", ""},
      {"ALTER TABLE t1 ADD COLUMN id3 INTEGER DEFAULT 3.0", ""},
      {"ALTER TABLE t1 ADD COLUMN id4 REAL DEFAULT 3", ""},
      {"ALTER TABLE t1 ADD COLUMN id5 REAL DEFAULT 'abc'", ""},
      {"ALTER TABLE t1 ADD COLUMN id6 TEXT DEFAULT 12", ""},
      {"ALTER TABLE t1 ADD COLUMN id7 BLOB DEFAULT 'abc'", ""},
      {"ALTER TABLE t1 ADD COLUMN id8 BLOB DEFAULT x'00'", ""},
      {"ALTER TABLE t1 ADD COLUMN id9 BLOB DEFAULT 4", ""},
      {"ALTER TABLE t1 ADD COLUMN id10 ANY DEFAULT 4", ""},
      {"ALTER TABLE t1 ADD COLUMN id11 INT DEFAULT NULL", ""},
      {"SELECT * FROM t1", ""},
  });
}

TEST(SqliteRules, StrictDefaultsOfAddedColumns) {
  Play({
      {"CREATE TABLE t1(name TEXT) STRICT", ""},
      {"INSERT INTO t1 VALUES ('alice'), ('bob')", ""},
      {"ALTER TABLE t1 ADD COLUMN id INTEGER DEFAULT 'corrupted'",
       "error: type mismatch on DEFAULT"},
      {"ALTER TABLE t1 ADD COLUMN id INTEGER DEFAULT '12'", ""},
      {"ALTER TABLE t1 ADD COLUMN id2 INTEGER DEFAULT 3.14", "error: type mismatch on DEFAULT"},
      {"ALTER TABLE t1 ADD COLUMN id3 INTEGER DEFAULT 3.0", ""},
      {"ALTER TABLE t1 ADD COLUMN id4 REAL DEFAULT 3", ""},
      {"ALTER TABLE t1 ADD COLUMN id5 REAL DEFAULT 'abc'", "error: type mismatch on DEFAULT"},
      {"ALTER TABLE t1 ADD COLUMN id6 TEXT DEFAULT 12", ""},
      {"ALTER TABLE t1 ADD COLUMN id7 BLOB DEFAULT 'abc'", "error: type mismatch on DEFAULT"},
      {"ALTER TABLE t1 ADD COLUMN id8 BLOB DEFAULT x'00'", ""},
      {"ALTER TABLE t1 ADD COLUMN id9 BLOB DEFAULT 4", "error: type mismatch on DEFAULT"},
      {"ALTER TABLE t1 ADD COLUMN id10 ANY DEFAULT 4", ""},
      {"ALTER TABLE t1 ADD COLUMN id11 INT DEFAULT NULL", ""},
      {"SELECT * FROM t1", "alice|12|3|3.0|12|x'00'|4|NULL\nbob|12|3|3.0|12|x'00'|4|NULL"},
  });
}

TEST(SqliteRules, ArgumentsOfPragmasAreColumns) {
  Play({
      {"CREATE TABLE t(a, b)", ""},
      {"SELECT name FROM pragma_table_info WHERE arg = 't'", "a\nb"},
      {"SELECT * FROM pragma_table_info WHERE arg = 't'", "0|a||0|NULL|0\n1|b||0|NULL|0"},
      {"SELECT m.name, p.name FROM sqlite_schema m JOIN pragma_table_info p WHERE p.arg = m.name",
       "t|a\nt|b"},
      {"SELECT arg, schema, name FROM pragma_table_info('t')", "t|NULL|a\nt|NULL|b"},
      {"SELECT * FROM pragma_table_info('t') NATURAL JOIN (SELECT 'a' AS name, 1 AS arg)",
       "0|a||0|NULL|0|1"},
  });
}

TEST(SqliteRules, PartialAndExpressionIndexesAreEntered) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT, c REAL, d)", ""},
      {"WITH n(x) AS (VALUES(1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) INSERT INTO t SELECT NULL, "
       "CASE WHEN p.x % 3 = 0 THEN NULL ELSE p.x * 10 + q.x END, CASE q.x % 4 WHEN 0 THEN 'Ab' "
       "WHEN 1 THEN 'ab' ELSE 'x' || p.x END, p.x / 2.0, CASE q.x % 3 WHEN 0 THEN q.x WHEN 1 THEN "
       "'' || q.x ELSE NULL END FROM n p, n q",
       ""},
      {"CREATE INDEX pa ON t(a) WHERE a IS NOT NULL", ""},
      {"CREATE INDEX pb ON t(b) WHERE c > 2", ""},
      {"CREATE INDEX pd ON t(d) WHERE a > 50 OR b = 'ab'", ""},
      {"CREATE UNIQUE INDEX pu ON t(id) WHERE d IS NULL", ""},
      {"CREATE INDEX el ON t(lower(b))", ""},
      {"CREATE INDEX es ON t(a + 1, b)", ""},
      {"CREATE INDEX en ON t(b || d COLLATE NOCASE)", ""},
      {"CREATE INDEX ec ON t(CAST(d AS INTEGER))", ""},
      {"CREATE INDEX ef ON t(abs(a)) WHERE b = 'ab'", ""},
      {"SELECT count(*), sum(id) FROM t WHERE a = 42", "1|32"},
      {"SELECT count(*), sum(id) FROM t WHERE a > 42", "48|3112"},
      {"SELECT count(*), sum(id) FROM t WHERE a IN (11, 12, 42)", "3|35"},
      {"SELECT count(*), sum(id) FROM t WHERE a IS NOT NULL", "70|3385"},
      {"SELECT count(*), sum(id) FROM t WHERE a IS 42", "1|32"},
      {"SELECT count(*), sum(id) FROM t WHERE a IS NULL", "30|1665"},
      {"SELECT count(*), sum(id) FROM t WHERE b = 'ab' AND c > 2", "18|1260"},
      {"SELECT count(*), sum(id) FROM t WHERE b = 'ab' AND c > 1", "24|1440"},
      {"SELECT count(*), sum(id) FROM t WHERE b > 'a' AND c > 2", "48|3378"},
      {"SELECT count(*), sum(id) FROM t WHERE d = 3 AND b = 'ab'", "0|NULL"},
      {"SELECT count(*), sum(id) FROM t WHERE d = '1' AND a > 50", "4|264"},
      {"SELECT count(*), sum(id) FROM t WHERE d = '1' AND (a > 50 OR b = 'ab')", "10|460"},
      {"SELECT count(*), sum(id) FROM t WHERE id = 5 AND d IS NULL", "1|5"},
      {"SELECT count(*), sum(id) FROM t WHERE lower(b) = 'ab'", "50|2520"},
      {"SELECT count(*), sum(id) FROM t WHERE 'ab' = lower(b)", "50|2520"},
      {"SELECT count(*), sum(id) FROM t WHERE lower(b) COLLATE NOCASE = 'AB'", "50|2520"},
      {"SELECT count(*), sum(id) FROM t WHERE lower(b) BETWEEN 'a' AND 'b'", "50|2520"},
      {"SELECT count(*), sum(id) FROM t WHERE lower(b) IN ('ab', 'x3', 5)", "55|2648"},
      {"SELECT count(*), sum(id) FROM t WHERE a + 1 = 43", "1|32"},
      {"SELECT count(*), sum(id) FROM t WHERE a + 1 = 43.0", "1|32"},
      {"SELECT count(*), sum(id) FROM t WHERE a + 1 = '43'", "0|NULL"},
      {"SELECT count(*), sum(id) FROM t WHERE a + 1 > 90 AND a + 1 < 95", "1|80"},
      {"SELECT count(*), sum(id) FROM t WHERE a + 1 = 43 AND b = 'x4'", "1|32"},
      {"SELECT count(*), sum(id) FROM t WHERE b || d = 'AB3' COLLATE NOCASE", "0|NULL"},
      {"SELECT count(*), sum(id) FROM t WHERE b || d = 'AB3'", "0|NULL"},
      {"SELECT count(*), sum(id) FROM t WHERE CAST(d AS INTEGER) = 3", "10|480"},
      {"SELECT count(*), sum(id) FROM t WHERE CAST(d AS INTEGER) = '3'", "10|480"},
      {"SELECT count(*), sum(id) FROM t WHERE CAST(d AS INTEGER) > 2.5", "60|3090"},
      {"SELECT count(*), sum(id) FROM t WHERE abs(a) = 51 AND b = 'ab'", "1|41"},
      {"SELECT count(*), sum(id) FROM t WHERE abs(a) = 51", "1|41"},
      {"SELECT count(*), sum(u.id) FROM t JOIN t u ON lower(u.b) = t.b", "1750|88250"},
      {"SELECT count(*), sum(u.id) FROM t JOIN t u ON u.a + 1 = t.a", "66|3135"},
      {"SELECT count(*), sum(u.id) FROM t LEFT JOIN t u ON u.a + 1 = t.a AND u.b = t.b", "100|656"},
      {"SELECT count(*), sum(u.id) FROM t LEFT JOIN t u ON u.a = t.id", "100|2430"},
      {"SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM t u WHERE lower(u.b) = t.b AND u.id <> "
       "t.id)",
       "80"},
      {"SELECT count(*) FROM t INDEXED BY pa WHERE a > 5", "70"},
      {"SELECT count(*) FROM t INDEXED BY pa WHERE b = 'x'", "error: no query solution"},
      {"SELECT count(*) FROM t INDEXED BY pb WHERE b = 'ab'", "error: no query solution"},
      {"SELECT count(*) FROM t INDEXED BY pb", "100"},
      {"SELECT sum(id) FROM t INDEXED BY pb", "error: no query solution"},
      {"SELECT count(*) FROM t INDEXED BY el WHERE lower(b) = 'ab'", "50"},
      {"SELECT count(*) FROM t AS l LEFT JOIN t AS r INDEXED BY pu ON 1 WHERE r.d IS NULL",
       "error: no query solution"},
      {"SELECT id FROM t WHERE lower(b) = 'ab' ORDER BY id LIMIT 3", "1\n4\n5"},
      {"SELECT a + 1 FROM t WHERE a + 1 > 95 ORDER BY a + 1 DESC LIMIT 3", "111\n110\n109"},
      {"UPDATE t SET b = 'zz' WHERE lower(b) = 'ab' AND id < 20", ""},
      {"SELECT count(*), sum(id) FROM t WHERE lower(b) = 'ab'", "40|2416"},
      {"DELETE FROM t WHERE a > 90", ""},
      {"SELECT count(*), sum(id) FROM t WHERE a > 80", "10|755"},
      {"ALTER TABLE t RENAME COLUMN b TO bee", ""},
      {"SELECT count(*), sum(id) FROM t WHERE lower(bee) = 'ab'", "35|1939"},
      {"PRAGMA integrity_check", "ok"},
  });
}

TEST(SqliteRules, CollatedTermsNameColumns) {
  Play({
      {"CREATE TABLE t(a)", ""},
      {"INSERT INTO t VALUES('b'),('A'),('a'),('B')", ""},
      {"SELECT a, count(*) FROM t GROUP BY (1 COLLATE BINARY) COLLATE NOCASE", "A|2\nb|2"},
      {"SELECT length(group_concat(1)) FROM t GROUP BY (1 COLLATE BINARY) COLLATE NOCASE",
       "error: misuse of aggregate: group_concat()"},
      {"SELECT a FROM t ORDER BY (1 COLLATE NOCASE) COLLATE BINARY", "A\nB\na\nb"},
      {"SELECT a AS q FROM t ORDER BY (q COLLATE NOCASE) COLLATE BINARY", "A\nB\na\nb"},
      {"SELECT a FROM t UNION SELECT 'c' ORDER BY (1 COLLATE NOCASE) COLLATE BINARY",
       "A\nB\na\nb\nc"},
      {"SELECT a FROM t ORDER BY 1 COLLATE nosuch", "error: no such collation sequence: nosuch"},
      {"SELECT a FROM t GROUP BY 1 COLLATE nosuch", "error: no such collation sequence: nosuch"},
  });
}

TEST(SqliteRules, AnInsertWhoseValuesTakeAllMemoryOnlyFails) {
  DatabaseOptions options;
  options.cache_bytes = 1u << 20;
  options.budget_bytes = 8u << 20;
  TestDatabase t(options);
  EXPECT_EQ(t.Text("CREATE TABLE t(a)"), "");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES(hex(zeroblob(20000000)))"), "error: out of memory");
  EXPECT_EQ(t.Text("INSERT INTO t VALUES(1); SELECT * FROM t"), "1");
}

// Node's SQLite lacks it: the answers are those of the sqlite3 program's generate_series.
TEST(SqliteRules, GenerateSeries) {
  Play({
      {"SELECT * FROM generate_series(1, 10, 4)", "1\n5\n9"},
      {"SELECT *, start, stop, step FROM generate_series(10, 1, -4)",
       "10|10|1|-4\n6|10|1|-4\n2|10|1|-4"},
      {"SELECT value FROM generate_series(5, 1)", ""},
      {"SELECT value FROM generate_series(5, 6, 0)", "5\n6"},
      {"SELECT value FROM generate_series(NULL, 3)", ""},
      {"SELECT count(*), max(value) FROM generate_series WHERE start = 4294967290", "6|4294967295"},
      {"SELECT value FROM generate_series WHERE start = 3 AND stop = 9 AND 4 = step", "3\n7"},
      {"SELECT value FROM generate_series",
       "error: first argument to \"generate_series()\" missing or unusable"},
      {"SELECT value FROM generate_series(9223372036854775806, 9223372036854775807)",
       "9223372036854775806\n9223372036854775807"},
      {"SELECT value FROM generate_series(-9223372036854775807-1, 9223372036854775807, "
       "9223372036854775807)",
       "-9223372036854775808\n-1\n9223372036854775806"},
      {"SELECT value FROM generate_series(1) LIMIT 2", "1\n2"},
      {"SELECT a.value, b.value FROM generate_series(1, 2) a, generate_series(a.value, 2) b",
       "1|1\n1|2\n2|2"},
      {"SELECT sum(value) FROM generate_series(1, 100000) WHERE value % 3 = 0", "1666683333"},
      {"SELECT value FROM generate_series(1, 2, 3, 4)",
       "error: too many arguments on generate_series() - max 3"},
  });
}

TEST(SqliteRules, UnionKeepsTheRightSidesRow) {
  Play({
      {"CREATE TABLE t(a TEXT COLLATE NOCASE)", ""},
      {"INSERT INTO t VALUES('x'),('X')", ""},
      {"SELECT 1 UNION SELECT 1.0", "1.0"},
      {"SELECT 1 UNION SELECT 1.0 UNION SELECT 1", "1"},
      {"SELECT 1 UNION ALL SELECT 1.0 UNION SELECT 3", "1\n3"},
      {"SELECT 1 UNION SELECT 1.0 UNION ALL SELECT 1", "1.0\n1"},
      {"SELECT 2 UNION SELECT 1 UNION ALL SELECT 0", "1\n2\n0"},
      {"SELECT 2 EXCEPT SELECT 3 UNION ALL SELECT 0", "2\n0"},
      {"SELECT 1 EXCEPT SELECT 2 UNION SELECT 1.0", "1.0"},
      {"SELECT 1 UNION SELECT 1.0 UNION SELECT 2 ORDER BY 1 DESC", "2\n1.0"},
      {"SELECT 'a' COLLATE NOCASE UNION SELECT 'A'", "A"},
      {"SELECT a FROM t UNION SELECT 'y'", "x\ny"},
      {"SELECT typeof(x) FROM (SELECT 1 x UNION SELECT 1.0)", "real"},
  });
}

// A key is compared, not stored: 2^53 + 1 is no REAL.
TEST(SqliteRules, IntegersAreLookedUpAmongRealsAsTheyAre) {
  Play({
      {"CREATE TABLE t(e REAL PRIMARY KEY, f)", ""},
      {"INSERT INTO t VALUES(9007199254740993,1),(9223372036854775807,2),(5,3)", ""},
      {"SELECT f FROM t WHERE e=9007199254740993", ""},
      {"SELECT f FROM t WHERE e=9007199254740992", "1"},
      {"SELECT f FROM t WHERE e=9223372036854775807", ""},
      {"SELECT f FROM t WHERE e IN (9223372036854775807,'5')", "3"},
      {"SELECT f FROM t WHERE e>9223372036854775807", "2"},
      {"SELECT f FROM t WHERE e<9007199254740993 ORDER BY e", "3\n1"},
  });
}

TEST(SqliteRules, HavingDoesNotMakeAnAggregateQuery) {
  Play({
      {"CREATE TABLE t(a)", ""},
      {"SELECT a FROM t HAVING count(*)>1", "error: HAVING clause on a non-aggregate query"},
      {"SELECT 1 FROM t HAVING max(a)=2", "error: HAVING clause on a non-aggregate query"},
      {"SELECT count(*) FROM t HAVING max(a) IS NULL", "0"},
  });
}

TEST(SqliteRules, TheSchemaTableHasTwoNames) {
  Play({
      {"CREATE TABLE t(a,b)", ""},
      {"SELECT sqlite_master.name, p.name FROM sqlite_master JOIN "
       "pragma_table_info(sqlite_master.name) p",
       "t|a\nt|b"},
      {"SELECT sqlite_schema.name FROM sqlite_master", "t"},
      {"SELECT main.sqlite_master.name FROM sqlite_schema WHERE sqlite_schema.rowid=1", "t"},
      {"SELECT sqlite_master.name FROM sqlite_master x",
       "error: no such column: sqlite_master.name"},
      {"DELETE FROM sqlite_schema", "error: table sqlite_master may not be modified"},
      {"DROP TABLE sqlite_schema", "error: table sqlite_master may not be dropped"},
      {"CREATE INDEX i ON sqlite_schema(name)", "error: table sqlite_master may not be indexed"},
      {"ALTER TABLE sqlite_schema ADD COLUMN x", "error: table sqlite_master may not be altered"},
  });
}

TEST(SqliteRules, RowValuesInTheirPlaces) {
  Play({
      {"CREATE TABLE t(a,b)", ""},
      {"SELECT CASE (1,2) WHEN (1,3) THEN 0 WHEN (1,2) THEN 3 END", "3"},
      {"SELECT CASE (1,2) WHEN (SELECT 1,3) THEN 3 ELSE 4 END", "4"},
      {"SELECT CASE (1,2) WHEN 1 THEN 3 END", "error: row value misused"},
      {"SELECT CASE 1 WHEN (1,2) THEN 3 END", "error: row value misused"},
      {"SELECT (1,2)=(1,2,3)", "error: row value misused"},
      {"SELECT (1,2) IN (1,2)", "error: IN(...) element has 1 term - expected 2"},
      {"SELECT (1,2) IN ((1,2),(1,2,3))", "error: IN(...) element has 3 terms - expected 2"},
      {"UPDATE t SET b=(1,2)", "error: row value misused"},
      {"UPDATE t SET (a)=(1,2)", "error: 1 columns assigned 2 values"},
  });
}

TEST(SqliteRules, NumbersThatPragmasSet) {
  Play({
      {"PRAGMA user_version=0x1F", ""},
      {"PRAGMA user_version", "31"},
      {"PRAGMA user_version=\" 12\"", ""},
      {"PRAGMA user_version", "0"},
      {"PRAGMA application_id=0xFFFFFFFF", ""},
      {"PRAGMA application_id", "0"},
  });
}

TEST(SqliteRules, ForeignKeysAreCheckedOrRefusedByName) {
  Play({
      {"CREATE TABLE p(a INTEGER PRIMARY KEY)", ""},
      {"PRAGMA foreign_key_check", ""},
      {"PRAGMA foreign_key_check(nosuch)", "error: no such table: nosuch"},
      {"CREATE TABLE c(x REFERENCES p)", ""},
      {"PRAGMA foreign_key_check(p)", ""},
      {"PRAGMA foreign_key_check",
       "error: PRAGMA foreign_key_check of table c is not supported yet"},
  });
}

}  // namespace
}  // namespace dosql
