// Table-valued functions in FROM.

#include "core/catalog/row_source.h"
#include "core/plan/query_planner.h"

namespace dosql {

// What a function is called with: what stands in its parentheses, then what the pool says its
// hidden columns equal.
Status QueryPlanner::FunctionArguments(uint32_t s, Pool* pool, uint64_t* needs) {
  const BoundSource& source = sources_[s];
  args_.resize(sources_.size);
  std::vector<BoundExpr*>& args = args_[s];
  ExprBuilder builder(arena_);
  bool series = source.function->kind == PragmaKind::kSeries;
  if (args.empty()) args.assign(source.args.begin(), source.args.end());
  for (uint32_t i = static_cast<uint32_t>(args.size()); i < source.hidden; i++) {
    args.push_back(nullptr);
    uint32_t column = source.function->column_count() + i;
    for (Conjunct& c : *pool) {
      if (c.placed || c.expr->op != ExprOp::kEq || args[i] != nullptr) continue;
      for (int side = 0; side < 2; side++) {
        const BoundExpr& at = *c.expr->args[side];
        BoundExpr* value = c.expr->args[1 - side];
        if (at.op != ExprOp::kColumn || at.source != s || at.index != column ||
            (SourcesOf(*value) >> s & 1))
          continue;
        args[i] = value;
        c.placed = true;
        break;
      }
    }
    if (args[i] != nullptr) continue;
    if (series && i == 0)
      return diag_->Set(Code::kBind, "first argument to \"generate_series()\" missing or unusable",
                        source.offset);
    args[i] = builder.Constant(!series  ? Value::Null()
                               : i == 1 ? Value::Integer(UINT32_MAX)
                                        : Value::Integer(1));
    if (args[i] == nullptr) return NoMemory();
  }
  for (const BoundExpr* e : args) *needs |= SourcesOf(*e);
  return Status::Ok();
}

// `hidden column = value`. To SQLite such a condition in WHERE does not make an outer join an inner
// one, and above an outer join it gives no argument.
bool QueryPlanner::GivesArgument(const BoundExpr& e) const {
  if (e.op != ExprOp::kEq) return false;
  for (int side = 0; side < 2; side++) {
    const BoundExpr& at = *e.args[side];
    if (at.op == ExprOp::kColumn && at.source < sources_.size &&
        sources_[at.source].function != nullptr &&
        at.index >= sources_[at.source].function->column_count())
      return true;
  }
  return false;
}

// Whether there are no rows when all columns of `left` are NULL, and no argument is given by ON.
bool QueryPlanner::NeedsItsArgument(uint32_t s, uint64_t left) const {
  const BoundSource& source = sources_[s];
  auto null = [&](uint32_t i) {
    if (i >= source.args.size) return true;
    const BoundExpr& e = *source.args[i];
    return e.op == ExprOp::kColumn && (SourcesOf(e) & ~left) == 0;
  };
  switch (source.function->kind) {
    case PragmaKind::kTableInfo:
    case PragmaKind::kTableXinfo:
    case PragmaKind::kIndexList:
    case PragmaKind::kIndexInfo:
    case PragmaKind::kIndexXinfo:
    case PragmaKind::kForeignKeyList: return null(0);
    case PragmaKind::kSeries: return null(0) || (source.args.size > 1 && null(1));
    default: return false;
  }
}

Status QueryPlanner::Function(uint32_t s, PlanNode* input, PlanNode** out) {
  const BoundSource& source = sources_[s];
  DOSQL_TRY(New(PlanKind::kFunction, input, out));
  PlanNode* node = *out;
  node->function = source.function;
  node->source = s;
  Layout layout = input != nullptr ? LayoutOf(*input) : Layout();
  DOSQL_TRY(CompileAll(args_[s], layout, &node->args));
  Layout own = ScanLayout(s);
  layout.insert(layout.end(), own.begin(), own.end());
  node->rows *= 10;
  return SetLayout(node, layout);
}

}  // namespace dosql
