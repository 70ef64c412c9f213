#include <gtest/gtest.h>

#include "tests/engine/script.h"

// Every answer is SQLite's own.

namespace dosql {
namespace {

TEST(Write, UpsertsMatchTheirTargets) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, v INT UNIQUE)", ""},
      {"INSERT INTO t VALUES(1,2,3)", ""},
      {"INSERT INTO t VALUES(1,5,'7') ON CONFLICT(a) DO UPDATE SET b=excluded.b, v=excluded.v "
       "RETURNING a,b,v,typeof(v)",
       "1|5|7|integer"},
      {"SELECT changes(), last_insert_rowid()", "1|1"},
      {"INSERT INTO t VALUES(1,9,9),(2,9,7),(3,3,3) ON CONFLICT(a) DO UPDATE SET b=t.b||excluded.b "
       "WHERE excluded.b>1 ON CONFLICT(v) DO NOTHING RETURNING *",
       "1|59|7\n3|3|3"},
      {"SELECT changes(), total_changes(), last_insert_rowid()", "2|4|3"},
      {"INSERT INTO t(v) VALUES(100) ON CONFLICT DO NOTHING RETURNING a", "4"},
      {"INSERT INTO t(v) VALUES(100) ON CONFLICT DO NOTHING RETURNING a", ""},
      {"INSERT INTO t(v) VALUES(100) ON CONFLICT DO UPDATE SET v=v+1 RETURNING *", "4|NULL|101"},
      {"INSERT INTO t(v) VALUES(101) ON CONFLICT(v) DO UPDATE SET a=99, v=excluded.v+excluded.a "
       "RETURNING *,rowid",
       "99|NULL|106|99"},
      {"INSERT INTO t(a) VALUES(1) ON CONFLICT(b) DO NOTHING",
       "error: ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"},
      {"INSERT INTO t(a) VALUES(1) ON CONFLICT(a) DO NOTHING ON CONFLICT(zz) DO NOTHING",
       "error: no such column: zz"},
      {"INSERT INTO t(a) VALUES(1) ON CONFLICT(a) DO NOTHING ON CONFLICT(b) DO NOTHING",
       "error: 2nd ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"},
      {"INSERT INTO t AS k VALUES(1,1,1) ON CONFLICT(a) DO UPDATE SET b=t.b",
       "error: no such column: t.b"},
      {"INSERT INTO t AS k VALUES(1,1,1) ON CONFLICT(a) DO UPDATE SET (b,v)=(k.b||'!',50) "
       "RETURNING *",
       "1|59!|50"},
      {"PRAGMA integrity_check", "ok"},
  });
}

TEST(Write, UpsertsOfManyRowsSeeEachOther) {
  Play({
      {"CREATE TABLE c(w TEXT PRIMARY KEY, n INT DEFAULT 1)", ""},
      {"INSERT INTO c(w) VALUES('a'),('b'),('a'),('a') ON CONFLICT(w) DO UPDATE SET n=n+1", ""},
      {"SELECT * FROM c", "a|3\nb|1"},
      {"INSERT INTO c SELECT w,n FROM c WHERE 1 ON CONFLICT(w) DO UPDATE SET n=c.n+excluded.n "
       "RETURNING w,n",
       "a|6\nb|2"},
      {"SELECT changes()", "2"},
  });
}

