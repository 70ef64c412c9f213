// What flushes and compactions write: files, and what manifests say of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/lake/iceberg/snapshot_builder.h"
#include "core/lake/ingest/partition_tuple.h"
#include "core/lake/parquet/parquet_writer.h"

namespace dosql::lake {

// A table as its catalog has it: metadata, the file it stands in, and the current snapshot's
// manifest list ("" when there is no snapshot).
struct CatalogState {
  std::string_view metadata, path, manifest_list;
};

inline constexpr size_t kFlushEntropyBytes = 72;
// In the path of every file that a flush or compaction writes.
inline constexpr char kOwnFiles[] = "/data/dolake-";

// What a flush or compaction draws its names from: kFlushEntropyBytes random bytes.
//
// The snapshot that it makes: whether a table has it tells whether it was committed.
int64_t FlushSnapshotId(Bytes entropy);
// Manifests on another base are other files.
SnapshotNames FlushNames(Bytes entropy, int64_t base_snapshot);
// How the paths of its data and delete files begin.
std::string FlushPrefix(std::string_view location, Bytes entropy);
std::string FlushMetadataUuid(Bytes entropy);

// The path of the one of this number.
std::string FlushFilePath(std::string_view prefix, size_t number, std::string_view end);

// A file in memory.
struct StringSink final : ByteSink {
  std::string bytes;
  Status Append(std::string_view b) override {
    bytes.append(b);
    return Status::Ok();
  }
};

// What a manifest says of a file that the Parquet writer made.
DataFile FactsOf(const FileSummary& summary, FileContent content, std::string path);

struct DeletedRow {
  const FilePartition* partition = nullptr;  // of the data file
  std::string_view path;
  int64_t position = 0;
};
// A file for each partition, behind `files` (which says their numbers too), and its facts: a delete
// file counts for data files of its own spec and tuple alone. They are sorted by path and position,
// as the spec asks.
Status WritePositionDeletes(std::vector<DeletedRow> rows, const std::string& prefix,
                            const ParquetOptions& options, std::vector<DataFile>* facts,
                            std::vector<OutputFile>* files);

}  // namespace dosql::lake
