// The partition of a data file: its spec, and its tuple as bytes that are the same for equal tuples
// and keep no types: a column may be widened meanwhile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/lake/iceberg/data_file.h"

namespace dosql::lake {

struct FilePartition {
  int32_t spec_id = 0;
  std::string tuple;  // PackTuple; "" when the spec has no fields

  bool operator==(const FilePartition&) const = default;
  bool operator<(const FilePartition& other) const {
    return spec_id != other.spec_id ? spec_id < other.spec_id : tuple < other.tuple;
  }
};

std::string PackTuple(const std::vector<Datum>& tuple);
FilePartition PartitionOf(const DataFile& file);
// Makes `file` one of the partition. kCorrupt.
Status SetPartition(const FilePartition& partition, DataFile* file);

}  // namespace dosql::lake
