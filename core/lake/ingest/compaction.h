// Compaction: small data files of the lake's own, and what was deleted of them, become one file for
// each of their partitions, in the table's sort order: an Iceberg "replace" snapshot. What other
// engines wrote stays as it is.
//
// It needs no LakeTable: its input is what the catalog has and what the bucket has, its output
// files, a commit that holds on that base alone (nothing is rebased: compaction can wait), and a
// plan, by which LakeTable::Compacted finds its rows again. The plan is stored before the commit.
//
// Position deletes that hit the files are replaced too: what is left of them, for other files, goes
// to one new file, so that total-records less total-position-deletes stays the count of rows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/ingest/written_file.h"

namespace dosql::lake {

struct CompactionInput {
  CatalogState state;
  std::vector<std::string_view> manifests;  // the bytes of all that the list names, in its order
  std::vector<std::string_view> paths;      // of the data files: FileTable::ToCompact
};

struct CompactionFiles {
  std::vector<std::string_view> data;     // the bytes of `paths`
  std::vector<std::string_view> deletes;  // of what CompactionDeletes named
  Bytes entropy;                          // kFlushEntropyBytes random bytes
  int64_t now_ms = 0;
};

struct CompactionOutput {
  std::vector<OutputFile> files;  // to be put before the commit
  std::string commit, plan;
};

// Paths of the delete files that may hit the data files. kUnsupported: the table has equality
// deletes, or deletes of another engine that may hit them; kStale: a file is not
// there any more.
Status CompactionDeletes(const CompactionInput& input, std::vector<std::string>* paths, Diag* diag);

// Errors as above, and ParquetReader's.
Status Compact(const CompactionInput& input, const CompactionFiles& files, CompactionOutput* out,
               Diag* diag);

}  // namespace dosql::lake
