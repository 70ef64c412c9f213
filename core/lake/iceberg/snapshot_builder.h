// SnapshotBuilder: from files added and removed to a new snapshot: manifests, manifest list,
// metadata.
//
// It works in two steps, so that a commit that loses a race writes no manifest twice:
//   WriteManifests   the manifests of what changes; they know neither parent nor sequence number
//   BuildSnapshot    the list, the snapshot and the new metadata on top of one base
// After a lost race, CheckRebase says whether the same manifests may go on top of what others
// committed; if so, BuildSnapshot runs again with the new base and the next attempt.
//
// Nothing here does I/O: files come out as bytes with the paths to put them at, and the caller
// reads the parent's manifest list and those of its manifests that hold removed files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/manifest.h"
#include "core/lake/iceberg/summary.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

struct OutputFile {
  std::string path;  // full URI, below the table's location
  std::string bytes;
};

// A manifest of the parent with all its entries, as ManifestReader gave them.
struct LoadedManifest {
  ManifestFile manifest;
  std::vector<ManifestEntry> entries;
};

// Reads `file`, which is `out->manifest`. As PartitionFields, and kCorrupt.
Status LoadManifest(const TableMetadata& metadata, std::string_view file, LoadedManifest* out,
                    Diag* diag);

struct SnapshotChange {
  Operation operation = Operation::kAppend;
  std::vector<DataFile> added;             // data and delete files, of any spec
  std::vector<std::string> removed_paths;  // data and delete files; each in one of `rewritten`
  // Manifests that the snapshot replaces by new ones: those with removed files, and any others that
  // are to be merged. Files that are not removed live on as existing.
  std::vector<LoadedManifest> rewritten;
  Properties custom;  // of the summary: source positions and the like
};

// What makes a commit's names unique, from the caller's entropy.
struct SnapshotNames {
  int64_t snapshot_id = 0;  // SnapshotIdFrom
  std::string uuid;         // UuidText, of this commit
  std::string sync;         // kAvroSyncBytes random bytes
};
int64_t SnapshotIdFrom(uint64_t entropy);  // 1 to 2^53 - 1: JavaScript readers lose larger ones
std::string UuidText(Bytes entropy);       // of 16 bytes: version 4

struct ManifestSet {
  int64_t snapshot_id = 0;
  Operation operation = Operation::kAppend;
  std::vector<OutputFile> files;
  std::vector<ManifestFile> manifests;      // of `files`, in their order; numbers unassigned
  std::vector<std::string> replaced_paths;  // the rewritten manifests'
  SummaryBuilder summary;
  Properties custom;
};

// kNotFound: a removed path is in no rewritten manifest. kMisuse: a file of an unknown spec or with
// another tuple; deletes or removed files in an append. Others as PartitionFields.
Status WriteManifests(const TableMetadata& base, const SnapshotNames& names,
                      const SnapshotChange& change, ManifestSet* out, Diag* diag);

struct BuiltSnapshot {
  OutputFile manifest_list;
  OutputFile metadata_file;
  Snapshot snapshot;
  TableMetadata metadata;
};

struct SnapshotTarget {
  const TableMetadata* base = nullptr;
  std::string_view base_location;  // the base's metadata file; empty: none has been written
  // The list of the branch's snapshot; nullptr: the branch has none.
  const std::vector<ManifestFile>* parent_manifests = nullptr;
  std::string_view branch = "main";
  int64_t now_ms = 0;
  uint32_t attempt = 1;
  std::string metadata_uuid;  // UuidText, another for each attempt
};

// kMisuse: a rewritten manifest is not in the parent's list.
Status BuildSnapshot(const ManifestSet& set, const SnapshotNames& names,
                     const SnapshotTarget& target, BuiltSnapshot* out, Diag* diag);

// Whether `set`, made on `old_base`, may be built on `new_base`. kStale with words when not: the
// change must be made anew. It may when
//   - it is the same table, and schema and specs that the set was written by are still there and
//   current;
//   - every manifest that the set replaces is still in the new parent's list;
//   - where the set holds deletes or removes files, all snapshots in between only appended: their
//   rows
//     are none that the deletes could have meant, and what the deletes refer to is still there.
//     Not asked for by kDeletesStand: the deletes hold whatever others did to other rows.
enum class RebaseRule : uint8_t { kDeletesNeedAppends, kDeletesStand };
Status CheckRebase(const ManifestSet& set, const TableMetadata& old_base,
                   const TableMetadata& new_base,
                   const std::vector<ManifestFile>& new_parent_manifests, std::string_view branch,
                   RebaseRule rule, Diag* diag);

// location/metadata/NNNNN-uuid.metadata.json, NNNNN one above the previous file's.
std::string NextMetadataPath(const TableMetadata& metadata, std::string_view previous,
                             std::string_view uuid);

}  // namespace dosql::lake
