// ThriftWriter: Thrift's compact protocol (thrift-compact-protocol.md), as much of it as Parquet
// needs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/varint.h"

namespace dosql::lake {

class ThriftWriter {
 public:
  explicit ThriftWriter(std::string* out) : out_(out) {}

  // Fields of the open struct, ids ascending.
  void I32(int16_t id, int32_t v) {
    Header(id, kI32);
    Number(ZigZag(v));
  }
  void I64(int16_t id, int64_t v) {
    Header(id, kI64);
    Number(ZigZag(v));
  }
  void Bool(int16_t id, bool v) { Header(id, v ? kTrue : kFalse); }
  void Text(int16_t id, std::string_view v) {
    Header(id, kBinary);
    Bytes(v);
  }
  void BeginStruct(int16_t id) {
    Header(id, kStruct);
    Push();
  }
  void EndStruct() {
    out_->push_back(0);
    last_id_ = stack_.back();
    stack_.pop_back();
  }
  void EmptyStruct(int16_t id) {
    BeginStruct(id);
    EndStruct();
  }
  // A list's header; its items follow.
  void BeginStructs(int16_t id, size_t count) { List(id, kStruct, count); }
  void BeginI32s(int16_t id, size_t count) { List(id, kI32, count); }
  void BeginI64s(int16_t id, size_t count) { List(id, kI64, count); }
  void BeginTexts(int16_t id, size_t count) { List(id, kBinary, count); }
  void BeginBools(int16_t id, size_t count) { List(id, kTrue, count); }
  // Items.
  void BeginItem() { Push(); }
  void EndItem() { EndStruct(); }
  void ItemNumber(int64_t v) { Number(ZigZag(v)); }
  void ItemText(std::string_view v) { Bytes(v); }
  void ItemBool(bool v) { out_->push_back(static_cast<char>(v ? kTrue : kFalse)); }
  // Ends the outermost struct.
  void Finish() { out_->push_back(0); }

 private:
  enum : uint8_t {
    kTrue = 1,
    kFalse = 2,
    kI32 = 5,
    kI64 = 6,
    kBinary = 8,
    kList = 9,
    kStruct = 12
  };

  void Header(int16_t id, uint8_t type) {
    const int delta = id - last_id_;
    if (delta > 0 && delta <= 15) {
      out_->push_back(static_cast<char>(delta << 4 | type));
    } else {
      out_->push_back(static_cast<char>(type));
      Number(ZigZag(id));
    }
    last_id_ = id;
  }
  void List(int16_t id, uint8_t type, size_t count) {
    Header(id, kList);
    if (count < 15) {
      out_->push_back(static_cast<char>(count << 4 | type));
    } else {
      out_->push_back(static_cast<char>(0xf0 | type));
      Number(count);
    }
  }
  void Push() {
    stack_.push_back(last_id_);
    last_id_ = 0;
  }
  void Number(uint64_t v) {
    uint8_t bytes[kVarintBytesMax];
    out_->append(reinterpret_cast<char*>(bytes), static_cast<size_t>(PutVarint(bytes, v) - bytes));
  }
  void Bytes(std::string_view v) {
    Number(v.size());
    out_->append(v);
  }

  std::string* out_;
  int16_t last_id_ = 0;
  std::vector<int16_t> stack_;
};

}  // namespace dosql::lake
