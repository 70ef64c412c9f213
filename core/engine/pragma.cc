#include "core/engine/session.h"
#include "core/table/integrity.h"
#include "core/type/compare.h"

namespace dosql {

Status CheckPragma(Session* session, const sql::Pragma& pragma, PragmaRows* out) {
  std::string name(pragma.name.name);
  for (char& c : name) c = static_cast<char>(FoldAscii(static_cast<uint8_t>(c)));
  if (name != "integrity_check" && name != "quick_check")
    return session->diag.Set(Code::kUnsupported, "PRAGMA " + name + " is not supported yet",
                             pragma.name.offset, pragma.name.name);
  if (pragma.has_value)
    return session->diag.Set(Code::kUnsupported,
                             "PRAGMA " + name + " with an argument is not supported yet",
                             pragma.value_offset, pragma.value);
  out->names = {name};
  return Status::Ok();
}

Status RunPragma(Session* session, const sql::Pragma&, PragmaRows* out) {
  std::vector<std::string> problems;
  DOSQL_TRY(CheckDatabase(session->store.get(), *session->catalog, &session->budget, &session->write,
                          &problems));
  if (problems.empty()) problems.push_back("ok");
  for (std::string& p : problems) out->rows.push_back({std::move(p)});
  return Status::Ok();
}

}  // namespace dosql
