#include "core/lake/codec/xxhash64.h"

#include <common/xxhash.h>

namespace dosql::lake {

uint64_t Xxhash64(std::string_view bytes) { return ZSTD_XXH64(bytes.data(), bytes.size(), 0); }

}  // namespace dosql::lake
