#include "core/lake/iceberg/manifest.h"
#include "core/lake/iceberg/manifest_format.h"

namespace dosql::lake {
namespace {

bool IsLong(const AvroNode* node) {
  return node != nullptr && (node->kind == AvroKind::kInt || node->kind == AvroKind::kLong);
}
bool IsBytes(const AvroNode* node) {
  return node != nullptr && (node->kind == AvroKind::kString || node->kind == AvroKind::kBytes ||
                             node->kind == AvroKind::kFixed);
}

std::optional<int64_t> OptionalLong(const AvroReader& avro, uint32_t parent, int32_t id) {
  const AvroNode* node = avro.Find(parent, id);
  return IsLong(node) ? std::optional<int64_t>(node->i) : std::nullopt;
}

void Assign(const AvroNode& node, int64_t* out) { *out = node.i; }
void Assign(const AvroNode& node, std::string* out) { *out = node.bytes; }
bool Fits(const AvroNode& node, const int64_t*) { return IsLong(&node); }
bool Fits(const AvroNode& node, const std::string*) { return IsBytes(&node); }

// An array of records of two fields, key and value, in either order of their ids' choosing: the
// first is the key.
template <typename T>
Status ReadMap(const AvroReader& avro, uint32_t parent, int32_t id,
               std::vector<std::pair<int32_t, T>>* out) {
  const AvroNode* list = avro.Find(parent, id);
  if (list == nullptr) return Status::Ok();
  if (list->kind != AvroKind::kArray) return Code::kCorrupt;
  const std::vector<AvroNode>& nodes = avro.nodes();
  for (uint32_t i = avro.IndexOf(list) + 1; i < list->end; i = nodes[i].end) {
    if (nodes[i].kind != AvroKind::kRecord || nodes[i].end < i + 3) return Code::kCorrupt;
    const AvroNode& key = nodes[i + 1];
    const AvroNode& value = nodes[i + 2];
    auto& [k, v] = out->emplace_back();
    if (key.kind != AvroKind::kInt || !Fits(value, &v)) return Code::kCorrupt;
    k = static_cast<int32_t>(key.i);
    Assign(value, &v);
  }
  return Status::Ok();
}

template <typename T>
Status ReadArray(const AvroReader& avro, uint32_t parent, int32_t id, std::vector<T>* out) {
  const AvroNode* list = avro.Find(parent, id);
  if (list == nullptr) return Status::Ok();
  if (list->kind != AvroKind::kArray) return Code::kCorrupt;
  for (uint32_t i = avro.IndexOf(list) + 1; i < list->end; i = avro.nodes()[i].end) {
    if (!IsLong(&avro.nodes()[i])) return Code::kCorrupt;
    out->push_back(static_cast<T>(avro.nodes()[i].i));
  }
  return Status::Ok();
}

Status ReadText(const AvroReader& avro, uint32_t parent, int32_t id, bool required,
                std::string* out) {
  const AvroNode* node = avro.Find(parent, id);
  if (node == nullptr) return required ? Status(Code::kCorrupt) : Status::Ok();
  if (!IsBytes(node)) return Code::kCorrupt;
  *out = node->bytes;
  return Status::Ok();
}

}  // namespace

Status ManifestReader::Open(std::string_view file, const ManifestFile& manifest,
                            const std::vector<Field>* partition_fields) {
  manifest_ = manifest;
  partition_fields_ = partition_fields;
  return avro_.Open(file);
}

Status ManifestReader::Next(bool* more, ManifestEntry* out) {
  *out = ManifestEntry();
  DOSQL_TRY(avro_.Next(more));
  if (!*more) return Status::Ok();
  std::optional<int64_t> status = OptionalLong(avro_, 0, kEntryStatus);
  if (!status || *status < 0 || *status > 2) return Code::kCorrupt;
  out->status = static_cast<EntryStatus>(*status);
  out->snapshot_id = OptionalLong(avro_, 0, kEntrySnapshotId);
  if (!out->snapshot_id) out->snapshot_id = manifest_.added_snapshot_id;
  // What is null comes from the list; in a list of version 1 all numbers are 0.
  bool inherits = out->status == EntryStatus::kAdded || manifest_.sequence_number == 0;
  out->sequence_number = OptionalLong(avro_, 0, kEntrySequenceNumber);
  out->file_sequence_number = OptionalLong(avro_, 0, kEntryFileSequenceNumber);
  if (!out->sequence_number) {
    if (!inherits) return Code::kCorrupt;
    out->sequence_number = manifest_.sequence_number;
  }
  if (!out->file_sequence_number && inherits) out->file_sequence_number = manifest_.sequence_number;
  const AvroNode* file = avro_.Find(0, kEntryDataFile);
  if (file == nullptr || file->kind != AvroKind::kRecord) return Code::kCorrupt;
  return ReadDataFile(avro_.IndexOf(file), &out->file);
}

Status ManifestReader::ReadDataFile(uint32_t at, DataFile* out) {
  std::optional<int64_t> content = OptionalLong(avro_, at, kFileContent);
  if (content.value_or(0) < 0 || content.value_or(0) > 2) return Code::kCorrupt;
  out->content = static_cast<FileContent>(content.value_or(0));
  if ((out->content == FileContent::kData) != (manifest_.content == ManifestContent::kData))
    return Code::kCorrupt;
  out->spec_id = manifest_.spec_id;
  DOSQL_TRY(ReadText(avro_, at, kFilePath, true, &out->path));
  DOSQL_TRY(ReadText(avro_, at, kFileFormat, true, &out->format));
  std::optional<int64_t> records = OptionalLong(avro_, at, kFileRecordCount),
                         size = OptionalLong(avro_, at, kFileSize);
  if (!records || !size || *records < 0 || *size < 0) return Code::kCorrupt;
  out->record_count = *records;
  out->size_bytes = *size;
  DOSQL_TRY(ReadPartition(at, out));
  DOSQL_TRY(ReadMap(avro_, at, kFileColumnSizes, &out->column_sizes));
  DOSQL_TRY(ReadMap(avro_, at, kFileValueCounts, &out->value_counts));
  DOSQL_TRY(ReadMap(avro_, at, kFileNullCounts, &out->null_counts));
  DOSQL_TRY(ReadMap(avro_, at, kFileNanCounts, &out->nan_counts));
  DOSQL_TRY(ReadMap(avro_, at, kFileLowerBounds, &out->lower_bounds));
  DOSQL_TRY(ReadMap(avro_, at, kFileUpperBounds, &out->upper_bounds));
  DOSQL_TRY(ReadText(avro_, at, kFileKeyMetadata, false, &out->key_metadata));
  DOSQL_TRY(ReadArray(avro_, at, kFileSplitOffsets, &out->split_offsets));
  DOSQL_TRY(ReadArray(avro_, at, kFileEqualityIds, &out->equality_ids));
  if (auto order = OptionalLong(avro_, at, kFileSortOrderId))
    out->sort_order_id = static_cast<int32_t>(*order);
  return ReadText(avro_, at, kFileReferencedDataFile, false, &out->referenced_data_file);
}

Status ManifestReader::ReadPartition(uint32_t at, DataFile* out) {
  out->partition.resize(partition_fields_->size());
  const AvroNode* tuple = avro_.Find(at, kFilePartition);
  if (tuple == nullptr) return Status::Ok();
  if (tuple->kind != AvroKind::kRecord) return Code::kCorrupt;
  for (size_t i = 0; i < partition_fields_->size(); i++) {
    const Field& field = (*partition_fields_)[i];
    const AvroNode* node = avro_.Find(avro_.IndexOf(tuple), field.id);
    if (node == nullptr) continue;
    Datum& v = out->partition[i];
    switch (field.type.kind) {
      case TypeKind::kFloat:
      case TypeKind::kDouble:
        if (node->kind != AvroKind::kFloat && node->kind != AvroKind::kDouble)
          return Code::kCorrupt;
        v = Datum::Real(node->d);
        break;
      case TypeKind::kString:
      case TypeKind::kBinary:
        if (!IsBytes(node)) return Code::kCorrupt;
        v = Datum::Text(node->bytes);
        break;
      case TypeKind::kDecimal:
        if (!IsBytes(node)) return Code::kCorrupt;
        DOSQL_TRY(DecodeSingleValue(field.type, node->bytes, &v));
        break;
      default:
        if (!IsLong(node) && node->kind != AvroKind::kBoolean) return Code::kCorrupt;
        v = Datum::Int(node->i);
    }
  }
  return Status::Ok();
}

}  // namespace dosql::lake
