#include "core/table/table_writer.h"

#include "tests/table/table_bench.h"

namespace dosql {
namespace {

TEST(TableWriter, RowidsAreTheLargestPlusOne) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a, b)"), "");
  EXPECT_EQ(b.Insert("t", {I(1), T("x")}).rowid, 1);
  EXPECT_EQ(b.Insert("t", {I(2), T("y")}).rowid, 2);
  EXPECT_EQ(b.Insert("t", {I(3), T("z")}, I(100)).rowid, 100);
  EXPECT_EQ(b.Insert("t", {I(4), T("z")}).rowid, 101);
  ASSERT_EQ(b.Delete("t", 101).error, "");
  EXPECT_EQ(b.Insert("t", {I(5), T("z")}).rowid, 101);
  EXPECT_EQ(b.Insert("t", {I(6), kNullValue}, I(2)).error, "UNIQUE constraint failed: t.rowid");
  EXPECT_EQ(b.Row("t", 2)[0].i, 2);
  EXPECT_EQ(b.Count("t"), 4u);
  b.Check();
}

TEST(TableWriter, RowidsAfterNegativeOnes) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a)"), "");
  EXPECT_EQ(b.Insert("t", {I(1)}, I(-5)).rowid, -5);
  EXPECT_EQ(b.Insert("t", {I(1)}).rowid, -4);
}

TEST(TableWriter, RowidsAtTheEndAreRandom) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, a)"), "");
  EXPECT_EQ(b.Insert("t", {I(INT64_MAX), I(1)}).rowid, INT64_MAX);
  for (int i = 0; i < 20; i++) {
    TableBench::Outcome out = b.Insert("t", {kNullValue, I(i)});
    EXPECT_EQ(out.error, "");
    EXPECT_GT(out.rowid, 0);
    EXPECT_LE(out.rowid, INT64_MAX / 2 + 1);
    EXPECT_EQ(b.Row("t", out.rowid)[0].i, out.rowid);
  }
  b.Check();
}

TEST(TableWriter, IntegerPrimaryKeyIsTheRowid) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a, id INTEGER PRIMARY KEY)"), "");
  EXPECT_EQ(b.Insert("t", {T("x"), T("17")}).rowid, 17);  // by affinity
  EXPECT_EQ(b.Insert("t", {T("y"), R(18.0)}).rowid, 18);
  EXPECT_EQ(b.Insert("t", {T("z"), kNullValue}).rowid, 19);
  EXPECT_EQ(b.Insert("t", {T("w"), T("no number")}).error, "datatype mismatch");
  EXPECT_EQ(b.Insert("t", {T("w"), R(1.5)}).error, "datatype mismatch");
  TableBench::Outcome out = b.Insert("t", {T("w"), I(17)});
  EXPECT_EQ(out.error, "UNIQUE constraint failed: t.id");
  EXPECT_EQ(out.code, Code::kConstraintPrimaryKey);
  EXPECT_EQ(b.Row("t", 17)[1].i, 17);
  EXPECT_EQ(b.Update("t", 17, {T("moved"), I(40)}, 40).error, "");
  EXPECT_TRUE(b.Row("t", 17).empty());
  EXPECT_EQ(b.Row("t", 40)[0].text(), "moved");
  EXPECT_EQ(b.Update("t", 40, {T("onto"), I(18)}, 18).error, "UNIQUE constraint failed: t.id");
  EXPECT_EQ(b.Row("t", 40)[0].text(), "moved");
  b.Check();
}

TEST(TableWriter, AutoincrementNeverGoesBack) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)"), "");
  ASSERT_NE(b.catalog->FindTable("sqlite_sequence"), nullptr);
  EXPECT_EQ(b.Insert("t", {I(-5), I(0)}).rowid, -5);
  EXPECT_EQ(b.Row("sqlite_sequence", 1)[1].i, 0);
  EXPECT_EQ(b.Insert("t", {kNullValue, I(1)}).rowid, 1);
  EXPECT_EQ(b.Insert("t", {I(10), I(2)}).rowid, 10);
  ASSERT_EQ(b.Delete("t", 10).error, "");
  EXPECT_EQ(b.Insert("t", {kNullValue, I(3)}).rowid, 11);
  EXPECT_EQ(b.Row("sqlite_sequence", 1)[0].text(), "t");
  EXPECT_EQ(b.Row("sqlite_sequence", 1)[1].i, 11);
  b.Reopen();
  EXPECT_EQ(b.Insert("t", {kNullValue, I(4)}).rowid, 12);
  EXPECT_EQ(b.Insert("t", {I(INT64_MAX), I(5)}).rowid, INT64_MAX);
  EXPECT_EQ(b.Insert("t", {kNullValue, I(6)}).error, "database or disk is full");
  b.Check();
}

TEST(TableWriter, NotNullAndUniqueInSqlitesWords) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b, c, UNIQUE(b, c))"),
            "");
  ASSERT_EQ(b.Ddl("CREATE UNIQUE INDEX t_a ON t(a COLLATE NOCASE)"), "");
  ASSERT_EQ(b.Insert("t", {I(1), T("one"), I(1), I(1)}).error, "");
  EXPECT_EQ(b.Insert("t", {I(2), kNullValue, I(2), I(2)}).error, "NOT NULL constraint failed: t.a");
  EXPECT_EQ(b.Insert("t", {I(2), T("two"), R(1.0), I(1)}).error,
            "UNIQUE constraint failed: t.b, t.c");
  EXPECT_EQ(b.Insert("t", {I(2), T("ONE"), I(2), I(2)}).error, "UNIQUE constraint failed: t.a");
  EXPECT_EQ(b.Count("t"), 1u);
  // NULLs are not equal.
  EXPECT_EQ(b.Insert("t", {I(3), T("three"), kNullValue, I(1)}).error, "");
  EXPECT_EQ(b.Insert("t", {I(4), T("four"), kNullValue, I(1)}).error, "");
  // A row may keep its own keys, or change their spelling.
  EXPECT_EQ(b.Update("t", 1, {I(1), T("One"), I(1), I(1)}, 1).error, "");
  EXPECT_EQ(b.Update("t", 3, {I(3), T("oNe"), I(5), I(5)}, 3).error, "UNIQUE constraint failed: t.a");
  EXPECT_EQ(b.Update("t", 3, {I(3), T("three"), I(1), I(1)}, 3).error,
            "UNIQUE constraint failed: t.b, t.c");
  EXPECT_EQ(b.Update("t", 3, {I(3), kNullValue, I(9), I(9)}, 3).error,
            "NOT NULL constraint failed: t.a");
  b.Check();
}