TEST(Write, ReplaceDeletesWhatIsInTheWay) {
  Play({
      {"CREATE TABLE t(a UNIQUE, b UNIQUE, c)", ""},
      {"CREATE UNIQUE INDEX tc ON t(c)", ""},
      {"INSERT INTO t VALUES(1,1,1),(2,2,2),(3,3,3)", ""},
      {"INSERT INTO t VALUES(1,1,1)", "error: UNIQUE constraint failed: t.c"},
      {"INSERT INTO t VALUES(1,1,9)", "error: UNIQUE constraint failed: t.b"},
      {"REPLACE INTO t VALUES(1,2,3) RETURNING *", "1|2|3"},
      {"SELECT rowid,* FROM t", "4|1|2|3"},
      {"SELECT changes()", "1"},
      {"INSERT INTO t VALUES(5,5,5),(6,6,6)", ""},
      {"UPDATE OR REPLACE t SET a=5 WHERE a=6", ""},
      {"SELECT * FROM t", "1|2|3\n5|6|6"},
      {"UPDATE OR IGNORE t SET a=1", ""},
      {"SELECT a,b,c,changes() FROM t", "1|2|3|1\n5|6|6|1"},
      {"UPDATE OR FAIL t SET b=9", "error: UNIQUE constraint failed: t.b"},
      {"SELECT a,b,c,changes() FROM t", "1|9|3|1\n5|6|6|1"},
      {"PRAGMA integrity_check", "ok"},
  });
}

TEST(Write, ConflictClausesOfTheStatement) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY, b)", ""},
      {"INSERT INTO t VALUES(1,1),(5,2),(5,3)", "error: UNIQUE constraint failed: t.a"},
      {"SELECT last_insert_rowid(), changes(), total_changes()", "5|0|0"},
      {"INSERT OR FAIL INTO t VALUES(11,1),(15,2),(15,3)", "error: UNIQUE constraint failed: t.a"},
      {"SELECT last_insert_rowid(), changes(), total_changes()", "15|2|2"},
      {"SELECT * FROM t", "11|1\n15|2"},
      {"BEGIN", ""},
      {"INSERT INTO t VALUES(99,1)", ""},
      {"INSERT OR ROLLBACK INTO t VALUES(100,1),(11,1)", "error: UNIQUE constraint failed: t.a"},
      {"COMMIT", "error: cannot commit - no transaction is active"},
      {"SELECT *, total_changes() FROM t", "11|1|3\n15|2|3"},
      {"REPLACE INTO t VALUES(11,'r')", ""},
      {"SELECT changes()", "1"},
      {"INSERT INTO t VALUES(11,1)", "error: UNIQUE constraint failed: t.a"},
      {"SELECT changes()", "0"},
      {"UPDATE OR REPLACE t SET a=a+4", ""},
      {"SELECT * FROM t", "19|r"},
      {"SELECT changes()", "2"},
      {"UPDATE t SET a=NULL", "error: datatype mismatch"},
      {"BEGIN", ""},
      {"INSERT OR ROLLBACK INTO t VALUES(19,1)", "error: UNIQUE constraint failed: t.a"},
      {"ROLLBACK", "error: cannot rollback - no transaction is active"},
      {"BEGIN", ""},
      {"INSERT INTO t VALUES(200,1)", ""},
      {"INSERT OR FAIL INTO t VALUES(201,1),(200,1),(202,1)",
       "error: UNIQUE constraint failed: t.a"},
      {"INSERT OR ABORT INTO t VALUES(203,1),(200,1),(202,1)",
       "error: UNIQUE constraint failed: t.a"},
      {"COMMIT", ""},
      {"SELECT a FROM t", "19\n200\n201"},
  });
}

TEST(Write, ReturningNamesAndScopes) {
  Play({
      {"CREATE TABLE t(a,b)", ""},
      {"INSERT INTO t(rowid,a) VALUES(9,1) RETURNING rowid,*", "9|1|NULL"},
      {"UPDATE t SET a=1,a=2 RETURNING a", "2"},
      {"INSERT INTO t DEFAULT VALUES RETURNING rowid", "10"},
      {"INSERT INTO t VALUES(1,1) RETURNING count(*)",
       "error: misuse of aggregate function count()"},
      {"DELETE FROM t RETURNING *, a+1 AS z", "2|NULL|3\nNULL|NULL|NULL"},
      {"INSERT INTO t VALUES(1,1) RETURNING t.*",
       "error: RETURNING may not use \"TABLE.*\" wildcards"},
      {"INSERT INTO t AS q VALUES(1,1) RETURNING q.a", "error: no such column: q.a"},
      {"INSERT INTO t AS q VALUES(1,1) RETURNING t.a", "1"},
      {"INSERT INTO t VALUES(1,2),(3,4) RETURNING rowid+0", "2\n3"},
      {"UPDATE t SET a=b RETURNING rowid, a IS b", "1|1\n2|1\n3|1"},
      {"INSERT INTO t VALUES(77,1) RETURNING (SELECT max(a) FROM t), a", "77|77"},
  });
}

