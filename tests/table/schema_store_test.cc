#include "core/table/schema_store.h"

#include "tests/table/table_bench.h"

namespace dosql {
namespace {

TEST(SchemaStore, TablesSurviveAReopen) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT DEFAULT 7)"), "");
  ASSERT_EQ(b.Ddl("CREATE TABLE u(a PRIMARY KEY, b) WITHOUT ROWID"), "");
  ASSERT_EQ(b.Ddl("CREATE INDEX t_b ON t(b)"), "");
  const TableId id = b.T("t").id;
  for (int round = 0; round < 2; round++) {
    const Table& t = b.T("T");
    EXPECT_EQ(t.id, id);
    EXPECT_EQ(t.name, "t");
    EXPECT_EQ(t.rowid_column, 0);
    ASSERT_EQ(t.indexes.size, 2u);
    EXPECT_EQ(t.indexes[0]->name, "sqlite_autoindex_t_1");
    EXPECT_EQ(t.indexes[0]->origin, IndexOrigin::kUnique);
    EXPECT_EQ(t.indexes[1]->name, "t_b");
    EXPECT_EQ(t.sql, "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT DEFAULT 7)");
    EXPECT_TRUE(b.T("u").without_rowid);
    EXPECT_EQ(b.catalog->FindTable("nothing"), nullptr);
    b.Check();
    b.Reopen();
  }
}

TEST(SchemaStore, DropGivesEveryPageBack) {
  TableBench b;
  const uint32_t pages = b.store->pager().page_count();
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT UNIQUE, b)"), "");
  ASSERT_EQ(b.Ddl("CREATE INDEX t_b ON t(b)"), "");
  for (int64_t i = 0; i < 2000; i++) {
    std::string text = std::to_string(i) + std::string(static_cast<size_t>(i % 500 * 10), 't');
    ASSERT_EQ(b.Insert("t", {kNullValue, T(text), I(i % 10)}).error, "");
    b.arena.Reset();
  }
  b.Check();
  EXPECT_EQ(b.Count("sqlite_sequence"), 1u);
  ASSERT_EQ(b.Ddl("DROP INDEX t_b"), "");
  b.Check();
  ASSERT_EQ(b.Ddl("DROP TABLE t"), "");
  b.Check();
  EXPECT_EQ(b.catalog->FindTable("t"), nullptr);
  EXPECT_EQ(b.Count("sqlite_sequence"), 0u);
  EXPECT_EQ(b.store->pager().page_count(), pages + 1);  // sqlite_sequence stays, as in SQLite
  b.Reopen();
  b.Check();
  EXPECT_EQ(b.store->pager().page_count(), pages + 1);
}

TEST(SchemaStore, IndexesAreBuiltFromTheRows) {
  for (const char* sql : {"CREATE TABLE t(id INTEGER PRIMARY KEY, a, b TEXT)",
                          "CREATE TABLE t(id INT PRIMARY KEY, a, b TEXT) WITHOUT ROWID"}) {
    TableBench b;
    ASSERT_EQ(b.Ddl(sql), "");
    for (int64_t i = 0; i < 3000; i++) {
      std::string text(static_cast<size_t>(i % 40 == 0 ? 1200 : i % 30), 'b');
      text += std::to_string(i * 7919 % 3000);
      ASSERT_EQ(b.Insert("t", {I(i), i % 3 == 0 ? kNullValue : I(i % 100), T(text)}).error, "");
      b.arena.Reset();
    }
    EXPECT_EQ(b.Ddl("CREATE INDEX i1 ON t(a, b DESC)"), "");
    EXPECT_EQ(b.Ddl("CREATE UNIQUE INDEX i2 ON t(b)"), "");
    EXPECT_EQ(b.Ddl("CREATE UNIQUE INDEX i3 ON t(a)"), "UNIQUE constraint failed: t.a");
    EXPECT_EQ(b.catalog->FindIndex("i3"), nullptr);
    b.Check();
    b.Reopen();
    EXPECT_NE(b.catalog->FindIndex("i2"), nullptr);
    b.Check();
  }
}

