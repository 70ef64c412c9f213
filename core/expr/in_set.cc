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
  few_ = 0;
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

  bool by_bytes = v.type == ValueType::kBlob || (v.type == ValueType::kText && collation_ == Collation::kBinary);
  bool blob = v.type == ValueType::kBlob;
  if (few_ == 0) few_are_blobs_ = blob;
  if (few_ < 0 || few_ == kFew || !by_bytes || blob != few_are_blobs_) {
    few_ = -1;
  } else {
    strings_[few_++] = StringRef::Make(v.data, v.size);
  }
}

int InSet::Probe(const Value& v) const {
  if (v.is_null()) return -1;
  for (uint32_t at = HashValue(v, collation_) & mask_;; at = (at + 1) & mask_) {
    if (slots_[at].is_null()) return has_null_ ? -1 : 0;
    if (EqualValues(slots_[at], v, collation_)) return 1;
  }
}

}  // namespace dosql
