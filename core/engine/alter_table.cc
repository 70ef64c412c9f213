#include "core/engine/alter_table.h"

#include <algorithm>

#include "core/bind/binder.h"
#include "core/engine/create_table_as.h"
#include "core/expr/eval_row.h"
#include "core/sql/lexer.h"
#include "core/sql/parser.h"
#include "core/storage/btree/cursor.h"
#include "core/table/schema_store.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

using sql::AlterKind;
using sql::ExprKind;

// Replacements in one text, in any order; the same place may come twice.
class TextEdit {
 public:
  explicit TextEdit(std::string_view text) : text_(text) {}

  void Replace(uint32_t from, uint32_t to, std::string words) {
    for (const Edit& e : edits_)
      if (e.from == from) return;
    edits_.push_back({from, to, std::move(words)});
  }

  // A name that stands in quotes, or starts with a blank word's letter: as SQLite, plain words stay
  // plain when the new name was written so.
  void Rename(const NameUses::Use& use, std::string_view name, bool quote) {
    sql::Lexer lexer(text_.substr(use.offset));
    sql::Token token = lexer.Next(), before = token;
    if (use.kind != NameUses::kName) {
      for (;;) {
        sql::Lexer ahead = lexer;
        if (ahead.Next().kind != sql::Tok::kDot) break;
        lexer = ahead;
        before = token;
        token = lexer.Next();
      }
      if (use.kind == NameUses::kQualifier) token = before;
    }
    bool plain = !token.text.empty() && sql::IsNameChar(token.text[0]);
    std::string words(name);
    if (quote || !plain) {
      words = "\"";
      for (char c : name) words.append(c == '"' ? 2 : 1, c);
      words += '"';
    }
    uint32_t at = static_cast<uint32_t>(token.text.data() - text_.data());
    Replace(at, at + static_cast<uint32_t>(token.text.size()), std::move(words));
  }

  bool changed() const { return !edits_.empty(); }

  std::string Result() {
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.from < b.from; });
    std::string out;
    uint32_t at = 0;
    for (const Edit& e : edits_) {
      out += text_.substr(at, e.from - at);
      out += e.words;
      at = e.to;
    }
    out += text_.substr(at);
    return out;
  }

 private:
  struct Edit {
    uint32_t from, to;
    std::string words;
  };
  std::string_view text_;
  std::vector<Edit> edits_;
};

class Alteration {
 public:
  Alteration(Session* session, const sql::AlterTable& alter, Arena* arena)
      : s_(session), alter_(alter), arena_(arena), store_(&session->write) {}

  Status Run(bool* done) {
    DOSQL_TRY(FindTable());
    *done = true;
    switch (alter_.alter) {
      case AlterKind::kRenameTable: return RenameTable();
      case AlterKind::kRenameColumn: return RenameColumn();
      case AlterKind::kAddColumn: return AddColumn();
      case AlterKind::kDropColumn: return DropColumn();
    }
    return Code::kInternal;
  }

 private:
  Status Refuse(std::string message, uint32_t offset, std::string_view token = {},
                Code code = Code::kBind) {
    return s_->diag.Set(code, std::move(message), offset, token);
  }

  Status FindTable() {
    const sql::QualifiedName& name = alter_.table;
    if (!name.schema.empty() && !EqualsIgnoringCase(name.schema, "main"))
      return s_->diag.Set(Code::kUnsupported,
                          Words({"schema ", name.schema, " is not supported yet"}), name.offset,
                          name.schema, "only main exists");
    const View* view = s_->catalog->FindView(name.name);
    if (view != nullptr) {
      switch (alter_.alter) {
        case AlterKind::kRenameTable:
          return Refuse(Words({"view ", view->name, " may not be altered"}), name.name_offset,
                        name.name);
        case AlterKind::kAddColumn:
          return Refuse("Cannot add a column to a view", name.name_offset, name.name);
        default:
          return Refuse(
              Words({alter_.alter == AlterKind::kDropColumn ? "cannot drop column from view \""
                                                            : "cannot rename columns of view \"",
                     view->name, "\""}),
              name.name_offset, name.name);
      }
    }
    table_ = s_->catalog->FindTable(name.name);
    if (table_ == nullptr)
      return Refuse(Words({"no such table: ", name.schema.empty() ? "" : "main.", name.name}),
                    name.name_offset, name.name, Code::kNoSuchObject);
    if (table_->is_system)
      return Refuse(Words({"table ", table_->name, " may not be altered"}), name.name_offset,
                    name.name, Code::kReadOnly);
    return Status::Ok();
  }

