// AvroSchema: the schema that a file was written with. Types are nodes in one vector, referred to
// by index, so that a named type that holds itself is no endless tree. Fields are known by
// Iceberg's ids: names differ between writers, ids do not.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/lake/avro/avro_format.h"

namespace dosql::lake {

struct AvroSchema {
  static constexpr int32_t kNoId = -1;
  static constexpr uint32_t kTypesMax = 1 << 16;

  // A field of a record, the items of an array, the values of a map, a branch of a union.
  struct Child {
    uint32_t type = 0;
    int32_t field_id = kNoId;  // field-id, element-id, value-id
  };
  struct TypeNode {
    AvroKind kind = AvroKind::kNull;
    uint32_t fixed_size = 0;
    std::vector<Child> children;
  };

  std::vector<TypeNode> types;  // types[0] is the root

  // kCorrupt: not JSON, not a schema, nested or large beyond all use.
  static Status Parse(std::string_view json, AvroSchema* out);
};

}  // namespace dosql::lake
