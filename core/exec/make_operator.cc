#include "core/exec/operator.h"
#include "core/expr/eval_row.h"
#include "core/type/affinity.h"

namespace dosql {

Status MakeOperator(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator>* out) {
  std::unique_ptr<Operator> input, build;
  if (node.input != nullptr && node.kind != PlanKind::kShare)
    DOSQL_TRY(MakeOperator(context, *node.input, &input));
  if (node.build != nullptr) DOSQL_TRY(MakeOperator(context, *node.build, &build));
  switch (node.kind) {
    case PlanKind::kOneRow: *out = MakeOneRow(context); break;
    case PlanKind::kValues: *out = MakeValues(context, node); break;
    case PlanKind::kInList: *out = MakeInList(context, node, std::move(input)); break;
    case PlanKind::kAppend: {
      std::vector<std::unique_ptr<Operator>> inputs(node.inputs.size);
      for (uint32_t i = 0; i < node.inputs.size; i++)
        DOSQL_TRY(MakeOperator(context, *node.inputs[i], &inputs[i]));
      *out = MakeAppend(std::move(inputs));
      break;
    }
    case PlanKind::kSetOp:
      *out = MakeSetOp(context, node, std::move(input), std::move(build));
      break;
    case PlanKind::kFunction: *out = MakeFunction(context, node, std::move(input)); break;
    case PlanKind::kScan: *out = MakeScan(context, node); break;
    case PlanKind::kIndexJoin: *out = MakeIndexJoin(context, node, std::move(input)); break;
    case PlanKind::kHashJoin:
      *out = MakeHashJoin(context, node, std::move(input), std::move(build));
      break;
    case PlanKind::kSemiJoin:
      *out = node.hashes_input ? MakeMarkJoin(context, node, std::move(input), std::move(build))
                               : MakeSemiJoin(context, node, std::move(input), std::move(build));
      break;
    case PlanKind::kFilter: *out = MakeFilter(context, node, std::move(input)); break;
    case PlanKind::kAggregate: *out = MakeAggregate(context, node, std::move(input)); break;
    case PlanKind::kProject: *out = MakeProject(context, node, std::move(input)); break;
    case PlanKind::kDistinct: *out = MakeDistinct(context, node, std::move(input)); break;
    case PlanKind::kSort: *out = MakeSort(context, node, std::move(input)); break;
    case PlanKind::kShare: *out = MakeShare(context, node); break;
    case PlanKind::kLimit: *out = MakeLimit(context, node, std::move(input)); break;
  }
  return Status::Ok();
}

namespace {

Status EvalCount(ExecContext* context, const PlanExpr& e, int64_t* out) {
  EvalContext eval = context->eval;
  eval.function.arena = context->arena;
  Value v;
  DOSQL_TRY(EvalRow(*e.program, &eval, nullptr, &v));
  DOSQL_TRY(ApplyAffinity(Affinity::kInteger, context->arena, &v));
  if (v.type != ValueType::kInteger)
    return context->diag->Set(Code::kType, "datatype mismatch", e.expr->offset);
  *out = v.i;
  return Status::Ok();
}

}  // namespace

Status EvalLimit(ExecContext* context, const PlanExpr& limit, const PlanExpr& offset,
                 uint64_t* limit_rows, uint64_t* offset_rows) {
  int64_t n = -1, skip = 0;
  if (limit.program != nullptr) DOSQL_TRY(EvalCount(context, limit, &n));
  if (offset.program != nullptr) DOSQL_TRY(EvalCount(context, offset, &skip));
  *limit_rows = n < 0 ? UINT64_MAX : static_cast<uint64_t>(n);
  *offset_rows = skip < 0 ? 0 : static_cast<uint64_t>(skip);
  return Status::Ok();
}

}  // namespace dosql
