// INSERT and REPLACE, UPDATE, DELETE.
#include "core/sql/parser_impl.h"

namespace dosql::sql {

// ROLLBACK, ABORT, FAIL, IGNORE or REPLACE
Conflict Parser::ParseConflictWord() {
  Conflict c = Conflict::kNone;
  switch (tok_.kind) {
    case Tok::kRollback: c = Conflict::kRollback; break;
    case Tok::kAbort: c = Conflict::kAbort; break;
    case Tok::kFail: c = Conflict::kFail; break;
    case Tok::kIgnore: c = Conflict::kIgnore; break;
    case Tok::kReplace: c = Conflict::kReplace; break;
    default: SyntaxError(); return c;
  }
  Advance();
  return c;
}

Conflict Parser::ParseOrConflict() {
  return Accept(Tok::kOr) ? ParseConflictWord() : Conflict::kNone;
}

// The table that a statement changes: its alias needs AS.
void Parser::ParseTarget(FromItem* table) {
  table->offset = tok_.offset;
  ParseQualifiedName(&table->table);
  RefuseAsOf();
  if (Accept(Tok::kAs)) {
    table->has_alias = true;
    table->alias = ParseNameText();
  }
}

Statement* Parser::ParseInsert(With* with) {
  Insert* s = New<Insert>();
  if (s == nullptr) return nullptr;
  s->offset = tok_.offset;
  s->with = with;
  if (Accept(Tok::kReplace)) {
    s->conflict = Conflict::kReplace;
  } else {
    Advance();
    s->conflict = ParseOrConflict();
  }
  Expect(Tok::kInto);
  FromItem target;
  ParseTarget(&target);
  s->table = target.table;
  s->alias = target.alias;
  if (Is(Tok::kLeftParen)) ParseNameList(&s->columns);
  if (Accept(Tok::kDefault)) {
    Expect(Tok::kValues);
  } else {
    s->source = ParseSelect();
    ParseUpserts(&s->upserts);
  }
  ParseReturning(&s->returning);
  return s;
}

void Parser::ParseUpserts(List<Upsert>* upserts) {
  bool any_target = true;
  while (any_target && Is(Tok::kOn)) {
    Upsert u;
    u.offset = tok_.offset;
    Advance();
    Expect(Tok::kConflict);
    any_target = Accept(Tok::kLeftParen);  // one without a target is the last
    if (any_target) {
      ParseOrderTerms(&u.target, "columns in conflict target");
      Expect(Tok::kRightParen);
      u.target_where = ParseWhere();
    }
    Expect(Tok::kDo);
    if (Accept(Tok::kUpdate)) {
      u.do_update = true;
      ParseAssignments(&u.assignments);
      u.where = ParseWhere();
    } else {
      Expect(Tok::kNothing);
    }
    Append(upserts, u);
  }
}

// SET a = 1, (b, c) = (2, 3)
void Parser::ParseAssignments(List<Assignment>* assignments) {
  Expect(Tok::kSet);
  do {
    Assignment a;
    a.offset = tok_.offset;
    a.is_row = Is(Tok::kLeftParen);
    if (a.is_row) {
      ParseNameList(&a.columns);
    } else {
      Name column;
      ParseName(&column);
      Append(&a.columns, column);
    }
    Expect(Tok::kEq);
    a.value = ParseExpr();
    if (assignments->size >= kColumnsMax) TooMany("columns in set list");
    Append(assignments, a);
  } while (Accept(Tok::kComma));
}

void Parser::ParseReturning(List<ResultColumn>* columns) {
  if (Accept(Tok::kReturning)) ParseResultColumns(columns);
}

Statement* Parser::ParseUpdate(With* with) {
  Update* s = New<Update>();
  if (s == nullptr) return nullptr;
  s->offset = tok_.offset;
  s->with = with;
  Advance();
  s->conflict = ParseOrConflict();
  ParseTarget(&s->table);
  ParseIndexedBy(&s->table);
  ParseAssignments(&s->assignments);
  if (Accept(Tok::kFrom)) ParseFrom(&s->from);
  s->where = ParseWhere();
  ParseReturning(&s->returning);
  ParseOrderBy(&s->order_by);
  ParseLimit(&s->limit, &s->offset_expr);
  return s;
}

Statement* Parser::ParseDelete(With* with) {
  Delete* s = New<Delete>();
  if (s == nullptr) return nullptr;
  s->offset = tok_.offset;
  s->with = with;
  Advance();
  Expect(Tok::kFrom);
  ParseTarget(&s->table);
  ParseIndexedBy(&s->table);
  s->where = ParseWhere();
  ParseReturning(&s->returning);
  ParseOrderBy(&s->order_by);
  ParseLimit(&s->limit, &s->offset_expr);
  return s;
}

}  // namespace dosql::sql
