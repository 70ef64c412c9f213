#include "core/bind/expr_binder.h"

#include <utility>

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

bool IsNamed(const BoundSource& source, std::string_view qualifier) {
  if (EqualsIgnoringCase(source.name, qualifier)) return true;
  // Unless it has an alias, the one table of two names goes by both.
  return source.table != nullptr && source.table->id == kSchemaTableId &&
         source.name.data() == source.table->name.data() &&
         EqualsIgnoringCase(qualifier, "sqlite_schema");
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
  const BoundSource& from = sources_[source];
  if (from.table == nullptr)
    return builder_.Derived(source, column, from.columns[column].traits, offset);
  const Table& table = *from.table;
  // A row that was not stored yet: to SQLite its values are no column's.
  if (from.qualified_only) return builder_.Derived(source, column, {}, offset);
  if (column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column)
    return builder_.Rowid(source, RowidIndex(table), offset);
  const Column& c = table.columns[column];
  return builder_.Column(source, column, c.affinity, c.collation, offset);
}

std::string_view ExprBinder::DeclaredName(const BoundExpr& e) const {
  if (e.op != ExprOp::kColumn || e.source >= sources_.size) return {};
  const BoundSource& from = sources_[e.source];
  if (e.index < from.column_count()) return from.column_name(e.index);
  if (from.table == nullptr) return {};
  int32_t alias = from.table->rowid_column;
  return alias >= 0 ? from.table->columns[static_cast<uint32_t>(alias)].name : "rowid";
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
    case ExprKind::kBetween: return BindBetween(e, out);
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

Status ExprBinder::FindColumn(const sql::ColumnExpr& c, BoundExpr** out) {
  *out = nullptr;
  if (!c.schema.empty() && !EqualsIgnoringCase(c.schema, "main")) return Status::Ok();
  uint32_t found_source = 0, found_column = 0, found = 0;
  uint32_t end = c.of_target ? 1 : sources_.size;
  for (uint32_t s = first_; s < end; s++) {
    const BoundSource& from = sources_[s];
    if (!c.table.empty() && !IsNamed(from, c.table)) continue;
    if (c.table.empty() && from.qualified_only) continue;
    for (uint32_t column = 0; column < from.column_count(); column++) {
      if (!EqualsIgnoringCase(from.column_name(column), c.text)) continue;
      if (c.table.empty() && joined_ != nullptr && joined_->IsHidden(s, column)) break;
      found++;
      found_source = s;
      found_column = column;
      break;  // of a query's columns of one name the first counts
    }
  }
  if (found == 0 && (EqualsIgnoringCase(c.text, "rowid") || EqualsIgnoringCase(c.text, "oid") ||
                     EqualsIgnoringCase(c.text, "_rowid_"))) {
    for (uint32_t s = first_; s < end; s++) {
      if (!c.table.empty() && !IsNamed(sources_[s], c.table)) continue;
      if (c.table.empty() && sources_[s].qualified_only) continue;
      if (sources_[s].table == nullptr || sources_[s].table->without_rowid) continue;
      found++;
      found_source = s;
      found_column = RowidIndex(*sources_[s].table);
    }
  }
  if (found > 1)
    return context_.diag->Set(
        Code::kBind,
        Words({"ambiguous column name: ", c.table, c.table.empty() ? "" : ".", c.text}), c.offset,
        c.text);
  if (found == 1) {
    const BoundSource& from = sources_[found_source];
    context_.NoteColumn(from.table, found_column, c.offset, NameUses::kColumn);
    // An alias is a view of other text.
    if (!c.table.empty() && from.table != nullptr && from.name.data() == from.table->name.data())
      context_.NoteTable(from.table, c.offset, NameUses::kQualifier);
    if (c.table.empty() && joined_ != nullptr) *out = joined_->MergedAt(found_source, found_column);
    if (*out != nullptr) return Status::Ok();
    return Checked(ColumnAt(found_source, found_column, c.offset), out);
  }
  if (c.table.empty() && outputs_ != nullptr && alias_depth_ == 0) {
    for (const sql::ResultColumn& r : *outputs_) {
      if (r.expr == nullptr || !r.has_alias || !EqualsIgnoringCase(r.alias, c.text)) continue;
      alias_depth_++;  // an alias is not seen by the expression that it names
      Status s = Bind(*r.expr, out);
      alias_depth_--;
      return s;
    }
  }
  return Status::Ok();
}

// Here, or in the queries around, from the nearest outwards.
Status ExprBinder::FindAnywhere(const sql::ColumnExpr& c, BoundExpr** out) {
  DOSQL_TRY(FindColumn(c, out));
  SubqueryFrame* frame = scope_.frame;
  if (*out != nullptr || frame == nullptr || frame->around == nullptr) return Status::Ok();
  BoundExpr* of;
  DOSQL_TRY(frame->around->FindAnywhere(c, &of));
  if (of == nullptr) return Status::Ok();
  uint32_t at = 0;
  while (at < frame->outer.size() && !SameExpr(*frame->outer[at], *of)) at++;
  if (at == frame->outer.size()) frame->outer.push_back(of);
  return Checked(builder_.Outer(at, *of, c.offset), out);
}

Status ExprBinder::BindColumn(const Expr& e, BoundExpr** out) {
  const sql::ColumnExpr& c = *e.AsColumn();
  DOSQL_TRY(FindAnywhere(c, out));
  if (*out != nullptr) return Status::Ok();
  if (c.table.empty()) {
    if (!c.quoted && EqualsIgnoringCase(c.text, "true"))
      return Checked(builder_.Constant(Value::Integer(1), c.offset), out);
    if (!c.quoted && EqualsIgnoringCase(c.text, "false"))
      return Checked(builder_.Constant(Value::Integer(0), c.offset), out);
    if (c.double_quoted)
      return context_.diag->Set(Code::kNoSuchObject,
                                Words({"no such column: \"", c.text,
                                       "\" - should this be a string literal in single-quotes?"}),
                                c.offset, c.text, "\"...\" is a name, '...' is a text");
  }
  std::string name(c.schema);
  if (!name.empty()) name += '.';
  name += c.table;
  if (!c.table.empty()) name += '.';
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

// What has, or may have, several columns.
bool IsRow(const Expr& e) { return e.kind == ExprKind::kRowValue || e.kind == ExprKind::kSubquery; }

// Whether a function is called, but for those of queries within.
bool HasCall(const Expr* e) {
  if (e == nullptr) return false;
  switch (e->kind) {
    case ExprKind::kFunction:
    case ExprKind::kLike: return true;
    case ExprKind::kUnary:
    case ExprKind::kCollate:
    case ExprKind::kCast:
    case ExprKind::kIsNull: return HasCall(e->a);
    case ExprKind::kBinary: return HasCall(e->a) || HasCall(e->b);
    case ExprKind::kBetween: return HasCall(e->a) || HasCall(e->b) || HasCall(e->AsTernary()->c);
    case ExprKind::kCase:
    case ExprKind::kIn:
    case ExprKind::kRowValue: {
      for (const Expr* item : e->AsList()->list)
        if (HasCall(item)) return true;
      return e->kind != ExprKind::kRowValue && (HasCall(e->a) || HasCall(e->b));
    }
    default: return false;
  }
}

// SQLite's parser makes `0 AND x` a 0, unless a function is called: whatever else stands there is
// never looked at, be it a column that there is not.
bool IsFalse(const Expr& e) {
  if (e.kind == ExprKind::kInteger) return e.integer == 0;
  return e.kind == ExprKind::kBinary && e.binary_op() == BinaryOp::kAnd &&
         (IsFalse(*e.a) || IsFalse(*e.b)) && !HasCall(&e);
}

}  // namespace

Status ExprBinder::BindBinary(const Expr& e, BoundExpr** out) {
  BinaryOp op = e.binary_op();
  if (op == BinaryOp::kAnd && IsFalse(e))
    return Checked(builder_.Constant(Value::Integer(0), e.offset), out);
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
  if (IsComparison(OpOf(op)) && (IsRow(*e.a) || IsRow(*e.b))) {
    std::vector<BoundExpr*> left, right;
    DOSQL_TRY(BindRow(*e.a, &left));
    DOSQL_TRY(BindRow(*e.b, &right));
    return CompareRows(OpOf(op), left, right, true, e.offset, out);
  }
  DOSQL_TRY(Bind(*e.a, &a));
  DOSQL_TRY(Bind(*e.b, &b));
  return Checked(builder_.Binary(OpOf(op), a, b, e.offset), out);
}

Status ExprBinder::BindBetween(const Expr& e, BoundExpr** out) {
  const sql::TernaryExpr& t = *e.AsTernary();
  BoundExpr* between;
  if (IsRow(*t.a) || IsRow(*t.b) || IsRow(*t.c)) {
    std::vector<BoundExpr*> x, low, high;
    DOSQL_TRY(BindRow(*t.a, &x));
    DOSQL_TRY(BindRow(*t.b, &low));
    DOSQL_TRY(BindRow(*t.c, &high));
    DOSQL_TRY(BetweenRows(x, low, high, e.offset, &between));
  } else {
    BoundExpr *x, *low, *high;
    DOSQL_TRY(Bind(*t.a, &x));
    DOSQL_TRY(Bind(*t.b, &low));
    DOSQL_TRY(Bind(*t.c, &high));
    between = builder_.Between(x, low, high, e.offset);
  }
  return Checked(e.negated ? builder_.Not(between) : between, out);
}

Status ExprBinder::BindUnary(const Expr& e, BoundExpr** out) {
  BoundExpr* a;
  if (e.unary_op() == sql::UnaryOp::kMinus && e.a->kind == ExprKind::kInteger &&
      e.a->integer == INT64_MIN && e.a->text[0] == '0')
    return context_.diag->Set(Code::kSyntax, Words({"hex literal too big: -", e.a->text}),
                              e.a->offset, e.a->text);
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
  context_.calls = true;
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
  if (e.kind == ExprKind::kExists) return BindExists(l, out);
  if (e.kind == ExprKind::kSubquery) return BindScalarQuery(l, out);
  if (e.kind == ExprKind::kRowValue)
    return context_.diag->Set(Code::kBind, "row value misused", e.offset);
  if (l.select != nullptr) return BindInQuery(l, out);
  if (e.kind == ExprKind::kIn && l.list.size == 1 && l.list[0]->kind == ExprKind::kSubquery) {
    // x IN ((SELECT ...)): the second parentheses do not make it a scalar.
    sql::ListExpr in = l;
    in.select = l.list[0]->AsList()->select;
    in.list = {};
    return BindInQuery(in, out);
  }
  if (e.kind == ExprKind::kIn && l.a->kind == ExprKind::kRowValue) {
    // (a, b) IN ((1, 2), (3, 4)): equal to one of them. To SQLite the list is a query: it evaluates
    // all of it.
    BoundExpr* any = nullptr;
    for (const Expr* item : l.list) {
      std::vector<BoundExpr*> left, right;
      DOSQL_TRY(BindRow(*l.a, &left));
      DOSQL_TRY(BindRow(*item, &right));
      if (right.size() != left.size())
        return context_.diag->Set(Code::kBind,
                                  Words({"IN(...) element has ", std::to_string(right.size()),
                                         right.size() == 1 ? " term" : " terms", " - expected ",
                                         std::to_string(left.size())}),
                                  item->offset);
      BoundExpr* equal;
      DOSQL_TRY(CompareRows(ExprOp::kEq, left, right, false, e.offset, &equal));
      any = any == nullptr ? equal : builder_.Binary(ExprOp::kOr, any, equal, e.offset);
    }
    if (any == nullptr) any = builder_.Constant(Value::Integer(0), e.offset);
    return Checked(e.negated ? builder_.Not(any) : any, out);
  }
  BoundExpr* first = nullptr;
  BoundExpr** items;
  if (e.kind == ExprKind::kCase && l.a != nullptr && l.a->kind == ExprKind::kRowValue) {
    // CASE (a, b) WHEN (1, 2): of conditions that compare rows.
    items = context_.arena->NewArray<BoundExpr*>(l.list.size);
    if (items == nullptr) return context_.diag->Set(Code::kNoMemory, "out of memory");
    for (uint32_t i = 0; i < l.list.size; i++) {
      std::vector<BoundExpr*> left, right;
      if (i % 2 == 1) {
        DOSQL_TRY(Bind(*l.list[i], &items[i]));
        continue;
      }
      DOSQL_TRY(BindRow(*l.a, &left));
      DOSQL_TRY(BindRow(*l.list[i], &right));
      DOSQL_TRY(CompareRows(ExprOp::kEq, left, right, true, e.offset, &items[i]));
    }
  } else {
    if (l.a != nullptr) DOSQL_TRY(Bind(*l.a, &first));
    DOSQL_TRY(BindAll(l.list, &items));
  }
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
  if (e.over != nullptr) return Unsupported("window functions are", e.over->offset);
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
  BoundExpr* call = builder_.Function(f, args, n, e.offset);
  // Those that are operators in disguise are none.
  if (call != nullptr && call->op == ExprOp::kFunction) context_.calls = true;
  return Checked(call, out);
}

Status ExprBinder::BindAggregate(const sql::FunctionExpr& e, const AggregateFunction* f,
                                 BoundExpr** out) {
  if (aggregates_ == nullptr && misuse_.empty())
    return context_.diag->Set(Code::kBind, Words({"misuse of aggregate function ", e.text, "()"}),
                              e.offset, e.text);
  BoundAggregate a;
  a.function = f;
  a.distinct = e.distinct;
  AggregateList* outer = aggregates_;
  SubqueryFrame* frame = scope_.frame;
  size_t outer_before = frame != nullptr ? frame->outer.size() : 0;
  aggregates_ = nullptr;  // an aggregate within an aggregate is a misuse
  const std::string_view misuse = std::exchange(misuse_, {});
  std::vector<BoundExpr*> args(e.args.size);
  Status s;
  uint8_t flags = 0;
  for (uint32_t i = 0; i < e.args.size && s.ok(); i++) {
    s = Bind(*e.args[i], &args[i]);
    if (s.ok()) flags |= args[i]->flags;
  }
  if (s.ok() && e.filter != nullptr) s = Bind(*e.filter, &a.filter);
  if (s.ok() && a.filter != nullptr) flags |= a.filter->flags;
  std::vector<BoundOrder> order;
  for (uint32_t i = 0; i < e.order_by.size && s.ok(); i++) {
    const sql::OrderTerm& t = e.order_by[i];
    BoundOrder o;
    s = Bind(*t.expr, &o.expr);
    if (!s.ok()) break;
    o.collation = o.expr->collation;
    o.desc = t.desc;
    o.nulls_last = t.nulls == sql::Nulls::kDefault ? t.desc : t.nulls == sql::Nulls::kLast;
    order.push_back(o);
  }
  aggregates_ = outer;
  misuse_ = misuse;
  DOSQL_TRY(s);
  for (const BoundOrder& o : order) flags |= o.expr->flags;
  if (f->ordered) DOSQL_TRY(ToList(context_, order, &a.order_by));
  if ((flags & kExprHasOuter) && !(flags & kExprHasColumn)) {
    frame->outer.resize(outer_before);
    return BindOuterAggregate(e, f, out);
  }
  if (outer == nullptr) {
    bool named = misuse.back() == ' ';
    return context_.diag->Set(Code::kBind, Words({misuse, named ? e.text : "", named ? "()" : ""}),
                              e.offset, e.text);
  }
  if (e.distinct && args.size() != 1)
    return context_.diag->Set(Code::kBind, "DISTINCT aggregates must have exactly one argument",
                              e.offset);
  DOSQL_TRY(ToList(context_, args, &a.args));
  if (!args.empty()) a.collation = args[0]->collation;
  uint32_t at = 0;
  for (; at < outer->items.size(); at++) {
    const BoundAggregate& b = outer->items[at];
    bool same = a.function == b.function && a.distinct == b.distinct && a.args.size == b.args.size;
    for (uint32_t i = 0; same && i < a.args.size; i++) same = SameExpr(*a.args[i], *b.args[i]);
    same = same && (a.filter == nullptr) == (b.filter == nullptr) &&
           (a.filter == nullptr || SameExpr(*a.filter, *b.filter)) && a.order_by.size == 0 &&
           b.order_by.size == 0;
    if (same) break;
  }
  if (at == outer->items.size()) outer->items.push_back(a);
  BoundExpr* column =
      builder_.Column(kGroupedSource, at, Affinity::kBlob, Collation::kBinary, e.offset);
  if (column != nullptr) column->has_affinity = column->conforms = false;
  if (column != nullptr) column->collates = Collates::kNo;
  // A COLLATE among the arguments goes on to the result, as it does from any function.
  if (column != nullptr)
    for (const BoundExpr* arg : args) InheritCollation(column, *arg, true);
  return Checked(column, out);
}

// An aggregate that names no column here, but some of a query around: it is the aggregate of the
// innermost such query, and to this one a value of it.
Status ExprBinder::BindOuterAggregate(const sql::FunctionExpr& e, const AggregateFunction* f,
                                      BoundExpr** out) {
  SubqueryFrame* frame = scope_.frame;
  ExprBinder* around = frame->around;
  AggregateList* kept = around->aggregates_;
  around->aggregates_ = frame->aggregates;
  BoundExpr* of;
  Status s = around->BindAggregate(e, f, &of);
  around->aggregates_ = kept;
  DOSQL_TRY(s);
  uint32_t at = 0;
  while (at < frame->outer.size() && !SameExpr(*frame->outer[at], *of)) at++;
  if (at == frame->outer.size()) frame->outer.push_back(of);
  return Checked(builder_.Outer(at, *of, e.offset), out);
}

}  // namespace dosql
