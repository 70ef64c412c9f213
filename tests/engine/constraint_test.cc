#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Every answer is SQLite's own.

namespace dosql {
namespace {

TEST(Constraint, ClausesOfTheTable) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY ON CONFLICT REPLACE, b UNIQUE ON CONFLICT IGNORE, c "
       "NOT NULL ON CONFLICT REPLACE DEFAULT 7, d CHECK(d>0))",
       ""},
      {"INSERT INTO t VALUES(1,1,NULL,1),(1,2,3,1),(2,2,1,1),(2,5,1,1)", ""},
      {"SELECT * FROM t", "1|2|3|1\n2|5|1|1"},
      {"INSERT INTO t VALUES(9,9,9,-1)", "error: CHECK constraint failed: d>0"},
      {"INSERT OR IGNORE INTO t VALUES(9,9,9,-1)", ""},
      {"INSERT OR REPLACE INTO t VALUES(9,9,9,-1)", "error: CHECK constraint failed: d>0"},
      {"INSERT OR ABORT INTO t VALUES(9,9,NULL,1)", "error: NOT NULL constraint failed: t.c"},
      {"SELECT * FROM t", "1|2|3|1\n2|5|1|1"},
  });
}

TEST(Constraint, ChecksAndTheirNames) {
  Play({
      {"CREATE TABLE t(a INT NOT NULL, CONSTRAINT foo CHECK(a > 1), CHECK (a   <  10))", ""},
      {"INSERT INTO t VALUES(1)", "error: CHECK constraint failed: foo"},
      {"INSERT INTO t VALUES(11)", "error: CHECK constraint failed: a   <  10"},
      {"INSERT OR REPLACE INTO t VALUES(NULL)", "error: NOT NULL constraint failed: t.a"},
      {"INSERT INTO t VALUES(5)", ""},
      {"UPDATE t SET a=NULL", "error: NOT NULL constraint failed: t.a"},
      {"UPDATE t SET a=a+100", "error: CHECK constraint failed: a   <  10"},
      {"CREATE TABLE q3(a CHECK(zz>1))", "error: no such column: zz"},
      {"CREATE TABLE q3(a CHECK((SELECT 1)))", "error: subqueries prohibited in CHECK constraints"},
      {"CREATE TABLE q4(a CHECK(q4.a>1), CHECK(rowid>5))", ""},
      {"INSERT INTO q4 VALUES(2)", "error: CHECK constraint failed: rowid>5"},
      {"INSERT INTO q4(rowid,a) VALUES(7,2)", ""},
      {"CREATE TABLE r(a TEXT CHECK(typeof(a)='text'))", ""},
      {"INSERT INTO r VALUES(1)", ""},
      {"CREATE TABLE q(a DEFAULT (1+1), b)", ""},
      {"INSERT INTO q(b) VALUES(1) RETURNING *", "2|1"},
      {"INSERT INTO q DEFAULT VALUES RETURNING *", "2|NULL"},
  });
}

TEST(Constraint, PartialAndExpressionIndexes) {
  Play({
      {"CREATE TABLE q(a,b)", ""},
      {"CREATE UNIQUE INDEX p ON q(b) WHERE b>5", ""},
      {"INSERT INTO q(b) VALUES(6),(6)", "error: UNIQUE constraint failed: q.b"},
      {"INSERT INTO q(b) VALUES(3),(3),(7)", ""},
      {"INSERT INTO q(b) VALUES(7) ON CONFLICT(b) WHERE b>5 DO NOTHING", ""},
      {"INSERT INTO q(b) VALUES(6) ON CONFLICT(b) DO NOTHING",
       "error: ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"},
      {"UPDATE q SET b=b+4", "error: UNIQUE constraint failed: q.b"},
      {"UPDATE q SET b=b-2 WHERE b=7", ""},
      {"UPDATE q SET b=100 WHERE b=5", ""},
      {"SELECT b FROM q", "3\n3\n100"},
      {"PRAGMA integrity_check", "ok"},
      {"CREATE TABLE e(a)", ""},
      {"CREATE UNIQUE INDEX i ON e(a+1)", ""},
      {"INSERT INTO e VALUES(1),(2)", ""},
      {"INSERT INTO e VALUES(2)", "error: UNIQUE constraint failed: index 'i'"},
      {"INSERT INTO e VALUES(2) ON CONFLICT(a+1) DO UPDATE SET a=50 RETURNING *", "50"},
      {"INSERT INTO e VALUES(2) ON CONFLICT(1+a) DO NOTHING",
       "error: ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"},
      {"REPLACE INTO e VALUES(50.0)", ""},
      {"SELECT * FROM e", "1\n50.0"},
      {"CREATE UNIQUE INDEX j ON e(a>0)", "error: UNIQUE constraint failed: index 'j'"},
      {"DELETE FROM e WHERE a>9", ""},
      {"CREATE INDEX j ON e(length(a) DESC, a) WHERE a IS NOT NULL", ""},
      {"INSERT INTO e VALUES(NULL),('xyz')", ""},
      {kReopen, ""},
      {"PRAGMA integrity_check", "ok"},
      {"SELECT * FROM e", "1\nNULL\nxyz"},
      {"SELECT b FROM q", "3\n3\n100"},
      {"CREATE INDEX k ON e(random())",
       "error: non-deterministic functions prohibited in index expressions"},
      {"CREATE INDEX k ON e(a) WHERE random()>1",
       "error: non-deterministic functions prohibited in partial index WHERE clauses"},
      {"CREATE INDEX k ON e(a) WHERE zz", "error: no such column: zz"},
      {"CREATE INDEX k ON e(a+zz)", "error: no such column: zz"},
      {"CREATE INDEX k ON e(count(*))", "error: misuse of aggregate function count()"},
      {"CREATE INDEX k ON e((SELECT 1))", "error: subqueries prohibited in index expressions"},
  });
}

TEST(Constraint, StrictTypes) {
  Play({
      {"CREATE TABLE u(a INTEGER PRIMARY KEY, b INT NOT NULL, c TEXT UNIQUE, CHECK(b>0)) STRICT",
       ""},
      {"INSERT INTO u VALUES(1,1,'a')", ""},
      {"INSERT INTO u VALUES(1,1,x'00')", "error: cannot store BLOB value in TEXT column u.c"},
      {"INSERT INTO u VALUES(1,'x','a')", "error: cannot store TEXT value in INT column u.b"},
      {"INSERT INTO u VALUES(2,-1,x'00')", "error: cannot store BLOB value in TEXT column u.c"},
      {"INSERT INTO u VALUES(2,null,x'00')", "error: NOT NULL constraint failed: u.b"},
      {"INSERT OR IGNORE INTO u VALUES(2,3,x'00')",
       "error: cannot store BLOB value in TEXT column u.c"},
      {"UPDATE u SET b='5'", ""},
      {"UPDATE u SET b='5q'", "error: cannot store TEXT value in INT column u.b"},
      {"UPDATE u SET b=1.5", "error: cannot store REAL value in INT column u.b"},
      {"CREATE TABLE w(a ANY, r REAL, b BLOB) STRICT", ""},
      {"INSERT INTO w VALUES('5',5,x'00')", ""},
      {"INSERT INTO w VALUES(5,'5','x')", "error: cannot store TEXT value in BLOB column w.b"},
      {"SELECT typeof(a),typeof(r) FROM w", "text|real"},
      {"CREATE TABLE p(a INT, b INT, PRIMARY KEY(a,b)) STRICT", ""},
      {"INSERT INTO p(a) VALUES(1)", "error: NOT NULL constraint failed: p.b"},
  });
}

}  // namespace
}  // namespace dosql
