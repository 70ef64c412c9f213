#include "core/lake/ingest/written_file.h"

#include <algorithm>
#include <cstring>

namespace dosql::lake {
namespace {

constexpr size_t kDeletesAtOnce = 65536;
constexpr uint32_t kBoundCharacters = 16;  // of texts in manifests, as Iceberg's default

}  // namespace

int64_t FlushSnapshotId(Bytes entropy) { return SnapshotIdFrom(LoadLe<uint64_t>(entropy.data())); }

SnapshotNames FlushNames(Bytes entropy, int64_t base_snapshot) {
  const uint8_t* random = entropy.data();
  uint8_t uuid[16];
  std::memcpy(uuid, random + 8, sizeof uuid);
  StoreLe<uint64_t>(uuid, LoadLe<uint64_t>(uuid) ^ static_cast<uint64_t>(base_snapshot));
  return {FlushSnapshotId(entropy), UuidText(uuid), std::string(dosql::AsText({random + 24, 16}))};
}

std::string FlushPrefix(std::string_view location, Bytes entropy) {
  return std::string(location) + kOwnFiles + UuidText(entropy.subspan(40, 16));
}

std::string FlushMetadataUuid(Bytes entropy) { return UuidText(entropy.subspan(56, 16)); }

DataFile FactsOf(const FileSummary& summary, FileContent content, std::string path) {
  DataFile file;
  file.content = content;
  file.path = std::move(path);
  file.record_count = summary.rows;
  file.size_bytes = summary.bytes;
  file.split_offsets = summary.row_group_offsets;
  std::vector<const LeafSummary*> leaves;
  for (const LeafSummary& leaf : summary.leaves) leaves.push_back(&leaf);
  std::sort(leaves.begin(), leaves.end(), [](const LeafSummary* a, const LeafSummary* b) {
    return a->leaf.field_id < b->leaf.field_id;
  });
  for (const LeafSummary* each : leaves) {
    const LeafSummary& leaf = *each;
    const int32_t id = leaf.leaf.field_id;
    const Type& type = leaf.leaf.type;
    file.column_sizes.push_back({id, leaf.stored_bytes});
    file.value_counts.push_back({id, leaf.entries});
    file.null_counts.push_back({id, leaf.nulls});
    const bool real = type.kind == TypeKind::kFloat || type.kind == TypeKind::kDouble;
    if (real) file.nan_counts.push_back({id, leaf.bounds.nans});
    if (!leaf.bounds.any) continue;
    Datum low{false, leaf.bounds.low, leaf.bounds.low_real, leaf.bounds.low_bytes};
    Datum high{false, leaf.bounds.high, leaf.bounds.high_real, leaf.bounds.high_bytes};
    std::string bytes;
    // Paths of deletes are matched whole.
    const uint32_t cut = content == FileContent::kData ? kBoundCharacters : ~uint32_t{0};
    TruncateLowerBound(type, cut, &low);
    EncodeSingleValue(type, low, &bytes);
    file.lower_bounds.push_back({id, bytes});
    if (!TruncateUpperBound(type, cut, &high)) continue;
    bytes.clear();
    EncodeSingleValue(type, high, &bytes);
    file.upper_bounds.push_back({id, bytes});
  }
  return file;
}

std::string FlushFilePath(std::string_view prefix, size_t number, std::string_view end) {
  const std::string digits = std::to_string(number);
  const std::string zeros(digits.size() < 5 ? 5 - digits.size() : 0, '0');
  return Words({prefix, "-", zeros, digits, end, ".parquet"});
}

namespace {
Status WriteDeleteFile(const DeletedRow* rows, size_t count, const std::string& path,
                       const ParquetOptions& options, DataFile* facts, OutputFile* file) {
  const Schema schema = PositionDeleteSchema();
  StringSink sink;
  ParquetWriter writer(&sink, schema, options);
  for (size_t at = 0; at < count;) {
    std::vector<Column> columns(2);
    const size_t end = std::min(count, at + kDeletesAtOnce);
    columns[0].rows = columns[1].rows = static_cast<uint32_t>(end - at);
    for (; at < end; at++) {
      columns[0].heap += rows[at].path;
      columns[0].ends.push_back(static_cast<uint32_t>(columns[0].heap.size()));
      columns[1].ints.push_back(rows[at].position);
    }
    DOSQL_TRY(writer.WriteRows(columns, columns[0].rows));
  }
  FileSummary summary;
  DOSQL_TRY(writer.Finish(&summary));
  *facts = FactsOf(summary, FileContent::kPositionDeletes, path);
  DOSQL_TRY(SetPartition(*rows->partition, facts));
  if (rows[0].path == rows[count - 1].path) facts->referenced_data_file = rows[0].path;
  *file = {path, std::move(sink.bytes)};
  return Status::Ok();
}
}  // namespace

Status WritePositionDeletes(std::vector<DeletedRow> rows, const std::string& prefix,
                            const ParquetOptions& options, std::vector<DataFile>* facts,
                            std::vector<OutputFile>* files) {
  std::sort(rows.begin(), rows.end(), [](const DeletedRow& a, const DeletedRow& b) {
    if (a.partition != b.partition && !(*a.partition == *b.partition))
      return *a.partition < *b.partition;
    return a.path != b.path ? a.path < b.path : a.position < b.position;
  });
  for (size_t from = 0, to = 0; from < rows.size(); from = to) {
    while (to < rows.size() && *rows[to].partition == *rows[from].partition) to++;
    const std::string path = FlushFilePath(prefix, files->size(), "-deletes");
    DOSQL_TRY(WriteDeleteFile(rows.data() + from, to - from, path, options, &facts->emplace_back(),
                              &files->emplace_back()));
  }
  return Status::Ok();
}

}  // namespace dosql::lake
