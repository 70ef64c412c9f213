// The writing half; manifest_reader.cc reads.
#include "core/lake/iceberg/manifest.h"

#include "core/lake/avro/avro_encode.h"
#include "core/lake/iceberg/manifest_format.h"
#include "core/lake/iceberg/metadata_json.h"

namespace dosql::lake {
namespace {

AvroMetadata HeadMetadata(const ManifestHead& head) {
  return {{"schema", std::string(head.schema_json)},
          {"schema-id", std::to_string(head.schema_id)},
          {"partition-spec", DumpJson(SpecFieldsToJson(*head.spec))},
          {"partition-spec-id", std::to_string(head.spec->id)},
          {"format-version", "2"},
          {"content", head.content == ManifestContent::kData ? "data" : "deletes"}};
}

template <typename T>
void PutOptional(const std::optional<T>& v, std::string* out) {
  if (!v) return PutNull(out);
  PutSome(out);
  PutLong(out, *v);
}

void PutOptionalBytes(std::string_view v, std::string* out) {
  if (v.empty()) return PutNull(out);
  PutSome(out);
  PutBytes(out, v);
}

void PutValue(int64_t v, std::string* out) { PutLong(out, v); }
void PutValue(const std::string& v, std::string* out) { PutBytes(out, v); }

template <typename T>
void PutMap(const std::vector<std::pair<int32_t, T>>& map, std::string* out) {
  if (map.empty()) return PutNull(out);
  PutSome(out);
  PutLong(out, static_cast<int64_t>(map.size()));
  for (const auto& [key, value] : map) {
    PutLong(out, key);
    PutValue(value, out);
  }
  PutLong(out, 0);
}

template <typename T>
void PutArray(const std::vector<T>& array, std::string* out) {
  if (array.empty()) return PutNull(out);
  PutSome(out);
  PutLong(out, static_cast<int64_t>(array.size()));
  for (T v : array) PutLong(out, v);
  PutLong(out, 0);
}

}  // namespace

ManifestWriter::ManifestWriter(const ManifestHead& head)
    : head_(head),
      avro_(ManifestEntrySchema(*head.partition_fields), HeadMetadata(head), head.codec, head.sync),
      bounds_(head.partition_fields->size()) {
  totals_.spec_id = head.spec->id;
  totals_.content = head.content;
  totals_.added_snapshot_id = head.snapshot_id;
}

Status ManifestWriter::Add(const ManifestEntry& entry) {
  const DataFile& file = entry.file;
  bool data = file.content == FileContent::kData;
  if (data != (head_.content == ManifestContent::kData) || file.spec_id != head_.spec->id ||
      file.partition.size() != bounds_.size()) {
    return Code::kMisuse;
  }
  if (entry.status != EntryStatus::kAdded && !entry.sequence_number) return Code::kMisuse;
  std::string* r = avro_.record();
  PutLong(r, static_cast<int64_t>(entry.status));
  PutOptional(entry.snapshot_id ? entry.snapshot_id : head_.snapshot_id, r);
  PutOptional(entry.sequence_number, r);
  PutOptional(entry.file_sequence_number, r);
  PutDataFile(file);
  DOSQL_TRY(avro_.EndRecord());
  Summarise(file.partition);
  int64_t* files = &totals_.added_files;
  int64_t* rows = &totals_.added_rows;
  if (entry.status == EntryStatus::kExisting) {
    files = &totals_.existing_files;
    rows = &totals_.existing_rows;
  } else if (entry.status == EntryStatus::kDeleted) {
    files = &totals_.deleted_files;
    rows = &totals_.deleted_rows;
  }
  ++*files;
  *rows += file.record_count;
  // An added file's own number is the list's, which is above all that are there.
  int64_t& least = totals_.min_sequence_number;
  if (entry.live() && entry.sequence_number &&
      (least == ManifestFile::kUnassigned || *entry.sequence_number < least)) {
    least = *entry.sequence_number;
  }
  return Status::Ok();
}

void ManifestWriter::PutDataFile(const DataFile& file) {
  std::string* r = avro_.record();
  PutLong(r, static_cast<int64_t>(file.content));
  PutBytes(r, file.path);
  PutBytes(r, file.format);
  for (size_t i = 0; i < file.partition.size(); i++)
    PutPartition((*head_.partition_fields)[i].type, file.partition[i]);
  PutLong(r, file.record_count);
  PutLong(r, file.size_bytes);
  PutMap(file.column_sizes, r);
  PutMap(file.value_counts, r);
  PutMap(file.null_counts, r);
  PutMap(file.nan_counts, r);
  PutMap(file.lower_bounds, r);
  PutMap(file.upper_bounds, r);
  PutOptionalBytes(file.key_metadata, r);
  PutArray(file.split_offsets, r);
  PutArray(file.equality_ids, r);
  PutOptional(file.sort_order_id, r);
  PutOptionalBytes(file.referenced_data_file, r);
}

void ManifestWriter::PutPartition(const Type& type, const Datum& value) {
  std::string* r = avro_.record();
  if (value.null) return PutNull(r);
  PutSome(r);
  switch (type.kind) {
    case TypeKind::kBoolean: return PutBoolean(r, value.i != 0);
    case TypeKind::kFloat: return PutFloating(r, static_cast<float>(value.d));
    case TypeKind::kDouble: return PutFloating(r, value.d);
    case TypeKind::kString:
    case TypeKind::kBinary: return PutBytes(r, value.bytes);
    case TypeKind::kDecimal: {
      __int128 v = DecimalOf(type, value);
      for (uint32_t n = DecimalFixedBytes(type.precision); n > 0; n--)
        r->push_back(static_cast<char>(v >> (8 * (n - 1))));
      return;
    }
    default: return PutLong(r, value.i);
  }
}

void ManifestWriter::Summarise(const std::vector<Datum>& partition) {
  for (size_t i = 0; i < partition.size(); i++) {
    const Datum& v = partition[i];
    const Type& type = (*head_.partition_fields)[i].type;
    Bounds& b = bounds_[i];
    if (v.null) {
      b.contains_null = true;
    } else if (v.d != v.d) {
      b.contains_nan = true;
    } else {
      if (b.lower.null || CompareSingleValues(type, v, b.lower) < 0) b.lower = v;
      if (b.upper.null || CompareSingleValues(type, v, b.upper) > 0) b.upper = v;
    }
  }
}

Status ManifestWriter::Finish(std::string path, std::string* bytes, ManifestFile* out) {
  DOSQL_TRY(avro_.Finish(bytes));
  for (size_t i = 0; i < bounds_.size(); i++) {
    FieldSummary& s = totals_.partitions.emplace_back();
    s.contains_null = bounds_[i].contains_null;
    s.contains_nan = bounds_[i].contains_nan;
    s.has_bounds = !bounds_[i].lower.null;
    if (!s.has_bounds) continue;
    EncodeSingleValue((*head_.partition_fields)[i].type, bounds_[i].lower, &s.lower);
    EncodeSingleValue((*head_.partition_fields)[i].type, bounds_[i].upper, &s.upper);
  }
  totals_.path = std::move(path);
  totals_.size_bytes = static_cast<int64_t>(bytes->size());
  *out = std::move(totals_);
  return Status::Ok();
}

}  // namespace dosql::lake
