#include <algorithm>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {

using sql::Constraint;
using sql::ConstraintKind;

int32_t Table::FindColumn(std::string_view column) const {
  for (uint32_t i = 0; i < columns.size; i++)
    if (EqualsIgnoringCase(columns[i].name, column)) return static_cast<int32_t>(i);
  return -1;
}

namespace {

// A literal with an optional sign; false for any other expression.
bool LiteralValue(const sql::Expr& e, Value* out) {
  switch (e.kind) {
    case sql::ExprKind::kNull: *out = Value::Null(); return true;
    case sql::ExprKind::kInteger: *out = Value::Integer(e.integer); return true;
    case sql::ExprKind::kReal: *out = Value::Real(ParseRealPrefix(e.text)); return true;
    case sql::ExprKind::kString: *out = Value::Text(e.text); return true;
    case sql::ExprKind::kBlob: *out = Value::Blob(AsBytes(e.text)); return true;
    case sql::ExprKind::kColumn:  // DEFAULT (true)
      if (e.AsColumn()->quoted) return false;
      if (EqualsIgnoringCase(e.text, "true"))
        *out = Value::Integer(1);
      else if (EqualsIgnoringCase(e.text, "false"))
        *out = Value::Integer(0);
      else
        return false;
      return e.AsColumn()->table.empty();
    case sql::ExprKind::kUnary: {
      if (e.unary_op() != sql::UnaryOp::kMinus && e.unary_op() != sql::UnaryOp::kPlus) return false;
      Value v;
      if (!LiteralValue(*e.a, &v) || !v.is_number()) return false;
      if (e.unary_op() == sql::UnaryOp::kMinus) {
        if (v.type == ValueType::kReal)
          v.d = -v.d;
        else if (v.i == INT64_MIN)
          v = Value::Real(-static_cast<double>(v.i));
        else
          v.i = -v.i;
      }
      *out = v;
      return true;
    }
    default: return false;
  }
}

Status NoNullsOrder(Diag* diag, const sql::OrderTerm& t) {
  if (t.nulls == sql::Nulls::kDefault) return Status::Ok();
  return diag->Set(Code::kBind,
                   t.nulls == sql::Nulls::kFirst ? "unsupported use of NULLS FIRST"
                                                 : "unsupported use of NULLS LAST",
                   t.offset);
}

// A column's name alone; SQLite takes a string for one here.
bool IsBareName(const sql::Expr& e) {
  return e.kind == sql::ExprKind::kString ||
         (e.kind == sql::ExprKind::kColumn && e.AsColumn()->table.empty());
}

class TableBuilder {
 public:
  TableBuilder(Arena* arena, Diag* diag, const sql::CreateTable& create, TableDefinition* out)
      : arena_(arena), diag_(diag), create_(create), out_(out), table_(out->table) {}

  Status Run() {
    table_.name = create_.table.name;
    table_.sql = create_.text;
    table_.without_rowid = create_.without_rowid;
    if (create_.temp) return Refuse("TEMP tables are", create_.table.offset);
    table_.strict = create_.strict;
    DOSQL_TRY(Columns());
    for (const Constraint& c : create_.constraints) DOSQL_TRY(TableConstraint(c));
    return Finish();
  }

 private:
  Status Refuse(std::string_view what, uint32_t offset) {
    return diag_->Set(Code::kUnsupported, Words({what, " not supported yet"}), offset);
  }
  Status NoMemory() { return diag_->Set(Code::kNoMemory, "out of memory"); }

  Status Columns() {
    table_.columns.data = arena_->NewArray<Column>(create_.columns.size);
    if (table_.columns.data == nullptr) return NoMemory();
    for (const sql::ColumnDef& def : create_.columns) {
      if (table_.FindColumn(def.name.text) >= 0)
        return diag_->Set(Code::kBind, Words({"duplicate column name: ", def.name.text}),
                          def.name.offset, def.name.text);
      Column& column = table_.columns.data[table_.columns.size++];
      column.name = def.name.text;
      column.type = def.type;
      column.affinity = AffinityOfDeclaredType(def.type);
      if (create_.strict) DOSQL_TRY(StrictType(def, &column));
      for (const Constraint& c : def.constraints) DOSQL_TRY(ColumnConstraint(def, &column, c));
      // Rows from before the column was added have this value without being written.
      if (!ApplyAffinity(column.affinity, arena_, &column.default_value).ok()) return NoMemory();
    }
    return Status::Ok();
  }