  template <typename T>
  Status Parse(std::string_view text, T** out) {
    uint32_t consumed = 0;
    DOSQL_ASSIGN(sql::Statement * statement,
                 sql::ParseStatement(arena_, &s_->diag, text, &consumed));
    if (statement == nullptr) return Code::kCorrupt;
    *out = static_cast<T*>(statement);
    return Status::Ok();
  }

  // Puts the object's name before the words of an error.
  Status ErrorIn(Status s, const char* kind, std::string_view name, const char* when) {
    if (s.ok() || s.code() == Code::kBlocked || s.code() == Code::kNoMemory) return s;
    std::string message = s_->diag.message;
    if (message.empty()) return s;
    return s_->diag.Set(s.code(), Words({"error in ", kind, " ", name, when, ": ", message}),
                        alter_.table.offset);
  }

  // Binds all views of the catalog; `uses` collects from the one in hand.
  Status BindView(const View& view, const sql::Select& select, NameUses* uses) {
    Arena scratch(&s_->budget);
    BindContext bind{&scratch, &s_->diag, s_->catalog.get()};
    ViewInSight in_sight{&view, nullptr};
    bind.views = &in_sight;
    bind.uses = uses;
    BoundSelect bound;
    return BindSelect(bind, select, &bound);
  }
  Status BindViews(const char* when) {
    for (const View* v : s_->catalog->views())
      DOSQL_TRY(ErrorIn(BindView(*v, *v->select, nullptr), "view", v->name, when));
    return Status::Ok();
  }
  Status BindExpr(const Table& table, const sql::Expr& e, NameUses* uses) {
    Arena scratch(&s_->budget);
    BindContext bind{&scratch, &s_->diag, s_->catalog.get()};
    bind.uses = uses;
    BoundExpr* bound;
    return BindTableExpr(bind, table, e, &bound);
  }

  // After the rows were rewritten: reads them, and binds what is in them.
  Status Reload(const char* when, bool views) {
    std::string name(alter_.alter == AlterKind::kRenameTable ? alter_.to.text : table_->name);
    DOSQL_TRY(s_->ReloadCatalog());
    table_ = s_->catalog->FindTable(name);
    if (table_ == nullptr) return Code::kCorrupt;
    Arena scratch(&s_->budget);
    for (const Index* index : table_->indexes) {
      IndexPrograms unused;
      DOSQL_TRY(ErrorIn(s_->programs.CompileIndex(*index, &scratch, &unused), "index", index->name,
                        when));
    }
    const TablePrograms* programs;
    DOSQL_TRY(ErrorIn(s_->programs.Find(*table_, &programs), "table", table_->name, when));
    return views ? BindViews(when) : Status::Ok();
  }

  // Whether a table's new text means something, and its indexes still fit to it.
  Status CheckDefinition(std::string_view text, const char* when) {
    sql::CreateTable* create;
    DOSQL_TRY(ErrorIn(Parse(text, &create), "table", table_->name, when));
    TableDefinition definition;
    DOSQL_TRY(
        ErrorIn(DefineTable(arena_, &s_->diag, *create, &definition), "table", table_->name, when));
    return Status::Ok();
  }

  std::string_view Kept(const std::string& text) { return AsText(arena_->Copy(AsBytes(text))); }

