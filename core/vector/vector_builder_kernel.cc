// The inner loops of scans: stored rows into vectors.
#include "core/vector/vector_builder.h"

namespace dosql {

Status VectorBuilder::Put(uint32_t row, const Value& v) {
  if (v.type != type_) return PutSlow(row, v);
  switch (v.type) {
    case ValueType::kInteger:
      i64_[row] = v.i;
      return Status::Ok();
    case ValueType::kReal:
      f64_[row] = v.d;
      return Status::Ok();
    case ValueType::kText:
    case ValueType::kBlob:
      strings_[row] = StringRef::Make(v.data, v.size);
      return Status::Ok();
    default:
      return PutSlow(row, v);
  }
}

Status VectorBuilder::PutRows(uint32_t first, const RowView* sources, uint32_t count,
                              uint32_t column, const Value& missing) {
  for (uint32_t r = 0; r < count; r++) {
    // As long as the class stays the same one loop takes the rows; what it does not know ends it.
    const RowView* s = sources + r;
    if (type_ == ValueType::kInteger) {
      for (; r < count && column < s->column_count(); r++, s++) {
        RowView::Cell c = s->GetCell(column);
        if (c.tag != RowTag::kInteger && c.tag != RowTag::kOne) break;
        i64_[first + r] = c.integer();
      }
    } else if (type_ == ValueType::kReal) {
      for (; r < count && column < s->column_count(); r++, s++) {
        RowView::Cell c = s->GetCell(column);
        if (c.tag != RowTag::kReal) break;
        f64_[first + r] = LoadLe<double>(c.data);
      }
    } else if (type_ == ValueType::kText) {
      for (; r < count && column < s->column_count(); r++, s++) {
        RowView::Cell c = s->GetCell(column);
        if (c.tag != RowTag::kText) break;
        strings_[first + r] = StringRef::Make(c.data, c.size);
      }
    }
    if (r == count) break;
    DOSQL_TRY(Put(first + r, s->GetOr(column, missing)));
  }
  return Status::Ok();
}

Status VectorBuilder::PutIntegers(uint32_t first, const int64_t* values, uint32_t count) {
  uint32_t r = 0;
  for (; r < count; r++) {
    if (type_ == ValueType::kInteger) break;
    DOSQL_TRY(Put(first + r, Value::Integer(values[r])));
  }
  for (; r < count; r++) i64_[first + r] = values[r];
  return Status::Ok();
}

}  // namespace dosql
