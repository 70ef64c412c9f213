#include "core/lake/ingest/lake_store.h"

#include "core/storage/btree/cursor.h"

namespace dosql::lake {
namespace {

constexpr PageId kRoot{1};
constexpr TableId kTree{1};  // what log records call it
constexpr uint64_t kBuild = 1;
constexpr size_t kEntryBytesMax = 1 << 20;  // of an arena for one entry

class Redo final : public ReplaySink {
 public:
  explicit Redo(BTree* tree) : tree_(tree) {}
  Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }
  Status ApplyChange(const LogChange& change) override {
    if (change.table != kTree || change.op == LogOp::kDdl) return Code::kCorrupt;
    const Key key = Key::Of(change.key);
    return change.op == LogOp::kDelete ? tree_->Delete(key) : tree_->Put(key, change.after);
  }
  Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }

 private:
  BTree* tree_;
};

}  // namespace

Status LakeStore::Open(const Host& host, ByteBudget* budget, uint32_t cache_bytes,
                       std::unique_ptr<LakeStore>* out) {
  std::unique_ptr<LakeStore> s(new LakeStore());
  StoreOptions options;
  options.cache_bytes = cache_bytes;
  options.engine_build = kBuild;
  bool is_new;
  DOSQL_TRY(Store::Open(host, budget, options, &s->store_, &is_new));
  Pager* pager = &s->store_->pager();
  if (is_new) DOSQL_TRY(BTree::Format(pager, kRoot, KeyKind::kBytes));
  s->tree_ = BTree(pager, kRoot, KeyKind::kBytes);
  Redo redo(&s->tree_);
  DOSQL_TRY(s->store_->Recover(&redo));
  *out = std::move(s);
  return Status::Ok();
}

Status LakeStore::Get(std::string_view key, std::string* value, bool* found) {
  ByteBudget budget(kEntryBytesMax);
  Arena arena(&budget);
  Bytes payload;
  Status s = tree_.Get(nullptr, Key::Of(AsBytes(key)), &arena, &payload);
  *found = s.ok();
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  *value = AsText(payload);
  return Status::Ok();
}

Status LakeStore::Scan(std::string_view prefix, std::string_view after, size_t max,
                       std::vector<Entry>* out) {
  ByteBudget budget(kEntryBytesMax);
  Arena arena(&budget);
  Cursor cursor(tree_, nullptr);
  DOSQL_TRY(after.empty() ? cursor.Seek(SeekOp::kGe, Key::Of(AsBytes(prefix)))
                          : cursor.Seek(SeekOp::kGt, Key::Of(AsBytes(after))));
  while (cursor.valid() && out->size() < max) {
    arena.Reset();
    Bytes key, value;
    DOSQL_TRY(cursor.BytesKey(&arena, &key));
    if (!AsText(key).starts_with(prefix)) break;
    out->emplace_back(AsText(key), std::string());
    DOSQL_TRY(cursor.Payload(&arena, &value));
    out->back().second = AsText(value);
    DOSQL_TRY(cursor.Next());
  }
  return Status::Ok();
}

Status LakeStore::Put(std::string_view key, std::string_view value) {
  DOSQL_TRY(tree_.Put(Key::Of(AsBytes(key)), AsBytes(value)));
  return store_->Log({LogOp::kInsert, kTree, AsBytes(key), {}, AsBytes(value)});
}

Status LakeStore::Erase(std::string_view key) {
  DOSQL_TRY(tree_.Delete(Key::Of(AsBytes(key))));
  return store_->Log({LogOp::kDelete, kTree, AsBytes(key), {}, {}});
}

Status LakeStore::Commit() {
  DOSQL_TRY(store_->Commit());
  return store_->EndTurn();
}

}  // namespace dosql::lake
