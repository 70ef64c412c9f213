// The hybrid of run_length_encoder.h, read back.
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql::lake {

// `count` values of `width` bits (to 32) into `out`; what follows them is left alone. False: the
// bytes end before, or are none.
bool DecodeRuns(std::string_view bytes, uint32_t width, uint32_t count, uint32_t* out);

}  // namespace dosql::lake
