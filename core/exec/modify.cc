#include <algorithm>

#include "core/exec/write.h"
#include "core/expr/eval_row.h"
#include "core/plan/planner.h"
#include "core/type/key_codec.h"

namespace dosql {

Status ModifyPlan::Compile(const BindContext& bind, const BoundModify& modify, bool is_delete) {
  Arena* arena = bind.arena;
  table_ = modify.table;
  is_delete_ = is_delete;
  rules_.conflict = modify.conflict;
  if (modify.select != nullptr) {
    joined_ = modify.joined;
    DOSQL_TRY(PlanSelect(arena, bind.diag, *modify.select, &query_, bind.statistics));
  } else {
    DOSQL_TRY(PlanModify(arena, bind.diag, modify, &root_, bind.statistics));
    const PlanNode* scan = root_;
    if (scan->kind == PlanKind::kFilter) {
      predicate_ = scan->predicate.program;  // over all columns and the rowid, as old_ holds them
      scan = scan->input;
    }
    access_ = &scan->access;
    point_ = scan->kind == PlanKind::kScan && access_->one_row;
  }
  uint32_t n = table_->columns.size;
  old_ = arena->NewArray<Value>(n + 1);
  new_ = arena->NewArray<Value>(n + 1);
  assignments_.data = arena->NewArray<Assignment>(modify.assignments.size);
  if (old_ == nullptr || new_ == nullptr || assignments_.data == nullptr) return Code::kNoMemory;
  for (const BoundAssignment& a : modify.assignments) {
    Assignment& out = assignments_.data[assignments_.size++];
    out.column = a.column;
    out.output = a.output;
    if (a.value == nullptr) continue;
    Status s = CompileTableExpr(arena, *a.value, &out.program);
    if (!s.ok())
      return bind.diag->Set(s.code(),
                            s.code() == Code::kNoMemory ? "out of memory" : "expression too large",
                            a.value->offset);
  }
  calls_ = modify.calls;
  return returning_.Compile(arena, bind.diag, modify.returning);
}

Status ModifyPlan::Run(ExecContext* context, WriteContext* write, WriteResult* result) {
  if (writer_ == nullptr) {
    writer_ = std::make_unique<TableWriter>(write, *table_, rules_);
    uint32_t n = table_->columns.size;
    std::vector<uint8_t> written(n + 1);
    for (const Assignment& a : assignments_) written[a.column] = true;
    uint32_t key = table_->rowid_column >= 0 ? static_cast<uint32_t>(table_->rowid_column) : n;
    may_abort_ = calls_ || writer_->MayAbort(written.data(), written[key]);
  }
  write->keeps_rows = !may_abort_;
  if (query_.root != nullptr) return RunQuery(context, result);
  return point_ ? RunPoint(context, result) : RunScan(context, result);
}

// old_ becomes new_.
Status ModifyPlan::Apply(ExecContext* context, int64_t rowid, Bytes old_bytes,
                         WriteResult* result) {
  uint32_t n = table_->columns.size;
  Value* row = is_delete_ ? old_ : new_;
  if (is_delete_) {
    DOSQL_TRY(writer_->Delete(rowid, old_, old_bytes));
  } else {
    DOSQL_TRY(writer_->Update(rowid, old_, old_bytes, new_, new_[n]));
    if (writer_->outcome().kind != TableWriter::Outcome::kWritten) return Status::Ok();
    new_[n] = Value::Integer(writer_->outcome().rowid);
  }
  result->changes++;
  return returning_.empty() ? Status::Ok() : result->returned->Add(returning_, context, row);
}

// old_: all columns, the rowid alias filled in, then the rowid.
Status ModifyPlan::ChangeRow(ExecContext* context, EvalContext* eval, int64_t rowid,
                             Bytes old_bytes, WriteResult* result) {
  uint32_t n = table_->columns.size;
  if (!is_delete_) {
    for (uint32_t c = 0; c <= n; c++) new_[c] = old_[c];
    for (const Assignment& a : assignments_) {
      Value v;
      DOSQL_TRY(EvalRow(*a.program, eval, old_, &v));
      new_[a.column] = v;
      if (static_cast<int32_t>(a.column) == table_->rowid_column) new_[n] = v;
    }
  }
  return Apply(context, rowid, old_bytes, result);
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
  return ChangeRow(context, &eval, rowid, bytes, result);
}

Status ModifyPlan::KeyOf(const Value* row, Arena* arena, Bytes* key) {
  KeyBuffer buffer(arena);
  for (const IndexColumn& c : table_->key_columns)
    DOSQL_TRY(buffer.Append(row[c.column], c.collation, c.desc));
  *key = arena->Copy(buffer.bytes());
  return key->data() == nullptr ? Status(Code::kNoMemory) : Status::Ok();
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
      Bytes bytes;
      if (writer_->replaced()) {
        // REPLACE may have deleted the row since, or put another one in its place.
        Bytes key;
        if (table_->without_rowid) DOSQL_TRY(KeyOf(old_, &scratch, &key));
        Status s = writer_->Find(rowid, key, old_, &bytes);
        if (s.code() == Code::kNotFound) continue;
        DOSQL_TRY(s);
      }
      DOSQL_TRY(ChangeRow(context, &eval, rowid, bytes, result));
      if (scratch.size_bytes() > (256u << 10)) scratch.Reset();
    }
  }
}

