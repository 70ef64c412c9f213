// dosql_btree_model N [SEED]: N random operations on B+trees over a pager with a small cache, each
// answer compared with a std::map. Rounds differ in the kind and length of keys and payloads, in the
// cache, and in the mix of operations; savepoints are taken and rolled back in between; each round
// ends with a full scan and a structural check. Prints the round's seed when something differs.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/host/memory_store.h"
#include "core/storage/btree/btree.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/btree/verify.h"

namespace dosql {
namespace {

constexpr uint64_t kRoundOperations = 250000;

struct Visitor final : BTreeVisitor {
  bool OnPage(PageId page) override {
    if (seen.size() <= page.value) seen.resize(page.value + 1);
    if (seen[page.value]) return false;
    pages++;
    return seen[page.value] = true;
  }
  void OnProblem(PageId page, std::string_view what) override {
    std::printf("page %u: %.*s\n", page.value, static_cast<int>(what.size()), what.data());
    problems++;
  }
  std::vector<bool> seen;
  uint32_t pages = 0, problems = 0;
};

class Round {
 public:
  explicit Round(uint64_t seed)
      : seed_(seed), state_(seed * 0x9e3779b97f4a7c15u | 1), budget_(512 << 20), arena_(&budget_),
        pager_(&store_, &budget_, Options(uint32_t(48 + Below(2000)))) {
    kind_ = Below(2) ? KeyKind::kBytes : KeyKind::kInteger;
    key_style_ = Below(4);
    space_ = 1000 + Below(60000);
    long_payloads_ = Below(3) == 0;
  }

  bool Run(uint64_t operations) {
    PageId root;
    Check(pager_.Open().ok(), "open");
    Check(BTree::Create(&pager_, kind_, &root).ok(), "create");
    tree_ = BTree(&pager_, root, kind_);
    uint64_t mix = 0;
    for (step_ = 0; step_ < operations && !failed_; step_++) {
      if (step_ % 20000 == 0) mix = Below(4);
      Savepoints();
      arena_.Reset();
      uint64_t number = mix == 1 ? space_ + next_++ : Below(space_);
      std::string key = MakeKey(number);
      uint64_t op = Below(100);
      if (mix == 1 && op < 70) op = 0;   // ascending inserts
      if (mix == 2 && op < 60) op = 50;  // mostly deletes
      if (op < 30) {
        Insert(key);
      } else if (op < 45) {
        Write(key, op < 38);
      } else if (op < 65) {
        Delete(key);
      } else if (op < 95) {
        Get(key);
      } else {
        Walk(key);
      }
    }
    if (savepoint_ != nullptr) EndSavepoint(false);
    if (!failed_) CheckAll();
    return !failed_;
  }

 private:
  static PagerOptions Options(uint32_t frames) {
    PagerOptions options;
    options.cache_bytes = frames * kPageBytes;
    return options;
  }
  uint64_t Random() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }
  uint64_t Below(uint64_t n) { return Random() % n; }

  // In the map integer keys are eight big-endian bytes with the sign flipped, so that both orders
  // agree.
  std::string MakeKey(uint64_t number) const {
    uint64_t mixed = number * 0x9e3779b97f4a7c15u;
    if (kind_ == KeyKind::kInteger) {
      uint64_t v = key_style_ == 0 ? number : key_style_ == 1 ? number * 1000 - 5000000 : mixed;
      uint8_t bytes[8];
      StoreBe64(bytes, v ^ (uint64_t{1} << 63));
      return std::string(reinterpret_cast<char*>(bytes), 8);
    }
    std::string text = std::to_string(mixed >> (number % 40));
    switch (key_style_) {
      case 0: return text;
      case 1: return "https://example.com/items/" + std::to_string(number) + "/comments";
      case 2: return std::string(number % 60, 'a') + text;
      default: break;
    }
    if (number % 50 == 0) return std::string(980 + mixed % 50, 'k') + text;
    if (number % 501 == 0) return std::string(9000 + mixed % 400, 'k') + text;
    return text;
  }
  Key AsKey(const std::string& key) const {
    if (kind_ == KeyKind::kBytes) return Key::Of(AsBytes(key));
    return Key::Integer(static_cast<int64_t>(LoadBe64(key.data()) ^ (uint64_t{1} << 63)));
  }
  std::string MakePayload() {
    uint64_t r = Random();
    size_t size = r % 90;
    if (r % 64 == 0) size = (r >> 8) % 2100;
    if (long_payloads_ && r % 128 == 1) size = (r >> 8) % 40000;
    std::string payload(size, static_cast<char>(r >> 32));
    for (size_t i = 0; i < size; i += 61) payload[i] = static_cast<char>(i + r);
    return payload;
  }

  void Check(bool ok, const char* what) {
    if (ok || failed_) return;
    failed_ = true;
    std::printf("seed %llu, step %llu: %s\n", static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(step_), what);
  }
  // Remembers what `key` was, to undo it in the model.
  void Changing(const std::string& key) {
    if (savepoint_ == nullptr) return;
    auto it = model_.find(key);
    undo_.emplace_back(key, it == model_.end() ? std::nullopt : std::optional(it->second));
  }
  void Savepoints() {
    if (savepoint_ == nullptr && Below(2000) == 0) {
      savepoint_ = pager_.Pin();
      left_ = 1 + Below(1500);
    } else if (savepoint_ != nullptr && left_-- == 0) {
      EndSavepoint(Below(2) == 0);
    }
  }
  void EndSavepoint(bool roll_back) {
    if (roll_back) {
      pager_.Restore(savepoint_);
      for (size_t i = undo_.size(); i-- > 0;) {
        if (undo_[i].second) {
          model_[undo_[i].first] = *undo_[i].second;
        } else {
          model_.erase(undo_[i].first);
        }
      }
    }
    undo_.clear();
    pager_.Unpin(savepoint_);
    savepoint_ = nullptr;
  }

