#include "core/bind/expr_binder.h"

#include "core/function/function_names.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {

using sql::BinaryOp;
using sql::Expr;
using sql::ExprKind;

Status BindUnsupported(const BindContext& context, std::string_view what, uint32_t offset) {
  return context.diag->Set(Code::kUnsupported, Words({what, " not supported yet"}), offset);
}

void SplitAnd(BoundExpr* e, std::vector<BoundExpr*>* out) {
  // A chain of ANDs leans left and may be long: walk it with a loop.
  std::vector<BoundExpr*> stack{e};
  while (!stack.empty()) {
    BoundExpr* top = stack.back();
    stack.pop_back();
    if (top->op == ExprOp::kAnd) {
      stack.push_back(top->args[1]);
      stack.push_back(top->args[0]);
    } else {
      out->push_back(top);
    }
  }
}

Status ExprBinder::Unsupported(std::string_view what, uint32_t offset) {
  return BindUnsupported(context_, what, offset);
}

Status ExprBinder::Checked(BoundExpr* e, BoundExpr** out) {
  if (e == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
  *out = e;
  return Status::Ok();
}

BoundExpr* ExprBinder::ColumnAt(uint32_t source, uint32_t column, uint32_t offset) {
  const Table& table = *sources_[source].table;
  if (column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column)
    return builder_.Rowid(source, RowidIndex(table), offset);
  const Column& c = table.columns[column];
  return builder_.Column(source, column, c.affinity, c.collation, offset);
}

Status ExprBinder::Bind(const Expr& e, BoundExpr** out) {
  switch (e.kind) {
    case ExprKind::kNull: return Checked(builder_.Constant(Value::Null(), e.offset), out);
    case ExprKind::kInteger:
      return Checked(builder_.Constant(Value::Integer(e.integer), e.offset), out);
    case ExprKind::kReal:
      return Checked(builder_.Constant(Value::Real(ParseRealPrefix(e.text)), e.offset), out);
    case ExprKind::kString: return Checked(builder_.Constant(Value::Text(e.text), e.offset), out);
    case ExprKind::kBlob:
      return Checked(builder_.Constant(Value::Blob(AsBytes(e.text)), e.offset), out);
    case ExprKind::kColumn: return BindColumn(e, out);
    case ExprKind::kParameter: return Checked(builder_.Param(e.index - 1, e.offset), out);
    case ExprKind::kUnary: return BindUnary(e, out);
    case ExprKind::kBinary: return BindBinary(e, out);
    case ExprKind::kCollate: {
      Collation collation;
      if (!CollationByName(e.text, &collation))
        return context_.diag->Set(
            Code::kNoSuchObject, Words({"no such collation sequence: ", e.text}), e.offset, e.text);
      BoundExpr* a;
      DOSQL_TRY(Bind(*e.a, &a));
      return Checked(builder_.Collate(a, collation, e.offset), out);
    }
    case ExprKind::kCast: {
      BoundExpr* a;
      DOSQL_TRY(Bind(*e.a, &a));
      return Checked(builder_.Cast(a, AffinityOfDeclaredType(e.text), e.offset), out);
    }
    case ExprKind::kIsNull: {
      BoundExpr* a;
      DOSQL_TRY(Bind(*e.a, &a));
      return Checked(builder_.Unary(e.negated ? ExprOp::kNotNull : ExprOp::kIsNull, a, e.offset),
                     out);
    }
    case ExprKind::kLike: return BindLike(e, out);
    case ExprKind::kBetween: {
      const sql::TernaryExpr& t = *e.AsTernary();
      BoundExpr *x, *low, *high;
      DOSQL_TRY(Bind(*t.a, &x));
      DOSQL_TRY(Bind(*t.b, &low));
      DOSQL_TRY(Bind(*t.c, &high));
      BoundExpr* between = builder_.Between(x, low, high, e.offset);
      return Checked(e.negated ? builder_.Not(between) : between, out);
    }
    case ExprKind::kCase:
    case ExprKind::kIn:
    case ExprKind::kExists:
    case ExprKind::kSubquery:
    case ExprKind::kRowValue: return BindList(e, out);
    case ExprKind::kFunction: return BindFunction(*e.AsFunction(), out);
    case ExprKind::kRaise:
      return context_.diag->Set(Code::kBind, "RAISE() may only be used within a trigger-program",
                                e.offset);
  }
  return Code::kInternal;
}

Status ExprBinder::BindColumn(const Expr& e, BoundExpr** out) {
  const sql::ColumnExpr& c = *e.AsColumn();
  if (!c.schema.empty() && !EqualsIgnoringCase(c.schema, "main"))
    return context_.diag->Set(Code::kNoSuchObject,
                              Words({"no such column: ", c.schema, ".", c.table, ".", c.text}),
                              c.offset, c.text);
  int32_t found_source = -1, found_column = -1;
  for (uint32_t s = 0; s < sources_.size; s++) {
    if (!c.table.empty() && !EqualsIgnoringCase(c.table, sources_[s].name)) continue;
    int32_t column = sources_[s].table->FindColumn(c.text);
    if (column < 0) continue;
    if (found_source >= 0)
      return context_.diag->Set(Code::kBind, Words({"ambiguous column name: ", c.text}), c.offset,
                                c.text);
    found_source = static_cast<int32_t>(s);
    found_column = column;
  }
  if (found_source < 0 &&
      (EqualsIgnoringCase(c.text, "rowid") || EqualsIgnoringCase(c.text, "oid") ||
       EqualsIgnoringCase(c.text, "_rowid_"))) {
    for (uint32_t s = 0; s < sources_.size; s++) {
      if (!c.table.empty() && !EqualsIgnoringCase(c.table, sources_[s].name)) continue;
      if (sources_[s].table->without_rowid) continue;
      if (found_source >= 0)
        return context_.diag->Set(Code::kBind, Words({"ambiguous column name: ", c.text}), c.offset,
                                  c.text);
      found_source = static_cast<int32_t>(s);
      found_column = static_cast<int32_t>(RowidIndex(*sources_[s].table));
    }
  }
  if (found_source >= 0)
    return Checked(ColumnAt(static_cast<uint32_t>(found_source),
                            static_cast<uint32_t>(found_column), c.offset),
                   out);
  if (c.table.empty()) {
    if (outputs_ != nullptr && alias_depth_ == 0) {
      for (const sql::ResultColumn& r : *outputs_) {
        if (r.expr == nullptr || !r.has_alias || !EqualsIgnoringCase(r.alias, c.text)) continue;
        alias_depth_++;  // an alias is not seen by the expression that it names
        Status s = Bind(*r.expr, out);
        alias_depth_--;
        return s;
      }
    }
    if (!c.quoted && EqualsIgnoringCase(c.text, "true"))
      return Checked(builder_.Constant(Value::Integer(1), c.offset), out);
    if (!c.quoted && EqualsIgnoringCase(c.text, "false"))
      return Checked(builder_.Constant(Value::Integer(0), c.offset), out);
    if (c.double_quoted) return Checked(builder_.Constant(Value::Text(c.text), c.offset), out);
  }
  std::string name(c.table);
  if (!name.empty()) name += '.';
  name += c.text;
  return context_.diag->Set(Code::kNoSuchObject, "no such column: " + name, c.offset, c.text);
}

namespace {

ExprOp OpOf(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr: return ExprOp::kOr;
    case BinaryOp::kAnd: return ExprOp::kAnd;
    case BinaryOp::kEq: return ExprOp::kEq;
    case BinaryOp::kNe: return ExprOp::kNe;
    case BinaryOp::kIs: return ExprOp::kIs;
    case BinaryOp::kIsNot: return ExprOp::kIsNot;
    case BinaryOp::kLt: return ExprOp::kLt;
    case BinaryOp::kLe: return ExprOp::kLe;
    case BinaryOp::kGt: return ExprOp::kGt;
    case BinaryOp::kGe: return ExprOp::kGe;
    case BinaryOp::kBitAnd: return ExprOp::kBitAnd;
    case BinaryOp::kBitOr: return ExprOp::kBitOr;
    case BinaryOp::kShiftLeft: return ExprOp::kShiftLeft;
    case BinaryOp::kShiftRight: return ExprOp::kShiftRight;
    case BinaryOp::kAdd: return ExprOp::kAdd;
    case BinaryOp::kSub: return ExprOp::kSub;
    case BinaryOp::kMul: return ExprOp::kMul;
    case BinaryOp::kDiv: return ExprOp::kDiv;
    case BinaryOp::kMod: return ExprOp::kMod;
    default: return ExprOp::kConcat;
  }
}

// TRUE or FALSE as the right side of IS: 1, 0, or -1 for anything else.
int TruthWord(const Expr& e) {
  if (e.kind != ExprKind::kColumn || e.quoted || !e.AsColumn()->table.empty()) return -1;
  if (EqualsIgnoringCase(e.text, "true")) return 1;
  if (EqualsIgnoringCase(e.text, "false")) return 0;
  return -1;
}

}  // namespace

