// ZstdDecompressor: Zstandard frames of any writer, over libzstd. It keeps its tables (about 160
// KB) from one call to the next.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql::lake {

class ZstdDecompressor {
 public:
  ZstdDecompressor() = default;
  ~ZstdDecompressor();
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;

  // `in` must come to exactly `size` bytes, which the caller has counted against its budget: they
  // replace `out`. kCorrupt, kNoMemory.
  Status Decompress(std::string_view in, size_t size, std::string* out);

 private:
  void* context_ = nullptr;  // ZSTD_DCtx, made at the first call
};

}  // namespace dosql::lake
