// BTreeBench: a pager over a memory store with one tree in it, for tests of the B+tree.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/host/memory_store.h"
#include "core/storage/btree/btree.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/verify.h"

namespace dosql {

// Counts pages and problems.
struct CountingVisitor final : BTreeVisitor {
  bool OnPage(PageId page) override {
    if (seen.size() <= page.value) seen.resize(page.value + 1);
    if (seen[page.value]) return false;
    pages++;
    return seen[page.value] = true;
  }
  void OnProblem(PageId page, std::string_view what) override {
    problems.push_back(std::string(what) + " (page " + std::to_string(page.value) + ")");
  }
  std::vector<bool> seen;
  std::vector<std::string> problems;
  uint32_t pages = 0;
};

// xorshift64: the same numbers everywhere.
struct Random {
  explicit Random(uint64_t seed) : state(seed * 0x9e3779b97f4a7c15u | 1) {}
  uint64_t operator()() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  uint64_t Below(uint64_t n) { return (*this)() % n; }
  uint64_t state;
};

struct BTreeBench {
  explicit BTreeBench(KeyKind kind, uint32_t frames = 4096)
      : budget(256 << 20), arena(&budget), pager(&store, &budget, Options(frames)) {
    EXPECT_TRUE(pager.Open().ok());
    PageId root;
    EXPECT_TRUE(BTree::Create(&pager, kind, &root).ok());
    tree = BTree(&pager, root, kind);
  }
  static PagerOptions Options(uint32_t frames) {
    PagerOptions options;
    options.cache_bytes = frames * kPageBytes;
    return options;
  }

  // The tree's statistics, after a check that finds nothing wrong and no page lost.
  BTreeStats Check(const Version* version = nullptr) {
    CountingVisitor visitor;
    BTreeStats stats;
    EXPECT_EQ(VerifyBTree(tree, version, &budget, &visitor, &stats).code(), Code::kOk);
    for (const std::string& problem : visitor.problems) ADD_FAILURE() << problem;
    if (version == nullptr) EXPECT_EQ(visitor.pages, pager.page_count());
    return stats;
  }
  std::string Get(const Key& key, const Version* version = nullptr) {
    Bytes payload;
    Status s = tree.Get(version, key, &arena, &payload);
    return s.ok() ? std::string(AsText(payload)) : CodeName(s.code());
  }

  MemoryStore store;
  ByteBudget budget;
  Arena arena;
  Pager pager;
  BTree tree;
};

inline Key IntKey(int64_t v) { return Key::Integer(v); }
inline Key TextKey(std::string_view s) { return Key::Of(AsBytes(s)); }

}  // namespace dosql
