// HashTable: the one hash table of joins, groups, DISTINCT and sets.
//
// Entries are a row of key Values followed by payload bytes; they lie in the arena and never move.
// Keys are equal as CompareValues has it under each column's collation; NULL equals NULL.
#pragma once

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/type/value.h"

namespace dosql {

class HashTable {
 public:
  // collations: key_count of them, kept by the caller. payload_bytes is rounded up to 8.
  void Init(Arena* arena, uint32_t key_count, const Collation* collations, uint32_t payload_bytes);

  // The entry with these keys, made with a zeroed payload when it is new (*added). Keys' bytes are
  // copied into the arena. kNoMemory.
  Status FindOrAdd(const Value* keys, uint8_t** payload, bool* added);
  // The payload, or nullptr.
  uint8_t* Find(const Value* keys) const;

  uint32_t size() const { return size_; }
  // Entry i in order of insertion.
  const Value* keys(uint32_t i) const;
  uint8_t* payload(uint32_t i) const;
  // The keys of the entry with this payload.
  const Value* KeysOf(const uint8_t* payload) const {
    return reinterpret_cast<const Value*>(payload) - key_count_;
  }

 private:
  struct Slot {
    uint32_t hash;
    uint32_t entry;  // 1-based; 0 is free
  };
  uint32_t Hash(const Value* keys) const;
  bool Equal(const Value* a, const Value* b) const;
  Status Grow();
  Status NewEntry(uint8_t** entry);
  uint8_t* entry(uint32_t i) const {
    return blocks_[i >> kBlockShift] + (i & kBlockMask) * entry_bytes_;
  }

  static constexpr uint32_t kBlockShift = 8, kBlockMask = 255;

  Arena* arena_ = nullptr;
  const Collation* collations_ = nullptr;
  uint32_t key_count_ = 0;
  uint32_t entry_bytes_ = 0;
  Slot* slots_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t size_ = 0;
  uint8_t** blocks_ = nullptr;
  uint32_t block_capacity_ = 0;
};

}  // namespace dosql
