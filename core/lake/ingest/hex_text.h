// Bytes as hex digits.
#pragma once

#include <string>
#include <string_view>

namespace dosql::lake {

inline std::string HexText(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (char c : bytes) out += {kDigits[static_cast<uint8_t>(c) >> 4], kDigits[c & 15]};
  return out;
}

}  // namespace dosql::lake