  Status StrictType(const sql::ColumnDef& def, Column* column) {
    if (EqualsIgnoringCase(def.type, "ANY")) {
      column->affinity = Affinity::kBlob;
      return Status::Ok();
    }
    for (const char* known : {"INT", "INTEGER", "REAL", "TEXT", "BLOB"})
      if (EqualsIgnoringCase(def.type, known)) return Status::Ok();
    std::string where = Words({table_.name, ".", def.name.text});
    if (def.type.empty())
      return diag_->Set(Code::kBind, "missing datatype for " + where, def.name.offset,
                        def.name.text);
    return diag_->Set(Code::kBind, Words({"unknown datatype for ", where, ": \"", def.type, "\""}),
                      def.name.offset, def.name.text);
  }

  Status ForeignKey(const Constraint& c, sql::List<uint32_t> columns) {
    const sql::ForeignKey& key = *c.foreign_key;
    if (!key.parent_columns.empty() && key.parent_columns.size != columns.size) {
      if (c.child_columns.empty())
        return diag_->Set(Code::kBind,
                          Words({"foreign key on ", table_.columns[columns[0]].name,
                                 " should reference only one column of table ", key.parent.text}),
                          c.offset);
      return diag_->Set(Code::kBind,
                        "number of columns in foreign key does not match the number of columns in "
                        "the referenced table",
                        c.offset);
    }
    foreign_keys_.push_back({&key, columns});
    return Status::Ok();
  }

  Status ColumnConstraint(const sql::ColumnDef& def, Column* column, const Constraint& c) {
    uint32_t at = table_.columns.size - 1;
    switch (c.kind) {
      case ConstraintKind::kNull: return Status::Ok();
      case ConstraintKind::kForeignKey: {
        uint32_t* child = arena_->NewArray<uint32_t>(1);
        if (child == nullptr) return NoMemory();
        *child = at;
        return ForeignKey(c, {child, 1});
      }
      case ConstraintKind::kNotNull:
        column->not_null = true;
        column->not_null_conflict = c.conflict;
        return Status::Ok();
      case ConstraintKind::kCollate:
        if (!CollationByName(c.text, &column->collation))
          return diag_->Set(Code::kNoSuchObject, Words({"no such collation sequence: ", c.text}),
                            c.offset, c.text);
        return Status::Ok();
      case ConstraintKind::kDefault:
        column->default_expr = c.expr;
        column->default_text = c.text;
        column->default_is_literal = LiteralValue(*c.expr, &column->default_value);
        return Status::Ok();
      case ConstraintKind::kPrimaryKey: {
        DOSQL_TRY(OnePrimaryKey(c.offset));
        column->primary_key = 1;
        bool integer = EqualsIgnoringCase(def.type, "INTEGER");
        if (c.autoincrement && (!integer || c.desc))
          return diag_->Set(Code::kBind, "AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY",
                            c.offset);
        table_.autoincrement = c.autoincrement;
        if (integer && !c.desc && !create_.without_rowid) {
          table_.rowid_column = static_cast<int32_t>(at);
          table_.key_conflict = c.conflict;
          return Status::Ok();
        }
        pending_.push_back({at, c.desc, IndexOrigin::kPrimaryKey, c.offset, nullptr, c.conflict});
        return Status::Ok();
      }
      case ConstraintKind::kUnique:
        pending_.push_back({at, false, IndexOrigin::kUnique, c.offset, nullptr, c.conflict});
        return Status::Ok();
      case ConstraintKind::kCheck: checks_.push_back(&c); return Status::Ok();
      case ConstraintKind::kGenerated: return Refuse("generated columns are", c.offset);
    }
    return Code::kInternal;
  }

  Status TableConstraint(const Constraint& c) {
    switch (c.kind) {
      case ConstraintKind::kPrimaryKey:
        DOSQL_TRY(OnePrimaryKey(c.offset));
        if (c.columns.size == 1 && !create_.without_rowid) {
          uint32_t at;
          DOSQL_TRY(ColumnOf(c.columns[0], &at, nullptr));
          if (EqualsIgnoringCase(table_.columns[at].type, "INTEGER")) {
            table_.rowid_column = static_cast<int32_t>(at);
            table_.key_conflict = c.conflict;
            table_.columns[at].primary_key = 1;
            table_.autoincrement = c.autoincrement;
            return Status::Ok();
          }
        }
        if (c.autoincrement)
          return diag_->Set(Code::kBind, "AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY",
                            c.offset);
        pending_.push_back({0, false, IndexOrigin::kPrimaryKey, c.offset, &c.columns, c.conflict});
        return Status::Ok();
      case ConstraintKind::kUnique:
        pending_.push_back({0, false, IndexOrigin::kUnique, c.offset, &c.columns, c.conflict});
        return Status::Ok();
      case ConstraintKind::kForeignKey: {
        sql::List<uint32_t> columns;
        columns.data = arena_->NewArray<uint32_t>(c.child_columns.size);
        if (columns.data == nullptr) return NoMemory();
        for (const sql::Name& name : c.child_columns) {
          int32_t at = table_.FindColumn(name.text);
          if (at < 0)
            return diag_->Set(
                Code::kBind,
                Words({"unknown column \"", name.text, "\" in foreign key definition"}),
                name.offset, name.text);
          columns.data[columns.size++] = static_cast<uint32_t>(at);
        }
        return ForeignKey(c, columns);
      }
      case ConstraintKind::kCheck: checks_.push_back(&c); return Status::Ok();
      default: return Refuse("this table constraint is", c.offset);
    }
  }

