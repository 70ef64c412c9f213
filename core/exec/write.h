// INSERT, UPDATE and DELETE: plans and their running. A write keeps its TableWriter (and the hints
// in it) for as long as the prepared statement lives.
//
// Run does the whole statement at once. When single_row() is true, a failure with a constraint's or
// a value's error has changed nothing; otherwise, and after any other failure, the caller rolls
// back to the savepoint it took, or poisons the store (but WriteContext::on_failure may say kFail:
// what was changed before the row that failed stays). kBlocked: roll back and run again.
// When reads() is true, context->version must be a pinned version: rows are searched in it, so that
// what the statement writes is not found again.
#pragma once

#include <memory>

#include "core/bind/binder.h"
#include "core/exec/exec_context.h"
#include "core/exec/operator.h"
#include "core/exec/point_read.h"
#include "core/exec/returned_rows.h"
#include "core/table/table_writer.h"

namespace dosql {

struct WriteResult {
  uint64_t changes = 0;
  ReturnedRows* returned = nullptr;  // set by the caller: takes the rows of RETURNING
};

class InsertPlan {
 public:
  Status Compile(const BindContext& bind, const BoundInsert& insert);
  bool single_row() const { return rows_.size == 1 && returning_.plain(); }
  bool reads() const { return query_.root != nullptr; }
  // What finds the rows; nullptr: VALUES.
  const PlanNode* plan() const { return query_.root; }
  const ReturningPlan& returning() const { return returning_; }
  Status Run(ExecContext* context, WriteContext* write, WriteResult* result);

 private:
  struct CellPlan {
    const BoundExpr* expr = nullptr;
    const Program* program = nullptr;
  };
  struct Assignment {
    uint32_t column;
    const Program* program;
  };
  struct UpsertPlan {
    sql::List<Assignment> assignments;
    const Program* where = nullptr;
    bool has_subqueries = false;
  };
  Status CompileRows(const BindContext& bind, const BoundInsert& insert);
  Status CompileUpserts(const BindContext& bind, const BoundInsert& insert);
  bool MayAbort() const;
  Status RunRows(ExecContext* context, WriteResult* result);
  Status RunQuery(ExecContext* context, WriteResult* result);
  Status WriteRow(ExecContext* context, EvalContext* eval, Value* values, WriteResult* result);
  Status Upsert(ExecContext* context, EvalContext* eval, const Value* excluded,
                WriteResult* result);
  Status NewValues(const UpsertPlan& plan, ExecContext* context, EvalContext eval, Value* values,
                   bool* pass);

  const Table* table_ = nullptr;
  bool has_rowid_ = false;
  sql::List<sql::List<CellPlan>> rows_;
  SelectPlan query_;
  sql::List<uint32_t> outputs_;  // of the query: which one each column takes
  bool computed_defaults_ = false;
  ConflictRules rules_;
  sql::List<UpsertPlan> upserts_;
  ReturningPlan returning_;
  Value* values_ = nullptr;  // all columns, then the rowid
  Value* both_ = nullptr;    // the row in the way, then the one that was to be inserted
  int64_t* last_rowid_ = nullptr;
  std::unique_ptr<TableWriter> writer_;
  std::unique_ptr<TableWriter> updater_;  // of upserts: every conflict aborts
  bool calls_ = false;
  bool may_abort_ = true;
};

class ModifyPlan {
 public:
  // `is_delete` tells DELETE from an UPDATE.
  Status Compile(const BindContext& bind, const BoundModify& modify, bool is_delete);
  // What finds the rows.
  const PlanNode* plan() const { return query_.root != nullptr ? query_.root : root_; }
  // At most one row, found by its full key.
  bool single_row() const { return point_ && returning_.plain(); }
  bool reads() const { return !single_row(); }
  const ReturningPlan& returning() const { return returning_; }
  Status Run(ExecContext* context, WriteContext* write, WriteResult* result);

 private:
  // A row that a query found, with the values it is to get.
  struct Found {
    int64_t rowid;
    Bytes key;
    const Value* values;
  };
  Status RunPoint(ExecContext* context, WriteResult* result);
  Status RunScan(ExecContext* context, WriteResult* result);
  Status RunQuery(ExecContext* context, WriteResult* result);
  Status ReadFound(ExecContext* context, const Chunk& chunk, uint32_t row, Arena* arena,
                   Found* found);
  Status ChangeFound(ExecContext* context, const Found& found, WriteResult* result);
  Status ChangeRow(ExecContext* context, EvalContext* eval, int64_t rowid, Bytes old_bytes,
                   WriteResult* result);
  Status KeyOf(const Value* row, Arena* arena, Bytes* key);
  Status Apply(ExecContext* context, int64_t rowid, Bytes old_bytes, WriteResult* result);

  const Table* table_ = nullptr;
  bool is_delete_ = false;
  bool point_ = false;
  PlanNode* root_ = nullptr;
  const Access* access_ = nullptr;
  const Program* predicate_ = nullptr;
  SelectPlan query_;
  bool joined_ = false;
  struct Assignment {
    uint32_t column;
    const Program* program;  // nullptr: an output of the query
    uint32_t output;
  };
  sql::List<Assignment> assignments_;
  ConflictRules rules_;
  ReturningPlan returning_;
  Value* old_ = nullptr;  // all columns, then the rowid
  Value* new_ = nullptr;
  std::unique_ptr<TableWriter> writer_;
  bool calls_ = false;
  bool may_abort_ = true;
  std::unique_ptr<PointRead> reader_;
};

}  // namespace dosql
