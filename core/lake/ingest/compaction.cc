#include "core/lake/ingest/compaction.h"

#include <algorithm>
#include <cstring>

#include <absl/container/flat_hash_map.h>

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/write_options.h"
#include "core/lake/json/json.h"
#include "core/lake/parquet/parquet_reader.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

constexpr size_t kGroupBytes = 16 << 20;  // of a row group's columns, about
constexpr size_t kPlanMax = 1500000;      // it is a part of one storage row

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

bool MayHit(const DataFile& deletes, const std::string& path) {
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
  for (const PartitionSpec& spec : t->metadata.specs)
    if (!spec.fields.empty()) return diag->Set(Code::kUnsupported, "the table has partitions");
  const std::vector<Field> fields;
  for (size_t i = 0; i < t->list.size(); i++) {
    LoadedManifest& loaded = t->manifests.emplace_back();
    loaded.manifest = t->list[i];
    ManifestReader reader;
    DOSQL_TRY(reader.Open(input.manifests[i], loaded.manifest, &fields));
    for (bool more = true;;) {
      ManifestEntry entry;
      DOSQL_TRY(reader.Next(&more, &entry));
      if (!more) break;
      loaded.entries.push_back(std::move(entry));
    }
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
    const bool hit = std::any_of(t->inputs.begin(), t->inputs.end(), [&](const ManifestEntry* e) {
      return MayHit(d->file, e->file.path);
    });
    if (!hit) continue;
    if (d->file.path.find(kOwnFiles) == std::string::npos)
      return diag->Set(Code::kUnsupported, "another engine deleted from these files");
    t->hits.push_back(d);
  }
  return Status::Ok();
}

size_t AppendRows(const Type& type, const Column& from, const std::vector<bool>& dead, Column* to) {
  const Slot slot = SlotOf(type);
  const size_t before = to->heap.size();
  for (uint32_t r = 0; r < from.rows; r++) {
    if (dead[r]) continue;
    to->rows++;
    to->valid.push_back(!from.IsNull(r));
    if (slot == Slot::kInts) to->ints.push_back(from.ints[r]);
    if (slot == Slot::kDoubles) to->doubles.push_back(from.doubles[r]);
    if (slot == Slot::kHeap) {
      to->heap += from.Text(r);
      to->ends.push_back(static_cast<uint32_t>(to->heap.size()));
    }
  }
  return to->heap.size() - before;
}

// Live rows into row groups of about the same size.
class Rows {
 public:
  Rows(const Schema& schema, const Properties& properties)
      : schema_(schema),
        writer_(&sink_, schema_, WriteOptions(properties, schema),
                {{"iceberg.schema", SchemaText(schema)}}),
        columns_(schema.fields.size()) {}

  Status Add(std::string_view file, const std::vector<uint32_t>& dead, Diag* diag) {
    ParquetReader reader;
    DOSQL_TRY(reader.Open(file, diag));
    int64_t position = 0;
    for (size_t g = 0; g < reader.groups(); g++) {
      std::vector<Column> columns;
      DOSQL_TRY(reader.Read(g, schema_, &columns, diag));
      std::vector<bool> gone(reader.rows_of(g));
      for (auto it = std::lower_bound(dead.begin(), dead.end(), position);
           it != dead.end() && *it < position + reader.rows_of(g); ++it)
        gone[static_cast<size_t>(*it - position)] = true;
      position += reader.rows_of(g);
      for (size_t f = 0; f < columns.size(); f++)
        bytes_ += AppendRows(schema_.fields[f].type, columns[f], gone, &columns_[f]);
      const size_t rows = columns_[0].rows;
      if (rows >= kRowGroupRows || bytes_ + rows * columns.size() * 9 >= kGroupBytes)
        DOSQL_TRY(Flush());
    }
    return Status::Ok();
  }
  uint32_t rows() const { return written_ + columns_[0].rows; }

  Status Finish(FileSummary* summary, std::string* bytes) {
    DOSQL_TRY(Flush());
    DOSQL_TRY(writer_.Finish(summary));
    *bytes = std::move(sink_.bytes);
    return Status::Ok();
  }

 private:
  Status Flush() {
    written_ += columns_[0].rows;
    DOSQL_TRY(writer_.WriteRows(columns_, columns_[0].rows));
    columns_.assign(columns_.size(), Column());
    bytes_ = 0;
    return Status::Ok();
  }

  const Schema& schema_;
  StringSink sink_;
  ParquetWriter writer_;
  std::vector<Column> columns_;
  size_t bytes_ = 0;
  uint32_t written_ = 0;
};

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
  Rows rows(t.schema, t.metadata.properties);
  EntryWriter moved;
  for (size_t i = 0; i < t.inputs.size(); i++) {
    const DataFile& file = t.inputs[i]->file;
    const std::vector<uint32_t>& dead = deaths[file.path];
    EntryWriter places;
    places.Number(rows.rows());
    places.Number(dead.size());
    uint32_t before = 0;
    for (uint32_t position : dead) {
      places.Number(position - before);
      before = position;
    }
    moved.Text(file.path);
    moved.Text(places.bytes());
    const uint32_t base = rows.rows();
    DOSQL_TRY(rows.Add(files.data[i], dead, diag));
    if (rows.rows() - base + dead.size() != static_cast<uint64_t>(file.record_count))
      return diag->Set(Code::kCorrupt, Words({file.path, " has not the rows that it should"}));
    change.removed_paths.push_back(file.path);
  }
  EntryWriter plan;
  if (rows.rows() > 0) {
    FileSummary summary;
    OutputFile& file = out->files.emplace_back();
    file.path = prefix + "-00000.parquet";
    DOSQL_TRY(rows.Finish(&summary, &file.bytes));
    change.added.push_back(FactsOf(summary, FileContent::kData, file.path));
    plan.Text(file.path);
    plan.Number(static_cast<uint64_t>(summary.bytes));
    plan.Number(static_cast<uint64_t>(summary.rows));
  } else {
    plan.Text("");
    plan.Number(0);
    plan.Number(0);
  }
  plan.Number(t.inputs.size());
  out->plan = plan.bytes() + moved.bytes();
  if (out->plan.size() > kPlanMax) return diag->Set(Code::kNoMemory, "too much is deleted");
  std::vector<DeletedRow> rest;
  for (const auto& [path, positions] : deaths) {
    if (std::find(change.removed_paths.begin(), change.removed_paths.end(), path) !=
        change.removed_paths.end())
      continue;
    for (uint32_t position : positions) rest.push_back({path, position});
  }
  for (const ManifestEntry* d : t.hits) change.removed_paths.push_back(d->file.path);
  std::vector<std::string> dangling;
  DropDangling(t, change.removed_paths, &deaths, &dangling);
  change.removed_paths.insert(change.removed_paths.end(), dangling.begin(), dangling.end());
  if (!rest.empty())
    DOSQL_TRY(WritePositionDeletes(std::move(rest), prefix + "-00001-deletes.parquet",
                                   t.metadata.properties, &change.added.emplace_back(),
                                   &out->files.emplace_back()));
  absl::flat_hash_map<std::string_view, bool> removed;
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
