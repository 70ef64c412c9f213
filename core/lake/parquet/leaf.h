// Leaf: a column of a schema that holds values, and the levels of its values (Dremel, Melnik et al.
// 2010; Parquet's "Nested Encoding").
//
// A value's definition level counts the optional fields and lists on its path that are there; its
// repetition level says in which list it goes on, 0 beginning a row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/lake/parquet/parquet_format.h"
#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

struct Leaf {
  int32_t field_id = 0;
  Type type;  // primitive
  parquet::Physical physical = parquet::kInt32;
  uint32_t fixed_bytes = 0;  // of kFixedBytes
  std::vector<std::string> path;
  std::vector<uint32_t> steps;  // from the schema's fields down: positions among children
  uint32_t definition_max = 0;
  uint32_t repetition_max = 0;
};

// The physical type of a primitive one; *fixed_bytes where it is fixed bytes.
parquet::Physical PhysicalOf(const Type& type, uint32_t* fixed_bytes);

// The leaves in the schema's order.
std::vector<Leaf> LeavesOf(const Schema& schema);

// A leaf's entries in a run of rows: one a value, and one a null or empty list on the way to it.
// They look into the columns that they were made of.
struct LeafEntries {
  uint32_t count = 0;
  std::vector<uint32_t> definitions;  // empty where definition_max is 0
  std::vector<uint32_t> repetitions;  // empty where repetition_max is 0
  std::vector<uint32_t> slots;        // of the values in `column`; empty when all of its slots are
  bool all_slots = false;
  const Column* column = nullptr;  // which holds the values
  uint32_t values() const { return all_slots ? column->rows : static_cast<uint32_t>(slots.size()); }
  uint32_t slot(uint32_t value) const { return all_slots ? value : slots[value]; }
};

// kBind when a required field is null, or a column lacks children or rows.
Status ShredLeaf(const Schema& schema, const Leaf& leaf, const std::vector<Column>& columns,
                 uint32_t rows, LeafEntries* out);

}  // namespace dosql::lake
