// Values of a page as a column's: PLAIN, or codes of a dictionary.
#pragma once

#include <string_view>
#include <vector>

#include "core/lake/parquet/parquet_format.h"
#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

// Where a column keeps the values of a type.
enum class Slot : uint8_t { kInts, kDoubles, kHeap };
Slot SlotOf(const Type& type);

// Whether values of a file's physical type become values of `type` without loss.
bool CanRead(int32_t physical, const Type& type);

// Appends a null or value for each of `count` rows: `present` says which, nullptr: all are values.
// Values come from the front of `bytes`, all of which must be used. False: they are not as many, or
// the column's heap would pass `heap_max`.
bool ReadPlain(int32_t physical, uint32_t fixed_bytes, const Type& type, const uint32_t* present,
               uint32_t count, std::string_view bytes, size_t heap_max, Column* out);
// The same of codes (one a value) and their dictionary.
bool ReadCodes(const Column& dictionary, const Type& type, const uint32_t* present, uint32_t count,
               const std::vector<uint32_t>& codes, size_t heap_max, Column* out);

}  // namespace dosql::lake
