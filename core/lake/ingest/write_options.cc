#include "core/lake/ingest/write_options.h"

#include "core/lake/iceberg/metadata_json.h"
#include "core/lake/json/json.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql::lake {
namespace {

constexpr char kEncodings[] = "dolake.parquet.encodings";
constexpr double kWrongShare = 0.01;
// Of a bloom filter: beyond it a row group's filters would be more than its columns.
constexpr double kBloomBytesMax = 4 << 20;
// What compaction can read again within its memory.
constexpr double kPageBytesMax = 8 << 20;
constexpr double kPageRowsMax = 1 << 20;
constexpr double kGroupBytesMax = 16 << 20;
constexpr double kFileBytes = 128 << 20, kFileBytesMax = 512 << 20;

const std::string* OfColumn(const Properties& properties, std::string_view name,
                            std::string_view column) {
  return FindProperty(properties, std::string(name) + ".column." + std::string(column));
}

// Whether a list of words with commas between them has this one.
bool Lists(const std::string* list, std::string_view word) {
  if (list == nullptr) return false;
  std::string_view rest = *list;
  for (;;) {
    const size_t comma = rest.find(',');
    std::string_view next = rest.substr(0, comma);
    while (next.starts_with(' ')) next.remove_prefix(1);
    while (next.ends_with(' ')) next.remove_suffix(1);
    if (EqualsIgnoringCase(next, word)) return true;
    if (comma == rest.npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

// The number that the property is, if it is one between these.
double NumberOf(const std::string* text, double least, double most, double otherwise) {
  Value v;
  if (text == nullptr || !ParseExactNumber(*text, &v)) return otherwise;
  const double d = v.type == ValueType::kReal ? v.d : static_cast<double>(v.i);
  return d >= least ? d > most ? most : d : otherwise;
}

}  // namespace

ParquetOptions WriteOptions(const Properties& properties, const Schema& schema) {
  ParquetOptions options;
  if (const std::string* codec = FindProperty(properties, "write.parquet.compression-codec")) {
    if (EqualsIgnoringCase(*codec, "snappy")) options.codec = parquet::kSnappy;
    if (EqualsIgnoringCase(*codec, "uncompressed")) options.codec = parquet::kUncompressed;
  }
  const auto number = [&](std::string_view name, double least, double most, uint32_t* to) {
    *to = static_cast<uint32_t>(NumberOf(FindProperty(properties, name), least, most, *to));
  };
  number("write.parquet.bloom-filter-max-bytes", 32, kBloomBytesMax, &options.bloom_bytes);
  number("write.parquet.page-size-bytes", 1, kPageBytesMax, &options.page_bytes);
  number("write.parquet.page-row-limit", 1, kPageRowsMax, &options.page_rows);
  number("write.parquet.dict-size-bytes", 0, kPageBytesMax, &options.dictionary_bytes);
  number("write.parquet.row-group-size-bytes", 1, kGroupBytesMax, &options.group_bytes);
  number("write.parquet.row-group-limit", 1, options.group_rows, &options.group_rows);
  for (const Field& field : schema.fields) {
    ColumnOptions column;
    column.field_id = field.id;
    const std::string* bloom =
        OfColumn(properties, "write.parquet.bloom-filter-enabled", field.name);
    if (bloom != nullptr && EqualsIgnoringCase(*bloom, "true"))
      column.bloom_wrong_share = NumberOf(
          OfColumn(properties, "write.parquet.bloom-filter-fpp", field.name), 1e-9, 1, kWrongShare);
    const std::string* encodings = OfColumn(properties, kEncodings, field.name);
    if (encodings == nullptr) encodings = FindProperty(properties, kEncodings);
    column.delta = Lists(encodings, "DELTA_BINARY_PACKED");
    column.split = Lists(encodings, "BYTE_STREAM_SPLIT");
    if (column.bloom_wrong_share > 0 || column.delta || column.split)
      options.columns.push_back(column);
  }
  return options;
}

int64_t TargetFileBytes(const Properties& properties) {
  return static_cast<int64_t>(NumberOf(FindProperty(properties, "write.target-file-size-bytes"), 1,
                                       kFileBytesMax, kFileBytes));
}

std::string WriteProperties(const Properties& properties) {
  Properties own;
  for (const auto& [name, value] : properties)
    if (name.starts_with("write.parquet.") || name.starts_with(kEncodings))
      own.push_back({name, value});
  return DumpJson(PropertiesToJson(own));
}

}  // namespace dosql::lake
