// Trees that are redone when somebody wants them, and not before.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/engine/test_database.h"

namespace dosql {
namespace {

// A database as a crash leaves it: what is in storage now, opened anew.
struct Crashed : TestDatabase {
  explicit Crashed(TestDatabase& of, DatabaseOptions o = {}) {
    db.reset();
    options = o;
    EXPECT_TRUE(CopyRows(&of.store, &store).ok());
    Open();
  }
};

const char* const kQueries[] = {
    "SELECT count(*), sum(v), min(name), max(name) FROM t",
    "SELECT id, name FROM t WHERE name = 'name 777'",
    "SELECT id, v FROM t WHERE id = 1500",
    "SELECT v FROM t WHERE name = 'new 3'",
    "SELECT id FROM t WHERE v BETWEEN 100 AND 120 ORDER BY v, id",
    "SELECT g, count(*) FROM t WHERE g > 3 GROUP BY g ORDER BY g",
    "SELECT id FROM t WHERE upper(name) = 'NAME 20!'",
    "SELECT id FROM t WHERE g = 5 AND v > 400 ORDER BY id",
    "SELECT k, a FROM w WHERE k >= 'k 5' ORDER BY k LIMIT 20",
    "SELECT k FROM w WHERE a = 7 ORDER BY k",
    "SELECT a FROM w WHERE k = 'k 77'",
    "SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM w WHERE w.a = t.g)",
    "SELECT t.id, w.k FROM t JOIN w ON w.a = t.v WHERE t.g = 2 ORDER BY t.id, w.k",
    "SELECT id FROM t WHERE v IN (SELECT a FROM w WHERE k > 'k 8') ORDER BY id LIMIT 50",
    "SELECT * FROM s ORDER BY id",
    "SELECT seq FROM sqlite_sequence WHERE name = 's'",
    "SELECT tbl, idx FROM sqlite_stat1 ORDER BY 1, 2",
    "SELECT max(v) FROM t",
    "SELECT min(a), max(a) FROM w",
};
const char* const kWrites[] = {
    "INSERT INTO t(name, g, v) VALUES('new', 1, 2)",
    "INSERT INTO t(name, g, v) VALUES('new 2', 1, 2), ('new 3', 2, 3), ('new 4', 5, 777)",
    "UPDATE t SET v = v + 1 WHERE g = 5",
    "UPDATE t SET name = name || '!' WHERE id % 20 = 0",
    "UPDATE t SET id = id + 100000 WHERE id % 31 = 0",
    "DELETE FROM t WHERE v % 7 = 0",
    "DELETE FROM w WHERE a = 3",
    "UPDATE w SET a = a + 1 WHERE k < 'k 4'",
    "INSERT INTO w SELECT 'copy ' || k, a FROM w WHERE a < 9",
    "INSERT INTO s(x) VALUES('one'), ('two')",
    "DELETE FROM s WHERE x = 'one'",
    "BEGIN; UPDATE t SET g = g + 1 WHERE id < 900; DELETE FROM w WHERE k LIKE '%9'; COMMIT",
    "BEGIN; DELETE FROM t; ROLLBACK",
    ("SAVEPOINT a; UPDATE w SET a = 0; ROLLBACK TO a; "
     "INSERT OR IGNORE INTO w VALUES('kept', 5); RELEASE a"),
};
const char* const kSchema[] = {
    "ANALYZE",
    "CREATE INDEX t_v2 ON t(v, g)",
    "DROP INDEX IF EXISTS t_v2",
    "ALTER TABLE s ADD COLUMN y DEFAULT 4",
    "CREATE TABLE IF NOT EXISTS n(a INTEGER PRIMARY KEY, b UNIQUE)",
    "CREATE TABLE n2 AS SELECT k FROM w WHERE a = 5; DROP TABLE n2",
    "PRAGMA user_version = 5",
};

void Fill(TestDatabase* d) {
  d->Text("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, g INT, v INT)");
  d->Text("CREATE INDEX t_v ON t(v); CREATE INDEX t_g ON t(g) WHERE v > 400");
  d->Text("CREATE INDEX t_e ON t(upper(name))");
  d->Text("CREATE TABLE w(k TEXT PRIMARY KEY, a INT) WITHOUT ROWID; CREATE INDEX w_a ON w(a)");
  d->Text("CREATE TABLE s(id INTEGER PRIMARY KEY AUTOINCREMENT, x)");
  d->Text("BEGIN");
  for (int i = 1; i <= 3000; i++) {
    std::string name = "name " + std::to_string(i), key = "k " + std::to_string(i);
    d->Text("INSERT INTO t VALUES(?, ?, ?, ?)",
            {Value::Integer(i), Value::Text(name), Value::Integer(i % 11),
             Value::Integer(i * 7 % 1000)});
    if (i % 3 == 0)
      d->Text("INSERT INTO w VALUES(?, ?)", {Value::Text(key), Value::Integer(i % 40)});
  }
  EXPECT_EQ(d->Text("COMMIT"), "");
}

// However reads, writes and further crashes follow each other, answers are those of a database that
// never crashed.
TEST(Redo, TreesCatchUpWhenTheyAreRead) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  uint64_t put_off = 0;
  for (uint64_t seed = 1; seed <= 16; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TestNumbers random(seed);
    DatabaseOptions small;
    if (seed % 3 == 0) small.cache_bytes = 256 << 10;
    Crashed plain(base);
    auto write = [&](TestDatabase* other) {
      const bool schema = random(8) == 0;
      const char* sql =
          schema ? kSchema[random(std::size(kSchema))] : kWrites[random(std::size(kWrites))];
      std::string want = plain.Text(sql);
      if (other != nullptr) EXPECT_EQ(other->Text(sql), want) << sql;
    };
    for (int64_t n = random(12); n >= 0; n--) write(nullptr);
    ASSERT_TRUE(plain.db->EndTurn().ok());
    auto twin = std::make_unique<Crashed>(plain, small);
    ASSERT_TRUE(twin->status.ok()) << twin->error;
    put_off += twin->db->store().redo_open();
    for (int step = 0; step < 25; step++) {
      if (random(12) == 0) write(twin.get());
      if (random(20) == 0) {
        ASSERT_TRUE(twin->db->EndTurn().ok());
        twin = std::make_unique<Crashed>(*twin, small);
        ASSERT_TRUE(twin->status.ok()) << twin->error;
      }
      const char* query = kQueries[random(std::size(kQueries))];
      EXPECT_EQ(twin->Text(query), plain.Text(query)) << query;
    }
    EXPECT_EQ(twin->Text("PRAGMA integrity_check"), "ok");
    EXPECT_FALSE(twin->db->store().redo_open());
    ASSERT_TRUE(twin->db->Checkpoint().ok());
    Crashed last(*twin, small);
    for (const char* query : kQueries) EXPECT_EQ(last.Text(query), plain.Text(query)) << query;
  }
  EXPECT_GT(put_off, 12u);
}

// ?1 is any number up to 3,200.
const char* const kOneRow[] = {
    "INSERT INTO t(name, g, v) VALUES('one ' || ?1, ?1 % 11, ?1 % 1000)",
    "INSERT OR REPLACE INTO t VALUES(?1, 'name ' || (?1 + 1), 4, ?1 % 1000)",
    "INSERT INTO t VALUES(?1, 'two ' || ?1, 5, 6) ON CONFLICT(id) DO UPDATE SET v = v + 1",
    "INSERT INTO t(name) VALUES('name ' || ?1) ON CONFLICT(name) DO UPDATE SET g = 7",
    "INSERT OR IGNORE INTO t(name) VALUES('name ' || ?1)",
    // As it was before the log deleted it.
    "INSERT INTO t VALUES(?1, 'four ' || ?1, 3, ?1 * 7 % 1000)",
    "INSERT INTO t(name, v) VALUES('three ' || ?1, (SELECT max(v) FROM t))",
    "UPDATE t SET v = v + 1 WHERE id = ?1",
    "UPDATE t SET g = g + 1 WHERE name = 'name ' || ?1",
    "UPDATE t SET name = name || '?' WHERE id = ?1",
    "UPDATE t SET id = -?1 WHERE id = ?1",
    "UPDATE OR REPLACE t SET name = 'name ' || (?1 + 3) WHERE id = ?1",
    "UPDATE t SET v = 401 WHERE id = ?1 RETURNING g, name",
    "DELETE FROM t WHERE id = ?1",
    "DELETE FROM t WHERE name = 'name ' || ?1",
    "INSERT INTO w VALUES('k ' || ?1, 3) ON CONFLICT DO NOTHING",
    "REPLACE INTO w VALUES('k ' || ?1, ?1 % 40)",
    "UPDATE w SET a = a + 1 WHERE k = 'k ' || ?1",
    "DELETE FROM w WHERE k = 'k ' || ?1",
    "INSERT INTO s(x) VALUES(?1)",
    "UPDATE s SET x = 'x' WHERE id = ?1 % 9",
};

// Writes of one row have the trees redone that they read. What they change in others is in their
// redo, between later writes and under readers. REDO_SEEDS=N runs more.
TEST(Redo, WritesOfOneRowRedoWhatTheyRead) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  uint64_t stayed_behind = 0, under_readers = 0;
  const char* const more = std::getenv("REDO_SEEDS");
  const uint64_t seeds = more != nullptr ? std::strtoull(more, nullptr, 10) : 40;
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TestNumbers random(seed);
    DatabaseOptions small;
    if (seed % 3 == 0) small.cache_bytes = 256 << 10;
    Crashed plain(base);
    for (int64_t n = random(12); n >= 0; n--) plain.Text(kWrites[random(std::size(kWrites))]);
    ASSERT_TRUE(plain.db->EndTurn().ok());
    auto twin = std::make_unique<Crashed>(plain, small);
    ASSERT_TRUE(twin->status.ok()) << twin->error;
    Statement* reader = nullptr;
    std::vector<std::string> read;
    std::string want;
    auto finish_reader = [&] {
      if (reader == nullptr) return;
      StepCode code = StepCode::kRows;
      while (code == StepCode::kRows) {
        code = reader->Step(100);
        RenderFrame(reader->frame(), &read);
      }
      EXPECT_EQ(code, StepCode::kDone);
      twin->db->Finalize(reader);
      reader = nullptr;
      std::string got;
      for (const std::string& row : read) got += row + "\n";
      EXPECT_EQ(got, want);
    };
    for (int step = 0; step < 40; step++) {
      if (random(3) != 0) {
        const char* sql = kOneRow[random(std::size(kOneRow))];
        const std::vector<Value> params = {Value::Integer(random(3200))};
        EXPECT_EQ(twin->Text(sql, params), plain.Text(sql, params)) << sql << params[0].i;
        stayed_behind += twin->db->store().redo_open();
      } else {
        const char* query = kQueries[random(std::size(kQueries))];
        EXPECT_EQ(twin->Text(query), plain.Text(query)) << query;
      }
      if (random(15) == 0) finish_reader();
      if (random(8) == 0 && reader == nullptr) {
        const char* const sql = random(2) == 0 ? "SELECT id, g, v FROM t WHERE v >= 300"
                                               : "SELECT k, a FROM w WHERE a > 5";
        want.clear();
        for (const std::string& row : plain.Run(sql)) want += row + "\n";
        uint32_t consumed;
        ASSERT_TRUE(twin->db->Prepare(sql, &reader, &consumed).ok());
        ASSERT_EQ(reader->Run(ParamFrame({}), 1), StepCode::kRows);
        read.clear();
        RenderFrame(reader->frame(), &read);
        under_readers += twin->db->store().redo_open();
      }
      if (random(15) == 0) {
        finish_reader();
        ASSERT_TRUE(twin->db->EndTurn().ok());
        twin = std::make_unique<Crashed>(*twin, small);
        ASSERT_TRUE(twin->status.ok()) << twin->error;
      }
    }
    finish_reader();
    EXPECT_EQ(twin->Text("PRAGMA integrity_check"), "ok");
    EXPECT_FALSE(twin->db->store().redo_open());
    for (const char* query : kQueries) EXPECT_EQ(twin->Text(query), plain.Text(query)) << query;
  }
  EXPECT_GT(stayed_behind, 100u);
  EXPECT_GT(under_readers, 10u);
}

