// Windows: OVER, and the WINDOW clause.
#include "core/sql/parser_impl.h"

namespace dosql::sql {

// At OVER: OVER name, OVER (...)
Window* Parser::ParseOver() {
  Window* w = New<Window>();
  if (w == nullptr) return nullptr;
  w->offset = tok_.offset;
  Advance();
  if (Is(Tok::kLeftParen)) {
    ParseWindow(w);
  } else {
    ParseName(&w->base);
  }
  return w;
}

void Parser::ParseWindow(Window* w) {
  if (!Nest()) return;
  w->in_parens = true;
  Expect(Tok::kLeftParen);
  ParseWindowBody(w);
  Expect(Tok::kRightParen);
  Unnest();
}

void Parser::ParseWindowBody(Window* w) {
  bool keyword = Is(Tok::kPartition) || Is(Tok::kOrder) || Is(Tok::kRange) || Is(Tok::kRows) ||
                 Is(Tok::kGroups);
  if (!keyword && IsName(tok_.kind, NameRule::kAny)) ParseName(&w->base);
  if (Accept(Tok::kPartition)) {
    Expect(Tok::kBy);
    ParseExprList(&w->partition_by, kColumnsMax, "terms in PARTITION BY clause");
  }
  ParseOrderBy(&w->order_by);
  if (Is(Tok::kRange) || Is(Tok::kRows) || Is(Tok::kGroups)) ParseFrame(w);
}

void Parser::ParseFrame(Window* w) {
  w->unit = Is(Tok::kRange)  ? FrameUnit::kRange
            : Is(Tok::kRows) ? FrameUnit::kRows
                             : FrameUnit::kGroups;
  Advance();
  w->has_to = Accept(Tok::kBetween);
  ParseFrameBound(&w->from, false);
  if (w->has_to) {
    Expect(Tok::kAnd);
    ParseFrameBound(&w->to, true);
  }
  if (!Accept(Tok::kExclude)) return;
  if (Accept(Tok::kNo)) {
    Expect(Tok::kOthers);
    w->exclude = FrameExclude::kNoOthers;
  } else if (Accept(Tok::kCurrent)) {
    Expect(Tok::kRow);
    w->exclude = FrameExclude::kCurrentRow;
  } else if (Accept(Tok::kTies)) {
    w->exclude = FrameExclude::kTies;
  } else {
    Expect(Tok::kGroup);
    w->exclude = FrameExclude::kGroup;
  }
}

// `last`: behind AND, where UNBOUNDED looks forward.
void Parser::ParseFrameBound(FrameBound* bound, bool last) {
  if (Is(Tok::kUnbounded) && (PeekKind() == Tok::kPreceding || PeekKind() == Tok::kFollowing)) {
    Advance();
    bound->end = last ? FrameEnd::kUnboundedFollowing : FrameEnd::kUnboundedPreceding;
    Expect(last ? Tok::kFollowing : Tok::kPreceding);
    return;
  }
  if (Is(Tok::kCurrent) && PeekKind() == Tok::kRow) {
    Advance();
    Advance();
    return;
  }
  bound->distance = ParseExpr();
  bound->end = FrameEnd::kFollowing;
  if (Accept(Tok::kFollowing)) return;
  Expect(Tok::kPreceding);
  bound->end = FrameEnd::kPreceding;
}

void Parser::AddWindow(Expr* parent, const Window& w) {
  for (const Expr* e : w.partition_by) AddChild(parent, e);
  for (const OrderTerm& t : w.order_by) AddChild(parent, t.expr);
  AddChild(parent, w.from.distance);
  AddChild(parent, w.to.distance);
}

}  // namespace dosql::sql
