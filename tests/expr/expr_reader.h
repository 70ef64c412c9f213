// Reads expressions in prefix form for tests: (+ a 1), (like 'a%' c), (case x 1 'one' 2 'two' 'many').
// Columns are single letters of the test table; ?1 is a parameter.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/expr/bound_expr.h"
#include "core/type/compare.h"
#include "core/type/number_text.h"

namespace dosql {

struct TestColumn {
  Affinity affinity;
  Collation collation;
};
// a INTEGER, b REAL, c TEXT, d NUMERIC, e (none), f TEXT COLLATE NOCASE, g TEXT COLLATE RTRIM
inline constexpr TestColumn kTestColumns[] = {
    {Affinity::kInteger, Collation::kBinary}, {Affinity::kReal, Collation::kBinary},
    {Affinity::kText, Collation::kBinary},    {Affinity::kNumeric, Collation::kBinary},
    {Affinity::kBlob, Collation::kBinary},    {Affinity::kText, Collation::kNoCase},
    {Affinity::kText, Collation::kRtrim},
};

class ExprReader {
 public:
  ExprReader(Arena* arena, std::string_view text) : arena_(arena), build_(arena), rest_(text) {}

  // nullptr for what it cannot read.
  BoundExpr* Read() {
    Skip();
    if (rest_.empty()) return nullptr;
    if (rest_[0] == '(') return ReadList();
    return ReadAtom();
  }

  // A literal alone: a Value in the arena.
  bool ReadValue(Value* out) {
    BoundExpr* e = Read();
    if (e == nullptr || !e->IsConstant()) return false;
    *out = e->value;
    return true;
  }
  bool AtEnd() {
    Skip();
    return rest_.empty();
  }

 private:
  void Skip() {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
  }

  std::string_view Word() {
    Skip();
    size_t n = 0;
    while (n < rest_.size() && rest_[n] != ' ' && rest_[n] != ')') n++;
    std::string_view w = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return w;
  }

  BoundExpr* ReadAtom() {
    char c = rest_[0];
    if (c == '\'') {
      std::string s;
      size_t i = 1;
      for (; i < rest_.size(); i++) {
        if (rest_[i] == '\'') {
          if (i + 1 < rest_.size() && rest_[i + 1] == '\'') i++;
          else break;
        }
        s += rest_[i];
      }
      rest_.remove_prefix(i + 1);
      return build_.Constant(Value::Make(ValueType::kText, arena_->Copy(AsBytes(s))));
    }
    if ((c == 'x' || c == 'X') && rest_.size() > 1 && rest_[1] == '\'') {
      std::string s;
      size_t i = 2;
      for (; i + 1 < rest_.size() && rest_[i] != '\''; i += 2) {
        s += static_cast<char>(std::strtol(std::string(rest_.substr(i, 2)).c_str(), nullptr, 16));
      }
      rest_.remove_prefix(i + 1);
      return build_.Constant(Value::Make(ValueType::kBlob, arena_->Copy(AsBytes(s))));
    }
    std::string_view w = Word();
    if (w == "null" || w == "NULL") return build_.Constant(Value::Null());
    if (w[0] == '?') return build_.Param(static_cast<uint32_t>(w[1] - '1'));
    if (w.size() == 1 && w[0] >= 'a' && w[0] <= 'g') {
      uint32_t i = static_cast<uint32_t>(w[0] - 'a');
      return build_.Column(0, i, kTestColumns[i].affinity, kTestColumns[i].collation);
    }
    Value v;
    return ParseExactNumber(w, &v) ? build_.Constant(v) : nullptr;
  }

  BoundExpr* ReadList() {
    rest_.remove_prefix(1);
    std::string_view op = Word();
    std::vector<BoundExpr*> args;
    for (Skip(); !rest_.empty() && rest_[0] != ')'; Skip()) {
      args.push_back(Read());
      if (args.back() == nullptr) return nullptr;
    }
    if (rest_.empty()) return nullptr;
    rest_.remove_prefix(1);
    return Make(op, args);
  }

  BoundExpr* Make(std::string_view op, const std::vector<BoundExpr*>& args) {
    uint32_t n = static_cast<uint32_t>(args.size());
    static constexpr struct {
      std::string_view name;
      ExprOp op;
      uint32_t args;
    } kOps[] = {
        {"+", ExprOp::kAdd, 2},        {"-", ExprOp::kSub, 2},       {"*", ExprOp::kMul, 2},
        {"/", ExprOp::kDiv, 2},        {"%", ExprOp::kMod, 2},       {"&", ExprOp::kBitAnd, 2},
        {"|", ExprOp::kBitOr, 2},      {"<<", ExprOp::kShiftLeft, 2}, {">>", ExprOp::kShiftRight, 2},
        {"||", ExprOp::kConcat, 2},    {"=", ExprOp::kEq, 2},        {"<>", ExprOp::kNe, 2},
        {"<", ExprOp::kLt, 2},         {"<=", ExprOp::kLe, 2},       {">", ExprOp::kGt, 2},
        {">=", ExprOp::kGe, 2},        {"is", ExprOp::kIs, 2},       {"isnot", ExprOp::kIsNot, 2},
        {"and", ExprOp::kAnd, 2},      {"or", ExprOp::kOr, 2},       {"not", ExprOp::kNot, 1},
        {"neg", ExprOp::kNegate, 1},   {"pos", ExprOp::kPlus, 1},    {"~", ExprOp::kBitNot, 1},
        {"isnull", ExprOp::kIsNull, 1}, {"notnull", ExprOp::kNotNull, 1},
        {"istrue", ExprOp::kIsTrue, 1}, {"isfalse", ExprOp::kIsFalse, 1},
        {"isnottrue", ExprOp::kIsNotTrue, 1}, {"isnotfalse", ExprOp::kIsNotFalse, 1},
    };
    for (const auto& o : kOps) {
      if (o.name != op || o.args != n) continue;
      return n == 1 ? build_.Unary(o.op, args[0]) : build_.Binary(o.op, args[0], args[1]);
    }
    if (op == "between" && n == 3) return build_.Between(args[0], args[1], args[2]);
    if (op == "in" && n > 0) return build_.In(args[0], args.data() + 1, n - 1);
    if (op == "when" || op == "case") {  // (when c v ... [else]), (case x w v ... [else])
      uint32_t skip = op == "case";
      uint32_t arms = (n - skip) / 2 * 2;
      return build_.Case(skip ? args[0] : nullptr, args.data() + skip, arms,
                         skip + arms < n ? args[n - 1] : nullptr);
    }
    if (op.substr(0, 5) == "cast:" && n == 1) {
      return build_.Cast(args[0], AffinityOfDeclaredType(op.substr(5)));
    }
    Collation collation;
    if (n == 1 && CollationByName(op, &collation)) return build_.Collate(args[0], collation);
    const ScalarFunction* f = FindScalarFunction(op, n);
    return f != nullptr ? build_.Function(f, args.data(), n) : nullptr;
  }

  Arena* arena_;
  ExprBuilder build_;
  std::string_view rest_;
};

}  // namespace dosql
