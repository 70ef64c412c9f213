// One statement of SQL text to a syntax tree (ast.h): a recursive-descent parser of SQLite's
// dialect with precedence climbing for expressions.
#pragma once

#include <string_view>

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/base/status.h"
#include "core/sql/ast.h"

namespace dosql::sql {

// Parses the first statement of `sql`, skipping blanks, comments and semicolons before it. The
// value is nullptr when nothing else is left. On success `*consumed` is the number of bytes up to
// and with the statement's ';' (or all of them); on failure it is left alone.
//
// The tree lives in `arena` and points into `sql`: both must outlive it. A failed parse leaves its
// nodes in the arena. Errors, all with words in `diag`:
//   kSyntax       near "X": syntax error; incomplete input; unrecognized token: "X"; ...
//   kUnsupported  a statement or clause that this version knows and refuses, by name and position
//   kTooBig       a limit of ast.h other than depth; kTooDeep: a limit of depth
//   kParameter    a parameter number outside 1 to kParameterMax
//   kNoMemory     the arena's budget is used up
Result<Statement*> ParseStatement(Arena* arena, Diag* diag, std::string_view sql,
                                  uint32_t* consumed);

// Parses `sql` as one expression and nothing else; the same rules. For expressions kept as text in
// the catalog: DEFAULT, CHECK, indexes.
Result<Expr*> ParseExpression(Arena* arena, Diag* diag, std::string_view sql);

}  // namespace dosql::sql
