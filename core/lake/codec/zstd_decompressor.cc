#include "core/lake/codec/zstd_decompressor.h"

#include <zstd.h>

namespace dosql::lake {

ZstdDecompressor::~ZstdDecompressor() { ZSTD_freeDCtx(static_cast<ZSTD_DCtx*>(context_)); }

Status ZstdDecompressor::Decompress(std::string_view in, size_t size, std::string* out) {
  if (context_ == nullptr) context_ = ZSTD_createDCtx();
  if (context_ == nullptr) return Code::kNoMemory;
  out->resize(size);
  const size_t got = ZSTD_decompressDCtx(static_cast<ZSTD_DCtx*>(context_), out->data(), size,
                                         in.data(), in.size());
  return ZSTD_isError(got) != 0 || got != size ? Status(Code::kCorrupt) : Status::Ok();
}

}  // namespace dosql::lake
