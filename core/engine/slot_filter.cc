#include "core/engine/slot_filter.h"

#include "core/expr/eval_row.h"
#include "core/sql/parser.h"
#include "core/type/row_codec.h"

namespace dosql {
namespace {

constexpr size_t kScratchBytes = 64 << 10;

}  // namespace

Status SlotFilter::Open(std::string_view text) {
  if (text.empty()) return Status::Ok();
  DOSQL_ASSIGN(expr_, sql::ParseExpression(&parsed_, &session_->diag, text));
  return Status::Ok();
}

void SlotFilter::Forget() {
  table_ = nullptr;
  program_ = nullptr;
}

Status SlotFilter::Check(const Table& table) {
  if (expr_ == nullptr || table_ == &table) return Status::Ok();
  Forget();
  programs_.Reset();
  Status s = session_->programs.CompileFilter(table, *expr_, &programs_, &program_);
  if (!s.ok())
    return session_->diag.Set(
        s.code(), Words({"the WHERE of the replication slot does not fit table ", table.name, ": ",
                         session_->diag.message}));
  table_ = &table;
  values_.resize(table.columns.size + 1);
  return Status::Ok();
}

Status SlotFilter::Passes(const Table& table, const LogChange& change, Bytes row, bool* pass) {
  if (scratch_.size_bytes() > kScratchBytes) scratch_.Reset();
  RowView view;
  DOSQL_TRY(RowView::Open(row, &view));
  Value rowid;
  if (!table.without_rowid) {
    if (change.key.size() != 8) return Code::kCorrupt;
    rowid = Value::Integer(LoadLe<int64_t>(change.key.data()));
  }
  for (uint32_t c = 0; c < table.columns.size; c++)
    values_[c] = static_cast<int32_t>(c) == table.rowid_column
                     ? rowid
                     : view.GetOr(c, table.columns[c].default_value);
  values_[table.columns.size] = rowid;
  EvalContext eval;
  eval.function = session_->write.function;
  eval.function.arena = &scratch_;
  return EvalRowFilter(*program_, &eval, values_.data(), pass);
}

Status SlotFilter::Apply(const Table& table, LogChange* change, bool* seen) {
  *seen = true;
  if (expr_ == nullptr) return Status::Ok();
  DOSQL_TRY(Check(table));
  bool was = false, is = false;
  if (change->op != LogOp::kInsert) DOSQL_TRY(Passes(table, *change, change->before, &was));
  if (change->op != LogOp::kDelete) DOSQL_TRY(Passes(table, *change, change->after, &is));
  *seen = was || is;
  if (change->op != LogOp::kUpdate || was == is) return Status::Ok();
  change->op = is ? LogOp::kInsert : LogOp::kDelete;
  (is ? change->before : change->after) = {};
  return Status::Ok();
}

}  // namespace dosql
