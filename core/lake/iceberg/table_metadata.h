// TableMetadata: the whole state of an Iceberg table as one metadata.json holds it (spec, "Table
// Metadata", format version 2). A plain value: copied for each commit, changed, written as a new
// file.
//
// What a member's JSON holds beyond the known members is kept in `extra` (a JSON object's text,
// empty for none) and written back, so that other engines' additions survive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/transform.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

inline constexpr int32_t kPartitionIdStart = 1000;  // ids of partition fields begin here
inline constexpr int64_t kNoSnapshot = -1;

using Properties = std::vector<std::pair<std::string, std::string>>;
const std::string* FindProperty(const Properties& properties, std::string_view key);
void SetProperty(std::string_view key, std::string_view value, Properties* properties);
bool RemoveProperty(std::string_view key, Properties* properties);

// A schema as text: it may hold types that are not lake/schema's. ParseSchema (schema_json.h) reads
// it.
struct TableSchema {
  int32_t id = 0;
  std::string json;
  bool operator==(const TableSchema&) const = default;
};

struct PartitionField {
  int32_t source_id = 0;
  int32_t field_id = 0;
  std::string name;
  Transform transform;
  bool operator==(const PartitionField&) const = default;
};
struct PartitionSpec {
  int32_t id = 0;
  std::vector<PartitionField> fields;  // none: unpartitioned
  bool operator==(const PartitionSpec&) const = default;
};

struct SortField {
  int32_t source_id = 0;
  Transform transform;
  bool descending = false;
  bool nulls_last = false;
  bool operator==(const SortField&) const = default;
};
struct SortOrder {
  int32_t id = 0;  // 0: unsorted
  std::vector<SortField> fields;
  bool operator==(const SortOrder&) const = default;
};

struct Snapshot {
  int64_t id = 0;
  int64_t parent_id = kNoSnapshot;
  int64_t sequence_number = 0;
  int64_t timestamp_ms = 0;
  std::string manifest_list;
  Properties summary;  // "operation" among them
  int32_t schema_id = -1;
  std::string extra;
  bool operator==(const Snapshot&) const = default;
};

struct SnapshotRef {
  std::string name;
  int64_t snapshot_id = 0;
  bool tag = false;
  std::optional<int64_t> min_snapshots_to_keep, max_snapshot_age_ms, max_ref_age_ms;
  bool operator==(const SnapshotRef&) const = default;
};

struct SnapshotLogEntry {
  int64_t timestamp_ms = 0;
  int64_t snapshot_id = 0;
  bool operator==(const SnapshotLogEntry&) const = default;
};
struct MetadataLogEntry {
  int64_t timestamp_ms = 0;
  std::string file;
  bool operator==(const MetadataLogEntry&) const = default;
};
// Statistics are other engines': kept as they came.
struct StatisticsFile {
  int64_t snapshot_id = 0;
  std::string json;
  bool operator==(const StatisticsFile&) const = default;
};

struct TableMetadata {
  int32_t format_version = 2;
  std::string table_uuid;
  std::string location;
  int64_t last_sequence_number = 0;
  int64_t last_updated_ms = 0;
  int32_t last_column_id = 0;
  std::vector<TableSchema> schemas;
  int32_t current_schema_id = 0;
  std::vector<PartitionSpec> specs;
  int32_t default_spec_id = 0;
  int32_t last_partition_id = kPartitionIdStart - 1;
  Properties properties;
  int64_t current_snapshot_id = kNoSnapshot;
  std::vector<Snapshot> snapshots;
  std::vector<SnapshotLogEntry> snapshot_log;
  std::vector<MetadataLogEntry> metadata_log;
  std::vector<SortOrder> sort_orders;
  int32_t default_sort_order_id = 0;
  std::vector<SnapshotRef> refs;
  std::vector<StatisticsFile> statistics;
  std::vector<StatisticsFile> partition_statistics;
  std::string extra;
  bool operator==(const TableMetadata&) const = default;

  // nullptr when there is none. They live until the vector changes.
  const TableSchema* FindSchema(int32_t id) const;
  const PartitionSpec* FindSpec(int32_t id) const;
  const SortOrder* FindSortOrder(int32_t id) const;
  const Snapshot* FindSnapshot(int64_t id) const;
  const SnapshotRef* FindRef(std::string_view name) const;
};

// kSyntax: not table metadata, or its ids contradict one another. kUnsupported: a format version
// other than 2, by name. kTooDeep.
Status ParseTableMetadata(std::string_view text, TableMetadata* out, Diag* diag);
std::string TableMetadataText(const TableMetadata& metadata);

// The fields of a spec's partition tuples: ids and names of the spec, types of the transforms over
// the newest schema that has the column (a dropped column still partitions old files).
// kUnsupported: an unknown transform or source type, kSyntax: no such column.
Status PartitionFields(const TableMetadata& metadata, const PartitionSpec& spec,
                       std::vector<Field>* out, Diag* diag);

// The metadata log takes the file that `metadata` came from, before a commit changes it. It keeps
// write.metadata.previous-versions-max entries (100 unless the table says otherwise).
void LogPreviousMetadata(std::string_view file, TableMetadata* metadata);

}  // namespace dosql::lake
