// FromBinder: FROM to sources and a join tree. Internal to core/bind.
#pragma once

#include <vector>

#include "core/bind/expr_binder.h"
#include "core/catalog/row_source.h"

namespace dosql {

class FromBinder {
 public:
  FromBinder(const BindContext& context, const QueryScope& scope)
      : context_(context), scope_(scope) {}

  Status Bind(sql::List<sql::FromItem> items, BoundJoin** tree);

  const std::vector<BoundSource>& sources() const { return sources_; }
  const JoinedColumns& joined() const { return joined_; }
  // A query in FROM gives other answers each time it runs.
  bool pure() const { return pure_; }

 private:
  Status BindOperand(const sql::FromItem& item, bool leads, BoundJoin** out);
  Status BindGroup(const sql::FromItem& item, BoundJoin** out);
  Status CheckGroup(uint32_t first, size_t names);
  Status AddTable(const sql::FromItem& item);
  Status AddCte(const sql::FromItem& item, const CteScope& ctes, uint32_t number);
  Status AddView(const sql::FromItem& item, const View& view);
  Status AddFunction(const sql::FromItem& item);
  Status AddQuery(const sql::Select& select, const QueryScope& scope, sql::List<sql::Name> columns,
                  std::string_view what, BoundSource* source, bool once = false);
  Status Condition(const sql::FromItem& item, uint32_t first, uint32_t right, BoundJoin* join);
  Status JoinColumn(std::string_view name, uint32_t offset, uint32_t first, uint32_t right,
                    BoundJoinKind kind, std::vector<BoundExpr*>* on);
  sql::List<BoundSource> seen() {
    return {sources_.data(), static_cast<uint32_t>(sources_.size())};
  }
  Status NoMemory() { return context_.diag->Set(Code::kNoMemory, "out of memory"); }

  const BindContext& context_;
  QueryScope scope_;
  std::vector<BoundSource> sources_;
  JoinedColumns joined_;
  uint32_t first_ = 0;                  // names in ON and in arguments see the sources from here on
  std::vector<sql::Name> using_names_;  // of USING and NATURAL joins
  bool pure_ = true;
};

}  // namespace dosql
