// The same answers over a store that says at random that bytes are not at hand yet.
#include <gtest/gtest.h>

#include "core/host/blocking_store.h"
#include "tests/engine/test_database.h"

namespace dosql {
namespace {

const char* const kQueries[] = {
    "SELECT count(*), sum(v), min(name), max(name) FROM t",
    "SELECT g, count(*), sum(v) FROM t GROUP BY g ORDER BY g",
    "SELECT id, name FROM t WHERE name = 'name 777'",
    "SELECT id FROM t WHERE v BETWEEN 100 AND 120 ORDER BY id DESC LIMIT 7",
    "SELECT a.id, b.id FROM t a JOIN t b ON b.name = a.name WHERE a.g = 3 AND a.id < 200",
    "SELECT count(*) FROM t a JOIN t b ON a.g = b.v WHERE a.id < 50",
    "SELECT count(*) FROM t WHERE EXISTS (SELECT 1 FROM t AS b WHERE b.g = t.g AND b.v > t.v + 990)",
    "SELECT id FROM t WHERE id < 40 AND NOT EXISTS (SELECT 1 FROM t AS b WHERE b.v = t.v + 3 AND b.g <> t.g)",
    "SELECT id, v FROM t ORDER BY id DESC",
    "SELECT id, g FROM t WHERE g > 3 ORDER BY g DESC, id DESC LIMIT 700",
    "SELECT count(*) FROM t WHERE g IN (SELECT v FROM t WHERE id < 300)",
    "SELECT id, name FROM t WHERE id IN (SELECT v FROM t WHERE g = 3)",
    "SELECT count(*) FROM t WHERE NOT EXISTS (SELECT 1 FROM t AS b WHERE b.name = 'name ' || t.v)",
    "WITH c AS (SELECT g, sum(v) AS s FROM t GROUP BY g) SELECT g, s FROM c WHERE s >= (SELECT avg(s) FROM c)",
    "WITH c AS (SELECT id, pad FROM t) SELECT count(*), min(length(a.pad)) FROM c AS a JOIN c AS b ON a.id = b.id + 1",
    "SELECT name, count(*) FROM t WHERE g IN (2, 5) AND v < 300 GROUP BY name ORDER BY name LIMIT 50",
    ("SELECT count(*) FROM t AS a WHERE a.g = 4 AND EXISTS (SELECT 1 FROM t AS b WHERE b.name = a.name "
     "AND b.v <> 5)"),
};
const char* const kWrites[] = {
    "INSERT INTO t(name, g, v) VALUES('new', 1, 2)",
    "INSERT INTO t(name, g, v) VALUES('new 2', 1, 2), ('new 3', 2, 3)",
    "UPDATE t SET v = v + 1 WHERE g = 5",
    "UPDATE t SET name = name || '!' WHERE id = 500",
    "DELETE FROM t WHERE v % 7 = 0",
    "CREATE INDEX t_v ON t(v)",
    "UPDATE t SET v = -v WHERE v = 100",
    "DROP INDEX t_v",
    "CREATE UNIQUE INDEX t_e ON t(name || id) WHERE g > 3",
    "INSERT INTO t(name, g, v) SELECT name || '+', g, v FROM t WHERE v < 300 RETURNING id",
    "INSERT OR REPLACE INTO t(name, g, v) SELECT name, g, v + 1 FROM t WHERE g = 7",
    ("INSERT INTO t(name, v) VALUES('name 9', 4), ('name 10', 5), ('fresh', 6) "
     "ON CONFLICT(name) DO UPDATE SET v = excluded.v + (SELECT max(v) FROM t) RETURNING name, v"),
    "UPDATE t SET v = b.v FROM t AS b WHERE b.id = t.id + 100 AND t.g = 2 RETURNING id, v",
    "UPDATE t SET v = (SELECT count(*) FROM t AS b WHERE b.g = t.g) WHERE id % 97 = 0",
    "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE g = 9) RETURNING id, name",
};

TEST(Blocking, AnswersAreTheSame) {
  TestDatabase plain;
  plain.Text("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT UNIQUE, g INT, v INT, pad TEXT)");
  plain.Text("CREATE INDEX t_g ON t(g); BEGIN");
  std::string pad(700, 'x');  // dozens of extents
  for (int i = 1; i <= 3000; i++) {
    std::string name = "name " + std::to_string(i);
    plain.Text("INSERT INTO t VALUES(?, ?, ?, ?, ?)",
               {Value::Integer(i), Value::Text(name), Value::Integer(i % 11),
                Value::Integer(i * 7 % 1000), Value::Text(pad)});
  }
  plain.Text("COMMIT");
  ASSERT_TRUE(plain.db->Checkpoint().ok());
  uint64_t blocked = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    // A copy of the rows, a small cache, and a store that blocks half the time.
    TestDatabase shy;
    shy.db.reset();
    ASSERT_TRUE(CopyRows(&plain.store, &shy.store).ok());
    BlockingStore store(&shy.store, 128, seed);
    shy.pages = &store;
    shy.options.cache_bytes = 256 << 10;
    for (int tries = 0; tries < 200; tries++) {
      shy.Open();
      if (shy.status.code() != Code::kBlocked) break;
      store.Fetch();
    }
    ASSERT_TRUE(shy.status.ok()) << shy.error;
    shy.on_blocked = [](TestDatabase* t) { static_cast<BlockingStore*>(t->pages)->Fetch(); };
    for (const char* query : kQueries) EXPECT_EQ(shy.Text(query), plain.Text(query)) << query;
    blocked += shy.blocked;
    if (seed > 5) continue;
    TestDatabase twin;
    twin.db.reset();
    ASSERT_TRUE(CopyRows(&plain.store, &twin.store).ok());
    twin.Open();
    for (const char* write : kWrites) {
      EXPECT_EQ(shy.Text(write), twin.Text(write)) << write;
      for (const char* query : kQueries) EXPECT_EQ(shy.Text(query), twin.Text(query)) << query;
    }
    EXPECT_EQ(shy.Text("PRAGMA integrity_check"), "ok");
  }
  EXPECT_GT(blocked, 100u);
}

}  // namespace
}  // namespace dosql
