#include "core/lake/iceberg/manifest_format.h"

#include "core/lake/json/json.h"

namespace dosql::lake {
namespace {

// A name that Avro takes, as the Java and Python writers make it.
std::string AvroName(std::string_view name) {
  std::string out;
  for (char c : name) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    bool digit = c >= '0' && c <= '9';
    if (letter || (digit && !out.empty())) {
      out += c;
    } else if (digit) {
      out += '_';
      out += c;
    } else {
      constexpr char kHex[] = "0123456789ABCDEF";
      out += "_x";
      out += kHex[static_cast<uint8_t>(c) >> 4];
      out += kHex[c & 15];
    }
  }
  return out.empty() ? "_" : out;
}

Json PartitionType(const Field& field) {
  switch (field.type.kind) {
    case TypeKind::kBoolean: return "boolean";
    case TypeKind::kInt: return "int";
    case TypeKind::kLong: return "long";
    case TypeKind::kFloat: return "float";
    case TypeKind::kDouble: return "double";
    case TypeKind::kDate: return {{"type", "int"}, {"logicalType", "date"}};
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return {{"type", "long"},
              {"logicalType", "timestamp-micros"},
              {"adjust-to-utc", field.type.kind == TypeKind::kTimestampTz}};
    case TypeKind::kDecimal:
      // Named by the field: a second fixed of the same name would not be a valid schema.
      return {{"type", "fixed"},           {"size", DecimalFixedBytes(field.type.precision)},
              {"logicalType", "decimal"},  {"precision", field.type.precision},
              {"scale", field.type.scale}, {"name", "decimal_" + std::to_string(field.id)}};
    case TypeKind::kBinary: return "bytes";
    default: return "string";
  }
}

std::string Plain(const char* name, int32_t id, std::string_view type) {
  return Words(
      {R"({"name":")", name, R"(","type":)", type, R"(,"field-id":)", std::to_string(id), "},"});
}
std::string Nullable(const char* name, int32_t id, std::string_view type) {
  return Words({R"({"name":")", name, R"(","type":["null",)", type,
                R"(],"default":null,"field-id":)", std::to_string(id), "},"});
}
// Ids of keys and values stand right after the map's own but for the bounds', which began later.
std::string Map(const char* name, int32_t id, int32_t key_id, const char* value_type) {
  std::string k = std::to_string(key_id), v = std::to_string(key_id + 1);
  return Nullable(
      name, id,
      Words({R"({"type":"array","logicalType":"map","items":{"type":"record","name":"k)", k, "_v",
             v, R"(","fields":[{"name":"key","type":"int","field-id":)", k,
             R"(},{"name":"value","type":)", value_type, R"(,"field-id":)", v, "}]}}"}));
}
std::string Record(const char* name, std::string fields) {
  if (!fields.empty()) fields.pop_back();  // the last comma
  return Words({R"({"type":"record","name":")", name, R"(","fields":[)", fields, "]}"});
}

}  // namespace

uint32_t DecimalFixedBytes(uint8_t precision) {
  unsigned __int128 limit = 1;
  for (uint8_t i = 0; i < precision; i++) limit *= 10;
  uint32_t n = 1;
  while (n < 16 && static_cast<unsigned __int128>(1) << (8 * n - 1) < limit) n++;
  return n;
}

std::string ManifestEntrySchema(const std::vector<Field>& partition_fields) {
  std::string partition;
  for (const Field& f : partition_fields) {
    std::string name = AvroName(f.name);
    Json field{{"name", name},
               {"type", Json::array({"null", PartitionType(f)})},
               {"default", nullptr},
               {"field-id", f.id}};
    if (name != f.name) field["iceberg-field-name"] = f.name;
    partition += DumpJson(field) + ",";
  }
  std::string file = Plain("content", kFileContent, R"("int")") +
                     Plain("file_path", kFilePath, R"("string")") +
                     Plain("file_format", kFileFormat, R"("string")") +
                     Plain("partition", kFilePartition, Record("r102", partition)) +
                     Plain("record_count", kFileRecordCount, R"("long")") +
                     Plain("file_size_in_bytes", kFileSize, R"("long")") +
                     Map("column_sizes", kFileColumnSizes, 117, R"("long")") +
                     Map("value_counts", kFileValueCounts, 119, R"("long")") +
                     Map("null_value_counts", kFileNullCounts, 121, R"("long")") +
                     Map("nan_value_counts", kFileNanCounts, 138, R"("long")") +
                     Map("lower_bounds", kFileLowerBounds, 126, R"("bytes")") +
                     Map("upper_bounds", kFileUpperBounds, 129, R"("bytes")") +
                     Nullable("key_metadata", kFileKeyMetadata, R"("bytes")") +
                     Nullable("split_offsets", kFileSplitOffsets,
                              R"({"type":"array","items":"long","element-id":133})") +
                     Nullable("equality_ids", kFileEqualityIds,
                              R"({"type":"array","items":"int","element-id":136})") +
                     Nullable("sort_order_id", kFileSortOrderId, R"("int")") +
                     Nullable("referenced_data_file", kFileReferencedDataFile, R"("string")");
  return Record("manifest_entry",
                Plain("status", kEntryStatus, R"("int")") +
                    Nullable("snapshot_id", kEntrySnapshotId, R"("long")") +
                    Nullable("sequence_number", kEntrySequenceNumber, R"("long")") +
                    Nullable("file_sequence_number", kEntryFileSequenceNumber, R"("long")") +
                    Plain("data_file", kEntryDataFile, Record("r2", file)));
}

std::string ManifestFileSchema() {
  std::string summary = Plain("contains_null", kSummaryContainsNull, R"("boolean")") +
                        Nullable("contains_nan", kSummaryContainsNan, R"("boolean")") +
                        Nullable("lower_bound", kSummaryLowerBound, R"("bytes")") +
                        Nullable("upper_bound", kSummaryUpperBound, R"("bytes")");
  return Record("manifest_file",
                Plain("manifest_path", kManifestPath, R"("string")") +
                    Plain("manifest_length", kManifestLength, R"("long")") +
                    Plain("partition_spec_id", kManifestSpecId, R"("int")") +
                    Plain("content", kManifestContent, R"("int")") +
                    Plain("sequence_number", kManifestSequenceNumber, R"("long")") +
                    Plain("min_sequence_number", kManifestMinSequenceNumber, R"("long")") +
                    Plain("added_snapshot_id", kManifestAddedSnapshotId, R"("long")") +
                    Plain("added_files_count", kManifestAddedFiles, R"("int")") +
                    Plain("existing_files_count", kManifestExistingFiles, R"("int")") +
                    Plain("deleted_files_count", kManifestDeletedFiles, R"("int")") +
                    Plain("added_rows_count", kManifestAddedRows, R"("long")") +
                    Plain("existing_rows_count", kManifestExistingRows, R"("long")") +
                    Plain("deleted_rows_count", kManifestDeletedRows, R"("long")") +
                    Nullable("partitions", kManifestPartitions,
                             Words({R"({"type":"array","items":)", Record("r508", summary),
                                    R"(,"element-id":508})"})) +
                    Nullable("key_metadata", kManifestKeyMetadata, R"("bytes")"));
}

}  // namespace dosql::lake
