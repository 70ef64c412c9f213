#include "core/lake/iceberg/schema_json.h"

#include <absl/container/flat_hash_map.h>

namespace dosql::lake {
namespace {

struct KindName {
  std::string_view name;
  TypeKind kind;
};
constexpr KindName kKindNames[] = {
    {"boolean", TypeKind::kBoolean},     {"int", TypeKind::kInt},
    {"long", TypeKind::kLong},           {"float", TypeKind::kFloat},
    {"double", TypeKind::kDouble},       {"date", TypeKind::kDate},
    {"timestamp", TypeKind::kTimestamp}, {"timestamptz", TypeKind::kTimestampTz},
    {"string", TypeKind::kString},       {"binary", TypeKind::kBinary},
};

// decimal(P, S), with or without the space.
bool ParseDecimal(std::string_view text, Type* out) {
  if (!text.starts_with("decimal(") || !text.ends_with(")")) return false;
  uint32_t numbers[2] = {0, 0};
  int n = 0, digits = 0;
  for (char c : text.substr(8, text.size() - 9)) {
    if (c >= '0' && c <= '9' && digits < 3) {
      numbers[n] = numbers[n] * 10 + static_cast<uint32_t>(c - '0');
      digits++;
    } else if (c == ',' && n == 0 && digits > 0) {
      n = 1;
      digits = 0;
    } else if (c != ' ') {
      return false;
    }
  }
  if (n != 1 || digits == 0 || numbers[0] == 0 || numbers[0] > 38 || numbers[1] > numbers[0])
    return false;
  out->kind = TypeKind::kDecimal;
  out->precision = static_cast<uint8_t>(numbers[0]);
  out->scale = static_cast<uint8_t>(numbers[1]);
  return true;
}

bool ParsePrimitive(std::string_view text, Type* out) {
  for (const KindName& k : kKindNames) {
    if (k.name == text) {
      out->kind = k.kind;
      return true;
    }
  }
  return ParseDecimal(text, out);
}

std::string Join(std::string_view parent, std::string_view name) {
  return parent.empty() ? std::string(name) : Words({parent, ".", name});
}

Status Malformed(std::string_view where, Diag* diag) {
  return diag->Set(Code::kSyntax, where.empty() ? "the schema is malformed"
                                                : Words({"the schema is malformed at ", where}));
}

// One field of a struct, or the element, key or value of a collection, as its JSON gives it.
struct Part {
  int32_t id;
  std::string_view name;
  bool required;
  const Json* type;
};

// The parts of a nested type; none for a primitive. False when it is malformed.
bool PartsOf(const Json& type, std::string_view* kind, std::vector<Part>* parts) {
  if (AsText(&type, kind)) return true;
  if (!AsText(Find(type, "type"), kind)) return false;
  if (*kind == "struct") {
    const Json::array_t* fields;
    if (!AsArray(Find(type, "fields"), &fields)) return false;
    for (const Json& field : *fields) {
      Part p{0, {}, false, Find(field, "type")};
      if (!AsInt32(Find(field, "id"), &p.id) || !AsText(Find(field, "name"), &p.name) ||
          p.type == nullptr)
        return false;
      AsBool(Find(field, "required"), &p.required);
      parts->push_back(p);
    }
    return true;
  }
  if (*kind == "list") {
    Part p{0, "element", false, Find(type, "element")};
    if (!AsInt32(Find(type, "element-id"), &p.id) || p.type == nullptr) return false;
    AsBool(Find(type, "element-required"), &p.required);
    parts->push_back(p);
    return true;
  }
  if (*kind == "map") {
    Part k{0, "key", true, Find(type, "key")}, v{0, "value", false, Find(type, "value")};
    if (!AsInt32(Find(type, "key-id"), &k.id) || !AsInt32(Find(type, "value-id"), &v.id) ||
        k.type == nullptr || v.type == nullptr) {
      return false;
    }
    AsBool(Find(type, "value-required"), &v.required);
    parts->push_back(k);
    parts->push_back(v);
    return true;
  }
  return false;
}

Status TypeFromJson(const Json& json, const std::string& name, Type* out, Diag* diag) {
  std::string_view kind;
  std::vector<Part> parts;
  if (!PartsOf(json, &kind, &parts)) return Malformed(name, diag);
  if (kind == "struct" || kind == "list") {
    out->kind = kind == "list" ? TypeKind::kList : TypeKind::kStruct;
    const Json::array_t* fields = nullptr;
    AsArray(Find(json, "fields"), &fields);
    for (size_t i = 0; i < parts.size(); i++) {
      Field& field = out->fields.emplace_back();
      field.id = parts[i].id;
      field.name = parts[i].name;
      field.required = parts[i].required;
      if (fields != nullptr && kind == "struct") AsText(Find((*fields)[i], "doc"), &field.doc);
      DOSQL_TRY(TypeFromJson(*parts[i].type, Join(name, field.name), &field.type, diag));
    }
    return Status::Ok();
  }
  if (!json.is_string() || !ParsePrimitive(kind, out)) {
    return diag->Set(Code::kUnsupported, Words({"column ", name, " has type ", kind,
                                                ", for which no data can be written here"}));
  }
  return Status::Ok();
}

Status AddFacts(const Json& type, const std::string& name, bool in_collection, SchemaFacts* out,
                Diag* diag) {
  std::string_view kind;
  std::vector<Part> parts;
  if (!PartsOf(type, &kind, &parts)) return Malformed(name, diag);
  in_collection = in_collection || kind == "list" || kind == "map";
  for (const Part& p : parts) {
    FieldFact fact;
    fact.id = p.id;
    fact.name = Join(name, p.name);
    fact.required = p.required;
    fact.in_collection = in_collection;
    std::string_view text;
    fact.primitive = AsText(p.type, &text);
    fact.known = fact.primitive && ParsePrimitive(text, &fact.type);
    if (p.id > out->last_column_id) out->last_column_id = p.id;
    std::string full = fact.name;
    out->fields.push_back(std::move(fact));
    DOSQL_TRY(AddFacts(*p.type, full, in_collection, out, diag));
  }
  return Status::Ok();
}

Status ReadIds(const Json& json, std::vector<int32_t>* ids, Diag* diag) {
  const Json::array_t* list;
  if (Find(json, "identifier-field-ids") == nullptr) return Status::Ok();
  if (!AsArray(Find(json, "identifier-field-ids"), &list))
    return Malformed("identifier-field-ids", diag);
  for (const Json& id : *list) {
    if (!AsInt32(&id, &ids->emplace_back())) return Malformed("identifier-field-ids", diag);
  }
  return Status::Ok();
}

Json FieldsToJson(const std::vector<Field>& fields) {
  Json list = Json::array();
  for (const Field& f : fields) {
    Json field{
        {"id", f.id}, {"name", f.name}, {"required", f.required}, {"type", TypeToJson(f.type)}};
    if (!f.doc.empty()) field["doc"] = f.doc;
    list.push_back(std::move(field));
  }
  return list;
}

}  // namespace

Json TypeToJson(const Type& type) {
  switch (type.kind) {
    case TypeKind::kDecimal:
      return Words(
          {"decimal(", std::to_string(type.precision), ", ", std::to_string(type.scale), ")"});
    case TypeKind::kStruct: return Json{{"type", "struct"}, {"fields", FieldsToJson(type.fields)}};
    case TypeKind::kList: {
      const Field& element = type.fields[0];
      return Json{{"type", "list"},
                  {"element-id", element.id},
                  {"element-required", element.required},
                  {"element", TypeToJson(element.type)}};
    }
    default:
      for (const KindName& k : kKindNames) {
        if (k.kind == type.kind) return std::string(k.name);
      }
      return nullptr;
  }
}

Json SchemaToJson(const Schema& schema) {
  Json json{{"type", "struct"}, {"schema-id", schema.id}, {"fields", FieldsToJson(schema.fields)}};
  if (!schema.identifier_field_ids.empty())
    json["identifier-field-ids"] = schema.identifier_field_ids;
  return json;
}

std::string SchemaText(const Schema& schema) { return DumpJson(SchemaToJson(schema)); }

Status SchemaFromJson(const Json& json, Schema* out, Diag* diag) {
  Type root;
  DOSQL_TRY(TypeFromJson(json, "", &root, diag));
  if (root.kind != TypeKind::kStruct) return Malformed("", diag);
  *out = Schema();
  AsInt32(Find(json, "schema-id"), &out->id);
  out->fields = std::move(root.fields);
  return ReadIds(json, &out->identifier_field_ids, diag);
}

Status ParseSchema(std::string_view text, Schema* out, Diag* diag) {
  Json json;
  DOSQL_TRY(ParseJson(text, &json, diag));
  return SchemaFromJson(json, out, diag);
}

const FieldFact* SchemaFacts::Find(int32_t field_id) const {
  for (const FieldFact& fact : fields) {
    if (fact.id == field_id) return &fact;
  }
  return nullptr;
}

Status ReadSchemaFacts(const Json& json, SchemaFacts* out, Diag* diag) {
  *out = SchemaFacts();
  std::string_view kind;
  AsText(lake::Find(json, "type"), &kind);
  if (kind != "struct") return Malformed("", diag);
  AsInt32(lake::Find(json, "schema-id"), &out->id);
  DOSQL_TRY(AddFacts(json, "", false, out, diag));
  DOSQL_TRY(ReadIds(json, &out->identifier_field_ids, diag));
  absl::flat_hash_map<int32_t, const FieldFact*> ids;
  absl::flat_hash_map<std::string_view, bool> names;
  for (const FieldFact& fact : out->fields) {
    if (!ids.emplace(fact.id, &fact).second) {
      return diag->Set(Code::kSyntax, Words({"field id ", std::to_string(fact.id),
                                             " is used twice in the schema"}));
    }
    if (!names.emplace(fact.name, true).second) {
      return diag->Set(Code::kSyntax, Words({"the schema names column ", fact.name, " twice"}));
    }
  }
  for (int32_t id : out->identifier_field_ids) {
    auto it = ids.find(id);
    const FieldFact* fact = it == ids.end() ? nullptr : it->second;
    if (fact == nullptr || !fact->primitive || !fact->required || fact->in_collection) {
      return diag->Set(Code::kSyntax, Words({"identifier field ", std::to_string(id),
                                             " is not a required primitive column"}));
    }
  }
  return Status::Ok();
}

}  // namespace dosql::lake
