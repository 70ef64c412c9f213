// Replication slots: who follows the changes of which tables.
#include "core/sql/parser_impl.h"

namespace dosql::sql {

// CREATE REPLICATION SLOT name FOR ALL TABLES | FOR TABLE a, b [WHERE expr] [WITH COPY]
// DROP REPLICATION SLOT [IF EXISTS] name
// ALTER REPLICATION SLOT name ADVANCE TO x'...'
Statement* Parser::ParseSlot(SlotAction action) {
  ReplicationSlot* s = New<ReplicationSlot>();
  if (s == nullptr) return nullptr;
  s->action = action;
  Advance();
  Advance();
  if (action == SlotAction::kDrop && Accept(Tok::kIf)) {
    Expect(Tok::kExists);
    s->if_exists = true;
  }
  ParseName(&s->name);
  if (action == SlotAction::kCreate) {
    Expect(Tok::kFor);
    if (Accept(Tok::kAll)) {
      if (!IsWord("tables")) SyntaxError();
      Advance();
    } else {
      Expect(Tok::kTable);
      do {
        Name table;
        ParseName(&table);
        Append(&s->tables, table);
      } while (Accept(Tok::kComma));
      if (Accept(Tok::kWhere)) {
        const uint32_t start = tok_.offset;
        s->where = ParseExpr();
        if (!failed()) s->where_text = lexer_.sql().substr(start, prev_.end() - start);
      }
    }
    if (Is(Tok::kWhere)) Unsupported("filters of replication slots for all tables are");
    if (Accept(Tok::kWith)) {
      if (!IsWord("copy")) SyntaxError();
      Advance();
      s->with_copy = true;
    }
  } else if (action == SlotAction::kAdvance) {
    if (!IsWord("advance")) SyntaxError();
    Advance();
    Expect(Tok::kTo);
    if (!Is(Tok::kBlob)) SyntaxError();
    s->position = ParseExpr();
    if (!failed() && s->position->kind != ExprKind::kBlob) SyntaxError();
  }
  return s;
}

// SHOW REPLICATION SLOTS is PRAGMA replication_slots.
Statement* Parser::ParseShowSlots() {
  Pragma* s = New<Pragma>();
  if (s == nullptr) return nullptr;
  for (uint32_t words = 0; words < 3; words++) Advance();
  s->name.name = "replication_slots";
  return s;
}

}  // namespace dosql::sql
