#include "core/lake/iceberg/metadata_json.h"

namespace dosql::lake {
namespace {

Status Malformed(std::string_view what, Diag* diag) {
  return diag->Set(Code::kSyntax, Words({"the ", what, " is malformed"}));
}

// An absent number is fine, another kind of value is not.
bool Optional(const Json* json, std::optional<int64_t>* out) {
  int64_t v;
  if (json == nullptr) return true;
  if (!AsInt64(json, &v)) return false;
  *out = v;
  return true;
}

}  // namespace

Status SpecFromJson(const Json& json, PartitionSpec* out, Diag* diag) {
  *out = PartitionSpec();
  AsInt32(Find(json, "spec-id"), &out->id);
  const Json::array_t* fields;
  if (!AsArray(Find(json, "fields"), &fields) || fields->size() > kSpecFieldsMax) {
    return Malformed("partition spec", diag);
  }
  for (const Json& field : *fields) {
    PartitionField& f = out->fields.emplace_back();
    std::string_view transform;
    if (!AsInt32(Find(field, "source-id"), &f.source_id) || !AsText(Find(field, "name"), &f.name) ||
        !AsText(Find(field, "transform"), &transform)) {
      return Malformed("partition spec", diag);
    }
    // A request may leave the ids to the catalog.
    f.field_id = -1;
    AsInt32(Find(field, "field-id"), &f.field_id);
    f.transform = ParseTransform(transform);
  }
  return Status::Ok();
}

Json SpecFieldsToJson(const PartitionSpec& spec) {
  Json fields = Json::array();
  for (const PartitionField& f : spec.fields) {
    fields.push_back({{"source-id", f.source_id},
                      {"field-id", f.field_id},
                      {"name", f.name},
                      {"transform", TransformText(f.transform)}});
  }
  return fields;
}

Json SpecToJson(const PartitionSpec& spec) {
  return {{"spec-id", spec.id}, {"fields", SpecFieldsToJson(spec)}};
}

Status SortOrderFromJson(const Json& json, SortOrder* out, Diag* diag) {
  *out = SortOrder();
  AsInt32(Find(json, "order-id"), &out->id);
  const Json::array_t* fields;
  if (!AsArray(Find(json, "fields"), &fields) || fields->size() > kSpecFieldsMax) {
    return Malformed("sort order", diag);
  }
  for (const Json& field : *fields) {
    SortField& f = out->fields.emplace_back();
    std::string_view transform, direction, nulls;
    if (!AsInt32(Find(field, "source-id"), &f.source_id) ||
        !AsText(Find(field, "transform"), &transform) ||
        !AsText(Find(field, "direction"), &direction) ||
        !AsText(Find(field, "null-order"), &nulls) || (direction != "asc" && direction != "desc") ||
        (nulls != "nulls-first" && nulls != "nulls-last")) {
      return Malformed("sort order", diag);
    }
    f.transform = ParseTransform(transform);
    f.descending = direction == "desc";
    f.nulls_last = nulls == "nulls-last";
  }
  return Status::Ok();
}

Json SortOrderToJson(const SortOrder& order) {
  Json fields = Json::array();
  for (const SortField& f : order.fields) {
    fields.push_back({{"source-id", f.source_id},
                      {"transform", TransformText(f.transform)},
                      {"direction", f.descending ? "desc" : "asc"},
                      {"null-order", f.nulls_last ? "nulls-last" : "nulls-first"}});
  }
  return {{"order-id", order.id}, {"fields", std::move(fields)}};
}

Status SnapshotFromJson(const Json& json, Snapshot* out, Diag* diag) {
  *out = Snapshot();
  if (!AsInt64(Find(json, "snapshot-id"), &out->id) || out->id < 0 ||
      !AsInt64(Find(json, "timestamp-ms"), &out->timestamp_ms) ||
      !AsText(Find(json, "manifest-list"), &out->manifest_list)) {
    return Malformed("snapshot", diag);
  }
  AsInt64(Find(json, "parent-snapshot-id"), &out->parent_id);
  AsInt64(Find(json, "sequence-number"), &out->sequence_number);
  AsInt32(Find(json, "schema-id"), &out->schema_id);
  if (const Json* summary = Find(json, "summary"))
    DOSQL_TRY(PropertiesFromJson(*summary, &out->summary, diag));
  Json rest = json;
  for (const char* known : {"snapshot-id", "timestamp-ms", "manifest-list", "parent-snapshot-id",
                            "sequence-number", "schema-id", "summary"}) {
    rest.erase(known);
  }
  if (!rest.empty()) out->extra = DumpJson(rest);
  return Status::Ok();
}

Json SnapshotToJson(const Snapshot& snapshot) {
  Json json = Json::object();
  Diag diag;
  if (!snapshot.extra.empty() && !ParseJson(snapshot.extra, &json, &diag).ok())
    json = Json::object();
  json["snapshot-id"] = snapshot.id;
  if (snapshot.parent_id != kNoSnapshot) json["parent-snapshot-id"] = snapshot.parent_id;
  json["sequence-number"] = snapshot.sequence_number;
  json["timestamp-ms"] = snapshot.timestamp_ms;
  json["manifest-list"] = snapshot.manifest_list;
  if (!snapshot.summary.empty()) json["summary"] = PropertiesToJson(snapshot.summary);
  if (snapshot.schema_id >= 0) json["schema-id"] = snapshot.schema_id;
  return json;
}

Status RefFromJson(const Json& json, std::string_view name, SnapshotRef* out, Diag* diag) {
  *out = SnapshotRef();
  out->name = name;
  std::string_view type;
  if (!AsInt64(Find(json, "snapshot-id"), &out->snapshot_id) ||
      !AsText(Find(json, "type"), &type) || (type != "branch" && type != "tag") ||
      !Optional(Find(json, "min-snapshots-to-keep"), &out->min_snapshots_to_keep) ||
      !Optional(Find(json, "max-snapshot-age-ms"), &out->max_snapshot_age_ms) ||
      !Optional(Find(json, "max-ref-age-ms"), &out->max_ref_age_ms)) {
    return Malformed("snapshot reference", diag);
  }
  out->tag = type == "tag";
  return Status::Ok();
}

Json RefToJson(const SnapshotRef& ref) {
  Json json{{"snapshot-id", ref.snapshot_id}, {"type", ref.tag ? "tag" : "branch"}};
  if (ref.min_snapshots_to_keep) json["min-snapshots-to-keep"] = *ref.min_snapshots_to_keep;
  if (ref.max_snapshot_age_ms) json["max-snapshot-age-ms"] = *ref.max_snapshot_age_ms;
  if (ref.max_ref_age_ms) json["max-ref-age-ms"] = *ref.max_ref_age_ms;
  return json;
}

Status PropertiesFromJson(const Json& json, Properties* out, Diag* diag) {
  out->clear();
  const Json::object_t* members;
  if (!AsObject(&json, &members) || members->size() > kPropertiesMax) {
    return Malformed("map of properties", diag);
  }
  for (const auto& [key, value] : *members) {
    std::string_view text;
    if (!AsText(&value, &text)) {
      return diag->Set(Code::kSyntax, Words({"property ", key, " is not a text"}));
    }
    out->emplace_back(key, text);
  }
  return Status::Ok();
}

Json PropertiesToJson(const Properties& properties) {
  Json json = Json::object();
  for (const auto& [key, value] : properties) json[key] = value;
  return json;
}

}  // namespace dosql::lake
