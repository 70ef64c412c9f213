// Scopes: which names a query sees. Internal to core/bind.
#pragma once

#include <string_view>
#include <vector>

#include "core/bind/bound.h"

namespace dosql {

class ExprBinder;
struct AggregateList;

// What a query inside an expression reads of the query around it. Queries in FROM share the frame
// of the query they stand in: they run in the same place.
struct SubqueryFrame {
  ExprBinder* around = nullptr;
  std::vector<BoundExpr*> outer;  // expressions of the query around; kOuter i is outer[i]
  bool pure = true;
  AggregateList* aggregates = nullptr;  // of the query around; nullptr: it allows none there
};

// The common table expressions in sight: the first `visible` of `with`, then those further out.
struct CteScope {
  const sql::With* with = nullptr;
  uint32_t visible = 0;
  const CteScope* parent = nullptr;
  SubqueryFrame* frame = nullptr;        // of the query that has the WITH
  mutable uint32_t busy = ~uint32_t{0};  // the one being bound
};

// Where a query stands.
struct QueryScope {
  const CteScope* ctes = nullptr;
  SubqueryFrame* frame = nullptr;  // nullptr: nothing around it
};

// What JOIN ... USING and NATURAL joins do to names: the right column disappears from * and from
// lookups without a table name, the left one may stand for both.
struct JoinedColumns {
  struct Hidden {
    uint32_t source, column;
  };
  struct Merged {
    uint32_t source, column;  // where it appears in *
    BoundExpr* expr;          // right below RIGHT joins, coalesce(left, right) below FULL ones
    BoundExpr* joins;         // coalesce(left, right): what a further USING compares
  };
  std::vector<Hidden> hidden;
  std::vector<Merged> merged;

  bool IsHidden(uint32_t source, uint32_t column) const {
    for (const Hidden& h : hidden)
      if (h.source == source && h.column == column) return true;
    return false;
  }
  BoundExpr* MergedAt(uint32_t source, uint32_t column, bool joins = false) const {
    for (size_t i = merged.size(); i-- > 0;)
      if (merged[i].source == source && merged[i].column == column)
        return joins ? merged[i].joins : merged[i].expr;
    return nullptr;
  }
};

}  // namespace dosql