TEST(Write, ColumnListsAndCounts) {
  Play({
      {"CREATE TABLE t(a,b)", ""},
      {"INSERT INTO t(a,a) VALUES(1,2)", ""},
      {"SELECT * FROM t", "1|NULL"},
      {"INSERT INTO t(a,zz) VALUES(1,2)", "error: table t has no column named zz"},
      {"INSERT INTO t(a) VALUES(1,2)", "error: 2 values for 1 columns"},
      {"INSERT INTO t VALUES(1)", "error: table t has 2 columns but 1 values were supplied"},
      {"INSERT INTO t SELECT 1", "error: table t has 2 columns but 1 values were supplied"},
      {"INSERT INTO t(a) SELECT 1,2", "error: 2 values for 1 columns"},
      {"INSERT INTO t(b,rowid) SELECT 5,77 RETURNING rowid,*", "77|NULL|5"},
      {"INSERT INTO t VALUES(count(*),1)", "error: misuse of aggregate function count()"},
      {"INSERT INTO t(rowid) VALUES('x')", "error: datatype mismatch"},
      {"UPDATE t SET rowid=5,zz=1", "error: no such column: zz"},
      {"UPDATE t SET (a,b)=(1,2,3)", "error: 2 columns assigned 3 values"},
      {"UPDATE t SET (a,b)=1", "error: 2 columns assigned 1 values"},
      {"CREATE TABLE k(a INTEGER PRIMARY KEY, b)", ""},
      {"INSERT INTO k(rowid,b,a) VALUES(1,2,3) RETURNING *", "3|2"},
      {"INSERT INTO k(a,rowid) VALUES(1,7) RETURNING *", "7|NULL"},
  });
}

TEST(Write, InsertFromQueries) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, v INT UNIQUE)", ""},
      {"INSERT INTO t VALUES(1,'x',3),(2,'y',NULL)", ""},
      {"INSERT INTO t(a,b) SELECT a+10,b FROM t", ""},
      {"SELECT * FROM t", "1|x|3\n2|y|NULL\n11|x|NULL\n12|y|NULL"},
      {"INSERT INTO t SELECT * FROM t", "error: UNIQUE constraint failed: t.a"},
      {"SELECT changes(),total_changes()", "0|4"},
      {"INSERT OR IGNORE INTO t SELECT a+1,b,v FROM t", ""},
      {"SELECT * FROM t", "1|x|3\n2|y|NULL\n3|y|NULL\n11|x|NULL\n12|y|NULL\n13|y|NULL"},
      {"INSERT INTO t VALUES((SELECT 50),1,1)", ""},
      {"WITH x(n) AS (SELECT 61 UNION ALL SELECT 62) INSERT INTO t SELECT n,n*2,n FROM x RETURNING "
       "*",
       "61|122|61\n62|124|62"},
      {"INSERT INTO t WITH y AS (SELECT 70 AS q) SELECT q,q,q FROM y RETURNING a", "70"},
      {"INSERT INTO t(a) VALUES(80),(81) RETURNING a", "80\n81"},
      {"DELETE FROM t WHERE a IN (SELECT a FROM t WHERE a>=60) RETURNING a", "61\n62\n70\n80\n81"},
      {"SELECT count(*) FROM t", "7"},
  });
}

