// Replication slots: what their batches say, over restarts, schema changes, cuts and histories that
// go back.
#include <gtest/gtest.h>

#include <map>

#include "core/base/checksum.h"
#include "core/storage/cdc/change_batch_reader.h"
#include "core/type/row_codec.h"
#include "tests/engine/test_database.h"

namespace dosql {
namespace {

using Lines = std::vector<std::string>;

std::string Words(const Value& v) {
  char number[kNumberTextMax];
  switch (v.type) {
    case ValueType::kNull: return "NULL";
    case ValueType::kInteger: return std::to_string(v.i);
    case ValueType::kReal: return std::string(number, FormatReal(v.d, number));
    default: return std::string(v.text());
  }
}

std::string RowWords(Bytes bytes) {
  RowView row;
  EXPECT_TRUE(RowView::Open(bytes, &row).ok());
  std::string out = "(";
  for (uint32_t c = 0; c < row.column_count(); c++) out += (c > 0 ? "," : "") + Words(row.Get(c));
  return out + ")";
}

// Reads and advances; what a consumer keeps of it.
class Consumer {
 public:
  Consumer(TestDatabase* t, std::string slot) : t_(t), slot_(std::move(slot)) {}

  // One batch, as lines; none: nothing was committed behind the slot.
  Lines Read(int64_t max_bytes = 0, const std::string& from = "") {
    Lines rows =
        t_->Run("SELECT hex(batch), events, lsn, hex(position) FROM replication_batch('" + slot_ +
                "', " + std::to_string(max_bytes) + (from.empty() ? ")" : ", x'" + from + "')"));
    if (rows.empty()) return {};
    if (rows[0].starts_with("error")) return rows;
    const std::string& row = rows[0];
    const size_t a = row.find('|'), z = row.rfind('|');
    position = row.substr(z + 1);
    batch.clear();
    for (size_t i = 0; i < a; i += 2)
      batch.push_back(static_cast<uint8_t>(std::stoi(row.substr(i, 2), nullptr, 16)));
    return Decode();
  }
  Lines Advance() {
    return t_->Run("ALTER REPLICATION SLOT " + slot_ + " ADVANCE TO x'" + position + "'");
  }
  Lines Take(int64_t max_bytes = 0) {
    Lines lines = Read(max_bytes);
    if (!lines.empty() && !lines[0].starts_with("error")) EXPECT_EQ(Advance(), Lines{});
    return lines;
  }

  std::vector<uint8_t> batch;
  std::string position;

 private:
  Lines Decode() {
    ChangeBatchReader reader;
    EXPECT_TRUE(reader.Open(batch).ok());
    if (has_end_) {
      EXPECT_EQ(reader.begin().incarnation, end_.incarnation);
      EXPECT_EQ(reader.begin().lsn.value, end_.lsn.value);
    }
    Lines lines;
    BatchItemView item;
    uint32_t events = 0;
    for (bool done = false;;) {
      EXPECT_TRUE(reader.Next(&item, &done).ok());
      if (done) break;
      switch (item.kind) {
        case BatchItem::kIncarnation: lines.push_back("incarnation"); break;
        case BatchItem::kTable: {
          std::string words =
              "table " + std::string(item.text) + (item.without_rowid ? " without rowid:" : ":");
          for (const BatchColumn& c : item.columns)
            words += " " + std::string(c.name) + "/" + std::string(c.type) +
                     (c.flags & kColumnIsRowid ? "/rowid" : "") +
                     (c.flags & kColumnNotNull ? "/not null" : "") +
                     (c.key_position ? "/" + std::to_string(c.key_position) : "");
          names_[item.table.value] = item.text;
          lines.push_back(words);
          break;
        }
        case BatchItem::kTransaction: lines.push_back("transaction"); break;
        case BatchItem::kCopy: {
          constexpr const char* kStates[] = {"", "begins", "goes on", "ended"};
          lines.push_back("copy of " + names_[item.table.value] + " " +
                          kStates[static_cast<int>(item.copy)]);
          events++;
          break;
        }
        case BatchItem::kGone:
          lines.push_back("gone " + names_[item.table.value]);
          events++;
          break;
        case BatchItem::kDdl:
          lines.push_back("ddl " + std::string(item.text));
          events++;
          break;
        case BatchItem::kChange: {
          events++;
          const LogChange& c = item.change;
          constexpr const char* kOps[] = {"", "insert ", "update ", "delete "};
          std::string words = kOps[static_cast<int>(c.op)] + names_[item.table.value];
          if (c.key.size() == 8) words += " " + std::to_string(LoadLe<int64_t>(c.key.data()));
          if (c.op != LogOp::kInsert) words += " " + RowWords(c.before);
          if (c.op != LogOp::kDelete) words += " " + RowWords(c.after);
          lines.push_back(words);
        }
      }
    }
    EXPECT_EQ(events, reader.events());
    return lines;
  }

