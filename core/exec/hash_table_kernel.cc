#include "core/exec/hash_table.h"

#include "core/type/compare.h"

namespace dosql {

void HashTable::Init(Arena* arena, uint32_t key_count, const Collation* collations,
                     uint32_t payload_bytes) {
  arena_ = arena;
  key_count_ = key_count;
  collations_ = collations;
  entry_bytes_ = key_count * static_cast<uint32_t>(sizeof(Value)) + ((payload_bytes + 7) & ~7u);
}

uint32_t HashTable::Hash(const Value* keys) const {
  uint32_t h = 0;
  for (uint32_t i = 0; i < key_count_; i++)
    h = (h << 5 | h >> 27) ^ HashValue(keys[i], collations_[i]);
  return h * 0x9e3779b1u;
}

bool HashTable::Equal(const Value* a, const Value* b) const {
  for (uint32_t i = 0; i < key_count_; i++) {
    if (a[i].type == ValueType::kInteger && b[i].type == ValueType::kInteger) {
      if (a[i].i != b[i].i) return false;
    } else if (!EqualValues(a[i], b[i], collations_[i])) {
      return false;
    }
  }
  return true;
}

uint8_t* HashTable::Find(const Value* keys) const {
  if (size_ == 0) return nullptr;
  uint32_t h = Hash(keys);
  for (uint32_t at = h & mask_;; at = (at + 1) & mask_) {
    const Slot& s = slots_[at];
    if (s.entry == 0) return nullptr;
    if (s.hash != h) continue;
    uint8_t* e = entry(s.entry - 1);
    if (Equal(keys, reinterpret_cast<const Value*>(e))) return e + key_count_ * sizeof(Value);
  }
}

Status HashTable::FindOrAdd(const Value* keys, uint8_t** payload, bool* added) {
  // At most three slots of four are taken.
  if ((size_ + 1) * 4 > mask_ * 3) DOSQL_TRY(Grow());
  uint32_t h = Hash(keys), at = h & mask_;
  for (;; at = (at + 1) & mask_) {
    const Slot& s = slots_[at];
    if (s.entry == 0) break;
    if (s.hash != h) continue;
    uint8_t* e = entry(s.entry - 1);
    if (!Equal(keys, reinterpret_cast<const Value*>(e))) continue;
    *payload = e + key_count_ * sizeof(Value);
    *added = false;
    return Status::Ok();
  }
  uint8_t* e;
  DOSQL_TRY(NewEntry(&e));
  Value* copy = reinterpret_cast<Value*>(e);
  for (uint32_t i = 0; i < key_count_; i++) {
    copy[i] = keys[i];
    if (!keys[i].is_bytes() || keys[i].size == 0) continue;
    Bytes b = arena_->Copy(keys[i].bytes());
    if (b.data() == nullptr) return Code::kNoMemory;
    copy[i].data = b.data();
  }
  slots_[at] = {h, ++size_};
  *payload = e + key_count_ * sizeof(Value);
  *added = true;
  return Status::Ok();
}

Status HashTable::NewEntry(uint8_t** out) {
  uint32_t block = size_ >> kBlockShift;
  if ((size_ & kBlockMask) == 0) {
    if (block == block_capacity_) {
      uint32_t capacity = block_capacity_ == 0 ? 16 : block_capacity_ * 2;
      uint8_t** blocks = arena_->NewArray<uint8_t*>(capacity);
      if (blocks == nullptr) return Code::kNoMemory;
      for (uint32_t i = 0; i < block; i++) blocks[i] = blocks_[i];
      blocks_ = blocks;
      block_capacity_ = capacity;
    }
    // The first block may stay almost empty: entries are small, and so is the waste.
    blocks_[block] = static_cast<uint8_t*>(arena_->Allocate(size_t{entry_bytes_} << kBlockShift));
    if (blocks_[block] == nullptr) return Code::kNoMemory;
  }
  *out = entry(size_);
  std::memset(*out, 0, entry_bytes_);
  return Status::Ok();
}

Status HashTable::Grow() {
  uint32_t capacity = slots_ == nullptr ? 64 : (mask_ + 1) * 2;
  Slot* slots = arena_->NewArray<Slot>(capacity);
  if (slots == nullptr) return Code::kNoMemory;
  for (uint32_t i = 0; slots_ != nullptr && i <= mask_; i++) {
    if (slots_[i].entry == 0) continue;
    uint32_t at = slots_[i].hash & (capacity - 1);
    while (slots[at].entry != 0) at = (at + 1) & (capacity - 1);
    slots[at] = slots_[i];
  }
  slots_ = slots;
  mask_ = capacity - 1;
  return Status::Ok();
}

const Value* HashTable::keys(uint32_t i) const { return reinterpret_cast<const Value*>(entry(i)); }

uint8_t* HashTable::payload(uint32_t i) const { return entry(i) + key_count_ * sizeof(Value); }

}  // namespace dosql
