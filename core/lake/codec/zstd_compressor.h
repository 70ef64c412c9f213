// ZstdCompressor: Zstandard frames (RFC 8878), over libzstd. It keeps its tables (about 1 MB) from
// one call to the next.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql::lake {

class ZstdCompressor {
 public:
  // Higher levels take more time and memory for a few percent, and code of their own.
  static constexpr int kLevel = 3;

  ZstdCompressor() = default;
  ~ZstdCompressor();
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  // Appends one frame. kNoMemory; nothing is appended then.
  Status Compress(std::string_view in, std::string* out);

 private:
  void* context_ = nullptr;  // ZSTD_CCtx, made at the first call
};

}  // namespace dosql::lake