  TestDatabase* t_;
  std::string slot_;
  bool has_end_ = false;
  FollowPosition end_;
  std::map<uint32_t, std::string> names_;
};

TEST(Replication, GivesCommittedChangesInOrder) {
  TestDatabase t;
  EXPECT_EQ(t.Run("CREATE REPLICATION SLOT all_of_it FOR ALL TABLES"), Lines{});
  Consumer c(&t, "all_of_it");
  EXPECT_EQ(c.Read(), Lines{});
  t.Run(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL); CREATE INDEX t_a ON t(a)");
  t.Run("INSERT INTO t VALUES (1, 'x', 0.5), (2, 'y', NULL)");
  t.Run("BEGIN; UPDATE t SET b = 7 WHERE id = 2; INSERT INTO t VALUES (9, 'z', 1); ROLLBACK");
  t.Run("BEGIN; UPDATE t SET a = 'yy' WHERE id = 2; DELETE FROM t WHERE id = 1; COMMIT");
  const Lines want = {"transaction",
                      "ddl CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT NOT NULL, b REAL)",
                      "table t: id/INTEGER/rowid/1 a/TEXT/not null b/REAL",
                      "transaction",
                      "ddl CREATE INDEX t_a ON t(a)",
                      "transaction",
                      "insert t 1 (NULL,x,0.5)",
                      "insert t 2 (NULL,y,NULL)",
                      "transaction",
                      "update t 2 (NULL,y,NULL) (NULL,yy,NULL)",
                      "delete t 1 (NULL,x,0.5)"};
  EXPECT_EQ(c.Read(), want);
  EXPECT_EQ(c.Read(), want) << "until the slot is advanced the batch comes again";
  EXPECT_EQ(c.Advance(), Lines{});
  EXPECT_EQ(t.Run("SELECT count(*) FROM replication_batch('all_of_it')"), Lines{"0"})
      << "the slot's own row is no event";
  t.Run("INSERT INTO t VALUES (3, 'w', 2)");
  EXPECT_EQ(c.Take(), (Lines{"transaction", "table t: id/INTEGER/rowid/1 a/TEXT/not null b/REAL",
                             "insert t 3 (NULL,w,2.0)"}));
}

TEST(Replication, GoesOnAfterRestartsAndCheckpoints) {
  for (FaultModel model : {FaultModel::kPosix, FaultModel::kTurnAtomic}) {
    TestDatabase t;
    MemoryStore pages(model);
    t.pages = &pages;
    t.Open();
    ASSERT_TRUE(t.status.ok());
    t.Run("CREATE TABLE t(a); CREATE REPLICATION SLOT s FOR ALL TABLES; INSERT INTO t VALUES (1)");
    Consumer c(&t, "s");
    EXPECT_EQ(c.Take(), (Lines{"transaction", "table t: a/", "insert t 1 (1)"}));
    t.Run("INSERT INTO t VALUES (2)");
    ASSERT_TRUE(t.db->EndTurn().ok());
    for (int i = 3; i < 6; i++) {
      t.Open();
      ASSERT_TRUE(t.status.ok()) << t.error;
      t.Run("INSERT INTO t VALUES (" + std::to_string(i) + ")");
      ASSERT_TRUE(t.db->Checkpoint().ok());
      ASSERT_TRUE(t.db->EndTurn().ok());
    }
    EXPECT_EQ(c.Take(), (Lines{"transaction", "table t: a/", "insert t 2 (2)", "incarnation",
                               "transaction", "insert t 3 (3)", "incarnation", "transaction",
                               "insert t 4 (4)", "incarnation", "transaction", "insert t 5 (5)"}));
    t.Open();
    ASSERT_TRUE(t.status.ok());
    t.Run("INSERT INTO t VALUES (6)");
    EXPECT_EQ(c.Take(), (Lines{"incarnation", "transaction", "table t: a/", "insert t 6 (6)"}));
  }
}

TEST(Replication, KnowsColumnsAsTheyWere) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a, b); CREATE TABLE other(x); CREATE REPLICATION SLOT s FOR TABLE t");
  t.Run("INSERT INTO other VALUES (1); INSERT INTO t VALUES (1, 2)");
  t.Run("ALTER TABLE t ADD COLUMN c DEFAULT 5; INSERT INTO t VALUES (3, 4, 6)");
  t.Run(
      "ALTER TABLE t RENAME COLUMN b TO bb; ALTER TABLE other ADD COLUMN y; INSERT INTO t VALUES "
      "(7, 8, 9)");
  Consumer c(&t, "s");
  const Lines first = {"transaction", "table t: a/ b/", "insert t 1 (1,2)"};
  Lines all;
  // One event a batch, so that each goes on from what the slot keeps of the schema.
  for (;;) {
    Lines lines = c.Take(1);
    if (lines.empty()) break;
    for (const std::string& line : lines)
      if (line != "transaction") all.push_back(line);
  }
  EXPECT_EQ(all,
            (Lines{"table t: a/ b/", "insert t 1 (1,2)", "ddl ALTER TABLE t ADD COLUMN c DEFAULT 5",
                   "table t: a/ b/ c/", "table t: a/ b/ c/", "insert t 2 (3,4,6)",
                   "ddl ALTER TABLE t RENAME COLUMN b TO bb", "table t: a/ bb/ c/",
                   "table t: a/ bb/ c/", "insert t 3 (7,8,9)"}));
  t.Run(
      "CREATE TABLE n(a, b); INSERT INTO n SELECT a, bb FROM t; DROP TABLE t; ALTER TABLE n RENAME "
      "TO t");
  t.Run("INSERT INTO t VALUES (0, 0)");
  all = c.Take();
  EXPECT_EQ(all.back(), "insert t 4 (0,0)");
  EXPECT_NE(std::find(all.begin(), all.end(), "ddl DROP TABLE t"), all.end());
  EXPECT_NE(std::find(all.begin(), all.end(), "ddl ALTER TABLE n RENAME TO t"), all.end());
}

