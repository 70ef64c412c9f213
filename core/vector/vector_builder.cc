#include "core/vector/vector_builder.h"

namespace dosql {

void VectorBuilder::Init(Arena* arena, uint32_t capacity) {
  arena_ = arena;
  capacity_ = capacity;
  Restart();
}

void VectorBuilder::Restart() {
  if (has_null_) std::memset(nulls_, 0, capacity_);
  has_null_ = false;
  type_ = ValueType::kNull;
  if (tagging_ && tagged_left_ > 0) {
    tagged_left_--;
  } else {
    tagging_ = false;
  }
}

Status VectorBuilder::NeedStrings() {
  if (strings_ != nullptr) return Status::Ok();
  strings_ = static_cast<StringRef*>(arena_->Allocate(size_t{capacity_} * sizeof(StringRef)));
  return strings_ == nullptr ? Status(Code::kNoMemory) : Status::Ok();
}

Status VectorBuilder::SetType(ValueType type) {
  if (type >= ValueType::kText) {
    DOSQL_TRY(NeedStrings());
  } else if (i64_ == nullptr) {
    void* array = arena_->Allocate(size_t{capacity_} * sizeof(int64_t));
    if (array == nullptr) return Code::kNoMemory;
    i64_ = static_cast<int64_t*>(array);
    f64_ = static_cast<double*>(array);
  }
  type_ = type;
  return Status::Ok();
}

Status VectorBuilder::PutTagged(uint32_t row, const Value& v) {
  tagged_[row] = v;
  if (!v.is_bytes() || v.size > StringRef::kInlineMax) return Status::Ok();
  DOSQL_TRY(NeedStrings());
  strings_[row] = StringRef::Make(v.data, v.size);
  tagged_[row].data = strings_[row].data();
  return Status::Ok();
}

Status VectorBuilder::PutSlow(uint32_t row, const Value& v) {
  if (tagging_) return PutTagged(row, v);
  if (v.is_null()) {
    if (nulls_ == nullptr) {
      nulls_ = static_cast<uint8_t*>(arena_->Allocate(capacity_));
      if (nulls_ == nullptr) return Code::kNoMemory;
      std::memset(nulls_, 0, capacity_);
    }
    nulls_[row] = 1;
    has_null_ = true;
    return Status::Ok();
  }
  if (type_ != ValueType::kNull) {
    DOSQL_TRY(MakeTagged());
  } else {
    DOSQL_TRY(SetType(v.type));
  }
  return Put(row, v);
}

Status VectorBuilder::MakeTagged() {
  if (tagged_ == nullptr) {
    tagged_ = static_cast<Value*>(arena_->Allocate(size_t{capacity_} * sizeof(Value)));
    if (tagged_ == nullptr) return Code::kNoMemory;
  }
  // Rows never put give arbitrary values, which nobody reads. Short strings stay where they are, in
  // strings_, and the Values point there.
  const Vector& old = Finish();
  for (uint32_t row = 0; row < capacity_; row++) tagged_[row] = old.Get(row);
  tagging_ = true;
  tagged_left_ = kTaggedRun;
  type_ = ValueType::kNull;
  return Status::Ok();
}

const Vector& VectorBuilder::Finish() {
  vector_ = Vector();
  if (tagging_) {
    vector_.tagged = tagged_;
    return vector_;
  }
  vector_.nulls = has_null_ ? nulls_ : nullptr;
  switch (type_) {
    case ValueType::kNull:
      vector_.is_constant = true;
      vector_.tagged = &null_;
      vector_.nulls = nullptr;
      break;
    case ValueType::kInteger:
      vector_.type = VectorType::kI64;
      vector_.i64 = i64_;
      break;
    case ValueType::kReal:
      vector_.type = VectorType::kF64;
      vector_.f64 = f64_;
      break;
    default:
      vector_.type = VectorType::kBytes;
      vector_.is_blob = type_ == ValueType::kBlob;
      vector_.bytes = strings_;
      break;
  }
  return vector_;
}

}  // namespace dosql
