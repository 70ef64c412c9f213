// The types of lake tables: Iceberg's (spec, "Schemas and Data Types"), one tree for all formats.
//
// A field id names a column for ever: files are read by it, names may change. Ids are given once
// and never reused.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dosql::lake {

enum class TypeKind : uint8_t {
  kBoolean,
  kInt,   // 32 bits
  kLong,  // 64 bits
  kFloat,
  kDouble,
  kDecimal,      // precision, scale
  kDate,         // days since 1970-01-01
  kTimestamp,    // microseconds since 1970-01-01T00:00:00, no zone
  kTimestampTz,  // microseconds since 1970-01-01T00:00:00Z
  kString,
  kBinary,
  kStruct,  // fields
  kList,    // fields[0], named "element"
};

struct Field;

struct Type {
  TypeKind kind = TypeKind::kString;
  uint8_t precision = 0;  // kDecimal: 1 to 38 digits
  uint8_t scale = 0;      // kDecimal: 0 to precision
  std::vector<Field> fields;

  bool operator==(const Type&) const;
  bool nested() const { return kind == TypeKind::kStruct || kind == TypeKind::kList; }
};

struct Field {
  int32_t id = 0;
  std::string name;
  bool required = false;
  Type type;
  std::string doc;

  bool operator==(const Field&) const;
};

// Written out: clang 14 cannot make the comparison of a type that holds itself.
inline bool Type::operator==(const Type& other) const {
  return kind == other.kind && precision == other.precision && scale == other.scale &&
         fields == other.fields;
}
inline bool Field::operator==(const Field& other) const {
  return id == other.id && name == other.name && required == other.required && type == other.type &&
         doc == other.doc;
}

struct Schema {
  int32_t id = 0;
  std::vector<Field> fields;
  std::vector<int32_t> identifier_field_ids;

  bool operator==(const Schema&) const = default;
};

}  // namespace dosql::lake
