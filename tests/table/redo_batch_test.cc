#include "core/table/redo_batch.h"

#include <functional>
#include <map>
#include <random>

#include "core/type/compare.h"
#include "tests/table/table_bench.h"

namespace dosql {
namespace {

// After redo a database holds what it held before, however often the batch had to flush.
TEST(RedoBatch, RedoesWhatWasDone) {
  for (size_t batch_bytes : {size_t{600}, size_t{20000}, RedoBatch::kBytesMax}) {
    for (unsigned seed = 1; seed <= 4; seed++) {
      SCOPED_TRACE("batch " + std::to_string(batch_bytes) + " seed " + std::to_string(seed));
      std::mt19937 random(seed);
      TableBench b;
      b.batch_bytes = batch_bytes;
      ASSERT_EQ(b.Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, u UNIQUE, n INT, body TEXT)"), "");
      ASSERT_EQ(b.Ddl("CREATE INDEX t_n ON t(n DESC, body)"), "");
      std::map<int64_t, std::string> rows;
      auto text = [&] { return std::string(random() % 4 == 0 ? 3000 : 10, 'a' + random() % 26); };
      for (int i = 0; i < 900; i++) {
        if (i == 500) ASSERT_EQ(b.Ddl("CREATE INDEX t_b ON t(body)"), "");
        int64_t id = random() % 120;
        std::string body = text() + std::to_string(i);
        std::vector<Value> values = {I(id), random() % 3 == 0 ? kNullValue : I(i), I(random() % 10),
                                     T(body)};
        if (rows.count(id) == 0) {
          ASSERT_EQ(b.Insert("t", values).error, "");
          rows[id] = body;
        } else if (random() % 3 == 0) {
          ASSERT_EQ(b.Delete("t", id).error, "");
          rows.erase(id);
        } else {
          ASSERT_EQ(b.Update("t", id, values, id).error, "");
          rows[id] = body;
        }
        if (random() % 100 == 0) b.Reopen();
        if (random() % 200 == 0) ASSERT_TRUE(b.store->Checkpoint().ok());
        b.arena.Reset();
      }
      b.Reopen();
      ASSERT_EQ(b.Count("t"), rows.size());
      for (const auto& [id, body] : rows) ASSERT_EQ(b.Row("t", id)[3].text(), body) << id;
      b.Check();
    }
  }
}

// Many changes at once, of keys that are hard to tell apart or to sort by their first bytes.
TEST(RedoBatch, SortsManyKeys) {
  const std::string lead(20, 'p'), deep(1200, 'q');
  const std::vector<std::pair<const char*, std::function<Value(uint32_t, std::string*)>>> kinds = {
      {"numbers", [](uint32_t x, std::string*) { return I(static_cast<int32_t>(x)); }},
      {"few", [](uint32_t x, std::string*) { return I(static_cast<int64_t>(x % 3) - 1); }},
      {"led", [&](uint32_t x, std::string* s) { return T(*s = lead + std::to_string(x)); }},
      {"ties",
       [&](uint32_t x, std::string* s) {
         return T(*s = std::to_string(x % 4) + lead + std::to_string(x));
       }},
      {"prefixes", [](uint32_t x, std::string* s) { return T(*s = std::string(x % 300, 'a')); }},
      {"nothing", [](uint32_t x, std::string*) { return x % 2 == 0 ? kNullValue : I(7); }},
      {"long", [&](uint32_t x, std::string* s) {
         return T(*s = x % 50 == 0 ? deep + std::to_string(x) : std::to_string(x));
       }}};
  for (const auto& kind : kinds) {
    const auto& make = kind.second;
    for (const char* ddl : {"CREATE TABLE t(id INTEGER PRIMARY KEY, k, n)",
                            "CREATE TABLE t(id, k, n, PRIMARY KEY(id)) WITHOUT ROWID"}) {
      SCOPED_TRACE(std::string(kind.first) + ": " + ddl);
      std::mt19937 random(5);
      TableBench b;
      ASSERT_EQ(b.Ddl(ddl), "");
      ASSERT_EQ(b.Ddl("CREATE INDEX t_k ON t(k)"), "");
      ASSERT_EQ(b.Ddl("CREATE INDEX t_n ON t(n, k DESC)"), "");
      const bool rowids = b.T("t").without_rowid == false;
      std::string held;
      std::map<int64_t, std::pair<uint32_t, int64_t>> rows;
      for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 1200; i++) {
          const int64_t id = random() % 900;
          const uint32_t x = random();
          auto row = [&](uint32_t of, int64_t n) {
            return std::vector<Value>{I(id), make(of, &held), I(n)};
          };
          if (rows.count(id) == 0) {
            ASSERT_EQ(b.Insert("t", row(x, i)).error, "");
            rows[id] = {x, i};
          } else if (rowids && x % 2 == 0) {  // k stays
            ASSERT_EQ(b.Update("t", id, row(rows[id].first, i), id).error, "");
            rows[id].second = i;
          } else if (rowids) {
            ASSERT_EQ(b.Delete("t", id).error, "");
            rows.erase(id);
          }
          b.arena.Reset();
        }
        b.Reopen();
        ASSERT_EQ(b.Count("t"), rows.size());
        if (rowids) {
          for (const auto& [id, want] : rows) {
            const std::vector<Value> row = b.Row("t", id);
            ASSERT_EQ(CompareValues(row[1], make(want.first, &held), Collation::kBinary), 0) << id;
            ASSERT_EQ(row[2].i, want.second) << id;
          }
        }
        b.Check();
      }
    }
  }
}

