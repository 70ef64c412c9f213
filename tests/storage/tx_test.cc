#include "core/storage/tx/store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/host/blocking_store.h"
#include "core/host/fault_store.h"
#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/host/meter_store.h"

namespace dosql {
namespace {

// The least that can be redone: page 1 is an array of numbers; a change sets one of them. Table 2
// allocates that many pages.
struct Numbers final : ReplaySink {
  Numbers(PageStore* pages, StoreOptions o = {}, size_t budget_bytes = 64u << 20)
      : budget(budget_bytes), options(o), host{pages, &clock, &entropy} {}

  Status Open() {
    store.reset();
    DOSQL_TRY(Store::Open(host, &budget, options, &store, &is_new));
    return store->Recover(this);
  }
  Status Apply(uint32_t index, uint64_t value) {
    uint8_t* data;
    store->pager().BeginOperation();
    DOSQL_TRY(store->pager().Write(PageId(1), &data));
    StoreLe(data + 8 * index, value);
    return Status::Ok();
  }
  Status Set(uint32_t index, uint64_t value) {
    uint8_t key[8], after[8];
    StoreLe<uint64_t>(key, index);
    StoreLe(after, value);
    DOSQL_TRY(store->Log({LogOp::kUpdate, TableId(1), key, {}, after}));
    return Apply(index, value);
  }
  uint64_t Get(uint32_t index) {
    const uint8_t* data;
    store->pager().BeginOperation();
    Status s = store->pager().Read(PageId(1), &data);
    EXPECT_TRUE(s.ok()) << CodeName(s.code());
    return s.ok() ? LoadLe<uint64_t>(data + 8 * index) : ~0ull;
  }
  Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }
  Status ApplyCommit(const LogCommit&) override {
    redone++;
    return Status::Ok();
  }
  Status ApplyChange(const LogChange& c) override {
    return Apply(LoadLe<uint32_t>(c.key.data()), LoadLe<uint64_t>(c.after.data()));
  }

