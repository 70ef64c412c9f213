#include "core/lake/iceberg/commit.h"

#include <algorithm>

#include "core/lake/iceberg/commit_requirement.h"
#include "core/lake/iceberg/commit_update.h"

namespace dosql::lake {
namespace {

CommitError ParseList(std::string_view text, std::string_view what, Json* json,
                      const Json::array_t** list) {
  Diag diag;
  if (!ParseJson(text, json, &diag, kBodyDepthMax).ok())
    return BadRequest(Words({what, ": ", diag.message}));
  if (!AsArray(json, list)) return BadRequest(Words({what, " is not a list"}));
  return {};
}

}  // namespace

std::string CommitErrorText(const CommitError& error) {
  Json json{
      {"error", {{"message", error.message}, {"type", error.type}, {"code", error.http_status}}}};
  return DumpJson(json);
}

CommitError ApplyCommit(const CommitInput& input, TableMetadata* out) {
  Json requirements, updates;
  const Json::array_t* list;
  if (CommitError e = ParseList(input.requirements, "requirements", &requirements, &list); !e.ok())
    return e;
  bool creates = false;
  for (const Json& requirement : *list) {
    if (CommitError e = CheckRequirement(requirement, input.base); !e.ok()) return e;
    std::string_view type;
    creates = creates || (AsText(Find(requirement, "type"), &type) && type == "assert-create");
  }
  if (input.base == nullptr && !creates)
    return {404, "NoSuchTableException", "the table does not exist"};
  if (CommitError e = ParseList(input.updates, "updates", &updates, &list); !e.ok()) return e;

  bool is_new = input.base == nullptr;
  *out = is_new ? TableMetadata() : *input.base;
  if (!is_new && !input.base_location.empty()) LogPreviousMetadata(input.base_location, out);
  CommitUpdater updater(out, is_new, input.now_ms);
  for (const Json& update : *list) {
    if (CommitError e = updater.Apply(update); !e.ok()) return e;
  }
  if (CommitError e = updater.Finish(); !e.ok()) return e;
  if (out->table_uuid.empty()) out->table_uuid = input.new_uuid;
  out->last_updated_ms = std::max(input.now_ms, out->last_updated_ms);
  return {};
}

CommitError SplitCommitBody(std::string_view body, std::string* requirements,
                            std::string* updates) {
  Json json;
  Diag diag;
  if (!ParseJson(body, &json, &diag, kBodyDepthMax).ok()) return BadRequest(diag.message);
  const Json* r = Find(json, "requirements");
  const Json* u = Find(json, "updates");
  if (u == nullptr) return BadRequest("the commit has no updates");
  // A commit without requirements is one that holds always.
  *requirements = r == nullptr ? "[]" : DumpJson(*r);
  *updates = DumpJson(*u);
  return {};
}

}  // namespace dosql::lake
