// CommitError: a refusal in the REST catalog's terms: HTTP status, type and message of the error
// body.
#pragma once

#include <string>
#include <string_view>

#include "core/base/diag.h"

namespace dosql::lake {

struct CommitError {
  int http_status = 0;  // 0: none
  std::string type;     // BadRequestException, CommitFailedException, ...
  std::string message;

  bool ok() const { return http_status == 0; }
};

// The body and nothing behind it is at fault: 400.
inline CommitError BadRequest(std::string message) {
  return {400, "BadRequestException", std::move(message)};
}
// The client may load the table again and try once more: 409.
inline CommitError CommitFailed(std::string message) {
  return {409, "CommitFailedException", std::move(message)};
}

// {"error":{"message":...,"type":...,"code":...}}
std::string CommitErrorText(const CommitError& error);

}  // namespace dosql::lake