  // ---- renaming

  // Where the texts of tables, indexes and views say the name, each goes to the same new one.
  Status RewriteAll(int32_t column, const sql::Name& to) {
    // Names that were quoted in the statement stay so; a table's always is, as in SQLite.
    sql::Lexer lexer(alter_.text.substr(to.offset - alter_.offset));
    char first = lexer.Next().text[0];
    bool quote = column < 0 || !sql::IsNameChar(first);
    struct Change {
      TableId id;
      std::string_view name, table, sql;
    };
    std::vector<Change> changes;
    auto table_name = [&](const Table& t) { return column < 0 && &t == table_ ? to.text : t.name; };
    for (const Table* t : s_->catalog->tables()) {
      if (t->is_system) continue;
      sql::CreateTable* create;
      DOSQL_TRY(Parse(t->sql, &create));
      TextEdit edit(t->sql);
      DOSQL_TRY(EditTable(*t, *create, column, to.text, quote, &edit));
      if (!edit.changed()) continue;
      std::string_view text = Kept(edit.Result());
      changes.push_back({t->id, table_name(*t), table_name(*t), text});
      if (t == table_) new_sql_ = text;
    }
    for (const Index* i : table_->indexes) {
      std::string_view name = i->name, text = i->sql;
      if (i->sql.empty()) {
        if (column >= 0) continue;
        name = Kept(Words({"sqlite_autoindex_", to.text, i->name.substr(i->name.rfind('_'))}));
      } else {
        sql::CreateIndex* create;
        DOSQL_TRY(Parse(i->sql, &create));
        TextEdit edit(i->sql);
        DOSQL_TRY(EditIndex(*create, column, to.text, quote, &edit));
        if (!edit.changed()) continue;
        text = Kept(edit.Result());
      }
      changes.push_back({i->id, name, table_name(*table_), text});
    }
    for (const View* v : s_->catalog->views()) {
      sql::CreateView* create;
      DOSQL_TRY(Parse(v->sql, &create));
      NameUses uses{table_, column, {}};
      DOSQL_TRY(BindView(*v, *create->select, &uses));
      TextEdit edit(v->sql);
      for (const NameUses::Use& use : uses.found) edit.Rename(use, to.text, quote);
      if (edit.changed()) changes.push_back({v->id, v->name, v->name, Kept(edit.Result())});
    }
    if (column >= 0) DOSQL_TRY(CheckDefinition(new_sql_, " after rename"));
    DOSQL_TRY(store_.LogAlter(table_->id, alter_.text));
    for (const Change& c : changes) DOSQL_TRY(store_.Rewrite(c.id, c.name, c.table, c.sql));
    return Status::Ok();
  }

  bool IsColumn(std::string_view name, int32_t column) const {
    return column >= 0 &&
           EqualsIgnoringCase(name, table_->columns[static_cast<uint32_t>(column)].name);
  }

  Status EditConstraint(const Table& t, const sql::Constraint& c, int32_t column,
                        std::string_view to, bool quote, TextEdit* edit) {
    bool own = &t == table_;
    auto rename = [&](uint32_t offset) { edit->Rename({offset, NameUses::kName}, to, quote); };
    if (own && c.kind == sql::ConstraintKind::kCheck) {
      NameUses uses{table_, column, {}};
      DOSQL_TRY(BindExpr(t, *c.expr, &uses));
      for (const NameUses::Use& use : uses.found) edit->Rename(use, to, quote);
    }
    if (own)
      for (const sql::OrderTerm& term : c.columns) EditTerm(term, column, to, quote, edit);
    if (own)
      for (const sql::Name& name : c.child_columns)
        if (IsColumn(name.text, column)) rename(name.offset);
    if (c.foreign_key == nullptr || !EqualsIgnoringCase(c.foreign_key->parent.text, table_->name))
      return Status::Ok();
    if (column < 0) rename(c.foreign_key->parent.offset);
    for (const sql::Name& name : c.foreign_key->parent_columns)
      if (IsColumn(name.text, column)) rename(name.offset);
    return Status::Ok();
  }

