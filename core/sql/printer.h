// The syntax tree back to SQL text: one line, names always in double quotes, every compound
// expression in parentheses, so that the text parses to the same tree whatever stood in the source.
#pragma once

#include <string>

#include "core/sql/ast.h"

namespace dosql::sql {

// Appends to `out`, which grows to a small multiple of the statement's own length. The tree must be
// one that the parser returned.
void Print(const Statement& statement, std::string* out);
void Print(const Select& select, std::string* out);
void Print(const Expr& expr, std::string* out);

}  // namespace dosql::sql
