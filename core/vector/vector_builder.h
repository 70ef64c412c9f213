// VectorBuilder: fills one vector of a chunk value by value. It starts with the type that suits the
// column's affinity; a first value of another class changes the type, a later one makes the chunk's
// vector TAGGED. So every vector is as narrow as its values allow, whatever the declaration says.
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
  void Init(Arena* arena, uint32_t capacity, Affinity hint);

  // Starts the next chunk's vector; what the last one held is gone.
  void Restart();

  // Sets `row`, each row at most once since Restart, in any order. Rows never set hold arbitrary bytes and must
  // not be selected. Strings are not copied. kNoMemory.
  Status Put(uint32_t row, const Value& v) {
    switch (type_) {
      case ValueType::kInteger:
        if (v.type != ValueType::kInteger) break;
        i64_[row] = v.i;
        filled_ = true;
        return Status::Ok();
      case ValueType::kReal:
        if (v.type != ValueType::kReal) break;
        f64_[row] = v.d;
        filled_ = true;
        return Status::Ok();
      case ValueType::kText:
      case ValueType::kBlob:
        if (v.type != type_) break;
        strings_[row] = StringRef::Make(v.data, v.size);
        filled_ = true;
        return Status::Ok();
      default:
        if (!tagged_now_) break;
        tagged_[row] = v;
        return Status::Ok();
    }
    return PutSlow(row, v);
  }

  // The same from a stored row; `missing` stands in for a column the row does not have.
  Status PutColumn(uint32_t row, const RowView& source, uint32_t column, const Value& missing) {
    return Put(row, source.GetOr(column, missing));
  }

  // What was put so far. The view's arrays are overwritten after the next Restart.
  const Vector& Finish();

 private:
  Status PutSlow(uint32_t row, const Value& v);
  Status SetType(ValueType type);
  Status MakeTagged();

  Arena* arena_ = nullptr;
  uint32_t capacity_ = 0;
  ValueType hint_ = ValueType::kNull;
  ValueType type_ = ValueType::kNull;  // of the arrays in use; kNull: none yet, or tagged
  bool tagged_now_ = false;
  bool filled_ = false;    // some value other than NULL was put
  bool has_null_ = false;
  int64_t* i64_ = nullptr;  // shares its array with f64_
  double* f64_ = nullptr;
  StringRef* strings_ = nullptr;
  Value* tagged_ = nullptr;
  uint8_t* nulls_ = nullptr;
  Vector vector_;
};

}  // namespace dosql
