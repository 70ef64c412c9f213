// Statements that are parsed to their end and then refused by name: triggers, virtual tables, ATTACH.
#include "core/sql/parser_impl.h"

namespace dosql::sql {

// `feature` begins at the current token.
Refused* Parser::NewRefused(const char* feature) {
  Refused* s = New<Refused>();
  if (s == nullptr) return nullptr;
  s->feature = feature;
  s->at = tok_.offset;
  return s;
}

// TRIGGER [IF NOT EXISTS] name [BEFORE | AFTER | INSTEAD OF] event ON t [FOR EACH ROW] [WHEN e]
// BEGIN statements END
Statement* Parser::ParseTrigger() {
  Refused* s = NewRefused("triggers are");
  Advance();
  AcceptIfNotExists();
  QualifiedName name;
  ParseQualifiedName(&name);
  if (Accept(Tok::kInstead)) {
    Expect(Tok::kOf);
  } else if (!Accept(Tok::kBefore)) {
    Accept(Tok::kAfter);
  }
  if (Accept(Tok::kUpdate)) {
    if (Accept(Tok::kOf)) {
      do {
        Name column;
        ParseName(&column);
      } while (Accept(Tok::kComma));
    }
  } else if (!Accept(Tok::kDelete)) {
    Expect(Tok::kInsert);
  }
  Expect(Tok::kOn);
  ParseQualifiedName(&name);
  if (Accept(Tok::kFor)) {
    Expect(Tok::kEach);
    Expect(Tok::kRow);
  }
  if (Accept(Tok::kWhen)) ParseExpr();
  Expect(Tok::kBegin);
  do {
    switch (tok_.kind) {
      case Tok::kSelect:
      case Tok::kValues:
      case Tok::kWith:
      case Tok::kInsert:
      case Tok::kReplace:
      case Tok::kUpdate:
      case Tok::kDelete: ParseWithStatement(); break;
      default: SyntaxError();
    }
    Expect(Tok::kSemicolon);
  } while (!failed() && !Is(Tok::kEnd));
  Expect(Tok::kEnd);
  return s;
}

// VIRTUAL TABLE [IF NOT EXISTS] name USING module [(anything with its parentheses closed)]
Statement* Parser::ParseVirtualTable() {
  Refused* s = NewRefused("virtual tables are");
  Advance();
  Expect(Tok::kTable);
  AcceptIfNotExists();
  QualifiedName name;
  ParseQualifiedName(&name);
  Expect(Tok::kUsing);
  Name module;
  ParseName(&module);
  if (!Is(Tok::kLeftParen)) return s;
  uint32_t depth = 0;
  do {
    if (Is(Tok::kEof) || Is(Tok::kIllegal)) SyntaxError();
    if (Is(Tok::kLeftParen)) depth++;
    if (Is(Tok::kRightParen)) depth--;
    Advance();
  } while (depth > 0 && !failed());
  return s;
}

// ATTACH [DATABASE] file AS schema [KEY key], DETACH [DATABASE] schema
Statement* Parser::ParseAttach() {
  bool attach = Is(Tok::kAttach);
  Refused* s = NewRefused(attach ? "ATTACH is" : "DETACH is");
  Advance();
  Accept(Tok::kDatabase);
  ParseExpr();
  if (attach) {
    Expect(Tok::kAs);
    ParseExpr();
    if (Accept(Tok::kKey)) ParseExpr();
  }
  return s;
}

}  // namespace dosql::sql
