#include "core/lake/ingest/compaction.h"

#include <algorithm>
#include <cstring>

#include <absl/container/flat_hash_map.h>

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/merged_rows.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/write_options.h"
#include "core/lake/json/json.h"
#include "core/lake/parquet/parquet_reader.h"

namespace dosql::lake {
namespace {

constexpr size_t kPlanMax = 1500000;  // it is a part of one storage row

// The table's live files, and those that are to be one.
struct Table {
  TableMetadata metadata;
  Schema schema;
  std::vector<ManifestFile> list;
  std::vector<LoadedManifest> manifests;
  std::vector<const ManifestEntry*> data, deletes;  // live
  std::vector<const ManifestEntry*> inputs;
  std::vector<const ManifestEntry*> hits;  // delete files that may hit the inputs
};

const std::string* BoundOf(const FieldBounds& bounds, int32_t id) {
  for (const auto& [field, bytes] : bounds)
    if (field == id) return &bytes;
  return nullptr;
}

bool MayHit(const DataFile& deletes, const DataFile& data) {
  const std::string& path = data.path;
  if (!(PartitionOf(deletes) == PartitionOf(data))) return false;
  if (!deletes.referenced_data_file.empty()) return deletes.referenced_data_file == path;
  const int32_t id = PositionDeleteSchema().fields[0].id;
  const std::string* low = BoundOf(deletes.lower_bounds, id);
  const std::string* high = BoundOf(deletes.upper_bounds, id);
  return (low == nullptr || *low <= path) && (high == nullptr || path <= *high);
}

Status ReadTable(const CompactionInput& input, Table* t, Diag* diag) {
  DOSQL_TRY(ParseTableMetadata(input.state.metadata, &t->metadata, diag));
  const TableSchema* schema = t->metadata.FindSchema(t->metadata.current_schema_id);
  if (schema == nullptr) return Code::kCorrupt;
  DOSQL_TRY(ParseSchema(schema->json, &t->schema, diag));
  DOSQL_TRY(ReadManifestList(input.state.manifest_list, &t->list));
  if (t->list.size() != input.manifests.size()) return Code::kMisuse;
  for (size_t i = 0; i < t->list.size(); i++) {
    LoadedManifest& loaded = t->manifests.emplace_back();
    loaded.manifest = t->list[i];
    DOSQL_TRY(LoadManifest(t->metadata, input.manifests[i], &loaded, diag));
  }
  absl::flat_hash_map<std::string_view, const ManifestEntry*> live;
  for (const LoadedManifest& loaded : t->manifests) {
    for (const ManifestEntry& entry : loaded.entries) {
      if (!entry.live()) continue;
      if (entry.file.content == FileContent::kEqualityDeletes)
        return diag->Set(Code::kUnsupported, "the table has equality deletes");
      const bool data = entry.file.content == FileContent::kData;
      (data ? t->data : t->deletes).push_back(&entry);
      if (data) live[entry.file.path] = &entry;
    }
  }
  for (std::string_view path : input.paths) {
    const auto it = live.find(path);
    if (it == live.end()) return diag->Set(Code::kStale, Words({path, " is not in the table"}));
    t->inputs.push_back(it->second);
  }
  for (const ManifestEntry* d : t->deletes) {
    const bool hit = std::any_of(t->inputs.begin(), t->inputs.end(),
                                 [&](const ManifestEntry* e) { return MayHit(d->file, e->file); });
    if (!hit) continue;
    if (d->file.path.find(kOwnFiles) == std::string::npos)
      return diag->Set(Code::kUnsupported, "another engine deleted from these files");
    t->hits.push_back(d);
  }
  return Status::Ok();
}

using Deaths = absl::flat_hash_map<std::string_view, std::vector<uint32_t>>;

// Positions by file. Those of files that are not there mean nothing any more.
Status ReadDeletes(const Table& t, const CompactionFiles& files, Deaths* deaths, Diag* diag) {
  for (const ManifestEntry* e : t.data) (*deaths)[e->file.path];
  const Schema schema = PositionDeleteSchema();
  for (std::string_view file : files.deletes) {
    ParquetReader reader;
    DOSQL_TRY(reader.Open(file, diag));
    for (size_t g = 0; g < reader.groups(); g++) {
      std::vector<Column> columns;
      DOSQL_TRY(reader.Read(g, schema, &columns, diag));
      for (uint32_t r = 0; r < columns[0].rows; r++) {
        const int64_t position = columns[1].ints[r];
        const auto it = deaths->find(columns[0].Text(r));
        if (it == deaths->end()) continue;
        if (position < 0 || position > UINT32_MAX) return Code::kCorrupt;
        it->second.push_back(static_cast<uint32_t>(position));
      }
    }
  }
  for (auto& [path, positions] : *deaths) {
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  }
  return Status::Ok();
}

// Delete files that cannot hit what is left: all data is younger, or their one file is gone.
void DropDangling(const Table& t, const std::vector<std::string>& removed, Deaths* deaths,
                  std::vector<std::string>* out) {
  const auto is_removed = [&](const std::string& path) {
    return std::find(removed.begin(), removed.end(), path) != removed.end();
  };
  int64_t least = INT64_MAX;
  for (const ManifestEntry* e : t.data)
    if (!is_removed(e->file.path)) least = std::min(least, e->sequence_number.value_or(0));
  for (const ManifestEntry* d : t.deletes) {
    const std::string& target = d->file.referenced_data_file;
    const bool lost = !target.empty() && (!deaths->contains(target) || is_removed(target));
    if (!is_removed(d->file.path) && (lost || d->sequence_number.value_or(least) < least))
      out->push_back(d->file.path);
  }
}

std::string CommitText(const TableMetadata& base, const Snapshot& snapshot) {
  const Json requirements = Json::array(
      {{{"type", "assert-table-uuid"}, {"uuid", base.table_uuid}},
       {{"type", "assert-ref-snapshot-id"}, {"ref", "main"}, {"snapshot-id", snapshot.parent_id}}});
  const Json updates =
      Json::array({{{"action", "add-snapshot"}, {"snapshot", SnapshotToJson(snapshot)}},
                   {{"action", "set-snapshot-ref"},
                    {"ref-name", "main"},
                    {"type", "branch"},
                    {"snapshot-id", snapshot.id}}});
  return DumpJson({{"requirements", requirements}, {"updates", updates}});
}

// A file of the live rows of each partition, and the plan.
Status MergeInputs(const Table& t, const CompactionFiles& files, const std::string& prefix,
                   Deaths* deaths, SnapshotChange* change, CompactionOutput* out, Diag* diag) {
  SortOrder order;
  const SortOrder* wanted = t.metadata.FindSortOrder(t.metadata.default_sort_order_id);
  if (wanted != nullptr && CanSort(t.schema, *wanted)) order = *wanted;
  // By their partitions, in the order of their first files.
  std::vector<std::pair<FilePartition, std::vector<MergeInput>>> groups;
  for (size_t i = 0; i < t.inputs.size(); i++) {
    const DataFile& file = t.inputs[i]->file;
    FilePartition partition = PartitionOf(file);
    size_t g = 0;
    while (g < groups.size() && !(groups[g].first == partition)) g++;
    if (g == groups.size()) groups.push_back({std::move(partition), {}});
    groups[g].second.push_back(
        {file.path, files.data[i], file.record_count, &(*deaths)[file.path]});
  }
  EntryWriter plan;
  for (const auto& [partition, inputs] : groups) {
    MergedRows merged;
    DOSQL_TRY(MergeRows(t.schema, order, WriteOptions(t.metadata.properties, t.schema), inputs,
                        &merged, diag));
    const bool any = !merged.bytes.empty();
    const std::string path = any ? FlushFilePath(prefix, out->files.size(), "") : "";
    plan.Text(path);
    plan.Number(static_cast<uint64_t>(merged.summary.bytes));
    plan.Number(static_cast<uint64_t>(merged.summary.rows));
    plan.Number(inputs.size());
    for (size_t i = 0; i < inputs.size(); i++) {
      plan.Text(inputs[i].path);
      plan.Text(merged.places[i]);
    }
    if (!any) continue;
    DataFile& facts = change->added.emplace_back(FactsOf(merged.summary, FileContent::kData, path));
    DOSQL_TRY(SetPartition(partition, &facts));
    if (!order.fields.empty()) facts.sort_order_id = order.id;
    out->files.push_back({path, std::move(merged.bytes)});
  }
  out->plan = plan.bytes();
  if (out->plan.size() > kPlanMax)
    return diag->Set(Code::kNoMemory, "too many rows are deleted or moved");
  return Status::Ok();
}

}  // namespace

Status CompactionDeletes(const CompactionInput& input, std::vector<std::string>* paths,
                         Diag* diag) {
  Table t;
  DOSQL_TRY(ReadTable(input, &t, diag));
  for (const ManifestEntry* d : t.hits) paths->push_back(d->file.path);
  return Status::Ok();
}

Status Compact(const CompactionInput& input, const CompactionFiles& files, CompactionOutput* out,
               Diag* diag) {
  Table t;
  DOSQL_TRY(ReadTable(input, &t, diag));
  if (files.entropy.size() != kFlushEntropyBytes || files.data.size() != t.inputs.size() ||
      files.deletes.size() != t.hits.size() || t.inputs.empty())
    return Code::kMisuse;
  const SnapshotNames names = FlushNames(files.entropy, t.metadata.current_snapshot_id);
  const std::string prefix = FlushPrefix(t.metadata.location, files.entropy);
  Deaths deaths;
  DOSQL_TRY(ReadDeletes(t, files, &deaths, diag));
  SnapshotChange change;
  change.operation = Operation::kReplace;
  DOSQL_TRY(MergeInputs(t, files, prefix, &deaths, &change, out, diag));
  // What is left of the delete files, for the partitions of what they hit.
  absl::flat_hash_map<std::string_view, bool> removed;
  for (const ManifestEntry* e : t.inputs) removed[e->file.path] = true;
  std::vector<FilePartition> partitions(t.data.size());
  std::vector<DeletedRow> rest;
  for (size_t i = 0; i < t.data.size(); i++) {
    const DataFile& file = t.data[i]->file;
    const std::vector<uint32_t>& dead = deaths[file.path];
    if (dead.empty() || removed.contains(file.path)) continue;
    partitions[i] = PartitionOf(file);
    for (uint32_t position : dead) rest.push_back({&partitions[i], file.path, position});
  }
  for (const ManifestEntry* e : t.inputs) change.removed_paths.push_back(e->file.path);
  for (const ManifestEntry* d : t.hits) change.removed_paths.push_back(d->file.path);
  std::vector<std::string> dangling;
  DropDangling(t, change.removed_paths, &deaths, &dangling);
  change.removed_paths.insert(change.removed_paths.end(), dangling.begin(), dangling.end());
  DOSQL_TRY(WritePositionDeletes(std::move(rest), prefix,
                                 WriteOptions(t.metadata.properties, Schema()), &change.added,
                                 &out->files));
  for (const std::string& path : change.removed_paths) removed[path] = true;
  for (LoadedManifest& loaded : t.manifests) {
    const bool touched = std::any_of(
        loaded.entries.begin(), loaded.entries.end(),
        [&](const ManifestEntry& e) { return e.live() && removed.contains(e.file.path); });
    if (touched) change.rewritten.push_back(loaded);
  }
  ManifestSet set;
  DOSQL_TRY(WriteManifests(t.metadata, names, change, &set, diag));
  for (OutputFile& f : set.files) out->files.push_back(f);
  SnapshotTarget target;
  target.base = &t.metadata;
  target.base_location = input.state.path;
  target.parent_manifests = &t.list;
  target.now_ms = files.now_ms;
  target.metadata_uuid = FlushMetadataUuid(files.entropy);
  BuiltSnapshot built;
  DOSQL_TRY(BuildSnapshot(set, names, target, &built, diag));
  out->files.push_back(std::move(built.manifest_list));
  out->commit = CommitText(t.metadata, built.snapshot);
  return Status::Ok();
}

}  // namespace dosql::lake
