#include <algorithm>

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

Status InsertPlan::Compile(const BindContext& bind, const BoundInsert& insert) {
  Arena* arena = bind.arena;
  table_ = insert.table;
  has_rowid_ = insert.has_rowid;
  uint32_t n = table_->columns.size;
  for (const Column& column : table_->columns) computed_defaults_ |= !column.default_is_literal;
  values_ = arena->NewArray<Value>(n + 1);
  if (values_ == nullptr) return Code::kNoMemory;
  if (insert.select != nullptr) {
    outputs_ = insert.outputs;
    DOSQL_TRY(PlanSelect(arena, bind.diag, *insert.select, &query_, bind.statistics));
  } else {
    DOSQL_TRY(CompileRows(bind, insert));
  }
  DOSQL_TRY(CompileUpserts(bind, insert));
  calls_ = insert.calls;
  return returning_.Compile(arena, bind.diag, insert.returning);
}

Status InsertPlan::CompileRows(const BindContext& bind, const BoundInsert& insert) {
  Arena* arena = bind.arena;
  rows_.data = arena->NewArray<sql::List<CellPlan>>(insert.rows.size);
  if (rows_.data == nullptr) return Code::kNoMemory;
  rows_.size = insert.rows.size;
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

Status InsertPlan::CompileUpserts(const BindContext& bind, const BoundInsert& insert) {
  Arena* arena = bind.arena;
  uint32_t count = insert.upserts.size;
  rules_.conflict = insert.conflict;
  if (count == 0) return Status::Ok();
  rules_.upserts.data = arena->NewArray<ConflictRules::Upsert>(count);
  upserts_.data = arena->NewArray<UpsertPlan>(count);
  both_ = arena->NewArray<Value>(2 * (table_->columns.size + 1));
  if (rules_.upserts.data == nullptr || upserts_.data == nullptr || both_ == nullptr)
    return Code::kNoMemory;
  rules_.upserts.size = upserts_.size = count;
  for (uint32_t i = 0; i < count; i++) {
    const BoundUpsert& u = insert.upserts[i];
    rules_.upserts[i] = u.rule;
    UpsertPlan& plan = upserts_[i];
    plan.assignments.data = arena->NewArray<Assignment>(u.assignments.size);
    if (plan.assignments.data == nullptr) return Code::kNoMemory;
    for (const BoundAssignment& a : u.assignments) {
      Assignment& out = plan.assignments.data[plan.assignments.size++];
      out.column = a.column;
      plan.has_subqueries |= (a.value->flags & kExprHasSubquery) != 0;
      DOSQL_TRY(PlanSubqueries(arena, bind.diag, *a.value));
      DOSQL_TRY(Compiled(bind, CompileTableExpr(arena, *a.value, &out.program), a.value->offset));
    }
    if (u.where == nullptr) continue;
    plan.has_subqueries |= (u.where->flags & kExprHasSubquery) != 0;
    DOSQL_TRY(PlanSubqueries(arena, bind.diag, *u.where));
    DOSQL_TRY(Compiled(bind, CompileTableExpr(arena, *u.where, &plan.where), u.where->offset));
  }
  return Status::Ok();
}

Status InsertPlan::Run(ExecContext* context, WriteContext* write, WriteResult* result) {
  last_rowid_ = write->last_rowid;
  if (writer_ == nullptr) {
    writer_ = std::make_unique<TableWriter>(write, *table_, rules_);
    if (upserts_.size > 0) {
      ConflictRules abort;
      abort.conflict = sql::Conflict::kAbort;
      updater_ = std::make_unique<TableWriter>(write, *table_, abort);
    }
    may_abort_ = MayAbort();
  }
  write->keeps_rows = !may_abort_;
  writer_->Start();
  DOSQL_TRY(query_.root != nullptr ? RunQuery(context, result) : RunRows(context, result));
  write->arena = context->arena;
  return writer_->Finish();
}

bool InsertPlan::MayAbort() const {
  uint32_t n = table_->columns.size;
  auto given = [&](uint32_t c) {
    return query_.root != nullptr ? outputs_[c] != BoundInsert::kDefault
                                  : rows_[0][c].expr != nullptr;
  };
  bool rowid =
      has_rowid_ ? given(n)
                 : table_->rowid_column >= 0 && given(static_cast<uint32_t>(table_->rowid_column));
  if (calls_ || writer_->MayAbort(nullptr, rowid)) return true;
  for (uint32_t i = 0; i < upserts_.size; i++) {
    if (!rules_.upserts[i].update) continue;
    // Of a WITHOUT ROWID table the row is looked for by its key, which might not be there.
    if (table_->without_rowid && rules_.upserts[i].target != ConflictRules::Upsert::kOwnKey)
      return true;
    std::vector<uint8_t> written(n + 1);
    for (const Assignment& a : upserts_[i].assignments) written[a.column] = true;
    uint32_t key = table_->rowid_column >= 0 ? static_cast<uint32_t>(table_->rowid_column) : n;
    if (updater_->MayAbort(written.data(), written[key])) return true;
  }
  return false;
}

Status InsertPlan::RunRows(ExecContext* context, WriteResult* result) {
  uint32_t n = table_->columns.size;
  Value* values = values_;
  EvalContext eval = context->eval;
  eval.function.arena = context->arena;
  uint32_t done = 0;
  for (const sql::List<CellPlan>& row : rows_) {
    for (uint32_t c = 0; c < n + (has_rowid_ ? 1 : 0); c++) {
      const CellPlan& cell = row[c];
      if (cell.expr == nullptr) {
        values[c] = Value::Null();
        // A DEFAULT of the rowid's alias counts for nothing.
        if (c >= n || static_cast<int32_t>(c) == table_->rowid_column) continue;
        values[c] = table_->columns[c].default_value;
        if (computed_defaults_) DOSQL_TRY(writer_->Default(c, &values[c]));
      } else if (cell.program != nullptr) {
        DOSQL_TRY(EvalRow(*cell.program, &eval, nullptr, &values[c]));
      } else if (cell.expr->IsConstant()) {
        values[c] = cell.expr->value;
      } else {
        uint32_t p = cell.expr->index;
        values[c] = p < eval.param_count ? eval.params[p] : Value::Null();
      }
    }
    DOSQL_TRY(WriteRow(context, &eval, values, result));
    if ((++done & 1023) == 0) DOSQL_TRY(context->CheckDeadline());
  }
  return Status::Ok();
}

Status InsertPlan::RunQuery(ExecContext* context, WriteResult* result) {
  std::unique_ptr<Operator> rows;
  DOSQL_TRY(MakeOperator(context, *query_.root, &rows));
  Arena scratch(context->budget);
  EvalContext eval = context->eval;
  eval.function.arena = &scratch;
  writer_->set_arena(&scratch);
  for (;;) {
    Chunk* chunk;
    DOSQL_TRY(rows->Next(&chunk));
    if (chunk == nullptr) return Status::Ok();
    DOSQL_TRY(context->CheckDeadline());
    for (uint32_t k = 0; k < chunk->selection.count; k++) {
      uint32_t row = chunk->selection[k];
      for (uint32_t c = 0; c < outputs_.size; c++) {
        if (outputs_[c] != BoundInsert::kDefault) {
          values_[c] = chunk->columns[outputs_[c]].Get(row);
        } else if (c < table_->columns.size && static_cast<int32_t>(c) != table_->rowid_column) {
          DOSQL_TRY(writer_->Default(c, &values_[c]));
        } else {
          values_[c] = Value::Null();
        }
      }
      DOSQL_TRY(WriteRow(context, &eval, values_, result));
      if (scratch.size_bytes() > (256u << 10)) scratch.Reset();
    }
  }
}

Status InsertPlan::WriteRow(ExecContext* context, EvalContext* eval, Value* values,
                            WriteResult* result) {
  uint32_t n = table_->columns.size;
  int64_t rowid;
  DOSQL_TRY(writer_->Insert(values, has_rowid_ ? &values[n] : nullptr, &rowid));
  TableWriter::Outcome::Kind kind = writer_->outcome().kind;
  if (kind == TableWriter::Outcome::kIgnored) return Status::Ok();
  values[n] = table_->without_rowid ? Value::Null() : Value::Integer(rowid);
  if (kind == TableWriter::Outcome::kUpsert) return Upsert(context, eval, values, result);
  result->changes++;
  if (!table_->without_rowid) {
    *last_rowid_ = rowid;
  }
  return returning_.empty() ? Status::Ok() : result->returned->Add(returning_, context, values);
}

// What a DO UPDATE makes of both_; *pass false: its WHERE leaves the row alone.
Status InsertPlan::NewValues(const UpsertPlan& plan, ExecContext* context, EvalContext eval,
                             Value* values, bool* pass) {
  std::unique_ptr<HeadSubqueries> subqueries;
  if (plan.has_subqueries) {
    subqueries = std::make_unique<HeadSubqueries>(context);
    eval.subqueries = subqueries->runner();
  }
  uint32_t n = table_->columns.size;
  *pass = true;
  if (plan.where != nullptr) DOSQL_TRY(EvalRowFilter(*plan.where, &eval, both_, pass));
  if (!*pass) return Status::Ok();
  for (uint32_t c = 0; c <= n; c++) values[c] = both_[c];
  for (const Assignment& a : plan.assignments) {
    Value* v = &values[a.column];
    DOSQL_TRY(EvalRow(*a.program, &eval, both_, v));
    if (plan.has_subqueries && v->is_bytes()) {  // an answer goes with its runner
      Bytes copy = eval.function.arena->Copy(v->bytes());
      if (copy.data() == nullptr) return context->OutOfMemory();
      *v = Value::Make(v->type, copy);
    }
    if (static_cast<int32_t>(a.column) == table_->rowid_column) values[n] = *v;
  }
  return Status::Ok();
}

// DO UPDATE of the row that stood in the way.
Status InsertPlan::Upsert(ExecContext* context, EvalContext* eval, const Value* excluded,
                          WriteResult* result) {
  const TableWriter::Outcome& conflict = writer_->outcome();
  const UpsertPlan& plan = upserts_[conflict.upsert];
  uint32_t n = table_->columns.size;
  int64_t rowid = conflict.rowid;
  Bytes bytes;
  Status s = writer_->Find(rowid, conflict.key, both_, &bytes);
  if (s.code() == Code::kNotFound) return Code::kCorrupt;
  DOSQL_TRY(s);
  both_[n] = table_->without_rowid ? Value::Null() : Value::Integer(rowid);
  for (uint32_t c = 0; c <= n; c++) both_[n + 1 + c] = excluded[c];
  for (uint32_t c = 0; c < n && conflict.raw != nullptr; c++) {
    // Of affinity nothing shows but that integers of a REAL column are reals.
    bool real = table_->columns[c].affinity == Affinity::kReal &&
                conflict.raw[c].type == ValueType::kInteger;
    if (!real) both_[n + 1 + c] = conflict.raw[c];
  }
  Value* values = eval->function.arena->NewArray<Value>(n + 1);
  if (values == nullptr) return context->OutOfMemory();
  bool pass;
  DOSQL_TRY(NewValues(plan, context, *eval, values, &pass));
  if (!pass) return Status::Ok();
  DOSQL_TRY(updater_->Update(rowid, both_, bytes, values, values[n]));
  result->changes++;
  values[n] = table_->without_rowid ? Value::Null() : Value::Integer(updater_->outcome().rowid);
  return returning_.empty() ? Status::Ok() : result->returned->Add(returning_, context, values);
}

}  // namespace dosql
