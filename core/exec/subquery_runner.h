// StatementSubqueries: runs the queries inside a statement's expressions and remembers their answers.
//
// A query is a function of its arguments (operands of IN, and what it reads of the query around it):
// all it reads besides is the statement's one version. So an answer is kept for the arguments it was
// computed for, and a query without outer values runs once.
#pragma once

#include <memory>
#include <vector>

#include "core/exec/hash_table.h"
#include "core/exec/operator.h"

namespace dosql {

class StatementSubqueries final : public SubqueryRunner {
 public:
  explicit StatementSubqueries(ExecContext* context);
  ~StatementSubqueries();

  Status Evaluate(const Subquery& subquery, const Value* args, uint32_t column, Arena* arena,
                  Value* out) override;

 private:
  struct State;

  Status Find(const Subquery& subquery, State** out);
  Status FindAnswer(State* state, const Value* outer, uint8_t** answer, bool* known);
  Status Run(State* state, const Value* outer, uint8_t* answer);
  Status Consume(State* state, const Chunk& chunk, uint8_t* answer, bool* enough);
  Status ProbeIn(State* state, const Value* operands, const uint8_t* answer, Arena* arena,
                 Value* out);

  ExecContext* context_;
  std::vector<std::unique_ptr<State>> states_;
};

}  // namespace dosql
