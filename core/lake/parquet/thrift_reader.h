// ThriftReader: Thrift's compact protocol (thrift-compact-protocol.md), of bytes that may be
// anything. What is not there reads as zero; ok() tells whether all was well.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/varint.h"

namespace dosql::lake {

class ThriftReader {
 public:
  enum Type : uint8_t {
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI16 = 4,
    kI32 = 5,
    kI64 = 6,
    kDouble = 7,
    kBinary = 8,
    kList = 9,
    kSet = 10,
    kMap = 11,
    kStruct = 12
  };

  explicit ThriftReader(std::string_view bytes)
      : begin_(reinterpret_cast<const uint8_t*>(bytes.data())),
        p_(begin_),
        end_(begin_ + bytes.size()) {}

  bool ok() const { return !failed_; }
  // Bytes that were read.
  size_t position() const { return static_cast<size_t>(p_ - begin_); }

  // The next field of the open struct, whose value must be read or skipped then. False at its end,
  // which closes it, and after a failure.
  bool Next(int16_t* id, uint8_t* type);
  // The next field that is a number, and it; others are passed over. False as Next.
  bool NextNumber(int16_t* id, int64_t* value);
  // Opens the struct that comes next; the outermost one is open from the start.
  void Enter();
  void Skip(uint8_t type) { Skip(type, 0); }

  static bool IsNumber(uint8_t type) { return type >= kI16 && type <= kI64; }
  int64_t Number() { return UnZigZag(Raw()); }
  std::string_view Text();
  // A list's header; its items follow. Each of them takes a byte at least, so no count is more than
  // the bytes that are left.
  uint32_t List(uint8_t* type);
  // The same of a field that must be a list of these.
  uint32_t ListOf(uint8_t field_type, uint8_t item_type);

 private:
  uint64_t Raw();
  void Fail() {
    failed_ = true;
    p_ = end_;
  }
  void Skip(uint8_t type, uint32_t depth);

  const uint8_t* begin_;
  const uint8_t* p_;
  const uint8_t* end_;
  bool failed_ = false;
  int16_t last_id_ = 0;
  std::vector<int16_t> stack_;
};

}  // namespace dosql::lake