TEST(TableWriter, WithoutRowid) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a TEXT, b INT, c, PRIMARY KEY(b DESC, a)) WITHOUT ROWID"), "");
  ASSERT_EQ(b.Ddl("CREATE INDEX t_c ON t(c)"), "");
  ASSERT_EQ(b.Ddl("CREATE UNIQUE INDEX t_u ON t(c, b)"), "");
  for (int64_t i = 0; i < 500; i++) {
    std::string text = "k" + std::to_string(i % 50);
    ASSERT_EQ(b.Insert("t", {T(text), I(i / 50), I(i % 7 == 0 ? i : -i)}).error, "");
  }
  EXPECT_EQ(b.Insert("t", {T("k7"), I(3), I(0)}).error, "UNIQUE constraint failed: t.b, t.a");
  EXPECT_EQ(b.Insert("t", {kNullValue, I(3), I(0)}).error, "NOT NULL constraint failed: t.a");
  EXPECT_EQ(b.Insert("t", {T("new"), I(0), I(0)}).error, "UNIQUE constraint failed: t.c, t.b");
  EXPECT_EQ(b.Count("t"), 500u);
  b.Check();
  b.Reopen();
  EXPECT_EQ(b.Count("t"), 500u);
  b.Check();
}

TEST(TableWriter, LongRowsAndKeys) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b BLOB)"), "");
  std::vector<std::string> keys;
  for (int64_t i = 0; i < 60; i++) {
    std::string key(static_cast<size_t>(i * 400), 'k');
    key += std::to_string(i);
    std::string value(static_cast<size_t>(i * 1000), static_cast<char>('a' + i % 26));
    ASSERT_EQ(b.Insert("t", {I(i), T(key), Value::Blob(AsBytes(value))}).error, "");
    EXPECT_EQ(b.Insert("t", {I(1000), T(key), kNullValue}).error, "UNIQUE constraint failed: t.a");
    b.arena.Reset();
  }
  b.Check();
  for (int64_t i = 0; i < 60; i += 2) {
    std::string value(static_cast<size_t>(60000 - i * 1000), 'n');
    std::string key = "short " + std::to_string(i);
    ASSERT_EQ(b.Update("t", i, {I(i), T(key), T(value)}, i).error, "");
    b.arena.Reset();
  }
  b.Check();
  b.Reopen();
  b.Check();
  for (int64_t i = 0; i < 60; i++) ASSERT_EQ(b.Delete("t", i).error, "");
  b.Check();
}

// Random rows in and out, with crashes; a failing statement changes nothing.
TEST(TableWriter, KeepsIndexesRightOverRandomChanges) {
  for (const char* sql :
       {"CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, b TEXT COLLATE NOCASE, c)",
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a INT UNIQUE, b TEXT COLLATE RTRIM, c UNIQUE)"}) {
    TableBench b;
    ASSERT_EQ(b.Ddl(sql), "");
    ASSERT_EQ(b.Ddl("CREATE INDEX i1 ON t(b, a DESC)"), "");
    ASSERT_EQ(b.Ddl("CREATE UNIQUE INDEX i2 ON t(c, b)"), "");
    uint64_t state = 12345;
    auto below = [&](uint64_t n) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      return (state >> 33) % n;
    };
    uint64_t expected = 0, refused = 0;
    for (int step = 0; step < 4000; step++) {
      b.arena.Reset();
      int64_t id = static_cast<int64_t>(below(300));
      const bool there = !b.Row("t", id).empty();
      std::string text = "Text"[below(4)] + std::string(below(4) == 0 ? 1500 : below(20), 'x') +
                         std::to_string(below(200));
      if (below(2)) text += "  ";
      Value c = below(3) ? I(static_cast<int64_t>(below(500))) : below(2) ? T(text) : kNullValue;
      std::vector<Value> row = {I(id), I(static_cast<int64_t>(below(1000))), T(text), c};
      TableBench::Outcome out;
      switch (below(3)) {
        case 0:
          out = b.Insert("t", row);
          expected += out.error.empty();
          if (there) EXPECT_FALSE(out.error.empty());
          break;
        case 1: {
          if (!there) continue;
          int64_t to = below(4) ? id : static_cast<int64_t>(below(300));
          row[0] = I(to);
          out = b.Update("t", id, row, to);
          break;
        }
        default:
          if (!there) continue;
          out = b.Delete("t", id);
          EXPECT_EQ(out.error, "");
          expected--;
      }
      refused += !out.error.empty();
      if (!out.error.empty()) EXPECT_EQ(out.error.substr(0, 25), "UNIQUE constraint failed:");
      ASSERT_EQ(b.Count("t"), expected);
      if (step % 1000 == 999) {
        b.Check();
        b.Reopen();
        b.Check();
        ASSERT_EQ(b.Count("t"), expected);
      }
    }
    EXPECT_GT(refused, 50u);
  }
}

}  // namespace
}  // namespace dosql
