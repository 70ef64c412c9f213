#include "core/lake/iceberg/table_metadata.h"

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"

namespace dosql::lake {
namespace {

constexpr int64_t kPreviousVersionsDefault = 100;

template <typename T>
const T* FindId(const std::vector<T>& list, decltype(T::id) id) {
  for (const T& item : list) {
    if (item.id == id) return &item;
  }
  return nullptr;
}

Status Malformed(std::string_view what, Diag* diag) {
  return diag->Set(Code::kSyntax,
                   Words({"the table metadata has no ", what, ", or it is malformed"}));
}

// The members of one list, each through `read`. An absent list is an empty one.
template <typename T, typename Read>
Status ReadList(const Json& json, const char* key, bool required, std::vector<T>* out, Diag* diag,
                Read read) {
  const Json* member = Find(json, key);
  if (member == nullptr && !required) return Status::Ok();
  const Json::array_t* list;
  if (!AsArray(member, &list)) return Malformed(key, diag);
  for (const Json& item : *list) DOSQL_TRY(read(item, &out->emplace_back()));
  return Status::Ok();
}

Status ReadStatistics(const Json& json, const char* key, std::vector<StatisticsFile>* out,
                      Diag* diag) {
  return ReadList(json, key, false, out, diag, [&](const Json& item, StatisticsFile* s) -> Status {
    if (!AsInt64(Find(item, "snapshot-id"), &s->snapshot_id)) return Malformed(key, diag);
    s->json = DumpJson(item);
    return Status::Ok();
  });
}

Status ReadLogs(const Json& json, TableMetadata* out, Diag* diag) {
  DOSQL_TRY(ReadList(json, "snapshot-log", false, &out->snapshot_log, diag,
                     [&](const Json& item, SnapshotLogEntry* e) -> Status {
                       if (!AsInt64(Find(item, "timestamp-ms"), &e->timestamp_ms) ||
                           !AsInt64(Find(item, "snapshot-id"), &e->snapshot_id)) {
                         return Malformed("snapshot-log", diag);
                       }
                       return Status::Ok();
                     }));
  return ReadList(json, "metadata-log", false, &out->metadata_log, diag,
                  [&](const Json& item, MetadataLogEntry* e) -> Status {
                    if (!AsInt64(Find(item, "timestamp-ms"), &e->timestamp_ms) ||
                        !AsText(Find(item, "metadata-file"), &e->file)) {
                      return Malformed("metadata-log", diag);
                    }
                    return Status::Ok();
                  });
}

Status CheckIds(const TableMetadata& m, Diag* diag) {
  if (m.FindSchema(m.current_schema_id) == nullptr)
    return Malformed("schema of current-schema-id", diag);
  if (m.FindSpec(m.default_spec_id) == nullptr)
    return Malformed("partition spec of default-spec-id", diag);
  if (m.FindSortOrder(m.default_sort_order_id) == nullptr)
    return Malformed("sort order of default-sort-order-id", diag);
  if (m.current_snapshot_id != kNoSnapshot && m.FindSnapshot(m.current_snapshot_id) == nullptr) {
    return Malformed("snapshot of current-snapshot-id", diag);
  }
  for (const SnapshotRef& ref : m.refs) {
    if (m.FindSnapshot(ref.snapshot_id) == nullptr)
      return Malformed(Words({"snapshot of reference ", ref.name}), diag);
  }
  return Status::Ok();
}

Json Raw(const std::string& text) {
  Json json;
  Diag diag;
  // Our own dump of what was parsed once.
  if (!ParseJson(text, &json, &diag).ok()) json = Json::object();
  return json;
}

Json StatisticsToJson(const std::vector<StatisticsFile>& files) {
  Json list = Json::array();
  for (const StatisticsFile& s : files) list.push_back(Raw(s.json));
  return list;
}

}  // namespace

const std::string* FindProperty(const Properties& properties, std::string_view key) {
  for (const auto& [name, value] : properties) {
    if (name == key) return &value;
  }
  return nullptr;
}

void SetProperty(std::string_view key, std::string_view value, Properties* properties) {
  for (auto& [name, old] : *properties) {
    if (name == key) {
      old = value;
      return;
    }
  }
  properties->emplace_back(key, value);
}

bool RemoveProperty(std::string_view key, Properties* properties) {
  for (size_t i = 0; i < properties->size(); i++) {
    if ((*properties)[i].first == key) {
      properties->erase(properties->begin() + static_cast<ptrdiff_t>(i));
      return true;
    }
  }
  return false;
}

const TableSchema* TableMetadata::FindSchema(int32_t id) const { return FindId(schemas, id); }
const PartitionSpec* TableMetadata::FindSpec(int32_t id) const { return FindId(specs, id); }
const SortOrder* TableMetadata::FindSortOrder(int32_t id) const { return FindId(sort_orders, id); }
const Snapshot* TableMetadata::FindSnapshot(int64_t id) const { return FindId(snapshots, id); }
const SnapshotRef* TableMetadata::FindRef(std::string_view name) const {
  for (const SnapshotRef& ref : refs) {
    if (ref.name == name) return &ref;
  }
  return nullptr;
}

Status ParseTableMetadata(std::string_view text, TableMetadata* out, Diag* diag) {
  *out = TableMetadata();
  Json json;
  DOSQL_TRY(ParseJson(text, &json, diag));
  if (!AsInt32(Find(json, "format-version"), &out->format_version))
    return Malformed("format-version", diag);
  if (out->format_version != 2) {
    return diag->Set(Code::kUnsupported,
                     Words({"the table is of Iceberg format version ",
                            std::to_string(out->format_version), "; only version 2 is taken"}));
  }
  if (!AsText(Find(json, "table-uuid"), &out->table_uuid)) return Malformed("table-uuid", diag);
  if (!AsText(Find(json, "location"), &out->location)) return Malformed("location", diag);
  if (!AsInt64(Find(json, "last-sequence-number"), &out->last_sequence_number)) {
    return Malformed("last-sequence-number", diag);
  }
  if (!AsInt64(Find(json, "last-updated-ms"), &out->last_updated_ms))
    return Malformed("last-updated-ms", diag);
  if (!AsInt32(Find(json, "last-column-id"), &out->last_column_id))
    return Malformed("last-column-id", diag);
  if (!AsInt32(Find(json, "current-schema-id"), &out->current_schema_id))
    return Malformed("current-schema-id", diag);
  if (!AsInt32(Find(json, "default-spec-id"), &out->default_spec_id))
    return Malformed("default-spec-id", diag);
  if (!AsInt32(Find(json, "last-partition-id"), &out->last_partition_id))
    return Malformed("last-partition-id", diag);
  if (!AsInt32(Find(json, "default-sort-order-id"), &out->default_sort_order_id)) {
    return Malformed("default-sort-order-id", diag);
  }
  AsInt64(Find(json, "current-snapshot-id"), &out->current_snapshot_id);
  DOSQL_TRY(ReadList(json, "schemas", true, &out->schemas, diag,
                     [&](const Json& item, TableSchema* s) -> Status {
                       SchemaFacts facts;
                       DOSQL_TRY(ReadSchemaFacts(item, &facts, diag));
                       s->id = facts.id;
                       s->json = DumpJson(item);
                       return Status::Ok();
                     }));
  DOSQL_TRY(
      ReadList(json, "partition-specs", true, &out->specs, diag,
               [&](const Json& item, PartitionSpec* s) { return SpecFromJson(item, s, diag); }));
  DOSQL_TRY(
      ReadList(json, "sort-orders", true, &out->sort_orders, diag,
               [&](const Json& item, SortOrder* s) { return SortOrderFromJson(item, s, diag); }));
  DOSQL_TRY(
      ReadList(json, "snapshots", false, &out->snapshots, diag,
               [&](const Json& item, Snapshot* s) { return SnapshotFromJson(item, s, diag); }));
  DOSQL_TRY(ReadLogs(json, out, diag));
  DOSQL_TRY(ReadStatistics(json, "statistics", &out->statistics, diag));
  DOSQL_TRY(ReadStatistics(json, "partition-statistics", &out->partition_statistics, diag));
  if (const Json* properties = Find(json, "properties")) {
    DOSQL_TRY(PropertiesFromJson(*properties, &out->properties, diag));
  }
  if (const Json* refs = Find(json, "refs")) {
    const Json::object_t* members;
    if (!AsObject(refs, &members)) return Malformed("refs", diag);
    for (const auto& [name, ref] : *members)
      DOSQL_TRY(RefFromJson(ref, name, &out->refs.emplace_back(), diag));
  } else if (out->current_snapshot_id != kNoSnapshot) {
    out->refs.push_back({.name = "main", .snapshot_id = out->current_snapshot_id});
  }
  for (const char* known : {"format-version",
                            "table-uuid",
                            "location",
                            "last-sequence-number",
                            "last-updated-ms",
                            "last-column-id",
                            "schemas",
                            "current-schema-id",
                            "partition-specs",
                            "default-spec-id",
                            "last-partition-id",
                            "properties",
                            "current-snapshot-id",
                            "snapshots",
                            "snapshot-log",
                            "metadata-log",
                            "sort-orders",
                            "default-sort-order-id",
                            "refs",
                            "statistics",
                            "partition-statistics",
                            "schema",
                            "partition-spec"}) {
    json.erase(known);
  }
  if (!json.empty()) out->extra = DumpJson(json);
  return CheckIds(*out, diag);
}

std::string TableMetadataText(const TableMetadata& m) {
  Json json = m.extra.empty() ? Json::object() : Raw(m.extra);
  json["format-version"] = m.format_version;
  json["table-uuid"] = m.table_uuid;
  json["location"] = m.location;
  json["last-sequence-number"] = m.last_sequence_number;
  json["last-updated-ms"] = m.last_updated_ms;
  json["last-column-id"] = m.last_column_id;
  json["current-schema-id"] = m.current_schema_id;
  json["default-spec-id"] = m.default_spec_id;
  json["last-partition-id"] = m.last_partition_id;
  json["default-sort-order-id"] = m.default_sort_order_id;
  json["properties"] = PropertiesToJson(m.properties);
  // -1 for none, as Java's version 2 writes it: readers of all ages take it.
  json["current-snapshot-id"] = m.current_snapshot_id;
  Json& schemas = json["schemas"] = Json::array();
  for (const TableSchema& s : m.schemas) schemas.push_back(Raw(s.json));
  Json& specs = json["partition-specs"] = Json::array();
  for (const PartitionSpec& s : m.specs) specs.push_back(SpecToJson(s));
  Json& orders = json["sort-orders"] = Json::array();
  for (const SortOrder& s : m.sort_orders) orders.push_back(SortOrderToJson(s));
  Json& snapshots = json["snapshots"] = Json::array();
  for (const Snapshot& s : m.snapshots) snapshots.push_back(SnapshotToJson(s));
  Json& snapshot_log = json["snapshot-log"] = Json::array();
  for (const SnapshotLogEntry& e : m.snapshot_log) {
    snapshot_log.push_back({{"timestamp-ms", e.timestamp_ms}, {"snapshot-id", e.snapshot_id}});
  }
  Json& metadata_log = json["metadata-log"] = Json::array();
  for (const MetadataLogEntry& e : m.metadata_log) {
    metadata_log.push_back({{"timestamp-ms", e.timestamp_ms}, {"metadata-file", e.file}});
  }
  Json& refs = json["refs"] = Json::object();
  for (const SnapshotRef& ref : m.refs) refs[ref.name] = RefToJson(ref);
  json["statistics"] = StatisticsToJson(m.statistics);
  json["partition-statistics"] = StatisticsToJson(m.partition_statistics);
  return DumpJson(json);
}

Status PartitionFields(const TableMetadata& metadata, const PartitionSpec& spec,
                       std::vector<Field>* out, Diag* diag) {
  out->clear();
  if (spec.fields.empty()) return Status::Ok();
  std::vector<SchemaFacts> schemas;
  auto read = [&](const TableSchema& schema) {
    Json json;
    DOSQL_TRY(ParseJson(schema.json, &json, diag));
    return ReadSchemaFacts(json, &schemas.emplace_back(), diag);
  };
  const TableSchema* current = metadata.FindSchema(metadata.current_schema_id);
  if (current == nullptr) return Malformed("schema of current-schema-id", diag);
  DOSQL_TRY(read(*current));
  for (const PartitionField& f : spec.fields) {
    const FieldFact* fact = nullptr;
    // The current schema first, then the others, newest first; they are parsed when they are
    // wanted.
    for (size_t i = 0; fact == nullptr && i <= metadata.schemas.size(); i++) {
      if (i == schemas.size()) DOSQL_TRY(read(metadata.schemas[metadata.schemas.size() - i]));
      if (i < schemas.size()) fact = schemas[i].Find(f.source_id);
    }
    if (fact == nullptr) {
      return diag->Set(Code::kSyntax, Words({"partition field ", f.name, " has no source column"}));
    }
    Field& field = out->emplace_back();
    field.id = f.field_id;
    field.name = f.name;
    Status s = fact->known ? TransformType(f.transform, fact->type, &field.type)
                           : Status(Code::kUnsupported);
    if (!s.ok()) {
      return diag->Set(
          s.code(), Words({"partition field ", f.name, ": transform ", TransformText(f.transform),
                           " does not take column ", fact->name}));
    }
  }
  return Status::Ok();
}

void LogPreviousMetadata(std::string_view file, TableMetadata* metadata) {
  metadata->metadata_log.push_back({metadata->last_updated_ms, std::string(file)});
  int64_t keep = kPreviousVersionsDefault;
  if (const std::string* text =
          FindProperty(metadata->properties, "write.metadata.previous-versions-max")) {
    int64_t v = 0;
    for (char c : *text) v = c >= '0' && c <= '9' && v < 1000000 ? v * 10 + (c - '0') : v;
    if (v > 0) keep = v;
  }
  auto& log = metadata->metadata_log;
  if (static_cast<int64_t>(log.size()) > keep) log.erase(log.begin(), log.end() - keep);
}

}  // namespace dosql::lake