  // A bare name in a list of columns.
  bool EditTerm(const sql::OrderTerm& term, int32_t column, std::string_view to, bool quote,
                TextEdit* edit) {
    const sql::Expr* e = term.expr;
    if (e->kind == ExprKind::kCollate) e = e->a;
    if (e->kind != ExprKind::kColumn && e->kind != ExprKind::kString) return false;
    if (IsColumn(e->text, column)) edit->Rename({e->offset, NameUses::kColumn}, to, quote);
    return true;
  }

  Status EditTable(const Table& t, const sql::CreateTable& create, int32_t column,
                   std::string_view to, bool quote, TextEdit* edit) {
    if (&t == table_ && column < 0)
      edit->Rename({create.table.name_offset, NameUses::kName}, to, quote);
    for (const sql::ColumnDef& def : create.columns) {
      if (&t == table_ && IsColumn(def.name.text, column))
        edit->Rename({def.name.offset, NameUses::kName}, to, quote);
      for (const sql::Constraint& c : def.constraints)
        DOSQL_TRY(EditConstraint(t, c, column, to, quote, edit));
    }
    for (const sql::Constraint& c : create.constraints)
      DOSQL_TRY(EditConstraint(t, c, column, to, quote, edit));
    return Status::Ok();
  }

  Status EditIndex(const sql::CreateIndex& create, int32_t column, std::string_view to, bool quote,
                   TextEdit* edit) {
    if (column < 0) edit->Rename({create.table.offset, NameUses::kName}, to, quote);
    NameUses uses{table_, column, {}};
    for (const sql::OrderTerm& term : create.columns)
      if (!EditTerm(term, column, to, quote, edit)) DOSQL_TRY(BindExpr(*table_, *term.expr, &uses));
    if (create.where != nullptr) DOSQL_TRY(BindExpr(*table_, *create.where, &uses));
    for (const NameUses::Use& use : uses.found) edit->Rename(use, to, quote);
    return Status::Ok();
  }

  Status RenameTable() {
    const sql::Name& to = alter_.to;
    if (to.text.size() >= 7 && EqualsIgnoringCase(to.text.substr(0, 7), "sqlite_"))
      return Refuse(Words({"object name reserved for internal use: ", to.text}), to.offset,
                    to.text);
    if (s_->catalog->FindTable(to.text) != nullptr || s_->catalog->FindView(to.text) != nullptr ||
        s_->catalog->FindIndex(to.text) != nullptr)
      return Refuse(Words({"there is already another table or index with this name: ", to.text}),
                    to.offset, to.text, Code::kAlreadyExists);
    DOSQL_TRY(BindViews(""));
    std::string old_name(table_->name);
    bool autoincrement = table_->autoincrement;
    DOSQL_TRY(RewriteAll(-1, to));
    for (const char* list : {"sqlite_sequence", "sqlite_stat1"})
      if (EqualsIgnoringCase(list, "sqlite_stat1") || autoincrement)
        DOSQL_TRY(RenameInRows(list, old_name, to.text));
    return Reload(" after rename", true);
  }

