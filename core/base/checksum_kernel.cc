#include "core/base/checksum.h"

namespace dosql {
namespace {

constexpr uint64_t kFactor = 0x9e3779b97f4a7c15u;

uint64_t Step(uint64_t lane, uint64_t word) { return std::rotl((lane ^ word) * kFactor, 29); }

}  // namespace

uint32_t Checksum32(Bytes data) {
  uint64_t lane[4] = {1, 2, 3, 4};
  const uint8_t* p = data.data();
  size_t left = data.size();
  for (; left >= 32; p += 32, left -= 32)
    for (uint32_t k = 0; k < 4; k++) lane[k] = Step(lane[k], LoadLe<uint64_t>(p + 8 * k));
  for (; left >= 8; p += 8, left -= 8) lane[0] = Step(lane[0], LoadLe<uint64_t>(p));
  uint64_t sum = data.size();
  for (; left > 0; p++, left--) sum = Step(sum, *p);
  for (uint64_t l : lane) sum = Step(sum, l);
  return static_cast<uint32_t>((sum * kFactor) >> 32);
}

}  // namespace dosql
