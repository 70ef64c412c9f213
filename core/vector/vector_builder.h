// VectorBuilder: fills one vector of a chunk value by value. The first value that is not NULL gives
// the type; a later one of another class makes the chunk's vector TAGGED. So every vector is as
// narrow as its values allow, whatever the column's declaration says.
#pragma once

#include "core/base/arena.h"
#include "core/base/status.h"
#include "core/type/row_codec.h"
#include "core/type/value.h"
#include "core/vector/vector.h"

namespace dosql {

// Arrays come from the arena, once, and are used again for every chunk.
class VectorBuilder {
 public:
  // `capacity` rows at most, at least 1.
  void Init(Arena* arena, uint32_t capacity);

  // Starts the next chunk's vector; what the last one held is gone.
  void Restart();

  // Sets `row`, each row at most once since Restart, in any order. Rows never set hold arbitrary
  // bytes and must not be selected. kNoMemory.
  // Strings of up to StringRef::kInlineMax bytes are copied into the builder's own arrays, whatever
  // the vector's type; longer ones are not copied. So `v` may be what another vector's Get gave.
  Status Put(uint32_t row, const Value& v);

  // The same for rows first, first + 1, ... from stored rows, and from integers: how a scan reads a
  // batch. Each pointer is to the start of a row that lies among other bytes, at least 8 of them
  // before it, as in a page or an arena. `missing` stands in for a column that a row does not have.
  Status PutRows(uint32_t first, const uint8_t* const* rows, uint32_t count, uint32_t column,
                 const Value& missing);
  Status PutIntegers(uint32_t first, const int64_t* values, uint32_t count);

  // What was put so far; only NULLs give a constant vector. The arrays are used again after the
  // next Restart.
  const Vector& Finish();

 private:
  // A column that mixed classes in one chunk starts so many chunks TAGGED before it tries again:
  // changing the type half-way costs more than a TAGGED chunk.
  static constexpr uint8_t kTaggedRun = 16;

  Status PutSlow(uint32_t row, const Value& v);
  Status PutTagged(uint32_t row, const Value& v);
  Status SetType(ValueType type);
  Status MakeTagged();
  Status NeedStrings();

  Arena* arena_ = nullptr;
  uint32_t capacity_ = 0;
  ValueType type_ = ValueType::kNull;  // of the array in use; kNull: none yet, or tagged
  bool tagging_ = false;
  bool has_null_ = false;
  uint8_t tagged_left_ = 0;
  int64_t* i64_ = nullptr;  // shares its array with f64_
  double* f64_ = nullptr;
  StringRef* strings_ = nullptr;
  Value* tagged_ = nullptr;
  uint8_t* nulls_ = nullptr;
  Value null_;  // what a constant vector of NULL points to
  Vector vector_;
};

}  // namespace dosql
