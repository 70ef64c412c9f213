// DataFile: what a manifest says of one file of rows or of deletes (spec, "Manifests", data_file).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/lake/iceberg/single_value.h"

namespace dosql::lake {

enum class FileContent : uint8_t {
  kData,
  kPositionDeletes,
  kEqualityDeletes,  // of other engines only: nothing here writes them
};

// By field id, ascending.
using FieldCounts = std::vector<std::pair<int32_t, int64_t>>;
using FieldBounds = std::vector<std::pair<int32_t, std::string>>;  // binary forms (single_value.h)

struct DataFile {
  FileContent content = FileContent::kData;
  std::string path;  // full URI
  std::string format = "PARQUET";
  int32_t spec_id = 0;
  std::vector<Datum> partition;  // one a field of the spec
  int64_t record_count = 0;
  int64_t size_bytes = 0;
  FieldCounts column_sizes, value_counts, null_counts, nan_counts;
  FieldBounds lower_bounds, upper_bounds;
  std::string key_metadata;  // empty: none
  std::vector<int64_t> split_offsets;
  std::vector<int32_t> equality_ids;
  std::optional<int32_t> sort_order_id;
  std::string referenced_data_file;  // of deletes within one data file; empty: none

  bool operator==(const DataFile&) const = default;
};

}  // namespace dosql::lake
