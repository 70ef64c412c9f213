#include "core/lake/iceberg/commit_update.h"

#include <algorithm>

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/metadata_update.h"

namespace dosql::lake {
namespace {

CommitError Missing(std::string_view member) {
  return BadRequest(Words({"the update has no ", member, ", or it is malformed"}));
}

template <typename T>
int32_t NextId(const std::vector<T>& list) {
  int32_t next = 0;
  for (const T& item : list) next = std::max(next, item.id + 1);
  return next;
}

bool IdsOf(const Json* json, std::vector<int64_t>* out) {
  const Json::array_t* list;
  if (!AsArray(json, &list)) return false;
  for (const Json& id : *list) {
    if (!AsInt64(&id, &out->emplace_back())) return false;
  }
  return true;
}

bool Holds(const std::vector<int64_t>& ids, int64_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

// The schema without its id, for comparison.
std::string SchemaBody(Json json) {
  json.erase("schema-id");
  if (Find(json, "identifier-field-ids") == nullptr || json["identifier-field-ids"].empty()) {
    json.erase("identifier-field-ids");
  }
  return DumpJson(json);
}

CommitError FactsOf(const TableMetadata& metadata, int32_t schema_id, SchemaFacts* out) {
  const TableSchema* schema = metadata.FindSchema(schema_id);
  if (schema == nullptr) return BadRequest("the table has no current schema yet");
  Json json;
  Diag diag;
  if (!ParseJson(schema->json, &json, &diag).ok() || !ReadSchemaFacts(json, out, &diag).ok()) {
    return BadRequest(diag.message);
  }
  return {};
}

CommitError FromDiag(Status status, Diag& diag) {
  if (status.ok()) return {};
  return status.code() == Code::kStale ? CommitFailed(std::move(diag.message))
                                       : BadRequest(std::move(diag.message));
}

CommitError PutStatistics(const Json* json, std::string_view member,
                          std::vector<StatisticsFile>* out) {
  StatisticsFile file;
  if (json == nullptr || !AsInt64(Find(*json, "snapshot-id"), &file.snapshot_id))
    return Missing(member);
  file.json = DumpJson(*json);
  std::erase_if(*out, [&](const StatisticsFile& s) { return s.snapshot_id == file.snapshot_id; });
  out->push_back(std::move(file));
  return {};
}

CommitError DropStatistics(const Json& update, std::vector<StatisticsFile>* out) {
  int64_t id;
  if (!AsInt64(Find(update, "snapshot-id"), &id)) return Missing("snapshot-id");
  std::erase_if(*out, [&](const StatisticsFile& s) { return s.snapshot_id == id; });
  return {};
}

}  // namespace

CommitError BindSpec(const SchemaFacts& facts, const std::vector<PartitionSpec>& older,
                     int32_t* last_partition_id, PartitionSpec* spec) {
  for (size_t i = 0; i < spec->fields.size(); i++) {
    PartitionField& f = spec->fields[i];
    const FieldFact* source = facts.Find(f.source_id);
    bool is_void = f.transform.kind == TransformKind::kVoid;
    if (source == nullptr && !is_void) {
      return BadRequest(Words({"partition field ", f.name, ": there is no column with id ",
                               std::to_string(f.source_id)}));
    }
    if (source != nullptr && !is_void) {
      Type type;
      // A column of a type that is not known here takes the transform on its client's word.
      bool takes =
          source->primitive && !source->in_collection &&
          (!source->known || TransformType(f.transform, source->type, &type).code() != Code::kType);
      if (!takes) {
        return BadRequest(
            Words({"partition field ", f.name, ": transform ", TransformText(f.transform),
                   " does not take column ", source->name}));
      }
    }
    for (const FieldFact& column : facts.fields) {
      if (column.name == f.name && !(column.id == f.source_id &&
                                     (f.transform.kind == TransformKind::kIdentity || is_void))) {
        return BadRequest(Words({"partition field ", f.name, " has the name of a column"}));
      }
    }
    for (const PartitionSpec& old : older) {
      for (const PartitionField& o : old.fields) {
        if (f.field_id < 0 && o.source_id == f.source_id && o.transform == f.transform)
          f.field_id = o.field_id;
      }
    }
    if (f.field_id < 0) {
      if (*last_partition_id == INT32_MAX) return BadRequest("partition field ids are used up");
      f.field_id = *last_partition_id + 1;
    }
    for (size_t k = 0; k < i; k++) {
      const PartitionField& other = spec->fields[k];
      if (other.name == f.name)
        return BadRequest(Words({"the spec names partition field ", f.name, " twice"}));
      if (other.field_id == f.field_id) {
        return BadRequest(
            Words({"the spec uses partition field id ", std::to_string(f.field_id), " twice"}));
      }
    }
    *last_partition_id = std::max(*last_partition_id, f.field_id);
  }
  return {};
}

CommitError CheckSortOrder(const SchemaFacts& facts, const SortOrder& order) {
  for (const SortField& f : order.fields) {
    if (facts.Find(f.source_id) == nullptr) {
      return BadRequest(
          Words({"sort order: there is no column with id ", std::to_string(f.source_id)}));
    }
  }
  return {};
}

CommitError CommitUpdater::AssignUuid(const Json& update) {
  std::string_view uuid;
  if (!AsText(Find(update, "uuid"), &uuid) || uuid.empty()) return Missing("uuid");
  if (!is_new_ && uuid != metadata_->table_uuid)
    return BadRequest("the table's UUID cannot change");
  metadata_->table_uuid = uuid;
  return {};
}

CommitError CommitUpdater::UpgradeFormat(const Json& update) {
  int32_t version;
  if (!AsInt32(Find(update, "format-version"), &version)) return Missing("format-version");
  if (version == 2 || (version == 1 && is_new_))
    return {};  // a new table is of version 2 at the least
  return BadRequest(Words(
      {"format version ", std::to_string(version), " is not taken; tables here are of version 2"}));
}

CommitError CommitUpdater::AddSchema(const Json& update) {
  const Json* given = Find(update, "schema");
  if (given == nullptr) return Missing("schema");
  Diag diag;
  SchemaFacts facts;
  if (!ReadSchemaFacts(*given, &facts, &diag).ok()) return BadRequest(diag.message);
  std::string body = SchemaBody(*given);
  for (const TableSchema& schema : metadata_->schemas) {
    Json json;
    if (ParseJson(schema.json, &json, &diag).ok() && SchemaBody(std::move(json)) == body) {
      last_schema_id_ = schema.id;
      return {};
    }
  }
  if (facts.last_column_id == INT32_MAX) return BadRequest("field ids are used up");
  Json json = *given;
  last_schema_id_ = NextId(metadata_->schemas);
  json["schema-id"] = last_schema_id_;
  metadata_->schemas.push_back({last_schema_id_, DumpJson(json)});
  int32_t last = facts.last_column_id;
  int32_t stated;
  if (AsInt32(Find(update, "last-column-id"), &stated)) last = std::max(last, stated);
  metadata_->last_column_id = std::max(metadata_->last_column_id, last);
  return {};
}

CommitError CommitUpdater::SetCurrentSchema(const Json& update) {
  int32_t id;
  if (!AsInt32(Find(update, "schema-id"), &id)) return Missing("schema-id");
  if (id == -1) id = last_schema_id_;
#if !defined(DOSQL_PLANT_COMMIT_BUG)  // the planted bug that the lake_commit fuzzer must find
  if (metadata_->FindSchema(id) == nullptr)
    return BadRequest(Words({"there is no schema ", std::to_string(id)}));
#endif
  metadata_->current_schema_id = id;
  has_schema_ = true;
  return {};
}

// Of a new table whose schema is not set yet, the one added last.
CommitError CommitUpdater::CurrentFacts(SchemaFacts* facts) const {
  const bool last = is_new_ && !has_schema_;
  return FactsOf(*metadata_, last ? last_schema_id_ : metadata_->current_schema_id, facts);
}

CommitError CommitUpdater::AddSpec(const Json& update) {
  const Json* given = Find(update, "spec");
  if (given == nullptr) return Missing("spec");
  Diag diag;
  PartitionSpec spec;
  if (!SpecFromJson(*given, &spec, &diag).ok()) return BadRequest(diag.message);
  SchemaFacts facts;
  if (CommitError e = CurrentFacts(&facts); !e.ok()) return e;
  if (CommitError e = BindSpec(facts, metadata_->specs, &metadata_->last_partition_id, &spec);
      !e.ok())
    return e;
  for (const PartitionSpec& old : metadata_->specs) {
    if (old.fields == spec.fields) {
      last_spec_id_ = old.id;
      return {};
    }
  }
  spec.id = last_spec_id_ = NextId(metadata_->specs);
  metadata_->specs.push_back(std::move(spec));
  return {};
}

CommitError CommitUpdater::SetDefaultSpec(const Json& update) {
  int32_t id;
  if (!AsInt32(Find(update, "spec-id"), &id)) return Missing("spec-id");
  if (id == -1) id = last_spec_id_;
  if (metadata_->FindSpec(id) == nullptr)
    return BadRequest(Words({"there is no partition spec ", std::to_string(id)}));
  metadata_->default_spec_id = id;
  has_spec_ = true;
  return {};
}

CommitError CommitUpdater::AddSortOrder(const Json& update) {
  const Json* given = Find(update, "sort-order");
  if (given == nullptr) return Missing("sort-order");
  Diag diag;
  SortOrder order;
  if (!SortOrderFromJson(*given, &order, &diag).ok()) return BadRequest(diag.message);
  SchemaFacts facts;
  if (CommitError e = CurrentFacts(&facts); !e.ok()) return e;
  if (CommitError e = CheckSortOrder(facts, order); !e.ok()) return e;
  for (const SortOrder& old : metadata_->sort_orders) {
    if (old.fields == order.fields) {
      last_sort_order_id_ = old.id;
      return {};
    }
  }
  // 0 is the unsorted order's for ever.
  order.id = last_sort_order_id_ =
      order.fields.empty() ? 0 : std::max(1, NextId(metadata_->sort_orders));
  metadata_->sort_orders.push_back(std::move(order));
  return {};
}

CommitError CommitUpdater::SetDefaultSortOrder(const Json& update) {
  int32_t id;
  if (!AsInt32(Find(update, "sort-order-id"), &id)) return Missing("sort-order-id");
  if (id == -1) id = last_sort_order_id_;
  if (metadata_->FindSortOrder(id) == nullptr)
    return BadRequest(Words({"there is no sort order ", std::to_string(id)}));
  metadata_->default_sort_order_id = id;
  has_sort_order_ = true;
  return {};
}

CommitError CommitUpdater::AddOneSnapshot(const Json& update) {
  const Json* given = Find(update, "snapshot");
  if (given == nullptr) return Missing("snapshot");
  Diag diag;
  Snapshot snapshot;
  if (!SnapshotFromJson(*given, &snapshot, &diag).ok()) return BadRequest(diag.message);
  if (snapshot.sequence_number < 0) return Missing("snapshot's sequence-number");
  if (FindProperty(snapshot.summary, "operation") == nullptr)
    return Missing("snapshot's operation");
  // Readers want the schema of every snapshot; a client that leaves it out means the current one.
  if (snapshot.schema_id < 0) snapshot.schema_id = metadata_->current_schema_id;
  if (metadata_->FindSchema(snapshot.schema_id) == nullptr)
    return BadRequest(Words({"there is no schema ", std::to_string(snapshot.schema_id)}));
  added_snapshots_.push_back(snapshot.id);
  return FromDiag(AddSnapshot(std::move(snapshot), metadata_, &diag), diag);
}

CommitError CommitUpdater::SetSnapshotRef(const Json& update) {
  std::string_view name;
  if (!AsText(Find(update, "ref-name"), &name) || name.empty()) return Missing("ref-name");
  Diag diag;
  SnapshotRef ref;
  if (!RefFromJson(update, name, &ref, &diag).ok()) return BadRequest(diag.message);
  return FromDiag(SetRef(ref, now_ms_, metadata_, &diag), diag);
}

CommitError CommitUpdater::DropSnapshots(const Json& update) {
  std::vector<int64_t> ids;
  if (!IdsOf(Find(update, "snapshot-ids"), &ids)) return Missing("snapshot-ids");
  Diag diag;
  return FromDiag(lake::RemoveSnapshots(ids, metadata_, &diag), diag);
}

CommitError CommitUpdater::RemoveSnapshotRef(const Json& update) {
  std::string_view name;
  if (!AsText(Find(update, "ref-name"), &name)) return Missing("ref-name");
  RemoveRef(name, metadata_);
  return {};
}

CommitError CommitUpdater::SetLocation(const Json& update) {
  std::string_view location;
  if (!AsText(Find(update, "location"), &location) || location.empty()) return Missing("location");
  metadata_->location = location;
  return {};
}

CommitError CommitUpdater::SetProperties(const Json& update) {
  const Json* given = Find(update, "updates");
  // An older name of the same member.
  if (given == nullptr) given = Find(update, "updated");
  if (given == nullptr) return Missing("updates");
  Diag diag;
  Properties properties;
  if (!PropertiesFromJson(*given, &properties, &diag).ok()) return BadRequest(diag.message);
  if (properties.size() + metadata_->properties.size() > 2 * kPropertiesMax)
    return BadRequest("too many properties");
  for (const auto& [key, value] : properties) SetProperty(key, value, &metadata_->properties);
  return {};
}

CommitError CommitUpdater::RemoveProperties(const Json& update) {
  const Json::array_t* keys;
  if (!AsArray(Find(update, "removals"), &keys) && !AsArray(Find(update, "removed"), &keys))
    return Missing("removals");
  if (keys->size() > kPropertiesMax) return BadRequest("too many properties");
  for (const Json& key : *keys) {
    std::string_view text;
    if (!AsText(&key, &text)) return Missing("removals");
    RemoveProperty(text, &metadata_->properties);
  }
  return {};
}

CommitError CommitUpdater::SetStatistics(const Json& update) {
  return PutStatistics(Find(update, "statistics"), "statistics", &metadata_->statistics);
}
CommitError CommitUpdater::RemoveStatistics(const Json& update) {
  return DropStatistics(update, &metadata_->statistics);
}
CommitError CommitUpdater::SetPartitionStatistics(const Json& update) {
  return PutStatistics(Find(update, "partition-statistics"), "partition-statistics",
                       &metadata_->partition_statistics);
}
CommitError CommitUpdater::RemovePartitionStatistics(const Json& update) {
  return DropStatistics(update, &metadata_->partition_statistics);
}

CommitError CommitUpdater::RemoveSpecs(const Json& update) {
  std::vector<int64_t> ids;
  if (!IdsOf(Find(update, "spec-ids"), &ids)) return Missing("spec-ids");
  if (Holds(ids, metadata_->default_spec_id))
    return BadRequest("the default partition spec cannot be removed");
  std::erase_if(metadata_->specs, [&](const PartitionSpec& s) { return Holds(ids, s.id); });
  return {};
}

CommitError CommitUpdater::RemoveSchemas(const Json& update) {
  std::vector<int64_t> ids;
  if (!IdsOf(Find(update, "schema-ids"), &ids)) return Missing("schema-ids");
  if (Holds(ids, metadata_->current_schema_id))
    return BadRequest("the current schema cannot be removed");
  std::erase_if(metadata_->schemas, [&](const TableSchema& s) { return Holds(ids, s.id); });
  return {};
}

CommitError CommitUpdater::Apply(const Json& update) {
  std::string_view action;
  if (!AsText(Find(update, "action"), &action)) return BadRequest("an update without action");
  struct Row {
    std::string_view action;
    CommitError (CommitUpdater::*apply)(const Json&);
  };
  static constexpr Row kRows[] = {
      {"assign-uuid", &CommitUpdater::AssignUuid},
      {"upgrade-format-version", &CommitUpdater::UpgradeFormat},
      {"add-schema", &CommitUpdater::AddSchema},
      {"set-current-schema", &CommitUpdater::SetCurrentSchema},
      {"add-spec", &CommitUpdater::AddSpec},
      {"set-default-spec", &CommitUpdater::SetDefaultSpec},
      {"add-sort-order", &CommitUpdater::AddSortOrder},
      {"set-default-sort-order", &CommitUpdater::SetDefaultSortOrder},
      {"add-snapshot", &CommitUpdater::AddOneSnapshot},
      {"set-snapshot-ref", &CommitUpdater::SetSnapshotRef},
      {"remove-snapshots", &CommitUpdater::DropSnapshots},
      {"remove-snapshot-ref", &CommitUpdater::RemoveSnapshotRef},
      {"set-location", &CommitUpdater::SetLocation},
      {"set-properties", &CommitUpdater::SetProperties},
      {"remove-properties", &CommitUpdater::RemoveProperties},
      {"set-statistics", &CommitUpdater::SetStatistics},
      {"remove-statistics", &CommitUpdater::RemoveStatistics},
      {"set-partition-statistics", &CommitUpdater::SetPartitionStatistics},
      {"remove-partition-statistics", &CommitUpdater::RemovePartitionStatistics},
      {"remove-partition-specs", &CommitUpdater::RemoveSpecs},
      {"remove-schemas", &CommitUpdater::RemoveSchemas},
  };
  for (const Row& row : kRows) {
    if (row.action == action) return (this->*row.apply)(update);
  }
  if (action == "add-view-version" || action == "set-current-view-version") {
    return BadRequest(Words({action, " is for views, this is a table"}));
  }
  return BadRequest(Words({"unknown update ", action}));
}

CommitError CommitUpdater::Finish() {
  if (is_new_) {
    if (metadata_->schemas.empty()) return BadRequest("a table is created with a schema");
    if (metadata_->location.empty()) return BadRequest("a table is created with a location");
    if (!has_schema_) metadata_->current_schema_id = metadata_->schemas.back().id;
    if (metadata_->specs.empty()) metadata_->specs.push_back({});
    if (!has_spec_) metadata_->default_spec_id = metadata_->specs[0].id;
    if (metadata_->sort_orders.empty()) metadata_->sort_orders.push_back({});
    if (!has_sort_order_) metadata_->default_sort_order_id = metadata_->sort_orders[0].id;
  }
  std::erase_if(metadata_->snapshot_log, [&](const SnapshotLogEntry& e) {
    return e.snapshot_id != metadata_->current_snapshot_id &&
           Holds(added_snapshots_, e.snapshot_id);
  });
  return {};
}

}  // namespace dosql::lake
