#include "core/lake/codec/zstd_compressor.h"

#include <zstd.h>

namespace dosql::lake {

ZstdCompressor::~ZstdCompressor() { ZSTD_freeCCtx(static_cast<ZSTD_CCtx*>(context_)); }

Status ZstdCompressor::Compress(std::string_view in, std::string* out) {
  if (context_ == nullptr) context_ = ZSTD_createCCtx();
  if (context_ == nullptr) return Code::kNoMemory;
  const size_t before = out->size();
  out->resize(before + ZSTD_compressBound(in.size()));
  const size_t size = ZSTD_compressCCtx(static_cast<ZSTD_CCtx*>(context_), out->data() + before,
                                        out->size() - before, in.data(), in.size(), level_);
  // The room is enough, so only memory can be short.
  const bool failed = ZSTD_isError(size) != 0;
  out->resize(failed ? before : before + size);
  return failed ? Status(Code::kNoMemory) : Status::Ok();
}

}  // namespace dosql::lake
