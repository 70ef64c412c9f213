// KeyRange: where an access enters and leaves its tree, computed from values.
#pragma once

#include "core/plan/plan.h"
#include "core/storage/btree/cursor.h"
#include "core/type/key_codec.h"

namespace dosql {

class KeyRange {
 public:
  explicit KeyRange(Arena* arena) : start_(arena), end_(arena) {}

  // equal: access.equal.size values; low and high count only where the access has them. Values that
  // equal nothing (NULL, a fraction for a rowid) make the range empty. kNoMemory.
  Status Compute(const Access& access, Arena* arena, const Value* equal, const Value& low,
                 const Value& high);

  bool empty() const { return empty_; }
  // Integer trees: both ends inclusive.
  int64_t first() const { return first_; }
  int64_t last() const { return last_; }
  // Bytes trees: from `start` on, before `end` (has_end).
  Bytes start() const { return start_.bytes(); }
  Bytes end() const { return end_.bytes(); }
  bool has_end() const { return has_end_; }

 private:
  Status Rowids(const Access& access, Arena* arena, const Value* equal, const Value& low,
                const Value& high);
  void NarrowRowids(Value v, bool is_low, bool inclusive);

  bool empty_ = false;
  bool has_end_ = false;
  int64_t first_ = 0, last_ = 0;
  KeyBuffer start_, end_;
};

// The key kind of the tree an access enters.
inline KeyKind AccessKeyKind(const Access& a) {
  return a.index == nullptr && !a.table->without_rowid ? KeyKind::kInteger : KeyKind::kBytes;
}
inline PageId AccessRoot(const Access& a) {
  return a.index != nullptr ? a.index->root : a.table->root;
}

}  // namespace dosql