TEST(Write, UpdateFromTakesTheLastMatch) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY,b)", ""},
      {"CREATE TABLE s(k,v)", ""},
      {"INSERT INTO t VALUES(1,0),(2,0),(3,0)", ""},
      {"INSERT INTO s VALUES(3,'a'),(1,'b'),(1,'c'),(2,'d'),(1,'e')", ""},
      {"UPDATE t SET b=v FROM s WHERE s.k=t.a RETURNING a,b", "1|e\n2|d\n3|a"},
      {"SELECT changes()", "3"},
      {"UPDATE t SET b=1 FROM t WHERE 1",
       "error: target object/alias may not appear in FROM clause: t"},
      {"UPDATE t AS z SET b=y.b||'!' FROM t AS y WHERE y.a=z.a+1 RETURNING *", "1|d!\n2|a!"},
      {"UPDATE t SET b=1 RETURNING s.k", "error: no such column: s.k"},
      {"UPDATE t SET b=v FROM s WHERE s.k=t.a RETURNING s.k, v", "error: no such column: s.k"},
      {"UPDATE t SET (b,a)=(a,a+10) FROM s WHERE s.k=t.a", ""},
      {"SELECT * FROM t", "11|1\n12|2\n13|3"},
      {"UPDATE t SET b=q.n FROM (SELECT count(*) AS n FROM s) AS q WHERE t.a>11 RETURNING *",
       "12|5\n13|5"},
  });
}

// Several tables in FROM are joined by themselves, as if a query named all their columns.
TEST(Write, UpdateFromSeveralTables) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY,b)", ""},
      {"CREATE TABLE r(x,y)", ""},
      {"CREATE TABLE s(x,z)", ""},
      {"INSERT INTO t VALUES(1,0),(2,0)", ""},
      {"INSERT INTO r VALUES(1,'r')", ""},
      {"INSERT INTO s VALUES(1,'s')", ""},
      {"UPDATE t SET b=y||z FROM r JOIN s USING(x) WHERE x=a RETURNING *", "1|rs"},
      {"UPDATE t SET b=1 FROM r JOIN s ON r.x=t.a", "error: no such column: t.a"},
      {"UPDATE t SET b=1 FROM r,r", "error: ambiguous column name: main.r.x"},
      {"UPDATE t SET b=1 FROM r p,t p", "error: ambiguous column name: main.p._ROWID_"},
      {"UPDATE t SET b=1 FROM r JOIN s USING(x) JOIN s q ON 1", "error: ambiguous column name: x"},
      {"UPDATE t SET b=1 FROM t,s WHERE t.a=2", "error: ambiguous column name: t.a"},
      {"UPDATE t SET b=t.y FROM r t WHERE a=2 RETURNING *", "2|r"},
      {"UPDATE t SET b=7 FROM (SELECT * FROM t) t WHERE x IS 1", "error: no such column: x"},
      {"UPDATE t SET b=7 FROM (SELECT 2 AS k) t WHERE t.k=t.a RETURNING *", "2|7"},
      {"SELECT 1 FROM t,(r JOIN s ON r.x=t.a)", "error: no such column: t.a"},
      {"SELECT 1 FROM t LEFT JOIN (r JOIN s ON r.x=a) ON 1", "error: no such column: a"},
      {"SELECT * FROM (r JOIN s USING(x)) JOIN t ON a=x", "1|r|s|1|rs"},
  });
}

TEST(Write, UpdatesOfKeysAndRows) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY,b)", ""},
      {"INSERT INTO t VALUES(1,0),(2,0),(3,0)", ""},
      {"UPDATE t SET a=a+1", "error: UNIQUE constraint failed: t.a"},
      {"UPDATE t SET a=a-1", ""},
      {"UPDATE t SET a=a+10 WHERE a>=2", ""},
      {"SELECT * FROM t", "0|0\n1|0\n12|0"},
      {"UPDATE t SET b=(SELECT max(a) FROM t) RETURNING b", "12\n12\n12"},
      {"UPDATE t SET (b)=(SELECT count(*) FROM t WHERE a<9)", ""},
      {"UPDATE t SET (a,b)=(SELECT t.a+100, 5)", ""},
      {"SELECT * FROM t", "100|5\n101|5\n112|5"},
      {"UPDATE t SET b=1 WHERE EXISTS(SELECT 1 FROM t u WHERE u.a>t.a)", ""},
      {"SELECT * FROM t", "100|1\n101|1\n112|5"},
      {"WITH x(n) AS (SELECT 101) UPDATE t SET b=100 WHERE a IN (SELECT n FROM x) RETURNING *",
       "101|100"},
      {"WITH x(n) AS (SELECT 101) DELETE FROM t WHERE a IN x", ""},
      {"DELETE FROM t WHERE a=(SELECT min(a) FROM t) RETURNING a", "100"},
  });
}