// ?1 is any number up to 3,200. Some fail half-way, some read what they write, or other trees when
// they have begun to write.
const char* const kManyRows[] = {
    "INSERT INTO t(name, g, v) VALUES('m ' || ?1, 1, 401), ('n ' || ?1, 2, 7), ('o ' || ?1, 3, "
    "777)",
    "INSERT INTO t(name, v) VALUES('p ' || ?1, 3), ('q ' || ?1, 4), ('name ' || ?1, 5)",
    "INSERT OR IGNORE INTO t(name, v) VALUES('r ' || ?1, 3), ('name ' || ?1, 5), ('s ' || ?1, 6)",
    "INSERT OR REPLACE INTO t(name, v) VALUES('u ' || ?1, 3), ('name ' || ?1, 5)",
    "INSERT OR FAIL INTO t(name, v) VALUES('x ' || ?1, 3), ('name ' || ?1, 5)",
    "INSERT OR ROLLBACK INTO t(name, v) VALUES('y ' || ?1, 3), ('name ' || ?1, 5)",
    ("INSERT INTO t(name, v) VALUES('z ' || ?1, 1), ('name ' || ?1, 2) "
     "ON CONFLICT(name) DO UPDATE SET v = v + 1, g = (SELECT count(*) FROM w WHERE a = 5)"),
    "UPDATE t SET v = v + 1 WHERE id BETWEEN ?1 AND ?1 + 9",
    "UPDATE t SET v = v + 1000 WHERE v BETWEEN ?1 % 1000 AND ?1 % 1000 + 5",
    "UPDATE t SET name = 'name ' || (id + 1) WHERE id BETWEEN ?1 AND ?1 + 2",
    "UPDATE t SET id = id + 10000 WHERE id BETWEEN ?1 AND ?1 + 3",
    "UPDATE t SET g = (SELECT max(a) FROM w WHERE k > name) WHERE id BETWEEN ?1 AND ?1 + 4",
    "UPDATE t SET v = 0 WHERE id BETWEEN ?1 AND ?1 + 9 RETURNING (SELECT count(*) FROM w WHERE a = "
    "g)",
    "UPDATE w SET a = a + 1 WHERE k LIKE 'k ' || (?1 % 100) || '%'",
    "UPDATE w SET a = (SELECT v FROM t WHERE name = 'name ' || w.a) WHERE a = ?1 % 40",
    "DELETE FROM t WHERE id BETWEEN ?1 AND ?1 + 5",
    "DELETE FROM t WHERE v < 0",
    "DELETE FROM w WHERE a = ?1 % 40 AND k > 'k 4'",
    "DELETE FROM t WHERE name IN (SELECT 'name ' || a FROM w WHERE k < 'k 2')",
    "INSERT INTO w SELECT 'from ' || id, v FROM t WHERE id BETWEEN ?1 AND ?1 + 9",
    "INSERT INTO t(name, v) SELECT k, a FROM w WHERE a = ?1 % 40 LIMIT 5",
    "INSERT INTO t(name, v) SELECT 'c ' || name, v FROM t WHERE v > 990 AND g = ?1 % 11",
    "INSERT INTO s(x) VALUES(?1), (?1 + 1)",
    "INSERT INTO s(x) SELECT v FROM t WHERE id < ?1 UNION ALL SELECT a FROM w WHERE a = ?1 % 40",
    "UPDATE s SET x = x || '.' WHERE id > ?1 % 9",
};
const char* const kInTransaction[] = {
    "SAVEPOINT a", "SAVEPOINT b",   "ROLLBACK TO a", "ROLLBACK TO b", "RELEASE a",
    "RELEASE b",   "ROLLBACK TO a", "ROLLBACK",      "COMMIT",
};

