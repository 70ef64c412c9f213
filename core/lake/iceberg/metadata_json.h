// The JSON forms of the parts of table metadata, which metadata files and commits share. Each
// reader checks all that it takes: kSyntax with words in the diag.
#pragma once

#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/json/json.h"

namespace dosql::lake {

// Lists that are searched one by one; past these a body is refused.
inline constexpr size_t kSpecFieldsMax = 256;
inline constexpr size_t kPropertiesMax = 10000;

Status SpecFromJson(const Json& json, PartitionSpec* out, Diag* diag);
Json SpecToJson(const PartitionSpec& spec);
// The fields array alone, as manifests hold it.
Json SpecFieldsToJson(const PartitionSpec& spec);

Status SortOrderFromJson(const Json& json, SortOrder* out, Diag* diag);
Json SortOrderToJson(const SortOrder& order);

Status SnapshotFromJson(const Json& json, Snapshot* out, Diag* diag);
Json SnapshotToJson(const Snapshot& snapshot);

// `json` without the name, which stands beside it in both of its uses.
Status RefFromJson(const Json& json, std::string_view name, SnapshotRef* out, Diag* diag);
Json RefToJson(const SnapshotRef& ref);

Status PropertiesFromJson(const Json& json, Properties* out, Diag* diag);
Json PropertiesToJson(const Properties& properties);

}  // namespace dosql::lake
