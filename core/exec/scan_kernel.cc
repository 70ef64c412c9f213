#include "core/exec/scan_kernel.h"

namespace dosql {

// The run comes by value: a reference might alias what is written, and be read again for each row.
uint32_t ReadLeafRows(LeafRun run, uint32_t at, uint32_t n, int64_t* rowids, const uint8_t** rows) {
  for (uint32_t i = 0; i < n; i++) {
    const uint8_t* row = run.ShortPayload(at + i, 2);
    if (row == nullptr) {
      Bytes payload;
      if (!run.IntegerPayload(at + i, &payload) || payload.size() < 2) {
        n = i;
        break;
      }
      row = payload.data();
    }
    rows[i] = row;
  }
  if (rowids != nullptr)
    for (uint32_t i = 0; i < n; i++) rowids[i] = run.IntegerKey(at + i);
  return n;
}

template <typename Key>
uint32_t GroupCache::FindIn(const Slot<Key>* slots, const Key* keys, const uint8_t* nulls,
                            const Selection& rows, uint32_t k, uint8_t** groups) {
  const uint16_t* selected = rows.rows;
  for (uint32_t count = rows.count; k < count; k++) {
    uint32_t row = selected != nullptr ? selected[k] : k;
    if (nulls != nullptr && nulls[row] != 0) break;
    const Key& key = keys[row];
    uint32_t at = SlotOf(key);
    const Slot<Key>* s = &slots[at];
    if (!Same(s->key, key)) {
      s = &slots[at ^ 1];
      if (!Same(s->key, key)) break;
    }
    // A free slot's key is 0 or empty.
    if (s->group == nullptr) break;
    groups[k] = s->group;
  }
  return k;
}

template <typename Key>
void GroupCache::AddTo(Slot<Key>* slots, const Key& key, uint8_t* group) {
  uint32_t at = SlotOf(key);
  if (slots[at].group != nullptr) slots[at ^ 1] = slots[at];
  slots[at] = {key, group};
}

uint32_t GroupCache::Find(const Vector& keys, const Selection& rows, uint32_t k,
                          uint8_t** groups) const {
  return keys.type == VectorType::kI64
             ? FindIn(integers_, keys.i64, keys.nulls, rows, k, groups)
             : FindIn(strings_, keys.bytes, keys.nulls, rows, k, groups);
}

void GroupCache::Add(const Vector& keys, uint32_t row, const Value& stored, uint8_t* group) {
  if (keys.nulls != nullptr && keys.nulls[row] != 0) return;
  // 1 and 1.0 are one group; the cache knows it by the integer as well.
  if (keys.type == VectorType::kI64) return AddTo(integers_, keys.i64[row], group);
  const StringRef& key = keys.bytes[row];
  AddTo(strings_,
        key.size <= StringRef::kInlineMax ? key : StringRef::Make(stored.data, stored.size), group);
}

}  // namespace dosql