// The slot and a copy of the tables in one transaction: what it writes after the copy is in the
// stream.
TEST(Replication, BeginsBehindACopy) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)");
  EXPECT_EQ(t.Run("BEGIN; CREATE REPLICATION SLOT s FOR TABLE t; SELECT a FROM t; INSERT INTO t "
                  "VALUES (3); COMMIT"),
            (Lines{"1", "2"}));
  Consumer c(&t, "s");
  EXPECT_EQ(c.Take(), (Lines{"transaction", "table t: a/", "insert t 3 (3)"}));
}

TEST(Replication, CopiesWhatIsThere) {
  TestDatabase t;
  t.Run(
      "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3); CREATE TABLE u(k PRIMARY KEY, v) "
      "WITHOUT ROWID; INSERT INTO u VALUES ('x', 1), ('y', 2); CREATE TABLE other(z)");
  EXPECT_EQ(t.Run("CREATE REPLICATION SLOT s FOR TABLE t, u WITH COPY"), Lines{});
  Consumer c(&t, "s");
  const std::string table_t = "table t: a/", table_u = "table u without rowid: k//not null/1 v/";
  // As much as there is room for, and what was written since stands before it.
  EXPECT_EQ(c.Take(1), (Lines{table_t, "copy of t begins", "transaction", "insert t 1 (1)"}));
  t.Run(
      "UPDATE t SET a = 10 WHERE a = 1; UPDATE t SET a = 30 WHERE a = 3; DELETE FROM t WHERE a = "
      "2; INSERT INTO other VALUES (1)");
  EXPECT_EQ(c.Read(10000), (Lines{"transaction", table_t, "update t 1 (1) (10)", "transaction",
                                  "update t 3 (3) (30)", "transaction", "delete t 2 (2)", table_t,
                                  "copy of t goes on", "transaction", "insert t 3 (30)",
                                  "copy of t ended", table_u, "copy of u begins", "transaction",
                                  "insert u (x,1)", "insert u (y,2)", "copy of u ended"}));
  // A batch that is asked for again may hold more.
  t.Run("INSERT INTO t VALUES (4)");
  Lines again = c.Read(10000);
  EXPECT_EQ(std::count(again.begin(), again.end(), "insert t 4 (4)"), 2);
  EXPECT_EQ(again.back(), "copy of u ended");
  ChangeBatchReader reader;
  ASSERT_TRUE(reader.Open(c.batch).ok());
  EXPECT_EQ(reader.part(), 2u);
  EXPECT_EQ(c.Advance(), Lines{});
  EXPECT_EQ(c.Read(), Lines{});
  t.Run("INSERT INTO t VALUES (5)");
  EXPECT_EQ(c.Take(), (Lines{"transaction", table_t, "insert t 5 (5)"}));
  ASSERT_TRUE(reader.Open(c.batch).ok());
  EXPECT_EQ(reader.part(), 0u);
}

