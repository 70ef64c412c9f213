// ALTER TABLE: what becomes of the stored texts, the rows and everything that depends on the table.
#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

constexpr const char* kSchema =
    "create table t(a integer primary key, b text check(b<>'zz' and t.b>''), c unique,"
    " constraint k check(c>0));"
    "create index i on t(b,lower(b)) where b>'1';"
    "create view v as select t.b, t.a, x.c as b2 from t join t x on x.b=t.b;"
    "create table ch(x references t(b), foreign key(x) references t);"
    "create table au(id integer primary key autoincrement); insert into au values(5);"
    "create view vs as select t.* from t; insert into t values(1,'b',2)";
constexpr const char* kTexts =
    "SELECT name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_seq%'";

TEST(Alter, RenameTable) {
  TestDatabase t;
  ASSERT_EQ(t.Text(kSchema), "");
  ASSERT_EQ(t.Text("ALTER TABLE t RENAME TO \"t 2\""), "");
  const char* const kRenamed =
      "t 2|t 2|CREATE TABLE \"t 2\"(a integer primary key, b text check(b<>'zz' and \"t 2\".b>''),"
      " c unique, constraint k check(c>0))\n"
      "sqlite_autoindex_t 2_1|t 2|NULL\n"
      "i|t 2|CREATE INDEX i on \"t 2\"(b,lower(b)) where b>'1'\n"
      "v|v|CREATE VIEW v as select \"t 2\".b, \"t 2\".a, x.c as b2 from \"t 2\" join \"t 2\" x on"
      " x.b=\"t 2\".b\n"
      "ch|ch|CREATE TABLE ch(x references \"t 2\"(b), foreign key(x) references \"t 2\")\n"
      "au|au|CREATE TABLE au(id integer primary key autoincrement)\n"
      "vs|vs|CREATE VIEW vs as select \"t 2\".* from \"t 2\"";
  EXPECT_EQ(t.Text(kTexts), kRenamed);
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text(kTexts), kRenamed);
  EXPECT_EQ(t.Text("SELECT * FROM v, vs; PRAGMA integrity_check"), "b|1|2|1|b|2\nok");
  EXPECT_EQ(t.Text("ALTER TABLE au RENAME TO au2; INSERT INTO au2 VALUES (NULL);"
                   "SELECT * FROM sqlite_sequence; SELECT * FROM au2"),
            "au2|6\n5\n6");
}

TEST(Alter, RenameTableRefusals) {
  TestDatabase t;
  t.Run(kSchema);
  EXPECT_EQ(t.Text("ALTER TABLE v RENAME TO x"), "error: view v may not be altered");
  EXPECT_EQ(t.Text("ALTER TABLE nope RENAME TO x"), "error: no such table: nope");
  for (const char* name : {"v", "i", "T"})
    EXPECT_EQ(
        t.Text(std::string("ALTER TABLE t RENAME TO ") + name),
        std::string("error: there is already another table or index with this name: ") + name);
  EXPECT_EQ(t.Text("ALTER TABLE t RENAME TO sqlite_x"),
            "error: object name reserved for internal use: sqlite_x");
  EXPECT_EQ(t.Text("ALTER TABLE sqlite_master RENAME TO x"),
            "error: table sqlite_master may not be altered");
  EXPECT_EQ(t.Text("CREATE VIEW broken AS SELECT nope FROM t; ALTER TABLE t RENAME TO q"),
            "error: error in view broken: no such column: nope");
}

TEST(Alter, RenameColumn) {
  TestDatabase t;
  t.Run(kSchema);
  ASSERT_EQ(t.Text("create view y as select b from t where b in (select b from t t2 where t2.b=t.b)"
                   " order by b"),
            "");
  ASSERT_EQ(t.Text("ALTER TABLE t RENAME COLUMN b TO q"), "");
  EXPECT_EQ(
      t.Text(kTexts),
      "t|t|CREATE TABLE t(a integer primary key, q text check(q<>'zz' and t.q>''), c unique,"
      " constraint k check(c>0))\n"
      "sqlite_autoindex_t_1|t|NULL\n"
      "i|t|CREATE INDEX i on t(q,lower(q)) where q>'1'\n"
      "v|v|CREATE VIEW v as select t.q, t.a, x.c as b2 from t join t x on x.q=t.q\n"
      "ch|ch|CREATE TABLE ch(x references t(q), foreign key(x) references t)\n"
      "au|au|CREATE TABLE au(id integer primary key autoincrement)\n"
      "vs|vs|CREATE VIEW vs as select t.* from t\n"
      "y|y|CREATE VIEW y as select q from t where q in (select q from t t2 where t2.q=t.q) order"
      " by q");
  EXPECT_EQ(
      t.Text("ALTER TABLE t RENAME q TO \"b b\"; SELECT sql FROM sqlite_schema WHERE name ="
             " 'v'; SELECT \"b b\" FROM t"),
      "CREATE VIEW v as select t.\"b b\", t.a, x.c as b2 from t join t x on x.\"b b\"=t.\"b b\"\n"
      "b");
  EXPECT_EQ(t.Text("ALTER TABLE t RENAME zz TO y"), "error: no such column: \"zz\"");
  // As in SQLite, names in USING stay, and then do not fit.
  EXPECT_EQ(t.Text("CREATE VIEW u AS SELECT 1 FROM t JOIN t t3 USING (c); ALTER TABLE t RENAME c "
                   "TO d; DROP VIEW u"),
            "error: error in view u after rename: cannot join using column c - column not present "
            "in both tables");
  EXPECT_EQ(t.Text("DROP VIEW u"), "");
  EXPECT_EQ(t.Text("ALTER TABLE t RENAME a TO c"),
            "error: error in table t after rename: duplicate column name: c");
  t.Open();
  EXPECT_EQ(t.Text("SELECT \"b b\" FROM v; PRAGMA integrity_check"), "b\nok");
  EXPECT_EQ(t.Text("CREATE VIEW n AS SELECT c FROM (SELECT c FROM t); ALTER TABLE t RENAME c TO d"),
            "error: error in view n after rename: no such column: c");
  EXPECT_EQ(t.Text("SELECT c FROM t"), "2");
}

