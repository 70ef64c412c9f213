// PRAGMA, as statements and as functions in FROM. What they say of a schema is what SQLite says.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE p(id INTEGER PRIMARY KEY);"
    "CREATE TABLE t(a integer PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c DEFAULT (1+2) UNIQUE,"
    " d REFERENCES p ON DELETE CASCADE, e, FOREIGN KEY(d, e) REFERENCES p(id, x)"
    " ON UPDATE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED);"
    "CREATE INDEX i1 ON t(b DESC, c COLLATE NOCASE); CREATE INDEX i2 ON t(lower(b), a) WHERE c > 1;"
    "CREATE VIEW v AS SELECT a, b, c + 1 FROM t;"
    "CREATE TABLE w(x TEXT, y int, z, PRIMARY KEY(y, x)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX wi ON w(z); CREATE TABLE st(a INT) STRICT;"
    "CREATE TABLE q(a UNIQUE, b UNIQUE, PRIMARY KEY(a, b))";

TEST(Pragma, Tables) {
  TestDatabase t;
  ASSERT_EQ(t.Text(kSchema), "");
  EXPECT_EQ(t.Text("PRAGMA table_info(t)"),
            "0|a|INTEGER|0|NULL|1\n1|b|TEXT|1|'x'|0\n2|c||0|1+2|0\n3|d||0|NULL|0\n4|e||0|NULL|0");
  EXPECT_EQ(t.Text("PRAGMA main.table_info = 'v'"),
            "0|a|INTEGER|0|NULL|0\n1|b|TEXT|0|NULL|0\n2|c + 1||0|NULL|0");
  EXPECT_EQ(t.Text("PRAGMA table_xinfo(w)"),
            "0|x|TEXT|1|NULL|2|0\n1|y|INT|1|NULL|1|0\n2|z||0|NULL|0|0");
  EXPECT_EQ(t.Text("PRAGMA table_info(missing)"), "");
  EXPECT_EQ(t.Text("SELECT name, type, ncol, wr, strict FROM pragma_table_list WHERE schema = 'main'"
                   " ORDER BY name"),
            "p|table|1|0|0\nq|table|2|0|0\nsqlite_schema|table|5|0|0\nst|table|1|0|1\n"
            "t|table|5|0|0\nv|view|3|0|0\nw|table|3|1|0");
  EXPECT_EQ(t.Text("PRAGMA table_list(st)"), "main|st|table|1|0|1");
  EXPECT_EQ(t.Text("PRAGMA foreign_key_list(t)"),
            "0|0|p|d|id|SET NULL|NO ACTION|NONE\n0|1|p|e|x|SET NULL|NO ACTION|NONE\n"
            "1|0|p|d|NULL|NO ACTION|CASCADE|NONE");
}

TEST(Pragma, Indexes) {
  TestDatabase t;
  t.Run(kSchema);
  EXPECT_EQ(t.Text("PRAGMA index_list(t)"), "0|i2|0|c|1\n1|i1|0|c|0\n2|sqlite_autoindex_t_1|1|u|0");
  EXPECT_EQ(t.Text("PRAGMA index_list(q)"),
            "0|sqlite_autoindex_q_3|1|pk|0\n1|sqlite_autoindex_q_2|1|u|0\n"
            "2|sqlite_autoindex_q_1|1|u|0");
  EXPECT_EQ(t.Text("PRAGMA index_list(w)"), "0|wi|1|c|0\n1|sqlite_autoindex_w_1|1|pk|0");
  EXPECT_EQ(t.Text("PRAGMA index_info(i2)"), "0|-2|NULL\n1|0|a");
  EXPECT_EQ(t.Text("PRAGMA index_xinfo(i1)"),
            "0|1|b|1|BINARY|1\n1|2|c|0|NOCASE|1\n2|-1|NULL|0|BINARY|0");
  EXPECT_EQ(t.Text("PRAGMA index_xinfo(wi)"),
            "0|2|z|0|BINARY|1\n1|1|y|0|BINARY|0\n2|0|x|0|BINARY|0");
  EXPECT_EQ(t.Text("PRAGMA index_xinfo(sqlite_autoindex_w_1)"),
            "0|1|y|0|BINARY|1\n1|0|x|0|BINARY|1\n2|2|z|0|BINARY|0");
}

