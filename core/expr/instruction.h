// The instructions of a Program. Private to core/expr.
//
// Registers hold Values (row) or Vectors (chunk). A branch has two readings: a row jumps, a chunk
// narrows the active rows and jumps only when none are left. So every branch is written as
//
//   AND, OR       <left -> a>  Test dst, a  <right -> b>  Merge dst, b
//   CASE          Begin dst      { <cond -> a>  When a   <value -> a>  Then dst, a }  <else -> a>
//                 Else dst, a    End dst
//   COALESCE      Begin dst      { <arg -> a>   Coalesce dst, a }    <last -> a>
//                 Else dst, a    End dst
//
// with `jump` leading from Test behind Merge, from When to the next arm, from Then and Coalesce to End.
#pragma once

#include "core/expr/in_set.h"
#include "core/expr/program.h"

namespace dosql {

enum class Op : uint8_t {
  kConstant,    // dst = *value
  kParam,       // dst = parameter `jump`
  kOuter,       // dst = outer value `jump`
  kColumn,      // dst = column `jump`
  kUnary,       // dst = expr a
  kArithmetic,  // dst = a expr b
  kBitwise,
  kConcat,
  kCompare,     // by `collation`
  kAffinity,    // dst = a with the comparison affinity `affinity`
  kCast,        // to `affinity`
  kLogic,       // dst = a expr b: AND or OR, both evaluated
  kIn,          // dst = a IN *list
  kCall,        // dst = *call
  kSubquery,    // dst = column `jump` of call->subquery
  kTest,        // expr: AND or OR
  kMerge,
  kCaseBegin,
  kCaseWhen,
  kCaseThen,
  kCoalesce,
  kCaseElse,
  kCaseEnd,
  kFilter,         // only rows where a is true stay
  kFilterCompare,  // only rows where a expr b
};

struct Call {
  const ScalarFunction* function;  // nullptr: a subquery
  const Subquery* subquery;
  const uint16_t* args;  // registers
  uint32_t arg_count;
  uint32_t sql_offset;
};

struct Instruction {
  Op op = Op::kConstant;
  ExprOp expr = ExprOp::kConstant;  // which operator
  Affinity affinity = Affinity::kBlob;
  Collation collation = Collation::kBinary;
  uint16_t dst = 0, a = 0, b = 0;
  uint32_t jump = 0;
  union {
    const Value* value;
    const Call* call;
    const InList* list;
  };
  Instruction() : value(nullptr) {}
};

}  // namespace dosql
