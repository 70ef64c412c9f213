#include "core/lake/parquet/thrift_reader.h"

namespace dosql::lake {
namespace {

constexpr uint32_t kDepthMax = 16;

}  // namespace

uint64_t ThriftReader::Raw() {
  uint64_t v = 0;
  const uint8_t* next = GetVarint(p_, end_, &v);
  if (next == nullptr) {
    Fail();
    return 0;
  }
  p_ = next;
  return v;
}

bool ThriftReader::Next(int16_t* id, uint8_t* type) {
  if (p_ == end_) Fail();
  if (failed_) return false;
  const uint8_t head = *p_++;
  if (head == 0) {
    if (!stack_.empty()) {
      last_id_ = stack_.back();
      stack_.pop_back();
    }
    return false;
  }
  *type = head & 15;
  *id = static_cast<int16_t>(head >> 4 != 0 ? last_id_ + (head >> 4) : Number());
  last_id_ = *id;
  return !failed_;
}

bool ThriftReader::NextNumber(int16_t* id, int64_t* value) {
  uint8_t type;
  while (Next(id, &type)) {
    if (IsNumber(type)) {
      *value = Number();
      return true;
    }
    Skip(type);
  }
  return false;
}

void ThriftReader::Enter() {
  if (stack_.size() >= kDepthMax) return Fail();
  stack_.push_back(last_id_);
  last_id_ = 0;
}

std::string_view ThriftReader::Text() {
  const uint64_t size = Raw();
  if (size > static_cast<uint64_t>(end_ - p_)) {
    Fail();
    return {};
  }
  const std::string_view out(reinterpret_cast<const char*>(p_), static_cast<size_t>(size));
  p_ += size;
  return out;
}

uint32_t ThriftReader::List(uint8_t* type) {
  *type = 0;
  if (p_ == end_) Fail();
  if (failed_) return 0;
  const uint8_t head = *p_++;
  *type = head & 15;
  const uint64_t count = head >> 4 < 15 ? head >> 4 : Raw();
  if (count > static_cast<uint64_t>(end_ - p_)) {
    Fail();
    return 0;
  }
  return static_cast<uint32_t>(count);
}

uint32_t ThriftReader::ListOf(uint8_t field_type, uint8_t item_type) {
  uint8_t type = 0;
  const uint32_t count = field_type == kList ? List(&type) : 0;
  if (field_type != kList || (count > 0 && type != item_type)) Fail();
  return failed_ ? 0 : count;
}

void ThriftReader::Skip(uint8_t type, uint32_t depth) {
  if (depth > kDepthMax) return Fail();
  size_t fixed = 0;
  switch (type) {
    case kTrue:
    case kFalse: return;
    case kByte: fixed = 1; break;
    case kI16:
    case kI32:
    case kI64: Raw(); return;
    case kDouble: fixed = 8; break;
    case kBinary: Text(); return;
    case kList:
    case kSet: {
      uint8_t item;
      for (uint32_t left = List(&item); left > 0 && !failed_; left--)
        Skip(item <= kFalse ? uint8_t{kByte} : item, depth + 1);  // a boolean item takes a byte
      return;
    }
    case kStruct: {
      Enter();
      int16_t id;
      uint8_t field;
      while (Next(&id, &field)) Skip(field, depth + 1);
      return;
    }
    default: return Fail();  // maps: parquet.thrift has none
  }
  if (fixed > static_cast<size_t>(end_ - p_)) return Fail();
  p_ += fixed;
}

}  // namespace dosql::lake