TEST(Pragma, FunctionsInFrom) {
  TestDatabase t;
  t.Run(kSchema);
  EXPECT_EQ(t.Text("SELECT m.name, i.name FROM sqlite_master m, pragma_index_list(m.name) i"
                   " WHERE m.type = 'table' ORDER BY 1, i.seq"),
            "q|sqlite_autoindex_q_3\nq|sqlite_autoindex_q_2\nq|sqlite_autoindex_q_1\n"
            "t|i2\nt|i1\nt|sqlite_autoindex_t_1\nw|wi\nw|sqlite_autoindex_w_1");
  EXPECT_EQ(t.Text("SELECT count(*), typeof(cid), typeof(type) FROM pragma_table_info('t')"),
            "5|integer|text");
  EXPECT_EQ(t.Text("SELECT p.name, c.name FROM sqlite_master p JOIN pragma_table_info(p.name) c"
                   " ON c.pk > 0 WHERE p.type = 'table' ORDER BY 1, c.pk"),
            "p|id\nq|a\nq|b\nt|a\nw|y\nw|x");
  EXPECT_EQ(t.Text("SELECT (SELECT group_concat(name) FROM pragma_table_info(m.name)) FROM"
                   " sqlite_schema m WHERE name = 'q'"),
            "a,b");
  EXPECT_EQ(t.Text("SELECT * FROM pragma_table_info"), "");
  EXPECT_EQ(t.Text("SELECT * FROM pragma_user_version, pragma_foreign_keys"), "0|0");
  EXPECT_EQ(t.Text("SELECT * FROM pragma_bogus"), "error: no such table: pragma_bogus");
  EXPECT_EQ(t.Text("SELECT * FROM pragma_table_info('t', 'main', 3)"),
            "error: too many arguments on pragma_table_info() - max 2");
}

TEST(Pragma, NumbersAreDurableAndTransactional) {
  TestDatabase t;
  EXPECT_EQ(t.Text("PRAGMA user_version; PRAGMA user_version = 7; PRAGMA user_version"), "0\n7");
  EXPECT_EQ(t.Text("BEGIN; PRAGMA user_version = 8; PRAGMA application_id = -3; ROLLBACK;"
                   "PRAGMA user_version; PRAGMA application_id"),
            "7\n0");
  EXPECT_EQ(t.Text("CREATE TABLE t(a); PRAGMA application_id = 99; PRAGMA user_version(12);"
                   "SELECT rowid, name FROM sqlite_schema; SELECT count(*) FROM sqlite_master"),
            "1|t\n1");
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text("PRAGMA user_version; PRAGMA application_id; PRAGMA integrity_check"),
            "12\n99\nok");
  t.Text("INSERT INTO t VALUES (1)");
  ASSERT_TRUE(t.db->Checkpoint().ok());
  t.Open();
  EXPECT_EQ(t.Text("PRAGMA user_version; SELECT * FROM t; SELECT min(rowid) FROM sqlite_schema"),
            "12\n1\n1");
}

