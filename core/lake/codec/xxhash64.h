// XXH64 of some bytes with seed 0 (the xxHash specification), over libzstd's copy of xxHash.
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql::lake {

uint64_t Xxhash64(std::string_view bytes);

}  // namespace dosql::lake