  // The table's name in the first column of another table's rows.
  Status RenameInRows(std::string_view list, std::string_view from, std::string_view to) {
    const Table* table = s_->catalog->FindTable(list);
    if (table == nullptr || table->without_rowid) return Status::Ok();
    struct Row {
      int64_t rowid;
      Bytes bytes;
    };
    std::vector<Row> rows;
    Cursor cursor(BTree(&s_->store->pager(), table->root, KeyKind::kInteger), nullptr);
    DOSQL_TRY(cursor.First());
    while (cursor.valid()) {
      Bytes bytes;
      DOSQL_TRY(cursor.Payload(arena_, &bytes));
      RowView row;
      DOSQL_TRY(RowView::Open(bytes, &row));
      Value name = row.GetOr(0, Value::Null());
      if (name.type == ValueType::kText && EqualsIgnoringCase(name.text(), from)) {
        Row r{0, arena_->Copy(bytes)};
        if (r.bytes.data() == nullptr) return s_->OutOfMemory();
        DOSQL_TRY(cursor.IntegerKey(&r.rowid));
        rows.push_back(r);
      }
      DOSQL_TRY(cursor.Next());
    }
    TableWriter writer(&s_->write, *table);
    std::vector<Value> before(table->columns.size + 1), after(table->columns.size + 1);
    for (const Row& r : rows) {
      RowView row;
      DOSQL_TRY(RowView::Open(r.bytes, &row));
      writer.ReadRow(r.rowid, row, before.data());
      after = before;
      after[0] = Value::Text(to);
      DOSQL_TRY(
          writer.Update(r.rowid, before.data(), r.bytes, after.data(), Value::Integer(r.rowid)));
    }
    return Status::Ok();
  }

  Status FindColumn(uint32_t* column) {
    int32_t c = table_->FindColumn(alter_.column.text);
    if (c < 0)
      return Refuse(Words({"no such column: \"", alter_.column.text, "\""}), alter_.column.offset,
                    alter_.column.text, Code::kNoSuchObject);
    *column = static_cast<uint32_t>(c);
    return Status::Ok();
  }

  Status RenameColumn() {
    uint32_t column;
    DOSQL_TRY(FindColumn(&column));
    DOSQL_TRY(BindViews(""));
    DOSQL_TRY(RewriteAll(static_cast<int32_t>(column), alter_.to));
    return Reload(" after rename", true);
  }

  // ---- columns

  Status HasRows(bool* any) {
    KeyKind kind = table_->without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
    Cursor cursor(BTree(&s_->store->pager(), table_->root, kind), nullptr);
    DOSQL_TRY(cursor.First());
    *any = cursor.valid();
    return Status::Ok();
  }

  Status AddColumn() {
    sql::CreateTable* create;
    DOSQL_TRY(Parse(table_->sql, &create));
    TextEdit edit(table_->sql);
    uint32_t at = create->columns_end;
    edit.Replace(at, at, Words({", ", alter_.added_text}));
    std::string_view text = Kept(edit.Result());
    for (const sql::Constraint& c : alter_.added.constraints) {
      if (c.kind == sql::ConstraintKind::kPrimaryKey)
        return Refuse("Cannot add a PRIMARY KEY column", c.offset);
      if (c.kind == sql::ConstraintKind::kUnique)
        return Refuse("Cannot add a UNIQUE column", c.offset);
    }
    sql::CreateTable* changed;
    DOSQL_TRY(Parse(text, &changed));
    TableDefinition definition;
    Status s = DefineTable(arena_, &s_->diag, *changed, &definition);
    if (!s.ok()) {
      s_->diag.offset = alter_.added.name.offset;  // not a place in this statement's text
      return s;
    }
    const Column& column = definition.table.columns[definition.table.columns.size - 1];
    if (column.default_expr != nullptr && !column.default_is_literal &&
        column.default_expr->kind == sql::ExprKind::kColumn)
      return Refuse(Words({"default value of column [", column.name, "] is not constant"}),
                    alter_.added.name.offset);
    bool any;
    DOSQL_TRY(HasRows(&any));
    if (any && column.default_expr != nullptr && !column.default_is_literal)
      return Refuse("Cannot add a column with non-constant default", alter_.added.name.offset);
    if (any && column.not_null && column.default_value.is_null())
      return Refuse("Cannot add a NOT NULL column with default value NULL",
                    alter_.added.name.offset);
    if (any && table_->strict && !FitsStrictType(column, column.default_value))
      return Refuse("type mismatch on DEFAULT", alter_.added.name.offset);
    bool checked = table_->checks.size != definition.table.checks.size;
    DOSQL_TRY(store_.LogAlter(table_->id, alter_.text));
    DOSQL_TRY(store_.Rewrite(table_->id, table_->name, table_->name, text));
    DOSQL_TRY(Reload(" after add column", false));
    return any && (checked || table_->strict) ? CheckRows() : Status::Ok();
  }