// ----------------------------------------------------------------------------- rows from a query

// A row of the query: which row of the table, and the values it is to get, as views.
Status ModifyPlan::ReadFound(ExecContext* context, const Chunk& chunk, uint32_t row, Arena* arena,
                             Found* found) {
  *found = {};
  if (!table_->without_rowid) {
    found->rowid = chunk.columns[0].Get(row).i;
  } else {
    Value* key = arena->NewArray<Value>(table_->columns.size);
    if (key == nullptr) return context->OutOfMemory();
    for (uint32_t i = 0; i < table_->key_columns.size; i++)
      key[table_->key_columns[i].column] = chunk.columns[i].Get(row);
    DOSQL_TRY(KeyOf(key, arena, &found->key));
  }
  Value* values = arena->NewArray<Value>(assignments_.size);
  if (values == nullptr) return context->OutOfMemory();
  for (uint32_t i = 0; i < assignments_.size; i++)
    values[i] = chunk.columns[assignments_[i].output].Get(row);
  found->values = values;
  return Status::Ok();
}

Status ModifyPlan::ChangeFound(ExecContext* context, const Found& found, WriteResult* result) {
  uint32_t n = table_->columns.size;
  Bytes bytes;
  Status s = writer_->Find(found.rowid, found.key, old_, &bytes);
  if (s.code() == Code::kNotFound) return writer_->replaced() ? Status::Ok() : Code::kCorrupt;
  DOSQL_TRY(s);
  old_[n] = Value::Integer(found.rowid);
  for (uint32_t c = 0; c <= n; c++) new_[c] = old_[c];
  for (uint32_t i = 0; i < assignments_.size; i++) {
    uint32_t column = assignments_[i].column;
    new_[column] = found.values[i];
    if (static_cast<int32_t>(column) == table_->rowid_column) new_[n] = found.values[i];
  }
  return Apply(context, found.rowid, bytes, result);
}

Status ModifyPlan::RunQuery(ExecContext* context, WriteResult* result) {
  std::unique_ptr<Operator> rows;
  DOSQL_TRY(MakeOperator(context, *query_.root, &rows));
  Arena scratch(context->budget);
  Arena* kept = context->arena;
  writer_->set_arena(&scratch);
  // What a join gives is collected first: of a row that comes several times, the last one counts.
  Found* all = nullptr;
  size_t count = 0, capacity = 0;
  for (;;) {
    Chunk* chunk;
    DOSQL_TRY(rows->Next(&chunk));
    if (chunk == nullptr) break;
    DOSQL_TRY(context->CheckDeadline());
    for (uint32_t k = 0; k < chunk->selection.count; k++) {
      Found found;
      DOSQL_TRY(ReadFound(context, *chunk, chunk->selection[k], joined_ ? kept : &scratch, &found));
      if (!joined_) {
        DOSQL_TRY(ChangeFound(context, found, result));
        if (scratch.size_bytes() > (256u << 10)) scratch.Reset();
        continue;
      }
      for (uint32_t i = 0; i < assignments_.size; i++) {
        Value& v = const_cast<Value&>(found.values[i]);
        if (!v.is_bytes()) continue;
        Bytes copy = kept->Copy(v.bytes());
        if (copy.data() == nullptr) return context->OutOfMemory();
        v = Value::Make(v.type, copy);
      }
      if (count == capacity) {
        capacity = capacity == 0 ? 64 : capacity * 2;
        Found* more = kept->NewArray<Found>(capacity);
        if (more == nullptr) return context->OutOfMemory();
        std::copy(all, all + count, more);
        all = more;
      }
      all[count++] = found;
    }
  }
  auto order = [&](const Found& a, const Found& b) {
    if (!table_->without_rowid) return a.rowid < b.rowid ? -1 : a.rowid > b.rowid;
    return CompareBytes(a.key, b.key);
  };
  std::stable_sort(all, all + count,
                   [&](const Found& a, const Found& b) { return order(a, b) < 0; });
  for (size_t i = 0; i < count; i++) {
    if (i + 1 < count && order(all[i], all[i + 1]) == 0) continue;
    DOSQL_TRY(ChangeFound(context, all[i], result));
    if (scratch.size_bytes() > (256u << 10)) scratch.Reset();
  }
  return Status::Ok();
}

}  // namespace dosql
