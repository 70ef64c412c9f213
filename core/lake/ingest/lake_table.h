// LakeTable: an Iceberg table that follows the tables of one name in its sources.
//
// Take keeps what batches say; Flush turns it into data files, position deletes and a snapshot
// whose summary names each source's place ("dolake.source.<id>" = "<incarnation>:<lsn>:<changes>"),
// and Committed makes it count. A row's identity is its source and its key there.
//
// The first batch with columns makes the table. Later columns change the schema: a column at the
// same place with another name is a rename, others are added, and one that no source has any more
// is dropped. Sources change one after the other: one that is behind still finds its columns, by
// the names that they had.
//
// The store holds what the last committed flush left. Whoever keeps the batches since then can open
// the table anew and take them again: with the same input Flush gives the same files. So a crash
// between a commit and Committed, or a commit that is lost, costs nothing.
#pragma once

#include <string>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/schema_evolution.h"
#include "core/lake/iceberg/snapshot_builder.h"
#include "core/lake/ingest/change_buffer.h"
#include "core/lake/ingest/file_table.h"
#include "core/lake/ingest/key_index.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/table_state.h"
#include "core/lake/ingest/written_file.h"
#include "core/lake/json/json.h"
#include "core/storage/cdc/change_batch_reader.h"

namespace dosql::lake {

struct FlushInput {
  Bytes entropy;  // kFlushEntropyBytes random bytes
  int64_t now_ms = 0;
  std::string_view location, uuid;  // of a table that is made by this flush
  // Files of the manifests that ToMerge named, in that order, for this flush to merge; or none.
  std::vector<std::string_view> merge = {};
  // How its files are written (Layout); -1: as the table says now. A flush that is made again must
  // say what it said.
  int32_t spec_id = -1, sort_order_id = -1;
  std::string_view write_properties = {};  // "": as the table says now
};

// The partition spec, sort order and WriteProperties of new files.
struct TableLayout {
  int32_t spec_id = 0, sort_order_id = 0;
  std::string write_properties;
};

struct FlushOutput {
  std::vector<OutputFile> files;  // to be put before the commit, in any order
  std::string commit;             // the body of the catalog's commit; "": it was taken already
  OutputFile metadata;            // what it comes to, unless others commit first
  int64_t snapshot_id = 0;
  int64_t rows = 0, deletes = 0;
};

class LakeTable {
 public:
  // Follows the sources' tables `name`. The store outlives the table.
  LakeTable(std::string_view name, LakeStore* store)
      : name_(name), store_(store), index_(store), files_(store) {}

  // Reads what the last flush left.
  Status Open();
  bool made() const { return !state_.uuid.empty(); }
  // What the catalog has now: before the first Take, when made() holds, or when a flush made the
  // table and a crash came before Committed.
  Status Use(const CatalogState& state, Diag* diag);

  // A batch of any source, with its slot's word for the place behind it. *taken false: it was taken
  // before. A source begins with the first part of its copy. kMisuse: changes before the batch, or
  // that copy, are missing; kStale: its source was put back to before what
  // the lake has; kCorrupt. After an error the batch must not be acknowledged; kCorrupt leaves the
  // table to be opened anew.
  Status Take(Bytes batch, std::string_view token, bool* taken, Diag* diag);
  // Where the source of a batch stands: the word that came with the last one taken. "" for none.
  std::string_view TokenOf(Bytes batch) const;

  // Whether there is anything to flush; the bytes that wait.
  bool pending() const { return !buffer_.empty() || !resets_.empty() || schema_changed_; }
  size_t pending_bytes() const { return buffer_.bytes(); }
  // What the table says, as far as is known here.
  TableLayout Layout() const;
  // Manifests that a flush had better merge, when there are many small ones.
  std::vector<std::string> ToMerge() const;
  // A commit that makes the table without a flush, of input.location, uuid and now_ms, to which
  // others may add how it is laid out. Once it is taken, the table must be opened anew.
  Status CreateOnly(const FlushInput& input, std::string* commit);
  // kNoSuchObject: no batch has said what columns the table has. kTransaction: one is under way.
  // After any other failure the table must be opened anew.
  Status Flush(const FlushInput& input, FlushOutput* out, Diag* diag);
  // The flush again, on what others have committed meanwhile. kStale: it cannot be; open anew and
  // flush with the same input.
  Status Rebase(const CatalogState& state, const FlushInput& input, FlushOutput* out, Diag* diag);
  // The catalog took the flush: the table is now as `metadata` says, in the file `path`.
  Status Committed(std::string_view metadata, std::string_view path, Diag* diag);

