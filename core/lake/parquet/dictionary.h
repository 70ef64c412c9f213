// Dictionary: a leaf's distinct values in the order of their first use, and each value's code.
#pragma once

#include <cstdint>
#include <vector>

#include "core/lake/parquet/leaf.h"

namespace dosql::lake {

class Dictionary {
 public:
  // False when a dictionary does not pay: the type has none (booleans), it would pass `bytes_max`
  // in PLAIN, or its values hardly repeat.
  bool Build(const Leaf& leaf, const LeafEntries& entries, uint32_t bytes_max);

  // The distinct values, as values of the entries.
  const std::vector<uint32_t>& firsts() const { return firsts_; }
  const std::vector<uint32_t>& codes() const { return codes_; }  // one a value

 private:
  std::vector<uint32_t> firsts_;
  std::vector<uint32_t> codes_;
};

}  // namespace dosql::lake
