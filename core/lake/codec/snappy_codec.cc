#include "core/lake/codec/snappy_codec.h"

#include <snappy.h>

namespace dosql::lake {

void SnappyCompress(std::string_view in, std::string* out) {
  const size_t before = out->size();
  out->resize(before + snappy::MaxCompressedLength(in.size()));
  size_t size;
  snappy::RawCompress(in.data(), in.size(), out->data() + before, &size);
  out->resize(before + size);
}

Status SnappyDecompress(std::string_view in, size_t size, std::string* out) {
  size_t told;
  // RawUncompress writes as many bytes as the block tells.
  if (!snappy::GetUncompressedLength(in.data(), in.size(), &told) || told != size)
    return Code::kCorrupt;
  out->resize(size);
  return snappy::RawUncompress(in.data(), in.size(), out->data()) ? Status::Ok()
                                                                  : Status(Code::kCorrupt);
}

}  // namespace dosql::lake