  Status OnePrimaryKey(uint32_t offset) {
    if (has_primary_key_)
      return diag_->Set(Code::kBind,
                        Words({"table \"", table_.name, "\" has more than one primary key"}),
                        offset);
    has_primary_key_ = true;
    return Status::Ok();
  }

  // The column a term of a PRIMARY KEY or UNIQUE clause names.
  Status ColumnOf(const sql::OrderTerm& t, uint32_t* at, Collation* collation) {
    DOSQL_TRY(NoNullsOrder(diag_, t));
    const sql::Expr* e = t.expr;
    bool collated = e->kind == sql::ExprKind::kCollate;
    Collation written = Collation::kBinary;
    if (collated) {
      if (!CollationByName(e->text, &written))
        return diag_->Set(Code::kNoSuchObject, Words({"no such collation sequence: ", e->text}),
                          e->offset, e->text);
      e = e->a;
    }
    if (!IsBareName(*e))
      return diag_->Set(Code::kBind, "expressions prohibited in PRIMARY KEY and UNIQUE constraints",
                        t.offset);
    int32_t c = table_.FindColumn(e->text);
    if (c < 0)
      return diag_->Set(Code::kNoSuchObject, Words({"no such column: ", e->text}), e->offset,
                        e->text);
    *at = static_cast<uint32_t>(c);
    if (collation != nullptr) *collation = collated ? written : table_.columns[*at].collation;
    return Status::Ok();
  }

  Status Finish() {
    table_.checks.data = arena_->NewArray<const Constraint*>(checks_.size());
    table_.foreign_keys.data = arena_->NewArray<TableForeignKey>(foreign_keys_.size());
    if (table_.checks.data == nullptr || table_.foreign_keys.data == nullptr) return NoMemory();
    for (const Constraint* c : checks_) table_.checks.data[table_.checks.size++] = c;
    for (const TableForeignKey& k : foreign_keys_)
      table_.foreign_keys.data[table_.foreign_keys.size++] = k;
    std::vector<AutomaticIndex> indexes;
    // The key of a WITHOUT ROWID table counts among them where it stands, an INTEGER one as the
    // last.
    for (size_t i = 0; create_.without_rowid && i + 1 < pending_.size(); i++) {
      const Pending& p = pending_[i];
      uint32_t at = p.column;
      if (p.origin != IndexOrigin::kPrimaryKey) continue;
      if (p.columns != nullptr && p.columns->size == 1)
        DOSQL_TRY(ColumnOf((*p.columns)[0], &at, nullptr));
      bool one = p.columns == nullptr || p.columns->size == 1;
      if (one && !p.desc && EqualsIgnoringCase(table_.columns[at].type, "INTEGER"))
        std::rotate(&pending_[i], &pending_[i] + 1, pending_.data() + pending_.size());
      break;
    }
    for (const Pending& p : pending_) {
      AutomaticIndex index;
      index.origin = p.origin;
      index.conflict = p.conflict;
      uint32_t n = p.columns == nullptr ? 1 : p.columns->size;
      index.columns.data = arena_->NewArray<IndexColumn>(n);
      if (index.columns.data == nullptr) return NoMemory();
      if (p.columns == nullptr) {
        index.columns.data[index.columns.size++] = {p.column, table_.columns[p.column].collation,
                                                    p.desc};
      } else {
        for (const sql::OrderTerm& t : *p.columns) {
          IndexColumn& c = index.columns.data[index.columns.size];
          DOSQL_TRY(ColumnOf(t, &c.column, &c.collation));
          c.desc = t.desc;
          bool seen = false;
          for (const IndexColumn& other : index.columns) seen |= other.column == c.column;
          if (!seen) index.columns.size++;
          if (p.origin == IndexOrigin::kPrimaryKey && !seen)
            table_.columns[c.column].primary_key = static_cast<uint16_t>(index.columns.size);
        }
      }
      if (p.origin == IndexOrigin::kPrimaryKey && create_.without_rowid) {
        for (const IndexColumn& c : index.columns) table_.columns[c.column].not_null = true;
        table_.key_columns = index.columns;
        index.own_key = true;
      }
      if (p.origin == IndexOrigin::kPrimaryKey && create_.strict)
        for (const IndexColumn& c : index.columns) table_.columns[c.column].not_null = true;
      bool covered;
      DOSQL_TRY(Cover(indexes, index, p.offset, &covered));
      if (!covered) indexes.push_back(index);
    }
    if (create_.without_rowid && !has_primary_key_)
      return diag_->Set(Code::kBind, Words({"PRIMARY KEY missing on table ", table_.name}),
                        create_.table.offset);
    if (create_.without_rowid && table_.autoincrement)
      return diag_->Set(Code::kBind, "AUTOINCREMENT not allowed on WITHOUT ROWID tables",
                        create_.table.offset);
    for (size_t i = 0; i < indexes.size(); i++) {
      if (!indexes[i].own_key) continue;
      table_.key_conflict = indexes[i].conflict;
      table_.key_number = static_cast<uint32_t>(i) + 1;
    }
    out_->automatic.data = arena_->NewArray<AutomaticIndex>(indexes.size());
    if (out_->automatic.data == nullptr) return NoMemory();
    for (const AutomaticIndex& i : indexes) out_->automatic.data[out_->automatic.size++] = i;
    return Status::Ok();
  }

