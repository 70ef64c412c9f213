#include "core/lake/parquet/byte_stream_split.h"

namespace dosql::lake {

void SplitBytes(std::string_view plain, uint32_t value_bytes, std::string* out) {
  const size_t at = out->size(), count = plain.size() / value_bytes;
  out->resize(at + plain.size());
  char* to = out->data() + at;
  for (uint32_t b = 0; b < value_bytes; b++)
    for (size_t i = 0; i < count; i++) *to++ = plain[i * value_bytes + b];
}

void JoinBytes(std::string_view split, uint32_t value_bytes, std::string* out) {
  const size_t at = out->size(), count = split.size() / value_bytes;
  out->resize(at + split.size());
  const char* from = split.data();
  char* to = out->data() + at;
  for (uint32_t b = 0; b < value_bytes; b++)
    for (size_t i = 0; i < count; i++) to[i * value_bytes + b] = *from++;
}

}  // namespace dosql::lake
