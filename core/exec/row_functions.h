// RowFunctions: where the rows of table-valued functions come from. The engine implements it: most
// are PRAGMAs, which ask the session.
#pragma once

#include <memory>
#include <vector>

#include "core/catalog/row_source.h"
#include "core/exec/operator.h"

namespace dosql {

// All rows of one call, one after the other, or a series of integers.
struct RowList {
  uint32_t width = 0;
  std::vector<Value> cells;
  bool series = false;
  uint64_t first = 0, step = 0, count = 0;  // of the series, modulo 2^64
  uint64_t rows() const { return series ? count : width == 0 ? 0 : cells.size() / width; }
};

class RowFunctions {
 public:
  // Texts go to the arena. Fewer arguments than args_max may come. kBlocked: call again.
  virtual Status Rows(const RowSource& function, const Value* args, uint32_t arg_count,
                      Arena* arena, RowList* out) = 0;

 protected:
  ~RowFunctions() = default;
};

// The rows of a list that lives as long as the execution.
std::unique_ptr<Operator> MakeRowList(ExecContext* context, const RowList* list);

}  // namespace dosql
