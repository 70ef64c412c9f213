// The one key codec: bytes whose memcmp order is the order of CompareValues, column by column.
//
// A column is a class byte and a body:
//   NULL    05
//   number  10, then 8 bytes: the nearest double, big-endian, sign bit flipped, negatives inverted;
//           where that double is at least 2^53 in size, 2 more bytes: 0x8000 + (integer - double),
//           big-endian, so that integers and reals order exactly. 1 and 1.0 have the same key.
//   text    20, then the bytes (folded for NOCASE, without trailing blanks for RTRIM), each 00
//           written as 00 FF; the end is 00 00
//   blob    30, then as text without a collation
// DESC inverts every byte of the column. No column's bytes are a prefix of another's, so keys of
// several columns compare column by column.
// A rowid, where an index appends one, is the last 8 bytes: big-endian with the sign bit flipped.
// A key gives order and equality, not the value back.
#pragma once

#include "core/base/arena.h"
#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr size_t kRowidKeyBytes = 8;

// The most bytes the column can take.
inline size_t KeyBytesMax(const Value& v) { return v.is_bytes() ? size_t{v.size} * 2 + 3 : 11; }

// Writes one column at `out`, which has KeyBytesMax(v) bytes; returns the end.
uint8_t* PutKey(uint8_t* out, const Value& v, Collation collation, bool desc);

inline uint8_t* PutRowid(uint8_t* out, int64_t rowid) {
  StoreBe64(out, static_cast<uint64_t>(rowid) ^ (uint64_t{1} << 63));
  return out + 8;
}
// The rowid in the last 8 bytes; the key has at least 8.
inline int64_t DecodeRowid(Bytes key) {
  return static_cast<int64_t>(LoadBe64(key.data() + key.size() - 8) ^ (uint64_t{1} << 63));
}

// How many bytes the first column of `key` takes; all of it when the key ends within the column.
size_t KeyColumnBytes(Bytes key, bool desc);

// Takes the first column off `key` and reads its value, for a column whose keys tell it: collated
// by BINARY, and either all its integral numbers are integers (`integers`) or all its numbers are
// reals. False: the key does not tell this one (an integer past 2^53, a real zero), or is not a
// key. Text lies in the arena; nullptr data: no memory.
bool TakeKeyColumn(Bytes* key, bool desc, bool integers, Arena* arena, Value* out);

// A key under construction. Small keys live inside the object, larger ones in the arena, which is
// only touched when a key outgrows what it has; Clear keeps the memory.
class KeyBuffer {
 public:
  explicit KeyBuffer(Arena* arena) : arena_(arena) {}
  KeyBuffer(const KeyBuffer&) = delete;
  KeyBuffer& operator=(const KeyBuffer&) = delete;

  // kNoMemory leaves the key as it was.
  Status Append(const Value& v, Collation collation, bool desc) {
    DOSQL_TRY(Grow(KeyBytesMax(v)));
    size_ = static_cast<size_t>(PutKey(data_ + size_, v, collation, desc) - data_);
    return Status::Ok();
  }
  Status AppendRowid(int64_t rowid) {
    DOSQL_TRY(Grow(kRowidKeyBytes));
    PutRowid(data_ + size_, rowid);
    size_ += kRowidKeyBytes;
    return Status::Ok();
  }
  Status AppendBytes(Bytes raw);
  // Room for so many bytes at *out, behind those there are; then how far they were written.
  Status Reserve(size_t more, uint8_t** out) {
    DOSQL_TRY(Grow(more));
    *out = data_ + size_;
    return Status::Ok();
  }
  void SetEnd(const uint8_t* end) { size_ = static_cast<size_t>(end - data_); }

  // Turns the prefix that the buffer holds into the smallest key greater than every key with that
  // prefix. False when there is none (empty or all FF): the range has no upper end.
  bool ToSuccessor();

  void Clear() { size_ = 0; }
  void Truncate(size_t size) { size_ = size; }
  Bytes bytes() const { return {data_, size_}; }  // until the next change
  size_t size() const { return size_; }

 private:
  Status Grow(size_t more) { return size_ + more <= capacity_ ? Status::Ok() : GrowSlow(more); }
  Status GrowSlow(size_t more);

  Arena* arena_;
  uint8_t inline_[64];
  uint8_t* data_ = inline_;
  size_t size_ = 0;
  size_t capacity_ = sizeof inline_;
};

}  // namespace dosql
