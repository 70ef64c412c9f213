// MergedRows: the live rows of data files become one data file, as they stand or in a sort order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/parquet/parquet_writer.h"

namespace dosql::lake {

// What the places of a file's rows begin with when their order is another now; else with the number
// of its first row in the new file.
inline constexpr uint32_t kSortedBase = UINT32_MAX;

// So many rows may be sorted anew: where each went takes three bytes of a compaction's plan at
// most.
inline constexpr int64_t kSortedRowsMax = 400000;

struct MergeInput {
  std::string_view path, bytes;
  int64_t rows = 0;
  const std::vector<uint32_t>* dead = nullptr;  // positions, ascending
};

struct MergedRows {
  FileSummary summary;
  std::string bytes;                // "" when no row is left
  std::vector<std::string> places;  // of each input's rows: FileTable::Apply takes them
};

// The order passed CanSort (row_order.h); without fields rows stay as they stand. kCorrupt: a file
// has not the rows that it should; and ParquetReader's.
Status MergeRows(const Schema& schema, const SortOrder& order, const ParquetOptions& options,
                 const std::vector<MergeInput>& inputs, MergedRows* out, Diag* diag);

}  // namespace dosql::lake
