// Random expression trees over the test columns.
#pragma once

#include "tests/expr/expr_reader.h"
#include "tests/type/random_value.h"

namespace dosql {

class RandomExprs {
 public:
  RandomExprs(Arena* arena, RandomValues* random) : build_(arena), random_(*random) {}

  BoundExpr* Next(int depth) {
    if (depth <= 0 || random_.Below(8) == 0) return Leaf();
    auto child = [&] { return Next(depth - 1 - static_cast<int>(random_.Below(2))); };
    switch (random_.Below(12)) {
      case 0:
      case 1:
        return build_.Binary(Pick(ExprOp::kAdd, ExprOp::kConcat), child(), child());
      case 2:
      case 3:
        return build_.Binary(Pick(ExprOp::kEq, ExprOp::kIsNot), child(), child());
      case 4:
        return build_.Binary(Pick(ExprOp::kAnd, ExprOp::kOr), child(), child());
      case 5:
        return build_.Unary(Pick(ExprOp::kNegate, ExprOp::kIsNotFalse), child());
      case 6:
        return build_.Between(child(), child(), child());
      case 7: {
        BoundExpr* items[6];
        uint32_t n = 1 + static_cast<uint32_t>(random_.Below(6));
        for (uint32_t i = 0; i < n; i++) items[i] = random_.Below(4) ? Leaf() : child();
        return build_.In(child(), items, n);
      }
      case 8: {
        BoundExpr* arms[6];
        uint32_t n = 2 * (1 + static_cast<uint32_t>(random_.Below(3)));
        for (uint32_t i = 0; i < n; i++) arms[i] = child();
        BoundExpr* operand = random_.Below(2) ? child() : nullptr;
        return build_.Case(operand, arms, n, random_.Below(2) ? child() : nullptr);
      }
      case 9:
        return build_.Cast(child(), static_cast<Affinity>(random_.Below(5)));
      case 10:
        return build_.Collate(child(), static_cast<Collation>(random_.Below(3)));
      default: {
        static constexpr struct {
          const char* name;
          uint32_t args;
        } kCalls[] = {{"abs", 1},    {"length", 1}, {"lower", 1},  {"substr", 3}, {"coalesce", 3},
                      {"ifnull", 2}, {"nullif", 2}, {"iif", 3},    {"min", 2},    {"max", 3},
                      {"round", 2},  {"typeof", 1}, {"hex", 1},    {"quote", 1},  {"trim", 2},
                      {"instr", 2},  {"replace", 3}, {"unicode", 1}, {"sign", 1}, {"like", 2},
                      {"glob", 2},   {"likely", 1}};
        const auto& c = kCalls[random_.Below(std::size(kCalls))];
        BoundExpr* args[3];
        for (uint32_t i = 0; i < c.args; i++) args[i] = child();
        return build_.Function(FindScalarFunction(c.name, c.args), args, c.args);
      }
    }
  }

 private:
  BoundExpr* Leaf() {
    uint64_t k = random_.Below(10);
    if (k < 6) {
      uint32_t c = static_cast<uint32_t>(random_.Below(std::size(kTestColumns)));
      return build_.Column(0, c, kTestColumns[c].affinity, kTestColumns[c].collation);
    }
    if (k < 7) return build_.Param(static_cast<uint32_t>(random_.Below(3)));
    return build_.Constant(random_.Next());
  }
  ExprOp Pick(ExprOp first, ExprOp last) {
    uint64_t n = static_cast<uint64_t>(last) - static_cast<uint64_t>(first) + 1;
    return static_cast<ExprOp>(static_cast<uint64_t>(first) + random_.Below(n));
  }

  ExprBuilder build_;
  RandomValues& random_;
};

}  // namespace dosql