  FixedClock clock;
  FixedEntropy entropy{1};
  ByteBudget budget;
  StoreOptions options;
  Host host;
  std::unique_ptr<Store> store;
  bool is_new = false;
  uint32_t redone = 0;
};

TEST(Store, NewDatabaseWritesNothingUntilTheFirstCommit) {
  MemoryStore memory(FaultModel::kTurnAtomic);
  MeterStore meter(&memory);
  Numbers n(&meter);
  ASSERT_TRUE(n.Open().ok());
  EXPECT_TRUE(n.is_new);
  EXPECT_EQ(meter.meter().RowsPut(), 0u);
  EXPECT_LT(n.budget.used(), 512u << 10);
  ASSERT_TRUE(n.Set(0, 1).ok());
  EXPECT_TRUE(n.store->in_transaction());
  ASSERT_TRUE(n.store->Commit().ok());
  EXPECT_FALSE(n.store->in_transaction());
  EXPECT_EQ(meter.meter().rows_put[1], 1u);
  EXPECT_EQ(meter.meter().rows_put[2], 1u);
  ASSERT_TRUE(n.store->EndTurn().ok());
  EXPECT_EQ(meter.meter().RowsPut(), 2u);
}

TEST(Store, CommitsAreRedoneAndCheckpointsShortenRedo) {
  for (FaultModel model : {FaultModel::kPosix, FaultModel::kTurnAtomic}) {
    MemoryStore memory(model);
    Numbers n(&memory);
    ASSERT_TRUE(n.Open().ok());
    for (uint32_t i = 0; i < 10; i++) {
      ASSERT_TRUE(n.Set(i, i + 100).ok());
      n.store->set_schema_version(i);
      ASSERT_TRUE(n.store->Commit().ok());
    }
    EXPECT_EQ(n.store->last_lsn().value, 10u);
    ASSERT_TRUE(n.store->Close().ok());
    ASSERT_TRUE(n.Open().ok());
    EXPECT_TRUE(n.is_new);  // no checkpoint yet: page 1 is made again before the redo
    EXPECT_EQ(n.redone, 10u);
    EXPECT_EQ(n.store->schema_version(), 9u);
    EXPECT_EQ(n.Get(7), 107u);
    ASSERT_TRUE(n.store->Checkpoint().ok());
    ASSERT_TRUE(n.Set(7, 1).ok());
    ASSERT_TRUE(n.store->Commit().ok());
    ASSERT_TRUE(n.store->Close().ok());
    n.redone = 0;
    ASSERT_TRUE(n.Open().ok());
    EXPECT_FALSE(n.is_new);
    EXPECT_EQ(n.redone, 1u);
    EXPECT_EQ(n.Get(7), 1u);
    EXPECT_EQ(n.Get(8), 108u);
    EXPECT_EQ(n.store->last_lsn().value, 11u);
  }
}

TEST(Store, RollsBackToEveryMark) {
  MemoryStore memory;
  Numbers n(&memory);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.Set(0, 1).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.store->Begin().ok());
  EXPECT_EQ(n.store->Begin().code(), Code::kTransaction);
  EXPECT_EQ(n.store->Checkpoint().code(), Code::kTransaction);
  ASSERT_TRUE(n.Set(0, 2).ok());
  uint32_t a, b, c;
  ASSERT_TRUE(n.store->Savepoint(&a).ok());
  ASSERT_TRUE(n.Set(0, 3).ok());
  ASSERT_TRUE(n.store->Savepoint(&b).ok());
  ASSERT_TRUE(n.Set(0, 4).ok());
  ASSERT_TRUE(n.store->RollbackTo(b).ok());
  EXPECT_EQ(n.Get(0), 3u);
  ASSERT_TRUE(n.Set(0, 5).ok());
  ASSERT_TRUE(n.store->Savepoint(&c).ok());
  ASSERT_TRUE(n.Set(0, 6).ok());
  ASSERT_TRUE(n.store->Release(b).ok());  // c goes with it
  EXPECT_EQ(n.store->RollbackTo(c).code(), Code::kTransaction);
  EXPECT_EQ(n.Get(0), 6u);
  ASSERT_TRUE(n.store->RollbackTo(a).ok());
  EXPECT_EQ(n.Get(0), 2u);
  ASSERT_TRUE(n.store->RollbackTo(a).ok());
  ASSERT_TRUE(n.Set(1, 7).ok());
  EXPECT_EQ(n.store->Release(0).code(), Code::kTransaction);
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.Open().ok());
  EXPECT_EQ(n.Get(0), 2u);
  EXPECT_EQ(n.Get(1), 7u);
  ASSERT_TRUE(n.store->Begin().ok());
  ASSERT_TRUE(n.Set(0, 9).ok());
  ASSERT_TRUE(n.store->Rollback().ok());
  EXPECT_EQ(n.Get(0), 2u);
  EXPECT_EQ(n.store->last_lsn().value, 2u);
  // A savepoint outside of a transaction opens one.
  ASSERT_TRUE(n.store->Savepoint(&a).ok());
  EXPECT_EQ(a, 0u);
  EXPECT_TRUE(n.store->in_transaction());
  ASSERT_TRUE(n.Set(0, 10).ok());
  ASSERT_TRUE(n.store->RollbackTo(0).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  EXPECT_EQ(n.Get(0), 2u);
}

TEST(Store, ImplicitChangesCannotBeRolledBack) {
  MemoryStore memory;
  Numbers n(&memory);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.store->Rollback().ok());  // nothing to do
  ASSERT_TRUE(n.Set(0, 1).ok());
  uint32_t id;
  EXPECT_EQ(n.store->Begin().code(), Code::kTransaction);
  EXPECT_EQ(n.store->Savepoint(&id).code(), Code::kTransaction);
  EXPECT_EQ(n.store->Rollback().code(), Code::kPoisoned);
  EXPECT_TRUE(n.store->poisoned());
  EXPECT_EQ(n.store->Commit().code(), Code::kPoisoned);
  ASSERT_TRUE(n.Open().ok());
  EXPECT_EQ(n.Get(0), 0u);
}

