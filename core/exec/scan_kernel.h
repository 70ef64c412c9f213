// The inner loops of scans and of GROUP BY that core/vector and core/function do not have.
#pragma once

#include "core/exec/hash_table.h"
#include "core/storage/btree/cursor.h"
#include "core/vector/vector.h"

namespace dosql {

// Rowids (unless rowids is nullptr) and rows of the slots [at, at + n) of an integer leaf. Stops before
// the first row that does not lie wholly in the page or is too short to be one; returns how many it
// took.
uint32_t ReadLeafRows(LeafRun run, uint32_t at, uint32_t n, int64_t* rowids,
                      const uint8_t** rows);

// GroupCache: the groups met lately by one key, so that most rows find theirs without the hash
// table. A key has two slots; what the cache does not know the caller looks up and tells it.
class GroupCache {
 public:
  // Fills groups[k] for selected rows from k on; returns the first k that it does not know, or the
  // selection's count. `keys` has no constant; I64, or BYTES under the BINARY collation.
  uint32_t Find(const Vector& keys, const Selection& rows, uint32_t k, uint8_t** groups) const;
  // The key of `row` belongs to `group`; a long string's bytes are those of `stored`, which stay.
  void Add(const Vector& keys, uint32_t row, const Value& stored, uint8_t* group);
  void Clear() { *this = GroupCache(); }

 private:
  static constexpr uint32_t kSlots = 2048;
  template <typename Key>
  struct Slot {
    Key key;
    uint8_t* group;  // nullptr: free
  };
  static bool Same(int64_t a, int64_t b) { return a == b; }
  static bool Same(const StringRef& a, const StringRef& b) { return a.Equals(b); }
  static uint32_t SlotOf(int64_t key) {
    return (static_cast<uint32_t>(key) ^ static_cast<uint32_t>(key >> 32)) % kSlots;
  }
  static uint32_t SlotOf(const StringRef& key) {
    uint64_t tail = key.size <= StringRef::kInlineMax
                        ? key.tail_word
                        : LoadLe<uint64_t>(key.pointer + key.size - 8);
    return static_cast<uint32_t>(
        (key.head_word() * 0x9e3779b97f4a7c15u ^ tail * 0xc2b2ae3d27d4eb4fu) >> 53);
  }
  static_assert(kSlots == 1u << 11, "SlotOf takes so many bits");

  template <typename Key>
  static uint32_t FindIn(const Slot<Key>* slots, const Key* keys, const uint8_t* nulls,
                         const Selection& rows, uint32_t k, uint8_t** groups);
  template <typename Key>
  static void AddTo(Slot<Key>* slots, const Key& key, uint8_t* group);

  Slot<int64_t> integers_[kSlots] = {};
  Slot<StringRef> strings_[kSlots] = {};
};

}  // namespace dosql
