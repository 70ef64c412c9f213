#include "core/storage/btree/btree.h"

#include <algorithm>
#include <numeric>

#include "core/host/meter_store.h"
#include "tests/storage/btree_bench.h"

namespace dosql {
namespace {

TEST(BTree, StoresAndFindsIntegers) {
  BTreeBench b(KeyKind::kInteger);
  EXPECT_EQ(b.Get(IntKey(1)), "NotFound");
  for (int64_t k : {int64_t{5}, INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{0}}) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::to_string(k))).ok());
  }
  for (int64_t k : {int64_t{5}, INT64_MIN, INT64_MAX, int64_t{-1}, int64_t{0}}) {
    EXPECT_EQ(b.Get(IntKey(k)), std::to_string(k));
  }
  EXPECT_EQ(b.Get(IntKey(1)), "NotFound");
  EXPECT_EQ(b.tree.Insert(IntKey(0), {}).code(), Code::kAlreadyExists);
  EXPECT_EQ(b.Get(IntKey(0)), "0");
  EXPECT_TRUE(b.tree.Put(IntKey(0), AsBytes("zero and more")).ok());
  EXPECT_EQ(b.Get(IntKey(0)), "zero and more");
  EXPECT_EQ(b.tree.Replace(IntKey(7), {}).code(), Code::kNotFound);
  EXPECT_TRUE(b.tree.Replace(IntKey(0), {}).ok());
  EXPECT_EQ(b.Get(IntKey(0)), "");
  EXPECT_EQ(b.tree.Delete(IntKey(7)).code(), Code::kNotFound);
  EXPECT_TRUE(b.tree.Delete(IntKey(0)).ok());
  EXPECT_EQ(b.Get(IntKey(0)), "NotFound");
  EXPECT_EQ(b.Check().entries, 4u);
}

TEST(BTree, LastKeyOfAnIntegerTree) {
  BTreeBench b(KeyKind::kInteger);
  int64_t last;
  EXPECT_EQ(b.tree.LastKey(&last).code(), Code::kNotFound);
  for (int64_t k = 1; k <= 5000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::string(40, 'r'))).ok());
    ASSERT_TRUE(b.tree.LastKey(&last).ok());
    ASSERT_EQ(last, k);
  }
  for (int64_t k = 5000; k > 1; k--) {
    ASSERT_TRUE(b.tree.Delete(IntKey(k)).ok());
    ASSERT_TRUE(b.tree.LastKey(&last).ok());
    ASSERT_EQ(last, k - 1);
  }
}

TEST(BTree, LastKeyHintSurvivesRollback) {
  BTreeBench b(KeyKind::kInteger);
  for (int64_t k = 1; k <= 1000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::string(40, 'r'))).ok());
  }
  const Version* before = b.pager.Pin();
  for (int64_t k = 1001; k <= 3000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::string(40, 'r'))).ok());
  }
  b.pager.Restore(before);
  int64_t last;
  ASSERT_TRUE(b.tree.LastKey(&last).ok());
  EXPECT_EQ(last, 1000);
  ASSERT_TRUE(b.tree.Insert(IntKey(1001), AsBytes("again")).ok());
  EXPECT_EQ(b.Get(IntKey(1001)), "again");
  b.pager.Unpin(before);
  EXPECT_EQ(b.Check().entries, 1001u);
}

TEST(BTree, PinnedVersionsStayAsTheyWere) {
  BTreeBench b(KeyKind::kInteger);
  for (int64_t k = 0; k < 2000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::to_string(k))).ok());
  }
  const Version* version = b.pager.Pin();
  for (int64_t k = 0; k < 2000; k += 2) ASSERT_TRUE(b.tree.Delete(IntKey(k)).ok());
  EXPECT_EQ(b.Get(IntKey(10)), "NotFound");
  EXPECT_EQ(b.Get(IntKey(10), version), "10");
  EXPECT_EQ(b.Check(version).entries, 2000u);
  uint64_t count;
  ASSERT_TRUE(b.tree.Count(nullptr, &count).ok());
  EXPECT_EQ(count, 1000u);
  b.pager.Unpin(version);
}

TEST(BTree, AscendingInsertsLeaveFullPages) {
  BTreeBench b(KeyKind::kInteger);
  for (int64_t k = 1; k <= 50000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::string(60, 'r'))).ok());
  }
  BTreeStats stats = b.Check();
  EXPECT_EQ(stats.entries, 50000u);
  EXPECT_GT(stats.leaf_bytes_used * 100, stats.leaf_pages * kPageBytes * 97);

  BTreeBench t(KeyKind::kBytes);
  char key[32];
  for (int k = 1; k <= 50000; k++) {
    std::snprintf(key, sizeof key, "item number %08d", k);
    ASSERT_TRUE(t.tree.Insert(TextKey(key), AsBytes("12345678")).ok());
  }
  stats = t.Check();
  EXPECT_EQ(stats.entries, 50000u);
  // 19 bytes of key, 15 or so of them shared by the page: a slot and 13 bytes for each entry.
  EXPECT_LT(stats.leaf_pages, 170u);
}