  // Two constraints over the same columns share one index, the PRIMARY KEY's if one of them is
  // that.
  Status Cover(std::vector<AutomaticIndex>& indexes, const AutomaticIndex& index, uint32_t offset,
               bool* covered) {
    *covered = false;
    for (AutomaticIndex& other : indexes) {
      if (other.columns.size != index.columns.size) continue;
      bool same = true;
      for (uint32_t i = 0; i < index.columns.size; i++)
        same &= other.columns[i].column == index.columns[i].column &&
                other.columns[i].collation == index.columns[i].collation;
      if (!same) continue;
      if (index.origin == IndexOrigin::kPrimaryKey) other.origin = index.origin;
      other.own_key |= index.own_key;
      if (other.conflict != index.conflict && other.conflict != sql::Conflict::kNone &&
          index.conflict != sql::Conflict::kNone)
        return diag_->Set(Code::kBind, "conflicting ON CONFLICT clauses specified", offset);
      if (other.conflict == sql::Conflict::kNone) other.conflict = index.conflict;
      *covered = true;
    }
    return Status::Ok();
  }

  struct Pending {
    uint32_t column;
    bool desc;
    IndexOrigin origin;
    uint32_t offset;
    const sql::List<sql::OrderTerm>* columns;
    sql::Conflict conflict;
  };

  Arena* arena_;
  Diag* diag_;
  const sql::CreateTable& create_;
  TableDefinition* out_;
  Table& table_;
  std::vector<Pending> pending_;
  std::vector<const Constraint*> checks_;
  std::vector<TableForeignKey> foreign_keys_;
  bool has_primary_key_ = false;
};

}  // namespace

Status DefineTable(Arena* arena, Diag* diag, const sql::CreateTable& create,
                   TableDefinition* definition) {
  return TableBuilder(arena, diag, create, definition).Run();
}

Status DefineIndex(Arena* arena, Diag* diag, const sql::CreateIndex& create, const Table& table,
                   Index* index) {
  index->name = create.index.name;
  index->table = &table;
  index->unique = create.unique;
  index->where = create.where;
  index->sql = create.text;
  index->origin = IndexOrigin::kCreateIndex;
  index->columns.data = arena->NewArray<IndexColumn>(create.columns.size);
  if (index->columns.data == nullptr) return diag->Set(Code::kNoMemory, "out of memory");
  for (const sql::OrderTerm& t : create.columns) {
    const sql::Expr* e = t.expr;
    DOSQL_TRY(NoNullsOrder(diag, t));
    IndexColumn& c = index->columns.data[index->columns.size];
    bool collated = e->kind == sql::ExprKind::kCollate;
    if (collated) {
      if (!CollationByName(e->text, &c.collation))
        return diag->Set(Code::kNoSuchObject, Words({"no such collation sequence: ", e->text}),
                         e->offset, e->text);
      e = e->a;
    }
    c.desc = t.desc;
    if (!IsBareName(*e)) {
      c.expr = e;
      index->columns.size++;
      continue;
    }
    int32_t column = table.FindColumn(e->text);
    if (column < 0)
      return diag->Set(Code::kNoSuchObject, Words({"no such column: ", e->text}), e->offset,
                       e->text);
    c.column = static_cast<uint32_t>(column);
    if (!collated) c.collation = table.columns[c.column].collation;
    index->columns.size++;
  }
  return Status::Ok();
}

}  // namespace dosql
