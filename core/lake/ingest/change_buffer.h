// ChangeBuffer: what the changes of each key come to since the last flush. A row that was inserted
// and deleted in between leaves nothing; of several updates the last counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

namespace dosql::lake {

struct PendingRow {
  std::string key;      // the source's number (SourcePrefix), then the row's key in the source
  bool had = false;     // the lake may hold a row of the key from before
  bool live = false;    // `row` is the row now
  uint32_t layout = 0;  // of the row: LakeTable's number for its columns
  std::string row;      // type/row_codec.h
};

class ChangeBuffer {
 public:
  // An insert finds no row from before; updates and deletes do.
  void Put(std::string_view key, bool inserts, uint32_t layout, std::string_view row) {
    PendingRow& p = At(key, !inserts);
    bytes_ += row.size() - p.row.size();
    p.live = true;
    p.layout = layout;
    p.row = row;
  }
  void Delete(std::string_view key) {
    PendingRow& p = At(key, true);
    bytes_ -= p.row.size();
    p.live = false;
    p.row.clear();
  }
  // Nothing that came of the source counts any more.
  void DropSource(std::string_view prefix) {
    for (PendingRow& p : rows_) {
      if (!p.key.starts_with(prefix)) continue;
      bytes_ -= p.row.size();
      p.live = false;
      p.row.clear();
    }
  }
  // By their first change.
  const std::vector<PendingRow>& rows() const { return rows_; }
  bool empty() const { return rows_.empty(); }
  // Of keys and rows.
  size_t bytes() const { return bytes_; }
  void Clear() {
    rows_.clear();
    places_.clear();
    bytes_ = 0;
  }

 private:
  PendingRow& At(std::string_view key, bool had) {
    auto [it, fresh] = places_.try_emplace(std::string(key), static_cast<uint32_t>(rows_.size()));
    if (fresh) {
      rows_.emplace_back();
      rows_.back().key = key;
      rows_.back().had = had;
      bytes_ += 2 * key.size() + sizeof(PendingRow);
    }
    return rows_[it->second];
  }

  std::vector<PendingRow> rows_;
  absl::flat_hash_map<std::string, uint32_t> places_;
  size_t bytes_ = 0;
};

}  // namespace dosql::lake
