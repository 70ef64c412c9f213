#include "core/lake/iceberg/summary.h"

#include <algorithm>

#include "core/lake/avro/avro_encode.h"

namespace dosql::lake {
namespace {

// Decimal digits only; anything else is no total.
bool ParseTotal(const std::string& text, int64_t* out) {
  if (text.empty() || text.size() > 18) return false;
  int64_t v = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    v = v * 10 + (c - '0');
  }
  *out = v;
  return true;
}

std::string PartitionKey(const DataFile& file) {
  std::string key;
  PutLong(&key, file.spec_id);
  for (const Datum& v : file.partition) {
    PutBoolean(&key, v.null);
    PutLong(&key, v.i);
    PutFloating(&key, v.d);
    PutBytes(&key, v.bytes);
  }
  return key;
}

}  // namespace

std::string_view OperationName(Operation operation) {
  constexpr std::string_view kNames[] = {"append", "replace", "overwrite", "delete"};
  return kNames[static_cast<uint8_t>(operation)];
}

void SummaryBuilder::Count(const DataFile& file, Counts& counts) {
  counts.size_bytes += file.size_bytes;
  if (file.content == FileContent::kData) {
    counts.data_files++;
    counts.records += file.record_count;
  } else {
    counts.delete_files++;
    bool position = file.content == FileContent::kPositionDeletes;
    ++(position ? counts.position_delete_files : counts.equality_delete_files);
    (position ? counts.position_deletes : counts.equality_deletes) += file.record_count;
  }
  std::string key = PartitionKey(file);
  auto at = std::lower_bound(partitions_.begin(), partitions_.end(), key);
  if (at == partitions_.end() || *at != key) partitions_.insert(at, std::move(key));
}

Properties SummaryBuilder::Build(Operation operation, const Properties* parent,
                                 const Properties& custom) const {
  Properties out = {{"operation", std::string(OperationName(operation))}};
  auto put = [&](const char* key, int64_t v) {
    if (v != 0) out.emplace_back(key, std::to_string(v));
  };
  put("added-data-files", added_.data_files);
  put("added-records", added_.records);
  put("added-delete-files", added_.delete_files);
  put("added-position-delete-files", added_.position_delete_files);
  put("added-equality-delete-files", added_.equality_delete_files);
  put("added-position-deletes", added_.position_deletes);
  put("added-equality-deletes", added_.equality_deletes);
  put("added-files-size", added_.size_bytes);
  put("deleted-data-files", removed_.data_files);
  put("deleted-records", removed_.records);
  put("removed-delete-files", removed_.delete_files);
  put("removed-position-delete-files", removed_.position_delete_files);
  put("removed-equality-delete-files", removed_.equality_delete_files);
  put("removed-position-deletes", removed_.position_deletes);
  put("removed-equality-deletes", removed_.equality_deletes);
  put("removed-files-size", removed_.size_bytes);
  out.emplace_back("changed-partition-count", std::to_string(partitions_.size()));
  auto total = [&](const char* key, int64_t added, int64_t removed) {
    int64_t before = 0;
    if (parent != nullptr) {
      const std::string* text = FindProperty(*parent, key);
      if (text == nullptr || !ParseTotal(*text, &before)) return;
    }
    int64_t after = before + added - removed;
    if (after >= 0) out.emplace_back(key, std::to_string(after));
  };
  total("total-records", added_.records, removed_.records);
  total("total-data-files", added_.data_files, removed_.data_files);
  total("total-delete-files", added_.delete_files, removed_.delete_files);
  total("total-position-deletes", added_.position_deletes, removed_.position_deletes);
  total("total-equality-deletes", added_.equality_deletes, removed_.equality_deletes);
  total("total-files-size", added_.size_bytes, removed_.size_bytes);
  for (const auto& [key, value] : custom) SetProperty(key, value, &out);
  return out;
}

}  // namespace dosql::lake
