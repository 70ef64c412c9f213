// Statements to text.
#include "core/sql/printer_impl.h"

namespace dosql::sql {
namespace {

constexpr const char* kConflictText[] = {"", "ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE"};
constexpr const char* kActionText[] = {"", "RESTRICT", "SET NULL", "SET DEFAULT", "CASCADE"};
constexpr const char* kDeferralText[] = {"", " NOT DEFERRABLE", " DEFERRABLE",
                                         " DEFERRABLE INITIALLY DEFERRED"};
constexpr const char* kDropText[] = {"DROP TABLE ", "DROP INDEX ", "DROP VIEW "};
constexpr const char* kBeginText[] = {"BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE",
                                      "BEGIN CONCURRENT", "BEGIN READ ONLY"};
constexpr const char* kExplainText[] = {"", "EXPLAIN ", "EXPLAIN QUERY PLAN ", "EXPLAIN ANALYZE "};

}  // namespace

void Printer::PrintStatement(const Statement& s) {
  Word(kExplainText[static_cast<uint32_t>(s.explain)]);
  if (s.explain_json) Word("FORMAT JSON ");
  switch (s.kind) {
    case StatementKind::kCreateTable: PrintCreateTable(static_cast<const CreateTable&>(s)); break;
    case StatementKind::kCreateIndex: PrintCreateIndex(static_cast<const CreateIndex&>(s)); break;
    case StatementKind::kCreateView: PrintCreateView(static_cast<const CreateView&>(s)); break;
    case StatementKind::kAlterTable: PrintAlter(static_cast<const AlterTable&>(s)); break;
    case StatementKind::kRefused: *out_ += s.text; break;
    case StatementKind::kInsert: PrintInsert(static_cast<const Insert&>(s)); break;
    case StatementKind::kSelect: PrintSelect(*static_cast<const SelectStatement&>(s).select); break;
    case StatementKind::kUpdate: PrintUpdate(static_cast<const Update&>(s)); break;
    case StatementKind::kDelete: PrintDelete(static_cast<const Delete&>(s)); break;
    case StatementKind::kPragma: PrintPragma(static_cast<const Pragma&>(s)); break;
    case StatementKind::kReplicationSlot: PrintSlot(static_cast<const ReplicationSlot&>(s)); break;
    case StatementKind::kCommit: Word("COMMIT"); break;
    case StatementKind::kBegin:
      Word(kBeginText[static_cast<uint32_t>(static_cast<const Begin&>(s).mode)]);
      break;
    case StatementKind::kDrop: {
      const Drop& drop = static_cast<const Drop&>(s);
      Word(kDropText[static_cast<uint32_t>(drop.object)]);
      if (drop.if_exists) Word("IF EXISTS ");
      PrintQualified(drop.name);
      break;
    }
    case StatementKind::kRollback:
    case StatementKind::kSavepoint:
    case StatementKind::kRelease: {
      const SavepointStatement& save = static_cast<const SavepointStatement&>(s);
      Word(s.kind == StatementKind::kRollback    ? "ROLLBACK"
           : s.kind == StatementKind::kSavepoint ? "SAVEPOINT "
                                                 : "RELEASE ");
      if (!save.has_name) break;
      if (s.kind == StatementKind::kRollback) Word(" TO ");
      PrintName(save.name.text);
      break;
    }
    case StatementKind::kAnalyze:
    case StatementKind::kReindex:
    case StatementKind::kVacuum: {
      const Maintenance& m = static_cast<const Maintenance&>(s);
      Word(s.kind == StatementKind::kAnalyze   ? "ANALYZE"
           : s.kind == StatementKind::kReindex ? "REINDEX"
                                               : "VACUUM");
      if (m.name.name.data() != nullptr) {
        Word(" ");
        PrintQualified(m.name);
      }
      Clause(" INTO ", m.into);
      break;
    }
  }
}

void Printer::PrintSlot(const ReplicationSlot& s) {
  constexpr const char* kText[] = {"CREATE REPLICATION SLOT ", "DROP REPLICATION SLOT ",
                                   "ALTER REPLICATION SLOT "};
  Word(kText[static_cast<uint32_t>(s.action)]);
  if (s.if_exists) Word("IF EXISTS ");
  PrintName(s.name.text);
  if (s.action == SlotAction::kCreate) Word(s.tables.empty() ? " FOR ALL TABLES" : " FOR TABLE ");
  bool first = true;
  for (const Name& table : s.tables) {
    if (!first) Word(", ");
    PrintName(table.text);
    first = false;
  }
  Clause(" WHERE ", s.where);
  if (s.with_copy) Word(" WITH COPY");
  Clause(" ADVANCE TO ", s.position);
}

void Printer::PrintOrConflict(Conflict c) {
  if (c == Conflict::kNone) return;
  Word(" OR ");
  Word(kConflictText[static_cast<uint32_t>(c)]);
}

void Printer::PrintOnConflict(Conflict c) {
  if (c == Conflict::kNone) return;
  Word(" ON CONFLICT ");
  Word(kConflictText[static_cast<uint32_t>(c)]);
}

void Printer::PrintCreateTable(const CreateTable& s) {
  Word(s.temp ? "CREATE TEMP TABLE " : "CREATE TABLE ");
  if (s.if_not_exists) Word("IF NOT EXISTS ");
  PrintQualified(s.table);
  if (s.as_select != nullptr) {
    Word(" AS ");
    PrintSelect(*s.as_select);
    return;
  }
  for (uint32_t i = 0; i < s.columns.size; i++) {
    Word(i == 0 ? " (" : ", ");
    PrintColumnDef(s.columns[i]);
  }
  for (const Constraint& c : s.constraints) {
    Word(",");
    PrintConstraint(c);
  }
  Word(")");
  if (s.without_rowid) Word(" WITHOUT ROWID");
  if (s.strict) Word(s.without_rowid ? ", STRICT" : " STRICT");
}

void Printer::PrintColumnDef(const ColumnDef& column) {
  PrintName(column.name.text);
  if (!column.type.empty()) Word(" ");
  *out_ += column.type;
  for (const Constraint& c : column.constraints) PrintConstraint(c);
}

void Printer::PrintAlter(const AlterTable& s) {
  Word("ALTER TABLE ");
  PrintQualified(s.table);
  switch (s.alter) {
    case AlterKind::kRenameColumn:
      Word(" RENAME COLUMN ");
      PrintName(s.column.text);
      Word(" TO ");
      PrintName(s.to.text);
      break;
    case AlterKind::kRenameTable:
      Word(" RENAME TO ");
      PrintName(s.to.text);
      break;
    case AlterKind::kAddColumn:
      Word(" ADD COLUMN ");
      PrintColumnDef(s.added);
      break;
    case AlterKind::kDropColumn:
      Word(" DROP COLUMN ");
      PrintName(s.column.text);
      break;
  }
}

void Printer::PrintCreateView(const CreateView& s) {
  Word(s.temp ? "CREATE TEMP VIEW " : "CREATE VIEW ");
  if (s.if_not_exists) Word("IF NOT EXISTS ");
  PrintQualified(s.view);
  if (!s.columns.empty()) {
    Word(" ");
    PrintNames(s.columns);
  }
  Word(" AS ");
  PrintSelect(*s.select);
}

// With a blank before it.
void Printer::PrintConstraint(const Constraint& c) {
  if (c.name.text.data() != nullptr) {
    Word(" CONSTRAINT ");
    PrintName(c.name.text);
  }
  switch (c.kind) {
    case ConstraintKind::kNull: Word(" NULL"); break;
    case ConstraintKind::kNotNull: Word(" NOT NULL"); break;
    case ConstraintKind::kPrimaryKey:
    case ConstraintKind::kUnique:
      Word(c.kind == ConstraintKind::kUnique ? " UNIQUE" : " PRIMARY KEY");
      if (c.asc) Word(" ASC");
      if (c.desc) Word(" DESC");
      if (!c.columns.empty()) {
        Word(" (");
        PrintOrderTerms(c.columns);
        Word(c.autoincrement ? " AUTOINCREMENT)" : ")");
      }
      break;
    case ConstraintKind::kCheck:
      Clause(" CHECK (", c.expr);
      Word(")");
      break;
    case ConstraintKind::kDefault: {
      // Only literals may stand without parentheses, and only numbers are safe behind a sign.
      bool literal = c.expr->kind <= ExprKind::kBlob;
      Clause(literal ? " DEFAULT " : " DEFAULT (", c.expr);
      if (!literal) Word(")");
      break;
    }
    case ConstraintKind::kCollate:
      Word(" COLLATE ");
      PrintName(c.text);
      break;
    case ConstraintKind::kForeignKey:
      if (!c.child_columns.empty()) {
        Word(" FOREIGN KEY ");
        PrintNames(c.child_columns);
      }
      PrintReferences(*c.foreign_key);
      break;
    case ConstraintKind::kGenerated:
      Clause(" AS (", c.expr);
      Word(c.stored ? ") STORED" : ") VIRTUAL");
      break;
  }
  PrintOnConflict(c.conflict);
  if (c.autoincrement && c.columns.empty()) Word(" AUTOINCREMENT");
}

void Printer::PrintReferences(const ForeignKey& key) {
  Word(" REFERENCES ");
  PrintName(key.parent.text);
  if (!key.parent_columns.empty()) PrintNames(key.parent_columns);
  if (key.on_delete != ForeignAction::kNoAction) {
    Word(" ON DELETE ");
    Word(kActionText[static_cast<uint32_t>(key.on_delete)]);
  }
  if (key.on_update != ForeignAction::kNoAction) {
    Word(" ON UPDATE ");
    Word(kActionText[static_cast<uint32_t>(key.on_update)]);
  }
  if (key.match.data() != nullptr) {
    Word(" MATCH ");
    PrintName(key.match);
  }
  Word(kDeferralText[static_cast<uint32_t>(key.deferral)]);
}

void Printer::PrintCreateIndex(const CreateIndex& s) {
  Word(s.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
  if (s.if_not_exists) Word("IF NOT EXISTS ");
  PrintQualified(s.index);
  Word(" ON ");
  PrintName(s.table.text);
  Word(" (");
  PrintOrderTerms(s.columns);
  Word(")");
  Clause(" WHERE ", s.where);
}

void Printer::PrintAssignments(const List<Assignment>& assignments) {
  for (uint32_t i = 0; i < assignments.size; i++) {
    const Assignment& a = assignments[i];
    Word(i == 0 ? " SET " : ", ");
    if (a.is_row) {
      PrintNames(a.columns);
    } else {
      PrintName(a.columns[0].text);
    }
    Clause(" = ", a.value);
  }
}

void Printer::PrintReturning(const List<ResultColumn>& columns) {
  if (columns.empty()) return;
  Word(" RETURNING ");
  PrintColumns(columns);
}

void Printer::PrintInsert(const Insert& s) {
  PrintWith(s.with);
  Word("INSERT");
  PrintOrConflict(s.conflict);
  Word(" INTO ");
  PrintQualified(s.table);
  if (s.alias.data() != nullptr) {
    Word(" AS ");
    PrintName(s.alias);
  }
  Word(" ");
  if (!s.columns.empty()) {
    PrintNames(s.columns);
    Word(" ");
  }
  if (s.source == nullptr) {
    Word("DEFAULT VALUES");
  } else {
    PrintSelect(*s.source);
  }
  for (const Upsert& u : s.upserts) {
    Word(" ON CONFLICT");
    if (!u.target.empty()) {
      Word(" (");
      PrintOrderTerms(u.target);
      Word(")");
      Clause(" WHERE ", u.target_where);
    }
    Word(u.do_update ? " DO UPDATE" : " DO NOTHING");
    PrintAssignments(u.assignments);
    Clause(" WHERE ", u.where);
  }
  PrintReturning(s.returning);
}

void Printer::PrintUpdate(const Update& s) {
  PrintWith(s.with);
  Word("UPDATE");
  PrintOrConflict(s.conflict);
  Word(" ");
  PrintFromItem(s.table);
  PrintAssignments(s.assignments);
  if (!s.from.empty()) {
    Word(" FROM ");
    PrintFrom(s.from);
  }
  Clause(" WHERE ", s.where);
  PrintReturning(s.returning);
  PrintOrderAndLimit(s.order_by, s.limit, s.offset_expr);
}

void Printer::PrintDelete(const Delete& s) {
  PrintWith(s.with);
  Word("DELETE FROM ");
  PrintFromItem(s.table);
  Clause(" WHERE ", s.where);
  PrintReturning(s.returning);
  PrintOrderAndLimit(s.order_by, s.limit, s.offset_expr);
}

void Printer::PrintPragma(const Pragma& s) {
  Word("PRAGMA ");
  PrintQualified(s.name);
  if (!s.has_value) return;
  Word(" = ");
  if (s.is_number) {
    *out_ += s.value;
  } else {
    PrintName(s.value);
  }
}

void Print(const Statement& statement, std::string* out) { Printer(out).PrintStatement(statement); }

}  // namespace dosql::sql