  void Insert(const std::string& key) {
    std::string payload = MakePayload();
    Status s = tree_.Insert(AsKey(key), AsBytes(payload));
    bool there = model_.count(key) > 0;
    Check(s.code() == (there ? Code::kAlreadyExists : Code::kOk), "insert");
    if (there) return;
    Changing(key);
    model_[key] = payload;
  }
  void Write(const std::string& key, bool put) {
    std::string payload = MakePayload();
    bool there = model_.count(key) > 0;
    Status s = put ? tree_.Put(AsKey(key), AsBytes(payload))
                   : tree_.Replace(AsKey(key), AsBytes(payload));
    Check(s.code() == (put || there ? Code::kOk : Code::kNotFound), "put");
    if (!put && !there) return;
    Changing(key);
    model_[key] = payload;
  }
  void Delete(const std::string& key) {
    Status s = tree_.Delete(AsKey(key));
    bool there = model_.count(key) > 0;
    Check(s.code() == (there ? Code::kOk : Code::kNotFound), "delete");
    if (!there) return;
    Changing(key);
    model_.erase(key);
  }
  void Get(const std::string& key) {
    Bytes payload;
    Status s = tree_.Get(nullptr, AsKey(key), &arena_, &payload);
    auto it = model_.find(key);
    Check(s.code() == (it == model_.end() ? Code::kNotFound : Code::kOk), "get");
    if (s.ok()) Check(AsText(payload) == it->second, "payload");
  }
  void Walk(const std::string& key) {
    const SeekOp op = static_cast<SeekOp>(Below(4));
    Cursor cursor(tree_, nullptr);
    Check(cursor.Seek(op, AsKey(key)).ok(), "seek");
    bool back = op == SeekOp::kLe || op == SeekOp::kLt;
    auto it = op == SeekOp::kGe || op == SeekOp::kLt ? model_.lower_bound(key)
                                                     : model_.upper_bound(key);
    bool there = back ? it != model_.begin() : it != model_.end();
    if (back && there) --it;
    for (int i = 0; i < 30 && there && !failed_; i++) {
      Check(cursor.valid(), "cursor ended early");
      if (failed_) return;
      Compare(&cursor, *it);
      if (Below(10) == 0) back = !back;
      Check((back ? cursor.Prev() : cursor.Next()).ok(), "step");
      there = back ? it != model_.begin() : ++it != model_.end();
      if (back && there) --it;
    }
    Check(there || !cursor.valid(), "cursor ended late");
  }
  void Compare(Cursor* cursor, const std::pair<const std::string, std::string>& entry) {
    Bytes payload;
    if (kind_ == KeyKind::kBytes) {
      Bytes key;
      Check(cursor->BytesKey(&arena_, &key).ok() && AsText(key) == entry.first, "key");
    } else {
      int64_t key;
      Check(cursor->IntegerKey(&key).ok() && key == AsKey(entry.first).integer, "key");
    }
    Check(cursor->Payload(&arena_, &payload).ok() && AsText(payload) == entry.second, "payload");
  }

  void CheckAll() {
    Visitor visitor;
    BTreeStats stats;
    Check(VerifyBTree(tree_, nullptr, &budget_, &visitor, &stats).ok(), "verify");
    Check(visitor.problems == 0, "structure");
    Check(stats.entries == model_.size(), "number of entries");
    Check(visitor.pages == pager_.page_count(), "lost pages");
    Cursor cursor(tree_, nullptr);
    Check(cursor.First().ok(), "first");
    auto it = model_.begin();
    while (!failed_) {
      LeafRun run;
      Check(cursor.NextLeafRun(500, nullptr, &run).ok(), "run");
      if (run.size() == 0) break;
      const uint32_t pin = pager_.PinFrame(run.page());
      for (uint32_t i = run.begin; i < run.end && !failed_; i++, ++it) {
        Bytes key, payload;
        arena_.Reset();
        Check(it != model_.end(), "too many entries");
        if (failed_) break;
        Check(cursor.RunEntry(run, i, &arena_, kind_ == KeyKind::kBytes ? &key : nullptr, &payload)
                  .ok(),
              "entry");
        Check(kind_ == KeyKind::kBytes ? AsText(key) == it->first
                                       : run.IntegerKey(i) == AsKey(it->first).integer,
              "key of a run");
        Check(AsText(payload) == it->second, "payload of a run");
      }
      pager_.UnpinFrame(pin);
    }
    Check(it == model_.end(), "too few entries");
    Check(tree_.Drop().ok() && pager_.page_count() == 0, "drop");
  }

  uint64_t seed_, state_, step_ = 0;
  MemoryStore store_;
  ByteBudget budget_;
  Arena arena_;
  Pager pager_;
  BTree tree_;
  KeyKind kind_;
  uint64_t key_style_, space_, next_ = 0;
  bool long_payloads_;
  std::map<std::string, std::string> model_;
  const Version* savepoint_ = nullptr;
  uint64_t left_ = 0;
  std::vector<std::pair<std::string, std::optional<std::string>>> undo_;
  bool failed_ = false;
};

}  // namespace
}  // namespace dosql

int main(int argc, char** argv) {
  uint64_t operations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  if (operations == 0) {
    std::fprintf(stderr, "usage: dosql_btree_model N [SEED]\n");
    return 2;
  }
  uint64_t done = 0;
  for (; done < operations; seed++) {
    uint64_t n = std::min(operations - done, dosql::kRoundOperations);
    if (!dosql::Round(seed).Run(n)) return 1;
    done += n;
  }
  std::printf("%llu operations on B+trees agree with the model\n",
              static_cast<unsigned long long>(done));
}
