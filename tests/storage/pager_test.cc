#include "core/storage/page/pager.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "core/host/memory_store.h"
#include "core/host/meter_store.h"

namespace dosql {
namespace {

struct Problems final : Pager::IntegrityReport {
  void Problem(const char* what, uint32_t page, uint32_t loc) override {
    ADD_FAILURE() << what << " page " << page << " loc " << loc;
  }
};

PagerOptions Frames(uint32_t n) {
  PagerOptions o;
  o.cache_bytes = n * kPageBytes;
  return o;
}

struct Bench {
  explicit Bench(uint32_t frames = 64, FaultModel model = FaultModel::kPosix)
      : store(model), budget(64 << 20), options(Frames(frames)) {
    Reopen();
  }
  void Reopen() {
    pager.reset();
    pager = std::make_unique<Pager>(&store, &budget, options);
    ASSERT_TRUE(pager->Open().ok());
  }
  void Checkpoint() {
    bool done = false;
    while (!done) ASSERT_TRUE(pager->CheckpointSlice({}, 1 << 20, &done).ok());
  }
  void Check() {
    Problems problems;
    ASSERT_TRUE(pager->CheckIntegrity(&problems).ok());
  }
  PageId New(uint64_t value) {
    PageId id;
    uint8_t* data;
    pager->BeginOperation();
    EXPECT_TRUE(pager->Allocate(&id, &data).ok());
    StoreLe(data + 100, value);
    return id;
  }
  void Set(PageId id, uint64_t value) {
    uint8_t* data;
    pager->BeginOperation();
    Status s = pager->Write(id, &data);
    ASSERT_TRUE(s.ok()) << CodeName(s.code());
    StoreLe(data + 100, value);
    StoreLe(data + 8000, value);
  }
  uint64_t Get(PageId id, const Version* v = nullptr) {
    const uint8_t* data;
    pager->BeginOperation();
    Status s = pager->ReadAt(v, id, &data);
    EXPECT_TRUE(s.ok()) << CodeName(s.code());
    return s.ok() ? LoadLe<uint64_t>(data + 100) : ~0ull;
  }
  MemoryStore store;
  ByteBudget budget;
  PagerOptions options;
  std::unique_ptr<Pager> pager;
};

TEST(Pager, AllocatesLowestIdAndZeroes) {
  Bench b;
  EXPECT_EQ(b.New(1).value, 1u);
  EXPECT_EQ(b.New(2).value, 2u);
  EXPECT_EQ(b.New(3).value, 3u);
  ASSERT_TRUE(b.pager->Free(PageId(2)).ok());
  EXPECT_EQ(b.New(0).value, 2u);
  EXPECT_EQ(b.Get(PageId(2)), 0u);
  EXPECT_EQ(b.New(4).value, 4u);
  const uint8_t* data;
  EXPECT_EQ(b.pager->Read(PageId(0), &data).code(), Code::kCorrupt);
  EXPECT_EQ(b.pager->Read(PageId(5), &data).code(), Code::kCorrupt);
  EXPECT_EQ(b.pager->Free(PageId(77777)).code(), Code::kCorrupt);
}

// Two trees that grow together, one page of the second kind behind each three of the first: what is
// read of one of them must not bring along pages of the other.
TEST(Pager, WritesPagesOfOneKindTogether) {
  constexpr uint32_t kPages = 1600;
  for (uint32_t frames : {512u, 2048u}) {  // most are spilled; all wait for the checkpoint
    Bench b(frames);
    for (uint32_t i = 1; i <= kPages; i++) {
      PageId id;
      uint8_t* data;
      b.pager->BeginOperation();
      ASSERT_TRUE(b.pager->Allocate(&id, &data).ok());
      data[1] = i % 4 == 0 ? 2 : 1;
      StoreLe<uint64_t>(data + 100, i);
    }
    EXPECT_EQ(b.pager->stats().pages_spilled > 500, frames == 512);
    b.Checkpoint();
    b.Check();
    MeterStore meter(&b.store);
    b.options = Frames(64);
    b.pager = std::make_unique<Pager>(&meter, &b.budget, b.options);
    ASSERT_TRUE(b.pager->Open().ok());
    auto rows_for = [&](bool first) {
      Meter before = meter.meter();
      for (uint32_t i = 1; i <= kPages; i++) {
        if ((i % 4 != 0) == first) EXPECT_EQ(b.Get(PageId(i)), i);
      }
      return meter.meter().rows_read - before.rows_read;
    };
    EXPECT_LE(rows_for(false), kPages / 4 / kSlotsPerExtent + 4) << frames;
    EXPECT_LE(rows_for(true), kPages * 3 / 4 / kSlotsPerExtent + 4) << frames;
  }
}

TEST(Pager, ReadsWholeRowsWhereReadsGoAlongAndSinglePagesElsewhere) {
  constexpr uint32_t kPages = 3200;  // 200 rows
  Bench b;
  for (uint32_t i = 1; i <= kPages; i++) b.New(i);
  b.Checkpoint();
  MeterStore meter(&b.store);
  b.pager = std::make_unique<Pager>(&meter, &b.budget, b.options);
  ASSERT_TRUE(b.pager->Open().ok());
  auto rows_for = [&](auto read) {
    Meter before = meter.meter();
    read();
    return std::pair(meter.meter().rows_read - before.rows_read,
                     meter.meter().parts_read - before.parts_read);
  };
  const auto scan = rows_for([&] {
    for (uint32_t i = 1; i <= kPages; i++) EXPECT_EQ(b.Get(PageId(i)), i);
  });
  EXPECT_LE(scan.first, 202u);
  EXPECT_LE(scan.second, 1u);
  const auto backward = rows_for([&] {
    for (uint32_t i = kPages; i > 0; i--) EXPECT_EQ(b.Get(PageId(i)), i);
  });
  EXPECT_LE(backward.first, 202u);
  const auto three_scans = rows_for([&] {
    for (uint32_t i = 1; i <= 1000; i++) {
      for (uint32_t k = 0; k < 3; k++) EXPECT_EQ(b.Get(PageId(i + 1000 * k)), i + 1000 * k);
    }
  });
  EXPECT_LE(three_scans.first, 3000 / 16 + 9u);
  const auto far_apart = rows_for([&] {
    for (uint32_t i = 0; i < 300; i++) {
      const uint32_t page = 1 + i * 977 % kPages;
      EXPECT_EQ(b.Get(PageId(page)), page);
    }
  });
  EXPECT_GE(far_apart.second, far_apart.first * 8 / 10);
}

TEST(Pager, ReadsPagesWhenThereIsNoMemoryForRows) {
  Bench b;
  for (uint32_t i = 1; i <= 200; i++) b.New(i);
  b.Checkpoint();
  b.Reopen();
  while (b.budget.Reserve(100 << 10).ok()) {
  }
  for (uint32_t i = 1; i <= 200; i++) {
    const uint8_t* data;
    b.pager->BeginOperation();
    Status s = b.pager->Read(PageId(i), &data);
    if (s.code() == Code::kNoMemory) continue;  // no slab of frames either
    ASSERT_TRUE(s.ok());
    EXPECT_EQ(LoadLe<uint64_t>(data + 100), i);
  }
}

TEST(Pager, PinsKeepAndRestoreBringsBack) {
  Bench b;
  PageId a = b.New(1);
  const Version* v = b.pager->Pin();
  b.Set(a, 2);
  PageId c = b.New(7);
  const Version* w = b.pager->Pin();
  b.Set(a, 3);
  EXPECT_EQ(b.Get(a, v), 1u);
  EXPECT_EQ(b.Get(a, w), 2u);
  EXPECT_EQ(b.Get(a), 3u);
  b.Check();
  b.pager->Restore(v);
  EXPECT_EQ(b.Get(a), 1u);
  EXPECT_FALSE(b.pager->PageExists(c));
  EXPECT_EQ(b.Get(a, w), 2u);
  EXPECT_EQ(b.Get(c, w), 7u);
  EXPECT_EQ(b.New(9), c);
  b.Set(a, 4);
  EXPECT_EQ(b.Get(c, w), 7u);
  b.pager->Unpin(v);
  b.Check();
  EXPECT_EQ(b.Get(a, w), 2u);
  b.pager->Unpin(w);
  EXPECT_EQ(b.Get(a), 4u);
  b.Check();
  EXPECT_EQ(b.pager->dirty_frames(), 2u);
}

TEST(Pager, CheckpointSurvivesReopen) {
  Bench b;
  std::vector<PageId> ids;
  for (uint64_t i = 0; i < 40; i++) ids.push_back(b.New(i));
  b.Checkpoint();
  for (uint64_t i = 0; i < 40; i += 3) b.Set(ids[i], 1000 + i);
  b.Reopen();
  for (uint64_t i = 0; i < 40; i++) EXPECT_EQ(b.Get(ids[i]), i);
  for (uint64_t i = 0; i < 40; i += 3) b.Set(ids[i], 1000 + i);
  b.Checkpoint();
  b.Check();
  b.Reopen();
  for (uint64_t i = 0; i < 40; i++) EXPECT_EQ(b.Get(ids[i]), i % 3 == 0 ? 1000 + i : i);
  EXPECT_EQ(b.pager->super().generation, 2u);
  b.Check();
}

TEST(Pager, PinnedFrameStaysAsItWas) {
  Bench b(32);
  PageId a = b.New(5);
  const uint8_t* data;
  ASSERT_TRUE(b.pager->Read(a, &data).ok());
  uint32_t token = b.pager->PinFrame(data);
  b.Set(a, 6);
  EXPECT_EQ(LoadLe<uint64_t>(data + 100), 5u);
  for (uint64_t i = 0; i < 100; i++) b.New(i);
  EXPECT_EQ(LoadLe<uint64_t>(data + 100), 5u);
  b.pager->UnpinFrame(token);
  EXPECT_EQ(b.Get(a), 6u);
  b.Check();
}

TEST(Pager, MissingExtentIsCorrupt) {
  Bench b(32);
  for (uint64_t i = 0; i < 100; i++) b.New(i);
  b.Checkpoint();
  std::vector<uint8_t>* row = b.store.Find({RowKind::kExtent, 0});
  ASSERT_NE(row, nullptr);
  (*row)[5 * kPageBytes + 17] ^= 1;
  b.Reopen();
  uint32_t bad = 0;
  for (uint32_t i = 1; i <= 100; i++) {
    const uint8_t* data;
    b.pager->BeginOperation();
    if (b.pager->Read(PageId(i), &data).code() == Code::kCorrupt) bad++;
  }
  EXPECT_EQ(bad, 1u);
}

// A model of everything at once: pages, pins, restores, checkpoints in slices, reopening, with few
// frames, so that eviction, spilling and extent reuse happen all the time.
void RunModel(uint32_t seed, uint32_t frames, uint32_t page_limit, uint32_t steps) {
  SCOPED_TRACE(seed);
  std::mt19937 rng(seed);
  auto pick = [&](uint32_t n) { return static_cast<uint32_t>(rng() % n); };
  using Model = std::map<uint32_t, uint64_t>;
  Bench b(frames);
  Model head, durable, marked;
  struct PinState {
    const Version* v;
    Model model;
  };
  std::vector<PinState> pins;
  struct PinnedFrame {
    uint32_t token;
    const uint8_t* data;
    uint64_t value;
  };
  std::vector<PinnedFrame> pinned_frames;
  uint64_t next = 1;
  bool running = false;
  auto random_page = [&](const Model& m) {
    auto it = m.lower_bound(pick(page_limit) + 1);
    return it == m.end() ? m.begin()->first : it->first;
  };
  for (uint32_t step = 0; step < steps; step++) {
    uint32_t what = pick(100);
    if (what < 25 && head.size() < page_limit) {
      PageId id = b.New(next);
      ASSERT_EQ(head.count(id.value), 0u);
      head[id.value] = next++;
    } else if (what < 55 && !head.empty()) {
      uint32_t p = random_page(head);
      b.Set(PageId(p), next);
      head[p] = next++;
    } else if (what < 65 && !head.empty()) {
      uint32_t p = random_page(head);
      b.pager->BeginOperation();
      ASSERT_TRUE(b.pager->Free(PageId(p)).ok());
      head.erase(p);
    } else if (what < 75 && !head.empty()) {
      uint32_t p = random_page(head);
      ASSERT_EQ(b.Get(PageId(p)), head[p]);
      const uint8_t* data;
      if (pinned_frames.size() < 4 && b.pager->Read(PageId(p), &data).ok()) {
        pinned_frames.push_back({b.pager->PinFrame(data), data, head[p]});
      } else if (!pinned_frames.empty()) {
        PinnedFrame& f = pinned_frames[pick(pinned_frames.size())];
        ASSERT_EQ(LoadLe<uint64_t>(f.data + 100), f.value);
        b.pager->UnpinFrame(f.token);
        f = pinned_frames.back();
        pinned_frames.pop_back();
      }
    } else if (what < 80 && !pins.empty()) {
      PinState& s = pins[pick(pins.size())];
      if (!s.model.empty()) {
        uint32_t p = random_page(s.model);
        ASSERT_EQ(b.Get(PageId(p), s.v), s.model[p]);
      }
    } else if (what < 83 && pins.size() < 5) {
      pins.push_back({b.pager->Pin(), head});
    } else if (what < 87 && !pins.empty()) {
      uint32_t i = pick(pins.size());
      b.pager->Unpin(pins[i].v);
      pins.erase(pins.begin() + i);
    } else if (what < 89 && !pins.empty()) {
      PinState& s = pins[pick(pins.size())];
      b.pager->Restore(s.v);
      head = s.model;
    } else if (what < 98) {
      bool done;
      bool was_pinned = running && b.pager->checkpoint_pinned();
      Status s = b.pager->CheckpointSlice({}, kExtentBytes * (1 + pick(3)), &done);
      ASSERT_TRUE(s.ok()) << CodeName(s.code());
      if (!was_pinned && (done || b.pager->checkpoint_pinned())) marked = head;
      running = !done;
      if (done) durable = marked;
    } else if (step % 7 == 0) {
      pins.clear();
      pinned_frames.clear();
      b.Reopen();
      head = durable;
      running = false;
    }
    if (step % 512 == 0) b.Check();
    if (::testing::Test::HasFailure()) return;
  }
  b.Check();
  for (auto [p, value] : head) ASSERT_EQ(b.Get(PageId(p)), value);
  for (const PinState& s : pins) {
    for (auto [p, value] : s.model) ASSERT_EQ(b.Get(PageId(p), s.v), value);
  }
  while (!pins.empty()) {
    b.pager->Unpin(pins.back().v);
    pins.pop_back();
  }
  b.Check();
  b.pager.reset();
  EXPECT_EQ(b.budget.used(), 0u);
}

TEST(Pager, ModelSmall) {
  for (uint32_t seed = 1; seed <= 10; seed++) RunModel(seed, 32, 100, 5000);
}

TEST(Pager, ModelMoreThanOneLeafAndCleaner) {
  for (uint32_t seed = 1; seed <= 2; seed++) RunModel(100 + seed, 64, 2500, 20000);
}

TEST(Pager, CleanerHoldsTheStoreToItsShare) {
  Bench b(256);
  std::mt19937 rng(7);
  constexpr uint32_t kPages = 2000;
  for (uint64_t i = 1; i <= kPages; i++) b.New(i);
  b.Checkpoint();
  for (int round = 0; round < 60; round++) {
    for (int i = 0; i < 100; i++) b.Set(PageId(1 + rng() % kPages), i);
    b.Checkpoint();
  }
  b.Check();
  EXPECT_GT(b.pager->stats().pages_cleaned, 0u);
  EXPECT_LT(b.pager->extent_count() * kSlotsPerExtent, kPages * 100 / 65 * 1.2);
}

}  // namespace
}  // namespace dosql
