// The one row codec: leaves, log records and result rows hold rows in these bytes.
//
//   u8      flags: bit 0 set = wide entries; the other bits are 0
//   varint  n, the number of columns, at most 32767
//   n entries, u16 (narrow) or u32 (wide), little-endian: end offset in data << 3 | tag
//   data    the columns' bytes one after the other; a column starts where its predecessor ends
//
// Tags: 0 NULL (no bytes), 1 INTEGER (0, 1, 2, 3, 4, 6 or 8 bytes, little-endian two's complement;
// no bytes is 0), 2 REAL (8 bytes), 3 TEXT, 4 BLOB, 5 the INTEGER 1 (no bytes), 6 a REAL that is a
// number of hundredths (as an INTEGER, 6 bytes at most): prices, rates and whole numbers. It is used
// for each value that dividing by 100 gives back bit by bit. Format version 1 had tags 0 to 5 only.
// Rows are narrow while the data is at most 8191 bytes. Any column is found in O(1). The encoding of
// a row is unique: equal values give equal bytes.
#pragma once

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr uint32_t kRowColumnsMax = 32767;
inline constexpr uint32_t kNarrowRowDataMax = (1u << 13) - 1;
inline constexpr uint32_t kRowDataMax = (1u << 29) - 1;

enum class RowTag : uint8_t { kNull, kInteger, kReal, kText, kBlob, kOne, kHundredths };

// The nearest double to the decimal number, as its text would give: division rounds correctly.
inline double FromHundredths(int64_t hundredths) { return static_cast<double>(hundredths) / 100; }

// The exact size of the encoding, or 0 when the row passes kRowColumnsMax or kRowDataMax.
size_t EncodedRowSize(const Value* values, uint32_t n);

// Writes EncodedRowSize(values, n) bytes; returns the end. The size must not have been 0.
uint8_t* EncodeRow(const Value* values, uint32_t n, uint8_t* out);

// A reader of one row. It is a view: the bytes must outlive it and every TEXT or BLOB value it gave.
class RowView {
 public:
  RowView() = default;

  // For bytes that the engine wrote and a checksum has covered.
  explicit RowView(Bytes row) {
    const uint8_t* p = row.data();
    wide_ = p[0] & 1;
    count_ = p[1];
    entries_ = p + 2;
    if (count_ >= 0x80) CountSlow();
    data_ = entries_ + (wide_ ? count_ * 4 : count_ * 2);
  }

  // For any other bytes: everything is checked, the order of offsets and the lengths included.
  static Status Open(Bytes row, RowView* out);  // kCorrupt

  uint32_t column_count() const { return count_; }

  struct Cell {
    const uint8_t* data;
    uint32_t size;
    RowTag tag;

    // Of kInteger, kOne and kHundredths.
    int64_t integer() const {
      switch (size) {
        case 0:
          return tag == RowTag::kOne;
        case 1:
          return static_cast<int8_t>(data[0]);
        case 2:
          return LoadLe<int16_t>(data);
        case 3:
          return LoadLe<uint16_t>(data) | static_cast<int64_t>(static_cast<int8_t>(data[2])) * 65536;
        case 4:
          return LoadLe<int32_t>(data);
        case 6:
          return LoadLe<uint32_t>(data) |
                 static_cast<int64_t>(LoadLe<int16_t>(data + 4)) * (int64_t{1} << 32);
        default:
          return LoadLe<int64_t>(data);
      }
    }
    // Of kReal and kHundredths.
    double real() const {
      return tag == RowTag::kReal ? LoadLe<double>(data) : FromHundredths(integer());
    }
  };
  // i < column_count().
  Cell GetCell(uint32_t i) const {
    uint32_t start = 0, entry;
    if (!wide_) {
      entry = LoadLe<uint16_t>(entries_ + i * 2);
      if (i > 0) start = LoadLe<uint16_t>(entries_ + i * 2 - 2) >> 3;
    } else {
      entry = LoadLe<uint32_t>(entries_ + i * 4);
      if (i > 0) start = LoadLe<uint32_t>(entries_ + i * 4 - 4) >> 3;
    }
    return {data_ + start, (entry >> 3) - start, static_cast<RowTag>(entry & 7)};
  }

  // i < column_count().
  Value Get(uint32_t i) const;

  // The column, or `missing` when the row was written before the column was added.
  Value GetOr(uint32_t i, const Value& missing) const { return i < count_ ? Get(i) : missing; }

 private:
  void CountSlow();

  const uint8_t* entries_ = nullptr;
  const uint8_t* data_ = nullptr;
  uint32_t count_ = 0;
  bool wide_ = false;
};

}  // namespace dosql
