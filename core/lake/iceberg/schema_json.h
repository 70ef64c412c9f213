// The JSON form of schemas (spec, appendix C).
//
// Tables of other engines may use types that lake/schema/type.h does not have (uuid, time, fixed,
// map, and newer ones). Their schemas are stored as text and survive; SchemaFacts walks any of
// them, and only SchemaFromJson, which a writer of data needs, refuses them by name.
//
// Errors: kSyntax (not a schema), kUnsupported (a type by name), with words in the diag.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/json/json.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

Json TypeToJson(const Type& type);
Json SchemaToJson(const Schema& schema);
std::string SchemaText(const Schema& schema);

// Diag: the column by its full name and the type, as in "column a.b has type uuid, which ...".
Status SchemaFromJson(const Json& json, Schema* out, Diag* diag);
Status ParseSchema(std::string_view text, Schema* out, Diag* diag);

// One field at any depth, elements, keys and values included.
struct FieldFact {
  int32_t id = 0;
  std::string name;  // full: a.b, a.element
  bool required = false;
  bool primitive = false;
  bool known = false;          // `type` holds it (nested types: always false)
  bool in_collection = false;  // below a list or a map
  Type type;
};

struct SchemaFacts {
  int32_t id = 0;
  int32_t last_column_id = 0;  // the highest id in it
  std::vector<FieldFact> fields;
  std::vector<int32_t> identifier_field_ids;

  const FieldFact* Find(int32_t id) const;
};

// Checks that ids and names are unique and identifier fields are required primitives.
Status ReadSchemaFacts(const Json& json, SchemaFacts* out, Diag* diag);

}  // namespace dosql::lake
