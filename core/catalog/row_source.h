// RowSource: a table-valued function: its columns, and how its rows are made.
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql {

struct RowSource {
  const char* name;  // lower case
  const char* const* columns;
  uint32_t column_count;
  uint32_t args_max;
};

// nullptr when there is none.
inline const RowSource* FindRowSource(std::string_view) { return nullptr; }

}  // namespace dosql
