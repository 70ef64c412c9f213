// The inner loop of single rows.
#include "core/expr/row_machine.h"
#include "core/expr/scalar_ops.h"
#include "core/type/affinity.h"

namespace dosql {
namespace {

int ProbeList(const InList& list, const Value& v, const Value* registers) {
  int result = list.constants.Probe(v);
  for (uint32_t i = 0; i < list.register_count && result != 1; i++) {
    const Value& item = registers[list.registers[i]];
    if (v.is_null() || item.is_null()) {
      result = -1;
    } else if (EqualValues(v, item, list.collation)) {
      result = 1;
    }
  }
  return result;
}

}  // namespace

Status RunRow(const Program& program, uint32_t from, uint32_t to, EvalContext* context,
              const Value* row, Value* registers, Value* args, bool* pass) {
  FunctionContext& fc = context->function;
  for (uint32_t pc = from; pc < to; pc++) {
    const Instruction& c = program.code[pc];
    Value& dst = registers[c.dst];
    const Value& a = registers[c.a];
    const Value& b = registers[c.b];
    switch (c.op) {
      case Op::kConstant:
        dst = *c.value;
        break;
      case Op::kParam:
        dst = c.jump < context->param_count ? context->params[c.jump] : Value::Null();
        break;
      case Op::kOuter:
        dst = context->outer[c.jump];
        break;
      case Op::kColumn:
        dst = row[c.jump];
        break;
      case Op::kUnary:
        dst = UnaryOp(c.expr, a);
        break;
      case Op::kArithmetic:
        dst = Arithmetic(c.expr, a, b);
        break;
      case Op::kBitwise:
        dst = Bitwise(c.expr, a, b);
        break;
      case Op::kConcat:
        fc.sql_offset = Diag::kNoOffset;
        DOSQL_TRY(Concat(&fc, a, b, &dst));
        break;
      case Op::kCompare:
        dst = Compare(c.expr, a, b, c.collation);
        break;
      case Op::kAffinity:
      case Op::kCast: {
        Value v = a;
        Status s = c.op == Op::kCast ? CastTo(c.affinity, fc.arena, &v)
                                     : ApplyComparisonAffinity(c.affinity, fc.arena, &v);
        if (!s.ok()) return context->function.OutOfMemory();
        dst = v;
        break;
      }
      case Op::kLogic:
        dst = FromTruth(c.expr == ExprOp::kAnd ? And3(ToTruth(a), ToTruth(b))
                                               : Or3(ToTruth(a), ToTruth(b)));
        break;
      case Op::kIn:
        dst = FromTruth(ProbeList(*c.list, a, registers));
        break;
      case Op::kCall:
        for (uint32_t i = 0; i < c.call->arg_count; i++) args[i] = registers[c.call->args[i]];
        fc.collation = c.collation;
        fc.sql_offset = c.call->sql_offset;
        DOSQL_TRY(c.call->function->fn(&fc, &dst, args, c.call->arg_count));
        break;
      case Op::kSubquery:
        for (uint32_t i = 0; i < c.call->arg_count; i++) args[i] = registers[c.call->args[i]];
        DOSQL_TRY(context->subqueries->Evaluate(*c.call->subquery, args, c.jump, fc.arena, &dst));
        break;
      case Op::kTest: {
        int t = ToTruth(a);
        dst = FromTruth(t);
        if (t == (c.expr == ExprOp::kOr)) pc = c.jump - 1;
        break;
      }
      case Op::kMerge:
        dst = FromTruth(c.expr == ExprOp::kAnd ? And3(ToTruth(dst), ToTruth(a))
                                               : Or3(ToTruth(dst), ToTruth(a)));
        break;
      case Op::kCaseBegin:
      case Op::kCaseEnd:
        break;
      case Op::kCaseWhen:
        if (ToTruth(a) != 1) pc = c.jump - 1;
        break;
      case Op::kCaseThen:
        dst = a;
        pc = c.jump - 1;
        break;
      case Op::kCoalesce:
        if (a.is_null()) break;
        dst = a;
        pc = c.jump - 1;
        break;
      case Op::kCaseElse:
        dst = a;
        break;
      case Op::kFilter:
        *pass = ToTruth(a) == 1;
        if (!*pass) return Status::Ok();
        break;
      case Op::kFilterCompare:
        *pass = !a.is_null() && !b.is_null() &&
                IsAccepted(AcceptedOutcomes(c.expr), CompareValues(a, b, c.collation));
        if (!*pass) return Status::Ok();
        break;
    }
  }
  return Status::Ok();
}

}  // namespace dosql