Status ExprBinder::BindBinary(const Expr& e, BoundExpr** out) {
  BinaryOp op = e.binary_op();
  if (op == BinaryOp::kArrow || op == BinaryOp::kArrowText)
    return Unsupported("JSON operators are", e.offset);
  BoundExpr *a, *b;
  if ((op == BinaryOp::kIs || op == BinaryOp::kIsNot) && TruthWord(*e.b) >= 0) {
    bool negated = op == BinaryOp::kIsNot, truth = TruthWord(*e.b) == 1;
    DOSQL_TRY(Bind(*e.a, &a));
    ExprOp is = truth ? (negated ? ExprOp::kIsNotTrue : ExprOp::kIsTrue)
                      : (negated ? ExprOp::kIsNotFalse : ExprOp::kIsFalse);
    return Checked(builder_.Unary(is, a, e.offset), out);
  }
  DOSQL_TRY(Bind(*e.a, &a));
  DOSQL_TRY(Bind(*e.b, &b));
  return Checked(builder_.Binary(OpOf(op), a, b, e.offset), out);
}

Status ExprBinder::BindUnary(const Expr& e, BoundExpr** out) {
  BoundExpr* a;
  DOSQL_TRY(Bind(*e.a, &a));
  static constexpr ExprOp kOps[] = {ExprOp::kNegate, ExprOp::kPlus, ExprOp::kBitNot, ExprOp::kNot};
  return Checked(builder_.Unary(kOps[e.op], a, e.offset), out);
}

