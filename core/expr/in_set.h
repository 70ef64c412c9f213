// InSet: the values of an IN list, hashed once, probed per row. Private to core/expr.
#pragma once

#include "core/base/arena.h"
#include "core/type/compare.h"
#include "core/vector/vector.h"

namespace dosql {

class InSet {
 public:
  // Memory for `n` values. kNoMemory.
  Status Init(Arena* arena, uint32_t n, Collation collation);
  // The bytes must outlive the set.
  void Add(const Value& v);

  // -1 for NULL, 0, 1, as IN gives it.
  int Probe(const Value& v) const;
  // The same for a value that is not NULL, when all_integers().
  int ProbeInteger(int64_t v) const {
    for (uint32_t at = HashInteger(static_cast<uint64_t>(v)) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at].is_null()) return has_null_ ? -1 : 0;
      if (slots_[at].i == v) return 1;
    }
  }
  bool all_integers() const { return all_integers_; }

  // When all values are strings of one class that compare by bytes, and few: comparing with each
  // beats hashing, which has to read all of a long string.
  bool few_strings(bool blobs) const { return few_ > 0 && few_are_blobs_ == blobs; }
  // The same as Probe for such a string, when few_strings().
  int ProbeString(const StringRef& s) const {
    for (int i = 0; i < few_; i++) {
      if (strings_[i].Equals(s)) return 1;
    }
    return has_null_ ? -1 : 0;
  }

 private:
  static constexpr int kFew = 6;

  Value* slots_ = nullptr;  // open addressing; NULL is empty
  uint32_t mask_ = 0;
  Collation collation_ = Collation::kBinary;
  bool has_null_ = false;
  bool all_integers_ = true;
  bool few_are_blobs_ = false;
  int8_t few_ = 0;  // strings; -1: some value is none, or they are many
  StringRef strings_[kFew];
};

// What a program knows of one IN list: constants, hashed when it was compiled, and registers that
// hold what depends on parameters, filled before the first row. Affinity is applied to all of them.
struct InList {
  InSet constants;
  const Value* constant_values = nullptr;
  uint32_t constant_count = 0;
  const uint16_t* registers = nullptr;
  uint32_t register_count = 0;
  Collation collation = Collation::kBinary;
  uint32_t index = 0;  // of this list among the program's
};

}  // namespace dosql
