// BoundExpr: an expression whose names are resolved and whose affinities and collations are
// settled. Nodes live in the binder's arena and are made only by ExprBuilder, which holds SQLite's
// rules of affinity and collation, so that binder, planner and evaluator cannot disagree.
#pragma once

#include <cstdint>

#include "core/base/arena.h"
#include "core/function/scalar_function.h"
#include "core/type/affinity.h"
#include "core/type/value.h"

namespace dosql {

enum class ExprOp : uint8_t {
  kConstant,
  kColumn,
  kParam,
  kOuter,  // in a subquery: a value of the query around it, fixed while the subquery runs
  // one operand
  kNegate,
  kPlus,
  kBitNot,
  kNot,
  kIsNull,
  kNotNull,
  kIsTrue,
  kIsFalse,
  kIsNotTrue,
  kIsNotFalse,  // x IS [NOT] TRUE / FALSE
  kCast,
  kCollate,
  // two operands
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kBitAnd,
  kBitOr,
  kShiftLeft,
  kShiftRight,
  kConcat,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kIs,
  kIsNot,
  kAnd,
  kOr,
  // others
  kBetween,   // args: x, low, high
  kIn,        // args: x, then the list
  kCase,      // args: when, then, when, then... [else]; odd count means there is an else
  kCaseOf,    // args: operand, when, then... [else]
  kCoalesce,  // args: two or more
  // Row values of n parts in order, later parts where the earlier ones tie, each evaluated once.
  kRowOrder,    // args: x's parts, then y's; index: kLt, kLe, kGt or kGe
  kRowBetween,  // args: x's parts, low's, high's
  kFunction,
  kSubquery,  // args: IN's left operands, then what the subquery reads of the query around it
};

inline bool IsComparison(ExprOp op) { return op >= ExprOp::kEq && op <= ExprOp::kIsNot; }

// How one comparison is made: both operands take the affinity (kBlob: as they are), then compare by
// the collation.
struct ComparisonRule {
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
};

enum ExprFlags : uint8_t {
  kExprHasColumn = 1,  // depends on the row
  kExprHasParam = 2,   // depends on the parameters
  kExprImpure = 4,     // random(), changes(): each evaluation counts
  kExprHasCall = 8,  // calls a function: it may fail, so it is evaluated only where SQL reaches it
  kExprHasOuter = 16,  // depends on the query around
  kExprHasSubquery = 32,
};

struct BoundSelect;
struct SelectPlan;

inline constexpr uint32_t kRowValueMax = 64;  // columns of (a, b, ...) IN (SELECT ...)

enum class SubqueryUse : uint8_t { kScalar, kExists, kIn };

// A query inside an expression. The binder fills it, the planner adds `plan`, core/exec runs it;
// to this room it is a function of its arguments. One object may stand in several expressions (the
// columns of one row value): they are evaluated once for the same arguments.
struct Subquery {
  SubqueryUse use = SubqueryUse::kScalar;
  const BoundSelect* query = nullptr;
  const SelectPlan* plan = nullptr;
  uint32_t width = 1;          // columns of the query
  uint32_t operand_count = 0;  // kIn: left operands, as many as columns
  uint32_t outer_count = 0;    // arguments after the operands: kOuter 0, 1, ... in the query
  const ComparisonRule* rules = nullptr;  // kIn: how operand i meets column i
  bool pure = true;     // the same arguments give the same answer within one statement
  uint32_t number = 0;  // counted within the statement; where a run keeps its state
  uint32_t offset = Diag::kNoOffset;
};

enum class Collates : uint8_t { kNo, kColumn, kExplicit };

// What comparisons see of a column or an expression.
struct ColumnTraits {
  Affinity affinity = Affinity::kBlob;
  bool has_affinity = false;
  bool conforms = false;
  Collation collation = Collation::kBinary;
  Collates collates = Collates::kNo;
};

struct BoundExpr {
  ExprOp op = ExprOp::kConstant;
  uint8_t flags = 0;
  Affinity affinity = Affinity::kBlob;  // what a comparison or a column made from it sees,
  bool has_affinity = false;            // if it is a column or a CAST
  bool conforms = false;                // every value it gives has that affinity already
  Collation collation = Collation::kBinary;
  using Collates = dosql::Collates;
  Collates collates = Collates::kNo;

  uint32_t offset = Diag::kNoOffset;  // in the SQL text
  uint32_t arg_count = 0;
  BoundExpr** args = nullptr;

  // kColumn: which source, and which column of it; the planner may renumber `index` to a chunk's
  // column, which is what evaluation reads. kParam, kOuter: index from 0. kAnd, kOr: 1 where the
  // right side is not to be evaluated when the left one decides, even as a value.
  uint32_t source = 0;
  uint32_t index = 0;

  Value value;                               // kConstant
  const ScalarFunction* function = nullptr;  // kFunction
  Subquery* subquery = nullptr;              // kSubquery; index: which column of it (kScalar)
  // Comparisons: rules[0]. kBetween: rules[0] for low, [1] for high. kIn: rules[0]. kCaseOf: one
  // per WHEN. kRowOrder, kRowBetween: one per part of what x is compared with. kCast:
  // rules[0].affinity is the target. kFunction: rules[0].collation.
  ComparisonRule* rules = nullptr;

