// Which files had better be one.
#include "core/lake/ingest/file_table.h"

#include <gtest/gtest.h>

#include "tests/engine/test_database.h"

namespace dosql::lake {
namespace {

constexpr int64_t kMb = 1 << 20;

struct Files {
  TestClock clock;
  TestEntropy entropy;
  MemoryStore pages{FaultModel::kTurnAtomic};
  ByteBudget budget{64 << 20};
  std::unique_ptr<LakeStore> store;
  std::unique_ptr<FileTable> table;
  uint32_t next = 0;

  Files() {
    EXPECT_TRUE(LakeStore::Open({&pages, &clock, &entropy}, &budget, 4 << 20, &store).ok());
    EXPECT_TRUE(store->Begin().ok());
    table = std::make_unique<FileTable>(store.get());
  }
  void Add(int count, int64_t bytes, int64_t rows = 1000, int64_t deleted = 0,
           const char* tuple = "") {
    for (int i = 0; i < count; i++) {
      const std::string path = "f" + std::to_string(next);
      EXPECT_TRUE(table->Add(next++, {path, bytes, rows, deleted, {0, tuple}}).ok());
    }
  }
  size_t Picked(int64_t target = 128 * kMb, bool sorts = false) const {
    return table->ToCompact(target, sorts).size();
  }
};

TEST(FileTable, SmallFilesByTheirSizes) {
  Files f;
  f.Add(7, 1000);
  f.Add(7, 100000);
  EXPECT_EQ(f.Picked(), 0u);
  f.Add(1, 200000);
  EXPECT_EQ(f.Picked(), 8u);
  EXPECT_EQ(f.Picked(128 * kMb, true), 8u);
  f.Add(1, 1000, 1000, 0, "other");
  EXPECT_EQ(f.Picked(), 8u);
}

TEST(FileTable, LargeFilesUpToTheTarget) {
  Files f;
  f.Add(8, 7 * kMb);
  EXPECT_EQ(f.Picked(), 0u) << "no file of more than half the target comes of it";
  f.Add(2, 5 * kMb);
  EXPECT_EQ(f.Picked(), 10u);
  f.Add(20, 7 * kMb);
  EXPECT_EQ(f.Picked(), 18u) << "128 MB at most";
  EXPECT_EQ(f.Picked(128 * kMb, true), 0u) << "sorted ones stay as they are";
  EXPECT_EQ(f.Picked(30 * kMb), 4u);
  EXPECT_EQ(f.Picked(12 * kMb), 2u);
  EXPECT_EQ(f.Picked(1), 0u);
}

TEST(FileTable, WhatIsDeleted) {
  Files f;
  f.Add(1, 100 * kMb, 1000000, 300000);
  EXPECT_EQ(f.Picked(), 0u);
  f.Add(1, 100 * kMb, 1000000, 310000, "a");
  EXPECT_EQ(f.Picked(), 1u) << "of files that are large, too";
  EXPECT_EQ(f.Picked(128 * kMb, true), 0u);
  f.Add(1, 100 * kMb, 9000000, 9000000, "b");
  EXPECT_EQ(f.Picked(128 * kMb, true), 1u) << "nothing is left to be sorted";
  Files many;
  many.Add(1, 100 * kMb, 9000000, 400000);
  EXPECT_EQ(many.Picked(), 1u);
  many.Add(1, 100 * kMb, 9000000, 800000, "a");
  EXPECT_EQ(many.Picked(), 1u) << "a plan cannot hold where they were";
  // They do not keep others from it.
  many.Add(1, 5 * kMb, 9000000, 800000, "b");
  many.Add(14, 5 * kMb, 1000, 0, "b");
  EXPECT_EQ(many.Picked(), 1u);
  Files beside;
  beside.Add(1, 5 * kMb, 9000000, 800000);
  beside.Add(14, 5 * kMb);
  EXPECT_EQ(beside.Picked(), 14u);
}

}  // namespace
}  // namespace dosql::lake
