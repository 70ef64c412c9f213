// Any bytes as SQL: the parser answers, says where it failed, and what it accepts prints to a text
// that parses to the same text.
#include <cstdlib>

#include "core/sql/parser.h"
#include "core/sql/printer.h"

namespace {

using namespace dosql;
using namespace dosql::sql;

constexpr size_t kBudgetBytes = 8 << 20;

void Check(bool ok) {
  if (!ok) std::abort();
}

void CheckFailure(const Diag& diag, Status status, size_t size) {
  Check(diag.code == status.code() && !diag.message.empty());
  Check(diag.offset <= size);
}

void CheckRoundTrip(const Statement& statement) {
  std::string first;
  Print(statement, &first);
  ByteBudget budget(4 * kBudgetBytes);
  Arena arena(&budget);
  Diag diag;
  uint32_t consumed = 0;
  Result<Statement*> again = ParseStatement(&arena, &diag, first, &consumed);
  if (!again.ok()) {
    // Parentheses may go beyond a limit of depth or length.
    Code code = again.status().code();
    Check(code == Code::kTooDeep || code == Code::kTooBig);
    return;
  }
  Check(*again != nullptr && consumed == first.size());
  Check((*again)->kind == statement.kind && (*again)->param_count == statement.param_count);
  std::string second;
  Print(**again, &second);
  Check(first == second);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (size_t at = 0; at < size;) {
    ByteBudget budget(kBudgetBytes);
    Arena arena(&budget);
    Diag diag;
    uint32_t consumed = 0;
    Result<Statement*> r = ParseStatement(&arena, &diag, sql.substr(at), &consumed);
    if (!r.ok()) {
      CheckFailure(diag, r.status(), size - at);
      break;
    }
    Check(consumed > 0 && consumed <= size - at);
    if (*r == nullptr) break;
    CheckRoundTrip(**r);
    at += consumed;
  }
  ByteBudget budget(kBudgetBytes);
  Arena arena(&budget);
  Diag diag;
  Result<Expr*> e = ParseExpression(&arena, &diag, sql);
  if (!e.ok()) CheckFailure(diag, e.status(), size);
  return 0;
}