// Changes that cannot follow each other, or what is there, are corruption.
TEST(RedoBatch, RefusesWhatCannotBe) {
  auto fill = [](TableBench* b) {
    ASSERT_EQ(b->Ddl("CREATE TABLE t(id INTEGER PRIMARY KEY, n INT)"), "");
    ASSERT_EQ(b->Ddl("CREATE INDEX t_n ON t(n)"), "");
    ASSERT_EQ(b->Insert("t", {I(1), I(10)}).error, "");
  };
  TableBench first;
  fill(&first);
  Bytes row;
  first.Row("t", 1, &row);
  auto key = [](int64_t id) {
    std::vector<uint8_t> k(8);
    StoreLe<int64_t>(k.data(), id);
    return k;
  };
  std::vector<uint8_t> one = key(1), two = key(2);
  // Each time in a database of its own: one that failed is of no use any more.
  auto outcome = [&](std::vector<LogChange> changes) {
    TableBench b;
    fill(&b);
    RedoBatch batch(&b.context, &b.budget);
    Status s;
    for (size_t i = 0; s.ok() && i < changes.size(); i++) s = batch.Add(b.T("t"), changes[i]);
    if (!s.ok()) return s.code();
    s = batch.Flush();
    EXPECT_EQ(b.store->poisoned(), !s.ok());
    if (s.ok()) EXPECT_EQ(b.Count("t"), 1u);
    return s.code();
  };
  TableId t = first.T("t").id;
  EXPECT_EQ(outcome({{LogOp::kInsert, t, one, {}, row}}), Code::kCorrupt);  // it is there
  EXPECT_EQ(outcome({{LogOp::kDelete, t, two, row, {}}}), Code::kCorrupt);  // it is not
  EXPECT_EQ(outcome({{LogOp::kUpdate, t, two, row, row}}), Code::kCorrupt);
  EXPECT_EQ(outcome({{LogOp::kInsert, t, two, {}, row}, {LogOp::kInsert, t, two, {}, row}}),
            Code::kCorrupt);
  EXPECT_EQ(outcome({{LogOp::kInsert, t, Bytes(two).first(7), {}, row}}), Code::kCorrupt);
  EXPECT_EQ(outcome({{LogOp::kInsert, t, two, {}, Bytes(row).first(1)}}), Code::kCorrupt);
  EXPECT_EQ(outcome({{LogOp::kDdl, t, {}, {}, {}}}), Code::kCorrupt);
  // Made and gone again: nothing is left of it.
  EXPECT_EQ(outcome({{LogOp::kInsert, t, two, {}, row}, {LogOp::kDelete, t, two, row, {}}}),
            Code::kOk);
}

}  // namespace
}  // namespace dosql
