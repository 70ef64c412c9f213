#include "core/lake/ingest/compaction.h"

#include <algorithm>

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/write_options.h"
#include "core/lake/json/json.h"
#include "core/lake/parquet/parquet_reader.h"

namespace dosql::lake {
namespace {

constexpr size_t kPlanMax = 1500000;  // it is a part of one storage row

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

Status Compaction::ReadTable(const CompactionInput& input) {
  DOSQL_TRY(ParseTableMetadata(input.state.metadata, &metadata_, &diag_));
  const TableSchema* schema = metadata_.FindSchema(metadata_.current_schema_id);
  if (schema == nullptr) return Code::kCorrupt;
  DOSQL_TRY(ParseSchema(schema->json, &schema_, &diag_));
  DOSQL_TRY(ReadManifestList(input.state.manifest_list, &list_));
  if (list_.size() != input.manifests.size()) return Code::kMisuse;
  for (size_t i = 0; i < list_.size(); i++) {
    LoadedManifest& loaded = manifests_.emplace_back();
    loaded.manifest = list_[i];
    DOSQL_TRY(LoadManifest(metadata_, input.manifests[i], &loaded, &diag_));
  }
  absl::flat_hash_map<std::string_view, const ManifestEntry*> live;
  for (const LoadedManifest& loaded : manifests_) {
    for (const ManifestEntry& entry : loaded.entries) {
      if (!entry.live()) continue;
      if (entry.file.content == FileContent::kEqualityDeletes)
        return diag_.Set(Code::kUnsupported, "the table has equality deletes");
      const bool data = entry.file.content == FileContent::kData;
      (data ? data_ : deletes_).push_back(&entry);
      if (data) live[entry.file.path] = &entry;
    }
  }
  for (std::string_view path : input.paths) {
    const auto it = live.find(path);
    if (it == live.end()) return diag_.Set(Code::kStale, Words({path, " is not in the table"}));
    inputs_.push_back(it->second);
  }
  for (const ManifestEntry* d : deletes_) {
    const bool hit = std::any_of(inputs_.begin(), inputs_.end(),
                                 [&](const ManifestEntry* e) { return MayHit(d->file, e->file); });
    if (!hit) continue;
    if (d->file.path.find(kOwnFiles) == std::string::npos)
      return diag_.Set(Code::kUnsupported, "another engine deleted from these files");
    hits_.push_back(d);
  }
  return Status::Ok();
}

void Compaction::GroupInputs() {
  for (const ManifestEntry* entry : inputs_) {
    FilePartition partition = PartitionOf(entry->file);
    size_t g = 0;
    while (g < groups_.size() && !(groups_[g].partition == partition)) g++;
    if (g == groups_.size()) groups_.push_back({std::move(partition), {}});
    groups_[g].files.push_back(entry);
  }
}

Status Compaction::Begin(const CompactionInput& input) {
  if (input.entropy.size() != kFlushEntropyBytes || input.paths.empty()) return Code::kMisuse;
  DOSQL_TRY(ReadTable(input));
  base_path_ = input.state.path;
  entropy_ = dosql::AsText(input.entropy);
  prefix_ = FlushPrefix(metadata_.location, input.entropy);
  now_ms_ = input.now_ms;
  whole_bytes_ = input.whole_bytes;
  const SortOrder* wanted = metadata_.FindSortOrder(metadata_.default_sort_order_id);
  if (wanted != nullptr && CanSort(schema_, *wanted)) order_ = *wanted;
  options_ = WriteOptions(metadata_.properties, schema_);
  for (const ManifestEntry* e : data_) deaths_[e->file.path];
  GroupInputs();
  FilePiece none;
  return Step(&none);
}

std::vector<std::string_view> Compaction::Whole() const {
  std::vector<std::string_view> paths;
  for (const ManifestEntry* d : hits_) paths.push_back(d->file.path);
  for (const Group& group : groups_)
    for (const ManifestEntry* e : group.files)
      if (!order_.fields.empty() || e->file.size_bytes <= whole_bytes_)
        paths.push_back(e->file.path);
  return paths;
}

// Positions of files that are not there mean nothing any more.
Status Compaction::TakeDeletes(std::string_view file) {
  const Schema schema = PositionDeleteSchema();
  ParquetReader reader;
  DOSQL_TRY(reader.Open(file, &diag_));
  for (size_t g = 0; g < reader.groups(); g++) {
    std::vector<Column> columns;
    DOSQL_TRY(reader.Read(g, schema, &columns, &diag_));
    for (uint32_t r = 0; r < columns[0].rows; r++) {
      const int64_t position = columns[1].ints[r];
      const auto it = deaths_.find(columns[0].Text(r));
      if (it == deaths_.end()) continue;
      if (position < 0 || position > UINT32_MAX) return Code::kCorrupt;
      it->second.push_back(static_cast<uint32_t>(position));
    }
  }
  if (++hit_ < hits_.size()) return Status::Ok();
  for (auto& [path, positions] : deaths_) {
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  }
  return Status::Ok();
}

Status Compaction::Take(std::string_view bytes, FilePiece* out) {
  *out = FilePiece();
  if (part_.path.empty()) return Code::kMisuse;
  // About what comes of it: growing would take three times that for a moment.
  if (hit_ == hits_.size()) sink_.bytes.reserve(bytes.size() + bytes.size() / 8);
  DOSQL_TRY(hit_ < hits_.size() ? TakeDeletes(bytes) : merged_->Take(bytes));
  return Step(out);
}

Status Compaction::Step(FilePiece* out) {
  part_ = FilePart();
  if (hit_ < hits_.size()) {
    const DataFile& file = hits_[hit_]->file;
    part_ = {file.path, 0, file.size_bytes};
    return Status::Ok();
  }
  for (; group_ < groups_.size(); group_++, file_ = 0) {
    const Group& group = groups_[group_];
    if (merged_ == nullptr)
      merged_ = std::make_unique<MergedRows>(schema_, order_, options_, &sink_, &diag_);
    for (;;) {
      if (file_ > 0 && merged_->Wants(&part_.from, &part_.to)) {
        part_.path = group.files[file_ - 1]->file.path;
        if (!sink_.bytes.empty()) *out = {PathOf(group_), std::exchange(sink_.bytes, {})};
        return Status::Ok();
      }
      if (file_ == group.files.size()) break;
      const DataFile& file = group.files[file_++]->file;
      merged_->Begin({file.path, file.record_count, file.size_bytes, &deaths_[file.path]},
                     whole_bytes_);
    }
    bool any;
    DOSQL_TRY(FinishGroup(group, &any));
    // What comes next is read first: there is no second one.
    if (any) *out = {PathOf(group_), std::exchange(sink_.bytes, {}), true};
  }
  return Status::Ok();
}

// The rest of its file, and its part of the plan.
Status Compaction::FinishGroup(const Group& group, bool* any) {
  FileSummary summary;
  std::vector<std::string> places;
  DOSQL_TRY(merged_->Finish(&summary, &places));
  merged_.reset();
  *any = summary.rows > 0;
  const std::string path = *any ? PathOf(group_) : "";
  plan_.Text(path);
  plan_.Number(static_cast<uint64_t>(summary.bytes));
  plan_.Number(static_cast<uint64_t>(summary.rows));
  plan_.Number(places.size());
  for (size_t i = 0; i < places.size(); i++) {
    plan_.Text(group.files[i]->file.path);
    plan_.Text(places[i]);
  }
  if (plan_.bytes().size() > kPlanMax)
    return diag_.Set(Code::kNoMemory, "too many rows are deleted or moved");
  if (!*any) return Status::Ok();
  DataFile& facts = change_.added.emplace_back(FactsOf(summary, FileContent::kData, path));
  if (!order_.fields.empty()) facts.sort_order_id = order_.id;
  return SetPartition(group.partition, &facts);
}

// Delete files that cannot hit what is left: all data is younger, or their one file is gone.
void Compaction::DropDangling(std::vector<std::string>* removed) const {
  const size_t count = removed->size();
  const auto is_removed = [&](const std::string& path) {
    const auto end = removed->begin() + static_cast<ptrdiff_t>(count);
    return std::find(removed->begin(), end, path) != end;
  };
  int64_t least = INT64_MAX;
  for (const ManifestEntry* e : data_)
    if (!is_removed(e->file.path)) least = std::min(least, e->sequence_number.value_or(0));
  for (const ManifestEntry* d : deletes_) {
    const std::string& target = d->file.referenced_data_file;
    const bool lost = !target.empty() && (!deaths_.contains(target) || is_removed(target));
    if (!is_removed(d->file.path) && (lost || d->sequence_number.value_or(least) < least))
      removed->push_back(d->file.path);
  }
}

Status Compaction::Finish(CompactionOutput* out) {
  if (!part_.path.empty() || groups_.empty()) return Code::kMisuse;
  const Bytes entropy = AsBytes(entropy_);
  const SnapshotNames names = FlushNames(entropy, metadata_.current_snapshot_id);
  change_.operation = Operation::kReplace;
  out->plan = plan_.bytes();
  // What is left of the delete files, for the partitions of what they hit.
  absl::flat_hash_map<std::string_view, bool> removed;
  for (const ManifestEntry* e : inputs_) removed[e->file.path] = true;
  std::vector<FilePartition> partitions(data_.size());
  std::vector<DeletedRow> rest;
  for (size_t i = 0; i < data_.size(); i++) {
    const DataFile& file = data_[i]->file;
    const std::vector<uint32_t>& dead = deaths_[file.path];
    if (dead.empty() || removed.contains(file.path)) continue;
    partitions[i] = PartitionOf(file);
    for (uint32_t position : dead) rest.push_back({&partitions[i], file.path, position});
  }
  std::vector<std::string>& gone = change_.removed_paths;
  for (const ManifestEntry* e : inputs_) gone.push_back(e->file.path);
  for (const ManifestEntry* d : hits_) gone.push_back(d->file.path);
  DropDangling(&gone);
  DOSQL_TRY(WritePositionDeletes(std::move(rest), prefix_,
                                 WriteOptions(metadata_.properties, Schema()), &change_.added,
                                 &out->files));
  for (const std::string& path : gone) removed[path] = true;
  for (LoadedManifest& loaded : manifests_) {
    const bool touched = std::any_of(
        loaded.entries.begin(), loaded.entries.end(),
        [&](const ManifestEntry& e) { return e.live() && removed.contains(e.file.path); });
    if (touched) change_.rewritten.push_back(loaded);
  }
  ManifestSet set;
  DOSQL_TRY(WriteManifests(metadata_, names, change_, &set, &diag_));
  for (OutputFile& f : set.files) out->files.push_back(f);
  SnapshotTarget target;
  target.base = &metadata_;
  target.base_location = base_path_;
  target.parent_manifests = &list_;
  target.now_ms = now_ms_;
  target.metadata_uuid = FlushMetadataUuid(entropy);
  BuiltSnapshot built;
  DOSQL_TRY(BuildSnapshot(set, names, target, &built, &diag_));
  out->files.push_back(std::move(built.manifest_list));
  out->commit = CommitText(metadata_, built.snapshot);
  return Status::Ok();
}

}  // namespace dosql::lake
