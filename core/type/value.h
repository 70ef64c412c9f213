// Value: one SQL value of the five storage classes. 16 bytes, trivially copyable; TEXT and BLOB are
// views whose bytes belong to whoever made them (an arena, a pinned page, the SQL text, a buffer).
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"

namespace dosql {

// The numbers are the kind bytes of result frames and parameter frames as well.
enum class ValueType : uint8_t { kNull = 0, kInteger = 1, kReal = 2, kText = 3, kBlob = 4 };

struct Value {
  union {
    int64_t i = 0;
    double d;
    const uint8_t* data;
  };
  uint32_t size = 0;  // of data, bytes
  ValueType type = ValueType::kNull;

  static Value Null() { return {}; }
  static Value Integer(int64_t v) {
    Value r;
    r.i = v;
    r.type = ValueType::kInteger;
    return r;
  }
  // SQLite has no NaN: it is NULL.
  static Value Real(double v) {
    Value r;
    if (v != v) return r;
    r.d = v;
    r.type = ValueType::kReal;
    return r;
  }
  static Value Text(std::string_view s) { return Make(ValueType::kText, AsBytes(s)); }
  static Value Blob(Bytes b) { return Make(ValueType::kBlob, b); }
  static Value Make(ValueType type, Bytes b) {
    Value r;
    r.data = b.data();
    r.size = static_cast<uint32_t>(b.size());
    r.type = type;
    return r;
  }

  bool is_null() const { return type == ValueType::kNull; }
  bool is_number() const { return type == ValueType::kInteger || type == ValueType::kReal; }
  bool is_bytes() const { return type >= ValueType::kText; }
  Bytes bytes() const { return {data, size}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data), size}; }
};
static_assert(sizeof(Value) == 16);

enum class Affinity : uint8_t { kBlob, kText, kNumeric, kInteger, kReal };
enum class Collation : uint8_t { kBinary, kNoCase, kRtrim };

}  // namespace dosql