// Transactions and writes of many rows have the trees redone that they read, too. What is rolled
// back is not in any tree: neither in one that was behind all along, nor in one that was redone in
// the middle of it. REDO_SEEDS=N runs more.
TEST(Redo, TransactionsRedoWhatTheyRead) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  uint64_t stayed_behind = 0, rolled_back = 0, under_readers = 0;
  const char* const more = std::getenv("REDO_SEEDS");
  const uint64_t seeds = more != nullptr ? std::strtoull(more, nullptr, 10) : 40;
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    TestNumbers random(seed);
    DatabaseOptions small;
    if (seed % 3 == 0) small.cache_bytes = 256 << 10;
    Crashed plain(base);
    for (int64_t n = random(8); n >= 0; n--) plain.Text(kWrites[random(std::size(kWrites))]);
    ASSERT_TRUE(plain.db->EndTurn().ok());
    auto twin = std::make_unique<Crashed>(plain, small);
    ASSERT_TRUE(twin->status.ok()) << twin->error;
    Statement* reader = nullptr;
    std::vector<std::string> read;
    std::string want;
    auto finish_reader = [&] {
      if (reader == nullptr) return;
      StepCode code = StepCode::kRows;
      while (code == StepCode::kRows) {
        code = reader->Step(100);
        RenderFrame(reader->frame(), &read);
      }
      EXPECT_EQ(code, StepCode::kDone);
      twin->db->Finalize(reader);
      reader = nullptr;
      std::string got;
      for (const std::string& row : read) got += row + "\n";
      EXPECT_EQ(got, want);
    };
    auto both = [&](const char* sql, const std::vector<Value>& params = {}) {
      EXPECT_EQ(twin->Text(sql, params), plain.Text(sql, params))
          << sql << (params.empty() ? 0 : params[0].i);
    };
    for (int step = 0; step < 50 && !HasFailure(); step++) {
      const bool in_transaction = plain.db->in_transaction();
      const bool behind = twin->db->store().redo_open();
      const int64_t kind = random(20);
      const std::vector<Value> params = {Value::Integer(random(3200))};
      if (kind < 5) {
        if (!in_transaction) {
          both(random(3) == 0 ? "SAVEPOINT a" : "BEGIN");
        } else {
          const char* sql = kInTransaction[random(std::size(kInTransaction))];
          both(sql);
          rolled_back += behind && std::string_view(sql).substr(0, 4) == "ROLL";
        }
        stayed_behind += twin->db->store().redo_open() && plain.db->in_transaction();
      } else if (kind < 8) {
        both(kOneRow[random(std::size(kOneRow))], params);
      } else if (kind < 15) {
        both(kManyRows[random(std::size(kManyRows))], params);
      } else if (kind < 18 || reader != nullptr) {
        both(kQueries[random(std::size(kQueries))]);
      } else if (random(12) == 0) {
        both(kSchema[random(std::size(kSchema))]);
      }
      if (random(15) == 0) finish_reader();
      if (random(12) == 0 && reader == nullptr) {
        const char* const sql = random(2) == 0 ? "SELECT id, g, v FROM t WHERE v >= 300"
                                               : "SELECT k, a, (SELECT count(*) FROM t WHERE "
                                                 "name = 'name ' || a) FROM w WHERE a > 5";
        want.clear();
        for (const std::string& row : plain.Run(sql)) want += row + "\n";
        uint32_t consumed;
        ASSERT_TRUE(twin->db->Prepare(sql, &reader, &consumed).ok());
        ASSERT_EQ(reader->Run(ParamFrame({}), 1), StepCode::kRows);
        read.clear();
        RenderFrame(reader->frame(), &read);
        under_readers += twin->db->store().redo_open();
      }
      if (random(15) == 0) {
        finish_reader();
        if (plain.db->in_transaction()) plain.Text("ROLLBACK");
        ASSERT_TRUE(twin->db->EndTurn().ok());
        twin = std::make_unique<Crashed>(*twin, small);
        ASSERT_TRUE(twin->status.ok()) << twin->error;
      }
    }
    finish_reader();
    if (plain.db->in_transaction()) both(random(2) == 0 ? "COMMIT" : "ROLLBACK");
    if (random(2) == 0) {  // the log has what the trees have
      ASSERT_TRUE(twin->db->EndTurn().ok());
      twin = std::make_unique<Crashed>(*twin, small);
    }
    EXPECT_EQ(twin->Text("PRAGMA integrity_check"), "ok");
    EXPECT_FALSE(twin->db->store().redo_open());
    for (const char* query : kQueries) EXPECT_EQ(twin->Text(query), plain.Text(query)) << query;
    if (HasFailure()) break;
  }
  EXPECT_GT(stayed_behind, 50u);
  EXPECT_GT(rolled_back, 20u);
  EXPECT_GT(under_readers, 10u);
}

