// The insides of a Statement. Internal to core/engine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/engine/session.h"
#include "core/exec/operator.h"
#include "core/exec/point_read.h"
#include "core/exec/shared_rows.h"
#include "core/exec/subquery_runner.h"
#include "core/exec/write.h"
#include "core/plan/plan.h"

namespace dosql {

struct Statement::Impl {
  explicit Impl(Session* session);
  ~Impl();

  // Parses the first statement of `text` into `tree`, which points into a copy of it.
  Status Parse(std::string_view text, uint32_t* consumed, bool* blank);
  // Binds and plans for the catalog as it is now; drops an earlier plan.
  Status Compile();
  Status CompileWith(const BindContext& bind);

  Status Run(Bytes params, uint32_t max_rows, StepCode* code);
  Status Step(uint32_t max_rows, StepCode* code);
  // Ends an execution: operators, pins and scratch go.
  void End();

  // The parts of Run and Step.
  Status ReadParams(Bytes frame, bool copy);
  Status RunPoint(StepCode* code);
  Status StartSelect();
  Status StepSelect(uint32_t max_rows, StepCode* code);
  Status RunWrite(uint32_t max_rows, StepCode* code);
  Status WriteOnce(WriteResult* result);
  Status WriteInSavepoint(WriteResult* result);
  Status RunSchema();
  // CREATE TABLE ... AS: the query's rows into the new table.
  Status FillTable(const sql::CreateTable& create);
  Status StepPragma(uint32_t max_rows, StepCode* code);
  Status StepExplain(StepCode* code);
  bool explains() const { return tree->explain != sql::Explain::kNone; }
  bool IsSelect() const { return tree->kind == sql::StatementKind::kSelect; }
  bool IsWrite() const;
  bool WritesOneRow() const;
  bool RedoesAllFirst() const;
  bool IsSchema() const;
  bool IsTransaction() const;

  Session* session;
  std::string sql;
  Arena parse_arena;
  sql::Statement* tree = nullptr;

  // The plan, for catalog_version.
  Arena plan_arena;
  uint64_t catalog_version = 0;
  std::shared_ptr<const Catalog> catalog;  // while it runs: DDL and rollbacks put another in place
  uint32_t planned_pages = 0;              // of the database
  SelectPlan select;
  bool has_subqueries = false;
  bool shares_rows = false;  // a query stands in FROM more than once
  std::unique_ptr<PointRead> point;
  std::unique_ptr<InsertPlan> insert;
  std::unique_ptr<ModifyPlan> modify;
  const RowSource* pragma = nullptr;
  std::vector<std::string_view> names;
  // Where each result column comes from, for a SELECT; table is nullptr for an expression.
  struct Origin {
    const Table* table;
    uint32_t column;
  };
  std::vector<Origin> origins;

  // The running execution.
  bool running = false;
  Arena arena;
  ExecContext context;
  StatementTime time;
  std::vector<Value> params;
  RowList pragma_rows;
  ReturnedRows returned;  // of RETURNING; root reads them once all is written
  std::unique_ptr<Operator> root;
  std::unique_ptr<StatementSubqueries> subqueries;
  std::unique_ptr<StatementSharedRows> shared;
  Chunk* chunk = nullptr;  // rows of it from chunk_at on were not handed out yet
  uint32_t chunk_at = 0;
  StatementCounters counters;
};

}  // namespace dosql
