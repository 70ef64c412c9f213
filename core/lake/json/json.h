// Json: one parsed JSON document. Bodies come from outside: nothing here traps, whatever they hold.
//
// The library's recursion is bounded by kJsonDepthMax, which is checked before it sees the text;
// the size of the text is the caller's to bound (a document takes up to about 40 times its text).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/base/diag.h"

namespace dosql::lake {

using Json = nlohmann::json;

// About 200 bytes of stack a level in the library: far from the module's 256 KB.
inline constexpr uint32_t kJsonDepthMax = 64;
// For bodies whose parts are stored within documents that must be readable again.
inline constexpr uint32_t kBodyDepthMax = 56;

// kSyntax, kTooDeep; the words go to `diag`.
Status ParseJson(std::string_view text, Json* out, Diag* diag, uint32_t depth_max = kJsonDepthMax);

// Bytes that are not UTF-8 become U+FFFD.
std::string DumpJson(const Json& json);

// A member that is there and not null, else nullptr. `object` may be of any kind.
const Json* Find(const Json& object, std::string_view key);

// False when the value is absent (nullptr) or of another kind or range; `out` is then left alone.
bool AsInt64(const Json* json, int64_t* out);
bool AsInt32(const Json* json, int32_t* out);
bool AsBool(const Json* json, bool* out);
// A view into the document, which must outlive it.
bool AsText(const Json* json, std::string_view* out);
bool AsText(const Json* json, std::string* out);
bool AsArray(const Json* json, const Json::array_t** out);
bool AsObject(const Json* json, const Json::object_t** out);

}  // namespace dosql::lake