// A row that is too long to be kept for later has all trees redone first.
TEST(Redo, LongRowsGoInAtOnce) {
  TestDatabase base;
  base.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE INDEX t_a ON t(a)");
  base.Text("INSERT INTO t VALUES(1, 1, 1), (2, 2, 2)");
  ASSERT_TRUE(base.db->EndTurn().ok());
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE t SET a = a + 10; DELETE FROM t WHERE id = 2");
  ASSERT_TRUE(base.db->EndTurn().ok());
  Crashed twin(base);
  EXPECT_EQ(twin.Text("INSERT INTO t VALUES(2, 2, 'short')"), "");
  EXPECT_EQ(twin.Text("UPDATE t SET a = 5 WHERE id = 1"), "");
  EXPECT_TRUE(twin.db->store().redo_open());
  EXPECT_EQ(twin.Text("INSERT INTO t VALUES(3, 3, zeroblob(3000000))"), "");
  EXPECT_FALSE(twin.db->store().redo_open());
  EXPECT_EQ(twin.Text("SELECT a, id, length(b) FROM t INDEXED BY t_a WHERE a > 0 ORDER BY a"),
            "2|2|5\n3|3|3000000\n5|1|1");
  EXPECT_EQ(twin.Text("PRAGMA integrity_check"), "ok");
}

