// RowOrder: which data file each row goes to, by a table's partition spec, and where in it, by its
// sort order (spec, "Sorting": floats in their total order, NaN last).
//
// Of a row it keeps its sort key as bytes that compare as the rows do.
#pragma once

#include <string>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/schema/column.h"

namespace dosql::lake {

// The fields that the spec and the order look at, and the last one.
Schema OrderedFields(const Schema& schema, const PartitionSpec& spec, const SortOrder& order);

// Whether all of its transforms are known and take their columns.
bool CanSort(const Schema& schema, const SortOrder& order);

class RowOrder {
 public:
  // Columns that the schema has no more are null. The spec's transforms take theirs; the order
  // passed CanSort.
  RowOrder(const Schema& schema, const PartitionSpec& spec, const SortOrder& order);

  // `columns` are the schema's. Rows are numbered from 0.
  void Add(const std::vector<Column>& columns, uint32_t row);

  // Packed (partition_tuple.h), in the order of their first rows.
  const std::vector<std::string>& tuples() const { return tuples_; }
  // Of a row: an index of tuples().
  uint32_t TupleOf(uint32_t row) const;
  // Numbers of the rows: by tuple, then by the sort order, then as they came.
  std::vector<uint32_t> Sorted() const;

 private:
  struct Key {
    size_t column = 0;  // columns.size(): it is gone
    Type type, result;
    Transform transform;
    bool descending = false, nulls_last = false;
  };
  Key KeyOf(int32_t source_id, const Transform& transform) const;

  const Schema& schema_;
  std::vector<Key> partition_, sort_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // of tuples
  std::vector<std::string> tuples_;
  std::vector<std::string> keys_;  // the tuple's number, four bytes, then the sort key
};

}  // namespace dosql::lake
