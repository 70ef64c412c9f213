#include "core/lake/avro/avro_schema.h"

#include <string>
#include <utility>

#include <absl/container/flat_hash_map.h>

#include "core/lake/json/json.h"

namespace dosql::lake {
namespace {

struct KindName {
  std::string_view name;
  AvroKind kind;
};
constexpr KindName kPrimitives[] = {
    {"null", AvroKind::kNull},   {"boolean", AvroKind::kBoolean}, {"int", AvroKind::kInt},
    {"long", AvroKind::kLong},   {"float", AvroKind::kFloat},     {"double", AvroKind::kDouble},
    {"bytes", AvroKind::kBytes}, {"string", AvroKind::kString},
};

// A name's last part: writers of manifests do not rely on namespaces, and some add one.
std::string ShortName(std::string_view name) {
  size_t dot = name.rfind('.');
  return std::string(dot == std::string_view::npos ? name : name.substr(dot + 1));
}

class Parser {
 public:
  explicit Parser(AvroSchema* out) : out_(out) {}

  // Recursion is bounded by the JSON document's depth.
  Status Type(const Json& json, uint32_t* index) {
    std::string_view name;
    if (AsText(&json, &name)) return Named(name, index);
    if (const Json::array_t * branches; AsArray(&json, &branches)) {
      DOSQL_TRY(Add(AvroKind::kUnion, index));
      for (const Json& branch : *branches) DOSQL_TRY(Child(branch, AvroSchema::kNoId, *index));
      return branches->empty() ? Status(Code::kCorrupt) : Status::Ok();
    }
    const Json* type = Find(json, "type");
    if (type == nullptr) return Code::kCorrupt;
    if (!AsText(type, &name)) return Type(*type, index);
    if (name == "record" || name == "error") return Record(json, index);
    if (name == "array" || name == "map") {
      bool map = name == "map";
      DOSQL_TRY(Add(map ? AvroKind::kMap : AvroKind::kArray, index));
      const Json* items = Find(json, map ? "values" : "items");
      if (items == nullptr) return Code::kCorrupt;
      int32_t id = AvroSchema::kNoId;
      AsInt32(Find(json, map ? "value-id" : "element-id"), &id);
      return Child(*items, id, *index);
    }
    if (name == "fixed") {
      int32_t size;
      if (!AsInt32(Find(json, "size"), &size) || size < 0) return Code::kCorrupt;
      DOSQL_TRY(Add(AvroKind::kFixed, index));
      out_->types[*index].fixed_size = static_cast<uint32_t>(size);
      Remember(json, *index);
      return Status::Ok();
    }
    if (name == "enum") {
      DOSQL_TRY(Add(AvroKind::kEnum, index));
      Remember(json, *index);
      return Status::Ok();
    }
    return Named(name, index);
  }

 private:
  Status Add(AvroKind kind, uint32_t* index) {
    if (out_->types.size() >= AvroSchema::kTypesMax) return Code::kCorrupt;
    *index = static_cast<uint32_t>(out_->types.size());
    out_->types.emplace_back().kind = kind;
    return Status::Ok();
  }

  Status Named(std::string_view name, uint32_t* index) {
    for (const KindName& p : kPrimitives) {
      if (p.name == name) return Add(p.kind, index);
    }
    auto it = names_.find(ShortName(name));
    if (it == names_.end()) return Code::kCorrupt;
    *index = it->second;
    return Status::Ok();
  }

  Status Child(const Json& json, int32_t id, uint32_t parent) {
    uint32_t type;
    DOSQL_TRY(Type(json, &type));
    out_->types[parent].children.push_back({type, id});
    return Status::Ok();
  }

  Status Record(const Json& json, uint32_t* index) {
    DOSQL_TRY(Add(AvroKind::kRecord, index));
    Remember(json, *index);
    const Json::array_t* fields;
    if (!AsArray(Find(json, "fields"), &fields)) return Code::kCorrupt;
    for (const Json& field : *fields) {
      const Json* type = Find(field, "type");
      if (type == nullptr) return Code::kCorrupt;
      int32_t id = AvroSchema::kNoId;
      AsInt32(Find(field, "field-id"), &id);
      DOSQL_TRY(Child(*type, id, *index));
    }
    return Status::Ok();
  }

  void Remember(const Json& json, uint32_t index) {
    std::string_view name;
    if (AsText(Find(json, "name"), &name)) names_[ShortName(name)] = index;
  }

  AvroSchema* out_;
  absl::flat_hash_map<std::string, uint32_t> names_;
};

}  // namespace

Status AvroSchema::Parse(std::string_view json, AvroSchema* out) {
  out->types.clear();
  Json document;
  Diag diag;
  if (!ParseJson(json, &document, &diag).ok()) return Code::kCorrupt;
  uint32_t root;
  DOSQL_TRY(Parser(out).Type(document, &root));
  return root == 0 ? Status::Ok() : Status(Code::kCorrupt);
}

}  // namespace dosql::lake