  bool IsConstant() const { return op == ExprOp::kConstant; }
  bool HasColumn() const { return flags & kExprHasColumn; }
  // One value for the whole execution: no column, no impure call.
  bool IsFixed() const { return (flags & (kExprHasColumn | kExprImpure)) == 0; }
};

// Makes nodes. Every method returns nullptr when the arena's budget is used up or any operand is
// nullptr, so a caller may build a whole tree and look once. Operands may be shared.
class ExprBuilder {
 public:
  explicit ExprBuilder(Arena* arena) : arena_(arena) {}

  // The value's bytes are not copied.
  BoundExpr* Constant(const Value& value, uint32_t offset = Diag::kNoOffset);
  // A stored column: its values conform to its affinity.
  BoundExpr* Column(uint32_t source, uint32_t index, Affinity affinity, Collation collation,
                    uint32_t offset = Diag::kNoOffset);
  // A column of a query in FROM, of affinity and collation as given.
  BoundExpr* Derived(uint32_t source, uint32_t index, const ColumnTraits& traits,
                     uint32_t offset = Diag::kNoOffset);
  // A rowid: INTEGER affinity, BINARY.
  BoundExpr* Rowid(uint32_t source, uint32_t index, uint32_t offset = Diag::kNoOffset);
  BoundExpr* Param(uint32_t index, uint32_t offset = Diag::kNoOffset);
  // Stands for `of`, an expression of the query around this one.
  BoundExpr* Outer(uint32_t index, const BoundExpr& of, uint32_t offset = Diag::kNoOffset);
  // args: operands and outer values, subquery->operand_count + outer_count of them.
  BoundExpr* Query(Subquery* subquery, BoundExpr* const* args, uint32_t offset = Diag::kNoOffset);

  BoundExpr* Unary(ExprOp op, BoundExpr* a, uint32_t offset = Diag::kNoOffset);
  // Arithmetic, bits, concat, comparisons, AND, OR.
  BoundExpr* Binary(ExprOp op, BoundExpr* a, BoundExpr* b, uint32_t offset = Diag::kNoOffset);
  BoundExpr* Cast(BoundExpr* a, Affinity to, uint32_t offset = Diag::kNoOffset);
  BoundExpr* Collate(BoundExpr* a, Collation collation, uint32_t offset = Diag::kNoOffset);
  BoundExpr* Between(BoundExpr* x, BoundExpr* low, BoundExpr* high,
                     uint32_t offset = Diag::kNoOffset);
  // Row values of n >= 2 parts: x op y (kLt, kLe, kGt, kGe), x BETWEEN y AND high.
  BoundExpr* RowOrder(ExprOp op, BoundExpr* const* x, BoundExpr* const* y, uint32_t n,
                      uint32_t offset = Diag::kNoOffset);
  BoundExpr* RowBetween(BoundExpr* const* x, BoundExpr* const* low, BoundExpr* const* high,
                        uint32_t n, uint32_t offset = Diag::kNoOffset);
  // items may be empty. Items are copied as pointers.
  BoundExpr* In(BoundExpr* x, BoundExpr* const* items, uint32_t n,
                uint32_t offset = Diag::kNoOffset);
  // operand may be nullptr (searched CASE); arms: when, then...; otherwise may be nullptr. A failed
  // operand must be reported by the caller before this call.
  BoundExpr* Case(BoundExpr* operand, BoundExpr* const* arms, uint32_t arm_count,
                  BoundExpr* otherwise, uint32_t offset = Diag::kNoOffset);
  // Lazy functions become kCoalesce and kCase, likely(x) becomes x without affinity.
  BoundExpr* Function(const ScalarFunction* function, BoundExpr* const* args, uint32_t n,
                      uint32_t offset = Diag::kNoOffset);
  // text [NOT] LIKE / GLOB pattern [ESCAPE escape] is Function(LikeFunction(..), {pattern, text,
  // escape}).
  BoundExpr* Not(BoundExpr* a) { return Unary(ExprOp::kNot, a); }

 private:
  BoundExpr* New(ExprOp op, uint32_t arg_count, uint32_t rule_count, uint32_t offset);
  bool Adopt(BoundExpr* node);
  BoundExpr* Rows(ExprOp op, BoundExpr* const* const* rows, uint32_t row_count, uint32_t n,
                  uint32_t offset);

  Arena* arena_;
};

OperandAffinity AffinityOf(const BoundExpr& e);
ColumnTraits TraitsOf(const BoundExpr& e);

// Takes over the collation of an operand: all of it, or only a COLLATE written inside it. A node
// that has one keeps it.
void InheritCollation(BoundExpr* node, const BoundExpr& from, bool explicit_only);

// The affinity and collation with which a and b are compared.
ComparisonRule RuleFor(const BoundExpr& a, const BoundExpr& b);

// Calls visit(user, node) for every node of the tree, parents first; a planner renumbers columns
// so.
void VisitExpr(BoundExpr* e, void (*visit)(void* user, BoundExpr* node), void* user);

// Whether two expressions are the same computation: same operations over the same columns; source 0
// of `a` is source `of_a` of `b`.
bool SameExpr(const BoundExpr& a, const BoundExpr& b, uint32_t of_a = 0);

}  // namespace dosql
