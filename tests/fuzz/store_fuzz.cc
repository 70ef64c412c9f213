// Damaged pages, page maps and superblocks: opening, checking, reading and writing such a database
// gives statuses. The checksums are made right again after the damage, unless the input says not to;
// else hardly any of it would get beyond them. Built with DOSQL_PLANT_STORE_BUG, a place in the page
// map is not checked against the number of extents, and this finds it.
//
// Input: u8 flags (1: leave the checksums wrong, 2: open it twice), then mutations: u8 what, and as fuzz_input.h says.
//   what: 0 to 15 a superblock, 16 to 63 a map image, others page what mod the number of pages
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/checksum.h"
#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/verify.h"
#include "core/base/checksum.h"
#include "core/storage/tx/store.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using namespace dosql;

constexpr uint32_t kIntegerRoot = 1, kBytesRoot = 2;

struct NoRedo final : ReplaySink {
  Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }
  Status ApplyChange(const LogChange&) override { return Status::Ok(); }
  Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }
};

struct Opened {
  explicit Opened(PageStore* pages) : host{pages, &clock, &entropy} {
    options.cache_bytes = 40 * kPageBytes;
  }
  Status Open() {
    store.reset();
    DOSQL_TRY(Store::Open(host, &budget, options, &store, &is_new));
    NoRedo sink;
    return store->Recover(&sink);
  }
  BTree Integers() { return BTree(&store->pager(), PageId(kIntegerRoot), KeyKind::kInteger); }
  BTree Texts() { return BTree(&store->pager(), PageId(kBytesRoot), KeyKind::kBytes); }

  FixedClock clock;
  FixedEntropy entropy{1};
  ByteBudget budget{8u << 20};
  StoreOptions options;
  Host host;
  std::unique_ptr<Store> store;
  bool is_new = false;
};

// The rows of a sound database: two trees of a few pages with small and long values, some free
// pages, two superblocks.
std::map<uint64_t, std::vector<uint8_t>> MakeRows() {
  MemoryStore memory(FaultModel::kTurnAtomic);
  Opened db(&memory);
  bool ok = db.Open().ok() && BTree::Format(&db.store->pager(), PageId(1), KeyKind::kInteger).ok();
  PageId second;
  ok = ok && BTree::Create(&db.store->pager(), KeyKind::kBytes, &second).ok();
  ok = ok && second.value == kBytesRoot;
  for (uint32_t i = 0; i < 120 && ok; i++) {
    std::string value(i == 57 ? 9000 : i * 3 % 300, 'v');
    std::string key = std::to_string(i * 7919 % 1000) + std::string(i == 73 ? 1500 : 20, 'k');
    ok = db.Integers().Put(Key::Integer(i), AsBytes(value)).ok() &&
         db.Texts().Put(Key::Of(AsBytes(key)), AsBytes(value)).ok();
  }
  ok = ok && db.store->Checkpoint().ok();
  for (uint32_t i = 20; i < 60 && ok; i++) ok = db.Integers().Delete(Key::Integer(i)).ok();
  ok = ok && db.store->Checkpoint().ok() && db.store->Close().ok();
  if (!ok) std::abort();
  std::map<uint64_t, std::vector<uint8_t>> rows;
  memory.ForEach([&](RowKey key, const std::vector<uint8_t>& bytes) {
    rows[uint64_t{static_cast<uint32_t>(key.kind)} << 32 | key.number] = bytes;
  });
  return rows;
}

// The image at `loc` if there is one.
uint8_t* Image(MemoryStore* memory, uint32_t loc) {
  if (loc == kLocNone || loc & kLocMemory) return nullptr;
  std::vector<uint8_t>* row = memory->Find({RowKind::kExtent, LocExtent(loc)});
  size_t at = LocSlot(loc) * kPageBytes;
  return row && at + kPageBytes <= row->size() ? row->data() + at : nullptr;
}

// Every entry below `image`, and then itself, with right sums. The depth bounds circles.
void FixEntries(MemoryStore* memory, uint8_t* entries, uint32_t count, int depth) {
  for (uint32_t i = 0; i < count; i++) {
    uint64_t entry = LoadLe<uint64_t>(entries + 8 * i);
    uint8_t* image = Image(memory, EntryLoc(entry));
    if (!image) continue;
    if (depth > 0) FixEntries(memory, image, kMapFanout, depth - 1);
    StoreLe(entries + 8 * i, MakeEntry(EntryLoc(entry), Checksum32({image, kPageBytes})));
  }
}

