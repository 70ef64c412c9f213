#include "core/expr/in_set.h"

namespace dosql {

Status InSet::Init(Arena* arena, uint32_t n, Collation collation) {
  // At most half full, and never full, so that a probe ends.
  uint32_t slots = 4;
  while (slots < n * 2 + 1) slots *= 2;
  slots_ = arena->NewArray<Value>(slots);
  if (slots_ == nullptr) return Code::kNoMemory;
  mask_ = slots - 1;
  collation_ = collation;
  has_null_ = false;
  all_integers_ = true;
  return Status::Ok();
}

void InSet::Add(const Value& v) {
  if (v.is_null()) {
    has_null_ = true;
    return;
  }
  if (v.type != ValueType::kInteger) all_integers_ = false;
  uint32_t at = HashValue(v, collation_) & mask_;
  for (; !slots_[at].is_null(); at = (at + 1) & mask_) {
    if (EqualValues(slots_[at], v, collation_)) return;
  }
  slots_[at] = v;
}

int InSet::Probe(const Value& v) const {
  if (v.is_null()) return -1;
  for (uint32_t at = HashValue(v, collation_) & mask_;; at = (at + 1) & mask_) {
    if (slots_[at].is_null()) return has_null_ ? -1 : 0;
    if (EqualValues(slots_[at], v, collation_)) return 1;
  }
}

}  // namespace dosql
