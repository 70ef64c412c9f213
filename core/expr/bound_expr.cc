#include "core/expr/bound_expr.h"

#include "core/type/compare.h"

namespace dosql {

using Collates = BoundExpr::Collates;

void InheritCollation(BoundExpr* node, const BoundExpr& from, bool explicit_only) {
  if (node->collates != Collates::kNo) return;
  if (from.collates == Collates::kNo) return;
  if (explicit_only && from.collates != Collates::kExplicit) return;
  node->collates = from.collates;
  node->collation = from.collation;
}

OperandAffinity AffinityOf(const BoundExpr& e) { return {e.affinity, e.has_affinity}; }

ColumnTraits TraitsOf(const BoundExpr& e) {
  return {e.affinity, e.has_affinity, e.conforms, e.collation, e.collates};
}

ComparisonRule RuleFor(const BoundExpr& a, const BoundExpr& b) {
  ComparisonRule rule;
  rule.affinity = ComparisonAffinity(AffinityOf(a), AffinityOf(b));
  // A COLLATE clause before a column's collation, and each from left to right.
  if (a.collates == Collates::kExplicit) {
    rule.collation = a.collation;
  } else if (b.collates == Collates::kExplicit) {
    rule.collation = b.collation;
  } else if (a.collates == Collates::kColumn) {
    rule.collation = a.collation;
  } else if (b.collates == Collates::kColumn) {
    rule.collation = b.collation;
  }
  return rule;
}

void VisitExpr(BoundExpr* e, void (*visit)(void* user, BoundExpr* node), void* user) {
  visit(user, e);
  for (uint32_t i = 0; i < e->arg_count; i++) VisitExpr(e->args[i], visit, user);
}

BoundExpr* ExprBuilder::New(ExprOp op, uint32_t arg_count, uint32_t rule_count, uint32_t offset) {
  BoundExpr* e = arena_->New<BoundExpr>();
  if (e == nullptr) return nullptr;
  e->op = op;
  e->offset = offset;
  e->arg_count = arg_count;
  if (arg_count > 0 && (e->args = arena_->NewArray<BoundExpr*>(arg_count)) == nullptr)
    return nullptr;
  if (rule_count > 0 && (e->rules = arena_->NewArray<ComparisonRule>(rule_count)) == nullptr) {
    return nullptr;
  }
  return e;
}

// Draws what the operands imply for the node; false when one is missing.
bool ExprBuilder::Adopt(BoundExpr* node) {
  for (uint32_t i = 0; i < node->arg_count; i++) {
    if (node->args[i] == nullptr) return false;
    node->flags |= node->args[i]->flags;
    InheritCollation(node, *node->args[i], true);
  }
  return true;
}

BoundExpr* ExprBuilder::Constant(const Value& value, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kConstant, 0, 0, offset);
  if (e != nullptr) e->value = value;
  return e;
}

BoundExpr* ExprBuilder::Column(uint32_t source, uint32_t index, Affinity affinity,
                               Collation collation, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kColumn, 0, 0, offset);
  if (e == nullptr) return nullptr;
  e->source = source;
  e->index = index;
  e->affinity = affinity;
  e->has_affinity = e->conforms = true;
  e->collation = collation;
  e->collates = Collates::kColumn;
  e->flags = kExprHasColumn;
  return e;
}

BoundExpr* ExprBuilder::Derived(uint32_t source, uint32_t index, const ColumnTraits& traits,
                                uint32_t offset) {
  BoundExpr* e = Column(source, index, traits.affinity, traits.collation, offset);
  if (e == nullptr) return nullptr;
  e->has_affinity = traits.has_affinity;
  e->conforms = traits.conforms;
  // As any column: COLLATE inside the query does not reach out of it, and without a collation of
  // its own it is compared by BINARY.
  return e;
}

BoundExpr* ExprBuilder::Rowid(uint32_t source, uint32_t index, uint32_t offset) {
  BoundExpr* e = Column(source, index, Affinity::kInteger, Collation::kBinary, offset);
  if (e != nullptr) e->collates = Collates::kNo;  // it has none of its own
  return e;
}

BoundExpr* ExprBuilder::Param(uint32_t index, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kParam, 0, 0, offset);
  if (e == nullptr) return nullptr;
  e->index = index;
  e->flags = kExprHasParam;
  return e;
}

BoundExpr* ExprBuilder::Outer(uint32_t index, const BoundExpr& of, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kOuter, 0, 0, offset);
  if (e == nullptr) return nullptr;
  e->index = index;
  e->affinity = of.affinity;
  e->has_affinity = of.has_affinity;
  e->conforms = of.conforms;
  e->collation = of.collation;
  e->collates = of.collates;
  e->flags = kExprHasOuter;
  return e;
}

