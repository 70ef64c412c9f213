// One block of a query: SELECT ... FROM ... WHERE ... GROUP BY ... HAVING. Internal to core/bind.
#pragma once

#include "core/bind/expr_binder.h"

namespace dosql {

Status BindBlock(const BindContext& context, const QueryScope& scope, const sql::SelectCore& core,
                 sql::List<sql::OrderTerm> order_by, BoundSelect* out);

// "1st", "2nd", ...
std::string Ordinal(uint32_t n);

// Strips the COLLATEs around a term of ORDER BY or GROUP BY: 1 COLLATE x is the first column under
// another collation. Of several the outermost counts; *collation stays as it is when there is none.
// kNoSuchObject for an unknown name.
Status StripCollate(const BindContext& context, const sql::Expr** e, bool* collated,
                    Collation* collation);

// The output that an integer literal in ORDER BY or GROUP BY stands for, from 0; -1 for anything
// else. kBind when it is out of range. `position`: which term of the clause, from 1.
Status OutputByNumber(const BindContext& context, const sql::Expr& e, const char* clause,
                      uint32_t position, uint32_t width, int64_t* at);

}  // namespace dosql
