// The inner loops of scans: stored rows into vectors.
#include "core/vector/vector_builder.h"

namespace dosql {

Status VectorBuilder::Put(uint32_t row, const Value& v) {
  if (v.type != type_) return PutSlow(row, v);
  switch (v.type) {
    case ValueType::kInteger: i64_[row] = v.i; return Status::Ok();
    case ValueType::kReal: f64_[row] = v.d; return Status::Ok();
    case ValueType::kText:
    case ValueType::kBlob: strings_[row] = StringRef::Make(v.data, v.size); return Status::Ok();
    default: return PutSlow(row, v);
  }
}

namespace {

// One column of narrow rows with the same number of columns, which is nearly every batch. Few
// operations and no branch that varying lengths would decide: this is where scans spend their time.
struct NarrowColumn {
  uint32_t header;      // flags and column count: rows that differ are read the long way
  uint32_t entries;     // offset of two entries in one word: the column's is the high half,
  uint32_t start_mask;  // its predecessor's the low one, where there is one
  int32_t last;         // offset of the 8 bytes before the data

  NarrowColumn(const uint8_t* row, uint32_t column)
      : header(LoadLe<uint16_t>(row)),
        entries(2 * column),
        start_mask(column == 0 ? 0 : 0xfff8),
        last(2 + 2 * row[1] - 8) {}

  // Narrow, a count in one byte, and the column is there.
  static bool Fits(const uint8_t* row, uint32_t column) {
    return row[0] == 0 && row[1] < 0x80 && column < row[1];
  }
  // A row's two entries; false: it must be read the long way.
  bool Read(const uint8_t* row, uint32_t* word) const {
    if (LoadLe<uint16_t>(row) != header) return false;
    *word = LoadLe<uint32_t>(row + entries);
    return true;
  }
  static uint32_t Tag(uint32_t word) { return word >> 16 & 7; }
  // The column's length in bits.
  uint32_t Bits(uint32_t word) const { return (word >> 16 & 0xfff8) - (word & start_mask); }
  // The 8 bytes that end with the column, which a row always has before it.
  const uint8_t* Last(const uint8_t* row, uint32_t word) const { return row + last + (word >> 19); }
};

// From the 8 bytes that end with a number of bytes: what lies before them is shifted out.
inline int64_t TakeInteger(const uint8_t* last, uint32_t bits, int64_t if_empty) {
  int64_t v = LoadLe<int64_t>(last) >> (-bits & 63);
  return bits == 0 ? if_empty : v;
}

inline StringRef TakeString(const uint8_t* last, uint32_t bits) {
  if (bits > 64) return StringRef::Make(last + 8 - bits / 8, bits / 8);
  uint64_t v = LoadLe<uint64_t>(last) >> (-bits & 63);
  if (bits == 0) v = 0;
  StringRef s;
  s.size = bits / 8;
  s.prefix = static_cast<uint32_t>(v);
  s.tail_word = v >> 32;
  return s;
}

}  // namespace

Status VectorBuilder::PutRows(uint32_t first, const uint8_t* const* rows, uint32_t count,
                              uint32_t column, const Value& missing) {
  constexpr uint32_t kOneBit = static_cast<uint32_t>(RowTag::kOne) - 1;
  static_assert((static_cast<uint32_t>(RowTag::kInteger) | kOneBit) ==
                static_cast<uint32_t>(RowTag::kOne));
  for (uint32_t r = 0; r < count; r++) {
    // As long as the class stays the same one loop takes the rows; what it does not know ends it.
    if (NarrowColumn::Fits(rows[r], column)) {
      NarrowColumn narrow(rows[r], column);
      uint32_t w;
      if (type_ == ValueType::kInteger) {
        int64_t* out = i64_ + first;
        for (; r < count && narrow.Read(rows[r], &w); r++) {
          uint32_t tag = narrow.Tag(w);
          if ((tag & ~kOneBit) != static_cast<uint32_t>(RowTag::kInteger)) break;
          out[r] = TakeInteger(narrow.Last(rows[r], w), narrow.Bits(w), tag / kOneBit);
        }
      } else if (type_ == ValueType::kReal) {
        double* out = f64_ + first;
        for (; r < count && narrow.Read(rows[r], &w); r++) {
          const uint8_t* last = narrow.Last(rows[r], w);
          if (narrow.Tag(w) == static_cast<uint32_t>(RowTag::kHundredths)) {
            out[r] = FromHundredths(TakeInteger(last, narrow.Bits(w), 0));
          } else if (narrow.Tag(w) == static_cast<uint32_t>(RowTag::kReal)) {
            out[r] = LoadLe<double>(last);
          } else {
            break;
          }
        }
      } else if (type_ == ValueType::kText) {
        StringRef* out = strings_ + first;
        for (; r < count && narrow.Read(rows[r], &w); r++) {
          if (narrow.Tag(w) != static_cast<uint32_t>(RowTag::kText)) break;
          out[r] = TakeString(narrow.Last(rows[r], w), narrow.Bits(w));
        }
      }
      if (r == count) break;
    }
    DOSQL_TRY(Put(first + r, RowView({rows[r], 2}).GetOr(column, missing)));
  }
  return Status::Ok();
}

Status VectorBuilder::PutIntegers(uint32_t first, const int64_t* values, uint32_t count) {
  uint32_t r = 0;
  for (; r < count; r++) {
    if (type_ == ValueType::kInteger) break;
    DOSQL_TRY(Put(first + r, Value::Integer(values[r])));
  }
  for (; r < count; r++) i64_[first + r] = values[r];
  return Status::Ok();
}

}  // namespace dosql
