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

// One column of narrow rows with the same number of columns, which is nearly every batch.
struct NarrowColumn {
  uint16_t header;  // flags and column count: rows that differ are read the long way
  uint32_t entry;   // offset of the column's entry; the one before it says where it starts
  uint32_t data;    // offset of the data
  bool first;

  NarrowColumn(const uint8_t* row, uint32_t column)
      : header(LoadLe<uint16_t>(row)),
        entry(2 + 2 * column),
        data(2 + 2 * row[1]),
        first(column == 0) {}

  // Narrow, a count in one byte, and the column is there.
  static bool Fits(const uint8_t* row, uint32_t column) {
    return row[0] == 0 && row[1] < 0x80 && column < row[1];
  }
  bool Read(const uint8_t* row, RowView::Cell* c) const {
    if (LoadLe<uint16_t>(row) != header) return false;
    uint32_t e = LoadLe<uint16_t>(row + entry);
    uint32_t start = first ? 0 : LoadLe<uint16_t>(row + entry - 2) >> 3;
    c->data = row + data + start;
    c->size = (e >> 3) - start;
    c->tag = static_cast<RowTag>(e & 7);
    return true;
  }
};

// An INTEGER of `size` bytes from the 8 bytes that end with it: what lies before is shifted out.
inline int64_t IntegerEndingAt(const uint8_t* end, uint32_t size) {
  int64_t v = LoadLe<int64_t>(end - 8) >> ((64 - 8 * size) & 63);
  return size == 0 ? 0 : v;
}

}  // namespace

Status VectorBuilder::PutRows(uint32_t first, const uint8_t* const* rows, uint32_t count,
                              uint32_t column, const Value& missing) {
  RowView::Cell c;
  for (uint32_t r = 0; r < count; r++) {
    // As long as the class stays the same one loop takes the rows; what it does not know ends it.
    if (NarrowColumn::Fits(rows[r], column)) {
      NarrowColumn narrow(rows[r], column);
      if (type_ == ValueType::kInteger) {
        for (; r < count && narrow.Read(rows[r], &c); r++) {
          if (c.tag == RowTag::kInteger)
            i64_[first + r] = IntegerEndingAt(c.data + c.size, c.size);
          else if (c.tag == RowTag::kOne)
            i64_[first + r] = 1;
          else
            break;
        }
      } else if (type_ == ValueType::kReal) {
        for (; r < count && narrow.Read(rows[r], &c) && c.tag == RowTag::kReal; r++)
          f64_[first + r] = LoadLe<double>(c.data);
      } else if (type_ == ValueType::kText) {
        for (; r < count && narrow.Read(rows[r], &c) && c.tag == RowTag::kText; r++)
          strings_[first + r] = StringRef::Make(c.data, c.size);
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