  // The rows that are there against the CHECKs of now.
  Status CheckRows() {
    const TablePrograms* programs;
    DOSQL_TRY(s_->programs.Find(*table_, &programs));
    if (programs == nullptr) return Status::Ok();
    TableWriter writer(&s_->write, *table_);
    KeyKind kind = table_->without_rowid ? KeyKind::kBytes : KeyKind::kInteger;
    Cursor cursor(BTree(&s_->store->pager(), table_->root, kind), nullptr);
    DOSQL_TRY(cursor.First());
    std::vector<Value> values(table_->columns.size + 1);
    Arena scratch(&s_->budget);
    EvalContext eval;
    eval.function = s_->write.function;
    eval.function.arena = &scratch;
    while (cursor.valid()) {
      scratch.Reset();
      Bytes bytes;
      int64_t rowid = 0;
      if (kind == KeyKind::kInteger) DOSQL_TRY(cursor.IntegerKey(&rowid));
      DOSQL_TRY(cursor.Payload(&scratch, &bytes));
      RowView row;
      DOSQL_TRY(RowView::Open(bytes, &row));
      writer.ReadRow(rowid, row, values.data());
      values[table_->columns.size] = Value::Integer(rowid);
      for (const Program* check : programs->checks) {
        Value v;
        DOSQL_TRY(EvalRow(*check, &eval, values.data(), &v));
        bool fails =
            (v.type == ValueType::kInteger && v.i == 0) || (v.type == ValueType::kReal && v.d == 0);
        if (fails)
          return Refuse("CHECK constraint failed", alter_.added.name.offset, {},
                        Code::kConstraintCheck);
      }
      DOSQL_TRY(cursor.Next());
    }
    return Status::Ok();
  }

  Status DropColumn() {
    uint32_t column;
    DOSQL_TRY(FindColumn(&column));
    auto refuse = [&](const char* why, const char* after) {
      return Refuse(Words({why, alter_.column.text, after}), alter_.column.offset,
                    alter_.column.text);
    };
    if (table_->columns[column].primary_key > 0)
      return refuse("cannot drop PRIMARY KEY column: \"", "\"");
    for (const Index* i : table_->indexes)
      if (i->sql.empty() && i->columns.size == 1 && i->columns[0].column == column)
        return refuse("cannot drop UNIQUE column: \"", "\"");
    if (table_->columns.size == 1)
      return refuse("cannot drop column \"", "\": no other columns exist");
    DOSQL_TRY(BindViews(""));
    sql::CreateTable* create;
    DOSQL_TRY(Parse(table_->sql, &create));
    // With the last column goes the comma before it, with another one what leads to the next.
    uint32_t from = create->columns[column].name.offset, to = create->columns_end;
    if (column + 1 < create->columns.size) {
      to = create->columns[column + 1].name.offset;
    } else {
      while (from > 0 && table_->sql[from] != ',') from--;
    }
    TextEdit edit(table_->sql);
    edit.Replace(from, to, "");
    std::string_view text = Kept(edit.Result());
    constexpr const char* kWhen = " after drop column";
    sql::CreateTable* changed;
    DOSQL_TRY(ErrorIn(Parse(text, &changed), "table", table_->name, kWhen));
    TableDefinition definition;
    DOSQL_TRY(ErrorIn(DefineTable(arena_, &s_->diag, *changed, &definition), "table", table_->name,
                      kWhen));
    for (const Index* i : table_->indexes) {
      if (i->sql.empty()) continue;
      sql::CreateIndex* written;
      DOSQL_TRY(Parse(i->sql, &written));
      Index unused;
      DOSQL_TRY(ErrorIn(DefineIndex(arena_, &s_->diag, *written, definition.table, &unused),
                        "index", i->name, kWhen));
    }
    // A column that an expression names must not become a string by its quotes.
    const Table* before = table_;
    std::vector<Column> old_columns(before->columns.begin(), before->columns.end());
    DOSQL_TRY(store_.LogAlter(table_->id, alter_.text));
    DOSQL_TRY(store_.Rewrite(table_->id, table_->name, table_->name, text));
    // Defaults of the old columns must outlive the catalog that has them.
    for (Column& c : old_columns) {
      if (!c.default_value.is_bytes()) continue;
      Bytes copy = arena_->Copy(c.default_value.bytes());
      if (copy.data() == nullptr) return s_->OutOfMemory();
      c.default_value = Value::Make(c.default_value.type, copy);
    }
    DOSQL_TRY(Reload(kWhen, true));
    return RewriteRows(old_columns, column);
  }