Status ExprBinder::BindLike(const Expr& e, BoundExpr** out) {
  const sql::TernaryExpr& t = *e.AsTernary();
  if (t.like_op() == sql::LikeOp::kRegexp) return Unsupported("REGEXP is", e.offset);
  if (t.like_op() == sql::LikeOp::kMatch) return Unsupported("MATCH is", e.offset);
  BoundExpr* args[3];
  DOSQL_TRY(Bind(*t.a, &args[1]));
  DOSQL_TRY(Bind(*t.b, &args[0]));
  uint32_t n = 2;
  if (t.c != nullptr) {
    DOSQL_TRY(Bind(*t.c, &args[2]));
    n = 3;
  }
  const ScalarFunction* f =
      t.like_op() == sql::LikeOp::kLike ? LikeFunction(n == 3) : GlobFunction();
  if (t.like_op() == sql::LikeOp::kGlob && n == 3)
    return context_.diag->Set(Code::kBind, "wrong number of arguments to function glob()",
                              e.offset);
  BoundExpr* like = builder_.Function(f, args, n, e.offset);
  return Checked(e.negated ? builder_.Not(like) : like, out);
}

Status ExprBinder::BindAll(sql::List<Expr*> list, BoundExpr*** out) {
  BoundExpr** a = context_.arena->NewArray<BoundExpr*>(list.size);
  if (a == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
  for (uint32_t i = 0; i < list.size; i++) DOSQL_TRY(Bind(*list[i], &a[i]));
  *out = a;
  return Status::Ok();
}

Status ExprBinder::BindList(const Expr& e, BoundExpr** out) {
  const sql::ListExpr& l = *e.AsList();
  if (e.kind == ExprKind::kExists) return Unsupported("EXISTS subqueries are", e.offset);
  if (e.kind == ExprKind::kSubquery) return Unsupported("subqueries are", e.offset);
  if (e.kind == ExprKind::kRowValue) return Unsupported("row values are", e.offset);
  if (l.select != nullptr) return Unsupported("IN subqueries are", e.offset);
  BoundExpr* first = nullptr;
  if (l.a != nullptr) DOSQL_TRY(Bind(*l.a, &first));
  BoundExpr** items;
  DOSQL_TRY(BindAll(l.list, &items));
  if (e.kind == ExprKind::kIn) {
    BoundExpr* in = builder_.In(first, items, l.list.size, e.offset);
    return Checked(e.negated ? builder_.Not(in) : in, out);
  }
  BoundExpr* otherwise = nullptr;
  if (l.b != nullptr) DOSQL_TRY(Bind(*l.b, &otherwise));
  return Checked(builder_.Case(first, items, l.list.size, otherwise, e.offset), out);
}

Status ExprBinder::BindFunction(const sql::FunctionExpr& e, BoundExpr** out) {
  uint32_t n = e.args.size;
  if (e.star && !EqualsIgnoringCase(e.text, "count"))
    return context_.diag->Set(Code::kBind,
                              Words({"wrong number of arguments to function ", e.text, "()"}),
                              e.offset, e.text);
  const AggregateFunction* aggregate = FindAggregateFunction(e.text, n);
  if (aggregate != nullptr) return BindAggregate(e, aggregate, out);
  if (e.distinct)
    return context_.diag->Set(Code::kBind, "DISTINCT is only for aggregate functions", e.offset);
  if (e.filter != nullptr)
    return context_.diag->Set(
        Code::kBind, Words({"FILTER may not be used with non-aggregate ", e.text, "()"}), e.offset);
  if (!e.order_by.empty())
    return context_.diag->Set(Code::kBind,
                              Words({"ORDER BY may not be used with non-aggregate ", e.text, "()"}),
                              e.offset);
  const ScalarFunction* f = FindScalarFunction(e.text, n);
  if (f == nullptr) {
    if (IsDeferredFunction(e.text)) return Unsupported(Words({e.text, "() is"}), e.offset);
    WindowName window = FindWindowName(e.text, n);
    if (window == WindowName::kWindow)
      return context_.diag->Set(Code::kBind, Words({"misuse of window function ", e.text, "()"}),
                                e.offset, e.text);
    if (window == WindowName::kWrongCount || IsFunctionName(e.text))
      return context_.diag->Set(Code::kBind,
                                Words({"wrong number of arguments to function ", e.text, "()"}),
                                e.offset, e.text);
    return context_.diag->Set(Code::kNoSuchObject, Words({"no such function: ", e.text}), e.offset,
                              e.text);
  }
  BoundExpr** args;
  DOSQL_TRY(BindAll(e.args, &args));
  if (EqualsIgnoringCase(e.text, "likelihood") &&
      (args[1]->op != ExprOp::kConstant || args[1]->value.type != ValueType::kReal ||
       args[1]->value.d > 1))
    return context_.diag->Set(
        Code::kBind, "second argument to likelihood() must be a constant between 0.0 and 1.0",
        e.offset);
  return Checked(builder_.Function(f, args, n, e.offset), out);
}

namespace {

bool SameOrNone(const BoundExpr* a, const BoundExpr* b) {
  return a == nullptr || b == nullptr ? a == b : SameExpr(*a, *b);
}

}  // namespace

Status ExprBinder::BindAggregate(const sql::FunctionExpr& e, const AggregateFunction* f,
                                 BoundExpr** out) {
  if (aggregates_ == nullptr)
    return context_.diag->Set(Code::kBind, Words({"misuse of aggregate function ", e.text, "()"}),
                              e.offset, e.text);
  if (!e.order_by.empty()) return Unsupported("ORDER BY in aggregates is", e.offset);
  BoundAggregate a;
  a.function = f;
  a.distinct = e.distinct;
  AggregateList* outer = aggregates_;
  aggregates_ = nullptr;  // an aggregate within an aggregate is a misuse
  Status s;
  if (e.args.size > 0) s = Bind(*e.args[0], &a.arg);
  if (s.ok() && e.args.size > 1) s = Bind(*e.args[1], &a.arg2);
  if (s.ok() && e.filter != nullptr) s = Bind(*e.filter, &a.filter);
  aggregates_ = outer;
  DOSQL_TRY(s);
  if (e.distinct && e.args.size != 1)
    return context_.diag->Set(Code::kBind, "DISTINCT aggregates must have exactly one argument",
                              e.offset);
  if (a.arg != nullptr) a.collation = a.arg->collation;
  uint32_t at = 0;
  for (; at < outer->items.size(); at++) {
    const BoundAggregate& b = outer->items[at];
    if (a.function == b.function && a.distinct == b.distinct && SameOrNone(a.arg, b.arg) &&
        SameOrNone(a.arg2, b.arg2) && SameOrNone(a.filter, b.filter))
      break;
  }
  if (at == outer->items.size()) outer->items.push_back(a);
  BoundExpr* column =
      builder_.Column(kGroupedSource, at, Affinity::kBlob, Collation::kBinary, e.offset);
  if (column != nullptr) column->has_affinity = false;
  return Checked(column, out);
}

bool SameExpr(const BoundExpr& a, const BoundExpr& b) {
  if (a.op != b.op || a.arg_count != b.arg_count || a.collation != b.collation) return false;
  if ((a.flags & kExprImpure) != 0) return false;
  switch (a.op) {
    case ExprOp::kColumn: return a.source == b.source && a.index == b.index;
    case ExprOp::kParam: return a.index == b.index;
    case ExprOp::kConstant:
      if (a.value.type != b.value.type) return false;
      return EqualValues(a.value, b.value, Collation::kBinary);
    case ExprOp::kFunction:
      if (a.function != b.function) return false;
      break;
    case ExprOp::kCast:
      if (a.rules[0].affinity != b.rules[0].affinity) return false;
      break;
    default: break;
  }
  for (uint32_t i = 0; i < a.arg_count; i++)
    if (!SameExpr(*a.args[i], *b.args[i])) return false;
  return true;
}

}  // namespace dosql