// Trees that a statement did not ask for before it wrote are not in the version that it reads: it
// begins anew with all of them.
TEST(Redo, StatementsFindTreesWhenTheyHaveWritten) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE w SET a = a % 3; UPDATE t SET v = v + 1 WHERE id > 2000");
  ASSERT_TRUE(base.db->EndTurn().ok());
  const char* const kStatements[] = {
      "INSERT INTO s(x) SELECT v FROM t UNION ALL SELECT a FROM w WHERE a = 1",
      "UPDATE t SET v = 0 WHERE id < 5 RETURNING (SELECT count(*) FROM w WHERE a = 1)",
      ("INSERT INTO t(name) VALUES('name 1'), ('name 2') ON CONFLICT(name) "
       "DO UPDATE SET g = (SELECT count(*) FROM w WHERE a = 2) RETURNING g"),
  };
  for (const char* begin : {"", "BEGIN; INSERT INTO s(x) VALUES(1), (2)"}) {
    for (const char* sql : kStatements) {
      SCOPED_TRACE(sql);
      Crashed twin(base), plain(base);
      EXPECT_EQ(plain.Text("PRAGMA integrity_check"), "ok");
      EXPECT_EQ(twin.Text(begin), plain.Text(begin));
      EXPECT_TRUE(twin.db->store().redo_open());
      EXPECT_EQ(twin.Text(sql), plain.Text(sql));
      EXPECT_EQ(twin.rows_written, plain.rows_written);
      const char* const kLook = "SELECT count(*), sum(x), last_insert_rowid() FROM s";
      EXPECT_EQ(twin.Text(kLook), plain.Text(kLook));
    }
  }
}

