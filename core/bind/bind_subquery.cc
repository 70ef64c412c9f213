// Queries inside expressions, and row values.

#include "core/bind/expr_binder.h"

namespace dosql {

using sql::Expr;
using sql::ExprKind;

// Binds the query of a subquery; `args` becomes the operands and what the query reads of this one.
Status ExprBinder::BindQuery(const sql::Select& select, SubqueryUse use, uint32_t offset,
                             const std::vector<BoundExpr*>& operands, Subquery** out,
                             std::vector<BoundExpr*>* args) {
  Subquery* sub = context_.arena->New<Subquery>();
  BoundSelect* query = context_.arena->New<BoundSelect>();
  if (sub == nullptr || query == nullptr)
    return context_.diag->Set(Code::kNoMemory, "out of memory");
  SubqueryFrame frame;
  frame.around = this;
  frame.aggregates = aggregates_;
  QueryScope scope{scope_.ctes, &frame};
  // The query around aggregates what names only its columns: BindAggregate asks the frame for it.
  AggregateList* aggregates = aggregates_;
  aggregates_ = nullptr;
  Status s = BindQueryAt(context_, scope, select, query);
  aggregates_ = aggregates;
  DOSQL_TRY(s);
  // Whether there is a row does not depend on what is in it; what nobody reads, no plan looks up.
  if (use == SubqueryUse::kExists && query->terms.empty() && query->values.empty() &&
      !query->grouped && !query->distinct && query->order_by.empty()) {
    query->outputs.size = 1;
    DOSQL_TRY(Checked(builder_.Constant(Value::Integer(1)), &query->outputs[0].expr));
  }
  sub->use = use;
  sub->query = query;
  sub->width = query->outputs.size;
  sub->operand_count = static_cast<uint32_t>(operands.size());
  sub->outer_count = static_cast<uint32_t>(frame.outer.size());
  sub->pure = query->pure;
  sub->number = context_.subquery_count++;
  sub->offset = offset;
  *args = operands;
  args->insert(args->end(), frame.outer.begin(), frame.outer.end());
  *out = sub;
  return Status::Ok();
}

namespace {

Status WrongWidth(const BindContext& context, uint32_t have, size_t want, uint32_t offset) {
  return context.diag->Set(Code::kBind,
                           Words({"sub-select returns ", std::to_string(have),
                                  " columns - expected ", std::to_string(want)}),
                           offset);
}

}  // namespace

Status ExprBinder::BindScalarQuery(const sql::ListExpr& e, BoundExpr** out) {
  std::vector<BoundExpr*> parts;
  DOSQL_TRY(BindRow(e, &parts));
  if (parts.size() != 1)
    return WrongWidth(context_, static_cast<uint32_t>(parts.size()), 1, e.offset);
  *out = parts[0];
  return Status::Ok();
}

Status ExprBinder::BindRow(const Expr& e, std::vector<BoundExpr*>* out) {
  if (e.kind == ExprKind::kRowValue) {
    for (const Expr* part : e.AsList()->list) {
      BoundExpr* b;
      DOSQL_TRY(Bind(*part, &b));
      out->push_back(b);
    }
    return Status::Ok();
  }
  if (e.kind != ExprKind::kSubquery) {
    BoundExpr* b;
    DOSQL_TRY(Bind(e, &b));
    out->push_back(b);
    return Status::Ok();
  }
  Subquery* sub;
  std::vector<BoundExpr*> args;
  DOSQL_TRY(BindQuery(*e.AsList()->select, SubqueryUse::kScalar, e.offset, {}, &sub, &args));
  for (uint32_t c = 0; c < sub->width; c++) {
    BoundExpr* b;
    DOSQL_TRY(Checked(builder_.Query(sub, args.data(), e.offset), &b));
    const ColumnTraits& traits = sub->query->outputs[c].traits;
    b->index = c;
    b->affinity = traits.affinity;
    b->has_affinity = traits.has_affinity;
    b->conforms = false;
    out->push_back(b);
  }
  return Status::Ok();
}

Status ExprBinder::BindExists(const sql::ListExpr& e, BoundExpr** out) {
  Subquery* sub;
  std::vector<BoundExpr*> args;
  DOSQL_TRY(BindQuery(*e.select, SubqueryUse::kExists, e.offset, {}, &sub, &args));
  BoundExpr* exists = builder_.Query(sub, args.data(), e.offset);
  return Checked(e.negated ? builder_.Not(exists) : exists, out);
}

Status ExprBinder::BindInQuery(const sql::ListExpr& e, BoundExpr** out) {
  std::vector<BoundExpr*> operands, args;
  DOSQL_TRY(BindRow(*e.a, &operands));
  Subquery* sub;
  DOSQL_TRY(BindQuery(*e.select, SubqueryUse::kIn, e.offset, operands, &sub, &args));
  if (sub->width != operands.size())
    return WrongWidth(context_, sub->width, operands.size(), e.offset);
  if (sub->width > kRowValueMax)
    return context_.diag->Set(Code::kTooBig, "row value with too many columns", e.offset);
  ComparisonRule* rules = context_.arena->NewArray<ComparisonRule>(sub->width);
  if (rules == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
  for (uint32_t c = 0; c < sub->width; c++) {
    const ColumnTraits& traits = sub->query->outputs[c].traits;
    BoundExpr column;
    column.affinity = traits.affinity;
    column.has_affinity = traits.has_affinity;
    column.collation = traits.collation;
    column.collates = traits.collates;
    rules[c] = RuleFor(*operands[c], column);
  }
  sub->rules = rules;
  BoundExpr* in = builder_.Query(sub, args.data(), e.offset);
  return Checked(e.negated ? builder_.Not(in) : in, out);
}

namespace {

// Whether evaluating any of them may fail, or counts.
bool HasCall(const std::vector<BoundExpr*>& row) {
  for (const BoundExpr* e : row)
    if (e != nullptr && (e->flags & kExprHasCall)) return true;
  return false;
}

}  // namespace

// (a, b) op (c, d), part by part; the first parts that differ decide, and with `lazy` those after
// them are not evaluated.
Status ExprBinder::CompareRows(ExprOp op, const std::vector<BoundExpr*>& a,
                               const std::vector<BoundExpr*>& b, bool lazy, uint32_t offset,
                               BoundExpr** out) {
  if (a.size() != b.size()) return context_.diag->Set(Code::kBind, "row value misused", offset);
  size_t n = a.size();
  lazy = lazy && n > 1 && (HasCall(a) || HasCall(b));
  bool any = op == ExprOp::kNe || op == ExprOp::kIsNot;
  if (any || op == ExprOp::kEq || op == ExprOp::kIs) {
    // ANDs, of which a filter makes conjuncts.
    BoundExpr* all = builder_.Binary(op, a[0], b[0], offset);
    for (size_t i = 1; i < n; i++) {
      all = builder_.Binary(any ? ExprOp::kOr : ExprOp::kAnd, all,
                            builder_.Binary(op, a[i], b[i], offset), offset);
      if (all != nullptr && lazy) all->index = 1;
    }
    return Checked(all, out);
  }
  if (lazy)
    return Checked(builder_.RowOrder(op, a.data(), b.data(), static_cast<uint32_t>(n), offset),
                   out);
  BoundExpr* all = builder_.Binary(op, a[n - 1], b[n - 1], offset);
  ExprOp strict = op == ExprOp::kLt || op == ExprOp::kLe ? ExprOp::kLt : ExprOp::kGt;
  for (size_t i = n - 1; i-- > 0;) {
    BoundExpr* tie = builder_.Binary(ExprOp::kAnd, builder_.Binary(ExprOp::kEq, a[i], b[i], offset),
                                     all, offset);
    all = builder_.Binary(ExprOp::kOr, builder_.Binary(strict, a[i], b[i], offset), tie, offset);
  }
  return Checked(all, out);
}

Status ExprBinder::BetweenRows(const std::vector<BoundExpr*>& x, const std::vector<BoundExpr*>& low,
                               const std::vector<BoundExpr*>& high, uint32_t offset,
                               BoundExpr** out) {
  BoundExpr *above, *below;
  DOSQL_TRY(CompareRows(ExprOp::kGe, x, low, true, offset, &above));
  DOSQL_TRY(CompareRows(ExprOp::kLe, x, high, true, offset, &below));
  if (!HasCall(x) && !HasCall(low) && !HasCall(high))
    return Checked(builder_.Binary(ExprOp::kAnd, above, below, offset), out);
  if (x.size() == 1) return Checked(builder_.Between(x[0], low[0], high[0], offset), out);
  return Checked(builder_.RowBetween(x.data(), low.data(), high.data(),
                                     static_cast<uint32_t>(x.size()), offset),
                 out);
}

}  // namespace dosql