TEST(BTree, HalfFullAfterAMillionRandomDeletes) {
  constexpr uint32_t kRows = 1100000;
  BTreeBench b(KeyKind::kInteger, 24000);
  std::vector<uint32_t> keys(kRows);
  std::iota(keys.begin(), keys.end(), 0u);
  for (uint32_t k : keys) ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes("a row of 24 bytes, about")).ok());
  Random random(1);
  for (uint32_t i = kRows - 1; i > 0; i--) std::swap(keys[i], keys[random.Below(i + 1)]);
  for (uint32_t i = 0; i < 1000000; i++) {
    ASSERT_TRUE(b.tree.Delete(IntKey(keys[i])).ok());
    if (i % 250000 == 249999) {
      BTreeStats stats = b.Check();
      EXPECT_EQ(stats.entries, kRows - 1 - i);
      EXPECT_GE(stats.leaf_bytes_used * 2, stats.leaf_pages * kPageBytes) << i;
    }
  }
  for (uint32_t i = 1000000; i < kRows; i++) ASSERT_TRUE(b.tree.Delete(IntKey(keys[i])).ok());
  EXPECT_EQ(b.pager.page_count(), 1u);
  EXPECT_EQ(b.Check().levels, 1u);
}

TEST(BTree, PayloadsFromEmptyToLong) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    BTreeBench b(kind);
    auto key = [&](int64_t k, std::string* text) {
      *text = "key " + std::to_string(k);
      return kind == KeyKind::kInteger ? IntKey(k) : TextKey(*text);
    };
    const size_t sizes[] = {0,    1,    127,  128,   2047,  2048,  2049,  8191,   8192,
                            8696, 8697, 9000, 16880, 16881, 65536, 500000, 3000000};
    std::string text;
    int64_t k = 0;
    for (size_t size : sizes) {
      std::string value(size, 'v');
      for (size_t i = 0; i < size; i++) value[i] = static_cast<char>(i * 7 + size);
      ASSERT_TRUE(b.tree.Insert(key(k, &text), AsBytes(value)).ok());
      EXPECT_EQ(b.Get(key(k, &text)), value);
      k++;
    }
    b.Check();
    // Every size over every other.
    Random random(7);
    for (int i = 0; i < 300; i++) {
      size_t size = sizes[random.Below(std::size(sizes) - 1)];
      std::string value(size, static_cast<char>('a' + i % 26));
      Key which = key(static_cast<int64_t>(random.Below(static_cast<uint64_t>(k))), &text);
      ASSERT_TRUE(b.tree.Replace(which, AsBytes(value)).ok());
      EXPECT_EQ(b.Get(which), value);
      b.arena.Reset();
    }
    b.Check();
    for (int64_t i = 0; i < k; i++) ASSERT_TRUE(b.tree.Delete(key(i, &text)).ok());
    EXPECT_EQ(b.pager.page_count(), 1u);
  }
}

TEST(BTree, KeysLongerThanAPage) {
  BTreeBench b(KeyKind::kBytes);
  std::vector<std::string> keys;
  for (size_t size : {0, 1, 999, 1000, 1001, 5000, 9183, 9184, 9185, 17368, 17369, 30000}) {
    for (char tail : {'a', 'b', '\xff'}) {
      keys.push_back(std::string(size, 'k') + tail);
      keys.push_back(std::string(size, 'k'));
      keys.push_back(std::string(size / 2, 'k') + tail + std::string(size / 2, 'k'));
    }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  std::vector<std::string> shuffled = keys;
  Random random(3);
  for (size_t i = shuffled.size() - 1; i > 0; i--) {
    std::swap(shuffled[i], shuffled[random.Below(i + 1)]);
  }
  for (const std::string& key : shuffled) {
    ASSERT_TRUE(b.tree.Insert(TextKey(key), AsBytes(std::to_string(key.size()))).ok());
    ASSERT_EQ(b.tree.Insert(TextKey(key), {}).code(), Code::kAlreadyExists);
  }
  b.Check();
  Cursor cursor(b.tree, nullptr);
  ASSERT_TRUE(cursor.First().ok());
  for (const std::string& key : keys) {
    Bytes found;
    ASSERT_TRUE(cursor.valid());
    ASSERT_TRUE(cursor.BytesKey(&b.arena, &found).ok());
    ASSERT_TRUE(AsText(found) == key) << key.size();
    ASSERT_TRUE(cursor.Next().ok());
    EXPECT_EQ(b.Get(TextKey(key)), std::to_string(key.size()));
  }
  EXPECT_FALSE(cursor.valid());
  for (const std::string& key : shuffled) ASSERT_TRUE(b.tree.Delete(TextKey(key)).ok());
  EXPECT_EQ(b.pager.page_count(), 1u);
}

TEST(BTree, KeyWithoutThePagesLongPrefix) {
  // Some hundred keys of 900 common bytes fit a page only with the prefix cut; a first and a last key
  // without it must not unpack them.
  BTreeBench b(KeyKind::kBytes);
  const std::string stem(900, 'p');
  for (int i = 0; i < 400; i++) {
    ASSERT_TRUE(b.tree.Insert(TextKey(stem + std::to_string(1000 + i)), AsBytes("x")).ok());
  }
  EXPECT_EQ(b.Check().levels, 1u);
  ASSERT_TRUE(b.tree.Insert(TextKey("a"), AsBytes("first")).ok());
  ASSERT_TRUE(b.tree.Insert(TextKey("z"), AsBytes("last")).ok());
  EXPECT_EQ(b.Check().entries, 402u);
  EXPECT_EQ(b.Get(TextKey("a")), "first");
  EXPECT_EQ(b.Get(TextKey("z")), "last");
  EXPECT_EQ(b.Get(TextKey(stem + "1399")), "x");
}

TEST(BTree, ClearAndDropGivePagesBack) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    BTreeBench b(kind);
    for (int round = 0; round < 2; round++) {
      for (int64_t k = 0; k < 3000; k++) {
        std::string text = std::to_string(k * 7919) + std::string(k % 100 == 0 ? 3000 : 3, 'k');
        std::string value(k % 50 == 0 ? 20000 : 50, 'v');
        Key key = kind == KeyKind::kInteger ? IntKey(k) : TextKey(text);
        ASSERT_TRUE(b.tree.Put(key, AsBytes(value)).ok());
      }
      EXPECT_EQ(b.Check().entries, 3000u);
      ASSERT_TRUE(b.tree.Clear().ok());
      EXPECT_EQ(b.Check().entries, 0u);
      EXPECT_EQ(b.pager.page_count(), 1u);
    }
    ASSERT_TRUE(b.tree.Drop().ok());
    EXPECT_EQ(b.pager.page_count(), 0u);
  }
}

