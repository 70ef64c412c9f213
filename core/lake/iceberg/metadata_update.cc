#include "core/lake/iceberg/metadata_update.h"

#include <algorithm>

namespace dosql::lake {

Status AddSnapshot(Snapshot snapshot, TableMetadata* metadata, Diag* diag) {
  std::string id = std::to_string(snapshot.id);
  if (metadata->FindSnapshot(snapshot.id) != nullptr) {
    return diag->Set(Code::kMisuse, Words({"snapshot ", id, " is there already"}));
  }
  if (snapshot.parent_id != kNoSnapshot && metadata->FindSnapshot(snapshot.parent_id) == nullptr)
    return diag->Set(Code::kStale, Words({"the parent of snapshot ", id, " is not there"}));
  // A first snapshot of a branch may be older than the table's last.
  if (snapshot.parent_id != kNoSnapshot &&
      snapshot.sequence_number <= metadata->last_sequence_number) {
    return diag->Set(
        Code::kStale,
        Words({"snapshot ", id, " has sequence number ", std::to_string(snapshot.sequence_number),
               ", but the table's last is ", std::to_string(metadata->last_sequence_number)}));
  }
  metadata->last_sequence_number =
      std::max(metadata->last_sequence_number, snapshot.sequence_number);
  if (snapshot.timestamp_ms > metadata->last_updated_ms)
    metadata->last_updated_ms = snapshot.timestamp_ms;
  metadata->snapshots.push_back(std::move(snapshot));
  return Status::Ok();
}

Status SetRef(const SnapshotRef& ref, int64_t now_ms, TableMetadata* metadata, Diag* diag) {
  const Snapshot* snapshot = metadata->FindSnapshot(ref.snapshot_id);
  if (snapshot == nullptr) {
    return diag->Set(Code::kMisuse, Words({"reference ", ref.name, ": there is no snapshot ",
                                           std::to_string(ref.snapshot_id)}));
  }
  if (ref.name == "main") {
    if (ref.tag) return diag->Set(Code::kMisuse, "main is a branch, not a tag");
    if (metadata->current_snapshot_id != ref.snapshot_id) {
      metadata->current_snapshot_id = ref.snapshot_id;
      // A rollback is logged at its own time: the log's order is what time travel reads.
      int64_t at = snapshot->timestamp_ms;
      bool older =
          !metadata->snapshot_log.empty() && at <= metadata->snapshot_log.back().timestamp_ms;
      metadata->snapshot_log.push_back(
          {older ? std::max(now_ms, metadata->snapshot_log.back().timestamp_ms) : at,
           ref.snapshot_id});
    }
  }
  for (SnapshotRef& old : metadata->refs) {
    if (old.name == ref.name) {
      old = ref;
      return Status::Ok();
    }
  }
  metadata->refs.push_back(ref);
  return Status::Ok();
}

void RemoveRef(std::string_view name, TableMetadata* metadata) {
  if (name == "main") metadata->current_snapshot_id = kNoSnapshot;
  std::erase_if(metadata->refs, [&](const SnapshotRef& ref) { return ref.name == name; });
}

Status RemoveSnapshots(const std::vector<int64_t>& ids, TableMetadata* metadata, Diag* diag) {
  std::vector<int64_t> sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  auto removed = [&](int64_t id) { return std::binary_search(sorted.begin(), sorted.end(), id); };
  if (metadata->current_snapshot_id != kNoSnapshot && removed(metadata->current_snapshot_id)) {
    return diag->Set(Code::kMisuse, "the current snapshot cannot be removed");
  }
  std::erase_if(metadata->snapshots, [&](const Snapshot& s) { return removed(s.id); });
  std::erase_if(metadata->refs, [&](const SnapshotRef& r) { return removed(r.snapshot_id); });
  std::erase_if(metadata->statistics,
                [&](const StatisticsFile& s) { return removed(s.snapshot_id); });
  std::erase_if(metadata->partition_statistics,
                [&](const StatisticsFile& s) { return removed(s.snapshot_id); });
  // A log with a hole would answer time travel with the wrong snapshot: it begins after the last
  // hole.
  auto& log = metadata->snapshot_log;
  for (size_t i = log.size(); i > 0; i--) {
    if (metadata->FindSnapshot(log[i - 1].snapshot_id) != nullptr) continue;
    log.erase(log.begin(), log.begin() + static_cast<ptrdiff_t>(i));
    break;
  }
  return Status::Ok();
}

}  // namespace dosql::lake
