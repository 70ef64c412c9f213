// Database: the least that can stand on a Store: tables of int64 keys in B+trees, and a catalog tree
// in page 1 that names their roots. Its redo does the same operations again, as the engine's does.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/host/fixed_host.h"
#include "core/storage/btree/cursor.h"
#include "core/storage/tx/store.h"
#include "tests/sim/model.h"

namespace dosql::sim {

class Database final : public ReplaySink {
 public:
  Database(PageStore* pages, uint64_t entropy_seed, const StoreOptions& options);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Opens, formats page 1 if need be, and recovers.
  Status Open();

  // The changes make the trees change and log themselves. kNotFound, kAlreadyExists are the caller's.
  Status Create(uint32_t table);
  Status Drop(uint32_t table);
  Status Put(uint32_t table, int64_t key, const std::string& value);
  Status Delete(uint32_t table, int64_t key);

  // Compares with the model. An empty string: equal; else what differs.
  std::string Compare(const Version* version, const Tables& model);
  // Page store and trees; an empty string when both are sound.
  std::string Verify();

  Store& store() { return *store_; }
  ByteBudget& budget() { return budget_; }

 private:
  Status ApplyBegin(const LogCommit& commit) override;
  Status ApplyChange(const LogChange& change) override;
  Status ApplyCommit(const LogCommit& commit) override;

  BTree Catalog() { return BTree(&store_->pager(), PageId(1), KeyKind::kInteger); }
  Status Find(const Version* version, uint32_t table, BTree* tree);
  Status MakeTable(uint32_t table, PageId* root);
  Status DropTable(uint32_t table);

  FixedClock clock_;
  FixedEntropy entropy_;
  ByteBudget budget_{64u << 20};
  Host host_;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace dosql::sim
