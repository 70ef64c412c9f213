// Names of SQLite's functions that have no implementation here, so that they can be refused as what
// they are and not as "no such function".
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql {

// Functions of dates, JSON and full text: not supported yet.
bool IsDeferredFunction(std::string_view name);

enum class WindowName : uint8_t {
  kNone,
  kWrongCount,  // a window function, but not with so many arguments
  kWindow,      // without OVER: "misuse of window function"
};
WindowName FindWindowName(std::string_view name, uint32_t arg_count);

}  // namespace dosql
