#include "core/vector/vector.h"

namespace dosql {

int StringRef::CompareLong(const StringRef& o) const {
  const uint8_t* a = data();
  const uint8_t* b = o.data();
  uint32_t n = size < o.size ? size : o.size, at = 0;
  for (; at + 8 <= n; at += 8) {
    uint64_t x = LoadLe<uint64_t>(a + at), y = LoadLe<uint64_t>(b + at);
    if (x != y) return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
  }
  for (; at < n; at++) {
    if (a[at] != b[at]) return a[at] < b[at] ? -1 : 1;
  }
  return size < o.size ? -1 : size > o.size;
}

}  // namespace dosql
