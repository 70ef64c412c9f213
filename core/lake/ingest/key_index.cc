#include "core/lake/ingest/key_index.h"

#include <algorithm>

namespace dosql::lake {
namespace {

constexpr char kKeys = 'k';
constexpr size_t kTakenAtOnce = 1000;
constexpr size_t kPrefixBytes = 4, kRowidBytes = 8;

bool ReadPlace(std::string_view value, RowPlace* place) {
  if (value.size() != 8) return false;
  place->file = LoadLe<uint32_t>(value.data());
  place->position = LoadLe<uint32_t>(value.data() + 4);
  return true;
}

}  // namespace

std::string_view KeyIndex::Stored(std::string_view key) {
  stored_.assign(1, kKeys);
  stored_ += key;
  // A rowid comes with its low byte first. Turned around, neighbours lie on one page, and a flush
  // of rows that were added writes the tree's end in place of all of it.
  if (key.size() == kPrefixBytes + kRowidBytes)
    std::reverse(stored_.end() - kRowidBytes, stored_.end());
  return stored_;
}

Status KeyIndex::Find(std::string_view key, RowPlace* place, bool* found) {
  DOSQL_TRY(store_->Get(Stored(key), &value_, found));
  return !*found || ReadPlace(value_, place) ? Status::Ok() : Status(Code::kCorrupt);
}

Status KeyIndex::Put(std::string_view key, RowPlace place) {
  char value[8];
  StoreLe<uint32_t>(value, place.file);
  StoreLe<uint32_t>(value + 4, place.position);
  return store_->Put(Stored(key), {value, sizeof value});
}

Status KeyIndex::Erase(std::string_view key) { return store_->Erase(Stored(key)); }

Status KeyIndex::TakeSource(uint32_t source, std::vector<RowPlace>* places) {
  const std::string prefix = kKeys + SourcePrefix(source);
  for (;;) {
    std::vector<LakeStore::Entry> entries;
    DOSQL_TRY(store_->Scan(prefix, {}, kTakenAtOnce, &entries));
    if (entries.empty()) return Status::Ok();
    for (const auto& [key, value] : entries) {
      RowPlace place;
      if (!ReadPlace(value, &place)) return Code::kCorrupt;
      places->push_back(place);
      DOSQL_TRY(store_->Erase(key));
    }
  }
}

}  // namespace dosql::lake
