// HostileTree: what a page of any bytes is put through. Used by the tests and by the page fuzzer: no
// call may touch a byte outside its page or end in anything but a Status.
#pragma once

#include <cstdlib>
#include <cstring>
#include <string>

#include "core/host/memory_store.h"
#include "core/storage/btree/cell_sequence.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/node.h"
#include "core/storage/btree/verify.h"

namespace dosql {

// One page in an allocation of exactly its size, so that ASan sees the first byte beyond it.
class LonePage {
 public:
  explicit LonePage(const uint8_t* bytes) : data_(static_cast<uint8_t*>(std::malloc(kPageBytes))) {
    std::memcpy(data_, bytes, kPageBytes);
  }
  ~LonePage() { std::free(data_); }
  LonePage(const LonePage&) = delete;
  LonePage& operator=(const LonePage&) = delete;
  uint8_t* data() { return data_; }

 private:
  uint8_t* data_;
};

// A sum over the bytes, so that each is read.
inline uint32_t Touch(Bytes bytes) {
  uint32_t sum = 0;
  for (uint8_t b : bytes) sum += b;
  return sum;
}

// Every accessor of a node over `bytes`, then changes to copies of it. `key` must be shorter than
// kKeyLocalMax: chains are compared through frames of the pager, and a lone page is none.
inline uint32_t WalkPage(Pager* pager, const uint8_t* bytes, KeyKind kind, const Key& key) {
  LonePage page(bytes);
  const PageId tree(LoadLe<uint32_t>(bytes + btree_format::kTreeAt));
  BTreeNode node;
  if (!node.Open(PageId(7), page.data(), tree, kind, -1).ok()) return 0;
  uint32_t sum = Touch(node.prefix()), slot = 0;
  bool exact = false;
  if (!node.LowerBound(pager, nullptr, key, &slot, &exact).ok()) slot = 0;
  for (uint32_t i = 0; i < node.count(); i++) {
    BTreeCell cell;
    if (node.CellAt(i, &cell).ok()) {
      sum += Touch(cell.prefix) + Touch(cell.suffix) + Touch(cell.tail) + cell.KeyChain().length;
    }
    PayloadRef payload;
    if (node.leaf() && node.PayloadAt(i, &payload).ok()) sum += Touch(payload.local);
    PageId child;
    if (!node.leaf() && node.Child(i, &child).ok()) sum += child.value;
  }
  // Changes, each on a copy.
  uint8_t tail[8] = {3, 'a', 'b', 'c'};
  BTreeCell fresh;
  fresh.integer = key.integer;
  fresh.suffix = key.bytes.first(key.bytes.size() < 900 ? key.bytes.size() : 900);
  if (node.leaf()) fresh.tail = {tail, 4};
  for (uint32_t at : {0u, slot, node.count()}) {
    LonePage copy(bytes), built(bytes);
    BTreeNode changed, out;
    if (!changed.Open(PageId(7), copy.data(), tree, kind, -1).ok()) continue;
    const CellSequence cells(changed, at, &fresh, changed, at);
    uint32_t size, cut;
    if (cells.Size(0, cells.count(), &size).ok()) sum += size;
    if (cells.Build(0, cells.count(), PageId(8), tree, built.data(), &out).ok()) sum += out.count();
    if (cells.count() > 2 && cells.Cut(!changed.leaf(), &cut).ok()) {
      if (cells.Build(0, cut, PageId(8), tree, built.data(), &out).ok()) sum += out.count();
    }
    sum += changed.Insert(at, fresh);
    if (at < changed.count() && changed.Remove(at).ok()) sum++;
    if (changed.count() > 0 && changed.Remove(0).ok()) sum++;
    sum += changed.Insert(0, fresh);
    if (!changed.leaf()) sum += changed.SetChild(changed.count(), PageId(9)).ok();
  }
  return sum;
}

// A tree of some pages with long keys and payloads, which may be damaged, used and set back.
class HostileTree {
 public:
  explicit HostileTree(KeyKind kind)
      : budget_(64 << 20), arena_(&budget_), pager_(&store_, &budget_, Options()) {
    Must(pager_.Open());
    PageId root;
    Must(BTree::Create(&pager_, kind, &root));
    tree_ = BTree(&pager_, root, kind);
    for (uint32_t i = 0; i < kEntries; i++) {
      std::string payload(i % 60 == 0 ? 9000 : i % 37 * 9, 'p');
      std::string text = TextOf(i);
      Must(tree_.Insert(KeyOf(i, text), AsBytes(payload)));
    }
    clean_ = pager_.Pin();
  }
  ~HostileTree() { pager_.Unpin(clean_); }

  Pager* pager() { return &pager_; }
  uint32_t pages() const { return pager_.page_count(); }
  KeyKind kind() const { return tree_.kind(); }

