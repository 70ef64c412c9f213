// The inner step of every read: one column of one row.
#include "core/type/row_codec.h"

namespace dosql {

Value RowView::Get(uint32_t i) const {
  Cell c = GetCell(i);
  Value v;
  switch (c.tag) {
    case RowTag::kInteger:
    case RowTag::kOne:
      v.i = c.integer();
      v.type = ValueType::kInteger;
      break;
    case RowTag::kReal:
    case RowTag::kHundredths:
      v.d = c.real();
      v.type = ValueType::kReal;
      break;
    case RowTag::kText:
    case RowTag::kBlob:
      v.data = c.data;
      v.size = c.size;
      v.type = static_cast<ValueType>(c.tag);
      break;
    default:
      break;
  }
  return v;
}

}  // namespace dosql