TEST(BTree, WorksInASmallCache) {
  BTreeBench b(KeyKind::kInteger, 32);
  for (int64_t k = 0; k < 20000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k * 7919 % 20000), AsBytes(std::string(50, 's'))).ok()) << k;
  }
  ASSERT_TRUE(b.tree.Insert(IntKey(-1), AsBytes(std::string(2000000, 'l'))).ok());
  EXPECT_EQ(b.Get(IntKey(-1)).size(), 2000000u);
  EXPECT_EQ(b.Check().entries, 20001u);
  ASSERT_TRUE(b.tree.Clear().ok());
  EXPECT_EQ(b.pager.page_count(), 1u);
}

TEST(BTree, RefusesWhatIsTooBig) {
  BTreeBench b(KeyKind::kBytes);
  const uint8_t byte = 0;
  const Bytes huge(&byte, (size_t{1} << 30) + 1);  // only its size is looked at
  EXPECT_EQ(b.tree.Insert(TextKey("k"), huge).code(), Code::kTooBig);
  EXPECT_EQ(b.tree.Insert(Key::Of(huge), {}).code(), Code::kTooBig);
}

// Many changes all over a tree read each extent row once, however the leaves lie in them.
TEST(BTree, AppliesChangesReadingEachExtentOnce) {
  for (uint32_t frames : {4096u, 64u}) {
    BTreeBench b(KeyKind::kBytes);
    Random random(7);
    std::vector<std::string> keys;
    for (int i = 0; i < 60'000; i++) keys.push_back("key " + std::to_string(random()));
    for (size_t i = 0; i < keys.size(); i += 2)
      ASSERT_TRUE(b.tree.Insert(TextKey(keys[i]), AsBytes("payload")).ok());
    bool done = false;
    while (!done) ASSERT_TRUE(b.pager.CheckpointSlice({}, 1 << 20, &done).ok());
    MeterStore meter(&b.store);
    Pager cold(&meter, &b.budget, BTreeBench::Options(frames));
    ASSERT_TRUE(cold.Open().ok());
    BTree tree(&cold, b.tree.root(), KeyKind::kBytes);
    std::vector<TreeChange> changes;
    for (size_t i = 0; i < keys.size(); i++) {
      if (i % 4 == 0) continue;
      const Bytes key = AsBytes(keys[i]), payload = AsBytes("another");
      changes.push_back({TreeChange::OrderOf(key), key.data(), payload.data(),
                         static_cast<uint32_t>(key.size()), static_cast<uint32_t>(payload.size()),
                         i % 2 == 0 ? TreeChange::kReplace : TreeChange::kInsert});
    }
    std::sort(changes.begin(), changes.end(),
              [](const TreeChange& x, const TreeChange& y) { return CompareChanges(x, y) < 0; });
    const Meter before = meter.meter();
    ASSERT_TRUE(tree.Apply(changes.data(), changes.size()).ok());
    const uint64_t rows = meter.meter().rows_read - before.rows_read;
    // A small cache holds a part of the leaves at a time.
    if (frames == 4096) EXPECT_LE(rows, b.pager.extent_count() + 3);
    for (size_t i = 0; i < keys.size(); i++) {
      Bytes payload;
      ASSERT_TRUE(tree.Get(nullptr, TextKey(keys[i]), &b.arena, &payload).ok());
      ASSERT_EQ(AsText(payload), i % 4 == 0 ? "payload" : "another");
    }
  }
}

}  // namespace
}  // namespace dosql
