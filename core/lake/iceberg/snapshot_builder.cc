#include "core/lake/iceberg/snapshot_builder.h"

#include <algorithm>
#include <memory>

#include <absl/container/flat_hash_map.h>

#include "core/lake/iceberg/metadata_update.h"

namespace dosql::lake {
namespace {

// Manifests are split at about this size, as the Java writers do
// (commit.manifest.target-size-bytes).
constexpr size_t kManifestTargetBytes = 8u << 20;

std::string MetadataFolder(const TableMetadata& metadata) {
  if (const std::string* path = FindProperty(metadata.properties, "write.metadata.path"))
    return *path;
  std::string_view location = metadata.location;
  while (location.ends_with("/")) location.remove_suffix(1);
  return Words({location, "/metadata"});
}

// Writers by spec and content, each opened when its first entry comes.
class ManifestSetWriter {
 public:
  ManifestSetWriter(const TableMetadata& base, const SnapshotNames& names, ManifestSet* out)
      : base_(base), names_(names), out_(out), folder_(MetadataFolder(base)) {}

  Status Add(const ManifestEntry& entry, Diag* diag) {
    ManifestContent content = entry.file.content == FileContent::kData ? ManifestContent::kData
                                                                       : ManifestContent::kDeletes;
    Open* open = nullptr;
    for (auto& o : open_) {
      if (o->spec.id == entry.file.spec_id && o->content == content) open = o.get();
    }
    if (open == nullptr) {
      const PartitionSpec* spec = base_.FindSpec(entry.file.spec_id);
      if (spec == nullptr) {
        return diag->Set(Code::kMisuse,
                         Words({entry.file.path, " is of an unknown partition spec"}));
      }
      open = open_.emplace_back(std::make_unique<Open>()).get();
      open->spec = *spec;
      open->content = content;
      DOSQL_TRY(PartitionFields(base_, open->spec, &open->fields, diag));
    }
    if (open->writer == nullptr) Start(open);
    if (Status s = open->writer->Add(entry); !s.ok()) {
      return diag->Set(s.code(), Words({entry.file.path, " does not fit its partition spec"}));
    }
    return open->writer->size_bytes() < kManifestTargetBytes ? Status::Ok() : Finish(open);
  }

  Status FinishAll() {
    for (auto& open : open_) {
      if (open->writer != nullptr) DOSQL_TRY(Finish(open.get()));
    }
    return Status::Ok();
  }

 private:
  struct Open {
    PartitionSpec spec;
    ManifestContent content = ManifestContent::kData;
    std::vector<Field> fields;
    std::unique_ptr<ManifestWriter> writer;
  };

  void Start(Open* open) {
    const TableSchema* schema = base_.FindSchema(base_.current_schema_id);
    ManifestHead head;
    head.schema_json = schema->json;
    head.schema_id = schema->id;
    head.spec = &open->spec;
    head.partition_fields = &open->fields;
    head.content = open->content;
    head.snapshot_id = names_.snapshot_id;
    head.sync = names_.sync;
    open->writer = std::make_unique<ManifestWriter>(head);
  }

  Status Finish(Open* open) {
    std::string path =
        Words({folder_, "/", names_.uuid, "-m", std::to_string(out_->files.size()), ".avro"});
    OutputFile& file = out_->files.emplace_back();
    file.path = path;
    DOSQL_TRY(open->writer->Finish(path, &file.bytes, &out_->manifests.emplace_back()));
    open->writer.reset();
    return Status::Ok();
  }

