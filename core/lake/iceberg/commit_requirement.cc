#include "core/lake/iceberg/commit_requirement.h"

namespace dosql::lake {
namespace {

CommitError Failed(std::initializer_list<std::string_view> why) {
  return CommitFailed("Requirement failed: " + Words(why));
}

struct IdRequirement {
  std::string_view type, member, what;
};
constexpr IdRequirement kIds[] = {
    {"assert-last-assigned-field-id", "last-assigned-field-id", "last assigned field id"},
    {"assert-current-schema-id", "current-schema-id", "current schema id"},
    {"assert-last-assigned-partition-id", "last-assigned-partition-id",
     "last assigned partition id"},
    {"assert-default-spec-id", "default-spec-id", "default partition spec id"},
    {"assert-default-sort-order-id", "default-sort-order-id", "default sort order id"},
};

CommitError CheckRef(const Json& requirement, const TableMetadata& base) {
  std::string_view name;
  if (!AsText(Find(requirement, "ref"), &name))
    return BadRequest("assert-ref-snapshot-id without ref");
  const SnapshotRef* ref = base.FindRef(name);
  const Json* id = Find(requirement, "snapshot-id");
  int64_t wanted = kNoSnapshot;
  if (id != nullptr && !AsInt64(id, &wanted))
    return BadRequest("assert-ref-snapshot-id: snapshot-id is no id");
  if (id == nullptr) {
    return ref == nullptr ? CommitError()
                          : Failed({"reference ", name, " was created concurrently"});
  }
  if (ref == nullptr)
    return Failed({"reference ", name, " is missing, expected ", std::to_string(wanted)});
  if (ref->snapshot_id != wanted) {
    return Failed({"reference ", name, " has changed: expected id ", std::to_string(wanted),
                   " != ", std::to_string(ref->snapshot_id)});
  }
  return {};
}

}  // namespace

CommitError CheckRequirement(const Json& requirement, const TableMetadata* base) {
  std::string_view type;
  if (!AsText(Find(requirement, "type"), &type)) return BadRequest("a requirement without type");
  if (type == "assert-create")
    return base == nullptr ? CommitError() : Failed({"table already exists"});
  if (type == "assert-view-uuid")
    return BadRequest("assert-view-uuid is for views, this is a table");
  if (type == "assert-table-uuid") {
    std::string_view uuid;
    if (!AsText(Find(requirement, "uuid"), &uuid))
      return BadRequest("assert-table-uuid without uuid");
    if (base == nullptr) return Failed({"the table does not exist"});
    if (uuid != base->table_uuid) {
      return Failed({"UUID does not match: expected ", base->table_uuid, " != ", uuid});
    }
    return {};
  }
  if (type == "assert-ref-snapshot-id") {
    // Of a table that is not there, no reference is.
    return CheckRef(requirement, base == nullptr ? TableMetadata() : *base);
  }
  for (const IdRequirement& id : kIds) {
    if (id.type != type) continue;
    int32_t wanted;
    if (!AsInt32(Find(requirement, id.member), &wanted))
      return BadRequest(Words({type, " without ", id.member}));
    if (base == nullptr) return Failed({"the table does not exist"});
    const int32_t values[] = {base->last_column_id, base->current_schema_id,
                              base->last_partition_id, base->default_spec_id,
                              base->default_sort_order_id};
    int32_t is = values[&id - kIds];
    if (is == wanted) return {};
    return Failed(
        {id.what, " changed: expected id ", std::to_string(wanted), " != ", std::to_string(is)});
  }
  return BadRequest(Words({"unknown requirement ", type}));
}

}  // namespace dosql::lake
