// TableWriter's checks of a row, and what becomes of one that fails them.

#include "core/expr/eval_row.h"
#include "core/table/redo_batch.h"
#include "core/table/table_writer.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {

using sql::Conflict;

Status TableWriter::ApplyAffinities(Value* values) {
  for (uint32_t c = 0; c < table_.columns.size; c++)
    if (!ApplyAffinity(table_.columns[c].affinity, context_->arena, &values[c]).ok())
      return OutOfMemory();
  return Status::Ok();
}

Status TableWriter::Failed(Conflict action, Code code, std::string message) {
  context_->on_failure = action;
  return context_->diag->Set(code, std::move(message));
}

// REPLACE puts the column's default in the place of a NULL. When that is NULL too, it fails after
// all other columns were looked at.
Status TableWriter::CheckNotNull(Value* values, bool* go_on) {
  const Column* late = nullptr;
  auto failed = [&](const Column& column, Conflict action) {
    return Failed(action, Code::kConstraintNotNull,
                  Words({"NOT NULL constraint failed: ", table_.name, ".", column.name}));
  };
  for (uint32_t c = 0; c < table_.columns.size; c++) {
    const Column& column = table_.columns[c];
    if (!column.not_null || !values[c].is_null()) continue;
    Conflict action = conflict_ != Conflict::kNone ? conflict_ : column.not_null_conflict;
    if (action == Conflict::kReplace && column.default_expr != nullptr) {
      DOSQL_TRY(Default(c, &values[c]));
      if (!ApplyAffinity(column.affinity, context_->arena, &values[c]).ok()) return OutOfMemory();
      if (values[c].is_null() && late == nullptr) late = &column;
      continue;
    }
    if (action == Conflict::kIgnore) {
      outcome_.kind = Outcome::kIgnored;
      *go_on = false;
      return Status::Ok();
    }
    return failed(column, action);
  }
  return late != nullptr ? failed(*late, Conflict::kAbort) : Status::Ok();
}

bool FitsStrictType(const Column& column, const Value& v) {
  if (v.is_null() || EqualsIgnoringCase(column.type, "ANY")) return true;
  ValueType wanted = ValueType::kBlob;
  if (column.affinity == Affinity::kInteger) wanted = ValueType::kInteger;
  if (column.affinity == Affinity::kReal) wanted = ValueType::kReal;
  if (column.affinity == Affinity::kText) wanted = ValueType::kText;
  return v.type == wanted;
}

// STRICT: after affinity each value is of the column's type, or NULL.
Status TableWriter::CheckTypes(const Value* values) {
  static constexpr const char* kClass[] = {"NULL", "INTEGER", "REAL", "TEXT", "BLOB"};
  for (uint32_t c = 0; c < table_.columns.size; c++) {
    const Column& column = table_.columns[c];
    const Value& v = values[c];
    if (FitsStrictType(column, v)) continue;
    std::string type(column.type);
    for (char& ch : type)
      if (ch >= 'a' && ch <= 'z') ch = static_cast<char>(ch - 'a' + 'A');
    return Failed(Conflict::kAbort, Code::kConstraintDatatype,
                  Words({"cannot store ", kClass[static_cast<uint32_t>(v.type)], " value in ", type,
                         " column ", table_.name, ".", column.name}));
  }
  return Status::Ok();
}

// A CHECK fails when it is false; NULL passes. The types of a STRICT table come first.
Status TableWriter::CheckExpressions(const Image& image, bool* go_on) {
  if (table_.strict && programs_->checks.size > 0) DOSQL_TRY(CheckTypes(image.values));
  for (uint32_t i = 0; i < programs_->checks.size; i++) {
    Value v;
    DOSQL_TRY(EvalRow(*programs_->checks[i], Eval(), image.values, &v));
    if (ToTruth(v) != 0) continue;
    if (conflict_ == Conflict::kIgnore) {
      outcome_.kind = Outcome::kIgnored;
      *go_on = false;
      return Status::Ok();
    }
    const sql::Constraint& check = *table_.checks[i];
    return Failed(conflict_, Code::kConstraintCheck,
                  Words({"CHECK constraint failed: ",
                         check.name.text.empty() ? check.text : check.name.text}));
  }
  return Status::Ok();
}

bool TableWriter::MayAbort(const uint8_t* written, bool writes_rowid) {
  if (!LoadPrograms().ok()) return true;
  auto aborts = [](Conflict action) {
    return action == Conflict::kNone || action == Conflict::kAbort;
  };
  auto is_written = [&](uint32_t c) { return written == nullptr || written[c]; };
  if (!table_.checks.empty() && (aborts(conflict_) || conflict_ == Conflict::kReplace)) return true;
  for (uint32_t i = 0; programs_ != nullptr && i < programs_->checks.size; i++)
    if (programs_->checks[i]->calls()) return true;
  for (uint32_t c = 0; c < table_.columns.size; c++) {
    const Column& column = table_.columns[c];
    if (!column.not_null || static_cast<int32_t>(c) == table_.rowid_column || !is_written(c))
      continue;
    // Where the default that replaces a NULL is NULL, too, the statement is aborted.
    Conflict action = conflict_ != Conflict::kNone ? conflict_ : column.not_null_conflict;
    if (aborts(action) || action == Conflict::kReplace) return true;
  }
  for (const Unique& u : uniques_) {
    if (u.upsert >= 0 || !aborts(u.action)) continue;
    bool own = u.index == ConflictRules::Upsert::kOwnKey;
    bool touched = own && !table_.without_rowid ? writes_rowid : written == nullptr || writes_rowid;
    const sql::List<IndexColumn>& columns =
        own ? table_.key_columns : indexes_[u.index].index->columns;
    for (const IndexColumn& c : columns)
      touched = touched || c.expr != nullptr || is_written(c.column);
    if (touched) return true;
  }
  return false;
}