// Who reads while others write, or roll back what it reads, has trees that it comes to later.
TEST(Redo, ReadersComeToOtherTreesLater) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE w SET a = a % 3; UPDATE t SET v = v + 1 WHERE id > 2000");
  ASSERT_TRUE(base.db->EndTurn().ok());
  const struct {
    const char *before, *under;
  } kCases[] = {
      {"", "UPDATE t SET v = 5 WHERE id = 3"},
      {"", "INSERT INTO t(name) VALUES('q'), ('r'); DELETE FROM w WHERE a = 1"},
      {"BEGIN; DELETE FROM t WHERE id < 9", "ROLLBACK"},
      {"BEGIN; DELETE FROM t WHERE id < 9", "COMMIT"},
      {"SAVEPOINT a; UPDATE t SET v = -1 WHERE id < 9", "ROLLBACK TO a; DELETE FROM w; RELEASE a"},
      {"BEGIN; SAVEPOINT a; UPDATE t SET v = -1 WHERE id < 9", "ROLLBACK TO a; CREATE TABLE z(a)"},
  };
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.under);
    Crashed twin(base), plain(base);
    const char* const kSql = "SELECT id, v FROM t UNION ALL SELECT k, a FROM w WHERE a = 1";
    EXPECT_EQ(twin.Text(c.before), plain.Text(c.before));
    const std::vector<std::string> want = plain.Run(kSql);
    Statement* reader = nullptr;
    uint32_t consumed;
    ASSERT_TRUE(twin.db->Prepare(kSql, &reader, &consumed).ok());
    StepCode code = reader->Run(ParamFrame({}), 1);
    std::vector<std::string> got;
    RenderFrame(reader->frame(), &got);
    EXPECT_TRUE(twin.db->store().redo_open());
    EXPECT_EQ(twin.Text(c.under), plain.Text(c.under));
    while (code == StepCode::kRows) {
      code = reader->Step(100);
      RenderFrame(reader->frame(), &got);
    }
    EXPECT_EQ(code, StepCode::kDone);
    EXPECT_EQ(got, want);
    twin.db->Finalize(reader);
    EXPECT_EQ(twin.Text("PRAGMA integrity_check"), "ok");
    for (const char* query : kQueries) EXPECT_EQ(twin.Text(query), plain.Text(query)) << query;
  }
}

