// From stored rows to the columns of a chunk.
#pragma once

#include "core/exec/access_reader.h"
#include "core/vector/vector_builder.h"

namespace dosql {

inline bool IsRowid(const Table& table, uint32_t column) {
  return column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column;
}

inline bool ReadsRowids(const Table& table, const PlanColumn* columns, uint32_t count) {
  for (uint32_t c = 0; c < count; c++)
    if (IsRowid(table, columns[c].index)) return true;
  return false;
}

// Puts the batch's rows at chunk rows first, first + 1, ...; one builder per column. kNoMemory.
inline Status PutRows(const Table& table, const PlanColumn* columns, uint32_t count,
                      const RowBatch& batch, uint32_t first, VectorBuilder* builders) {
  for (uint32_t c = 0; c < count; c++) {
    uint32_t column = columns[c].index;
    DOSQL_TRY(IsRowid(table, column) ? builders[c].PutIntegers(first, batch.rowids, batch.count)
                                     : builders[c].PutRows(first, batch.rows, batch.count, column,
                                                           table.columns[column].default_value));
  }
  return Status::Ok();
}

// RowColumns: turns stored rows into vectors: one builder per column of the layout.
class RowColumns {
 public:
  RowColumns(ExecContext* context, const Table& table, const PlanColumn* columns, uint32_t count)
      : context_(context), table_(table), layout_(columns), count_(count) {}

  Status Init(uint32_t capacity) {
    builders_ = std::make_unique<VectorBuilder[]>(count_);
    if (vectors_ == nullptr) {
      vectors_ = context_->arena->NewArray<Vector>(count_);
      if (vectors_ == nullptr) return context_->OutOfMemory();
    }
    for (uint32_t c = 0; c < count_; c++) builders_[c].Init(context_->arena, capacity);
    return Status::Ok();
  }
  void Restart() {
    for (uint32_t c = 0; c < count_; c++) builders_[c].Restart();
  }
  // Puts the batch's rows at chunk rows first, first + 1, ...
  Status Put(uint32_t first, const RowBatch& batch) {
    if (!PutRows(table_, layout_, count_, batch, first, builders_.get()).ok())
      return context_->OutOfMemory();
    return Status::Ok();
  }
  Status PutNull(uint32_t row) {
    for (uint32_t c = 0; c < count_; c++)
      if (!builders_[c].Put(row, Value::Null()).ok()) return context_->OutOfMemory();
    return Status::Ok();
  }
  Vector* Finish() {
    for (uint32_t c = 0; c < count_; c++) vectors_[c] = builders_[c].Finish();
    return vectors_;
  }

 private:
  ExecContext* context_;
  const Table& table_;
  const PlanColumn* layout_;
  uint32_t count_;
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
};

}  // namespace dosql
