#include "core/lake/codec/zstd_compressor.h"

// ZSTD_compress2, which is advised instead of ZSTD_compress_advanced, is over the streams: more
// code.
#define ZSTD_DISABLE_DEPRECATE_WARNINGS
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

namespace dosql::lake {

ZstdCompressor::~ZstdCompressor() { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context_)); }

Status ZstdCompressor::Compress(std::string_view in, std::string* out) {
  if (context_ == nullptr) context_ = ZSTD_createCCtx();
  if (context_ == nullptr) return Code::kNoMemory;
  const size_t before = out->size();
  out->resize(before + ZSTD_compressBound(in.size()));
  ZSTD_parameters parameters = ZSTD_getParams(kLevel, in.size(), 0);
  // It is that at every size; but no other is linked (zstd_absent.c).
  parameters.cParams.strategy = ZSTD_dfast;
  const size_t size =
      ZSTD_compress_advanced(static_cast<ZSTD_CCtx*>(context_), out->data() + before,
                             out->size() - before, in.data(), in.size(), nullptr, 0, parameters);
  // The room is enough, so only memory can be short.
  const bool failed = ZSTD_isError(size) != 0;
  out->resize(failed ? before : before + size);
  return failed ? Status(Code::kNoMemory) : Status::Ok();
}

}  // namespace dosql::lake