  const TableMetadata& base_;
  const SnapshotNames& names_;
  ManifestSet* out_;
  std::string folder_;
  std::vector<std::unique_ptr<Open>> open_;
};

std::string Padded(uint64_t v, size_t digits) {
  std::string text = std::to_string(v);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

}  // namespace

int64_t SnapshotIdFrom(uint64_t entropy) {
  uint64_t id = entropy >> 11;
  return id == 0 ? 1 : static_cast<int64_t>(id);
}

std::string UuidText(Bytes entropy) {
  DOSQL_ASSERT(entropy.size() == 16);
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < 16; i++) {
    uint8_t b = entropy[i];
    if (i == 6) b = (b & 0x0f) | 0x40;
    if (i == 8) b = (b & 0x3f) | 0x80;
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[b >> 4];
    out += kHex[b & 15];
  }
  return out;
}

Status LoadManifest(const TableMetadata& metadata, std::string_view file, LoadedManifest* out,
                    Diag* diag) {
  const PartitionSpec* spec = metadata.FindSpec(out->manifest.spec_id);
  if (spec == nullptr) return Code::kCorrupt;
  std::vector<Field> fields;
  DOSQL_TRY(PartitionFields(metadata, *spec, &fields, diag));
  ManifestReader reader;
  DOSQL_TRY(reader.Open(file, out->manifest, &fields));
  for (;;) {
    bool more = true;
    ManifestEntry entry;
    DOSQL_TRY(reader.Next(&more, &entry));
    if (!more) return Status::Ok();
    out->entries.push_back(std::move(entry));
  }
}

Status WriteManifests(const TableMetadata& base, const SnapshotNames& names,
                      const SnapshotChange& change, ManifestSet* out, Diag* diag) {
  *out = ManifestSet();
  out->snapshot_id = names.snapshot_id;
  out->operation = change.operation;
  out->custom = change.custom;
  bool adds_deletes = std::any_of(change.added.begin(), change.added.end(), [](const DataFile& f) {
    return f.content != FileContent::kData;
  });
  if (change.operation == Operation::kAppend && (adds_deletes || !change.removed_paths.empty())) {
    return diag->Set(Code::kMisuse, "an append adds data files and nothing else");
  }
  ManifestSetWriter writer(base, names, out);
  for (const DataFile& file : change.added) {
    ManifestEntry entry;
    entry.snapshot_id = names.snapshot_id;
    entry.file = file;
    DOSQL_TRY(writer.Add(entry, diag));
    out->summary.Add(file);
  }
  absl::flat_hash_map<std::string_view, bool> removed;
  for (const std::string& path : change.removed_paths) removed.emplace(path, false);
  for (const LoadedManifest& loaded : change.rewritten) {
    out->replaced_paths.push_back(loaded.manifest.path);
    for (const ManifestEntry& old : loaded.entries) {
      if (!old.live()) continue;  // its deletion is an older snapshot's
      ManifestEntry entry = old;
      auto it = removed.find(old.file.path);
      if (it == removed.end()) {
        entry.status = EntryStatus::kExisting;
      } else {
        it->second = true;
        entry.status = EntryStatus::kDeleted;
        entry.snapshot_id = names.snapshot_id;
        out->summary.Remove(old.file);
      }
      DOSQL_TRY(writer.Add(entry, diag));
    }
  }
  for (const std::string& path : change.removed_paths) {
    if (!removed[path])
      return diag->Set(Code::kNotFound, Words({path, " is in none of the manifests"}));
  }
  return writer.FinishAll();
}

Status BuildSnapshot(const ManifestSet& set, const SnapshotNames& names,
                     const SnapshotTarget& target, BuiltSnapshot* out, Diag* diag) {
  const TableMetadata& base = *target.base;
  const SnapshotRef* ref = base.FindRef(target.branch);
  const Snapshot* parent = ref == nullptr ? nullptr : base.FindSnapshot(ref->snapshot_id);
  if ((parent == nullptr) != (target.parent_manifests == nullptr)) {
    return diag->Set(Code::kMisuse, "the parent's manifest list is missing or there is no parent");
  }
  if (ref != nullptr && ref->tag)
    return diag->Set(Code::kMisuse, Words({target.branch, " is a tag, not a branch"}));

  std::vector<ManifestFile> manifests = set.manifests;
  size_t replaced = 0;
  if (parent != nullptr) {
    for (const ManifestFile& m : *target.parent_manifests) {
      if (std::find(set.replaced_paths.begin(), set.replaced_paths.end(), m.path) !=
          set.replaced_paths.end()) {
        replaced++;
      } else if (m.added_files + m.existing_files > 0 || m.deleted_files == 0) {
        // Those whose files are all deleted have served their snapshot. A list without counts keeps
        // all.
        manifests.push_back(m);
      }
    }
  }
  if (replaced != set.replaced_paths.size()) {
    return diag->Set(Code::kMisuse, "a manifest to be replaced is not in the parent's list");
  }

  Snapshot& s = out->snapshot;
  s = Snapshot();
  s.id = set.snapshot_id;
  s.parent_id = parent == nullptr ? kNoSnapshot : parent->id;
  s.sequence_number = NextSequenceNumber(base);
  s.timestamp_ms = std::max(target.now_ms, base.last_updated_ms);
  s.schema_id = base.current_schema_id;
  s.summary =
      set.summary.Build(set.operation, parent == nullptr ? nullptr : &parent->summary, set.custom);
  s.manifest_list = Words({MetadataFolder(base), "/snap-", std::to_string(s.id), "-",
                           std::to_string(target.attempt), "-", names.uuid, ".avro"});
  out->manifest_list.path = s.manifest_list;
  DOSQL_TRY(WriteManifestList({s.id, s.parent_id, s.sequence_number}, manifests,
                              AvroCodec::kDeflate, names.sync, &out->manifest_list.bytes));

  out->metadata = base;
  if (!target.base_location.empty()) LogPreviousMetadata(target.base_location, &out->metadata);
  DOSQL_TRY(AddSnapshot(s, &out->metadata, diag));
  SnapshotRef moved = ref == nullptr ? SnapshotRef{.name = std::string(target.branch)} : *ref;
  moved.snapshot_id = s.id;
  DOSQL_TRY(SetRef(moved, target.now_ms, &out->metadata, diag));
  out->metadata.last_updated_ms = s.timestamp_ms;
  out->metadata_file.path =
      NextMetadataPath(out->metadata, target.base_location, target.metadata_uuid);
  out->metadata_file.bytes = TableMetadataText(out->metadata);
  return Status::Ok();
}

Status CheckRebase(const ManifestSet& set, const TableMetadata& old_base,
                   const TableMetadata& new_base,
                   const std::vector<ManifestFile>& new_parent_manifests, std::string_view branch,
                   RebaseRule rule, Diag* diag) {
  auto stale = [&](std::string_view why) { return diag->Set(Code::kStale, std::string(why)); };
  if (old_base.table_uuid != new_base.table_uuid)
    return stale("the table was replaced by another of its name");
  if (old_base.location != new_base.location) return stale("the table moved");
  if (old_base.current_schema_id != new_base.current_schema_id)
    return stale("the table's schema changed");
  for (const ManifestFile& m : set.manifests) {
    const PartitionSpec* before = old_base.FindSpec(m.spec_id);
    const PartitionSpec* after = new_base.FindSpec(m.spec_id);
    if (before == nullptr || after == nullptr || !(*before == *after))
      return stale("a partition spec changed");
  }
  for (const std::string& path : set.replaced_paths) {
    bool there = std::any_of(new_parent_manifests.begin(), new_parent_manifests.end(),
                             [&](const ManifestFile& m) { return m.path == path; });
    if (!there) return stale("a manifest to be replaced is gone");
  }
  const bool removes = set.summary.removes_files();
  if (!removes && (rule == RebaseRule::kDeletesStand || !set.summary.adds_deletes()))
    return Status::Ok();
  const SnapshotRef* old_ref = old_base.FindRef(branch);
  const SnapshotRef* new_ref = new_base.FindRef(branch);
  int64_t stop = old_ref == nullptr ? kNoSnapshot : old_ref->snapshot_id;
  int64_t at = new_ref == nullptr ? kNoSnapshot : new_ref->snapshot_id;
  for (size_t steps = 0; at != stop; steps++) {
    const Snapshot* s = new_base.FindSnapshot(at);
    // Not a descendant of what the change was made on: the branch was set back.
    if (s == nullptr || steps > new_base.snapshots.size())
      return stale("the branch was set to another history");
    const std::string* operation = FindProperty(s->summary, "operation");
    if (operation == nullptr || *operation != "append") {
      return stale(Words({"snapshot ", std::to_string(s->id), " did more than append"}));
    }
    at = s->parent_id;
  }
  return Status::Ok();
}

std::string NextMetadataPath(const TableMetadata& metadata, std::string_view previous,
                             std::string_view uuid) {
  size_t slash = previous.rfind('/');
  std::string_view name = slash == std::string_view::npos ? previous : previous.substr(slash + 1);
  uint64_t version = 0;
  size_t digits = 0;
  while (digits < name.size() && digits < 12 && name[digits] >= '0' && name[digits] <= '9') {
    version = version * 10 + static_cast<uint64_t>(name[digits++] - '0');
  }
  if (!previous.empty() && digits > 0) version++;
  return Words({MetadataFolder(metadata), "/", Padded(version, 5), "-", uuid, ".metadata.json"});
}

}  // namespace dosql::lake
