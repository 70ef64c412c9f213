// RowSorter: rows of values with a memcmp key each, the keys sorted by a stable merge sort. Rows
// and keys lie in memory of its own, all of it reserved in the statement's budget.
#pragma once

#include <memory>
#include <vector>

#include "core/exec/exec_context.h"
#include "core/plan/plan.h"

namespace dosql {

class RowSorter {
 public:
  // Rows of which the first `kept` values are wanted back, ordered by `terms`, whose list the
  // caller keeps; a term may name a value behind those.
  RowSorter(ExecContext* context, uint32_t kept, sql::List<SortTerm> terms)
      : context_(context),
        kept_(kept),
        width_(WidthOf(kept, terms)),
        terms_(terms),
        next_(new Value[width_]),
        arenas_{Arena(context->budget), Arena(context->budget)} {}
  ~RowSorter() { context_->budget->Release(reserved_); }
  RowSorter(const RowSorter&) = delete;
  RowSorter& operator=(const RowSorter&) = delete;

  // How many values a row has.
  uint32_t width() const { return width_; }
  // Add copies the values that were put here. kNoMemory, kTooBig.
  Value* next() { return next_.get(); }
  Status Add();

  Status Sort();
  // Sorts, and drops all but the first `keep`; their memory is free again.
  Status KeepFirst(size_t keep);

  size_t size() const { return rows_.size(); }
  const Value* row(size_t i) const { return rows_[i].values; }
  bool SameKey(size_t i, size_t j) const;

 private:
  struct Row {
    uint64_t prefix;  // first 8 bytes of the key, big-endian: most comparisons end here
    const uint8_t* key;
    uint32_t key_size;
    Value* values;
  };
  static uint32_t WidthOf(uint32_t kept, sql::List<SortTerm> terms) {
    uint32_t width = kept;
    for (const SortTerm& t : terms) width = t.column < width ? width : t.column + 1;
    return width;
  }
  static bool Less(const Row& a, const Row& b);
  static void MergeSort(Row* rows, Row* spare, size_t n);
  Status CopyValue(Arena* arena, const Value& v, Value* out);

  ExecContext* context_;
  const uint32_t kept_, width_;
  const sql::List<SortTerm> terms_;
  std::unique_ptr<Value[]> next_;
  Arena arenas_[2];
  uint32_t current_ = 0;
  std::vector<Row> rows_;
  size_t reserved_ = 0;
};

}  // namespace dosql
