// LakeTable: an Iceberg table that follows the tables of one name in its sources.
//
// Take keeps what batches say; Flush turns it into data files, position deletes and a snapshot
// whose summary names each source's place ("dolake.source.<id>" = "<incarnation>:<lsn>:<changes>").
// A row's identity is its source and its key there.
//
// The first batch with columns makes the table. Later columns change the schema: a column at the
// same place with another name is a rename, others are added, and one that no source has any more
// is dropped.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/schema_evolution.h"
#include "core/lake/iceberg/snapshot_builder.h"
#include "core/lake/ingest/change_buffer.h"
#include "core/lake/ingest/key_index.h"
#include "core/lake/ingest/row_columns.h"
#include "core/storage/cdc/change_batch_reader.h"

namespace dosql::lake {

struct FlushInput {
  Bytes entropy;  // kFlushEntropyBytes random bytes
  int64_t now_ms = 0;
};
inline constexpr size_t kFlushEntropyBytes = 72;

struct FlushOutput {
  std::vector<OutputFile> files;  // in the order in which they must be put; the metadata last
  std::string metadata_path;
  int64_t snapshot_id = 0;
  int64_t rows = 0, deletes = 0;
};

class LakeTable {
 public:
  // A new table of the sources' tables `name`, below `location`; `uuid` is the table's. `index`
  // outlives the table.
  LakeTable(std::string_view name, std::string_view location, std::string_view uuid,
            KeyIndex* index)
      : name_(name), location_(location), uuid_(uuid), index_(index) {}

  // A batch of any source. *taken false: it was taken before. kMisuse: changes before it are
  // missing; kStale: its source was put back to before what the lake has; kCorrupt. After an error
  // the batch must not be acknowledged; kCorrupt leaves the table to be read anew.
  Status Take(Bytes batch, bool* taken, Diag* diag);

  // Whether there is anything to flush; the bytes that wait.
  bool pending() const { return moved_; }
  size_t pending_bytes() const { return buffer_.bytes(); }
  // kNoSuchObject: no batch has said what columns the table has.
  Status Flush(const FlushInput& input, FlushOutput* out, Diag* diag);

  const TableMetadata& metadata() const { return metadata_; }
  const Schema& schema() const { return schema_; }
  uint64_t misfits() const { return misfits_; }

 private:
  static constexpr size_t kPastMax = 64;
  // Where an incarnation ended and its successor went on.
  struct Fork {
    uint64_t parent;
    Lsn lsn;
  };
  struct Source {
    std::string id;  // 16 bytes
    FollowPosition at;
    std::vector<Fork> past;  // the last kPastMax that it passed
    bool moved = false;      // since the last flush
    int32_t table = -1;      // the source's id of its table
    int32_t layout = -1;     // in layouts_, of the rows that come next
  };
  Source* FindSource(const uint8_t* id);
  Status CheckPlace(const ChangeBatchReader& reader, const std::vector<Fork>& forks,
                    const Source& source, bool* repeated, Diag* diag) const;
  Status TakeColumns(Source* source, const BatchItemView& item, Diag* diag);
  Status Change(SchemaChange change, int32_t* field_id, Diag* diag);
  Status TakeChange(Source* source, const LogChange& change);
  // What the new snapshot adds: files into `out`, their facts into `change`.
  Status WriteData(const std::string& prefix, SnapshotChange* change, FlushOutput* out);
  Status WriteDeletes(const std::string& prefix, std::vector<RowPlace> places,
                      SnapshotChange* change, FlushOutput* out);

  const std::string name_, location_, uuid_;
  KeyIndex* index_;
  Schema schema_;
  int32_t last_column_id_ = 0;
  bool schema_changed_ = false;
  std::vector<RowLayout> layouts_;
  std::vector<Source> sources_;
  ChangeBuffer buffer_;
  bool moved_ = false;
  uint64_t misfits_ = 0;

  TableMetadata metadata_;
  std::string metadata_path_;
  std::vector<ManifestFile> manifests_;  // of the current snapshot
  std::vector<std::string> data_files_;  // paths by number
};

}  // namespace dosql::lake
