// How a table's Parquet files are written, by its properties (docs/lake.md names them).
#pragma once

#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/parquet/parquet_options.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

// Properties that are other engines' business, and values that mean nothing, change nothing; nor do
// those of columns that the schema has not.
ParquetOptions WriteOptions(const Properties& properties, const Schema& schema);

// Bytes that a data file may grow to.
int64_t TargetFileBytes(const Properties& properties);

// Those of a table's properties that WriteOptions looks at, as a JSON object: what a flush that may
// have to be made again keeps.
std::string WriteProperties(const Properties& properties);

}  // namespace dosql::lake
