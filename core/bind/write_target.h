// What INSERT, UPDATE and DELETE share while they are bound. Internal to core/bind.
#pragma once

#include <vector>

#include "core/bind/expr_binder.h"

namespace dosql {

// The table a statement changes. kReadOnly for the catalog's own.
Status FindWritable(const BindContext& context, const sql::QualifiedName& name, const Table** out);

bool IsRowidName(std::string_view name);

// The position of a column that a statement writes; RowidIndex for a rowid by its own name.
// kNotFound without words: the callers' wordings differ.
Status WrittenColumn(const Table& table, const sql::Name& name, uint32_t* column);

// A SET list with row values taken apart: one entry per column, in the order written. Columns set
// by one row-valued query share its expression.
struct SetColumn {
  uint32_t column = 0;
  const sql::Expr* value = nullptr;
  uint32_t width = 1;  // of the query, and which column of it this one takes
  uint32_t part = 0;
};
Status SetColumns(const BindContext& context, const Table& table,
                  const sql::List<sql::Assignment>& assignments, std::vector<SetColumn>* out);

Status WrongSetWidth(const BindContext& context, uint32_t columns, size_t values, uint32_t offset);

// What the expressions of a statement with WITH see.
struct WithScope {
  explicit WithScope(const sql::With* with) {
    ctes.with = with;
    ctes.visible = with != nullptr ? with->ctes.size : 0;
  }
  QueryScope scope() const { return {ctes.with != nullptr ? &ctes : nullptr, nullptr}; }
  CteScope ctes;
};

// RETURNING, over the columns of the table as source 0.
Status BindReturning(const BindContext& context, const sql::With* with, const Table& table,
                     const sql::List<sql::ResultColumn>& columns, sql::List<BoundOutput>* out);

// The expressions of the source's indexes.
Status BindIndexes(const BindContext& context, BoundSource* source);

// Whether there is a SELECT anywhere in the expression; nullptr has none.
bool HasSelect(const sql::Expr* e);

inline Status WriteNoMemory(const BindContext& context) {
  return context.diag->Set(Code::kNoMemory, "out of memory");
}

}  // namespace dosql
