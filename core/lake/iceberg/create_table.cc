#include "core/lake/iceberg/create_table.h"

#include <algorithm>

#include <absl/container/flat_hash_map.h>

#include "core/lake/iceberg/commit_update.h"
#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"

namespace dosql::lake {
namespace {

using IdMap = absl::flat_hash_map<int32_t, int32_t>;

// Gives new ids in a type that ReadSchemaFacts has found whole: members are there and of their
// kinds.
class FreshIds {
 public:
  explicit FreshIds(IdMap* ids) : ids_(ids) {}

  void Type(Json* type) {
    std::string_view kind;
    if (!AsText(Find(*type, "type"), &kind)) return;
    if (kind == "struct") {
      Json& fields = (*type)["fields"];
      for (Json& field : fields) Id(&field, "id");
      for (Json& field : fields) Type(&field["type"]);
    } else if (kind == "list") {
      Id(type, "element-id");
      Type(&(*type)["element"]);
    } else if (kind == "map") {
      Id(type, "key-id");
      Id(type, "value-id");
      Type(&(*type)["key"]);
      Type(&(*type)["value"]);
    }
  }
  int32_t last() const { return last_; }

 private:
  void Id(Json* object, const char* key) {
    int32_t old = 0;
    AsInt32(Find(*object, key), &old);
    (*object)[key] = ++last_;
    ids_->emplace(old, last_);
  }

  IdMap* ids_;
  int32_t last_ = 0;
};

bool Renumber(const IdMap& ids, int32_t* id) {
  auto it = ids.find(*id);
  if (it == ids.end()) return false;
  *id = it->second;
  return true;
}

CommitError TakeProperties(const Json& request, TableMetadata* metadata) {
  const Json* given = Find(request, "properties");
  Diag diag;
  if (given != nullptr && !PropertiesFromJson(*given, &metadata->properties, &diag).ok())
    return BadRequest(diag.message);
  if (const std::string* version = FindProperty(metadata->properties, "format-version")) {
    if (*version != "2") {
      return BadRequest(
          Words({"format version ", *version, " is not taken; tables here are of version 2"}));
    }
    RemoveProperty("format-version", &metadata->properties);
  }
  return {};
}

CommitError TakeSpec(const Json& request, const IdMap& ids, const SchemaFacts& facts,
                     TableMetadata* metadata) {
  PartitionSpec spec;
  Diag diag;
  if (const Json* given = Find(request, "partition-spec")) {
    if (!SpecFromJson(*given, &spec, &diag).ok()) return BadRequest(diag.message);
  }
  for (PartitionField& f : spec.fields) {
    if (!Renumber(ids, &f.source_id)) {
      return BadRequest(Words({"partition field ", f.name, ": there is no column with id ",
                               std::to_string(f.source_id)}));
    }
    f.field_id = -1;
  }
  spec.id = 0;
  if (CommitError e = BindSpec(facts, {}, &metadata->last_partition_id, &spec); !e.ok()) return e;
  metadata->specs.push_back(std::move(spec));
  return {};
}

CommitError TakeSortOrder(const Json& request, const IdMap& ids, TableMetadata* metadata) {
  SortOrder order;
  Diag diag;
  if (const Json* given = Find(request, "write-order")) {
    if (!SortOrderFromJson(*given, &order, &diag).ok()) return BadRequest(diag.message);
  }
  for (SortField& f : order.fields) {
    if (!Renumber(ids, &f.source_id)) {
      return BadRequest(
          Words({"write order: there is no column with id ", std::to_string(f.source_id)}));
    }
  }
  order.id = order.fields.empty() ? 0 : 1;
  metadata->default_sort_order_id = order.id;
  metadata->sort_orders.push_back(std::move(order));
  return {};
}

}  // namespace

CommitError CreateTable(const CreateTableInput& input, CreateTableResult* out) {
  *out = CreateTableResult();
  Json request;
  Diag diag;
  if (!ParseJson(input.body, &request, &diag, kBodyDepthMax).ok()) return BadRequest(diag.message);
  if (!AsText(Find(request, "name"), &out->name) || out->name.empty())
    return BadRequest("the request has no name");
  AsBool(Find(request, "stage-create"), &out->stage_create);
  const Json* given = Find(request, "schema");
  if (given == nullptr) return BadRequest("the request has no schema");
  SchemaFacts facts;
  if (!ReadSchemaFacts(*given, &facts, &diag).ok()) return BadRequest(diag.message);

  TableMetadata& m = out->metadata;
  m.table_uuid = input.uuid;
  m.last_updated_ms = input.now_ms;
  std::string_view location;
  m.location = AsText(Find(request, "location"), &location) && !location.empty()
                   ? location
                   : input.default_location;
  while (m.location.ends_with("/")) m.location.pop_back();
  IdMap ids;
  FreshIds fresh(&ids);
  Json schema = *given;
  fresh.Type(&schema);
  schema["schema-id"] = 0;
  if (!facts.identifier_field_ids.empty()) {
    for (int32_t& id : facts.identifier_field_ids) Renumber(ids, &id);
    schema["identifier-field-ids"] = facts.identifier_field_ids;
  }
  if (!ReadSchemaFacts(schema, &facts, &diag).ok()) return BadRequest(diag.message);
  m.schemas.push_back({0, DumpJson(schema)});
  m.last_column_id = fresh.last();
  if (CommitError e = TakeProperties(request, &m); !e.ok()) return e;
  if (CommitError e = TakeSpec(request, ids, facts, &m); !e.ok()) return e;
  return TakeSortOrder(request, ids, &m);
}

CommitError ParseRegisterTable(std::string_view body, RegisterTableResult* out) {
  *out = RegisterTableResult();
  Json request;
  Diag diag;
  if (!ParseJson(body, &request, &diag).ok()) return BadRequest(diag.message);
  if (!AsText(Find(request, "name"), &out->name) || out->name.empty())
    return BadRequest("the request has no name");
  if (!AsText(Find(request, "metadata-location"), &out->metadata_location) ||
      out->metadata_location.empty()) {
    return BadRequest("the request has no metadata-location");
  }
  AsBool(Find(request, "overwrite"), &out->overwrite);
  return {};
}

namespace {
void Highest(const std::vector<Field>& fields, int32_t* last) {
  for (const Field& f : fields) {
    *last = std::max(*last, f.id);
    Highest(f.type.fields, last);
  }
}
}  // namespace

TableMetadata NewTable(const Schema& schema, PartitionSpec spec, SortOrder order,
                       std::string_view location, std::string_view uuid, int64_t now_ms) {
  TableMetadata m;
  m.table_uuid = uuid;
  m.location = location;
  m.last_updated_ms = now_ms;
  Highest(schema.fields, &m.last_column_id);
  m.schemas.push_back({schema.id, SchemaText(schema)});
  m.current_schema_id = schema.id;
  for (const PartitionField& f : spec.fields)
    m.last_partition_id = std::max(m.last_partition_id, f.field_id);
  m.default_spec_id = spec.id;
  m.specs.push_back(std::move(spec));
  m.default_sort_order_id = order.id;
  m.sort_orders.push_back(std::move(order));
  return m;
}

}  // namespace dosql::lake
