#include "core/exec/scan_kernel.h"

namespace dosql {

uint32_t ReadLeafRows(const LeafRun& run, uint32_t at, uint32_t n, int64_t* rowids,
                      const uint8_t** rows) {
  for (uint32_t i = 0; i < n; i++) {
    Bytes payload;
    if (!run.IntegerPayload(at + i, &payload) || payload.size() < 2) return i;
    rowids[i] = run.IntegerKey(at + i);
    rows[i] = payload.data();
  }
  return n;
}

uint32_t GroupCache::Find(const Vector& keys, const Selection& rows, uint32_t k,
                          uint8_t** groups) const {
  if (keys.type == VectorType::kI64) {
    for (; k < rows.count; k++) {
      uint32_t row = rows[k];
      if (keys.nulls != nullptr && keys.nulls[row] != 0) return k;
      int64_t key = keys.i64[row];
      const IntegerSlot& s = integers_[SlotOf(key)];
      if (s.group == nullptr || s.key != key) return k;
      groups[k] = s.group;
    }
    return k;
  }
  for (; k < rows.count; k++) {
    uint32_t row = rows[k];
    if (keys.nulls != nullptr && keys.nulls[row] != 0) return k;
    const StringRef& key = keys.bytes[row];
    const StringSlot& s = strings_[SlotOf(key)];
    if (s.group == nullptr || !s.key.Equals(key)) return k;
    groups[k] = s.group;
  }
  return k;
}

void GroupCache::Add(const Vector& keys, uint32_t row, const Value& stored, uint8_t* group) {
  if (keys.nulls != nullptr && keys.nulls[row] != 0) return;
  if (keys.type == VectorType::kI64) {
    // 1 and 1.0 are one group; the cache knows it by the integer as well.
    integers_[SlotOf(keys.i64[row])] = {keys.i64[row], group};
    return;
  }
  const StringRef& key = keys.bytes[row];
  StringRef kept =
      key.size <= StringRef::kInlineMax ? key : StringRef::Make(stored.data, stored.size);
  strings_[SlotOf(key)] = {kept, group};
}

}  // namespace dosql
