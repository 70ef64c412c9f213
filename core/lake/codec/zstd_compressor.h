// ZstdCompressor: Zstandard frames (RFC 8878), over libzstd. It keeps its tables (about 1 MB at the
// default level) from one call to the next.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql::lake {

class ZstdCompressor {
 public:
  // 1 to 9. Higher levels take more time and memory for a few percent.
  static constexpr int kDefaultLevel = 3;

  explicit ZstdCompressor(int level = kDefaultLevel) : level_(level) {}
  ~ZstdCompressor();
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  // Appends one frame. kNoMemory; nothing is appended then.
  Status Compress(std::string_view in, std::string* out);

 private:
  const int level_;
  void* context_ = nullptr;  // ZSTD_CCtx, made at the first call
};

}  // namespace dosql::lake
