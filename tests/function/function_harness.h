// A context for calling functions in tests, and values to and from literals.
#pragma once

#include "core/function/aggregate_function.h"
#include "core/function/scalar_function.h"
#include "tests/expr/expr_harness.h"

namespace dosql {

class FunctionHarness {
 public:
  FunctionHarness() {
    context.arena = &arena_;
    context.diag = &diag;
    context.counters = &counters;
    context.entropy = &entropy_;
  }
  std::vector<Value> Values(std::string_view literals) {
    ExprReader reader(&arena_, literals);
    std::vector<Value> values;
    Value v;
    while (!reader.AtEnd() && reader.ReadValue(&v)) values.push_back(v);
    return values;
  }
  // What quote() shows of the result, or "ERROR message".
  std::string Call(std::string_view name, std::string_view literals) {
    std::vector<Value> args = Values(literals);
    const ScalarFunction* f = FindScalarFunction(name, static_cast<uint32_t>(args.size()));
    if (f == nullptr || f->fn == nullptr) return "NO FUNCTION";
    Value v;
    if (!f->fn(&context, &v, args.data(), static_cast<uint32_t>(args.size())).ok()) {
      return "ERROR " + diag.message;
    }
    return Quote(v);
  }

  FunctionContext context;
  Diag diag;
  SessionCounters counters;

 private:
  ByteBudget budget_{64 << 20};
  Arena arena_{&budget_};
  TestEntropy entropy_;
};

}  // namespace dosql