TEST(Write, AutoincrementKeepsTheLargest) {
  Play({
      {"CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT,b UNIQUE)", ""},
      {"INSERT INTO t(b) VALUES(1)", ""},
      {"INSERT OR IGNORE INTO t(b) VALUES(1)", ""},
      {"SELECT * FROM sqlite_sequence", "t|2"},
      {"INSERT OR IGNORE INTO t VALUES(50,1)", ""},
      {"SELECT * FROM sqlite_sequence", "t|50"},
      {"INSERT INTO t VALUES(60,1)", "error: UNIQUE constraint failed: t.b"},
      {"SELECT * FROM sqlite_sequence", "t|50"},
      {"INSERT INTO t(b) VALUES(1) ON CONFLICT(b) DO UPDATE SET b=2 RETURNING *", "1|2"},
      {"SELECT * FROM sqlite_sequence", "t|51"},
      {"UPDATE t SET a=100", ""},
      {"SELECT * FROM sqlite_sequence", "t|51"},
      {"DELETE FROM sqlite_sequence", ""},
      {"INSERT INTO t(b) VALUES(7)", ""},
      {"SELECT * FROM sqlite_sequence", "t|101"},
      {"UPDATE sqlite_sequence SET seq=500", ""},
      {"INSERT INTO t(b) VALUES(8)", ""},
      {"SELECT * FROM t", "100|2\n101|7\n501|8"},
      {"INSERT INTO sqlite_sequence VALUES('t',900)", ""},
      {"INSERT INTO t(b) VALUES(9),(10),(11) RETURNING a", "502\n503\n504"},
      {"SELECT rowid,* FROM sqlite_sequence", "1|t|504\n2|t|900"},
      {kReopen, ""},
      {"INSERT INTO t(b) VALUES(12) RETURNING a", "505"},
  });
}

TEST(Write, WithoutRowid) {
  Play({
      {"CREATE TABLE t(a PRIMARY KEY, b UNIQUE) WITHOUT ROWID", ""},
      {"INSERT INTO t VALUES(1,1)", ""},
      {"INSERT INTO t VALUES(1,1)", "error: UNIQUE constraint failed: t.b"},
      {"INSERT INTO t VALUES(NULL,1)", "error: NOT NULL constraint failed: t.a"},
      {"INSERT OR IGNORE INTO t VALUES(NULL,1)", ""},
      {"REPLACE INTO t VALUES(NULL,1)", "error: NOT NULL constraint failed: t.a"},
      {"INSERT INTO t VALUES(1,5) ON CONFLICT(a) DO UPDATE SET b=excluded.b+1 RETURNING *", "1|6"},
      {"INSERT INTO t VALUES(2,6) ON CONFLICT(b) DO UPDATE SET a=excluded.a RETURNING *", "2|6"},
      {"INSERT INTO t VALUES(3,3),(4,4)", ""},
      {"REPLACE INTO t VALUES(3,4)", ""},
      {"SELECT * FROM t", "2|6\n3|4"},
      {"UPDATE t SET a=a+1", "error: UNIQUE constraint failed: t.a"},
      {"SELECT * FROM t", "2|6\n3|4"},
      {"UPDATE t SET a=x.b FROM (SELECT 1 AS b) x WHERE t.a=3", ""},
      {"SELECT * FROM t", "1|4\n2|6"},
      {"DELETE FROM t WHERE a=4 RETURNING *", ""},
      {"INSERT INTO t(rowid,a) VALUES(1,2)", "error: table t has no column named rowid"},
      {"SELECT last_insert_rowid()", "0"},
      {"PRAGMA integrity_check", "ok"},
  });
}

