#include "tests/sim/database.h"

#include <cstring>

#include "core/storage/btree/verify.h"

namespace dosql::sim {
namespace {

struct Row {
  uint8_t key[8];
  explicit Row(int64_t k) { StoreLe<int64_t>(key, k); }
};

}  // namespace

Database::Database(PageStore* pages, uint64_t entropy_seed, const StoreOptions& options)
    : entropy_(entropy_seed), host_{pages, &clock_, &entropy_}, options_(options) {}

Status Database::Open() {
  bool is_new;
  DOSQL_TRY(Store::Open(host_, &budget_, options_, &store_, &is_new));
  if (is_new) DOSQL_TRY(BTree::Format(&store_->pager(), PageId(1), KeyKind::kInteger));
  return store_->Recover(this);
}

Status Database::Find(const Version* version, uint32_t table, BTree* tree) {
  Arena arena(&budget_);
  Bytes payload;
  DOSQL_TRY(Catalog().Get(version, Key::Integer(table), &arena, &payload));
  if (payload.size() != 4) return Code::kCorrupt;
  *tree = BTree(&store_->pager(), PageId(LoadLe<uint32_t>(payload.data())), KeyKind::kInteger);
  return Status::Ok();
}

Status Database::MakeTable(uint32_t table, PageId* root) {
  DOSQL_TRY(BTree::Create(&store_->pager(), KeyKind::kInteger, root));
  uint8_t bytes[4];
  StoreLe<uint32_t>(bytes, root->value);
  return Catalog().Insert(Key::Integer(table), bytes);
}

Status Database::DropTable(uint32_t table) {
  BTree tree;
  DOSQL_TRY(Find(nullptr, table, &tree));
  DOSQL_TRY(tree.Drop());
  return Catalog().Delete(Key::Integer(table));
}

Status Database::Create(uint32_t table) {
  PageId root;
  DOSQL_TRY(MakeTable(table, &root));
  uint8_t bytes[4];
  StoreLe<uint32_t>(bytes, root.value);
  return store_->Log({LogOp::kDdl, TableId(table), {}, {}, bytes});
}

Status Database::Drop(uint32_t table) {
  DOSQL_TRY(DropTable(table));
  return store_->Log({LogOp::kDdl, TableId(table), {}, {}, {}});
}

Status Database::Put(uint32_t table, int64_t key, const std::string& value) {
  BTree tree;
  DOSQL_TRY(Find(nullptr, table, &tree));
  Arena arena(&budget_);
  Bytes before;
  Status s = tree.Get(nullptr, Key::Integer(key), &arena, &before);
  Row row(key);
  if (s.ok()) {
    Bytes copy = arena.Copy(before);
    DOSQL_TRY(store_->Log({LogOp::kUpdate, TableId(table), row.key, copy, AsBytes(value)}));
    return tree.Replace(Key::Integer(key), AsBytes(value));
  }
  if (s.code() != Code::kNotFound) return s;
  DOSQL_TRY(store_->Log({LogOp::kInsert, TableId(table), row.key, {}, AsBytes(value)}));
  return tree.Insert(Key::Integer(key), AsBytes(value));
}

Status Database::Delete(uint32_t table, int64_t key) {
  BTree tree;
  DOSQL_TRY(Find(nullptr, table, &tree));
  Arena arena(&budget_);
  Bytes before;
  DOSQL_TRY(tree.Get(nullptr, Key::Integer(key), &arena, &before));
  Bytes copy = arena.Copy(before);
  Row row(key);
  DOSQL_TRY(store_->Log({LogOp::kDelete, TableId(table), row.key, copy, {}}));
  return tree.Delete(Key::Integer(key));
}

Status Database::ApplyBegin(const LogCommit&) { return Status::Ok(); }
Status Database::ApplyCommit(const LogCommit&) { return Status::Ok(); }

Status Database::ApplyChange(const LogChange& c) {
  if (c.op == LogOp::kDdl) {
    if (c.after.empty()) return DropTable(c.table.value);
    PageId root;
    DOSQL_TRY(MakeTable(c.table.value, &root));
    // The same operations on the same pages must find the same free page.
    return c.after.size() == 4 && LoadLe<uint32_t>(c.after.data()) == root.value
               ? Status::Ok()
               : Status(Code::kInternal);
  }
  if (c.key.size() != 8) return Code::kCorrupt;
  Key key = Key::Integer(LoadLe<int64_t>(c.key.data()));
  BTree tree;
  DOSQL_TRY(Find(nullptr, c.table.value, &tree));
  if (c.op == LogOp::kInsert) return tree.Insert(key, c.after);
  Arena arena(&budget_);
  Bytes before;
  DOSQL_TRY(tree.Get(nullptr, key, &arena, &before));
  if (CompareBytes(before, c.before) != 0) return Code::kInternal;
  return c.op == LogOp::kUpdate ? tree.Replace(key, c.after) : tree.Delete(key);
}

std::string Database::Compare(const Version* version, const Tables& model) {
  auto words = [](const char* what, Status s) { return std::string(what) + ": " + CodeName(s.code()); };
  Tables found;
  Cursor catalog(Catalog(), version);
  Status s = catalog.First();
  std::vector<uint32_t> tables;
  while (s.ok() && catalog.valid()) {
    int64_t key;
    s = catalog.IntegerKey(&key);
    tables.push_back(static_cast<uint32_t>(key));
    if (s.ok()) s = catalog.Next();
  }
  if (!s.ok()) return words("catalog", s);
  if (tables.size() != model.size()) return "number of tables differs";
  for (uint32_t table : tables) {
    auto want = model.find(table);
    if (want == model.end()) return "a table too many";
    BTree tree;
    if (s = Find(version, table, &tree); !s.ok()) return words("table", s);
    Cursor cursor(tree, version);
    s = cursor.First();
    auto row = want->second.begin();
    while (s.ok() && cursor.valid()) {
      Arena arena(&budget_);
      int64_t key = 0;
      Bytes value;
      s = cursor.IntegerKey(&key);
      if (s.ok()) s = cursor.Payload(&arena, &value);
      if (!s.ok()) break;
      if (row == want->second.end()) return "a row too many";
      if (key != row->first) return "another key";
      if (CompareBytes(value, AsBytes(row->second)) != 0) return "another value";
      ++row;
      s = cursor.Next();
    }
    if (!s.ok()) return words("row", s);
    if (row != want->second.end()) return "a row is missing";
  }
  return "";
}

std::string Database::Verify() {
  struct Report final : Pager::IntegrityReport, BTreeVisitor {
    std::string first;
    std::vector<bool> seen;
    void Problem(const char* what, uint32_t page, uint32_t) override {
      if (first.empty()) first = std::string(what) + ", page " + std::to_string(page);
    }
    bool OnPage(PageId page) override {
      if (page.value >= seen.size()) seen.resize(page.value + 1);
      bool is_first = !seen[page.value];
      seen[page.value] = true;
      return is_first;
    }
    void OnProblem(PageId page, std::string_view what) override {
      if (first.empty()) first = std::string(what) + ", page " + std::to_string(page.value);
    }
  } report;
  Status s = store_->pager().CheckIntegrity(&report);
  if (!s.ok()) return std::string("integrity check: ") + CodeName(s.code());
  BTreeStats stats;
  s = VerifyBTree(Catalog(), nullptr, &budget_, &report, &stats);
  Cursor catalog(Catalog(), nullptr);
  if (s.ok()) s = catalog.First();
  while (s.ok() && catalog.valid()) {
    int64_t key;
    BTree tree;
    s = catalog.IntegerKey(&key);
    if (s.ok()) s = Find(nullptr, static_cast<uint32_t>(key), &tree);
    if (s.ok()) s = VerifyBTree(tree, nullptr, &budget_, &report, &stats);
    if (s.ok()) s = catalog.Next();
  }
  if (!s.ok()) return std::string("tree check: ") + CodeName(s.code());
  uint32_t pages = 0;
  for (bool b : report.seen) pages += b;
  if (report.first.empty() && pages != store_->pager().page_count()) return "pages are lost";
  return report.first;
}

}  // namespace dosql::sim
