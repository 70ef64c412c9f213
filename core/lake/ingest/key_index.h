// KeyIndex: where the live row of each key stands. MemoryKeyIndex keeps it in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/container/flat_hash_map.h>
#include "core/base/status.h"

namespace dosql::lake {

struct RowPlace {
  uint32_t file = 0;  // LakeTable's number for a data file
  uint32_t position = 0;
};

class KeyIndex {
 public:
  virtual Status Find(std::string_view key, RowPlace* place, bool* found) = 0;
  virtual Status Put(std::string_view key, RowPlace place) = 0;
  virtual Status Erase(std::string_view key) = 0;

 protected:
  ~KeyIndex() = default;
};

class MemoryKeyIndex final : public KeyIndex {
 public:
  Status Find(std::string_view key, RowPlace* place, bool* found) override {
    auto it = places_.find(key);
    *found = it != places_.end();
    if (*found) *place = it->second;
    return Status::Ok();
  }
  Status Put(std::string_view key, RowPlace place) override {
    places_[std::string(key)] = place;
    return Status::Ok();
  }
  Status Erase(std::string_view key) override {
    places_.erase(key);
    return Status::Ok();
  }
  size_t size() const { return places_.size(); }

 private:
  absl::flat_hash_map<std::string, RowPlace> places_;
};

}  // namespace dosql::lake
