#include <string>

#include "core/base/bytes.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

// Calls take() for each row that is there, and none() for the others; false once one of them is.
template <typename Take, typename None>
bool EachRow(const uint32_t* present, uint32_t count, Column* out, Take take, None none) {
  for (uint32_t i = 0; i < count; i++) {
    const bool there = present == nullptr || present[i] != 0;
    out->valid.push_back(there);
    if (!there) {
      none();
    } else if (!take()) {
      return false;
    }
  }
  out->rows += count;
  return true;
}

template <typename T, typename V>
bool Fixed(const uint32_t* present, uint32_t count, std::string_view bytes, std::vector<V>* values,
           Column* out) {
  const char* p = bytes.data();
  const char* end = p + bytes.size();
  return EachRow(
             present, count, out,
             [&] {
               if (end - p < static_cast<ptrdiff_t>(sizeof(T))) return false;
               values->push_back(static_cast<V>(LoadLe<T>(p)));
               p += sizeof(T);
               return true;
             },
             [&] { values->push_back(0); }) &&
         p == end;
}

bool PutText(std::string_view text, size_t heap_max, Column* out) {
  if (text.size() > heap_max - out->heap.size()) return false;
  out->heap += text;
  out->ends.push_back(static_cast<uint32_t>(out->heap.size()));
  return true;
}

// A number as the 16 bytes of a long decimal, big-endian; `text` to 16 bytes of the same already.
bool PutLong(std::string_view text, size_t heap_max, Column* out) {
  const char fill = !text.empty() && (text[0] & 0x80) != 0 ? '\xff' : '\0';
  return PutText(std::string(16 - text.size(), fill) + std::string(text), heap_max, out);
}

bool PutLong(int64_t v, size_t heap_max, Column* out) {
  char bytes[8];
  for (int i = 0; i < 8; i++) bytes[i] = static_cast<char>(v >> (56 - 8 * i));
  return PutLong(std::string_view(bytes, 8), heap_max, out);
}

}  // namespace

Slot SlotOf(const Type& type) {
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble: return Slot::kDoubles;
    case TypeKind::kString:
    case TypeKind::kBinary: return Slot::kHeap;
    case TypeKind::kDecimal: return type.precision > 18 ? Slot::kHeap : Slot::kInts;
    default: return Slot::kInts;
  }
}

bool CanRead(int32_t physical, const Type& type) {
  const bool narrow = physical == parquet::kInt32, wide = physical == parquet::kInt64;
  switch (type.kind) {
    case TypeKind::kBoolean: return physical == parquet::kBoolean;
    case TypeKind::kInt:
    case TypeKind::kDate: return narrow;
    case TypeKind::kLong: return narrow || wide;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz: return wide;
    case TypeKind::kFloat: return physical == parquet::kFloat;
    case TypeKind::kDouble: return physical == parquet::kFloat || physical == parquet::kDouble;
    case TypeKind::kDecimal:
      if (type.precision <= 9) return narrow;
      return narrow || wide || (type.precision > 18 && physical == parquet::kFixedBytes);
    case TypeKind::kString:
    case TypeKind::kBinary: return physical == parquet::kByteArray;
    default: return false;
  }
}

bool ReadPlain(int32_t physical, uint32_t fixed_bytes, const Type& type, const uint32_t* present,
               uint32_t count, std::string_view bytes, size_t heap_max, Column* out) {
  const auto no_text = [&] { out->ends.push_back(static_cast<uint32_t>(out->heap.size())); };
  switch (physical) {
    case parquet::kBoolean: {
      uint64_t bit = 0;
      const bool well = EachRow(
          present, count, out,
          [&] {
            if (bit / 8 >= bytes.size()) return false;
            out->ints.push_back(bytes[bit / 8] >> (bit % 8) & 1);
            bit++;
            return true;
          },
          [&] { out->ints.push_back(0); });
      return well && (bit + 7) / 8 == bytes.size();
    }
    case parquet::kInt32:
    case parquet::kInt64: {
      Column ints;  // of a decimal that has become a long one
      const bool heap = SlotOf(type) == Slot::kHeap;
      Column* to = heap ? &ints : out;
      if (!(physical == parquet::kInt32 ? Fixed<int32_t>(present, count, bytes, &to->ints, to)
                                        : Fixed<int64_t>(present, count, bytes, &to->ints, to)))
        return false;
      uint32_t i = 0;
      return !heap || EachRow(
                          present, count, out,
                          [&] {
                            while (ints.valid[i] == 0) i++;
                            return PutLong(ints.ints[i++], heap_max, out);
                          },
                          no_text);
    }
    case parquet::kFloat: return Fixed<float>(present, count, bytes, &out->doubles, out);
    case parquet::kDouble: return Fixed<double>(present, count, bytes, &out->doubles, out);
    case parquet::kFixedBytes: {
      if (fixed_bytes == 0 || fixed_bytes > 16) return false;
      size_t at = 0;
      return EachRow(
                 present, count, out,
                 [&] {
                   if (bytes.size() - at < fixed_bytes) return false;
                   at += fixed_bytes;
                   return PutLong(bytes.substr(at - fixed_bytes, fixed_bytes), heap_max, out);
                 },
                 no_text) &&
             at == bytes.size();
    }
    case parquet::kByteArray: {
      size_t at = 0;
      return EachRow(
                 present, count, out,
                 [&] {
                   if (bytes.size() - at < 4) return false;
                   const uint32_t size = LoadLe<uint32_t>(bytes.data() + at);
                   at += 4;
                   if (size > bytes.size() - at) return false;
                   at += size;
                   return PutText(bytes.substr(at - size, size), heap_max, out);
                 },
                 no_text) &&
             at == bytes.size();
    }
    default: return false;
  }
}

bool ReadCodes(const Column& dictionary, const Type& type, const uint32_t* present, uint32_t count,
               const std::vector<uint32_t>& codes, size_t heap_max, Column* out) {
  size_t at = 0;
  const auto next = [&](uint32_t* code) {
    *code = codes[at++];
#ifdef DOSQL_PLANT_PARQUET_BUG
    return *code <= dictionary.rows;
#else
    return *code < dictionary.rows;
#endif
  };
  uint32_t code;
  switch (SlotOf(type)) {
    case Slot::kInts:
      return EachRow(
          present, count, out,
          [&] {
            if (!next(&code)) return false;
            out->ints.push_back(dictionary.ints[code]);
            return true;
          },
          [&] { out->ints.push_back(0); });
    case Slot::kDoubles:
      return EachRow(
          present, count, out,
          [&] {
            if (!next(&code)) return false;
            out->doubles.push_back(dictionary.doubles[code]);
            return true;
          },
          [&] { out->doubles.push_back(0); });
    default:
      return EachRow(
          present, count, out,
          [&] { return next(&code) && PutText(dictionary.Text(code), heap_max, out); },
          [&] { out->ends.push_back(static_cast<uint32_t>(out->heap.size())); });
  }
}

}  // namespace dosql::lake
