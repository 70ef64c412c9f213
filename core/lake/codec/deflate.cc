#include "core/lake/codec/deflate.h"

#include <zlib.h>

namespace dosql::lake {
namespace {

constexpr int kRawWindow = -15;  // negative: without zlib's header
constexpr size_t kStep = 64 << 10;

Bytef* InputBytes(std::string_view in) {
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(in.data()));
}

}  // namespace

Status Deflate(std::string_view in, std::string* out) {
  if (in.size() > 0x7fffffff) return Code::kTooBig;
  z_stream z{};
  // Level 6 with the default 256 KB of tables: manifests are small and are read more than written.
  if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawWindow, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return Code::kNoMemory;
  }
  size_t start = out->size();
  out->resize(start + deflateBound(&z, static_cast<uLong>(in.size())));
  z.next_in = InputBytes(in);
  z.avail_in = static_cast<uInt>(in.size());
  z.next_out = reinterpret_cast<Bytef*>(out->data() + start);
  z.avail_out = static_cast<uInt>(out->size() - start);
  int code = deflate(&z, Z_FINISH);
  size_t left = z.avail_out;
  deflateEnd(&z);
  out->resize(code == Z_STREAM_END ? out->size() - left : start);
  return code == Z_STREAM_END ? Status::Ok() : Status(Code::kInternal);
}

Status Inflate(std::string_view in, size_t size_bytes_max, std::string* out) {
  if (in.size() > 0x7fffffff) return Code::kTooBig;
  z_stream z{};
  if (inflateInit2(&z, kRawWindow) != Z_OK) return Code::kNoMemory;
  size_t start = out->size(), done = 0;
  z.next_in = InputBytes(in);
  z.avail_in = static_cast<uInt>(in.size());
  Status status;
  for (;;) {
    // One byte past the limit tells data of exactly that size from longer data.
    size_t room = done < kStep ? kStep : done;
    if (room > size_bytes_max + 1 - done) room = size_bytes_max + 1 - done;
    if (room > 0x7fffffff) room = 0x7fffffff;
    out->resize(start + done + room);
    z.next_out = reinterpret_cast<Bytef*>(out->data() + start + done);
    z.avail_out = static_cast<uInt>(room);
    int code = inflate(&z, Z_NO_FLUSH);
    done += room - z.avail_out;
    if (done > size_bytes_max) {
      status = Code::kTooBig;
      break;
    }
    // What follows the last block is passed over: PyIceberg leaves three bytes of zlib's checksum
    // there.
    if (code == Z_STREAM_END) break;
    if (code != Z_OK || (z.avail_in == 0 && z.avail_out != 0)) {
      status = code == Z_MEM_ERROR ? Code::kNoMemory : Code::kCorrupt;
      break;
    }
  }
  inflateEnd(&z);
  out->resize(status.ok() ? start + done : start);
  return status;
}

}  // namespace dosql::lake
