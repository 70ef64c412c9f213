// Binder: syntax tree to bound statement.
//
// Errors, with words and position in the Diag: kNoSuchObject ("no such column: x"), kBind (counts,
// ambiguity, misuse), kUnsupported (what parses but does not run yet, by name), kReadOnly (writes
// to sqlite_schema), kNoMemory.
#pragma once

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/bind/bound.h"
#include "core/catalog/catalog.h"

namespace dosql {

struct BindContext {
  Arena* arena;
  Diag* diag;
  const Catalog* catalog;
};

Status BindSelect(const BindContext& context, const sql::Select& select, BoundSelect* out);
Status BindInsert(const BindContext& context, const sql::Insert& insert, BoundInsert* out);
Status BindUpdate(const BindContext& context, const sql::Update& update, BoundModify* out);
Status BindDelete(const BindContext& context, const sql::Delete& del, BoundModify* out);

// An expression over the columns of one table (CHECK, DEFAULT); column indexes as in BoundExpr.
Status BindTableExpr(const BindContext& context, const Table& table, const sql::Expr& expr,
                     BoundExpr** out);

// The table of that name. kNoSuchObject; kUnsupported for a schema other than main.
Status FindTable(const BindContext& context, const sql::QualifiedName& name, const Table** out);

}  // namespace dosql
