#include "core/type/row_codec.h"

#include "core/base/varint.h"

namespace dosql {
namespace {

uint32_t IntegerSize(int64_t v) {
  if (v == 0 || v == 1) return 0;
  uint64_t magnitude = static_cast<uint64_t>(v < 0 ? ~v : v);
  if (magnitude < 1u << 7) return 1;
  if (magnitude < 1u << 15) return 2;
  if (magnitude < 1u << 23) return 3;
  if (magnitude < 1u << 31) return 4;
  if (magnitude < uint64_t{1} << 47) return 6;
  return 8;
}

// Whether a REAL is a number of hundredths that is worth its tag: *hundredths in at most 6 bytes.
bool IsHundredths(const Value& real, int64_t* hundredths) {
  constexpr double kMax = static_cast<double>(uint64_t{1} << 47) - 1;
  const double scaled = real.d * 100;
  if (!(scaled >= -kMax && scaled <= kMax)) return false;
  *hundredths = static_cast<int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  // Bits, not values: -0.0 must come back as such.
  return Value::Real(FromHundredths(*hundredths)).i == real.i;
}

// A value as it is stored: its tag, its length, and the word whose low bytes are written unless it
// is TEXT or BLOB.
struct StoredCell {
  RowTag tag;
  uint32_t size;
  int64_t word;

  explicit StoredCell(const Value& v) : tag(static_cast<RowTag>(v.type)), size(v.size), word(v.i) {
    switch (v.type) {
      case ValueType::kNull: size = 0; break;
      case ValueType::kInteger:
        size = IntegerSize(v.i);
        if (v.i == 1) tag = RowTag::kOne;
        break;
      case ValueType::kReal:
        size = 8;
        if (int64_t hundredths; IsHundredths(v, &hundredths)) {
          tag = RowTag::kHundredths;
          word = hundredths;
          size = IntegerSize(hundredths);
          if (hundredths == 1) size = 1;
        }
        break;
      default: break;
    }
  }
};

uint64_t RowDataSize(const Value* values, uint32_t n) {
  uint64_t size = 0;
  for (uint32_t i = 0; i < n; i++) size += StoredCell(values[i]).size;
  return size;
}

// At least that: a number takes 8 bytes at most.
uint64_t RowDataBound(const Value* values, uint32_t n) {
  uint64_t size = 0;
  for (uint32_t i = 0; i < n; i++) size += values[i].is_bytes() ? values[i].size : 8;
  return size;
}

uint32_t CountBytes(uint32_t n) { return n < 0x80 ? 1 : n < 0x4000 ? 2 : 3; }

bool CellIsValid(RowTag tag, uint32_t size) {
  switch (tag) {
    case RowTag::kNull:
    case RowTag::kOne: return size == 0;
    case RowTag::kInteger: return size <= 4 || size == 6 || size == 8;
    case RowTag::kReal: return size == 8;
    case RowTag::kHundredths: return size <= 4 || size == 6;
    case RowTag::kText:
    case RowTag::kBlob: return true;
  }
  return false;
}

}  // namespace

size_t EncodedRowSize(const Value* values, uint32_t n) {
  uint64_t data = RowDataSize(values, n);
  if (n > kRowColumnsMax || data > kRowDataMax) return 0;
  return 1 + CountBytes(n) + size_t{n} * (data > kNarrowRowDataMax ? 4 : 2) +
         static_cast<size_t>(data);
}

uint8_t* EncodeRow(const Value* values, uint32_t n, uint8_t* out) {
  // Mostly the bound tells, so that no value is looked at twice here.
  const bool wide =
      RowDataBound(values, n) > kNarrowRowDataMax && RowDataSize(values, n) > kNarrowRowDataMax;
  *out++ = wide;
  out = PutVarint(out, n);
  uint8_t* entry = out;
  uint8_t* data = out + size_t{n} * (wide ? 4 : 2);
  uint32_t end = 0;
  for (uint32_t i = 0; i < n; i++) {
    const Value& v = values[i];
    const StoredCell cell(v);
    if (v.is_bytes()) {
      if (cell.size > 0) std::memcpy(data + end, v.data, cell.size);
    } else {
      for (uint32_t k = 0; k < cell.size; k++)
        data[end + k] = static_cast<uint8_t>(cell.word >> (k * 8));
    }
    end += cell.size;
    uint32_t e = end << 3 | static_cast<uint32_t>(cell.tag);
    if (wide) {
      StoreLe<uint32_t>(entry, e);
      entry += 4;
    } else {
      StoreLe<uint16_t>(entry, static_cast<uint16_t>(e));
      entry += 2;
    }
  }
  return data + end;
}

void RowView::CountSlow() {
  uint64_t n = 0;
  entries_ = GetVarint(entries_ - 1, entries_ + 2, &n);
  count_ = static_cast<uint32_t>(n);
}

Status RowView::Open(Bytes row, RowView* out) {
  if (row.size() < 2 || row[0] > 1) return Code::kCorrupt;
  const uint8_t* end = row.data() + row.size();
  uint64_t n;
  const uint8_t* p = GetVarint(row.data() + 1, end, &n);
  if (p == nullptr || n > kRowColumnsMax ||
      static_cast<size_t>(p - row.data()) != 1 + CountBytes(static_cast<uint32_t>(n))) {
    return Code::kCorrupt;
  }
  size_t entry_size = row[0] ? 4 : 2;
  if (n * entry_size > static_cast<size_t>(end - p)) return Code::kCorrupt;
  const uint8_t* data = p + n * entry_size;
  size_t data_size = static_cast<size_t>(end - data);
  uint32_t start = 0;
  for (uint64_t i = 0; i < n; i++, p += entry_size) {
    uint32_t e = entry_size == 4 ? LoadLe<uint32_t>(p) : LoadLe<uint16_t>(p);
    uint32_t stop = e >> 3;
    if (stop < start || stop > data_size) return Code::kCorrupt;
    if (!CellIsValid(static_cast<RowTag>(e & 7), stop - start)) return Code::kCorrupt;
    // A NaN would be a value that SQL does not have.
    if ((e & 7) == static_cast<uint32_t>(RowTag::kReal)) {
      double d = LoadLe<double>(data + start);
      if (d != d) return Code::kCorrupt;
    }
    start = stop;
  }
  if (start != data_size) return Code::kCorrupt;
  *out = RowView(row);
  return Status::Ok();
}

}  // namespace dosql