TEST(Alter, AddColumn) {
  TestDatabase t;
  t.Run(kSchema);
  EXPECT_EQ(t.Text("ALTER TABLE t ADD COLUMN d INTEGER NOT NULL DEFAULT '5' CHECK(d>1) /* c */ ;"
                   "ALTER TABLE t ADD e; SELECT sql FROM sqlite_schema WHERE name = 't';"
                   "SELECT *, typeof(d) FROM t"),
            "CREATE TABLE t(a integer primary key, b text check(b<>'zz' and t.b>''), c unique,"
            " d INTEGER NOT NULL DEFAULT '5' CHECK(d>1) /* c */, e, constraint k check(c>0))\n"
            "1|b|2|5|NULL|integer");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD f PRIMARY KEY"), "error: Cannot add a PRIMARY KEY column");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD f UNIQUE"), "error: Cannot add a UNIQUE column");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD f NOT NULL"),
            "error: Cannot add a NOT NULL column with default value NULL");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD f DEFAULT (1+1)"),
            "error: Cannot add a column with non-constant default");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD B"), "error: duplicate column name: B");
  EXPECT_EQ(t.Text("ALTER TABLE v ADD f"), "error: Cannot add a column to a view");
  EXPECT_EQ(t.Text("ALTER TABLE t ADD f CHECK(f IS NOT NULL)"), "error: CHECK constraint failed");
  t.Open();
  EXPECT_EQ(t.Text("SELECT d, e FROM t; INSERT INTO t(b, c, d) VALUES ('x', 9, 1)"),
            "5|NULL\nerror: CHECK constraint failed: d>1");
  EXPECT_EQ(t.Text("CREATE INDEX di ON t(d); SELECT a FROM t WHERE d = 5; PRAGMA integrity_check"),
            "1\nok");
}

TEST(Alter, DropColumn) {
  TestDatabase t;
  t.Run(kSchema);
  EXPECT_EQ(t.Text("ALTER TABLE t DROP a"), "error: cannot drop PRIMARY KEY column: \"a\"");
  EXPECT_EQ(t.Text("ALTER TABLE t DROP c"), "error: cannot drop UNIQUE column: \"c\"");
  EXPECT_EQ(t.Text("ALTER TABLE t DROP nope"), "error: no such column: \"nope\"");
  EXPECT_EQ(t.Text("ALTER TABLE v DROP b"), "error: cannot drop column from view \"v\"");
  EXPECT_EQ(t.Text("ALTER TABLE ch DROP x"),
            "error: cannot drop column \"x\": no other columns exist");
  EXPECT_EQ(t.Text("ALTER TABLE t DROP COLUMN b"),
            "error: error in index i after drop column: no such column: b");
  EXPECT_EQ(
      t.Text("create table z(a, [b x] int,  c  , check(a)); insert into z values (1, 2, 3);"
             "create index zc on z(c); alter table z add q default 7; alter table z drop \"b x\";"
             "select sql from sqlite_schema where name = 'z'; select * from z"),
      "CREATE TABLE z(a, c  , q default 7, check(a))\n1|3|7");
  EXPECT_EQ(t.Text("create table y(a, b check(a > 1)); alter table y drop a"),
            "error: error in table y after drop column: no such column: a");
  EXPECT_EQ(t.Text("alter table z drop q; insert into z values (4, 5);"
                   "create table w(k text primary key, x, y) without rowid;"
                   "insert into w values ('a', 1, 2), ('b', 3, 4); alter table w drop x"),
            "");
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  EXPECT_EQ(t.Text("select * from z; select * from w; select a from z where c = 3;"
                   "pragma integrity_check"),
            "1|3\n4|5\na|2\nb|4\n1\nok");
  ASSERT_TRUE(t.db->Checkpoint().ok());
  EXPECT_EQ(t.Text("BEGIN; ALTER TABLE w DROP y; ALTER TABLE w RENAME TO ww; SELECT * FROM ww;"
                   "ROLLBACK; SELECT * FROM w"),
            "a\nb\na|2\nb|4");
}

// The columns of a NATURAL join are written nowhere: its text stays.
TEST(Alter, RenameColumnOfANaturalJoin) {
  TestDatabase t;
  t.Text(
      "CREATE TABLE n(b); INSERT INTO n VALUES(1);"
      "CREATE VIEW v AS SELECT x.b FROM n AS x NATURAL LEFT JOIN n AS y");
  EXPECT_EQ(t.Text("ALTER TABLE n RENAME TO m; ALTER TABLE m RENAME COLUMN b TO z"), "");
  EXPECT_EQ(t.Text("SELECT sql FROM sqlite_schema WHERE name = 'v'"),
            "CREATE VIEW v AS SELECT x.z FROM \"m\" AS x NATURAL LEFT JOIN \"m\" AS y");
  EXPECT_EQ(t.Text("SELECT * FROM v"), "1");
}

}  // namespace
}  // namespace dosql