BoundExpr* ExprBuilder::Query(Subquery* subquery, BoundExpr* const* args, uint32_t offset) {
  uint32_t n = subquery->operand_count + subquery->outer_count;
  BoundExpr* e = New(ExprOp::kSubquery, n, 0, offset);
  if (e == nullptr) return nullptr;
  for (uint32_t i = 0; i < n; i++) {
    if (args[i] == nullptr) return nullptr;
    e->args[i] = args[i];
    e->flags |= args[i]->flags;
  }
  // It may fail, and is run only where SQL reaches it.
  e->flags |= kExprHasCall | kExprHasSubquery;
  if (!subquery->pure) e->flags |= kExprImpure;
  e->subquery = subquery;
  return e;
}

BoundExpr* ExprBuilder::Unary(ExprOp op, BoundExpr* a, uint32_t offset) {
  if (a == nullptr) return nullptr;
  if (op == ExprOp::kNegate && a->IsConstant() && a->value.is_number()) {
    // A literal with its sign stays a literal, so that planners see it as one.
    if (a->value.type == ValueType::kReal) return Constant(Value::Real(-a->value.d), offset);
    if (a->value.i != INT64_MIN) return Constant(Value::Integer(-a->value.i), offset);
  }
  BoundExpr* e = New(op, 1, 0, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = a;
  if (!Adopt(e)) return nullptr;
  if (op == ExprOp::kPlus) InheritCollation(e, *a, false);
  return e;
}

BoundExpr* ExprBuilder::Binary(ExprOp op, BoundExpr* a, BoundExpr* b, uint32_t offset) {
  BoundExpr* e = New(op, 2, IsComparison(op) ? 1 : 0, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = a;
  e->args[1] = b;
  if (!Adopt(e)) return nullptr;
  if (e->rules != nullptr) e->rules[0] = RuleFor(*a, *b);
  return e;
}

BoundExpr* ExprBuilder::Cast(BoundExpr* a, Affinity to, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kCast, 1, 1, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = a;
  if (!Adopt(e)) return nullptr;
  InheritCollation(e, *a, false);
  e->rules[0].affinity = e->affinity = to;
  e->has_affinity = e->conforms = true;
  return e;
}

BoundExpr* ExprBuilder::Collate(BoundExpr* a, Collation collation, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kCollate, 1, 0, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = a;
  if (!Adopt(e)) return nullptr;
  e->affinity = a->affinity;
  e->has_affinity = a->has_affinity;
  e->conforms = a->conforms;
  e->collation = collation;
  e->collates = Collates::kExplicit;
  return e;
}

BoundExpr* ExprBuilder::Between(BoundExpr* x, BoundExpr* low, BoundExpr* high, uint32_t offset) {
  BoundExpr* e = New(ExprOp::kBetween, 3, 2, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = x;
  e->args[1] = low;
  e->args[2] = high;
  if (!Adopt(e)) return nullptr;
  e->rules[0] = RuleFor(*x, *low);
  e->rules[1] = RuleFor(*x, *high);
  return e;
}

// rows[0] is what the others are compared with.
BoundExpr* ExprBuilder::Rows(ExprOp op, BoundExpr* const* const* rows, uint32_t row_count,
                             uint32_t n, uint32_t offset) {
  BoundExpr* e = New(op, row_count * n, (row_count - 1) * n, offset);
  if (e == nullptr) return nullptr;
  for (uint32_t i = 0; i < e->arg_count; i++) e->args[i] = rows[i / n][i % n];
  if (!Adopt(e)) return nullptr;
  for (uint32_t i = n; i < e->arg_count; i++)
    e->rules[i - n] = RuleFor(*e->args[i % n], *e->args[i]);
  return e;
}

BoundExpr* ExprBuilder::RowOrder(ExprOp op, BoundExpr* const* x, BoundExpr* const* y, uint32_t n,
                                 uint32_t offset) {
  BoundExpr* const* rows[] = {x, y};
  BoundExpr* e = Rows(ExprOp::kRowOrder, rows, 2, n, offset);
  if (e != nullptr) e->index = static_cast<uint32_t>(op);
  return e;
}

BoundExpr* ExprBuilder::RowBetween(BoundExpr* const* x, BoundExpr* const* low,
                                   BoundExpr* const* high, uint32_t n, uint32_t offset) {
  BoundExpr* const* rows[] = {x, low, high};
  return Rows(ExprOp::kRowBetween, rows, 3, n, offset);
}

BoundExpr* ExprBuilder::In(BoundExpr* x, BoundExpr* const* items, uint32_t n, uint32_t offset) {
  if (x == nullptr) return nullptr;
  // Nothing is in an empty list, not even NULL knows better.
  if (n == 0) return Constant(Value::Integer(0), offset);
  BoundExpr* e = New(ExprOp::kIn, n + 1, 1, offset);
  if (e == nullptr) return nullptr;
  e->args[0] = x;
  for (uint32_t i = 0; i < n; i++) e->args[i + 1] = items[i];
  if (!Adopt(e)) return nullptr;
  // The list's own affinities and collations do not count: x IN (y) is x = +y.
  e->rules[0].affinity = ComparisonAffinity(AffinityOf(*x), OperandAffinity());
  e->rules[0].collation = x->collation;
  return e;
}

BoundExpr* ExprBuilder::Case(BoundExpr* operand, BoundExpr* const* arms, uint32_t arm_count,
                             BoundExpr* otherwise, uint32_t offset) {
  uint32_t n = (operand != nullptr) + arm_count + (otherwise != nullptr);
  BoundExpr* e = New(operand != nullptr ? ExprOp::kCaseOf : ExprOp::kCase, n,
                     operand != nullptr ? arm_count / 2 : 0, offset);
  if (e == nullptr) return nullptr;
  uint32_t at = 0;
  if (operand != nullptr) e->args[at++] = operand;
  for (uint32_t i = 0; i < arm_count; i++) e->args[at++] = arms[i];
  if (otherwise != nullptr) e->args[at++] = otherwise;
  if (!Adopt(e)) return nullptr;
  for (uint32_t i = 0; operand != nullptr && i < arm_count / 2; i++) {
    e->rules[i] = RuleFor(*operand, *arms[i * 2]);
  }
  return e;
}

BoundExpr* ExprBuilder::Function(const ScalarFunction* function, BoundExpr* const* args, uint32_t n,
                                 uint32_t offset) {
  if (function->flags & kFunctionFirstArgument) {
    // Unlike +x, a call hides a column's collation.
    BoundExpr* e = Unary(ExprOp::kPlus, args[0], offset);
    if (e != nullptr && e->collates == Collates::kColumn) {
      e->collates = Collates::kNo;
      e->collation = Collation::kBinary;
    }
    return e;
  }
  ExprOp op = function->flags & kFunctionCoalesce ? ExprOp::kCoalesce
              : function->flags & kFunctionCase   ? ExprOp::kCase
                                                  : ExprOp::kFunction;
  BoundExpr* e = New(op, n, op == ExprOp::kFunction ? 1 : 0, offset);
  if (e == nullptr) return nullptr;
  for (uint32_t i = 0; i < n; i++) e->args[i] = args[i];
  if (!Adopt(e)) return nullptr;
  if (op != ExprOp::kFunction) return e;
  e->function = function;
  e->flags |= kExprHasCall;
  if (!(function->flags & kFunctionPure)) e->flags |= kExprImpure;
  for (uint32_t i = 0; i < n && (function->flags & kFunctionCollates); i++) {
    if (args[i]->collates != Collates::kNo) {
      e->rules[0].collation = args[i]->collation;
      break;
    }
  }
  return e;
}

bool SameExpr(const BoundExpr& a, const BoundExpr& b, uint32_t of_a) {
  if (a.op != b.op || a.arg_count != b.arg_count || a.collation != b.collation) return false;
  if ((a.flags & kExprImpure) != 0) return false;
  switch (a.op) {
    case ExprOp::kColumn:
      return (a.source == 0 ? of_a : a.source) == b.source && a.index == b.index;
    case ExprOp::kParam:
    case ExprOp::kOuter: return a.index == b.index;
    case ExprOp::kSubquery:
      if (a.subquery != b.subquery || a.index != b.index) return false;
      break;
    case ExprOp::kConstant:
      if (a.value.type != b.value.type) return false;
      return EqualValues(a.value, b.value, Collation::kBinary);
    case ExprOp::kFunction:
      if (a.function != b.function) return false;
      break;
    case ExprOp::kRowOrder:
      if (a.index != b.index) return false;
      break;
    case ExprOp::kCast:
      if (a.rules[0].affinity != b.rules[0].affinity) return false;
      break;
    default: break;
  }
  for (uint32_t i = 0; i < a.arg_count; i++)
    if (!SameExpr(*a.args[i], *b.args[i], of_a)) return false;
  return true;
}

}  // namespace dosql
