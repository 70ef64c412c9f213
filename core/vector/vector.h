// Vector: one column of a chunk. A view of arrays that an arena (or a VectorBuilder's arena) owns.
//
// Four types only: I64 and F64 hold one storage class; BYTES holds TEXT or BLOB, one of them per
// vector; TAGGED holds Values of any class. NULLs are marked in `nulls`, except in a TAGGED vector,
// whose Values say it themselves.
#pragma once

#include <cstdint>
#include <cstring>

#include "core/base/bytes.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr uint32_t kChunkRowsMax = 2048;

// A string in 16 bytes: up to 12 of them in place, longer ones as 4 bytes of prefix and a pointer to
// bytes that somebody else owns. In-place bytes past the end are 0, so that two short strings are
// equal when their 16 bytes are.
class StringRef {
 public:
  uint32_t size;
  uint32_t prefix;
  union {
    uint8_t tail[8];
    uint64_t tail_word;
    const uint8_t* pointer;
  };

  static constexpr uint32_t kInlineMax = 12;

  static StringRef Make(const uint8_t* data, uint32_t size) {
    StringRef s;
    s.size = size;
    s.prefix = 0;
    s.tail_word = 0;
    if (size > kInlineMax) {
      s.prefix = LoadLe<uint32_t>(data);
      s.pointer = data;
    } else if (size >= 4) {
      s.prefix = LoadLe<uint32_t>(data);
      if (size >= 8) {
        s.tail_word = LoadLe<uint32_t>(data + 4);
        // The last 4 bytes, less those that are there already.
        if (size > 8) {
          s.tail_word |= static_cast<uint64_t>(LoadLe<uint32_t>(data + size - 4)) >> (96 - size * 8) << 32;
        }
      } else if (size > 4) {
        s.tail_word = LoadLe<uint32_t>(data + size - 4) >> (64 - size * 8);
      }
    } else if (size > 0) {
      s.prefix = data[0];
      if (size > 1) s.prefix |= static_cast<uint32_t>(data[1]) << 8;
      if (size > 2) s.prefix |= static_cast<uint32_t>(data[2]) << 16;
    }
    return s;
  }

  // For a short string this points into the StringRef itself.
  const uint8_t* data() const {
    return size <= kInlineMax ? reinterpret_cast<const uint8_t*>(&prefix) : pointer;
  }
  Bytes bytes() const { return {data(), size}; }

  // Size and prefix in one word.
  uint64_t head_word() const { return LoadLe<uint64_t>(reinterpret_cast<const uint8_t*>(this)); }

  bool Equals(const StringRef& o) const {
    if (head_word() != o.head_word()) return false;
    if (size <= kInlineMax) return tail_word == o.tail_word;
    // Words of 8 bytes, the last two overlapping. libc's memcmp for wasm goes byte by byte.
    uint32_t last = size - 8;
    for (uint32_t at = 4; at < last; at += 8) {
      if (LoadLe<uint64_t>(pointer + at) != LoadLe<uint64_t>(o.pointer + at)) return false;
    }
    return LoadLe<uint64_t>(pointer + last) == LoadLe<uint64_t>(o.pointer + last);
  }
  // memcmp order: < 0, 0, > 0.
  int Compare(const StringRef& o) const {
    if (prefix != o.prefix) {
      return __builtin_bswap32(prefix) < __builtin_bswap32(o.prefix) ? -1 : 1;
    }
    if (size > kInlineMax || o.size > kInlineMax) return CompareLong(o);
    if (tail_word != o.tail_word) {
      return __builtin_bswap64(tail_word) < __builtin_bswap64(o.tail_word) ? -1 : 1;
    }
    return size < o.size ? -1 : size > o.size;
  }

 private:
  int CompareLong(const StringRef& o) const;
};
static_assert(sizeof(StringRef) == 16);

enum class VectorType : uint8_t { kI64, kF64, kBytes, kTagged };

struct Vector {
  VectorType type = VectorType::kTagged;
  bool is_blob = false;      // kBytes: the class of all its strings
  bool is_constant = false;  // entry 0 stands for every row
  union {
    void* data = nullptr;
    int64_t* i64;
    double* f64;
    StringRef* bytes;
    Value* tagged;
  };
  uint8_t* nulls = nullptr;  // nullptr: no row is NULL; else 1 for each row that is. Not for kTagged.

  uint32_t At(uint32_t row) const { return is_constant ? 0 : row; }
  bool IsNull(uint32_t row) const {
    row = At(row);
    if (type == VectorType::kTagged) return tagged[row].is_null();
    return nulls != nullptr && nulls[row] != 0;
  }
  // A short string's bytes are inside the vector: the Value lives as long as the vector's arrays
  // keep their contents.
  Value Get(uint32_t row) const {
    row = At(row);
    if (type == VectorType::kTagged) return tagged[row];
    if (nulls != nullptr && nulls[row] != 0) return Value::Null();
    switch (type) {
      case VectorType::kI64:
        return Value::Integer(i64[row]);
      case VectorType::kF64:
        return Value::Real(f64[row]);
      default:
        return Value::Make(is_blob ? ValueType::kBlob : ValueType::kText, bytes[row].bytes());
    }
  }
};

// The rows of a chunk that count. rows == nullptr: the first `count` rows.
struct Selection {
  const uint16_t* rows = nullptr;  // ascending
  uint32_t count = 0;
  uint32_t operator[](uint32_t k) const { return rows != nullptr ? rows[k] : k; }
};

// Rows on their way between operators: at most kChunkRowsMax. The producer owns the arrays and says
// how long they live; a consumer that keeps anything copies it.
struct Chunk {
  Vector* columns = nullptr;
  uint32_t column_count = 0;
  uint32_t row_count = 0;  // rows in the vectors
  Selection selection;     // those that count
};

}  // namespace dosql