// A consumer tells copies apart by their time, so that of the later must be later.
TEST(Replication, ASlotMadeAnewIsLaterWhateverTheClockSays) {
  TestDatabase t;
  t.Run(
      "CREATE TABLE t(a); INSERT INTO t VALUES (1); CREATE REPLICATION SLOT s FOR TABLE t WITH "
      "COPY");
  Consumer c(&t, "s");
  auto copy_time = [&] {
    c.Read();
    ChangeBatchReader reader;
    EXPECT_TRUE(reader.Open(c.batch).ok());
    EXPECT_EQ(reader.part(), 1u);
    return reader.copy_time();
  };
  const int64_t first = copy_time();
  EXPECT_GE(first, 1700000000000000);
  EXPECT_EQ(copy_time(), first) << "read again";
  t.clock.now -= 1000000;
  t.Run("DROP REPLICATION SLOT s; CREATE REPLICATION SLOT s FOR TABLE t WITH COPY");
  EXPECT_EQ(copy_time(), first + 1);
  t.Open();
  EXPECT_EQ(copy_time(), first + 1) << "stored";
}

TEST(Replication, CopiesAnewWhereTheStreamDoesNotTell) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a); CREATE REPLICATION SLOT s FOR TABLE t WITH COPY");
  Consumer c(&t, "s");
  EXPECT_EQ(c.Take(), (Lines{"table t: a/", "copy of t begins", "transaction", "copy of t ended"}));
  t.Run("INSERT INTO t VALUES (1)");
  c.Take();
  // Old rows have the default now.
  t.Run("ALTER TABLE t ADD COLUMN b DEFAULT 7");
  EXPECT_EQ(c.Take(), (Lines{"transaction", "ddl ALTER TABLE t ADD COLUMN b DEFAULT 7",
                             "table t: a/ b/", "table t: a/ b/", "copy of t begins", "transaction",
                             "insert t 1 (1,7)", "copy of t ended"}));
  t.Run("ALTER TABLE t ADD COLUMN c");
  EXPECT_EQ(c.Take(),
            (Lines{"transaction", "ddl ALTER TABLE t ADD COLUMN c", "table t: a/ b/ c/"}));
  // A table that is put in another's place.
  t.Run(
      "BEGIN; CREATE TABLE n(a, b, c); INSERT INTO n SELECT * FROM t; DROP TABLE t; ALTER TABLE n "
      "RENAME TO t; COMMIT; INSERT INTO t VALUES (2, 3, 4)");
  EXPECT_EQ(c.Take(),
            (Lines{"transaction", "gone t", "ddl DROP TABLE t", "ddl ALTER TABLE n RENAME TO t",
                   "table t: a/ b/ c/", "transaction", "insert t 2 (2,3,4)", "table t: a/ b/ c/",
                   "copy of t begins", "transaction", "insert t 1 (1,7,NULL)", "insert t 2 (2,3,4)",
                   "copy of t ended"}));
  t.Run("ALTER TABLE t RENAME TO away");
  EXPECT_EQ(c.Take(), (Lines{"transaction", "gone t", "ddl ALTER TABLE t RENAME TO away"}));
  t.Run("INSERT INTO away VALUES (1, 2, 3)");
  EXPECT_EQ(c.Take(), Lines{});
  EXPECT_EQ(t.Run("PRAGMA integrity_check"), Lines{"ok"});
}

// What is not for the slot is read once; schema changes on the way are kept.
TEST(Replication, AQuietSlotGoesOnWhereItWasReadTo) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a); CREATE TABLE other(x); CREATE REPLICATION SLOT s FOR TABLE t");
  Consumer c(&t, "s");
  for (int i = 0; i < 5; i++) {
    t.Run("INSERT INTO other VALUES (1)");
    EXPECT_EQ(c.Read(), Lines{});
    if (i == 2) t.Run("ALTER TABLE other ADD COLUMN y; CREATE TABLE more(z)");
  }
  t.Run("INSERT INTO t VALUES (1)");
  EXPECT_EQ(c.Read(), (Lines{"transaction", "table t: a/", "insert t 1 (1)"}));
  EXPECT_EQ(c.Take(), (Lines{"transaction", "table t: a/", "insert t 1 (1)"}));
  t.Run("INSERT INTO more VALUES (2)");
  EXPECT_EQ(c.Read(), Lines{});
  t.Run(
      "ALTER TABLE more RENAME TO another; ALTER TABLE t RENAME TO away; ALTER TABLE another "
      "RENAME TO t; INSERT INTO t VALUES (3)");
  const Lines last = c.Take();
  EXPECT_EQ(last.back(), "insert t 2 (3)");
  EXPECT_EQ(c.Read(), Lines{});
}