void FixChecksums(MemoryStore* memory) {
  for (uint32_t n = 0; n < 2; n++) {
    std::vector<uint8_t>* row = memory->Find({RowKind::kSuper, n});
    if (!row || row->size() < kSuperHeadBytes) continue;
    uint32_t images = static_cast<uint32_t>(row->size() - kSuperHeadBytes) / 8;
    FixEntries(memory, row->data() + kSuperHeadBytes, images, 2);
    StoreLe(row->data(), Checksum32(Bytes(*row).subspan(4)));
  }
}

struct Visitor final : BTreeVisitor, Pager::IntegrityReport {
  std::vector<bool> seen;
  bool OnPage(PageId page) override {
    if (page.value > 100000) return false;
    if (page.value >= seen.size()) seen.resize(page.value + 1);
    if (seen[page.value]) return false;
    return seen[page.value] = true;
  }
  void OnProblem(PageId, std::string_view) override {}
  void Problem(const char*, uint32_t, uint32_t) override {}
};

void Use(Opened* db) {
  Visitor visitor;
  Pager& pager = db->store->pager();
  pager.CheckIntegrity(&visitor).Ignore();  // whatever it says, it returned
  BTreeStats stats;
  for (BTree tree : {db->Integers(), db->Texts()}) {
    VerifyBTree(tree, nullptr, &db->budget, &visitor, &stats).Ignore();
    Arena arena(&db->budget);
    Cursor cursor(tree, nullptr);
    Status s = cursor.First();
    for (int i = 0; i < 500 && s.ok() && cursor.valid(); i++) {
      Bytes payload;
      s = cursor.Payload(&arena, &payload);
      if (s.ok()) s = cursor.Next();
    }
    s = cursor.Last();
    for (int i = 0; i < 50 && s.ok() && cursor.valid(); i++) s = cursor.Prev();
  }
  if (!db->store->Begin().ok()) return;
  std::string long_value(3000, 'n');
  for (int64_t i = 0; i < 12; i++) {
    db->Integers().Put(Key::Integer(i * 9), AsBytes(i % 5 ? "short" : long_value)).Ignore();
    db->Integers().Delete(Key::Integer(i * 11)).Ignore();
    std::string key = std::to_string(i * 37);
    db->Texts().Put(Key::Of(AsBytes(key)), AsBytes(key)).Ignore();
  }
  db->Texts().Clear().Ignore();
  if (!db->store->Rollback().ok()) return;
  db->Integers().Put(Key::Integer(5000), AsBytes(long_value)).Ignore();
  pager.ClearHeadChanged();
  if (db->store->Checkpoint().ok()) {
    pager.CheckIntegrity(&visitor).Ignore();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto& rows = *new auto(MakeRows());
  MemoryStore memory(FaultModel::kTurnAtomic);
  std::vector<uint32_t> extents;
  for (const auto& [key, bytes] : rows) {
    RowKey row = {static_cast<RowKind>(key >> 32), static_cast<uint32_t>(key)};
    if (!memory.Put(row, bytes).ok()) std::abort();
    if (row.kind == RowKind::kExtent) extents.push_back(row.number);
  }
  FuzzInput in(data, size);
  uint8_t flags = in.Take<uint8_t>();
  // Where the map images are, before anything moves them.
  Superblock super;
  if (!ReadSuperblock(&memory, &super).ok()) std::abort();
  uint32_t root_loc = EntryLoc(super.root[0]);
  uint32_t leaf_loc = EntryLoc(LoadLe<uint64_t>(Image(&memory, root_loc)));
  for (int n = 0; n < 32 && !in.empty(); n++) {
    uint8_t what = in.Take<uint8_t>();
    if (what < 16) {
      Mutate(&in, *memory.Find({RowKind::kSuper, what % 2u}));
    } else if (what < 64) {
      // Near its beginning, where the entries in use are.
      Mutate(&in, {Image(&memory, what < 32 ? root_loc : leaf_loc), 64 * sizeof(uint64_t)});
    } else {
      uint32_t page = 1 + what % (super.page_count + 4);
      uint32_t loc = EntryLoc(LoadLe<uint64_t>(Image(&memory, leaf_loc) + 8 * page));
      if (uint8_t* image = Image(&memory, loc)) Mutate(&in, {image, kPageBytes});
    }
  }
  if (!(flags & 1)) FixChecksums(&memory);
  Opened db(&memory);
  if (db.Open().ok()) {
    Use(&db);
    if (flags & 2 && db.Open().ok()) Use(&db);
  }
  return 0;
}
