#include "core/engine/slot_copy.h"

#include <algorithm>

#include "core/base/bytes.h"

namespace dosql {

Status SlotCopy::Decode(std::string_view bytes) {
  constexpr size_t kFront = 12, kHead = 9;
  if (bytes.size() < kFront) return Code::kCorrupt;
  time = LoadLe<int64_t>(bytes.data());
  part = LoadLe<uint32_t>(bytes.data() + 8);
  bytes.remove_prefix(kFront);
  tables.clear();
  while (!bytes.empty()) {
    if (bytes.size() < kHead) return Code::kCorrupt;
    const uint32_t size = LoadLe<uint32_t>(bytes.data() + 5);
    if (size > bytes.size() - kHead) return Code::kCorrupt;
    tables.push_back({TableId(LoadLe<uint32_t>(bytes.data())), bytes[4] != 0,
                      std::string(bytes.substr(kHead, size))});
    bytes.remove_prefix(kHead + size);
  }
  return Status::Ok();
}

std::string SlotCopy::Encode() const {
  std::string out;
  auto put = [&](auto v) {
    char bytes[sizeof v];
    StoreLe(bytes, v);
    out.append(bytes, sizeof v);
  };
  put(time);
  put(part);
  for (const Rest& rest : tables) {
    put(rest.table.value);
    out.push_back(static_cast<char>(rest.begun));
    put(static_cast<uint32_t>(rest.after.size()));
    out += rest.after;
  }
  return out;
}

void SlotCopy::Forget(TableId table) {
  tables.erase(std::remove_if(tables.begin(), tables.end(),
                              [&](const Rest& rest) { return rest.table == table; }),
               tables.end());
}

}  // namespace dosql
