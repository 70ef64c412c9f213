// Binder: syntax tree to bound statement.
//
// Errors, with words and position in the Diag: kNoSuchObject ("no such column: x"), kBind (counts,
// ambiguity, misuse), kUnsupported (what parses but does not run yet, by name), kReadOnly (writes
// to sqlite_schema), kTooBig (nesting, number of columns), kNoMemory.
#pragma once

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/bind/bound.h"
#include "core/catalog/catalog.h"

namespace dosql {

class Statistics;  // core/plan

// The views whose queries are being bound, the innermost first.
struct ViewInSight {
  const View* view;
  const ViewInSight* around;
};

// One per statement that is bound.
struct BindContext {
  Arena* arena;
  Diag* diag;
  const Catalog* catalog;
  const Statistics* statistics = nullptr;  // handed on to the planner
  mutable uint32_t subquery_count = 0;  // queries inside expressions so far
  mutable const ViewInSight* views = nullptr;
  mutable uint32_t depth = 0;           // selects (views, CTEs) inside each other just now
};

// Selects inside each other, those of views and common table expressions included. The module's
// stack is 256 KB, and binding, planning and running recurse.
inline constexpr uint32_t kSelectDepthMax = 48;

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