  // The page's bytes in the head, to be damaged.
  uint8_t* Page(uint32_t id) {
    pager_.BeginOperation();
    uint8_t* data;
    Must(pager_.Write(PageId(id), &data));
    return data;
  }
  // Reads and changes whatever `seed` says.
  void Use(uint64_t seed) {
    for (int i = 0; i < 12; i++) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      const uint32_t number = static_cast<uint32_t>(seed >> 33) % (kEntries + 50);
      const std::string text = TextOf(number);
      const Key key = KeyOf(number, text);
      std::string payload(seed % 5 == 0 ? 3000 : seed % 300, 'n');
      Bytes found;
      arena_.Reset();
      switch (seed >> 61) {
        case 0: May(tree_.Insert(key, AsBytes(payload))); break;
        case 1: May(tree_.Put(key, AsBytes(payload))); break;
        case 2: May(tree_.Replace(key, AsBytes(payload))); break;
        case 3:
        case 4: May(tree_.Delete(key)); break;
        case 5: {
          Status s = tree_.Get(nullptr, key, &arena_, &found);
          May(s);
          if (s.ok()) sum_ += Touch(found);
          break;
        }
        case 6: Walk(key, seed); break;
        default: Scan(key); break;
      }
    }
    if (seed % 3 == 0) Verify();
    if (seed % 4 == 0) May(tree_.Clear());
  }
  void SetBack() {
    pager_.Restore(clean_);
    tree_ = BTree(&pager_, tree_.root(), tree_.kind());
  }

 private:
  static constexpr uint32_t kEntries = 700;

  struct Visitor final : BTreeVisitor {
    bool OnPage(PageId page) override {
      if (page.value >= sizeof seen || seen[page.value]) return false;
      return seen[page.value] = true;
    }
    void OnProblem(PageId, std::string_view) override { problems++; }
    bool seen[4096] = {};
    uint32_t problems = 0;
  };

  static PagerOptions Options() {
    PagerOptions options;
    options.cache_bytes = 4 << 20;
    return options;
  }
  static void Must(Status s) {
    if (!s.ok()) std::abort();
  }
  // The outcomes that bad bytes may have.
  static void May(Status s) {
    switch (s.code()) {
      case Code::kOk:
      case Code::kNotFound:
      case Code::kAlreadyExists:
      case Code::kCorrupt:
      case Code::kNoMemory:
      case Code::kFull: break;
      default: std::abort();
    }
  }
  static std::string TextOf(uint32_t i) {
    std::string text = "a common beginning " + std::to_string(i * 7919 % 10007);
    if (i % 40 == 0) text += std::string(i % 80 == 0 ? 1500 : 950, 'k');
    return text;
  }
  Key KeyOf(uint32_t i, const std::string& text) const {
    if (tree_.kind() == KeyKind::kBytes) return Key::Of(AsBytes(text));
    return Key::Integer(static_cast<int64_t>(i * 7919 % 10007) * (i % 2 ? 1 : -1));
  }
  void Walk(const Key& key, uint64_t seed) {
    Cursor cursor(tree_, nullptr);
    Status s = cursor.Seek(static_cast<SeekOp>(seed % 4), key);
    for (int i = 0; i < 200 && s.ok() && cursor.valid(); i++) {
      Bytes bytes;
      int64_t integer;
      arena_.Reset();
      s = tree_.kind() == KeyKind::kBytes ? cursor.BytesKey(&arena_, &bytes)
                                          : cursor.IntegerKey(&integer);
      if (s.ok()) s = cursor.Payload(&arena_, &bytes);
      if (s.ok()) sum_ += Touch(bytes);
      if (s.ok()) s = seed >> (i % 60) & 1 ? cursor.Next() : cursor.Prev();
    }
    May(s);
  }
  void Scan(const Key& end_key) {
    Cursor cursor(tree_, nullptr);
    const ScanEnd end{end_key, true};
    Status s = cursor.First();
    for (int i = 0; i < 50 && s.ok(); i++) {
      LeafRun run;
      s = cursor.NextLeafRun(2048, &end, &run);
      if (!s.ok() || run.size() == 0) break;
      LonePage page(run.page());
      const uint32_t pin = pager_.PinFrame(run.page());
      for (uint32_t k = run.begin; k < run.end; k++) {
        Bytes bytes;
        arena_.Reset();
        if (tree_.kind() == KeyKind::kInteger && run.IntegerPayload(k, &bytes)) {
          sum_ += Touch({page.data() + (bytes.data() - run.page()), bytes.size()});
        } else {
          May(cursor.RunEntry(run, k, &arena_, nullptr, &bytes));
        }
      }
      pager_.UnpinFrame(pin);
    }
    May(s);
  }
  void Verify() {
    Visitor visitor;
    BTreeStats stats;
    May(VerifyBTree(tree_, nullptr, &budget_, &visitor, &stats));
    sum_ += visitor.problems;
  }

  MemoryStore store_;
  ByteBudget budget_;
  Arena arena_;
  Pager pager_;
  BTree tree_;
  const Version* clean_ = nullptr;
  uint32_t sum_ = 0;
};

}  // namespace dosql
