// Databases of every format version that was ever released must open for ever. A sample is the rows
// of a store, one file each, in samples/vN. Run with DOSQL_WRITE_SAMPLE=DIR to write the current
// version's.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/tx/store.h"

namespace dosql {
namespace {

constexpr const char* kKindNames[] = {"", "super", "log", "extent"};
constexpr uint32_t kRows = 400;
constexpr uint32_t kRowsCheckpointed = 300;

std::string FileName(const std::string& dir, RowKey key) {
  return dir + "/" + kKindNames[static_cast<uint32_t>(key.kind)] + "-" +
         std::to_string(key.number) + ".bin";
}

// Row i of both trees: every seventh is long enough for overflow pages.
std::string Value(uint32_t i) {
  return std::string(i % 7 == 0 && i < 30 ? 9000 : i % 90, static_cast<char>('a' + i % 26));
}
std::string Name(uint32_t i) { return "name/" + std::to_string(i * 7919 % 1000); }

// Page 1 is an integer tree, page 2 a bytes tree; a change of table 1 or 2 is a row of it.
struct Sample final : ReplaySink {
  explicit Sample(PageStore* pages) : host{pages, &clock, &entropy} {
    options.log_row_bytes = 8000;
    options.engine_build = 1;
  }
  Status Open() {
    bool is_new;
    DOSQL_TRY(Store::Open(host, &budget, options, &store, &is_new));
    if (is_new) {
      DOSQL_TRY(BTree::Format(&store->pager(), PageId(1), KeyKind::kInteger));
      PageId second;
      DOSQL_TRY(BTree::Create(&store->pager(), KeyKind::kBytes, &second));
    }
    return store->Recover(this);
  }
  BTree Integers() { return BTree(&store->pager(), PageId(1), KeyKind::kInteger); }
  BTree Names() { return BTree(&store->pager(), PageId(2), KeyKind::kBytes); }
  Status Insert(uint32_t i) {
    uint8_t key[8];
    StoreLe<uint64_t>(key, i);
    std::string value = Value(i), name = Name(i);
    DOSQL_TRY(store->Log({LogOp::kInsert, TableId(1), key, {}, AsBytes(value)}));
    DOSQL_TRY(Integers().Insert(Key::Integer(i), AsBytes(value)));
    DOSQL_TRY(store->Log({LogOp::kInsert, TableId(2), AsBytes(name), {}, key}));
    return Names().Put(Key::Of(AsBytes(name)), key);
  }
  Status ApplyBegin(const LogCommit& c) override {
    same_build = c.same_build;
    return Status::Ok();
  }
  Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }
  Status ApplyChange(const LogChange& c) override {
    if (c.table == TableId(2)) return Names().Put(Key::Of(c.key), c.after);
    return Integers().Insert(Key::Integer(LoadLe<int64_t>(c.key.data())), c.after);
  }

  FixedClock clock{1700000000000000};
  FixedEntropy entropy{42};
  ByteBudget budget{64u << 20};
  StoreOptions options;
  Host host;
  std::unique_ptr<Store> store;
  bool same_build = false;
};

void Check(Sample* s) {
  ASSERT_TRUE(s->Open().ok());
  EXPECT_TRUE(s->same_build);
  EXPECT_EQ(s->store->schema_version(), 77u);
  EXPECT_EQ(s->store->last_lsn().value, kRows / 100 + 0u);
  for (uint32_t i = 0; i < kRows; i++) {
    Arena arena(&s->budget);
    Bytes value;
    ASSERT_TRUE(s->Integers().Get(nullptr, Key::Integer(i), &arena, &value).ok()) << i;
    EXPECT_EQ(AsText(value), Value(i));
    std::string name = Name(i);
    ASSERT_TRUE(s->Names().Get(nullptr, Key::Of(AsBytes(name)), &arena, &value).ok()) << i;
    EXPECT_EQ(LoadLe<uint64_t>(value.data()), i);
  }
  // And it can be written to.
  ASSERT_TRUE(s->Insert(kRows).ok());
  ASSERT_TRUE(s->store->Commit().ok());
  ASSERT_TRUE(s->store->Checkpoint().ok());
}

void Write(const char* dir) {
  MemoryStore memory(FaultModel::kTurnAtomic);
  Sample s(&memory);
  ASSERT_TRUE(s.Open().ok());
  s.store->set_schema_version(77);
  for (uint32_t from = 0; from < kRows; from += 100) {
    ASSERT_TRUE(s.store->Begin().ok());
    for (uint32_t i = from; i < from + 100; i++) ASSERT_TRUE(s.Insert(i).ok());
    ASSERT_TRUE(s.store->Commit().ok());
    ASSERT_TRUE(s.store->EndTurn().ok());
    if (from + 100 == kRowsCheckpointed) {
      ASSERT_TRUE(s.store->Checkpoint().ok());
      ASSERT_TRUE(s.store->EndTurn().ok());
    }
  }
  memory.ForEach([&](RowKey key, const std::vector<uint8_t>& bytes) {
    FILE* f = std::fopen(FileName(dir, key).c_str(), "wb");
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), f), bytes.size());
    std::fclose(f);
  });
}

void Open(const std::string& folder) {
  MemoryStore memory(FaultModel::kTurnAtomic);
  uint32_t rows = 0;
  for (RowKind kind : {RowKind::kSuper, RowKind::kLog, RowKind::kExtent}) {
    for (uint32_t number = 0; number < 64; number++) {
      FILE* f = std::fopen(FileName(folder, {kind, number}).c_str(), "rb");
      if (!f) continue;
      std::vector<uint8_t> bytes(kRowBytesMax);
      bytes.resize(std::fread(bytes.data(), 1, bytes.size(), f));
      std::fclose(f);
      ASSERT_TRUE(memory.Put({kind, number}, bytes).ok());
      rows++;
    }
  }
  ASSERT_GT(rows, 4u) << "run in the project's root";
  Sample s(&memory);
  Check(&s);
}

TEST(Samples, VersionOneOpens) { Open("tests/storage/samples/v1"); }

TEST(Samples, VersionTwoOpens) {
  if (const char* dir = std::getenv("DOSQL_WRITE_SAMPLE")) Write(dir);
  Open("tests/storage/samples/v2");
}

}  // namespace
}  // namespace dosql
