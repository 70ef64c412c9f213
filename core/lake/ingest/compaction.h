// Compaction: data files of the lake's own, and what was deleted of them, become one file for each
// of their partitions, in the table's sort order: an Iceberg "replace" snapshot. What other engines
// wrote stays as it is.
//
// It needs no LakeTable: its input is what the catalog has and what the bucket has, its output
// files, a commit that holds on that base alone (nothing is rebased: compaction can wait), and a
// plan, by which LakeTable::Compacted finds its rows again. The plan is stored before the commit.
//
// Files may be larger than memory: it says which part of which file it wants next, and gives each
// part of a new data file when it is made. Without a sort order a row group or two are in memory.
//
// Position deletes that hit the files are replaced too: what is left of them, for other files, goes
// to one new file, so that total-records less total-position-deletes stays the count of rows.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "core/base/diag.h"
#include "core/lake/ingest/entry_codec.h"
#include "core/lake/ingest/merged_rows.h"
#include "core/lake/ingest/written_file.h"

namespace dosql::lake {

struct CompactionInput {
  CatalogState state;
  std::vector<std::string_view> manifests;  // the bytes of all that the list names, in its order
  std::vector<std::string_view> paths;      // of the data files: FileTable::ToCompact
  Bytes entropy;                            // kFlushEntropyBytes random bytes
  int64_t now_ms = 0;
  int64_t whole_bytes = kWholeBytes;  // of files that are wanted at once
};

// Bytes [from, to) of a file; of no path when nothing more is wanted.
struct FilePart {
  std::string_view path;
  int64_t from = 0, to = 0;
};

// What comes next of a new data file; of no path when nothing has been made.
struct FilePiece {
  std::string path, bytes;
  bool ends = false;
};

struct CompactionOutput {
  std::vector<OutputFile> files;  // besides the data files; all are put before the commit
  std::string commit, plan;
};

class Compaction {
 public:
  Compaction() = default;
  Compaction(const Compaction&) = delete;
  Compaction& operator=(const Compaction&) = delete;

  // kUnsupported: the table has equality deletes, or deletes of another engine that may hit the
  // data files; kStale: a file is not there any more. The input may go.
  Status Begin(const CompactionInput& input);
  // Words for the last error.
  const Diag& diag() const { return diag_; }
  const FilePart& wanted() const { return part_; }
  // Paths of the files that are wanted at once, in the order in which they will be.
  std::vector<std::string_view> Whole() const;
  // The part that is wanted. Errors are ParquetReader's and MergedRows'.
  Status Take(std::string_view bytes, FilePiece* out);
  // Once nothing more is wanted.
  Status Finish(CompactionOutput* out);

 private:
  // Positions by file.
  using Deaths = absl::flat_hash_map<std::string_view, std::vector<uint32_t>>;
  struct Group {
    FilePartition partition;
    std::vector<const ManifestEntry*> files;
  };
  Status ReadTable(const CompactionInput& input);
  void GroupInputs();
  Status TakeDeletes(std::string_view file);
  // To the next part that is wanted.
  Status Step(FilePiece* out);
  Status FinishGroup(const Group& group, bool* any);
  std::string PathOf(size_t group) const { return FlushFilePath(prefix_, group, ""); }
  void DropDangling(std::vector<std::string>* removed) const;

  Diag diag_;
  // The table's live files, and those that are to be one.
  TableMetadata metadata_;
  Schema schema_;
  SortOrder order_;
  ParquetOptions options_;
  std::string base_path_, entropy_, prefix_;
  int64_t now_ms_ = 0, whole_bytes_ = 0;
  std::vector<ManifestFile> list_;
  std::vector<LoadedManifest> manifests_;
  std::vector<const ManifestEntry*> data_, deletes_;  // live
  std::vector<const ManifestEntry*> inputs_;
  std::vector<const ManifestEntry*> hits_;  // delete files that may hit the inputs
  Deaths deaths_;
  std::vector<Group> groups_;  // in the order of their first files

  size_t hit_ = 0, group_ = 0, file_ = 0;  // how far it is
  FilePart part_;
  StringSink sink_;
  std::unique_ptr<MergedRows> merged_;
  SnapshotChange change_;
  EntryWriter plan_;
};

}  // namespace dosql::lake