// A mark that moves along with redo, under a reader of what was rolled back: what is written next
// is not in the mark's version.
TEST(Redo, MarksMoveUnderOtherReaders) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE w SET a = a % 3; UPDATE t SET v = v + 1 WHERE id > 2000");
  ASSERT_TRUE(base.db->EndTurn().ok());
  Crashed twin(base);
  const std::string want = base.Text(kQueries[8]);
  EXPECT_EQ(twin.Text("SAVEPOINT a; UPDATE t SET v = 1 WHERE id < 9"), "");
  Statement* reader = nullptr;
  uint32_t consumed;
  ASSERT_TRUE(twin.db->Prepare("SELECT id FROM t", &reader, &consumed).ok());
  EXPECT_EQ(reader->Run(ParamFrame({}), 1), StepCode::kRows);
  EXPECT_EQ(twin.Text("ROLLBACK TO a; PRAGMA integrity_check"), "ok");
  EXPECT_EQ(twin.Text(kQueries[8]), want);
  EXPECT_EQ(twin.Text("UPDATE w SET a = 77 WHERE k = 'k 501'"), "");
  EXPECT_NE(twin.Text(kQueries[8]), want);
  EXPECT_EQ(twin.Text("ROLLBACK TO a"), "");
  EXPECT_EQ(twin.Text(kQueries[8]), want);
  twin.db->Finalize(reader);
  EXPECT_EQ(twin.Text("COMMIT; PRAGMA integrity_check"), "ok");
}

// What touches no tree, or one that a statement makes, leaves the others as they are.
TEST(Redo, SchemaStatementsThatReadNothing) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE w SET a = a % 3; UPDATE t SET v = v + 1 WHERE id > 2000");
  ASSERT_TRUE(base.db->EndTurn().ok());
  const char* const kStatements[] = {
      "CREATE TABLE IF NOT EXISTS t(id)",
      "CREATE INDEX IF NOT EXISTS t_v ON t(v)",
      "CREATE TABLE n(a INTEGER PRIMARY KEY, b UNIQUE); INSERT INTO n(b) VALUES(5), (6)",
      "CREATE VIEW c AS SELECT count(*) FROM t",
      ("BEGIN; CREATE TABLE n(a); INSERT INTO n VALUES(1); UPDATE t SET v = 9 WHERE id = 2; "
       "ROLLBACK"),
      "DROP TABLE IF EXISTS nothing",
      "PRAGMA user_version = 7",
      "PRAGMA table_info(s)",
  };
  for (const char* sql : kStatements) {
    SCOPED_TRACE(sql);
    Crashed twin(base), plain(base);
    EXPECT_EQ(plain.Text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(twin.Text(sql), plain.Text(sql));
    EXPECT_TRUE(twin.db->store().redo_open());
    for (const char* query : kQueries) EXPECT_EQ(twin.Text(query), plain.Text(query)) << query;
    ASSERT_TRUE(twin.db->EndTurn().ok());
    TestDatabase& left = twin;
    Crashed again(left);
    for (const char* query : kQueries) EXPECT_EQ(again.Text(query), plain.Text(query)) << query;
    EXPECT_EQ(again.Text("PRAGMA integrity_check"), "ok");
  }
}

