// Entries of the LakeStore, and what is kept like them: numbers as varints, texts with their
// length.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.h"
#include "core/base/varint.h"

namespace dosql::lake {

class EntryWriter {
 public:
  void Number(uint64_t v) {
    uint8_t bytes[kVarintBytesMax];
    bytes_.append(reinterpret_cast<char*>(bytes), static_cast<size_t>(PutVarint(bytes, v) - bytes));
  }
  void Signed(int64_t v) { Number(ZigZag(v)); }
  void Text(std::string_view v) {
    Number(v.size());
    bytes_ += v;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// What is not there any more reads as nothing; done() tells whether all was well.
class EntryReader {
 public:
  explicit EntryReader(std::string_view bytes)
      : p_(reinterpret_cast<const uint8_t*>(bytes.data())), end_(p_ + bytes.size()) {}
  uint64_t Number() {
    uint64_t v = 0;
    const uint8_t* next = failed_ ? nullptr : GetVarint(p_, end_, &v);
    failed_ = next == nullptr;
    if (!failed_) p_ = next;
    return failed_ ? 0 : v;
  }
  uint32_t Small() {
    const uint64_t v = Number();
    failed_ |= v > UINT32_MAX;
    return static_cast<uint32_t>(v);
  }
  int32_t Signed() { return static_cast<int32_t>(UnZigZag(Number())); }
  // How many of something that takes a byte at least.
  size_t Count() {
    const uint64_t n = Number();
    failed_ |= n > static_cast<uint64_t>(end_ - p_);
    return failed_ ? 0 : static_cast<size_t>(n);
  }
  std::string Text() {
    const size_t size = Count();
    std::string out(reinterpret_cast<const char*>(p_), size);
    p_ += size;
    return out;
  }
  bool more() const { return !failed_ && p_ != end_; }
  Status Done() const { return failed_ || p_ != end_ ? Status(Code::kCorrupt) : Status::Ok(); }

 private:
  const uint8_t* p_;
  const uint8_t* end_;
  bool failed_ = false;
};

}  // namespace dosql::lake
