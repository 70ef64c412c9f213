// KeyIndex: where the live row of each key stands, so that updates and deletes become position
// deletes. Keys begin with their source's number, four bytes, big-endian: a source's keys lie
// together.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/lake/ingest/lake_store.h"

namespace dosql::lake {

struct RowPlace {
  uint32_t file = 0;  // LakeTable's number for a data file
  uint32_t position = 0;
};

inline std::string SourcePrefix(uint32_t source) {
  char bytes[4];
  StoreBe32(bytes, source);
  return std::string(bytes, sizeof bytes);
}

class KeyIndex {
 public:
  explicit KeyIndex(LakeStore* store) : store_(store) {}

  Status Find(std::string_view key, RowPlace* place, bool* found);
  Status Put(std::string_view key, RowPlace place);
  Status Erase(std::string_view key);
  // Takes out all keys of a source; their places go behind `places`.
  Status TakeSource(uint32_t source, std::vector<RowPlace>* places);

 private:
  std::string_view Stored(std::string_view key);

  LakeStore* store_;
  std::string stored_, value_;  // kept for their memory
};

}  // namespace dosql::lake
