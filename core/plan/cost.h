// What the steps of a plan cost, in rows read from a table in order (0.15 us each, in an object).
// The figures behind the constants: core/storage/page/README.md, bindings/storage/README.md.
#pragma once

#include <cmath>

#include "core/plan/planner.h"

namespace dosql {

// Putting a row into a hash table, looking one up.
inline constexpr double kBuildCost = 4, kProbeCost = 2;
// Going down a tree in the cache; fetching a row that an index found.
inline constexpr double kDescendCost = 12, kFetchCost = 12;
// Reading a row's values from an index's key.
inline constexpr double kTellCost = 2;
// Reading an extent, or a page of one, from storage.
inline constexpr double kMissCost = 270;
inline constexpr double kPagesPerExtent = 16;
// Rows that a scan and a join gather before they fetch, and of how many input rows the join does.
inline constexpr double kScanWindow = 65536, kJoinWindow = 65536, kJoinInputs = 2048;
// Running a query inside an expression once.
inline constexpr double kRunCost = 100;
// A row in a hash table: its values, keys and slot.
inline constexpr double kHashRowBytes = 160;

inline double AtLeastOne(double rows) { return rows < 1 ? 1 : rows; }

// A semi-join hashes its input when the other side has so many times more rows.
inline constexpr double kMuchLarger = 4;

// Filling a hash table. One that may not fit is the last thing to try.
inline double BuildCost(double rows, const Statistics* statistics) {
  bool fits = statistics == nullptr || rows * kHashRowBytes < statistics->OperatorBytes();
  return rows * kBuildCost * (fits ? 1 : 1000);
}

// Entering a tree `times` times and reading `rows` rows in all by it, gathered `window` at a time.
inline double LookupCost(const Table& table, const Index* index, bool covering, double times,
                         double rows, double window, const Statistics* statistics) {
  double cost = times * kDescendCost;
  cost += rows * (index == nullptr ? 1 : covering ? kTellCost : kFetchCost);
  double cached = statistics != nullptr ? statistics->CachePages() : 0;
  if (cached == 0) return cost;
  // Rows are fetched in order, window by window: each reads an extent at most once.
  double extents = AtLeastOne(statistics->Leaves(table, nullptr) / kPagesPerExtent);
  double fetched = index == nullptr ? times : covering ? 0 : rows;
  double windows = std::ceil(fetched / window);
  if (windows > 0)
    cost += windows * extents * (1 - std::exp(-fetched / windows / extents)) * kMissCost;
  if (index != nullptr) {
    // An index is entered in the order of the input; half of the cache is its.
    double leaves = statistics->Leaves(table, index);
    double missed = 1 - cached / 2 / leaves;
    if (missed > 0 && times > 1) cost += times * missed * kMissCost;
  }
  return cost;
}

}  // namespace dosql
