// ReturnedRows: what RETURNING gives. Rows are collected while the statement writes and are handed
// out once all is written, as SQLite does.
#pragma once

#include <memory>

#include "core/bind/bound.h"
#include "core/exec/operator.h"
#include "core/exec/subquery_runner.h"

namespace dosql {

// The compiled outputs, over the table's columns and the rowid.
class ReturningPlan {
 public:
  Status Compile(Arena* arena, Diag* diag, const sql::List<BoundOutput>& outputs);
  bool empty() const { return outputs_.empty(); }
  // No output can fail: only columns, constants and parameters.
  bool plain() const { return plain_; }
  const sql::List<BoundOutput>& outputs() const { return outputs_; }
  bool has_subqueries() const { return has_subqueries_; }
  const sql::List<const Program*>& programs() const { return programs_; }

 private:
  sql::List<BoundOutput> outputs_;
  sql::List<const Program*> programs_;
  bool plain_ = true;
  bool has_subqueries_ = false;
};

// The queries inside expressions that are evaluated between the changes of a statement: they read
// the head as it is now, so nothing is remembered from one row to the next.
class HeadSubqueries {
 public:
  explicit HeadSubqueries(ExecContext* context)
      : outer_(context), context_(*context), runner_(&context_) {
    context_.version = nullptr;
    context_.rows_read = 0;
  }
  ~HeadSubqueries() { outer_->rows_read += context_.rows_read; }
  SubqueryRunner* runner() { return &runner_; }

 private:
  ExecContext* outer_;
  ExecContext context_;
  StatementSubqueries runner_;
};

class ReturnedRows {
 public:
  explicit ReturnedRows(ByteBudget* budget) : arena_(budget) {}

  void Clear();
  // One row of the table, as it was written or deleted. Keeps copies.
  Status Add(const ReturningPlan& plan, ExecContext* context, const Value* row);
  // Hands out the rows collected so far; they must not change while it lives.
  std::unique_ptr<Operator> Read() const;

 private:
  friend class ReturnedReader;
  struct Block {
    Chunk chunk;
    uint32_t capacity;
    Block* next;
  };
  Arena arena_;
  Block* first_ = nullptr;
  Block* last_ = nullptr;
};

}  // namespace dosql
