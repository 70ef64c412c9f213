// Expressions: precedence climbing over SQLite's table. Chains of one precedence are loops;
// recursion goes at most once through the table between two calls of Nest.
#include "core/sql/parser_impl.h"

namespace dosql::sql {
namespace {

// SQLite's precedences, loosest first. NOT as a prefix takes everything down to kPrecIs.
enum : int {
  kPrecOr = 1,
  kPrecAnd,
  kPrecNot,
  kPrecIs,
  kPrecCompare,
  kPrecBit,
  kPrecAdd,
  kPrecMul,
  kPrecConcat,
  kPrecCollate,
  kPrecUnary
};

struct Operator {
  int8_t precedence = 0;  // 0: not a binary operator
  BinaryOp op = BinaryOp::kOr;
};

Operator OperatorOf(Tok t) {
  switch (t) {
    case Tok::kOr: return {kPrecOr, BinaryOp::kOr};
    case Tok::kAnd: return {kPrecAnd, BinaryOp::kAnd};
    case Tok::kEq: return {kPrecIs, BinaryOp::kEq};
    case Tok::kNe: return {kPrecIs, BinaryOp::kNe};
    case Tok::kLt: return {kPrecCompare, BinaryOp::kLt};
    case Tok::kLe: return {kPrecCompare, BinaryOp::kLe};
    case Tok::kGt: return {kPrecCompare, BinaryOp::kGt};
    case Tok::kGe: return {kPrecCompare, BinaryOp::kGe};
    case Tok::kBitAnd: return {kPrecBit, BinaryOp::kBitAnd};
    case Tok::kBitOr: return {kPrecBit, BinaryOp::kBitOr};
    case Tok::kShiftLeft: return {kPrecBit, BinaryOp::kShiftLeft};
    case Tok::kShiftRight: return {kPrecBit, BinaryOp::kShiftRight};
    case Tok::kPlus: return {kPrecAdd, BinaryOp::kAdd};
    case Tok::kMinus: return {kPrecAdd, BinaryOp::kSub};
    case Tok::kStar: return {kPrecMul, BinaryOp::kMul};
    case Tok::kSlash: return {kPrecMul, BinaryOp::kDiv};
    case Tok::kPercent: return {kPrecMul, BinaryOp::kMod};
    case Tok::kConcat: return {kPrecConcat, BinaryOp::kConcat};
    case Tok::kArrow: return {kPrecConcat, BinaryOp::kArrow};
    case Tok::kArrowText: return {kPrecConcat, BinaryOp::kArrowText};
    default: return {};
  }
}

}  // namespace

void Parser::AddHeight(Expr* parent, uint32_t child_height) {
  if (child_height < parent->height) return;
  if (child_height >= kExprHeightMax) {
    Token at;
    at.offset = parent->offset;
    Fail(Code::kTooDeep, "Expression tree is too large (maximum depth 1000)", at,
         "split the expression, or use IN (...) for a chain of equalities");
    return;
  }
  parent->height = static_cast<uint16_t>(child_height + 1);
}

void Parser::AddChild(Expr* parent, const Expr* child) {
  if (parent != nullptr && child != nullptr) AddHeight(parent, child->height);
}

Expr* Parser::ParseExpr() {
  Expr* e = ParseBinary(kPrecOr);
  if (failed()) return nullptr;
  if (e->height > height_) height_ = e->height;
  return e;
}

Expr* Parser::MakeBinary(BinaryOp op, uint32_t offset, Expr* left, Expr* right) {
  Expr* e = NewExpr<Expr>(ExprKind::kBinary, offset);
  if (e == nullptr) return nullptr;
  e->op = static_cast<uint8_t>(op);
  e->a = left;
  e->b = right;
  AddChild(e, left);
  AddChild(e, right);
  return e;
}

Expr* Parser::ParseBinary(int min) {
  Expr* left = ParsePrefix();
  while (left != nullptr && !failed()) {
    Operator o = OperatorOf(tok_.kind);
    if (o.precedence != 0) {
      if (o.precedence < min) return left;
      uint32_t offset = tok_.offset;
      Advance();
      left = MakeBinary(o.op, offset, left, ParseBinary(o.precedence + 1));
      continue;
    }
    if (Is(Tok::kCollate)) {
      if (kPrecCollate < min) return left;
      Expr* e = NewExpr<Expr>(ExprKind::kCollate, tok_.offset);
      Advance();
      std::string_view name = ParseNameText(NameRule::kAlias);
      if (e == nullptr) return nullptr;
      e->text = name;
      e->a = left;
      AddChild(e, left);
      left = e;
      continue;
    }
    if (kPrecIs < min) return left;
    switch (tok_.kind) {
      case Tok::kIs: left = ParseIs(left); break;
      case Tok::kLike:
      case Tok::kGlob:
      case Tok::kRegexp:
      case Tok::kMatch: left = ParseLike(left, false); break;
      case Tok::kBetween: left = ParseBetween(left, false); break;
      case Tok::kIn: left = ParseIn(left, false); break;
      case Tok::kIsnull:
      case Tok::kNotnull:
      case Tok::kNot: left = ParseNotInfix(left); break;
      default: return left;
    }
  }
  return nullptr;
}

// ISNULL, NOTNULL, NOT NULL, NOT LIKE, NOT BETWEEN, NOT IN
Expr* Parser::ParseNotInfix(Expr* left) {
  uint32_t offset = tok_.offset;
  bool negated = !Is(Tok::kIsnull);
  if (Accept(Tok::kNot)) {
    if (Is(Tok::kBetween)) return ParseBetween(left, true);
    if (Is(Tok::kIn)) return ParseIn(left, true);
    if (!Is(Tok::kNull)) return ParseLike(left, true);
  }
  Advance();
  Expr* e = NewExpr<Expr>(ExprKind::kIsNull, offset);
  if (e == nullptr) return nullptr;
  e->negated = negated;
  e->a = left;
  AddChild(e, left);
  return e;
}

Expr* Parser::ParseIs(Expr* left) {
  uint32_t offset = tok_.offset;
  Advance();
  bool negated = Accept(Tok::kNot);
  // IS NOT DISTINCT FROM is IS, IS DISTINCT FROM is IS NOT.
  if (Accept(Tok::kDistinct)) {
    Expect(Tok::kFrom);
    negated = !negated;
  }
  Expr* right = ParseBinary(kPrecIs + 1);
  if (right == nullptr) return nullptr;
  if (right->kind != ExprKind::kNull) {
    return MakeBinary(negated ? BinaryOp::kIsNot : BinaryOp::kIs, offset, left, right);
  }
  Expr* e = NewExpr<Expr>(ExprKind::kIsNull, offset);
  if (e == nullptr) return nullptr;
  e->negated = negated;
  e->a = left;
  AddChild(e, left);
  return e;
}

Expr* Parser::ParseLike(Expr* left, bool negated) {
  LikeOp op;
  switch (tok_.kind) {
    case Tok::kLike: op = LikeOp::kLike; break;
    case Tok::kGlob: op = LikeOp::kGlob; break;
    case Tok::kRegexp: op = LikeOp::kRegexp; break;
    case Tok::kMatch: op = LikeOp::kMatch; break;
    default: SyntaxError(); return nullptr;
  }
  TernaryExpr* e = NewExpr<TernaryExpr>(ExprKind::kLike, tok_.offset);
  if (e == nullptr) return nullptr;
  Advance();
  e->op = static_cast<uint8_t>(op);
  e->negated = negated;
  e->a = left;
  e->b = ParseBinary(kPrecIs + 1);
  if (Accept(Tok::kEscape)) e->c = ParseBinary(kPrecIs + 1);
  AddChild(e, e->a);
  AddChild(e, e->b);
  AddChild(e, e->c);
  return e;
}

Expr* Parser::ParseBetween(Expr* left, bool negated) {
  TernaryExpr* e = NewExpr<TernaryExpr>(ExprKind::kBetween, tok_.offset);
  if (e == nullptr) return nullptr;
  Advance();
  e->negated = negated;
  e->a = left;
  // The AND is BETWEEN's own, so the low end binds tighter than AND.
  e->b = ParseBinary(kPrecNot);
  Expect(Tok::kAnd);
  e->c = ParseBinary(kPrecIs + 1);
  AddChild(e, e->a);
  AddChild(e, e->b);
  AddChild(e, e->c);
  return e;
}

Expr* Parser::ParseIn(Expr* left, bool negated) {
  ListExpr* e = NewExpr<ListExpr>(ExprKind::kIn, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  Advance();
  e->negated = negated;
  e->a = left;
  if (Accept(Tok::kLeftParen)) {
    if (AtSelect()) {
      e->select = ParseParenSelect();
    } else {
      if (!Is(Tok::kRightParen)) ParseExprList(&e->list, ~uint32_t{0}, nullptr);
      Expect(Tok::kRightParen);
    }
  } else {
    // IN table and IN function(...) mean IN (SELECT * FROM ...).
    Select* s = New<Select>();
    if (s == nullptr) return nullptr;
    SelectCore core;
    FromItem item;
    ResultColumn star;
    s->offset = core.offset = item.offset = star.offset = tok_.offset;
    ParseQualifiedName(&item.table);
    if (Accept(Tok::kLeftParen)) {
      item.kind = FromKind::kFunction;
      if (!Is(Tok::kRightParen))
        ParseExprList(&item.args, kFunctionArgsMax, "arguments on function");
      Expect(Tok::kRightParen);
    }
    for (const Expr* arg : item.args) {
      if (!failed() && arg->height > s->height) s->height = arg->height;
    }
    Append(&core.columns, star);
    Append(&core.from, item);
    Append(&s->cores, core);
    e->select = s;
  }
  if (failed()) return nullptr;
  AddChild(e, left);
  for (const Expr* item : e->list) AddChild(e, item);
  if (e->select != nullptr) AddHeight(e, e->select->height);
  Unnest();
  return e;
}

Expr* Parser::ParsePrefix() {
  switch (tok_.kind) {
    case Tok::kMinus: return ParseUnary(UnaryOp::kMinus, kPrecUnary);
    case Tok::kPlus: return ParseUnary(UnaryOp::kPlus, kPrecUnary);
    case Tok::kBitNot: return ParseUnary(UnaryOp::kBitNot, kPrecUnary);
    case Tok::kNot: return ParseUnary(UnaryOp::kNot, kPrecNot);
    default: return ParsePrimary();
  }
}

Expr* Parser::ParseUnary(UnaryOp op, int precedence) {
  uint32_t offset = tok_.offset;
  Advance();
  if (!Nest()) return nullptr;
  Expr* operand = ParseBinary(precedence);
  Unnest();
  if (operand == nullptr) return nullptr;
  if (op == UnaryOp::kMinus && operand->height == 1) {
    if (Expr* number = MakeNegative(operand, offset); number != nullptr) return number;
  }
  Expr* e = NewExpr<Expr>(ExprKind::kUnary, offset);
  if (e == nullptr) return nullptr;
  e->op = static_cast<uint8_t>(op);
  e->a = operand;
  AddChild(e, operand);
  return e;
}

Expr* Parser::ParsePrimary() {
  switch (tok_.kind) {
    case Tok::kNull: return MakeText(ExprKind::kNull, tok_.text);
    case Tok::kInteger:
    case Tok::kReal: return ParseNumber();
    case Tok::kString:
      if (PeekKind() == Tok::kDot) return ParseNamed();
      return MakeText(ExprKind::kString, Unquote(tok_.text));
    case Tok::kBlob: return ParseBlob();
    case Tok::kParameter: return ParseParameter();
    case Tok::kLeftParen: return ParseParen();
    case Tok::kCase: return ParseCase();
    case Tok::kCast: return ParseCast();
    case Tok::kExists: return ParseExists();
    case Tok::kRaise: return ParseRaise();
    case Tok::kCurrentDate:
    case Tok::kCurrentTime:
    case Tok::kCurrentTimestamp: {
      FunctionExpr* e = NewExpr<FunctionExpr>(ExprKind::kFunction, tok_.offset);
      if (e == nullptr) return nullptr;
      e->text = tok_.text;
      e->keyword = true;
      Advance();
      return e;
    }
    default: return ParseNamed();
  }
}

// (expr), (expr, expr...) or (select)
Expr* Parser::ParseParen() {
  uint32_t offset = tok_.offset;
  Advance();
  if (!Nest()) return nullptr;
  ListExpr* e = nullptr;
  if (AtSelect()) {
    e = NewExpr<ListExpr>(ExprKind::kSubquery, offset);
    Select* s = ParseParenSelect();
    if (failed()) return nullptr;
    e->select = s;
    AddHeight(e, s->height);
  } else {
    Expr* first = ParseExpr();
    if (!Is(Tok::kComma)) {
      Expect(Tok::kRightParen);
      Unnest();
      return first;
    }
    e = NewExpr<ListExpr>(ExprKind::kRowValue, offset);
    if (e == nullptr) return nullptr;
    Append(&e->list, first);
    Advance();
    ParseExprList(&e->list, kColumnsMax, "columns in row value");
    Expect(Tok::kRightParen);
    if (failed()) return nullptr;
    for (const Expr* item : e->list) AddChild(e, item);
  }
  Unnest();
  return e;
}

Expr* Parser::ParseCase() {
  ListExpr* e = NewExpr<ListExpr>(ExprKind::kCase, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  Advance();
  if (!Is(Tok::kWhen)) e->a = ParseExpr();
  do {
    Expect(Tok::kWhen);
    Append(&e->list, ParseExpr());
    Expect(Tok::kThen);
    Append(&e->list, ParseExpr());
  } while (Is(Tok::kWhen));
  if (Accept(Tok::kElse)) e->b = ParseExpr();
  Expect(Tok::kEnd);
  if (failed()) return nullptr;
  AddChild(e, e->a);
  AddChild(e, e->b);
  for (const Expr* item : e->list) AddChild(e, item);
  Unnest();
  return e;
}

Expr* Parser::ParseCast() {
  Expr* e = NewExpr<Expr>(ExprKind::kCast, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  Advance();
  Expect(Tok::kLeftParen);
  e->a = ParseExpr();
  Expect(Tok::kAs);
  e->text = ParseTypeName();
  Expect(Tok::kRightParen);
  AddChild(e, e->a);
  Unnest();
  return e;
}

Expr* Parser::ParseExists() {
  ListExpr* e = NewExpr<ListExpr>(ExprKind::kExists, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  Advance();
  Expect(Tok::kLeftParen);
  e->select = ParseParenSelect();
  if (failed()) return nullptr;
  AddHeight(e, e->select->height);
  Unnest();
  return e;
}

Expr* Parser::ParseRaise() {
  Expr* e = NewExpr<Expr>(ExprKind::kRaise, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  Advance();
  Expect(Tok::kLeftParen);
  RaiseOp op = RaiseOp::kIgnore;
  if (!Accept(Tok::kIgnore)) {
    op = Is(Tok::kRollback) ? RaiseOp::kRollback
         : Is(Tok::kFail)   ? RaiseOp::kFail
                            : RaiseOp::kAbort;
    if (op != RaiseOp::kAbort || Is(Tok::kAbort)) {
      Advance();
    } else {
      SyntaxError();
    }
    Expect(Tok::kComma);
    e->a = ParseExpr();
  }
  Expect(Tok::kRightParen);
  e->op = static_cast<uint8_t>(op);
  AddChild(e, e->a);
  Unnest();
  return e;
}

// A column reference of one to three parts, or a function call.
Expr* Parser::ParseNamed() {
  if (!IsName(tok_.kind, NameRule::kAny)) {
    SyntaxError();
    return nullptr;
  }
  if (!Is(Tok::kString) && PeekKind() == Tok::kLeftParen) return ParseFunction();
  ColumnExpr* e = NewExpr<ColumnExpr>(ExprKind::kColumn, tok_.offset);
  if (e == nullptr) return nullptr;
  e->quoted = !IsNameChar(tok_.text[0]);
  e->double_quoted = tok_.text[0] == '"';
  e->text = ParseNameText();
  for (int part = 0; part < 2 && Accept(Tok::kDot); part++) {
    e->double_quoted = false;
    e->schema = e->table;
    e->table = e->text;
    e->text = ParseNameText();
  }
  return e;
}

Expr* Parser::ParseFunction() {
  FunctionExpr* e = NewExpr<FunctionExpr>(ExprKind::kFunction, tok_.offset);
  if (e == nullptr || !Nest()) return nullptr;
  e->text = ParseNameText();
  Advance();  // (
  if (Is(Tok::kStar)) {
    e->star = true;
    Advance();
  } else {
    e->distinct = Accept(Tok::kDistinct);
    if (!e->distinct) Accept(Tok::kAll);
    if (!Is(Tok::kRightParen) && !Is(Tok::kOrder)) {
      ParseExprList(&e->args, kFunctionArgsMax, "arguments on function");
    }
    ParseOrderBy(&e->order_by);
  }
  Expect(Tok::kRightParen);
  if (Accept(Tok::kFilter)) {
    Expect(Tok::kLeftParen);
    Expect(Tok::kWhere);
    e->filter = ParseExpr();
    Expect(Tok::kRightParen);
  }
  if (Is(Tok::kOver)) e->over = ParseOver();
  if (failed()) return nullptr;
  for (const Expr* arg : e->args) AddChild(e, arg);
  for (const OrderTerm& term : e->order_by) AddChild(e, term.expr);
  AddChild(e, e->filter);
  if (e->over != nullptr) AddWindow(e, *e->over);
  Unnest();
  return e;
}

void Parser::ParseExprList(List<Expr*>* list, uint32_t max, const char* what) {
  do {
    if (list->size >= max) {
      TooMany(what);
      return;
    }
    Append(list, ParseExpr());
  } while (Accept(Tok::kComma));
}

// One or more words and perhaps (n) or (n, n), as written; empty when there is none.
std::string_view Parser::ParseTypeName() {
  uint32_t start = tok_.offset;
  while (IsName(tok_.kind, NameRule::kAlias) &&
         !(Is(Tok::kGenerated) && PeekKind() == Tok::kAlways)) {
    Advance();
  }
  if (tok_.offset == start) return {};
  if (Accept(Tok::kLeftParen)) {
    for (int n = 0; n == 0 || (n == 1 && Accept(Tok::kComma)); n++) {
      if (!Accept(Tok::kPlus)) Accept(Tok::kMinus);
      if (!Is(Tok::kInteger) && !Is(Tok::kReal)) SyntaxError();
      NumberText(tok_);
      Advance();
    }
    Expect(Tok::kRightParen);
  }
  return failed() ? std::string_view() : lexer_.sql().substr(start, prev_.end() - start);
}

}  // namespace dosql::sql