TEST(Store, FailedPutPoisons) {
  FaultStore disk(FaultModel::kTurnAtomic);
  Numbers n(&disk);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.Set(0, 1).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.store->EndTurn().ok());
  disk.EndOfTurn();
  disk.FailPutAt(1);
  ASSERT_TRUE(n.Set(0, 2).ok());
  EXPECT_EQ(n.store->Commit().code(), Code::kIo);
  EXPECT_EQ(n.store->Begin().code(), Code::kPoisoned);
  EXPECT_EQ(n.store->EndTurn().code(), Code::kPoisoned);
  disk.Crash(1);
  ASSERT_TRUE(n.Open().ok());
  EXPECT_EQ(n.Get(0), 1u);
}

TEST(Store, TooBigForTheRingIsRefusedAndCanBeRolledBack) {
  MemoryStore memory;
  StoreOptions options;
  options.log_slots = 16;
  options.log_row_bytes = 1000;
  Numbers n(&memory, options);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.store->Begin().ok());
  Status s;
  for (uint32_t i = 0; i < 2000 && s.ok(); i++) s = n.Set(i % 100, i);
  EXPECT_EQ(s.code(), Code::kTooBig);
  ASSERT_TRUE(n.store->Rollback().ok());
  ASSERT_TRUE(n.Set(0, 5).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  EXPECT_EQ(n.Get(0), 5u);
}

TEST(Store, StaysInsideItsBudget) {
  MemoryStore memory;
  StoreOptions options;
  options.cache_bytes = 512 << 10;
  Numbers n(&memory, options, 1 << 20);
  ASSERT_TRUE(n.Open().ok());
  // Far more dirty pages than frames: they are spilled, and nothing asks for more memory.
  ASSERT_TRUE(n.store->Begin().ok());
  ASSERT_TRUE(n.Set(0, 1).ok());
  std::vector<PageId> pages(500);
  for (uint32_t i = 0; i < pages.size(); i++) {
    uint8_t* data;
    n.store->pager().BeginOperation();
    Status s = n.store->pager().Allocate(&pages[i], &data);
    ASSERT_TRUE(s.ok()) << i << CodeName(s.code());
    StoreLe<uint32_t>(data, i);
  }
  for (uint32_t i = 0; i < pages.size(); i++) {
    const uint8_t* data;
    n.store->pager().BeginOperation();
    ASSERT_TRUE(n.store->pager().Read(pages[i], &data).ok());
    EXPECT_EQ(LoadLe<uint32_t>(data), i);
  }
  EXPECT_LE(n.budget.peak(), n.budget.limit());
  ASSERT_TRUE(n.store->Rollback().ok());
  EXPECT_FALSE(n.store->pager().PageExists(pages[3]));
  // A log buffer that passes the budget is refused, and rollback needs no memory.
  ASSERT_TRUE(n.store->Begin().ok());
  std::string value(100 << 10, 'x');
  uint8_t key[8] = {};
  Status s;
  for (int i = 0; i < 20 && s.ok(); i++) {
    s = n.store->Log({LogOp::kInsert, TableId(1), key, {}, AsBytes(value)});
  }
  EXPECT_EQ(s.code(), Code::kNoMemory);
  ASSERT_TRUE(n.store->Rollback().ok());
  n.store.reset();
  EXPECT_EQ(n.budget.used(), 0u);
}