// Log that was there at opening counts towards the next checkpoint: crash after crash, it does not
// grow beyond what one run may leave.
TEST(Redo, CheckpointsCountTheLogOfEarlierRuns) {
  auto db = std::make_unique<TestDatabase>();
  Fill(db.get());
  ASSERT_TRUE(db->db->Checkpoint().ok());
  DatabaseOptions options;
  options.log_bytes_max = 64 << 10;
  uint64_t most = 0;
  for (int run = 0; run < 60; run++) {
    for (int i = 0; i < 40; i++) {
      const Value id = Value::Integer(run * 40 + i);
      EXPECT_EQ(db->Text("UPDATE t SET v = v + 1, name = name || '.' WHERE id = ?", {id}), "");
      ASSERT_TRUE(db->db->EndTurn().ok());
    }
    db = std::make_unique<Crashed>(*db, options);
    ASSERT_TRUE(db->status.ok()) << db->error;
    most = std::max(most, db->db->store().stats().redo_bytes);
  }
  EXPECT_LT(most, 128u << 10);
  EXPECT_EQ(db->Text("PRAGMA integrity_check"), "ok");
}

// A statement that is under way while other trees catch up sees them caught up.
TEST(Redo, RunningReadersSeeTreesCatchUp) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE t SET v = v + 1; UPDATE w SET a = a + 2; DELETE FROM w WHERE k LIKE '%7'");
  base.Text("DELETE FROM t WHERE id % 5 = 0");
  ASSERT_TRUE(base.db->EndTurn().ok());
  const char* const kSlow =
      "SELECT t.id, (SELECT group_concat(k) FROM w WHERE w.a = t.v % 40) FROM t WHERE id > 100";
  const std::string want = base.Text(kSlow);
  for (int other = 0; other < 3; other++) {
    Crashed twin(base);
    ASSERT_TRUE(twin.db->store().redo_open());
    Statement* slow = nullptr;
    uint32_t consumed;
    ASSERT_TRUE(twin.db->Prepare("SELECT id FROM t WHERE id > 100", &slow, &consumed).ok());
    std::vector<std::string> rows;
    StepCode code = slow->Run(ParamFrame({}), 1);
    EXPECT_EQ(code, StepCode::kRows);
    RenderFrame(slow->frame(), &rows);  // the next statement writes over it
    if (other == 1) EXPECT_EQ(twin.Text(kQueries[4]), base.Text(kQueries[4]));
    if (other == 2) EXPECT_EQ(twin.Text("UPDATE t SET v = v WHERE id = 7"), "");
    EXPECT_EQ(twin.Text(kSlow), want);
    while (code == StepCode::kRows) {
      code = slow->Step(100);
      RenderFrame(slow->frame(), &rows);
    }
    EXPECT_EQ(code, StepCode::kDone);
    twin.db->Finalize(slow);
    EXPECT_EQ(rows.size(), base.Run("SELECT id FROM t WHERE id > 100").size());
    EXPECT_EQ(twin.Text("PRAGMA integrity_check"), "ok");
  }
}

// What cannot be redone is said by whoever wants it, and by everybody after.
TEST(Redo, FailsForWhoeverReadsTheTree) {
  TestDatabase base;
  Fill(&base);
  ASSERT_TRUE(base.db->Checkpoint().ok());
  base.Text("UPDATE t SET v = v + 1; UPDATE w SET a = 1");
  ASSERT_TRUE(base.db->EndTurn().ok());
  const std::string want = base.Text(kQueries[9]);
  int poisoned = 0, answered = 0;
  for (size_t room = 2000; room < (4u << 20); room += room / 5) {
    Crashed twin(base);
    ByteBudget& budget = twin.db->budget();
    const size_t taken = budget.limit() - budget.used() - room;
    ASSERT_TRUE(budget.Reserve(taken).ok());
    const std::string got = twin.Text(kQueries[9]);
    budget.Release(taken);
    if (got == want) {
      answered++;
      continue;
    }
    EXPECT_EQ(got, "error: out of memory") << room;
    if (!twin.db->store().poisoned()) {
      EXPECT_EQ(twin.Text(kQueries[9]), want) << room;
      continue;
    }
    poisoned++;
    EXPECT_EQ(twin.Text("SELECT 1"),
              "error: an earlier failure left this database unusable; open it again");
    Crashed again(base);
    EXPECT_EQ(again.Text(kQueries[9]), want);
  }
  EXPECT_GT(poisoned, 0);
  EXPECT_GT(answered, 0);
}

}  // namespace
}  // namespace dosql
