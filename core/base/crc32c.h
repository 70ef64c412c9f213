// CRC-32C (Castagnoli, RFC 3720 section 12.1), slicing by four; tables are constant data.
#pragma once

#include "core/base/bytes.h"

namespace dosql {

// The checksum of `data`; pass an earlier result as `seed` to continue it.
uint32_t Crc32c(Bytes data, uint32_t seed = 0);

}  // namespace dosql
