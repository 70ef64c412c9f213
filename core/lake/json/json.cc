#include "core/lake/json/json.h"

namespace dosql::lake {
namespace {

bool DepthIsBounded(std::string_view text, uint32_t depth_max) {
  uint32_t depth = 0;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (c == '"') {
      for (i++; i < text.size() && text[i] != '"'; i++) i += text[i] == '\\';
    } else if (c == '[' || c == '{') {
      if (++depth > depth_max) return false;
    } else if ((c == ']' || c == '}') && depth > 0) {
      depth--;
    }
  }
  return true;
}

}  // namespace

Status ParseJson(std::string_view text, Json* out, Diag* diag, uint32_t depth_max) {
  if (!DepthIsBounded(text, depth_max))
    return diag->Set(Code::kTooDeep, "the JSON document is nested too deeply");
  *out = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (out->is_discarded()) return diag->Set(Code::kSyntax, "the text is not JSON");
  return Status::Ok();
}

std::string DumpJson(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json* Find(const Json& object, std::string_view key) {
  const Json::object_t* members = object.get_ptr<const Json::object_t*>();
  if (members == nullptr) return nullptr;
  auto it = members->find(key);
  return it == members->end() || it->second.is_null() ? nullptr : &it->second;
}

bool AsInt64(const Json* json, int64_t* out) {
  if (json == nullptr) return false;
  if (const auto* u = json->get_ptr<const Json::number_unsigned_t*>()) {
    if (*u > static_cast<uint64_t>(INT64_MAX)) return false;
    *out = static_cast<int64_t>(*u);
    return true;
  }
  if (const auto* i = json->get_ptr<const Json::number_integer_t*>()) {
    *out = *i;
    return true;
  }
  return false;
}

bool AsInt32(const Json* json, int32_t* out) {
  int64_t v;
  if (!AsInt64(json, &v) || v < INT32_MIN || v > INT32_MAX) return false;
  *out = static_cast<int32_t>(v);
  return true;
}

bool AsBool(const Json* json, bool* out) {
  const bool* b = json == nullptr ? nullptr : json->get_ptr<const bool*>();
  if (b != nullptr) *out = *b;
  return b != nullptr;
}

bool AsText(const Json* json, std::string_view* out) {
  const auto* s = json == nullptr ? nullptr : json->get_ptr<const Json::string_t*>();
  if (s != nullptr) *out = *s;
  return s != nullptr;
}

bool AsText(const Json* json, std::string* out) {
  std::string_view view;
  if (!AsText(json, &view)) return false;
  *out = view;
  return true;
}

bool AsArray(const Json* json, const Json::array_t** out) {
  const auto* a = json == nullptr ? nullptr : json->get_ptr<const Json::array_t*>();
  if (a != nullptr) *out = a;
  return a != nullptr;
}

bool AsObject(const Json* json, const Json::object_t** out) {
  const auto* o = json == nullptr ? nullptr : json->get_ptr<const Json::object_t*>();
  if (o != nullptr) *out = o;
  return o != nullptr;
}

}  // namespace dosql::lake
