// Column: the values of one field for a run of rows, in memory.
//
// The shape is Arrow's: one slot a row in every vector that the type uses, nulls included.
//
//   boolean, int, long, date, timestamp, timestamptz, decimal to 18 digits   ints[row]
//   float, double                                                            doubles[row]
//   string, binary                       heap[ends[row - 1], ends[row]), ends[-1] being 0
//   decimal of 19 to 38 digits           the same, 16 bytes big-endian two's complement or null
//   struct                               children, one a field, each with a slot for every row
//   list                                 ends[row - 1] to ends[row]: its slots in children[0]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dosql::lake {

struct Column {
  uint32_t rows = 0;
  std::vector<uint8_t> valid;  // 0 or 1 a row; empty: no row is null
  std::vector<int64_t> ints;
  std::vector<double> doubles;
  std::vector<uint32_t> ends;
  std::string heap;
  std::vector<Column> children;

  bool IsNull(uint32_t row) const { return !valid.empty() && valid[row] == 0; }
  uint32_t Begin(uint32_t row) const { return row == 0 ? 0 : ends[row - 1]; }
  std::string_view Text(uint32_t row) const {
    return std::string_view(heap).substr(Begin(row), ends[row] - Begin(row));
  }
};

// About what flat columns of the same rows take.
inline size_t BytesOf(const std::vector<Column>& columns) {
  size_t bytes = size_t{columns[0].rows} * columns.size() * 9;
  for (const Column& c : columns) bytes += c.heap.size();
  return bytes;
}

}  // namespace dosql::lake
