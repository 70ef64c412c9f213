#include <gtest/gtest.h>

#include <string>

#include "core/host/blocking_store.h"
#include "core/host/fault_store.h"
#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/host/meter_store.h"

namespace dosql {
namespace {

constexpr RowKey kLog5 = {RowKind::kLog, 5};
constexpr RowKey kLog6 = {RowKind::kLog, 6};

std::string Read(PageStore* store, RowKey key) {
  uint8_t out[4096];
  uint32_t size = 0;
  Status s = store->Get(key, out, &size);
  if (!s.ok()) return std::string("!") + CodeName(s.code());
  return std::string(reinterpret_cast<char*>(out), size < sizeof out ? size : sizeof out);
}

TEST(MemoryStore, RowsAndConditions) {
  MemoryStore store;
  EXPECT_EQ(Read(&store, kLog5), "!NotFound");
  ASSERT_TRUE(store.Put(kLog5, AsBytes("hello")).ok());
  EXPECT_EQ(Read(&store, kLog5), "hello");
  EXPECT_EQ(store.PutIf(kLog6, AsBytes("x"), kLog5, AsBytes("hallo")).code(), Code::kStale);
  EXPECT_EQ(store.PutIf(kLog6, AsBytes("x"), kLog6, AsBytes("")).code(), Code::kStale);
  ASSERT_TRUE(store.PutIf(kLog6, AsBytes("x"), kLog5, AsBytes("hell")).ok());
  EXPECT_EQ(Read(&store, kLog6), "x");
  uint32_t size;
  uint8_t two[2];
  ASSERT_TRUE(store.Get(kLog5, two, &size).ok());
  EXPECT_EQ(size, 5u);
  EXPECT_EQ(two[1], 'e');
  ASSERT_TRUE(store.GetPart(kLog5, 3, two).ok());
  EXPECT_EQ(two[0], 'l');
  EXPECT_EQ(two[1], 'o');
  EXPECT_EQ(store.GetPart(kLog5, 4, two).code(), Code::kNotFound);
  EXPECT_EQ(store.GetPart({RowKind::kLog, 7}, 0, two).code(), Code::kNotFound);
  std::string big(kRowBytesMax + 1, 'x');
  EXPECT_EQ(store.Put(kLog5, AsBytes(big)).code(), Code::kTooBig);
}

TEST(MemoryStore, StaysInsideItsBudget) {
  ByteBudget budget(100);
  {
    MemoryStore store(FaultModel::kPosix, &budget);
    ASSERT_TRUE(store.Put(kLog5, AsBytes(std::string(60, 'a'))).ok());
    EXPECT_EQ(store.Put(kLog6, AsBytes(std::string(60, 'a'))).code(), Code::kNoMemory);
    ASSERT_TRUE(store.Put(kLog5, AsBytes(std::string(10, 'a'))).ok());
    ASSERT_TRUE(store.Put(kLog6, AsBytes(std::string(60, 'a'))).ok());
    EXPECT_EQ(budget.used(), 70u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(FaultStore, PosixLosesTearsOrKeepsOnlyWhatWasNotSynced) {
  uint32_t lost = 0, kept = 0, torn = 0;
  std::string before(2000, 'a'), after(3000, 'b');
  for (uint64_t seed = 0; seed < 300; seed++) {
    FaultStore store(FaultModel::kPosix);
    ASSERT_TRUE(store.Put(kLog5, AsBytes(before)).ok());
    ASSERT_TRUE(store.Sync().ok());
    ASSERT_TRUE(store.Put(kLog5, AsBytes(after)).ok());
    ASSERT_TRUE(store.Put(kLog6, AsBytes(after)).ok());
    EXPECT_EQ(Read(&store, kLog5), after);
    store.Crash(seed);
    std::string found = Read(&store, kLog5);
    found == before ? lost++ : found == after ? kept++ : torn++;
  }
  EXPECT_GT(lost, 50u);
  EXPECT_GT(kept, 50u);
  EXPECT_GT(torn, 50u);
}

TEST(FaultStore, StopsAtTheEventAskedFor) {
  FaultStore store(FaultModel::kPosix);
  store.StopAt(3);
  EXPECT_TRUE(store.Put(kLog5, AsBytes("1")).ok());
  EXPECT_TRUE(store.Sync().ok());
  EXPECT_EQ(store.Put(kLog5, AsBytes("2")).code(), Code::kIo);
  EXPECT_EQ(Read(&store, kLog5), "!Io");
  EXPECT_TRUE(store.stopped());
  store.Crash(1);
  EXPECT_NE(Read(&store, kLog5), "!Io");
}

TEST(FaultStore, TurnIsAllOrNothingAndRollsBackInPart) {
  FaultStore store(FaultModel::kTurnAtomic);
  ASSERT_TRUE(store.Put(kLog5, AsBytes("1")).ok());
  store.EndOfTurn();
  ASSERT_TRUE(store.Put(kLog5, AsBytes("2")).ok());
  size_t mark = store.TurnMark();
  ASSERT_TRUE(store.Put(kLog5, AsBytes("3")).ok());
  ASSERT_TRUE(store.Put(kLog6, AsBytes("3")).ok());
  store.RollbackTo(mark);
  EXPECT_EQ(Read(&store, kLog5), "2");
  EXPECT_EQ(Read(&store, kLog6), "!NotFound");
  store.Crash(7);
  EXPECT_EQ(Read(&store, kLog5), "1");
  store.FailPutAt(1);
  EXPECT_EQ(store.Put(kLog5, AsBytes("4")).code(), Code::kIo);
  EXPECT_EQ(Read(&store, kLog5), "1");
  EXPECT_TRUE(store.Put(kLog5, AsBytes("4")).ok());
}

TEST(MeterStore, CountsRowsAsTheyAreBilled) {
  MemoryStore rows;
  MeterStore store(&rows);
  ASSERT_TRUE(store.Put(kLog5, AsBytes("12345")).ok());
  ASSERT_TRUE(store.Put({RowKind::kExtent, 0}, AsBytes("1")).ok());
  EXPECT_FALSE(store.PutIf(kLog6, AsBytes("1"), kLog5, AsBytes("x")).ok());
  EXPECT_TRUE(store.PutIf(kLog6, AsBytes("1"), kLog5, AsBytes("1")).ok());
  EXPECT_EQ(store.meter().RowsPut(), 3u);
  EXPECT_EQ(store.meter().rows_put[2], 2u);
  EXPECT_EQ(store.meter().bytes_put[2], 6u);
}

TEST(BlockingStore, BlocksUntilFetched) {
  MemoryStore rows;
  BlockingStore store(&rows, 256, 1);
  RowKey key = {RowKind::kExtent, 3};
  ASSERT_TRUE(store.Put(key, AsBytes("cold")).ok());
  EXPECT_EQ(Read(&store, key), "!Blocked");
  ASSERT_EQ(store.wanted().size(), 1u);
  store.Fetch();
  EXPECT_EQ(Read(&store, key), "cold");
}

TEST(FixedHost, EntropyDependsOnTheSeed) {
  uint8_t a[16], b[16];
  FixedEntropy one(1), two(2), again(1);
  one.Fill(a);
  two.Fill(b);
  EXPECT_NE(CompareBytes(a, b), 0);
  again.Fill(b);
  EXPECT_EQ(CompareBytes(a, b), 0);
}

}  // namespace
}  // namespace dosql