TEST(Replication, CutsTransactions) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID; CREATE REPLICATION SLOT s FOR TABLE t");
  t.Run("BEGIN");
  for (int i = 0; i < 500; i++)
    t.Run("INSERT INTO t VALUES (" + std::to_string(i) + ", printf('%.*c', 100, 'x'))");
  t.Run("COMMIT; INSERT INTO t VALUES (-1, 'end')");
  for (int64_t max_bytes : {int64_t{1}, int64_t{1000}, int64_t{10000}}) {
    t.Run("CREATE REPLICATION SLOT again FOR TABLE t");
    t.Run("DROP REPLICATION SLOT again");
    Consumer c(&t, "s");
    const std::string at = t.Run("SHOW REPLICATION SLOTS")[0];
    std::vector<std::string> got;
    uint32_t batches = 0;
    Lines lines;
    std::vector<std::string> positions;
    do {
      lines = max_bytes == 10000 ? c.Take(max_bytes) : c.Read(max_bytes);
      batches += !lines.empty();
      for (const std::string& line : lines)
        if (line.starts_with("insert")) got.push_back(line.substr(0, line.find(',')));
    } while (!lines.empty() && max_bytes == 10000);
    if (max_bytes != 10000) {
      EXPECT_EQ(got.size(), max_bytes == 1 ? 1u : got.size());
      EXPECT_LE(c.batch.size(), 1400u);
      EXPECT_EQ(t.Run("SHOW REPLICATION SLOTS")[0], at);
      continue;
    }
    ASSERT_EQ(got.size(), 501u);
    EXPECT_GT(batches, 5u);
    EXPECT_EQ(got[0], "insert t (0");
    EXPECT_EQ(got[499], "insert t (499");
    EXPECT_EQ(got[500], "insert t (-1");
  }
}

TEST(Replication, SaysWhatIsWrong) {
  TestDatabase t;
  t.Run("CREATE TABLE t(a)");
  EXPECT_EQ(t.Run("SELECT * FROM replication_batch('s')"),
            Lines{"error: no such replication slot: s"});
  EXPECT_EQ(t.Run("DROP REPLICATION SLOT s"), Lines{"error: no such replication slot: s"});
  EXPECT_EQ(t.Run("DROP REPLICATION SLOT IF EXISTS s"), Lines{});
  EXPECT_EQ(t.Run("CREATE REPLICATION SLOT s FOR TABLE missing"),
            Lines{"error: no such table: missing"});
  EXPECT_EQ(t.Run("BEGIN; INSERT INTO t VALUES (0); CREATE REPLICATION SLOT s FOR TABLE t"),
            Lines{"error: cannot create a replication slot in a transaction that has written"});
  t.Run("ROLLBACK");
  EXPECT_EQ(
      t.Run("BEGIN; CREATE REPLICATION SLOT gone FOR TABLE t; ROLLBACK; SHOW REPLICATION SLOTS"),
      Lines{});
  EXPECT_EQ(t.Run("CREATE REPLICATION SLOT s FOR TABLE t"), Lines{});
  EXPECT_EQ(t.Run("CREATE REPLICATION SLOT S FOR TABLE t"),
            Lines{"error: replication slot S already exists"});
  EXPECT_EQ(t.Run("SELECT name, tables, lag, status FROM pragma_replication_slots"),
            Lines{"s|t|1|ready"});
  EXPECT_EQ(t.Run("ALTER REPLICATION SLOT s ADVANCE TO x'00'"),
            Lines{"error: not a position of replication slot s"});
  EXPECT_EQ(t.Run("DELETE FROM sqlite_replication_slots"),
            Lines{"error: table sqlite_replication_slots may not be modified"});
  t.Run("INSERT INTO t VALUES (1)");
  Consumer c(&t, "s");
  c.Read();
  const std::string first = c.position;
  EXPECT_EQ(c.Advance(), Lines{});
  t.Run("INSERT INTO t VALUES (2)");
  c.Take();
  c.position = first;
  EXPECT_EQ(c.Advance(), Lines{"error: not a position of replication slot s"});
  EXPECT_EQ(t.Run("BEGIN; INSERT INTO t VALUES (3); SELECT * FROM replication_batch('s')"),
            Lines{"error: cannot read a replication slot within a transaction that has written"});
  t.Run("ROLLBACK");
}

