#include "core/lake/iceberg/single_value.h"

#include <cmath>

#include "core/base/bytes.h"

namespace dosql::lake {
namespace {

constexpr uint8_t kLongDecimalDigits = 18;  // as many as `Datum::i` holds

template <typename T>
void Append(T v, std::string* out) {
  char bytes[sizeof v];
  StoreLe(bytes, v);
  out->append(bytes, sizeof v);
}

__int128 FromBigEndian(std::string_view bytes) {
  __int128 v = !bytes.empty() && (bytes[0] & 0x80) ? -1 : 0;
  for (char c : bytes) {
    v = static_cast<__int128>(static_cast<unsigned __int128>(v) << 8 | static_cast<uint8_t>(c));
  }
  return v;
}

template <typename T>
int Order(T a, T b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

Datum DatumAt(const Type& type, const Column& column, uint32_t row) {
  if (column.IsNull(row)) return Datum();
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble: return Datum::Real(column.doubles[row]);
    case TypeKind::kString:
    case TypeKind::kBinary: return Datum::Text(column.Text(row));
    case TypeKind::kDecimal:
      if (type.precision <= kLongDecimalDigits) return Datum::Int(column.ints[row]);
      return Datum::Text(column.Text(row));
    default: return Datum::Int(column.ints[row]);
  }
}

__int128 DecimalOf(const Type& type, const Datum& value) {
  return type.precision <= kLongDecimalDigits ? value.i : FromBigEndian(value.bytes);
}

Datum DecimalDatum(const Type& type, __int128 unscaled) {
  if (type.precision <= kLongDecimalDigits) return Datum::Int(static_cast<int64_t>(unscaled));
  char bytes[16];
  for (int k = 15; k >= 0; k--, unscaled >>= 8) bytes[k] = static_cast<char>(unscaled & 0xff);
  return Datum::Text(std::string_view(bytes, 16));
}

std::string DecimalBytes(__int128 unscaled) {
  std::string out;
  // Until what is left is only the sign of the byte before it.
  do {
    out.insert(out.begin(), static_cast<char>(unscaled & 0xff));
    unscaled >>= 8;
  } while (unscaled != ((out[0] & 0x80) ? -1 : 0));
  return out;
}

void EncodeSingleValue(const Type& type, const Datum& value, std::string* out) {
  switch (type.kind) {
    case TypeKind::kBoolean: out->push_back(value.i != 0); return;
    case TypeKind::kInt:
    case TypeKind::kDate: return Append(static_cast<int32_t>(value.i), out);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz: return Append(value.i, out);
    case TypeKind::kFloat: return Append(static_cast<float>(value.d), out);
    case TypeKind::kDouble: return Append(value.d, out);
    case TypeKind::kDecimal: *out += DecimalBytes(DecimalOf(type, value)); return;
    case TypeKind::kString:
    case TypeKind::kBinary: *out += value.bytes; return;
    case TypeKind::kStruct:
    case TypeKind::kList: DOSQL_ASSERT(false);
  }
}

Status DecodeSingleValue(const Type& type, std::string_view bytes, Datum* out) {
  size_t n = bytes.size();
  *out = Datum();
  out->null = false;
  switch (type.kind) {
    case TypeKind::kBoolean:
      if (n != 1) return Code::kCorrupt;
      out->i = bytes[0] != 0;
      return Status::Ok();
    case TypeKind::kInt:
    case TypeKind::kDate:
      if (n != 4) return Code::kCorrupt;
      out->i = LoadLe<int32_t>(bytes.data());
      return Status::Ok();
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      if (n != 8 && n != 4) return Code::kCorrupt;
      out->i = n == 8 ? LoadLe<int64_t>(bytes.data()) : LoadLe<int32_t>(bytes.data());
      return Status::Ok();
    case TypeKind::kFloat:
      if (n != 4) return Code::kCorrupt;
      out->d = LoadLe<float>(bytes.data());
      return Status::Ok();
    case TypeKind::kDouble:
      if (n != 8 && n != 4) return Code::kCorrupt;
      out->d =
          n == 8 ? LoadLe<double>(bytes.data()) : static_cast<double>(LoadLe<float>(bytes.data()));
      return Status::Ok();
    case TypeKind::kDecimal:
      if (n == 0 || n > 16 || (n > 8 && type.precision <= kLongDecimalDigits))
        return Code::kCorrupt;
      *out = DecimalDatum(type, FromBigEndian(bytes));
      return Status::Ok();
    case TypeKind::kString:
    case TypeKind::kBinary: out->bytes = bytes; return Status::Ok();
    case TypeKind::kStruct:
    case TypeKind::kList: return Code::kCorrupt;
  }
  return Code::kCorrupt;
}

int CompareSingleValues(const Type& type, const Datum& a, const Datum& b) {
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      if (a.d == 0 && b.d == 0) return Order(!std::signbit(a.d), !std::signbit(b.d));
      return Order(a.d, b.d);
    case TypeKind::kDecimal: return Order(DecimalOf(type, a), DecimalOf(type, b));
    case TypeKind::kString:
    case TypeKind::kBinary: return CompareBytes(AsBytes(a.bytes), AsBytes(b.bytes));
    default: return Order(a.i, b.i);
  }
}

size_t PrefixBytes(std::string_view text, uint32_t length) {
  size_t at = 0;
  for (; at < text.size(); at++) {
    // A code point starts wherever a byte is not 10xxxxxx.
    if ((text[at] & 0xc0) != 0x80 && length-- == 0) break;
  }
  return at;
}

void TruncateLowerBound(const Type& type, uint32_t length, Datum* bound) {
  if (type.kind == TypeKind::kString) {
    bound->bytes.resize(PrefixBytes(bound->bytes, length));
  } else if (type.kind == TypeKind::kBinary && bound->bytes.size() > length) {
    bound->bytes.resize(length);
  }
}

bool TruncateUpperBound(const Type& type, uint32_t length, Datum* bound) {
  std::string& bytes = bound->bytes;
  size_t before = bytes.size();
  TruncateLowerBound(type, length, bound);
  if (bytes.size() == before) return true;
  if (type.kind == TypeKind::kBinary) {
    for (; !bytes.empty(); bytes.pop_back()) {
      if (static_cast<uint8_t>(bytes.back()) == 0xff) continue;
      bytes.back()++;
      return true;
    }
    return false;
  }
  // The last code point that has a successor takes it; those after it go.
  while (!bytes.empty()) {
    size_t start = bytes.size() - 1;
    while (start > 0 && (bytes[start] & 0xc0) == 0x80) start--;
    auto at = [&](size_t k) -> uint32_t {
      return k < bytes.size() ? static_cast<uint8_t>(bytes[k]) & 0x3f : 0;
    };
    uint32_t lead = static_cast<uint8_t>(bytes[start]), code = lead;
    if (lead >= 0xf0) {
      code = (lead & 7) << 18 | at(start + 1) << 12 | at(start + 2) << 6 | at(start + 3);
    } else if (lead >= 0xe0) {
      code = (lead & 15) << 12 | at(start + 1) << 6 | at(start + 2);
    } else if (lead >= 0xc0) {
      code = (lead & 31) << 6 | at(start + 1);
    }
    bytes.resize(start);
    code++;
    if (code == 0xd800) code = 0xe000;  // surrogates are not in UTF-8
    if (code > 0x10ffff) continue;
    if (code < 0x80) {
      bytes += static_cast<char>(code);
    } else if (code < 0x800) {
      bytes += static_cast<char>(0xc0 | code >> 6);
      bytes += static_cast<char>(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
      bytes += static_cast<char>(0xe0 | code >> 12);
      bytes += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      bytes += static_cast<char>(0x80 | (code & 0x3f));
    } else {
      bytes += static_cast<char>(0xf0 | code >> 18);
      bytes += static_cast<char>(0x80 | (code >> 12 & 0x3f));
      bytes += static_cast<char>(0x80 | (code >> 6 & 0x3f));
      bytes += static_cast<char>(0x80 | (code & 0x3f));
    }
    return true;
  }
  return false;
}

}  // namespace dosql::lake
