// ByteBudget and Arena: nothing is handed out that the budget did not grant.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/base/arena.h"
#include "core/base/budget.h"

namespace dosql {
namespace {

TEST(ByteBudget, GrantsUpToTheLimit) {
  ByteBudget budget(100);
  EXPECT_TRUE(budget.Reserve(60).ok());
  EXPECT_TRUE(budget.Reserve(40).ok());
  EXPECT_EQ(budget.Reserve(1).code(), Code::kNoMemory);
  EXPECT_EQ(budget.used(), 100u);
  budget.Release(50);
  EXPECT_TRUE(budget.Reserve(50).ok());
  EXPECT_EQ(budget.peak(), 100u);
}

TEST(ByteBudget, HugeRequestsDoNotWrapAround) {
  ByteBudget budget(100);
  EXPECT_TRUE(budget.Reserve(10).ok());
  EXPECT_EQ(budget.Reserve(SIZE_MAX).code(), Code::kNoMemory);
  EXPECT_EQ(budget.Reserve(SIZE_MAX - 5).code(), Code::kNoMemory);
  EXPECT_EQ(budget.used(), 10u);
}

TEST(Arena, HandsOutAlignedDistinctMemory) {
  ByteBudget budget(1 << 20);
  Arena arena(&budget);
  uint8_t* last = nullptr;
  for (size_t size = 1; size < 2000; size += 7) {
    auto* p = static_cast<uint8_t*>(arena.Allocate(size));
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % 8, 0u);
    EXPECT_NE(p, last);
    std::memset(p, static_cast<int>(size), size);
    last = p;
  }
  EXPECT_EQ(arena.size_bytes(), budget.used());
  arena.Reset();
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_EQ(arena.size_bytes(), 0u);
}

TEST(Arena, GivesEverythingBackAtItsEnd) {
  ByteBudget budget(1 << 20);
  {
    Arena arena(&budget);
    ASSERT_NE(arena.Allocate(100'000), nullptr);
    EXPECT_GE(budget.used(), 100'000u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(Arena, SaysNoWhenTheBudgetIsUsedUp) {
  ByteBudget budget(8 << 10);
  Arena arena(&budget);
  size_t got = 0;
  while (arena.Allocate(512) != nullptr) got += 512;
  EXPECT_GE(got, 4u << 10);
  EXPECT_LE(budget.used(), budget.limit());
  EXPECT_EQ(arena.Allocate(SIZE_MAX / 2), nullptr);
  EXPECT_EQ(arena.NewArray<uint64_t>(SIZE_MAX / 8), nullptr);
  arena.Reset();
  EXPECT_NE(arena.Allocate(512), nullptr);
}

TEST(Arena, TakesAnExactBlockWhenADoubledOneDoesNotFit) {
  ByteBudget budget(1100);
  Arena arena(&budget);
  EXPECT_NE(arena.Allocate(1000), nullptr);
}

TEST(Arena, CopiesAndConstructs) {
  ByteBudget budget(1 << 16);
  Arena arena(&budget);
  std::string text = "forty-two";
  Bytes copy = arena.Copy(AsBytes(text));
  text.assign(9, '?');
  EXPECT_EQ(AsText(copy), "forty-two");
  EXPECT_TRUE(arena.Copy({}).empty());
  EXPECT_EQ(*arena.New<int>(42), 42);
  uint32_t* zeros = arena.NewArray<uint32_t>(100);
  for (int i = 0; i < 100; i++) EXPECT_EQ(zeros[i], 0u);
}

}  // namespace
}  // namespace dosql
