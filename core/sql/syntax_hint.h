// What to say beside a syntax error: a misspelt keyword, an open parenthesis, a comma too many.
// Only a failed parse comes here.
#pragma once

#include <string>
#include <string_view>

#include "core/sql/token.h"

namespace dosql::sql {

// `start`: offset of the statement; `prev`, `tok`: the token before the error and the one at it.
// Empty when there is nothing useful to say.
std::string SyntaxHint(std::string_view sql, uint32_t start, const Token& prev, const Token& tok);
const char* IllegalTokenHint(const Token& tok);

}  // namespace dosql::sql