TEST(Store, OpensAndReadsThroughAStoreThatBlocks) {
  MemoryStore memory;
  {
    Numbers n(&memory);
    ASSERT_TRUE(n.Open().ok());
    for (uint32_t i = 0; i < 300; i++) {
      PageId id;
      uint8_t* data;
      n.store->pager().BeginOperation();
      ASSERT_TRUE(n.store->pager().Allocate(&id, &data).ok());
      StoreLe(data, id.value);
    }
    ASSERT_TRUE(n.Set(3, 33).ok());
    ASSERT_TRUE(n.store->Commit().ok());
    ASSERT_TRUE(n.store->Checkpoint().ok());
  }
  BlockingStore blocking(&memory, 200, 5);
  Numbers n(&blocking);
  Status s;
  while ((s = n.Open()).code() == Code::kBlocked) blocking.Fetch();
  ASSERT_TRUE(s.ok()) << CodeName(s.code());
  for (uint32_t page = 2; page <= 301; page++) {
    const uint8_t* data;
    uint8_t* change;
    n.store->pager().BeginOperation();
    while ((s = n.store->pager().Read(PageId(page), &data)).code() == Code::kBlocked) {
      blocking.Fetch();
    }
    ASSERT_TRUE(s.ok());
    EXPECT_EQ(LoadLe<uint32_t>(data), page);
    n.store->pager().BeginOperation();
    while ((s = n.store->pager().Write(PageId(page), &change)).code() == Code::kBlocked) {
      blocking.Fetch();
    }
    ASSERT_TRUE(s.ok());
  }
  EXPECT_GT(blocking.blocked(), 10u);
  EXPECT_EQ(n.Get(3), 33u);
}

TEST(Store, RollbackBeneathUsIsStaleNotCorrupt) {
  FaultStore disk(FaultModel::kTurnAtomic);
  StoreOptions options;
  options.cache_bytes = 32 * kPageBytes;
  Numbers n(&disk, options);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.Set(0, 1).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.store->EndTurn().ok());
  disk.EndOfTurn();
  for (uint32_t i = 0; i < 100; i++) {  // spills
    PageId id;
    uint8_t* data;
    n.store->pager().BeginOperation();
    ASSERT_TRUE(n.store->pager().Allocate(&id, &data).ok());
  }
  disk.RollbackTo(0);
  Status s;
  for (uint32_t page = 2; page <= 101 && s.ok(); page++) {
    const uint8_t* data;
    n.store->pager().BeginOperation();
    s = n.store->pager().Read(PageId(page), &data);
  }
  EXPECT_EQ(s.code(), Code::kStale);
  EXPECT_TRUE(n.store->poisoned());
}

TEST(Store, BothSuperblocksDamagedIsCorrupt) {
  MemoryStore memory;
  Numbers n(&memory);
  ASSERT_TRUE(n.Open().ok());
  ASSERT_TRUE(n.Set(0, 1).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.store->Checkpoint().ok());
  (*memory.Find({RowKind::kSuper, 0}))[50] ^= 1;
  ASSERT_TRUE(n.Open().ok());  // the older one still counts, with the whole log behind it
  EXPECT_EQ(n.Get(0), 1u);
  (*memory.Find({RowKind::kSuper, 1}))[50] ^= 1;
  EXPECT_EQ(n.Open().code(), Code::kCorrupt);
  (*memory.Find({RowKind::kSuper, 0}))[4] ^= 1;
  (*memory.Find({RowKind::kSuper, 1}))[4] ^= 1;
  EXPECT_EQ(n.Open().code(), Code::kNotADatabase);
}

TEST(Store, BilledRowsOfAThousandRowTransaction) {
  MemoryStore memory(FaultModel::kTurnAtomic);
  MeterStore meter(&memory);
  Numbers n(&meter);
  ASSERT_TRUE(n.Open().ok());
  uint64_t before = meter.meter().RowsPut();
  ASSERT_TRUE(n.store->Begin().ok());
  for (uint32_t i = 0; i < 1000; i++) ASSERT_TRUE(n.Set(i, i).ok());
  ASSERT_TRUE(n.store->Commit().ok());
  ASSERT_TRUE(n.store->EndTurn().ok());
  EXPECT_EQ(meter.meter().RowsPut() - before, 2u);  // the first superblock, one log row
}

}  // namespace
}  // namespace dosql
