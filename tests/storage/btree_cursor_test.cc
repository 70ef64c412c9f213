#include "core/storage/btree/cursor.h"

#include <map>

#include "core/host/blocking_store.h"
#include "tests/storage/btree_bench.h"

namespace dosql {
namespace {

TEST(Cursor, EmptyTree) {
  BTreeBench b(KeyKind::kInteger);
  Cursor cursor(b.tree, nullptr);
  ASSERT_TRUE(cursor.First().ok());
  EXPECT_FALSE(cursor.valid());
  ASSERT_TRUE(cursor.Last().ok());
  EXPECT_FALSE(cursor.valid());
  for (SeekOp op : {SeekOp::kGe, SeekOp::kGt, SeekOp::kLe, SeekOp::kLt}) {
    ASSERT_TRUE(cursor.Seek(op, IntKey(0)).ok());
    EXPECT_FALSE(cursor.valid());
  }
  LeafRun run;
  ASSERT_TRUE(cursor.NextLeafRun(10, nullptr, &run).ok());
  EXPECT_EQ(run.size(), 0u);
}

TEST(Cursor, SeeksAndWalksBothWays) {
  BTreeBench b(KeyKind::kInteger);
  constexpr int64_t kRows = 3000;
  for (int64_t k = 0; k < kRows; k++) {  // even keys
    ASSERT_TRUE(b.tree.Insert(IntKey(k * 2), AsBytes(std::to_string(k))).ok());
  }
  Cursor cursor(b.tree, nullptr);
  auto at = [&](SeekOp op, int64_t key) -> int64_t {
    EXPECT_TRUE(cursor.Seek(op, IntKey(key)).ok());
    int64_t found = -99;
    if (cursor.valid()) EXPECT_TRUE(cursor.IntegerKey(&found).ok());
    return found;
  };
  for (int64_t k = -1; k <= kRows * 2; k++) {
    int64_t ge = k + (k & 1), le = k - (k & 1);
    EXPECT_EQ(at(SeekOp::kGe, k), ge < kRows * 2 ? ge : -99);
    EXPECT_EQ(at(SeekOp::kLe, k), le < 0 ? -99 : std::min(le, kRows * 2 - 2));
    int64_t gt = k & 1 ? k + 1 : k + 2, lt = k & 1 ? k - 1 : k - 2;
    EXPECT_EQ(at(SeekOp::kGt, k), gt < kRows * 2 ? gt : -99);
    EXPECT_EQ(at(SeekOp::kLt, k), lt < 0 ? -99 : std::min(lt, kRows * 2 - 2));
  }
  int64_t expected = 0;
  ASSERT_TRUE(cursor.First().ok());
  for (; cursor.valid(); expected += 2) {
    int64_t key;
    Bytes payload;
    ASSERT_TRUE(cursor.IntegerKey(&key).ok());
    ASSERT_TRUE(cursor.Payload(&b.arena, &payload).ok());
    ASSERT_EQ(key, expected);
    ASSERT_EQ(AsText(payload), std::to_string(expected / 2));
    ASSERT_TRUE(cursor.Next().ok());
  }
  EXPECT_EQ(expected, kRows * 2);
  ASSERT_TRUE(cursor.Last().ok());
  while (cursor.valid()) {
    int64_t key;
    ASSERT_TRUE(cursor.IntegerKey(&key).ok());
    ASSERT_EQ(key, expected -= 2);
    ASSERT_TRUE(cursor.Prev().ok());
  }
  EXPECT_EQ(expected, 0);
}

TEST(Cursor, RunsCoverARangeOnce) {
  BTreeBench b(KeyKind::kInteger);
  for (int64_t k = 0; k < 5000; k++) {
    std::string value(k % 97 == 0 ? 5000 : k % 5 * 40, static_cast<char>('a' + k % 26));
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(value)).ok());
  }
  Random random(5);
  for (int round = 0; round < 200; round++) {
    int64_t from = static_cast<int64_t>(random.Below(5200)) - 100;
    ScanEnd end{IntKey(static_cast<int64_t>(random.Below(5200)) - 100), random.Below(2) == 0};
    int64_t next = std::max<int64_t>(from, 0);
    int64_t stop = std::min<int64_t>(end.key.integer + end.inclusive, 5000);
    Cursor cursor(b.tree, nullptr);
    ASSERT_TRUE(cursor.Seek(SeekOp::kGe, IntKey(from)).ok());
    for (;;) {
      LeafRun run;
      ASSERT_TRUE(
          cursor.NextLeafRun(1 + static_cast<uint32_t>(random.Below(300)), &end, &run).ok());
      if (run.size() == 0) break;
      const uint32_t pin = b.pager.PinFrame(run.page());
      for (uint32_t i = run.begin; i < run.end; i++, next++) {
        ASSERT_EQ(run.IntegerKey(i), next);
        Bytes payload;
        if (!run.IntegerPayload(i, &payload)) {
          ASSERT_EQ(next % 97, 0);
          ASSERT_TRUE(cursor.RunEntry(run, i, &b.arena, nullptr, &payload).ok());
        }
        ASSERT_EQ(payload.size(), next % 97 == 0 ? 5000 : next % 5 * 40);
      }
      b.pager.UnpinFrame(pin);
      b.arena.Reset();
    }
    EXPECT_EQ(next, std::max(stop, std::max<int64_t>(from, 0)));
  }
}

