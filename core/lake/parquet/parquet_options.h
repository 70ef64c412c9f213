// ParquetOptions: how a file is written. What is left alone is what every reader reads.
#pragma once

#include <cstdint>

#include "core/lake/parquet/parquet_format.h"

namespace dosql::lake {

struct ParquetOptions {
  parquet::Compression codec = parquet::kZstd;
  uint32_t page_bytes = 1 << 20;        // of a page before it is compressed, about
  uint32_t page_rows = 20000;           // at most
  uint32_t dictionary_bytes = 1 << 20;  // at most
};

}  // namespace dosql::lake