Status TableWriter::UniqueFailed(const Unique& u) {
  std::string message = "UNIQUE constraint failed: ";
  Code code = Code::kConstraintUnique;
  auto add = [&](std::string_view name, bool first) {
    if (!first) message += ", ";
    message += Words({table_.name, ".", name});
  };
  if (u.index != ConflictRules::Upsert::kOwnKey) {
    const Index& index = *indexes_[u.index].index;
    if (index.origin == IndexOrigin::kPrimaryKey) code = Code::kConstraintPrimaryKey;
    bool computed = false;
    for (const IndexColumn& c : index.columns) computed |= c.expr != nullptr;
    if (computed) {
      message += Words({"index '", index.name, "'"});
    } else {
      for (uint32_t i = 0; i < index.columns.size; i++)
        add(table_.columns[index.columns[i].column].name, i == 0);
    }
  } else if (table_.without_rowid) {
    code = Code::kConstraintPrimaryKey;
    for (uint32_t i = 0; i < table_.key_columns.size; i++)
      add(table_.columns[table_.key_columns[i].column].name, i == 0);
  } else if (table_.rowid_column >= 0) {
    code = Code::kConstraintPrimaryKey;
    add(table_.columns[static_cast<uint32_t>(table_.rowid_column)].name, true);
  } else {
    code = Code::kConstraintRowid;
    add("rowid", true);
  }
  return Failed(u.action, code, std::move(message));
}

// Whether another row has the key that `image` would take, and which.
Status TableWriter::FindConflict(const Unique& u, const Image& image, const Image* old, bool* taken,
                                 int64_t* rowid, Bytes* key) {
  *taken = false;
  if (u.index == ConflictRules::Upsert::kOwnKey) {
    *rowid = image.rowid;
    *key = image.key;
    Status s = tree_.Get(nullptr, KeyOf(image), nullptr, nullptr);
    if (s.code() == Code::kNotFound) return Status::Ok();
    *taken = s.ok();
    return s;
  }
  const IndexTree& i = indexes_[u.index];
  KeyBuffer entry(context_->arena);
  EntryKind kind;
  DOSQL_TRY(EntryKey(u.index, image, &entry, &kind));
  if (kind != EntryKind::kUnique) return Status::Ok();
  if (old != nullptr) {
    // A key that the row itself had is no conflict.
    KeyBuffer old_entry(context_->arena);
    DOSQL_TRY(EntryKey(u.index, *old, &old_entry, &kind));
    if (kind == EntryKind::kUnique && CompareBytes(old_entry.bytes(), entry.bytes()) == 0)
      return Status::Ok();
  }
  Bytes payload, locator;
  DOSQL_TRY(Settle(*context_, i.tree.root()));
  Status s = i.tree.Get(nullptr, Key::Of(entry.bytes()), context_->arena, &payload);
  if (s.code() == Code::kNotFound) return Status::Ok();
  DOSQL_TRY(s);
  *taken = true;
  if (u.upsert < 0 && u.action != Conflict::kReplace) return Status::Ok();
  DOSQL_TRY(EntryLocator(*i.index, entry.bytes(), payload, &locator));
  if (!table_.without_rowid) {
    *rowid = LocatorRowid(locator);
    return Status::Ok();
  }
  *key = context_->arena->Copy(locator);
  return key->data() == nullptr ? OutOfMemory() : Status::Ok();
}

Status TableWriter::AddVictim(int64_t rowid, Bytes key) {
  for (const Image& victim : victims_)
    if (table_.without_rowid ? CompareBytes(victim.key, key) == 0 : victim.rowid == rowid)
      return Status::Ok();
  Value* values = context_->arena->NewArray<Value>(table_.columns.size);
  if (values == nullptr) return OutOfMemory();
  Bytes bytes;
  Status s = Find(rowid, key, values, &bytes);
  if (s.code() == Code::kNotFound) return Code::kCorrupt;
  DOSQL_TRY(s);
  Image victim;
  DOSQL_TRY(OldImage(rowid, values, bytes, &victim));
  victims_.push_back(victim);
  return Status::Ok();
}

Status TableWriter::CheckUniques(const Image& image, const Image* old, bool key_known_free,
                                 bool* go_on) {
  victims_.clear();
  bool typed = !table_.strict || (programs_ != nullptr && programs_->checks.size > 0);
  for (const Unique& u : uniques_) {
    if (!typed && (u.index != ConflictRules::Upsert::kOwnKey || table_.without_rowid)) {
      DOSQL_TRY(CheckTypes(image.values));
      typed = true;
    }
    if (u.index == ConflictRules::Upsert::kOwnKey && key_known_free) continue;
    bool taken;
    int64_t rowid = 0;
    Bytes key;
    DOSQL_TRY(FindConflict(u, image, old, &taken, &rowid, &key));
    if (!taken) continue;
    if (u.upsert < 0 && u.action == Conflict::kReplace) {
      DOSQL_TRY(AddVictim(rowid, key));
      continue;
    }
    if (u.upsert < 0 && u.action != Conflict::kIgnore) return UniqueFailed(u);
    *go_on = false;
    outcome_.kind = u.upsert < 0 ? Outcome::kIgnored : Outcome::kUpsert;
    outcome_.upsert = u.upsert < 0 ? 0 : static_cast<uint32_t>(u.upsert);
    outcome_.rowid = rowid;
    outcome_.key = key;
    if (u.index != ConflictRules::Upsert::kOwnKey) outcome_.raw = nullptr;
    return Status::Ok();
  }
  return typed ? Status::Ok() : CheckTypes(image.values);
}

}  // namespace dosql
