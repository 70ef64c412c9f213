// SharedRows: the rows of a query that a statement has in FROM more than once, kept for the next
// use by whoever reads them first.
#pragma once

#include <memory>
#include <vector>

#include "core/base/arena.h"
#include "core/type/value.h"

namespace dosql {

struct PlanNode;

struct KeptRows {
  explicit KeptRows(ByteBudget* budget) : strings(budget) {}

  Arena strings;
  std::vector<Value> values;  // row by row
  uint64_t rows = 0;
};

struct SharedRows {
  // More than that is not kept by a statement: every use then runs its query.
  static constexpr size_t kBytesMax = 4 << 20;

  const PlanNode* query = nullptr;
  std::unique_ptr<KeptRows> kept;  // all of them
  bool too_many = false;
};

// Those of one running statement.
class StatementSharedRows {
 public:
  size_t bytes = 0;     // of all rows that are kept or being read
  bool writes = false;  // then each use of a query runs it, but for one that must not run twice

  SharedRows* Of(const PlanNode* query) {
    for (const std::unique_ptr<SharedRows>& s : list_)
      if (s->query == query) return s.get();
    list_.push_back(std::make_unique<SharedRows>());
    list_.back()->query = query;
    return list_.back().get();
  }

 private:
  std::vector<std::unique_ptr<SharedRows>> list_;
};

}  // namespace dosql
