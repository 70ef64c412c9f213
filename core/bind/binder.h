// Binder: syntax tree to bound statement.
//
// Errors, with words and position in the Diag: kNoSuchObject ("no such column: x"), kBind (counts,
// ambiguity, misuse), kUnsupported (what parses but does not run yet, by name), kReadOnly (writes
// to sqlite_schema), kTooBig (nesting, number of columns), kNoMemory.
#pragma once

#include <vector>

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

// Asks where a text means a table (column < 0) or one of its columns: ALTER TABLE ... RENAME.
// Filled while that text is bound, not for views inside it; an offset may come several times.
struct NameUses {
  enum Kind : uint8_t {
    kName,       // the name itself
    kColumn,     // a column: the last of names with dots between
    kQualifier,  // a column behind the table's name: the last but one
  };
  struct Use {
    uint32_t offset;
    Kind kind;
  };
  const Table* table = nullptr;
  int32_t column = -1;
  std::vector<Use> found;
};

// One per statement that is bound.
struct BindContext {
  Arena* arena;
  Diag* diag;
  const Catalog* catalog;
  const Statistics* statistics = nullptr;  // handed on to the planner
  mutable uint32_t subquery_count = 0;     // queries inside expressions so far
  mutable bool calls = false;              // whether a function, LIKE or GLOB was called so far
  mutable const ViewInSight* views = nullptr;
  NameUses* uses = nullptr;

  // Note that `table` or its column stands at an offset of the text.
  void NoteColumn(const Table* of, uint32_t index, uint32_t offset, NameUses::Kind kind) const {
    if (Notes(of) && uses->column == static_cast<int32_t>(index))
      uses->found.push_back({offset, kind});
  }
  void NoteTable(const Table* of, uint32_t offset, NameUses::Kind kind) const {
    if (Notes(of) && uses->column < 0) uses->found.push_back({offset, kind});
  }
  bool Notes(const Table* of) const {
    return uses != nullptr && of == uses->table && of != nullptr &&
           (views == nullptr || views->around == nullptr);
  }
  // Views and common table expressions that any use gives the same rows.
  struct BoundQuery {
    const sql::Select* text;
    BoundSelect* query;
  };
  mutable std::vector<BoundQuery> queries = {};
  mutable uint32_t depth = 0;  // selects (views, CTEs) inside each other just now
};

// Selects inside each other, those of views and common table expressions included. The module's
// stack is 256 KB, and binding, planning and running recurse.
inline constexpr uint32_t kSelectDepthMax = 48;

// `stem`, or the first of stem:1, stem:2, ... that is not taken: how SQLite tells columns apart.
template <typename Taken>
std::string UniqueName(std::string_view stem, const Taken& taken) {
  std::string name(stem);
  for (uint32_t n = 1; taken(name); n++) name = Words({stem, ":", std::to_string(n)});
  return name;
}

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
