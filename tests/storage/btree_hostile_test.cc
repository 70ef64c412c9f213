#include <gtest/gtest.h>

#include "tests/storage/btree_bench.h"
#include "tests/storage/hostile_tree.h"

namespace dosql {
namespace {

const std::string kText = "a common beginning 5000 and a tail";

// A byte of a page where it hurts: in the header, in the slots, or anywhere.
uint32_t Place(Random* random) {
  switch (random->Below(4)) {
    case 0: return static_cast<uint32_t>(random->Below(btree_format::kHeaderBytes));
    case 1: return static_cast<uint32_t>(random->Below(1024));
    default: return static_cast<uint32_t>(random->Below(kPageBytes));
  }
}

uint8_t Harm(Random* random, uint8_t byte) {
  switch (random->Below(4)) {
    case 0: return 0;
    case 1: return 0xff;
    case 2: return static_cast<uint8_t>(byte ^ (1u << random->Below(8)));
    default: return static_cast<uint8_t>((*random)());
  }
}

TEST(HostilePages, NodesNeverLeaveTheirPage) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    HostileTree tree(kind);
    Random random(kind == KeyKind::kInteger ? 1 : 2);
    const Key key = kind == KeyKind::kInteger ? IntKey(500) : TextKey(kText);
    for (int round = 0; round < 20000; round++) {
      const uint32_t id = 1 + static_cast<uint32_t>(random.Below(tree.pages()));
      uint8_t bytes[kPageBytes];
      std::memcpy(bytes, tree.Page(id), kPageBytes);
      for (uint64_t n = 1 + random.Below(6); n > 0; n--) {
        const uint32_t at = Place(&random);
        bytes[at] = Harm(&random, bytes[at]);
      }
      WalkPage(tree.pager(), bytes, kind, key);
    }
  }
}

TEST(HostilePages, TreesSurviveDamage) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    HostileTree tree(kind);
    Random random(kind == KeyKind::kInteger ? 3 : 4);
    for (int round = 0; round < 1500; round++) {
      for (uint64_t n = 1 + random.Below(8); n > 0; n--) {
        uint8_t* page = tree.Page(1 + static_cast<uint32_t>(random.Below(tree.pages())));
        const uint32_t at = Place(&random);
        page[at] = Harm(&random, page[at]);
      }
      tree.Use(random());
      tree.SetBack();
    }
  }
}

// Pages that are whole, each by itself, but in the wrong place.
TEST(HostilePages, TreesSurviveSwappedPages) {
  for (KeyKind kind : {KeyKind::kInteger, KeyKind::kBytes}) {
    HostileTree tree(kind);
    Random random(5);
    for (int round = 0; round < 1000; round++) {
      for (uint64_t n = 1 + random.Below(3); n > 0; n--) {
        uint8_t bytes[kPageBytes];
        const uint32_t from = 1 + static_cast<uint32_t>(random.Below(tree.pages()));
        const uint32_t to = 1 + static_cast<uint32_t>(random.Below(tree.pages()));
        std::memcpy(bytes, tree.Page(from), kPageBytes);
        std::memcpy(tree.Page(to), bytes, kPageBytes);
      }
      tree.Use(random());
      tree.SetBack();
    }
  }
}

TEST(HostilePages, VerifyFindsEachDamage) {
  BTreeBench b(KeyKind::kInteger);
  for (int64_t k = 0; k < 3000; k++) {
    ASSERT_TRUE(b.tree.Insert(IntKey(k), AsBytes(std::string(k % 100 == 0 ? 5000 : 20, 'v'))).ok());
  }
  const Version* clean = b.pager.Pin();
  auto problems = [&](auto damage) {
    b.pager.BeginOperation();
    damage();
    CountingVisitor visitor;
    BTreeStats stats;
    EXPECT_TRUE(VerifyBTree(b.tree, nullptr, &b.budget, &visitor, &stats).ok());
    b.pager.Restore(clean);
    return visitor.problems;
  };
  auto write = [&](PageId id) {
    uint8_t* data;
    EXPECT_TRUE(b.pager.Write(id, &data).ok());
    return data;
  };
  const uint8_t* root;
  ASSERT_TRUE(b.pager.Read(b.tree.root(), &root).ok());
  const PageId leaf(LoadLe<uint32_t>(root + btree_format::kHeaderBytes + 12));
  const PageId other(LoadLe<uint32_t>(root + btree_format::kHeaderBytes + 24));
  EXPECT_TRUE(problems([] {}).empty());
  // A key in the wrong order.
  EXPECT_FALSE(problems([&] { write(leaf)[btree_format::kHeaderBytes + 2 + 7] = 0x40; }).empty());
  // A separator that excludes what is under it.
  EXPECT_FALSE(problems([&] {
                 write(b.tree.root())[btree_format::kHeaderBytes + 12 + 4]++;
               }).empty());
  // Two parents of one page.
  EXPECT_FALSE(problems([&] {
                 StoreLe(write(b.tree.root()) + btree_format::kHeaderBytes + 12, other.value);
               }).empty());
  // Free space counted wrong.
  EXPECT_FALSE(problems([&] { write(leaf)[btree_format::kFreeAt]++; }).empty());
  // Two slots with one cell.
  EXPECT_FALSE(problems([&] {
                 uint8_t* page = write(leaf);
                 std::memcpy(page + btree_format::kHeaderBytes,
                             page + btree_format::kHeaderBytes + 10, 2);
               }).empty());
  // A level, a page of another tree, a lost overflow page.
  EXPECT_FALSE(problems([&] { write(leaf)[btree_format::kLevelAt] = 1; }).empty());
  EXPECT_FALSE(problems([&] { write(leaf)[btree_format::kTreeAt] ^= 1; }).empty());
  EXPECT_FALSE(problems([&] {
                 for (uint32_t id = 1; id <= b.pager.page_count(); id++) {
                   const uint8_t* data;
                   ASSERT_TRUE(b.pager.Read(PageId(id), &data).ok());
                   if (data[btree_format::kKindAt] != btree_format::kOverflowKind) continue;
                   ASSERT_TRUE(b.pager.Free(PageId(id)).ok());
                   return;
                 }
               }).empty());
  b.pager.Unpin(clean);
}

}  // namespace
}  // namespace dosql
