// A parse with everything it needs, for tests.
#pragma once

#include <string>
#include <string_view>

#include "core/sql/parser.h"
#include "core/sql/printer.h"

namespace dosql::sql {

struct Parsed {
  explicit Parsed(std::string_view text, size_t budget_bytes = 64 << 20)
      : budget(budget_bytes), arena(&budget), sql(text) {
    Next();
  }
  // The next statement of the text.
  void Next() {
    std::string_view rest = std::string_view(sql).substr(at);
    uint32_t consumed = 0;
    Result<Statement*> r = ParseStatement(&arena, &diag, rest, &consumed);
    code = r.status().code();
    statement = r.ok() ? *r : nullptr;
    base = at;
    at += consumed;
  }
  bool ok() const { return code == Code::kOk; }
  template <typename T>
  const T& As() const {
    return *static_cast<const T*>(statement);
  }
  std::string Print() const {
    std::string out;
    if (statement != nullptr) sql::Print(*statement, &out);
    return out;
  }

  ByteBudget budget;
  Arena arena;
  Diag diag;
  std::string sql;
  Code code = Code::kOk;
  Statement* statement = nullptr;
  uint32_t at = 0;    // what is parsed
  uint32_t base = 0;  // where the last statement's text began: offsets count from here
};

}  // namespace dosql::sql
