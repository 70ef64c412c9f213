// Raw deflate (RFC 1951, no header and no checksum), as Avro's codec "deflate" stores blocks.
//
// Both append to `out`, which the caller owns; nothing is appended when they fail.
// Errors: kNoMemory (zlib's own tables), kCorrupt, kTooBig.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql::lake {

Status Deflate(std::string_view in, std::string* out);

// Bytes after the end of the stream are passed over. kTooBig when the data would pass
// `size_bytes_max`: a few bytes can stand for gigabytes.
Status Inflate(std::string_view in, size_t size_bytes_max, std::string* out);

}  // namespace dosql::lake
