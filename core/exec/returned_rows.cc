#include "core/exec/returned_rows.h"

#include "core/expr/eval_row.h"
#include "core/plan/planner.h"

namespace dosql {

Status ReturningPlan::Compile(Arena* arena, Diag* diag, const sql::List<BoundOutput>& outputs) {
  outputs_ = outputs;
  programs_.data = arena->NewArray<const Program*>(outputs.size);
  if (programs_.data == nullptr) return Code::kNoMemory;
  programs_.size = outputs.size;
  for (uint32_t i = 0; i < outputs.size; i++) {
    const BoundExpr& e = *outputs[i].expr;
    plain_ &= e.op == ExprOp::kColumn || e.op == ExprOp::kConstant || e.op == ExprOp::kParam;
    has_subqueries_ |= (e.flags & kExprHasSubquery) != 0;
    DOSQL_TRY(PlanSubqueries(arena, diag, e));
    Status s = CompileTableExpr(arena, e, &programs_[i]);
    if (s.code() == Code::kTooBig) return diag->Set(s.code(), "expression too large", e.offset);
    DOSQL_TRY(s);
  }
  return Status::Ok();
}

void ReturnedRows::Clear() {
  first_ = last_ = nullptr;
  arena_.Reset();
}

Status ReturnedRows::Add(const ReturningPlan& plan, ExecContext* context, const Value* row) {
  uint32_t width = plan.programs().size;
  if (last_ == nullptr || last_->chunk.row_count == last_->capacity) {
    // Most statements return one row.
    uint32_t capacity = last_ == nullptr ? 4 : last_->capacity * 8;
    if (capacity > kChunkRowsMax) capacity = kChunkRowsMax;
    Block* block = arena_.New<Block>();
    Vector* columns = arena_.NewArray<Vector>(width);
    if (block == nullptr || columns == nullptr) return context->OutOfMemory();
    for (uint32_t c = 0; c < width; c++) {
      columns[c].tagged = arena_.NewArray<Value>(capacity);
      if (columns[c].tagged == nullptr) return context->OutOfMemory();
    }
    block->chunk.columns = columns;
    block->chunk.column_count = width;
    block->capacity = capacity;
    block->next = nullptr;
    (last_ == nullptr ? first_ : last_->next) = block;
    last_ = block;
  }
  EvalContext eval = context->eval;
  eval.function.arena = &arena_;
  std::unique_ptr<HeadSubqueries> subqueries;
  if (plan.has_subqueries()) {
    subqueries = std::make_unique<HeadSubqueries>(context);
    eval.subqueries = subqueries->runner();
  }
  Chunk& chunk = last_->chunk;
  for (uint32_t c = 0; c < width; c++) {
    Value v;
    DOSQL_TRY(EvalRow(*plan.programs()[c], &eval, row, &v));
    if (v.is_bytes()) {
      Bytes copy = arena_.Copy(v.bytes());
      if (copy.data() == nullptr) return context->OutOfMemory();
      v = Value::Make(v.type, copy);
    }
    chunk.columns[c].tagged[chunk.row_count] = v;
  }
  chunk.row_count++;
  chunk.selection = {nullptr, chunk.row_count};
  return Status::Ok();
}

class ReturnedReader final : public Operator {
 public:
  explicit ReturnedReader(ReturnedRows::Block* first) : next_(first) {}
  Status Next(Chunk** chunk) override {
    *chunk = next_ != nullptr ? &next_->chunk : nullptr;
    if (next_ != nullptr) next_ = next_->next;
    return Status::Ok();
  }

 private:
  ReturnedRows::Block* next_;
};

std::unique_ptr<Operator> ReturnedRows::Read() const {
  return std::make_unique<ReturnedReader>(first_);
}

}  // namespace dosql
