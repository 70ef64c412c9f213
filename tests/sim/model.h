// Model: what the tables of a database must hold, as plain maps, for every commit that a recovery
// may come back to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace dosql::sim {

using TableModel = std::map<int64_t, std::string>;
using Tables = std::map<uint32_t, TableModel>;  // by table id

// One change, in the order in which it was made.
struct Change {
  enum Kind { kPut, kDelete, kCreate, kDrop } kind;
  uint32_t table;
  int64_t key = 0;
  std::string value;
};

inline void Apply(const Change& c, Tables* tables) {
  switch (c.kind) {
    case Change::kPut:
      (*tables)[c.table][c.key] = c.value;
      break;
    case Change::kDelete:
      (*tables)[c.table].erase(c.key);
      break;
    case Change::kCreate:
      (*tables)[c.table];
      break;
    case Change::kDrop:
      tables->erase(c.table);
      break;
  }
}

// The state at the last commit that is certainly durable, and the commits after it.
class History {
 public:
  const Tables& base() const { return base_; }
  uint64_t base_lsn() const { return base_lsn_; }
  uint64_t last_lsn() const { return base_lsn_ + later_.size(); }

  void Commit(std::vector<Change> changes) { later_.push_back(std::move(changes)); }
  // All commits up to `lsn` are certain now; what came after stays uncertain.
  void Settle(uint64_t lsn) {
    size_t n = static_cast<size_t>(lsn - base_lsn_);
    for (size_t i = 0; i < n; i++) {
      for (const Change& c : later_[i]) Apply(c, &base_);
    }
    later_.erase(later_.begin(), later_.begin() + static_cast<ptrdiff_t>(n));
    base_lsn_ = lsn;
  }
  // Recovery came back to `lsn`: what came after never happened.
  void CutTo(uint64_t lsn) {
    Settle(lsn);
    later_.clear();
  }

 private:
  Tables base_;
  uint64_t base_lsn_ = 0;
  std::vector<std::vector<Change>> later_;
};

}  // namespace dosql::sim
