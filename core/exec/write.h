// INSERT, UPDATE and DELETE: plans and their running. A write keeps its TableWriter (and the hints
// in it) for as long as the prepared statement lives.
//
// Run does the whole statement at once. When single_row() is true, a failure with a constraint's or
// a value's error has changed nothing; otherwise, and after any other failure, the caller rolls
// back to the savepoint it took, or poisons the store. kBlocked: roll back and run again.
#pragma once

#include <memory>

#include "core/bind/binder.h"
#include "core/exec/exec_context.h"
#include "core/exec/operator.h"
#include "core/exec/point_read.h"
#include "core/table/table_writer.h"

namespace dosql {

struct WriteResult {
  uint64_t changes = 0;
  bool inserted = false;   // a row went into a rowid table,
  int64_t last_rowid = 0;  // with this rowid
};

class InsertPlan {
 public:
  Status Compile(const BindContext& bind, const BoundInsert& insert);
  bool single_row() const { return rows_.size == 1; }
  Status Run(ExecContext* context, WriteContext* write, WriteResult* result);

 private:
  struct CellPlan {
    const BoundExpr* expr = nullptr;
    const Program* program = nullptr;
  };
  const Table* table_ = nullptr;
  bool has_rowid_ = false;
  sql::List<sql::List<CellPlan>> rows_;
  const Program** defaults_ = nullptr;  // per column, nullptr: the literal
  std::unique_ptr<TableWriter> writer_;
};

class ModifyPlan {
 public:
  // `is_delete` tells DELETE from an UPDATE.
  Status Compile(const BindContext& bind, const BoundModify& modify, bool is_delete);
  // At most one row, found by its full key.
  bool single_row() const { return point_; }
  // Unless single_row(), context->version must be a pinned version: rows are searched in it.
  Status Run(ExecContext* context, WriteContext* write, WriteResult* result);

 private:
  Status RunPoint(ExecContext* context, WriteResult* result);
  Status RunScan(ExecContext* context, WriteResult* result);
  Status ChangeRow(EvalContext* eval, int64_t rowid, Value* old, Bytes old_bytes,
                   WriteResult* result);

  const Table* table_ = nullptr;
  bool is_delete_ = false;
  bool point_ = false;
  PlanNode* root_ = nullptr;
  const Access* access_ = nullptr;
  const Program* predicate_ = nullptr;
  struct Assignment {
    uint32_t column;
    const Program* program;
  };
  sql::List<Assignment> assignments_;
  Value* old_ = nullptr;  // all columns, then the rowid
  Value* new_ = nullptr;
  std::unique_ptr<TableWriter> writer_;
  std::unique_ptr<PointRead> reader_;
};

}  // namespace dosql