// A leaf's entries may have more overflow pages than the cache has frames.
TEST(Cursor, RunsOfLongEntriesInASmallCache) {
  BTreeBench b(KeyKind::kBytes, 32);
  auto key = [](int i) { return std::string(9400, 'k') + std::to_string(1000 + i); };
  const std::string payload(20'000, 'p');
  for (int i = 0; i < 300; i++)
    ASSERT_TRUE(b.tree.Insert(TextKey(key(i)), AsBytes(payload + std::to_string(i))).ok());
  Cursor cursor(b.tree, nullptr);
  ASSERT_TRUE(cursor.First().ok());
  uint32_t longest = 0;
  for (int i = 0;;) {
    LeafRun run;
    ASSERT_TRUE(cursor.NextLeafRun(2048, nullptr, &run).ok());
    if (run.size() == 0) {
      EXPECT_EQ(i, 300);
      break;
    }
    longest = std::max(longest, run.size());
    const uint32_t pin = b.pager.PinFrame(run.page());
    for (uint32_t slot = run.begin; slot < run.end; slot++, i++) {
      Bytes k, p;
      b.arena.Reset();
      ASSERT_EQ(cursor.RunEntry(run, slot, &b.arena, &k, &p).code(), Code::kOk) << i;
      EXPECT_EQ(AsText(k), key(i));
      EXPECT_EQ(AsText(p), payload + std::to_string(i));
    }
    b.pager.UnpinFrame(pin);
  }
  EXPECT_GT(longest * 4, 32u);
}

TEST(Cursor, RunEntriesOfABytesTree) {
  BTreeBench b(KeyKind::kBytes);
  std::map<std::string, std::string> model;
  Random random(9);
  for (int i = 0; i < 3000; i++) {
    std::string key = "prefix " + std::to_string(random.Below(100000));
    if (i % 50 == 0) key += std::string(2000, 'x');
    if (model.emplace(key, std::to_string(i)).second) {
      ASSERT_TRUE(b.tree.Insert(TextKey(key), AsBytes(std::to_string(i))).ok());
    }
  }
  const ScanEnd end{TextKey("prefix 7"), false};
  Cursor cursor(b.tree, nullptr);
  ASSERT_TRUE(cursor.Seek(SeekOp::kGt, TextKey("prefix 3")).ok());
  auto expected = model.upper_bound("prefix 3");
  for (;;) {
    LeafRun run;
    ASSERT_TRUE(cursor.NextLeafRun(2048, &end, &run).ok());
    if (run.size() == 0) break;
    const uint32_t pin = b.pager.PinFrame(run.page());
    for (uint32_t i = run.begin; i < run.end; i++, ++expected) {
      Bytes key, payload;
      ASSERT_TRUE(cursor.RunEntry(run, i, &b.arena, &key, &payload).ok());
      ASSERT_EQ(AsText(key), expected->first);
      ASSERT_EQ(AsText(payload), expected->second);
    }
    b.pager.UnpinFrame(pin);
  }
  EXPECT_EQ(expected, model.lower_bound("prefix 7"));
}

// Every call may find its pages missing; it then changes nothing and can be made again.
TEST(Cursor, GoesOnAfterBlocking) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    MemoryStore memory;
    BlockingStore store(&memory, 0, 11);
    ByteBudget budget(64 << 20);
    Arena arena(&budget);
    Pager pager(&store, &budget, BTreeBench::Options(32));
    ASSERT_TRUE(pager.Open().ok());
    PageId root;
    ASSERT_TRUE(BTree::Create(&pager, kind, &root).ok());
    BTree tree(&pager, root, kind);
    std::map<std::string, std::string> model;
    auto key = [&](const std::string& s) {
      return kind == KeyKind::kBytes ? TextKey(s) : IntKey(std::stoll(s));
    };
    auto retry = [&](auto call) {
      for (;;) {
        Status s = call();
        if (s != Code::kBlocked) return s;
        store.Fetch();
      }
    };
    store.set_odds(60);
    Random random(13);
    for (int i = 0; i < 12000; i++) {
      std::string k = std::to_string(100000 + random.Below(20000));
      std::string value(i % 40 == 0 ? 9000 : random.Below(100), 'v');
      auto it = model.find(k);
      if (random.Below(3) > 0) {
        Status s = retry([&] { return tree.Insert(key(k), AsBytes(value)); });
        ASSERT_EQ(s.code(), it == model.end() ? Code::kOk : Code::kAlreadyExists) << i;
        model.emplace(k, value);
      } else {
        Status s = retry([&] { return tree.Delete(key(k)); });
        ASSERT_EQ(s.code(), it == model.end() ? Code::kNotFound : Code::kOk) << i;
        if (it != model.end()) model.erase(it);
      }
    }
    Cursor cursor(tree, nullptr);
    ASSERT_TRUE(retry([&] { return cursor.First(); }).ok());
    for (const auto& [k, v] : model) {
      ASSERT_TRUE(cursor.valid());
      Bytes payload;
      ASSERT_TRUE(retry([&] { return cursor.Payload(&arena, &payload); }).ok());
      ASSERT_EQ(AsText(payload), v);
      arena.Reset();
      ASSERT_TRUE(retry([&] { return cursor.Next(); }).ok());
    }
    EXPECT_FALSE(cursor.valid());
    EXPECT_GT(store.blocked(), 100u);
  }
}

}  // namespace
}  // namespace dosql
