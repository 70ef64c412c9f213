#include "core/base/crc32c.h"

#include <array>

namespace dosql {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr std::array<std::array<uint32_t, 256>, 4> MakeTables() {
  std::array<std::array<uint32_t, 256>, 4> t{};
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int k = 0; k < 8; k++) c = (c >> 1) ^ ((c & 1) ? kPolynomial : 0);
    t[0][i] = c;
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int k = 1; k < 4; k++) t[k][i] = (t[k - 1][i] >> 8) ^ t[0][t[k - 1][i] & 0xff];
  return t;
}

// Random to a compressor, so every table is 1 KB of module: eight would be faster and 4 KB larger.
constexpr auto kTables = MakeTables();

}  // namespace

uint32_t Crc32c(Bytes data, uint32_t seed) {
  uint32_t c = ~seed;
  const uint8_t* p = data.data();
  size_t n = data.size();
  while (n >= 4) {
    uint32_t w = LoadLe<uint32_t>(p) ^ c;
    c = kTables[3][w & 0xff] ^ kTables[2][(w >> 8) & 0xff] ^ kTables[1][(w >> 16) & 0xff] ^
        kTables[0][w >> 24];
    p += 4;
    n -= 4;
  }
  while (n-- > 0) c = (c >> 8) ^ kTables[0][(c ^ *p++) & 0xff];
  return ~c;
}

}  // namespace dosql
