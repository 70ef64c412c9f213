// How a table's Parquet files are written, by its properties (docs/lake.md names them).
#pragma once

#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/parquet/parquet_options.h"

namespace dosql::lake {

// Properties that are other engines' business, and values that mean nothing, change nothing.
ParquetOptions WriteOptions(const Properties& properties);

}  // namespace dosql::lake