  // Data files that had better be one (compaction.h), or none.
  std::vector<std::string> ToCompact() const;
  // The catalog took the compaction of this plan: the table is now as `state` says. Not during a
  // flush. kStale: others changed the schema too; open anew and say it again. After any failure the
  // table must be opened anew.
  Status Compacted(std::string_view plan, const CatalogState& state, Diag* diag);

  const TableMetadata& metadata() const { return metadata_; }
  const Schema& schema() const { return schema_; }
  uint64_t misfits() const { return state_.misfits; }
  size_t sources() const { return sources_.size(); }

 private:
  static constexpr size_t kPastMax = 64;
  // A flush holds up to ten times as much.
  static constexpr size_t kRowBytesMax = 4 << 20;
  using Source = LakeSource;
  uint32_t FindSource(const uint8_t* id) const;  // sources_.size(): there is none
  Status CheckPlace(const ChangeBatchReader& reader, const std::vector<Source::Fork>& forks,
                    const Source& source, bool* repeated, Diag* diag) const;
  Status TakeItem(uint32_t source, const BatchItemView& item, Diag* diag);
  Status TakeColumns(Source* source, BatchItemView item, Diag* diag);
  // The field that the source's column of this name is, nullptr: none yet.
  const Field* FieldOf(const Source& source, const BatchItemView& item, std::string_view name,
                       const RowLayout& taken) const;
  const Field* FindField(int32_t id) const;
  Status Rename(int32_t id, std::string name, Diag* diag);
  Status DropUnused(Diag* diag);
  // Whether a partition spec or the sort order names the field.
  bool IsLaidOut(int32_t field_id) const;
  Status Change(SchemaChange change, int32_t* field_id, Diag* diag);
  Status TakeChange(uint32_t source, const LogChange& change);
  void Reset(uint32_t source);
  // The schema of a snapshot that these batches made before, in place of what they made now.
  Status Adopt(const Snapshot& snapshot, Diag* diag);
  // What the new snapshot adds: files into `out`, their facts into `change`.
  Status WriteData(const FlushInput& input, SnapshotChange* change, FlushOutput* out, Diag* diag);
  // Of the table's columns, or of those of delete files.
  Status OptionsOf(const FlushInput& input, const Schema& schema, ParquetOptions* out,
                   Diag* diag) const;
  Status WriteFiles(const FlushInput& input, const std::vector<const PendingRow*>& rows,
                    SnapshotChange* change, FlushOutput* out, Diag* diag);
  void OrderRows(const Schema& keys, const std::vector<const PendingRow*>& rows,
                 RowOrder* order) const;
  Status WriteOrdered(const FlushInput& input, const std::vector<const PendingRow*>& rows,
                      const RowOrder& laid, int32_t spec_id, int32_t order_id,
                      SnapshotChange* change, FlushOutput* out, Diag* diag);
  Status WriteDeletes(const FlushInput& input, const std::vector<RowPlace>& places,
                      SnapshotChange* change, FlushOutput* out, Diag* diag);
  Status Merge(const FlushInput& input, SnapshotChange* change, Diag* diag) const;
  Status Save();
  // The snapshot on top of `base_`.
  Status Build(const FlushInput& input, uint32_t attempt, FlushOutput* out, Diag* diag);
  std::string CommitText(const Snapshot& snapshot) const;
  Json AddSchema() const;
  void Create(Json* requirements, Json* updates) const;
  // Ids of snapshots that the commit removes.
  Json Expired() const;

  const std::string name_;
  LakeStore* store_;
  KeyIndex index_;
  FileTable files_;
  TableState state_;
  Schema schema_;
  int32_t last_column_id_ = 0;
  bool schema_changed_ = false;
  std::vector<RowLayout> layouts_;
  size_t saved_layouts_ = 0;
  std::vector<Source> sources_;
  ChangeBuffer buffer_;
  std::vector<uint32_t> resets_;  // sources whose rows in the lake count no more

  TableMetadata metadata_;
  std::string metadata_path_;
  std::vector<ManifestFile> manifests_;  // of the current snapshot

  // The flush under way.
  bool flushing_ = false;
  bool new_schema_ = false;
  TableMetadata base_;  // what it is built on: the metadata with the new schema
  SnapshotNames names_;
  ManifestSet set_;
  std::vector<ManifestFile> next_manifests_;
  uint32_t attempt_ = 0;
};

}  // namespace dosql::lake