// Several batches under way: each begins where the one before ended, schema changes and the copy
// included, and advancing to the last one is enough.
TEST(Replication, ReadsOnFromAPosition) {
  TestDatabase t;
  t.Run("CREATE TABLE t (a INTEGER PRIMARY KEY, b)");
  for (int i = 0; i < 40; i++)
    t.Run("INSERT INTO t VALUES (" + std::to_string(i) + ", 'a row that was there')");
  t.Run("CREATE REPLICATION SLOT s FOR TABLE t WITH COPY");
  Consumer ahead(&t, "s");
  Lines seen;
  std::string from;
  int batches = 0;
  auto read_all = [&] {
    for (;;) {
      Lines lines = ahead.Read(200, from);
      if (lines.empty()) return;
      ASSERT_FALSE(lines[0].starts_with("error")) << lines[0];
      seen.insert(seen.end(), lines.begin(), lines.end());
      from = ahead.position;
      batches++;
    }
  };
  read_all();
  EXPECT_GT(batches, 5);
  t.Run("ALTER TABLE t RENAME COLUMN b TO c");
  read_all();
  t.Run("INSERT INTO t VALUES (100, 'new')");
  read_all();
  auto count = [&](const std::string& words) {
    return std::count(seen.begin(), seen.end(), words);
  };
  EXPECT_EQ(count("copy of t ended"), 1);
  EXPECT_EQ(count("ddl ALTER TABLE t RENAME COLUMN b TO c"), 1);
  EXPECT_EQ(count("insert t 100 (NULL,new)"), 1);
  for (int i = 0; i < 40; i++)
    EXPECT_EQ(count("insert t " + std::to_string(i) + " (NULL,a row that was there)"), 1) << i;
  // Until it is advanced the slot has not moved.
  Consumer again(&t, "s");
  const Lines first = again.Read();
  EXPECT_EQ(std::count(first.begin(), first.end(), "copy of t begins"), 1);
  EXPECT_EQ(ahead.Advance(), Lines{});
  EXPECT_EQ(again.Read(200), Lines{});
  // The columns as they are now came along.
  t.Run("INSERT INTO t VALUES (101, 'newer')");
  Consumer after(&t, "s");
  EXPECT_EQ(after.Take(),
            (Lines{"transaction", "table t: a/INTEGER/rowid/1 c/", "insert t 101 (NULL,newer)"}));
  EXPECT_EQ(t.Run("SELECT * FROM replication_batch('s', 0, x'00')"),
            Lines{"error: not a position of replication slot s"});
  EXPECT_EQ(t.Run("SELECT * FROM replication_batch('s', 0, x'" + from + "')"),
            Lines{"error: not a position of replication slot s"});
}

