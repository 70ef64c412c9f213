// ParquetOptions: how a file is written. What is left alone is what every reader reads.
#pragma once

#include <cstdint>
#include <vector>

#include "core/lake/parquet/parquet_format.h"

namespace dosql::lake {

// Of one leaf.
struct ColumnOptions {
  int32_t field_id = 0;
  double bloom_wrong_share = 0;  // how often a bloom filter may be wrong; 0: there is none
  // Whether DELTA_BINARY_PACKED, of integers, and BYTE_STREAM_SPLIT, of floats, may be used where
  // they are smaller. Not every reader reads them.
  bool delta = false, split = false;
};

struct ParquetOptions {
  parquet::Compression codec = parquet::kZstd;
  uint32_t page_bytes = 1 << 20;        // of a page before it is compressed, about
  uint32_t page_rows = 20000;           // at most
  uint32_t group_bytes = 6 << 20;       // of a row group's columns in memory, about
  uint32_t group_rows = 122880;         // at most
  uint32_t dictionary_bytes = 1 << 20;  // at most
  uint32_t bloom_bytes = 1 << 20;       // of a bloom filter, at most
  std::vector<ColumnOptions> columns;   // those that want something of their own

  ColumnOptions Of(int32_t field_id) const {
    for (const ColumnOptions& c : columns)
      if (c.field_id == field_id) return c;
    return {field_id};
  }
};

}  // namespace dosql::lake