TEST(SchemaStore, IndexBuildBeyondOnePart) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a TEXT)"), "");
  ASSERT_TRUE(b.store->Begin().ok());
  TableWriter writer(&b.context, b.T("t"));
  for (int64_t i = 0; i < 20000; i++) {
    std::string text = std::to_string(i * 7919 % 20000) + std::string(300, 'p');
    Value row[1] = {T(text)};
    int64_t rowid;
    b.arena.Reset();
    ASSERT_TRUE(writer.Insert(row, nullptr, &rowid).ok());
  }
  ASSERT_TRUE(b.store->Commit().ok());
  ASSERT_EQ(b.Ddl("CREATE UNIQUE INDEX i ON t(a)"), "");
  b.Check();
}

TEST(SchemaStore, RollbackUndoesDdl) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(a)"), "");
  const uint32_t pages = b.store->pager().page_count();
  ASSERT_TRUE(b.RunDdl("CREATE TABLE u(a UNIQUE, b UNIQUE)").ok());
  ASSERT_TRUE(b.store->Rollback().ok());
  b.Load();
  EXPECT_EQ(b.catalog->FindTable("u"), nullptr);
  EXPECT_EQ(b.store->pager().page_count(), pages);
  b.Check();
}

TEST(Integrity, TellsWhatIsWrong) {
  TableBench b;
  ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, a INT NOT NULL, b UNIQUE)"), "");
  ASSERT_EQ(b.Ddl("CREATE INDEX t_a ON t(a)"), "");
  for (int64_t i = 1; i <= 10; i++) ASSERT_EQ(b.Insert("t", {I(i), I(i), I(i)}).error, "");
  b.Check();
  Pager* pager = &b.store->pager();
  auto problems = [&](auto damage) {
    const Version* version = pager->Pin();
    damage();
    std::vector<std::string> found = b.Problems();
    pager->Restore(version);
    pager->Unpin(version);
    return found;
  };
  auto contains = [](const std::vector<std::string>& problems, const std::string& words) {
    for (const std::string& p : problems) {
      if (p.find(words) != std::string::npos) return true;
    }
    return false;
  };
  BTree table(pager, b.T("t").root, KeyKind::kInteger);
  // A row without entries; entries without their row.
  auto found = problems([&] {
    Value row[3] = {kNullValue, I(11), I(11)};
    std::vector<uint8_t> bytes(EncodedRowSize(row, 3));
    EncodeRow(row, 3, bytes.data());
    ASSERT_TRUE(table.Insert(Key::Integer(11), bytes).ok());
  });
  EXPECT_TRUE(contains(found, "row 11 is missing from index t_a"));
  EXPECT_TRUE(contains(found, "10 entries for 11 rows"));
  found = problems([&] { ASSERT_TRUE(table.Delete(Key::Integer(4)).ok()); });
  EXPECT_TRUE(contains(found, "10 entries for 9 rows"));
  // Bytes that are no row, a NULL where none may be, a page that nobody uses.
  const uint8_t junk[] = {0xff, 0xff, 0xff};
  found = problems([&] { ASSERT_TRUE(table.Replace(Key::Integer(4), junk).ok()); });
  EXPECT_TRUE(contains(found, "row 4 is malformed"));
  found = problems([&] {
    Value row[3] = {kNullValue, kNullValue, I(4)};
    std::vector<uint8_t> bytes(EncodedRowSize(row, 3));
    EncodeRow(row, 3, bytes.data());
    ASSERT_TRUE(table.Replace(Key::Integer(4), bytes).ok());
  });
  EXPECT_TRUE(contains(found, "NULL value in a of row 4"));
  found = problems([&] {
    PageId id;
    uint8_t* data;
    ASSERT_TRUE(pager->Allocate(&id, &data).ok());
  });
  EXPECT_TRUE(contains(found, "is never used"));
  b.Check();
}

}  // namespace
}  // namespace dosql
