// The changes of table metadata that both our own snapshots and the commits of clients make, each
// with the rules that keep metadata whole. A failed change leaves the metadata as it was.
//
// Errors, with words in the diag: kMisuse (the change contradicts the metadata), kStale (another
// snapshot came first).
#pragma once

#include <string_view>

#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

// The snapshot's id is new; with a parent, its sequence number is above the last.
Status AddSnapshot(Snapshot snapshot, TableMetadata* metadata, Diag* diag);

// Makes or moves a branch or tag. Moving main changes the current snapshot and the snapshot log.
Status SetRef(const SnapshotRef& ref, int64_t now_ms, TableMetadata* metadata, Diag* diag);

// Gone already is as good as removed.
void RemoveRef(std::string_view name, TableMetadata* metadata);

// Refs to them go with them, as do log entries up to the last of them and their statistics. The
// current snapshot stays: kMisuse.
Status RemoveSnapshots(const std::vector<int64_t>& ids, TableMetadata* metadata, Diag* diag);

// The number of the next snapshot.
inline int64_t NextSequenceNumber(const TableMetadata& metadata) {
  return metadata.last_sequence_number + 1;
}

}  // namespace dosql::lake