TEST(Replication, AFilterTellsOnlyOfRowsThatPass) {
  TestDatabase t;
  t.Run(
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT); CREATE TABLE u (b TEXT PRIMARY KEY, a) "
      "WITHOUT ROWID");
  t.Run("INSERT INTO t VALUES (1, 5), (2, 50), (3, NULL)");
  t.Run("CREATE REPLICATION SLOT s FOR TABLE t, u WHERE b > 10 AND a IS NOT 4 WITH COPY");
  EXPECT_EQ(t.Run("SELECT tables FROM pragma_replication_slots"),
            Lines{"t,u WHERE b > 10 AND a IS NOT 4"});
  Consumer c(&t, "s");
  const std::string kT = "table t: a/INTEGER/rowid/1 b/INT",
                    kU = "table u without rowid: b/TEXT/not null/1 a/";
  EXPECT_EQ(c.Take(),
            (Lines{kT, "copy of t begins", "transaction", "insert t 2 (NULL,50)", "copy of t ended",
                   kU, "copy of u begins", "transaction", "copy of u ended"}));
  t.Run("INSERT INTO t VALUES (4, 60), (5, 70), (6, 1)");
  EXPECT_EQ(c.Take(), (Lines{"transaction", kT, "insert t 5 (NULL,70)"}));
  // Into the filter, within it, out of it, and never in it.
  t.Run(
      "UPDATE t SET b = 11 WHERE a = 1; UPDATE t SET b = 71 WHERE a = 5;"
      "UPDATE t SET b = 0 WHERE a = 2; UPDATE t SET b = 2 WHERE a = 6");
  EXPECT_EQ(c.Take(),
            (Lines{"transaction", kT, "insert t 1 (NULL,11)", "transaction",
                   "update t 5 (NULL,70) (NULL,71)", "transaction", "delete t 2 (NULL,50)"}));
  t.Run("DELETE FROM t WHERE a IN (2, 6)");
  EXPECT_EQ(c.Take(), Lines{});
  t.Run("DELETE FROM t WHERE a = 5; INSERT INTO u VALUES ('11', 1), ('x', 4), ('y', 5)");
  EXPECT_EQ(c.Take(), (Lines{"transaction", kT, "delete t 5 (NULL,71)", "transaction", kU,
                             "insert u (11,1)", "insert u (y,5)"}));
  // Of the table as it is later, too; what no longer fits is said.
  t.Run("ALTER TABLE t ADD COLUMN c DEFAULT 9; INSERT INTO t VALUES (7, 90, 1)");
  Lines lines = c.Take();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "insert t 7 (NULL,90,1)"), 2);  // once as a copy
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "insert t 1 (NULL,11,9)"), 1);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), "insert t 3 (NULL,NULL,9)"), 0);
  t.Run("ALTER TABLE t RENAME COLUMN b TO d; INSERT INTO t VALUES (8, 91, 1)");
  EXPECT_EQ(
      c.Read(),
      Lines{"error: the WHERE of the replication slot does not fit table t: no such column: b"});
  EXPECT_EQ(t.Run("DROP REPLICATION SLOT s"), Lines{});
}

TEST(Replication, FiltersThatCannotBe) {
  TestDatabase t;
  t.Run("CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE TABLE u (c)");
  const std::string kNo = "error: the WHERE of the replication slot does not fit table ";
  auto create = [&](const std::string& rest) {
    return t.Run("CREATE REPLICATION SLOT s FOR " + rest);
  };
  EXPECT_EQ(create("TABLE t, u WHERE a > 1"), Lines{kNo + "u: no such column: a"});
  EXPECT_EQ(
      create("TABLE t WHERE b = random()"),
      Lines{kNo +
            "t: non-deterministic functions prohibited in WHERE clauses of replication slots"});
  EXPECT_EQ(create("TABLE t WHERE b IN (SELECT 1)"),
            Lines{kNo + "t: subqueries prohibited in WHERE clauses of replication slots"});
  EXPECT_EQ(create("TABLE t WHERE b = ?1"),
            Lines{"error: wrong number of parameters: the statement has 1, 0 were given"});
  EXPECT_EQ(create("TABLE t WHERE count(*) > 1"),
            Lines{kNo + "t: misuse of aggregate function count()"});
  EXPECT_EQ(create("ALL TABLES WHERE a = 1"),
            Lines{"error: filters of replication slots for all tables are not supported yet"});
  EXPECT_EQ(create("TABLE t WHERE"), Lines{"error: incomplete input"});
  EXPECT_EQ(t.Run("SELECT count(*) FROM pragma_replication_slots"), Lines{"0"});
}

TEST(Replication, ASlotThatStaysTooFarBehindIsLost) {
  TestDatabase t;
  t.Run(
      "CREATE TABLE t(a); CREATE REPLICATION SLOT s FOR TABLE t; CREATE REPLICATION SLOT quick FOR "
      "TABLE t");
  Consumer quick(&t, "quick");
  uint64_t got = 0;
  for (int i = 0; i < 4200; i++) {
    t.Run("INSERT INTO t VALUES (" + std::to_string(i) + ")");
    if (i % 1000 == 999)
      for (const std::string& line : quick.Take()) got += line.starts_with("insert");
  }
  for (const std::string& line : quick.Take()) got += line.starts_with("insert");
  EXPECT_EQ(got, 4200u);
  EXPECT_EQ(t.Run("SELECT name, status FROM pragma_replication_slots"),
            (Lines{"s|lost", "quick|ready"}));
  EXPECT_EQ(t.Run("SELECT * FROM replication_batch('s')"),
            Lines{"error: replication slot s is lost: the log no longer holds its changes"});
  EXPECT_EQ(t.Run("DROP REPLICATION SLOT s"), Lines{});
  EXPECT_EQ(t.Run("SELECT count(*) FROM t"), Lines{"4200"});
}

