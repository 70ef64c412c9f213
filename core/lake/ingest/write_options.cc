#include "core/lake/ingest/write_options.h"

#include "core/type/compare.h"

namespace dosql::lake {

ParquetOptions WriteOptions(const Properties& properties) {
  ParquetOptions options;
  if (const std::string* codec = FindProperty(properties, "write.parquet.compression-codec")) {
    if (EqualsIgnoringCase(*codec, "snappy")) options.codec = parquet::kSnappy;
    if (EqualsIgnoringCase(*codec, "uncompressed")) options.codec = parquet::kUncompressed;
  }
  return options;
}

}  // namespace dosql::lake
