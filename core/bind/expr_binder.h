// ExprBinder: one expression at a time over the sources of a statement. Internal to core/bind.
#pragma once

#include <vector>

#include "core/bind/binder.h"
#include "core/bind/scope.h"

namespace dosql {

// Collects what an aggregate query needs while its expressions are bound.
struct AggregateList {
  std::vector<BoundAggregate> items;
};

class ExprBinder {
 public:
  explicit ExprBinder(const BindContext& context, sql::List<BoundSource> sources,
                      const QueryScope& scope = {})
      : context_(context), builder_(context.arena), sources_(sources), scope_(scope) {}

  // With a list, aggregate calls are allowed and become columns of kGroupedSource whose index is
  // their place in the list; without one they are a misuse.
  void set_aggregates(AggregateList* list) { aggregates_ = list; }
  // Without a list: only aggregates of queries around are allowed. Of others these words are said;
  // the function's name comes after them if they end in a blank.
  void set_only_outer(std::string_view misuse) { misuse_ = misuse; }
  // Result columns whose aliases an expression may use where no column has the name.
  void set_outputs(const sql::List<sql::ResultColumn>* outputs) { outputs_ = outputs; }
  void set_joined(const JoinedColumns* joined) { joined_ = joined; }
  // Names do not see the sources before this one.
  void set_first(uint32_t source) { first_ = source; }

  Status Bind(const sql::Expr& e, BoundExpr** out);
  // A row value, or a query of several columns, as its parts; anything else is one part.
  Status BindRow(const sql::Expr& e, std::vector<BoundExpr*>* out);
  // A column of a source by position.
  BoundExpr* ColumnAt(uint32_t source, uint32_t column, uint32_t offset);
  // The name by which the column that `e` is was declared; empty for any other expression.
  std::string_view DeclaredName(const BoundExpr& e) const;
  // The column of that name here (not further out); *out is nullptr when there is none.
  Status FindColumn(const sql::ColumnExpr& c, BoundExpr** out);
  ExprBuilder& builder() { return builder_; }

 private:
  Status BindColumn(const sql::Expr& e, BoundExpr** out);
  Status FindAnywhere(const sql::ColumnExpr& c, BoundExpr** out);
  Status BindBinary(const sql::Expr& e, BoundExpr** out);
  Status BindUnary(const sql::Expr& e, BoundExpr** out);
  Status BindLike(const sql::Expr& e, BoundExpr** out);
  Status BindBetween(const sql::Expr& e, BoundExpr** out);
  Status BindList(const sql::Expr& e, BoundExpr** out);
  Status BindFunction(const sql::FunctionExpr& e, BoundExpr** out);
  Status BindAggregate(const sql::FunctionExpr& e, const AggregateFunction* f, BoundExpr** out);
  Status BindOuterAggregate(const sql::FunctionExpr& e, const AggregateFunction* f,
                            BoundExpr** out);
  Status BindAll(sql::List<sql::Expr*> list, BoundExpr*** out);
  // Subqueries and row values: bind_subquery.cc.
  Status BindQuery(const sql::Select& select, SubqueryUse use, uint32_t offset,
                   const std::vector<BoundExpr*>& operands, Subquery** out,
                   std::vector<BoundExpr*>* args);
  Status BindScalarQuery(const sql::ListExpr& e, BoundExpr** out);
  Status BindExists(const sql::ListExpr& e, BoundExpr** out);
  Status BindInQuery(const sql::ListExpr& e, BoundExpr** out);
  Status CompareRows(ExprOp op, const std::vector<BoundExpr*>& a, const std::vector<BoundExpr*>& b,
                     bool lazy, uint32_t offset, BoundExpr** out);
  Status BetweenRows(const std::vector<BoundExpr*>& x, const std::vector<BoundExpr*>& low,
                     const std::vector<BoundExpr*>& high, uint32_t offset, BoundExpr** out);
  Status Unsupported(std::string_view what, uint32_t offset);
  Status Checked(BoundExpr* e, BoundExpr** out);

  const BindContext& context_;
  ExprBuilder builder_;
  sql::List<BoundSource> sources_;
  uint32_t first_ = 0;
  QueryScope scope_;
  AggregateList* aggregates_ = nullptr;
  std::string_view misuse_;  // empty: without a list no aggregate is allowed
  const sql::List<sql::ResultColumn>* outputs_ = nullptr;
  const JoinedColumns* joined_ = nullptr;
  uint32_t alias_depth_ = 0;
};

// Whether a qualifier means this source.
bool IsNamed(const BoundSource& source, std::string_view qualifier);

// "<what> not supported yet" at an offset; `what` ends in "is" or "are".
Status BindUnsupported(const BindContext& context, std::string_view what, uint32_t offset);

// A query at its place. BindSelect is this at the top of a statement.
Status BindQueryAt(const BindContext& context, const QueryScope& scope, const sql::Select& select,
                   BoundSelect* out);

// The operands of a chain of ANDs, in order.
void SplitAnd(BoundExpr* e, std::vector<BoundExpr*>* out);

// Copies a vector into the arena.
template <typename T>
Status ToList(const BindContext& context, const std::vector<T>& v, sql::List<T>* out) {
  out->data = context.arena->NewArray<T>(v.size());
  if (out->data == nullptr) return context.diag->Set(Code::kNoMemory, "out of memory");
  out->size = static_cast<uint32_t>(v.size());
  for (size_t i = 0; i < v.size(); i++) out->data[i] = v[i];
  return Status::Ok();
}

}  // namespace dosql
