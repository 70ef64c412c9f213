// SELECT: WITH, compounds, cores, FROM and its joins, ORDER BY, LIMIT.
#include "core/sql/parser_impl.h"

namespace dosql::sql {
namespace {

// Join words as bits, checked for sense together.
enum : uint32_t { kNatural = 1, kLeft = 2, kRight = 4, kOuter = 8, kInner = 16, kCross = 32 };

uint32_t JoinBits(Tok t) {
  switch (t) {
    case Tok::kNatural: return kNatural;
    case Tok::kLeft: return kLeft;
    case Tok::kRight: return kRight;
    case Tok::kFull: return kLeft | kRight;
    case Tok::kOuter: return kOuter;
    case Tok::kInner: return kInner;
    case Tok::kCross: return kCross;
    default: return 0;
  }
}

const char* CompoundName(CompoundOp op) {
  switch (op) {
    case CompoundOp::kUnionAll: return "UNION ALL";
    case CompoundOp::kIntersect: return "INTERSECT";
    case CompoundOp::kExcept: return "EXCEPT";
    default: return "UNION";
  }
}

}  // namespace

With* Parser::ParseWith() {
  if (!Is(Tok::kWith)) return nullptr;
  With* with = New<With>();
  if (with == nullptr) return nullptr;
  with->offset = tok_.offset;
  Advance();
  with->recursive = Accept(Tok::kRecursive);
  do {
    Cte cte;
    ParseName(&cte.name);
    if (Is(Tok::kLeftParen)) ParseNameList(&cte.columns);
    Expect(Tok::kAs);
    if (Accept(Tok::kNot)) {
      Expect(Tok::kMaterialized);
      cte.materialized = Materialized::kNo;
    } else if (Accept(Tok::kMaterialized)) {
      cte.materialized = Materialized::kYes;
    }
    Expect(Tok::kLeftParen);
    cte.select = ParseParenSelect();
    Append(&with->ctes, cte);
  } while (Accept(Tok::kComma));
  return with;
}

// After '(': a select, perhaps with WITH, and ')'.
Select* Parser::ParseParenSelect() {
  Select* s = ParseSelect();
  Expect(Tok::kRightParen);
  return s;
}

Select* Parser::ParseSelect() {
  if (!Nest()) return nullptr;
  With* with = ParseWith();
  Select* s = ParseSelectAfterWith(with);
  Unnest();
  return s;
}

Select* Parser::ParseSelectAfterWith(With* with) {
  Select* s = New<Select>();
  if (s == nullptr) return nullptr;
  // Expressions of this select are measured apart, then count in the select around it.
  uint32_t outer_height = height_;
  height_ = 1;
  s->offset = with != nullptr ? with->offset : tok_.offset;
  s->with = with;
  if (with != nullptr) {
    for (const Cte& cte : with->ctes) {
      if (cte.select != nullptr && cte.select->height > height_) height_ = cte.select->height;
    }
  }
  CompoundOp op = CompoundOp::kFirst;
  bool last_is_values = false;
  for (;;) {
    SelectCore core;
    core.op = op;
    core.offset = tok_.offset;
    if (Accept(Tok::kValues)) {
      ParseValues(&core);
    } else {
      ParseSelectCore(&core);
    }
    last_is_values = core.is_values;
    if (s->cores.size >= kCompoundTermsMax) TooMany("terms in compound SELECT");
    Append(&s->cores, core);
    if (Is(Tok::kOrder) && !last_is_values) ParseOrderBy(&s->order_by);
    if (Is(Tok::kLimit) && !last_is_values) ParseLimit(&s->limit, &s->offset_expr);
    if (Is(Tok::kUnion)) {
      op = PeekKind() == Tok::kAll ? CompoundOp::kUnionAll : CompoundOp::kUnion;
    } else if (Is(Tok::kIntersect)) {
      op = CompoundOp::kIntersect;
    } else if (Is(Tok::kExcept)) {
      op = CompoundOp::kExcept;
    } else {
      break;
    }
    if (!s->order_by.empty() || s->limit != nullptr) {
      Fail(Code::kSyntax,
           s->order_by.empty() ? "LIMIT clause should come after "
                               : "ORDER BY clause should come after ",
           CompoundName(op), " not before", tok_,
           "ORDER BY and LIMIT belong to the whole compound; use a subquery for one part");
      break;
    }
    Advance();
    if (op == CompoundOp::kUnionAll) Advance();
  }
  if (height_ > UINT16_MAX - 1) Nest();
  s->height = static_cast<uint16_t>(height_);
  height_ = outer_height > height_ + 1 ? outer_height : height_ + 1;
  return s;
}

void Parser::ParseValues(SelectCore* core) {
  core->is_values = true;
  do {
    List<Expr*> row;
    Token at = tok_;
    Expect(Tok::kLeftParen);
    ParseExprList(&row, kColumnsMax, "columns in result set");
    Expect(Tok::kRightParen);
    if (!core->values.empty() && row.size != core->values[0].size) {
      Fail(Code::kSyntax, "all VALUES must have the same number of terms", at);
    }
    Append(&core->values, row);
  } while (Accept(Tok::kComma));
}

void Parser::ParseSelectCore(SelectCore* core) {
  Expect(Tok::kSelect);
  core->distinct = Accept(Tok::kDistinct);
  if (!core->distinct) Accept(Tok::kAll);
  ParseResultColumns(&core->columns);
  if (Accept(Tok::kFrom)) ParseFrom(&core->from);
  core->where = ParseWhere();
  if (Accept(Tok::kGroup)) {
    Expect(Tok::kBy);
    ParseExprList(&core->group_by, kColumnsMax, "terms in GROUP BY clause");
  }
  if (Accept(Tok::kHaving)) core->having = ParseExpr();
  if (!Accept(Tok::kWindow)) return;
  do {
    Window w;
    w.offset = tok_.offset;
    ParseName(&w.name);
    Expect(Tok::kAs);
    ParseWindow(&w);
    Append(&core->windows, w);
  } while (Accept(Tok::kComma));
}

void Parser::ParseResultColumns(List<ResultColumn>* columns) {
  do {
    ResultColumn c;
    c.offset = tok_.offset;
    if (Accept(Tok::kStar)) {
    } else if (IsName(tok_.kind, NameRule::kAny) && PeekKind(1) == Tok::kDot &&
               PeekKind(2) == Tok::kStar) {
      c.table = ParseNameText();
      Advance();
      Advance();
    } else {
      c.expr = ParseExpr();
      c.text = TextFrom(c.offset);
      c.has_alias = Accept(Tok::kAs);
      if (c.has_alias || IsName(tok_.kind, NameRule::kAlias)) {
        c.has_alias = true;
        c.alias = ParseNameText();
      }
    }
    if (columns->size >= kColumnsMax) TooMany("columns in result set");
    Append(columns, c);
  } while (Accept(Tok::kComma));
}

void Parser::ParseFrom(List<FromItem>* from) {
  FromItem first;
  ParseFromItem(&first);
  Append(from, first);
  for (;;) {
    FromItem item;
    if (!ParseJoinOperator(&item)) return;
    if (from->size >= kColumnsMax) TooMany("tables in FROM clause");
    ParseFromItem(&item);
    Append(from, item);
  }
}

// False when no join operator follows.
bool Parser::ParseJoinOperator(FromItem* item) {
  if (Accept(Tok::kComma)) {
    item->join = JoinKind::kComma;
    return true;
  }
  uint32_t offset = tok_.offset;
  uint32_t bits = 0;
  bool bad = false;
  for (int n = 0; n < 3 && IsName(tok_.kind, NameRule::kAny); n++) {
    uint32_t bit = JoinBits(tok_.kind);
    if (n == 0 && bit == 0) return false;
    bad |= bit == 0;  // SQLite reads LEFT anything JOIN and then names the words
    bits |= bit;
    Advance();
  }
  if (bits == 0 && !Is(Tok::kJoin)) return false;
  uint32_t end = prev_.end();
  if (!Expect(Tok::kJoin)) return false;
  uint32_t outer = bits & (kLeft | kRight | kOuter);
  if (outer == kOuter || (outer != 0 && (bits & (kInner | kCross)) != 0)) bad = true;
  if (bad) {
    std::string words;  // with one blank between two of them
    Lexer lexer(lexer_.sql().substr(offset, end - offset));
    for (Token t = lexer.Next(); t.kind != Tok::kEof; t = lexer.Next()) {
      if (!words.empty()) words += ' ';
      words += t.text;
    }
    Token at;
    at.offset = offset;
    at.text = words;
    Fail(Code::kSyntax, "unknown join type: ", words, "", at);
    return false;
  }
  item->natural = (bits & kNatural) != 0;
  bool left = (bits & kLeft) != 0;
  bool right = (bits & kRight) != 0;
  item->join = left && right          ? JoinKind::kFull
               : left                 ? JoinKind::kLeft
               : right                ? JoinKind::kRight
               : (bits & kCross) != 0 ? JoinKind::kCross
                                      : JoinKind::kInner;
  return true;
}

void Parser::ParseFromItem(FromItem* item) {
  if (!Nest()) return;
  item->offset = tok_.offset;
  if (Accept(Tok::kLeftParen)) {
    if (AtSelect()) {
      item->kind = FromKind::kSubquery;
      item->select = ParseParenSelect();
    } else {
      item->kind = FromKind::kGroup;
      ParseFrom(&item->group);
      Expect(Tok::kRightParen);
    }
    ParseAlias(item);
  } else {
    ParseQualifiedName(&item->table);
    if (Accept(Tok::kLeftParen)) {
      item->kind = FromKind::kFunction;
      if (!Is(Tok::kRightParen))
        ParseExprList(&item->args, kFunctionArgsMax, "arguments on function");
      Expect(Tok::kRightParen);
    }
    ParseAlias(item);
    if (item->kind == FromKind::kTable) ParseIndexedBy(item);
  }
  ParseOnUsing(item);
  Unnest();
}

void Parser::ParseAlias(FromItem* item) {
  RefuseAsOf();
  if (Accept(Tok::kAs) || IsName(tok_.kind, NameRule::kAlias)) {
    item->has_alias = true;
    item->alias = ParseNameText();
    RefuseAsOf();
  }
}

// AS OF LSN n, AS OF TIMESTAMP t: no statement of SQLite's reads on after AS OF with a word.
void Parser::RefuseAsOf() {
  if (Is(Tok::kAs) && PeekKind() == Tok::kOf && (PeekWord("lsn", 2) || PeekWord("timestamp", 2))) {
    Unsupported("reads of the past (AS OF) are");
  }
}

void Parser::ParseIndexedBy(FromItem* item) {
  if (Accept(Tok::kIndexed)) {
    Expect(Tok::kBy);
    item->indexed_by = ParseNameText();
  } else if (Accept(Tok::kNot)) {
    Expect(Tok::kIndexed);
    item->not_indexed = true;
  }
}

void Parser::ParseOnUsing(FromItem* item) {
  if (!Is(Tok::kOn) && !Is(Tok::kUsing)) return;
  if (item->join == JoinKind::kFirst) {
    bool upsert = PeekKind() == Tok::kConflict;
    Fail(Code::kSyntax, "a JOIN clause is required before ", KeywordText(tok_.kind), "", tok_,
         upsert ? "after INSERT ... SELECT ... FROM write WHERE true before ON CONFLICT" : "");
  }
  if (item->natural) {
    Fail(Code::kSyntax, "a NATURAL join may not have an ON or USING clause", tok_);
  }
  if (Accept(Tok::kOn)) {
    item->on = ParseExpr();
  } else if (Expect(Tok::kUsing)) {
    item->has_using = true;
    ParseNameList(&item->using_columns);
  }
}

Expr* Parser::ParseWhere() { return Accept(Tok::kWhere) ? ParseExpr() : nullptr; }

void Parser::ParseOrderBy(List<OrderTerm>* terms) {
  if (!Accept(Tok::kOrder)) return;
  Expect(Tok::kBy);
  ParseOrderTerms(terms, "terms in ORDER BY clause");
}

void Parser::ParseOrderTerms(List<OrderTerm>* terms, const char* what) {
  do {
    OrderTerm term;
    term.offset = tok_.offset;
    term.expr = ParseExpr();
    term.asc = Accept(Tok::kAsc);
    if (!term.asc) term.desc = Accept(Tok::kDesc);
    if (Accept(Tok::kNulls)) {
      if (Accept(Tok::kFirst)) {
        term.nulls = Nulls::kFirst;
      } else if (Expect(Tok::kLast)) {
        term.nulls = Nulls::kLast;
      }
    }
    if (terms->size >= kColumnsMax) TooMany(what);
    Append(terms, term);
  } while (Accept(Tok::kComma));
}

// LIMIT n, LIMIT n OFFSET m and LIMIT m, n
void Parser::ParseLimit(Expr** limit, Expr** offset) {
  if (!Accept(Tok::kLimit)) return;
  *limit = ParseExpr();
  if (Accept(Tok::kOffset)) {
    *offset = ParseExpr();
  } else if (Accept(Tok::kComma)) {
    *offset = *limit;
    *limit = ParseExpr();
  }
}

}  // namespace dosql::sql
