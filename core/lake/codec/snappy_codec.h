// Snappy's raw format (format_description.txt of google/snappy), as Parquet has it: one block, no
// frame and no checksum.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql::lake {

// Appends the block.
void SnappyCompress(std::string_view in, std::string* out);

// `in` must come to exactly `size` bytes, which the caller has counted against its budget: they
// replace `out`. kCorrupt.
Status SnappyDecompress(std::string_view in, size_t size, std::string* out);

}  // namespace dosql::lake
