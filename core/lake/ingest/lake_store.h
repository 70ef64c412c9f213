// LakeStore: what a lake table keeps between its flushes: one ordered map of byte strings in a
// Store of its own, so that all that a flush changes becomes durable together.
//
// Changes are made between Begin and Commit. After a failure of a changing call, or when a flush is
// not to be, drop the store and open it again: nothing uncommitted was written.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/storage/btree/btree.h"
#include "core/storage/tx/store.h"

namespace dosql::lake {

class LakeStore {
 public:
  using Entry = std::pair<std::string, std::string>;  // key, value

  // Opens or creates, and redoes what the log has. Errors as Store::Open and Recover.
  static Status Open(const Host& host, ByteBudget* budget, uint32_t cache_bytes,
                     std::unique_ptr<LakeStore>* out);

  Status Get(std::string_view key, std::string* value, bool* found);
  // Up to `max` entries whose keys begin with `prefix`, in order, behind the key `after` (itself
  // beginning with the prefix; empty: from the first).
  Status Scan(std::string_view prefix, std::string_view after, size_t max, std::vector<Entry>* out);

  Status Begin() { return store_->Begin(); }
  Status Put(std::string_view key, std::string_view value);
  Status Erase(std::string_view key);  // kNotFound
  Status Commit();

  const StoreStats& stats() const { return store_->stats(); }

 private:
  LakeStore() = default;

  std::unique_ptr<Store> store_;
  BTree tree_;
};

}  // namespace dosql::lake
