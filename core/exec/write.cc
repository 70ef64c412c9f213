#include "core/exec/write.h"

#include "core/expr/eval_row.h"
#include "core/plan/planner.h"

namespace dosql {
namespace {

Status Compiled(const BindContext& bind, Status s, uint32_t offset) {
  if (s.ok()) return s;
  return bind.diag->Set(
      s.code(), s.code() == Code::kNoMemory ? "out of memory" : "expression too large", offset);
}

}  // namespace

// ---------------------------------------------------------------------------------------- INSERT

Status InsertPlan::Compile(const BindContext& bind, const BoundInsert& insert) {
  Arena* arena = bind.arena;
  table_ = insert.table;
  has_rowid_ = insert.has_rowid;
  defaults_ = arena->NewArray<const Program*>(table_->columns.size);
  rows_.data = arena->NewArray<sql::List<CellPlan>>(insert.rows.size);
  if (defaults_ == nullptr || rows_.data == nullptr) return Code::kNoMemory;
  rows_.size = insert.rows.size;
  for (uint32_t c = 0; c < table_->columns.size; c++) {
    const Column& column = table_->columns[c];
    if (column.default_is_literal) continue;
    BoundExpr* e;
    DOSQL_TRY(BindTableExpr(bind, *table_, *column.default_expr, &e));
    if (e->HasColumn())
      return bind.diag->Set(Code::kBind,
                            Words({"default value of column [", column.name, "] is not constant"}));
    DOSQL_TRY(Compiled(bind, CompileExpr(*e, arena, &defaults_[c]), e->offset));
  }
  for (uint32_t r = 0; r < insert.rows.size; r++) {
    const sql::List<BoundExpr*>& row = insert.rows[r];
    rows_[r].data = arena->NewArray<CellPlan>(row.size);
    if (rows_[r].data == nullptr) return Code::kNoMemory;
    rows_[r].size = row.size;
    for (uint32_t i = 0; i < row.size; i++) {
      CellPlan& cell = rows_[r][i];
      cell.expr = row[i];
      if (row[i] == nullptr || row[i]->op == ExprOp::kParam || row[i]->IsConstant()) continue;
      DOSQL_TRY(Compiled(bind, CompileExpr(*row[i], arena, &cell.program), row[i]->offset));
    }
  }
  return Status::Ok();
}

Status InsertPlan::Run(ExecContext* context, WriteContext* write, WriteResult* result) {
  if (writer_ == nullptr) writer_ = std::make_unique<TableWriter>(write, *table_);
  uint32_t n = table_->columns.size;
  Value* values = context->arena->NewArray<Value>(n + 1);
  if (values == nullptr) return context->OutOfMemory();
  EvalContext eval = context->eval;
  eval.function.arena = context->arena;
  for (const sql::List<CellPlan>& row : rows_) {
    for (uint32_t c = 0; c < n + (has_rowid_ ? 1 : 0); c++) {
      const CellPlan& cell = row[c];
      if (cell.expr == nullptr) {
        values[c] = Value::Null();
        if (c >= n) continue;
        values[c] = table_->columns[c].default_value;
        if (defaults_[c] != nullptr) DOSQL_TRY(EvalRow(*defaults_[c], &eval, nullptr, &values[c]));
      } else if (cell.program != nullptr) {
        DOSQL_TRY(EvalRow(*cell.program, &eval, nullptr, &values[c]));
      } else if (cell.expr->IsConstant()) {
        values[c] = cell.expr->value;
      } else {
        uint32_t p = cell.expr->index;
        values[c] = p < eval.param_count ? eval.params[p] : Value::Null();
      }
    }
    int64_t rowid;
    DOSQL_TRY(writer_->Insert(values, has_rowid_ ? &values[n] : nullptr, &rowid));
    result->changes++;
    if (!table_->without_rowid) {
      result->inserted = true;
      result->last_rowid = rowid;
    }
    if ((result->changes & 1023) == 0) DOSQL_TRY(context->CheckDeadline());
  }
  return Status::Ok();
}

// ------------------------------------------------------------------------------- UPDATE, DELETE

Status ModifyPlan::Compile(const BindContext& bind, const BoundModify& modify, bool is_delete) {
  Arena* arena = bind.arena;
  table_ = modify.table;
  is_delete_ = is_delete;
  DOSQL_TRY(PlanModify(arena, bind.diag, modify, &root_));
  const PlanNode* scan = root_;
  if (scan->kind == PlanKind::kFilter) {
    predicate_ = scan->predicate.program;  // over all columns and the rowid, as old_ holds them
    scan = scan->input;
  }
  access_ = &scan->access;
  point_ = scan->kind == PlanKind::kScan && access_->one_row;
  uint32_t n = table_->columns.size;
  old_ = arena->NewArray<Value>(n + 1);
  new_ = arena->NewArray<Value>(n + 1);
  assignments_.data = arena->NewArray<Assignment>(modify.assignments.size);
  if (old_ == nullptr || new_ == nullptr || assignments_.data == nullptr) return Code::kNoMemory;
  for (const BoundAssignment& a : modify.assignments) {
    Assignment& out = assignments_.data[assignments_.size++];
    out.column = a.column;
    DOSQL_TRY(Compiled(bind, CompileTableExpr(arena, *a.value, &out.program), a.value->offset));
  }
  return Status::Ok();
}

Status ModifyPlan::Run(ExecContext* context, WriteContext* write, WriteResult* result) {
  if (writer_ == nullptr) writer_ = std::make_unique<TableWriter>(write, *table_);
  return point_ ? RunPoint(context, result) : RunScan(context, result);
}

// `old`: all columns, the rowid alias filled in, then the rowid.
Status ModifyPlan::ChangeRow(EvalContext* eval, int64_t rowid, Value* old, Bytes old_bytes,
                             WriteResult* result) {
  result->changes++;
  if (is_delete_) return writer_->Delete(rowid, old, old_bytes);
  uint32_t n = table_->columns.size;
  for (uint32_t c = 0; c <= n; c++) new_[c] = old[c];
  for (const Assignment& a : assignments_) {
    Value v;
    DOSQL_TRY(EvalRow(*a.program, eval, old, &v));
    new_[a.column] = v;
    if (static_cast<int32_t>(a.column) == table_->rowid_column) new_[n] = v;
  }
  return writer_->Update(rowid, old, old_bytes, new_, new_[n]);
}

Status ModifyPlan::RunPoint(ExecContext* context, WriteResult* result) {
  if (reader_ == nullptr) reader_ = std::make_unique<PointRead>(context->pager, *access_);
  EvalContext eval = context->eval;
  eval.function.arena = context->arena;
  int64_t rowid;
  Bytes bytes;
  Status s = reader_->Find(context, &eval, context->arena, &rowid, &bytes);
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  // The row is a view of a page that the change will rewrite.
  bytes = context->arena->Copy(bytes);
  if (bytes.data() == nullptr) return context->OutOfMemory();
  if (bytes.size() < 2) return Code::kCorrupt;
  writer_->ReadRow(rowid, RowView(bytes), old_);
  old_[table_->columns.size] = Value::Integer(rowid);
  if (predicate_ != nullptr) {
    bool pass;
    DOSQL_TRY(EvalRowFilter(*predicate_, &eval, old_, &pass));
    if (!pass) return Status::Ok();
  }
  return ChangeRow(&eval, rowid, old_, bytes, result);
}

// Rows are found in the pinned version, so that what the statement writes is not found again.
Status ModifyPlan::RunScan(ExecContext* context, WriteResult* result) {
  std::unique_ptr<Operator> rows;
  DOSQL_TRY(MakeOperator(context, *root_, &rows));
  uint32_t n = table_->columns.size;
  Arena scratch(context->budget);
  EvalContext eval = context->eval;
  eval.function.arena = &scratch;
  // The writer's scratch is given back every few hundred rows.
  writer_->set_arena(&scratch);
  for (;;) {
    Chunk* chunk;
    DOSQL_TRY(rows->Next(&chunk));
    if (chunk == nullptr) return Status::Ok();
    for (uint32_t k = 0; k < chunk->selection.count; k++) {
      uint32_t row = chunk->selection[k];
      for (uint32_t c = 0; c < n; c++) old_[c] = chunk->columns[c].Get(row);
      int64_t rowid = 0;
      if (!table_->without_rowid) rowid = chunk->columns[n].Get(row).i;
      old_[n] = Value::Integer(rowid);
      DOSQL_TRY(ChangeRow(&eval, rowid, old_, {}, result));
      if (scratch.size_bytes() > (256u << 10)) scratch.Reset();
    }
  }
}

}  // namespace dosql