// Storage is put back to an earlier state and goes another way: the slot goes back with it, and the
// batch's begin tells the consumer.
TEST(Replication, AHistoryThatWentBackIsSeen) {
  TestDatabase t;
  MemoryStore pages(FaultModel::kPosix);
  t.pages = &pages;
  t.Open();
  t.Run("CREATE TABLE t(a); CREATE REPLICATION SLOT s FOR TABLE t; INSERT INTO t VALUES (1)");
  Consumer c(&t, "s");
  c.Take();
  MemoryStore old(FaultModel::kPosix);
  ASSERT_TRUE(CopyRows(&pages, &old).ok());
  t.Run("INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)");
  c.Read();
  ChangeBatchReader ahead;
  ASSERT_TRUE(ahead.Open(c.batch).ok());
  const FollowPosition had = ahead.end();
  t.db.reset();
  t.pages = &old;
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  t.Run("INSERT INTO t VALUES (4)");
  EXPECT_EQ(c.Read(), (Lines{"incarnation", "transaction", "table t: a/", "insert t 2 (4)"}));
  ChangeBatchReader other;
  ASSERT_TRUE(other.Open(c.batch).ok());
  BatchItemView item;
  bool done;
  ASSERT_TRUE(other.Next(&item, &done).ok());
  EXPECT_EQ(item.parent, had.incarnation);
  EXPECT_LT(item.lsn.value, had.lsn.value) << "forked from before what the consumer has";
  // And a position of the lost history is none here.
  EXPECT_NE(other.end().incarnation, had.incarnation);
}

// The place is behind a commit that both histories have, and a part of one that only the lost has.
TEST(Replication, APlaceWithinALostCommitIsNone) {
  TestDatabase t;
  MemoryStore pages(FaultModel::kPosix), old(FaultModel::kPosix);
  t.pages = &pages;
  t.Open();
  t.Run("CREATE TABLE t(a); CREATE REPLICATION SLOT s FOR TABLE t; INSERT INTO t VALUES (1)");
  Consumer c(&t, "s");
  c.Take();
  ASSERT_TRUE(CopyRows(&pages, &old).ok());
  t.Run("INSERT INTO t VALUES (2), (3)");
  c.Read(1);
  ChangeBatchReader ahead;
  ASSERT_TRUE(ahead.Open(c.batch).ok());
  ASSERT_EQ(ahead.end().changes, 1u);
  const std::string within = c.position;
  t.pages = &old;
  t.Open();
  ASSERT_TRUE(t.status.ok()) << t.error;
  t.Run("INSERT INTO t VALUES (4), (5)");
  EXPECT_EQ(
      c.Read(0, within),
      Lines{"error: replication slot s is lost: the database was put back to an earlier state"});
  EXPECT_EQ(c.Read(), (Lines{"incarnation", "transaction", "table t: a/", "insert t 2 (4)",
                             "insert t 3 (5)"}));
}

TEST(Replication, DamagedBatchesAreRefused) {
  TestDatabase t;
  t.Run(
      "CREATE TABLE t(a, b); CREATE REPLICATION SLOT s FOR ALL TABLES; INSERT INTO t VALUES (1, "
      "'two'), (3, x'04')");
  t.Run("ALTER TABLE t ADD COLUMN c; UPDATE t SET c = a");
  Consumer c(&t, "s");
  ASSERT_GT(c.Read().size(), 4u);
  TestNumbers below(7);
  int refused = 0;
  for (int i = 0; i < 20000; i++) {
    std::vector<uint8_t> bytes = c.batch;
    for (int64_t n = 1 + below(3); n > 0; n--)
      bytes[static_cast<size_t>(below(bytes.size()))] ^= static_cast<uint8_t>(1 + below(255));
    if (below(4) == 0) bytes.resize(static_cast<size_t>(below(bytes.size())));
    ChangeBatchReader reader;
    EXPECT_FALSE(reader.Open(bytes).ok());
    // With a sum that is right, what follows must be read or refused, never past its end.
    if (bytes.size() < kBatchHeaderBytes) continue;
    StoreLe<uint32_t>(bytes.data() + kBatchMagicAt, kBatchMagic);
    StoreLe<uint32_t>(bytes.data(), Checksum32(Bytes(bytes).subspan(4)));
    ASSERT_TRUE(reader.Open(bytes).ok());
    BatchItemView item;
    Status s;
    for (bool done = false; s.ok() && !done;) s = reader.Next(&item, &done);
    refused += !s.ok();
  }
  EXPECT_GT(refused, 5000);
}

}  // namespace
}  // namespace dosql
