// CREATE TABLE, CREATE INDEX, CREATE VIEW, ALTER TABLE, DROP.
#include "core/sql/parser_impl.h"

namespace dosql::sql {

bool Parser::AcceptIfNotExists() {
  if (!Accept(Tok::kIf)) return false;
  Expect(Tok::kNot);
  Expect(Tok::kExists);
  return true;
}

Statement* Parser::ParseCreate() {
  uint32_t offset = tok_.offset;
  Advance();
  bool temp = Is(Tok::kTemp) || Is(Tok::kTemporary);
  if (temp) Advance();
  bool unique = !temp && Accept(Tok::kUnique);
  Statement* s = nullptr;
  if (unique || (!temp && Is(Tok::kIndex))) {
    Expect(Tok::kIndex);
    s = ParseCreateIndex(unique);
  } else if (Accept(Tok::kTable)) {
    s = ParseCreateTable(temp);
  } else if (Accept(Tok::kView)) {
    s = ParseCreateView(temp);
  } else if (Is(Tok::kTrigger)) {
    s = ParseTrigger();
  } else if (!temp && Is(Tok::kVirtual)) {
    s = ParseVirtualTable();
  } else if (!temp && AtSlot()) {
    s = ParseSlot(SlotAction::kCreate);
  } else if (temp || !RefuseOurs()) {
    SyntaxError();
  }
  if (s != nullptr) s->offset = offset;
  return s;
}

Statement* Parser::ParseDrop() {
  Drop* s = New<Drop>();
  if (s == nullptr) return nullptr;
  s->offset = tok_.offset;
  Advance();
  if (Is(Tok::kTrigger)) {
    Refused* refused = NewRefused("triggers are");
    Advance();
    if (Accept(Tok::kIf)) Expect(Tok::kExists);
    QualifiedName name;
    ParseQualifiedName(&name);
    if (refused != nullptr) refused->offset = s->offset;
    return refused;
  }
  if (AtSlot()) return ParseSlot(SlotAction::kDrop);
  if (Accept(Tok::kIndex)) {
    s->object = ObjectKind::kIndex;
  } else if (Accept(Tok::kView)) {
    s->object = ObjectKind::kView;
  } else if (!Accept(Tok::kTable) && !RefuseOurs()) {
    SyntaxError();
  }
  if (Accept(Tok::kIf)) {
    Expect(Tok::kExists);
    s->if_exists = true;
  }
  ParseQualifiedName(&s->name);
  return s;
}

// ALTER TABLE t RENAME TO x | RENAME [COLUMN] a TO b | ADD [COLUMN] definition | DROP [COLUMN] a
Statement* Parser::ParseAlter() {
  AlterTable* s = New<AlterTable>();
  if (s == nullptr) return nullptr;
  Advance();
  if (AtSlot()) return ParseSlot(SlotAction::kAdvance);
  Expect(Tok::kTable);
  ParseQualifiedName(&s->table);
  if (Accept(Tok::kRename)) {
    if (!Accept(Tok::kTo)) {
      s->alter = AlterKind::kRenameColumn;
      AcceptColumnWord();
      ParseName(&s->column);
      Expect(Tok::kTo);
    }
    ParseName(&s->to);
  } else if (Accept(Tok::kAdd)) {
    s->alter = AlterKind::kAddColumn;
    AcceptColumnWord();
    uint32_t start = tok_.offset;
    ParseColumnDef(&s->added);
    s->added_text = TextFrom(start);
  } else {
    Expect(Tok::kDrop);
    s->alter = AlterKind::kDropColumn;
    AcceptColumnWord();
    ParseName(&s->column);
  }
  return s;
}

// COLUMN before a column's name; alone it is the name.
void Parser::AcceptColumnWord() {
  if (Is(Tok::kColumn) && IsName(PeekKind(), NameRule::kAny) && PeekKind() != Tok::kTo) Advance();
}

Statement* Parser::ParseCreateIndex(bool unique) {
  CreateIndex* s = New<CreateIndex>();
  if (s == nullptr) return nullptr;
  s->unique = unique;
  s->if_not_exists = AcceptIfNotExists();
  ParseQualifiedName(&s->index);
  Expect(Tok::kOn);
  ParseName(&s->table);
  Expect(Tok::kLeftParen);
  ParseOrderTerms(&s->columns, "columns in index");
  Expect(Tok::kRightParen);
  if (Accept(Tok::kWhere)) {
    uint32_t start = tok_.offset;
    s->where = ParseExpr();
    s->where_text = TextFrom(start);
  }
  return s;
}

Statement* Parser::ParseCreateView(bool temp) {
  CreateView* s = New<CreateView>();
  if (s == nullptr) return nullptr;
  s->temp = temp;
  s->if_not_exists = AcceptIfNotExists();
  ParseQualifiedName(&s->view);
  if (Is(Tok::kLeftParen)) ParseNameList(&s->columns);
  Expect(Tok::kAs);
  s->select = ParseSelect();
  return s;
}

Statement* Parser::ParseCreateTable(bool temp) {
  CreateTable* s = New<CreateTable>();
  if (s == nullptr) return nullptr;
  s->temp = temp;
  s->if_not_exists = AcceptIfNotExists();
  ParseQualifiedName(&s->table);
  if (Accept(Tok::kAs)) {
    s->as_select = ParseSelect();
    return s;
  }
  Expect(Tok::kLeftParen);
  do {
    if (!s->columns.empty() && AtTableConstraint()) break;
    ColumnDef column;
    ParseColumnDef(&column);
    if (s->columns.size >= kColumnsMax) TooMany("columns on table");
    Append(&s->columns, column);
  } while (Accept(Tok::kComma));
  s->columns_end = prev_.kind == Tok::kComma ? prev_.offset : tok_.offset;
  // Only the first comma is demanded, as in SQLite.
  while (prev_.kind == Tok::kComma || !s->constraints.empty()) {
    Constraint c;
    if (ParseTableConstraint(&c)) Append(&s->constraints, c);
    if (!Accept(Tok::kComma) && !AtTableConstraint()) break;
    if (!AtTableConstraint()) SyntaxError();
  }
  Expect(Tok::kRightParen);
  ParseTableOptions(s);
  return s;
}

// WITHOUT ROWID, STRICT
void Parser::ParseTableOptions(CreateTable* s) {
  if (Is(Tok::kWith) || Is(Tok::kUsing)) Unsupported("storage options of tables are");
  if (IsWord("shard") && PeekKind() == Tok::kBy) Unsupported("sharded tables (SHARD BY) are");
  // SQLite also takes a comma before the first one.
  if (!Is(Tok::kComma) && !IsName(tok_.kind, NameRule::kAny)) return;
  Accept(Tok::kComma);
  do {
    Token word = tok_;
    bool without = Accept(Tok::kWithout);
    if (without) word = tok_;
    std::string_view name = ParseNameText();
    if (failed()) return;
    if (without && EqualNoCase(name, "rowid")) {
      s->without_rowid = true;
    } else if (!without && EqualNoCase(name, "strict")) {
      s->strict = true;
    } else {
      Fail(Code::kSyntax, "unknown table option: ", word.text, "", word);
    }
  } while (Accept(Tok::kComma));
}

void Parser::ParseColumnDef(ColumnDef* column) {
  ParseName(&column->name);
  column->type = ParseTypeName();
  for (;;) {
    Constraint c;
    if (ParseColumnConstraint(&c)) {
      Append(&column->constraints, c);
    } else if (AtDeferral()) {
      // May stand apart from its REFERENCES: it means the last one. Alone it has no effect.
      ForeignKey unused;
      ForeignKey* key = &unused;
      for (const Constraint& other : column->constraints) {
        if (other.foreign_key != nullptr) key = other.foreign_key;
      }
      ParseDeferral(key);
    } else {
      return;
    }
  }
}

// [NOT] DEFERRABLE
bool Parser::AtDeferral() const {
  return Is(Tok::kDeferrable) || (Is(Tok::kNot) && PeekKind() == Tok::kDeferrable);
}

// CONSTRAINT name, perhaps several times: the last one counts.
void Parser::ParseConstraintName(Constraint* c) {
  c->offset = tok_.offset;
  while (Accept(Tok::kConstraint)) ParseName(&c->name);
}

void Parser::ParseOnConflict(Constraint* c) {
  if (!Accept(Tok::kOn)) return;
  Expect(Tok::kConflict);
  c->conflict = ParseConflictWord();
}

// (expr), with the text between the parentheses
void Parser::ParseParenText(Constraint* c) {
  if (!Expect(Tok::kLeftParen)) return;
  uint32_t start = tok_.offset;
  c->expr = ParseExpr();
  c->text = TextFrom(start);
  Expect(Tok::kRightParen);
}

// False when no constraint follows.
bool Parser::ParseColumnConstraint(Constraint* c) {
  ParseConstraintName(c);
  switch (tok_.kind) {
    case Tok::kNull:
      Advance();
      c->kind = ConstraintKind::kNull;
      ParseOnConflict(c);
      return true;
    case Tok::kNot:
      if (AtDeferral()) break;
      Advance();
      Expect(Tok::kNull);
      c->kind = ConstraintKind::kNotNull;
      ParseOnConflict(c);
      return true;
    case Tok::kPrimary:
      Advance();
      Expect(Tok::kKey);
      c->kind = ConstraintKind::kPrimaryKey;
      c->asc = Accept(Tok::kAsc);
      if (!c->asc) c->desc = Accept(Tok::kDesc);
      ParseOnConflict(c);
      c->autoincrement = Accept(Tok::kAutoincrement);
      return true;
    case Tok::kUnique:
      Advance();
      c->kind = ConstraintKind::kUnique;
      ParseOnConflict(c);
      return true;
    case Tok::kCheck:
      Advance();
      c->kind = ConstraintKind::kCheck;
      ParseParenText(c);
      return true;
    case Tok::kDefault:
      ParseDefault(c);
      return true;
    case Tok::kCollate:
      Advance();
      c->kind = ConstraintKind::kCollate;
      c->text = ParseNameText(NameRule::kAlias);
      return true;
    case Tok::kReferences:
      ParseReferences(c);
      return true;
    case Tok::kGenerated:
    case Tok::kAs:
      if (Accept(Tok::kGenerated)) Expect(Tok::kAlways);
      Expect(Tok::kAs);
      c->kind = ConstraintKind::kGenerated;
      ParseParenText(c);
      if (IsWord("stored")) {
        Advance();
        c->stored = true;
      } else {
        Accept(Tok::kVirtual);
      }
      return true;
    default: break;
  }
  return false;
}

void Parser::ParseDefault(Constraint* c) {
  Advance();
  c->kind = ConstraintKind::kDefault;
  if (Is(Tok::kLeftParen)) {
    ParseParenText(c);
    return;
  }
  uint32_t start = tok_.offset;
  switch (tok_.kind) {
    case Tok::kPlus:
    case Tok::kMinus: {
      Tok operand = PeekKind();
      if (operand != Tok::kInteger && operand != Tok::kReal && operand != Tok::kString &&
          operand != Tok::kBlob && operand != Tok::kNull && operand != Tok::kCurrentDate &&
          operand != Tok::kCurrentTime && operand != Tok::kCurrentTimestamp) {
        Advance();
        SyntaxError();
      }
      c->expr = ParsePrefix();
      break;
    }
    case Tok::kInteger:
    case Tok::kReal:
    case Tok::kString:
    case Tok::kBlob:
    case Tok::kNull:
    case Tok::kCurrentDate:
    case Tok::kCurrentTime:
    case Tok::kCurrentTimestamp: c->expr = ParsePrimary(); break;
    default: {
      // A bare word is a string, but TRUE and FALSE are 1 and 0.
      Token word = tok_;
      std::string_view name = ParseNameText(NameRule::kAlias);
      Expr* e = NewExpr<Expr>(ExprKind::kString, word.offset);
      if (e == nullptr) return;
      e->text = name;
      if (EqualNoCase(word.text, "true") || EqualNoCase(word.text, "false")) {
        e->kind = ExprKind::kInteger;
        e->integer = (word.text[0] | 32) == 't';
      }
      c->expr = e;
    }
  }
  if (!failed()) c->text = lexer_.sql().substr(start, prev_.end() - start);
}

// REFERENCES parent (columns) ON DELETE ... ON UPDATE ... MATCH ... [NOT] DEFERRABLE ...
void Parser::ParseReferences(Constraint* c) {
  c->kind = ConstraintKind::kForeignKey;
  ForeignKey* key = New<ForeignKey>();
  if (key == nullptr) return;
  c->foreign_key = key;
  Expect(Tok::kReferences);
  ParseName(&key->parent);
  if (Is(Tok::kLeftParen)) ParseNameList(&key->parent_columns);
  for (;;) {
    if (Accept(Tok::kMatch)) {
      key->match = ParseNameText();
      continue;
    }
    if (!Accept(Tok::kOn)) break;
    ForeignAction unused;
    ForeignAction* action = &unused;  // ON INSERT has no effect
    if (Accept(Tok::kDelete)) {
      action = &key->on_delete;
    } else if (Accept(Tok::kUpdate)) {
      action = &key->on_update;
    } else {
      Expect(Tok::kInsert);
    }
    if (Accept(Tok::kSet)) {
      *action = ForeignAction::kSetDefault;
      if (Accept(Tok::kNull)) {
        *action = ForeignAction::kSetNull;
      } else {
        Expect(Tok::kDefault);
      }
    } else if (Accept(Tok::kCascade)) {
      *action = ForeignAction::kCascade;
    } else if (Accept(Tok::kRestrict)) {
      *action = ForeignAction::kRestrict;
    } else {
      Expect(Tok::kNo);
      Expect(Tok::kAction);
      *action = ForeignAction::kNoAction;
    }
  }
  ParseDeferral(key);
}

void Parser::ParseDeferral(ForeignKey* key) {
  if (!AtDeferral()) return;
  bool negated = Accept(Tok::kNot);
  Advance();
  key->deferral = Deferral::kImmediate;
  if (Accept(Tok::kInitially)) {
    if (Accept(Tok::kDeferred)) {
      key->deferral = Deferral::kDeferred;
    } else {
      Expect(Tok::kImmediate);
    }
  }
  if (negated) key->deferral = Deferral::kNotDeferrable;
}

bool Parser::AtTableConstraint() const {
  return Is(Tok::kConstraint) || Is(Tok::kPrimary) || Is(Tok::kUnique) || Is(Tok::kCheck) ||
         Is(Tok::kForeign);
}

// False when only a name was there, without a constraint.
bool Parser::ParseTableConstraint(Constraint* c) {
  ParseConstraintName(c);
  switch (tok_.kind) {
    case Tok::kPrimary:
      Advance();
      Expect(Tok::kKey);
      c->kind = ConstraintKind::kPrimaryKey;
      Expect(Tok::kLeftParen);
      ParseOrderTerms(&c->columns, "columns in index");
      c->autoincrement = Accept(Tok::kAutoincrement);
      Expect(Tok::kRightParen);
      break;
    case Tok::kUnique:
      Advance();
      c->kind = ConstraintKind::kUnique;
      Expect(Tok::kLeftParen);
      ParseOrderTerms(&c->columns, "columns in index");
      Expect(Tok::kRightParen);
      break;
    case Tok::kCheck:
      Advance();
      c->kind = ConstraintKind::kCheck;
      ParseParenText(c);
      break;
    case Tok::kForeign:
      Advance();
      Expect(Tok::kKey);
      ParseNameList(&c->child_columns);
      ParseReferences(c);
      return true;
    default: return false;
  }
  ParseOnConflict(c);
  return true;
}

}  // namespace dosql::sql
