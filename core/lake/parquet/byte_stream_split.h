// BYTE_STREAM_SPLIT (Parquet's Encodings.md, "BYTE_STREAM_SPLIT = 9"): the first bytes of all
// values, then their second bytes and so on, which a compressor finds more alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dosql::lake {

// Both append; the bytes are whole values of `value_bytes` each, PLAIN or split.
void SplitBytes(std::string_view plain, uint32_t value_bytes, std::string* out);
void JoinBytes(std::string_view split, uint32_t value_bytes, std::string* out);

}  // namespace dosql::lake