TEST(Write, WithIsSeenEverywhere) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v TEXT)", ""},
      {"INSERT INTO t VALUES(1,10,'a'),(9,20,'b')", ""},
      {"WITH q AS (SELECT 99 AS x) INSERT INTO t VALUES(50,1,1) RETURNING (SELECT x FROM q), "
       "last_insert_rowid()",
       "99|50"},
      {"WITH q AS (SELECT 99 AS x) UPDATE t SET n=n+1 RETURNING id,(SELECT x FROM q)",
       "1|99\n9|99\n50|99"},
      {"WITH q AS (SELECT 99 AS x) DELETE FROM t WHERE id=50 RETURNING id,(SELECT x FROM q)",
       "50|99"},
      {"WITH q AS (SELECT 98 AS x) INSERT INTO t VALUES(9,1,1) ON CONFLICT(id) DO UPDATE SET "
       "n=(SELECT x FROM q) RETURNING n",
       "98"},
  });
}

TEST(Write, RowValuesFromQueries) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, v TEXT)", ""},
      {"INSERT INTO t VALUES(9,1,'a')", ""},
      {"INSERT INTO t(id) VALUES(9) ON CONFLICT(id) DO UPDATE SET (n,v)=(SELECT 4, "
       "excluded.id||'!') RETURNING *",
       "9|4|9!"},
      {"UPDATE t SET (n,v)=(SELECT count(*), max(v) FROM t) RETURNING *", "9|1|9!"},
      {"UPDATE t SET (n,v)=(SELECT 5)", "error: 2 columns assigned 1 values"},
      {"UPDATE t SET (n,v)=(SELECT 5,6,7)", "error: 2 columns assigned 3 values"},
      {"UPDATE t SET (n,v)=(SELECT * FROM (SELECT 5 AS a,'z' AS b)), id=id+1 RETURNING *",
       "10|5|z"},
      {"UPDATE t SET (n,v)=(VALUES(1,2) UNION ALL SELECT 3,4 ORDER BY 1 DESC), n=77 RETURNING *",
       "10|77|4"},
      {"INSERT INTO t(id) VALUES(9) ON CONFLICT(id NULLS FIRST) DO NOTHING",
       "error: unsupported use of NULLS FIRST"},
  });
}

TEST(Write, UpdateFromJoins) {
  Play({
      {"CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)", ""},
      {"CREATE TABLE s(id INTEGER, src TEXT)", ""},
      {"CREATE TABLE u(id INTEGER, extra TEXT)", ""},
      {"INSERT INTO t VALUES(1, 'x'), (2, 'x'), (3, 'x'), (4, 'x')", ""},
      {"INSERT INTO s VALUES(1, 's1'), (4, 's4')", ""},
      {"INSERT INTO u VALUES(1, 'u1'), (2, 'u2')", ""},
      {"UPDATE t SET v = extra FROM s RIGHT JOIN u USING(id) WHERE t.id = COALESCE(s.id, u.id)",
       ""},
      {"SELECT id, v FROM t ORDER BY id", "1|u1\n2|u2\n3|x\n4|x"},
      {"UPDATE t SET v=s.src||u.extra FROM s JOIN u ON u.id=s.id WHERE t.id=s.id RETURNING *",
       "1|s1u1"},
      {"UPDATE t SET v=q.src FROM s AS q LEFT JOIN u ON u.id=q.id WHERE q.id=t.id RETURNING *",
       "1|s1\n4|s4"},
      {"UPDATE t SET v=zz.a FROM s, (SELECT max(id) AS a FROM u) AS zz WHERE s.id=t.id RETURNING *",
       "1|2\n4|2"},
  });
}

}  // namespace
}  // namespace dosql
