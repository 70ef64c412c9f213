// Avro's binary encoding: each call appends one value. The caller follows the schema.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/varint.h"

namespace dosql::lake {

// int, long, enum, the branch of a union, the length of a block of an array.
inline void PutLong(std::string* out, int64_t v) {
  uint8_t bytes[kVarintBytesMax];
  uint8_t* end = PutVarint(bytes, ZigZag(v));
  out->append(reinterpret_cast<char*>(bytes), static_cast<size_t>(end - bytes));
}
inline void PutBoolean(std::string* out, bool v) { out->push_back(v ? 1 : 0); }
template <typename T>  // float, double
inline void PutFloating(std::string* out, T v) {
  char bytes[sizeof v];
  StoreLe(bytes, v);
  out->append(bytes, sizeof v);
}
// bytes and string.
inline void PutBytes(std::string* out, std::string_view v) {
  PutLong(out, static_cast<int64_t>(v.size()));
  out->append(v);
}
// Unions here are all of null and one type, in this order.
inline void PutNull(std::string* out) { PutLong(out, 0); }
inline void PutSome(std::string* out) { PutLong(out, 1); }

}  // namespace dosql::lake
