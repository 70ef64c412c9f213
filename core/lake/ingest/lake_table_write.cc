// What a flush writes: a data file for each partition that has rows, each in the sort order, a
// delete file for each partition that has deleted ones, and manifests that were small.
#include <algorithm>

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/lake_table.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/ingest/write_options.h"
#include "core/lake/ingest/written_file.h"
#include "core/lake/parquet/parquet_writer.h"

namespace dosql::lake {
namespace {

// The rows of a flush that go to more partitions are no better than unpartitioned: they are written
// so, where the table had such a spec once.
constexpr size_t kPartitionsMax = 256;
constexpr uint32_t kKeyRows = 1024;
constexpr uint32_t kCheckedRows = 64;  // that a row group's bytes are looked at after
// So many manifests of one content and spec, of fewer files than that each, are merged.
constexpr size_t kManifestsMax = 64;
constexpr int64_t kManifestFiles = 2048;

const PartitionSpec* Unpartitioned(const TableMetadata& metadata) {
  for (const PartitionSpec& spec : metadata.specs)
    if (spec.fields.empty()) return &spec;
  return nullptr;
}

}  // namespace

Status LakeTable::WriteData(const FlushInput& input, SnapshotChange* change, FlushOutput* out,
                            Diag* diag) {
  std::vector<RowPlace> dead, taken;
  const auto kill = [&](RowPlace place) {
    bool gone;
    DOSQL_TRY(files_.Resolve(&place, &gone));
    if (!gone) dead.push_back(place);
    return Status::Ok();
  };
  for (uint32_t source : resets_) DOSQL_TRY(index_.TakeSource(source, &taken));
  for (const RowPlace& place : taken) DOSQL_TRY(kill(place));
  std::vector<const PendingRow*> live;
  for (const PendingRow& row : buffer_.rows()) {
    // An insert too may find a row: the source was copied before its stream began.
    RowPlace place;
    bool found;
    DOSQL_TRY(index_.Find(row.key, &place, &found));
    if (found) DOSQL_TRY(kill(place));
    if (row.live) {
      live.push_back(&row);
    } else if (found) {
      DOSQL_TRY(index_.Erase(row.key));
    }
  }
  out->rows = static_cast<int64_t>(live.size());
  out->deletes = static_cast<int64_t>(dead.size());
  if (!live.empty()) DOSQL_TRY(WriteFiles(input, live, change, out, diag));
  return dead.empty() ? Status::Ok() : WriteDeletes(input, dead, change, out, diag);
}

TableLayout LakeTable::Layout() const {
  return {metadata_.default_spec_id, metadata_.default_sort_order_id,
          WriteProperties(metadata_.properties)};
}

Status LakeTable::OptionsOf(const FlushInput& input, const Schema& schema, ParquetOptions* out,
                            Diag* diag) const {
  Properties said;
  if (!input.write_properties.empty()) {
    Json json;
    DOSQL_TRY(ParseJson(input.write_properties, &json, diag));
    DOSQL_TRY(PropertiesFromJson(json, &said, diag));
  }
  *out = WriteOptions(input.write_properties.empty() ? base_.properties : said, schema);
  return Status::Ok();
}

// A spec that cannot be applied here is none, and so is such a sort order.
Status LakeTable::WriteFiles(const FlushInput& input, const std::vector<const PendingRow*>& rows,
                             SnapshotChange* change, FlushOutput* out, Diag* diag) {
  const PartitionSpec* plain = Unpartitioned(base_);
  const PartitionSpec* spec =
      base_.FindSpec(input.spec_id < 0 ? base_.default_spec_id : input.spec_id);
  std::vector<Field> fields;
  if (spec == nullptr || !PartitionFields(base_, *spec, &fields, diag).ok()) spec = plain;
  if (spec == nullptr) return Code::kUnsupported;
  const SortOrder* order = base_.FindSortOrder(input.sort_order_id < 0 ? base_.default_sort_order_id
                                                                       : input.sort_order_id);
  const SortOrder unsorted;
  if (order == nullptr || !CanSort(schema_, *order)) order = &unsorted;
  for (;;) {
    const Schema keys = OrderedFields(schema_, *spec, *order);
    RowOrder laid(keys, *spec, *order);
    OrderRows(keys, rows, &laid);
    if (laid.tuples().size() <= kPartitionsMax || plain == nullptr || plain == spec)
      return WriteOrdered(input, rows, laid, spec->id, order->id, change, out, diag);
    spec = plain;
  }
}

void LakeTable::OrderRows(const Schema& keys, const std::vector<const PendingRow*>& rows,
                          RowOrder* order) const {
  RowColumns columns(keys);
  for (const PendingRow* row : rows) {
    columns.Add(layouts_[row->layout], row->key, AsBytes(row->row));
    if (columns.rows() < kKeyRows && row != rows.back()) continue;
    for (uint32_t r = 0; r < columns.rows(); r++) order->Add(columns.columns(), r);
    columns.Clear();
  }
}

Status LakeTable::WriteOrdered(const FlushInput& input, const std::vector<const PendingRow*>& rows,
                               const RowOrder& laid, int32_t spec_id, int32_t order_id,
                               SnapshotChange* change, FlushOutput* out, Diag* diag) {
  ParquetOptions options;
  DOSQL_TRY(OptionsOf(input, schema_, &options, diag));
  const std::string prefix = FlushPrefix(base_.location, input.entropy);
  const std::vector<uint32_t> sorted = laid.Sorted();
  RowColumns columns(schema_);
  for (size_t at = 0; at < sorted.size();) {
    const uint32_t tuple = laid.TupleOf(sorted[at]);
    StringSink sink;
    ParquetWriter writer(&sink, schema_, options, {{"iceberg.schema", SchemaText(schema_)}});
    for (uint32_t position = 0; at < sorted.size() && laid.TupleOf(sorted[at]) == tuple; at++) {
      const PendingRow& row = *rows[sorted[at]];
      columns.Add(layouts_[row.layout], row.key, AsBytes(row.row));
      DOSQL_TRY(index_.Put(row.key, {state_.files, position++}));
      if (columns.rows() < options.group_rows &&
          (columns.rows() % kCheckedRows != 0 || BytesOf(columns.columns()) < options.group_bytes))
        continue;
      DOSQL_TRY(writer.WriteRows(columns.columns(), columns.rows()));
      columns.Clear();
    }
    DOSQL_TRY(writer.WriteRows(columns.columns(), columns.rows()));
    columns.Clear();
    FileSummary summary;
    DOSQL_TRY(writer.Finish(&summary));
    const std::string path = FlushFilePath(prefix, out->files.size(), "");
    const FilePartition partition{spec_id, laid.tuples()[tuple]};
    DOSQL_TRY(files_.Add(state_.files++, {path, summary.bytes, summary.rows, 0, partition}));
    DataFile& facts = change->added.emplace_back(FactsOf(summary, FileContent::kData, path));
    DOSQL_TRY(SetPartition(partition, &facts));
    if (order_id != 0) facts.sort_order_id = order_id;
    out->files.push_back({path, std::move(sink.bytes)});
  }
  state_.misfits += columns.misfits();
  return Status::Ok();
}

Status LakeTable::WriteDeletes(const FlushInput& input, const std::vector<RowPlace>& places,
                               SnapshotChange* change, FlushOutput* out, Diag* diag) {
  ParquetOptions options;
  DOSQL_TRY(OptionsOf(input, Schema(), &options, diag));
  std::vector<DeletedRow> rows;
  std::vector<uint32_t> numbers;
  for (const RowPlace& place : places) {
    const FileTable::File* file = files_.Find(place.file);
    if (file == nullptr) return Code::kCorrupt;
    rows.push_back({&file->partition, file->path, place.position});
    numbers.push_back(place.file);
  }
  DOSQL_TRY(files_.CountDeleted(std::move(numbers)));
  return WritePositionDeletes(std::move(rows), FlushPrefix(base_.location, input.entropy), options,
                              &change->added, &out->files);
}

std::vector<std::string> LakeTable::ToMerge() const {
  std::vector<std::string> paths;
  for (const PartitionSpec& spec : metadata_.specs) {
    for (ManifestContent content : {ManifestContent::kData, ManifestContent::kDeletes}) {
      std::vector<std::string> small;
      for (const ManifestFile& m : manifests_)
        if (m.content == content && m.spec_id == spec.id &&
            m.added_files + m.existing_files < kManifestFiles)
          small.push_back(m.path);
      if (small.size() >= kManifestsMax) paths.insert(paths.end(), small.begin(), small.end());
    }
  }
  return paths;
}

// None where others have changed the list meanwhile.
Status LakeTable::Merge(const FlushInput& input, SnapshotChange* change, Diag* diag) const {
  const std::vector<std::string> paths = ToMerge();
  if (paths.size() != input.merge.size()) return Status::Ok();
  for (size_t i = 0; i < paths.size(); i++) {
    LoadedManifest& loaded = change->rewritten.emplace_back();
    loaded.manifest = *std::find_if(manifests_.begin(), manifests_.end(),
                                    [&](const ManifestFile& m) { return m.path == paths[i]; });
    DOSQL_TRY(LoadManifest(base_, input.merge[i], &loaded, diag));
  }
  return Status::Ok();
}

}  // namespace dosql::lake
