#include "core/exec/key_range.h"

#include <cmath>

#include "core/catalog/catalog.h"
#include "core/type/affinity.h"

namespace dosql {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;

// In a key, what follows the NULLs of an ascending column and what begins those of a descending
// one.
constexpr uint8_t kAfterNulls = 0x06;
constexpr uint8_t kNullsDescending = 0xfa;

}  // namespace

// Moves one end of the rowid range. Rowids are integers: a fraction rounds inwards, and text or a
// blob is greater than each of them.
void KeyRange::NarrowRowids(Value v, bool is_low, bool inclusive) {
  if (v.is_null()) {
    empty_ = true;
    return;
  }
  if (v.is_bytes()) {
    if (is_low) empty_ = true;
    return;
  }
  int64_t bound;
  if (v.type == ValueType::kInteger) {
    bound = v.i;
    if (!inclusive) {
      if (bound == (is_low ? INT64_MAX : INT64_MIN)) {
        empty_ = true;
        return;
      }
      bound += is_low ? 1 : -1;
    }
  } else {
    // An integral real has become an integer, unless it is outside the range of int64.
    if (v.d >= kTwo63) {
      if (is_low) empty_ = true;
      return;
    }
    if (v.d < -kTwo63) {
      if (!is_low) empty_ = true;
      return;
    }
    bound = static_cast<int64_t>(is_low ? std::ceil(v.d) : std::floor(v.d));
  }
  if (is_low)
    first_ = bound > first_ ? bound : first_;
  else
    last_ = bound < last_ ? bound : last_;
}

Status KeyRange::Rowids(const Access& access, Arena* arena, const Value* equal, const Value& low,
                        const Value& high) {
  // Rows before the first are not of the schema: core/table keeps numbers there.
  first_ = access.table->id == kSchemaTableId ? kSchemaFirstRowid : INT64_MIN;
  last_ = INT64_MAX;
  if (access.equal.size > 0) {
    Value v = equal[0];
    DOSQL_TRY(ApplyAffinity(Affinity::kInteger, arena, &v));
    empty_ = v.type != ValueType::kInteger || v.i < first_;
    first_ = last_ = v.i;
    return Status::Ok();
  }
  if (access.low.program != nullptr) {
    Value v = low;
    DOSQL_TRY(ApplyAffinity(Affinity::kInteger, arena, &v));
    NarrowRowids(v, true, access.low_inclusive);
  }
  if (access.high.program != nullptr) {
    Value v = high;
    DOSQL_TRY(ApplyAffinity(Affinity::kInteger, arena, &v));
    NarrowRowids(v, false, access.high_inclusive);
  }
  empty_ |= first_ > last_;
  return Status::Ok();
}

Status KeyRange::Compute(const Access& access, Arena* arena, const Value* equal, const Value& low,
                         const Value& high) {
  empty_ = false;
  if (AccessKeyKind(access) == KeyKind::kInteger) return Rowids(access, arena, equal, low, high);
  const Table& table = *access.table;
  const sql::List<IndexColumn>& columns =
      access.index != nullptr ? access.index->columns : table.key_columns;
  start_.Clear();
  end_.Clear();
  // A comparison converts the value by the column's affinity; ChooseAccess saw to that.
  auto append = [&](KeyBuffer* key, uint32_t at, Value v) -> Status {
    const IndexColumn& c = columns[at];
    if (c.expr == nullptr)
      DOSQL_TRY(ApplyAffinity(ComparisonAffinity({table.columns[c.column].affinity, true}, {}),
                              arena, &v));
    if (v.is_null()) empty_ = true;
    return key->Append(v, c.collation, c.desc);
  };
  for (uint32_t i = 0; i < access.equal.size; i++) DOSQL_TRY(append(&start_, i, equal[i]));
  DOSQL_TRY(end_.AppendBytes(start_.bytes()));
  has_end_ = true;
  bool has_low = access.low.program != nullptr, has_high = access.high.program != nullptr;
  if (!has_low && !has_high) {
    has_end_ = end_.ToSuccessor();
    return Status::Ok();
  }
  uint32_t at = access.equal.size;
  bool desc = columns[at].desc;
  // In key order a descending column's upper bound comes first.
  bool has_first = desc ? has_high : has_low, has_last = desc ? has_low : has_high;
  bool first_inclusive = desc ? access.high_inclusive : access.low_inclusive;
  bool last_inclusive = desc ? access.low_inclusive : access.high_inclusive;
  if (has_first) {
    DOSQL_TRY(append(&start_, at, desc ? high : low));
    if (!first_inclusive && !start_.ToSuccessor()) empty_ = true;
  } else if (!desc) {
    DOSQL_TRY(start_.AppendBytes({&kAfterNulls, 1}));
  }
  if (has_last) {
    DOSQL_TRY(append(&end_, at, desc ? low : high));
    if (last_inclusive) has_end_ = end_.ToSuccessor();
  } else if (desc) {
    DOSQL_TRY(end_.AppendBytes({&kNullsDescending, 1}));
  } else {
    has_end_ = end_.ToSuccessor();
  }
  return Status::Ok();
}

}  // namespace dosql
