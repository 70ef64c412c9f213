#include "core/lake/iceberg/schema_evolution.h"

#include <algorithm>

namespace dosql::lake {
namespace {

Field* FindField(std::vector<Field>& fields, std::string_view name) {
  for (Field& f : fields) {
    if (f.name == name) return &f;
  }
  return nullptr;
}

// Nested types of a source column get ids of their own.
void NumberChildren(Type* type, int32_t* last_column_id) {
  for (Field& f : type->fields) f.id = ++*last_column_id;
  for (Field& f : type->fields) NumberChildren(&f.type, last_column_id);
}

Field NewField(std::string_view name, const Type& type, int32_t* last_column_id) {
  Field field;
  field.id = ++*last_column_id;
  field.name = name;
  field.type = type;
  NumberChildren(&field.type, last_column_id);
  return field;
}

// Types but for ids within them.
bool SameShape(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.precision != b.precision || a.scale != b.scale ||
      a.fields.size() != b.fields.size()) {
    return false;
  }
  for (size_t i = 0; i < a.fields.size(); i++) {
    if (a.fields[i].name != b.fields[i].name || !SameShape(a.fields[i].type, b.fields[i].type))
      return false;
  }
  return true;
}

Status KeepIdentifier(const Schema& schema, const Field& field, Diag* diag) {
  const auto& ids = schema.identifier_field_ids;
  if (std::find(ids.begin(), ids.end(), field.id) == ids.end()) return Status::Ok();
  return diag->Set(Code::kUnsupported,
                   Words({"column ", field.name, " identifies the table's rows and cannot go"}));
}

}  // namespace

bool CanWiden(const Type& from, const Type& to) {
  if (from.kind == TypeKind::kInt) return to.kind == TypeKind::kLong;
  if (from.kind == TypeKind::kFloat) return to.kind == TypeKind::kDouble;
  return from.kind == TypeKind::kDecimal && to.kind == TypeKind::kDecimal &&
         from.scale == to.scale && from.precision < to.precision;
}

Status EvolveByName(const Schema& base, const std::vector<SourceColumn>& columns,
                    int32_t* last_column_id, Schema* out, std::vector<SchemaChange>* changes,
                    Diag* diag) {
  changes->clear();
  *out = base;
  out->fields.clear();
  std::vector<Field> old = base.fields;
  std::vector<bool> kept(old.size());
  int32_t last = *last_column_id;
  for (const SourceColumn& column : columns) {
    if (FindField(out->fields, column.name) != nullptr) {
      return diag->Set(Code::kAlreadyExists, Words({"column ", column.name, " is there twice"}));
    }
    Field* before = FindField(old, column.name);
    if (before == nullptr) {
      out->fields.push_back(NewField(column.name, column.type, &last));
      changes->push_back({ChangeKind::kAdd, column.name, {}, column.type, last});
      changes->back().field_id = out->fields.back().id;
      continue;
    }
    kept[static_cast<size_t>(before - old.data())] = true;
    if (CanWiden(before->type, column.type)) {
      before->type = column.type;
      changes->push_back({ChangeKind::kWiden, column.name, {}, column.type, before->id});
    } else if (!SameShape(before->type, column.type) && !CanWiden(column.type, before->type)) {
      DOSQL_TRY(KeepIdentifier(base, *before, diag));
      out->fields.push_back(NewField(column.name, column.type, &last));
      changes->push_back(
          {ChangeKind::kReplace, column.name, {}, column.type, out->fields.back().id});
      continue;
    }
    if (before->required && !column.required) {
      DOSQL_TRY(KeepIdentifier(base, *before, diag));
      before->required = false;
      changes->push_back({ChangeKind::kRelax, column.name, {}, {}, before->id});
    }
    out->fields.push_back(*before);
  }
  for (size_t i = 0; i < old.size(); i++) {
    if (kept[i]) continue;
    DOSQL_TRY(KeepIdentifier(base, old[i], diag));
    changes->push_back({ChangeKind::kDrop, old[i].name, {}, {}, old[i].id});
  }
  *last_column_id = last;
  return Status::Ok();
}

Status EvolveByChange(const Schema& base, SchemaChange* change, int32_t* last_column_id,
                      Schema* out, Diag* diag) {
  *out = base;
  Field* field = FindField(out->fields, change->name);
  std::string_view new_name = change->kind == ChangeKind::kAdd ? change->name : change->new_name;
  bool names = change->kind == ChangeKind::kAdd || change->kind == ChangeKind::kRename;
  if (names && FindField(out->fields, new_name) != nullptr) {
    return diag->Set(Code::kAlreadyExists, Words({"column ", new_name, " is there already"}));
  }
  if (change->kind == ChangeKind::kAdd) {
    out->fields.push_back(NewField(change->name, change->type, last_column_id));
    change->field_id = out->fields.back().id;
    return Status::Ok();
  }
  if (field == nullptr)
    return diag->Set(Code::kNoSuchObject, Words({"there is no column ", change->name}));
  change->field_id = field->id;
  switch (change->kind) {
    case ChangeKind::kRename: field->name = change->new_name; break;
    case ChangeKind::kDrop:
      DOSQL_TRY(KeepIdentifier(base, *field, diag));
      out->fields.erase(out->fields.begin() + (field - out->fields.data()));
      break;
    case ChangeKind::kRelax:
      DOSQL_TRY(KeepIdentifier(base, *field, diag));
      field->required = false;
      break;
    case ChangeKind::kWiden:
      if (!CanWiden(field->type, change->type)) {
        return diag->Set(Code::kType, Words({"column ", change->name,
                                             " cannot take that type and keep its rows"}));
      }
      field->type = change->type;
      break;
    case ChangeKind::kReplace:
      DOSQL_TRY(KeepIdentifier(base, *field, diag));
      *field = NewField(change->name, change->type, last_column_id);
      change->field_id = field->id;
      break;
    case ChangeKind::kAdd: break;
  }
  return Status::Ok();
}

}  // namespace dosql::lake
