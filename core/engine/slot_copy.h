// SlotCopy: what is left of the copy of a replication slot's tables. Internal to core/engine.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/status.h"

namespace dosql {

struct SlotCopy {
  struct Rest {
    TableId table;
    bool begun = false;
    std::string after;  // the key of the last row that was copied
  };
  int64_t time = 0;   // when the slot was made, microseconds since 1970
  uint32_t part = 0;  // the number of the last one
  std::vector<Rest> tables;

  // As stored: i64 time, u32 part, (u32 table, u8 begun, u32 length, key)*. kCorrupt.
  Status Decode(std::string_view bytes);
  std::string Encode() const;
  void Forget(TableId table);
};

}  // namespace dosql