TEST(Pragma, Settings) {
  TestDatabase t;
  EXPECT_EQ(t.Text("PRAGMA foreign_keys; PRAGMA foreign_keys = OFF; PRAGMA encoding"), "0\nUTF-8");
  EXPECT_EQ(t.Text("PRAGMA foreign_keys = ON"),
            "error: foreign-key enforcement is not supported yet");
  EXPECT_EQ(t.Text("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA synchronous;"
                   "PRAGMA cache_size = -4000; PRAGMA cache_size; PRAGMA busy_timeout = 50"),
            "wal\n0\n-4000\n50");
  EXPECT_EQ(t.Text("PRAGMA no_such_pragma; PRAGMA no_such_pragma = 1"), "");
  EXPECT_EQ(t.Text("PRAGMA case_sensitive_like = 1"),
            "error: PRAGMA case_sensitive_like = 1 is not supported yet");
  EXPECT_EQ(t.Text("CREATE TABLE t(a); PRAGMA query_only = 1; SELECT count(*) FROM t;"
                   "INSERT INTO t VALUES (1)"),
            "0\nerror: attempt to write a readonly database");
  EXPECT_EQ(t.Text("PRAGMA query_only = 0; INSERT INTO t VALUES (1); PRAGMA integrity_check(t)"),
            "ok");
  EXPECT_EQ(t.Text("PRAGMA integrity_check(missing)"), "error: no such table: missing");
  EXPECT_EQ(t.Text("PRAGMA database_list; PRAGMA collation_list"),
            "0|main|\n0|RTRIM\n1|NOCASE\n2|BINARY");
}

TEST(Maintenance, AnalyzeFillsStat1) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a INTEGER PRIMARY KEY, b, c); CREATE INDEX i ON t(b, c);"
        "CREATE UNIQUE INDEX u ON t(c); CREATE INDEX pi ON t(c) WHERE b > 3; CREATE TABLE n(x);"
        "CREATE TABLE e(x UNIQUE); CREATE TABLE w(x, y, PRIMARY KEY(x, y)) WITHOUT ROWID;"
        "INSERT INTO n VALUES (1), (2); INSERT INTO w VALUES (1, 1), (1, 2), (2, 1)");
  for (int i = 0; i < 200; i++)
    t.Run("INSERT INTO t VALUES (?, ?, ?)",
          {Value::Integer(i), Value::Integer(i % 7), Value::Integer(i)});
  EXPECT_EQ(t.Text("ANALYZE; SELECT * FROM sqlite_stat1 ORDER BY 1, 2"),
            "n|NULL|2\nt|i|200 29 1\nt|pi|84 1\nt|u|200 1\nw|w|3 2 1");
  EXPECT_EQ(t.Text("INSERT INTO n VALUES (3); ANALYZE n; ANALYZE i; ANALYZE main;"
                   "SELECT stat FROM sqlite_stat1 WHERE tbl = 'n'; SELECT count(*) FROM sqlite_stat1"),
            "3\n5");
  EXPECT_EQ(t.Text("ANALYZE missing"), "error: no such table: missing");
  t.Open();
  EXPECT_EQ(t.Text("SELECT b, count(*) FROM t WHERE b = 3 GROUP BY b; DROP TABLE t;"
                   "SELECT tbl FROM sqlite_stat1 ORDER BY 1; PRAGMA integrity_check"),
            "3|29\nn\nw\nok");
  EXPECT_EQ(t.Text("DELETE FROM sqlite_stat1; DROP TABLE sqlite_stat1; SELECT name FROM"
                   " sqlite_schema WHERE name LIKE 'sqlite_stat%'"),
            "");
}

TEST(Maintenance, ReindexAndVacuum) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a, b COLLATE NOCASE UNIQUE); CREATE INDEX i ON t(a + 1);"
        "INSERT INTO t VALUES (1, 'x'), (2, 'Y')");
  EXPECT_EQ(t.Text("REINDEX; REINDEX t; REINDEX i; REINDEX nocase; PRAGMA integrity_check;"
                   "SELECT a FROM t WHERE b = 'y'"),
            "ok\n2");
  EXPECT_EQ(t.Text("REINDEX missing"), "error: unable to identify the object to be reindexed");
  EXPECT_EQ(t.Text("VACUUM; VACUUM main"), "");
  EXPECT_EQ(t.Text("VACUUM missing"), "error: unknown database missing");
  EXPECT_EQ(t.Text("BEGIN; VACUUM"), "error: cannot VACUUM from within a transaction");
  t.Text("ROLLBACK");
  t.Open();
  EXPECT_EQ(t.Text("PRAGMA integrity_check; SELECT count(*) FROM t"), "ok\n2");
}

}  // namespace
}  // namespace dosql