  // Every row without the column. Redo knows the table as it is now: the change is logged as one
  // that leaves all columns as they are.
  Status RewriteRows(const std::vector<Column>& old_columns, uint32_t dropped) {
    bool rowids = !table_->without_rowid;
    BTree tree(&s_->store->pager(), table_->root, rowids ? KeyKind::kInteger : KeyKind::kBytes);
    Arena scratch(&s_->budget);
    std::vector<Value> values(old_columns.size() - 1);
    std::string last_key;
    int64_t last_rowid = 0;
    for (bool first = true;; first = false) {
      scratch.Reset();
      Cursor cursor(tree, nullptr);
      if (first) {
        DOSQL_TRY(cursor.First());
      } else {
        DOSQL_TRY(cursor.Seek(SeekOp::kGt,
                              rowids ? Key::Integer(last_rowid) : Key::Of(AsBytes(last_key))));
      }
      if (!cursor.valid()) return Status::Ok();
      Bytes bytes, key_bytes;
      uint8_t rowid_bytes[8];
      if (rowids) {
        DOSQL_TRY(cursor.IntegerKey(&last_rowid));
        StoreLe<int64_t>(rowid_bytes, last_rowid);
        key_bytes = {rowid_bytes, 8};
      } else {
        DOSQL_TRY(cursor.BytesKey(&scratch, &key_bytes));
        last_key = AsText(key_bytes);
      }
      DOSQL_TRY(cursor.Payload(&scratch, &bytes));
      bytes = scratch.Copy(bytes);
      if (bytes.data() == nullptr) return s_->OutOfMemory();
      RowView row;
      DOSQL_TRY(RowView::Open(bytes, &row));
      for (uint32_t c = 0, to = 0; c < old_columns.size(); c++)
        if (c != dropped) values[to++] = row.GetOr(c, old_columns[c].default_value);
      uint32_t n = static_cast<uint32_t>(values.size());
      size_t size = EncodedRowSize(values.data(), n);
      auto* after = static_cast<uint8_t*>(scratch.Allocate(size));
      if (size == 0 || after == nullptr) return s_->OutOfMemory();
      EncodeRow(values.data(), n, after);
      DOSQL_TRY(
          s_->store->Log({LogOp::kUpdate, table_->id, key_bytes, {after, size}, {after, size}}));
      DOSQL_TRY(
          tree.Replace(rowids ? Key::Integer(last_rowid) : Key::Of(key_bytes), {after, size}));
      s_->write.rows_written++;
    }
  }

  Session* s_;
  const sql::AlterTable& alter_;
  Arena* arena_;
  SchemaStore store_;
  const Table* table_ = nullptr;
  std::string_view new_sql_;
};

}  // namespace

Status RunAlterTable(Session* session, const sql::AlterTable& alter, Arena* arena, bool* done) {
  return Alteration(session, alter, arena).Run(done);
}

}  // namespace dosql
