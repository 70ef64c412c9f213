#include "core/expr/evaluator.h"

#include "core/expr/chunk_machine.h"
#include "core/expr/row_machine.h"

namespace dosql {

Status ChunkEvaluator::Init(const Program* program, Arena* arena, uint32_t capacity) {
  program_ = program;
  arena_ = arena;
  capacity_ = capacity;
  // Arrays of an earlier Init may be too short.
  truths_[0] = truths_[1] = nullptr;
  scratch_rows_ = filter_rows_ = nullptr;
  registers_ = arena->NewArray<EvalRegister>(program->register_count);
  frames_ = arena->NewArray<EvalFrame>(program->depth);
  fixed_values_ = arena->NewArray<Value>(program->fixed_count);
  call_args_ = arena->NewArray<Value>(program->call_args_max);
  sets_ = arena->NewArray<InSet>(program->list_count);
  if (registers_ == nullptr || frames_ == nullptr || fixed_values_ == nullptr ||
      call_args_ == nullptr || sets_ == nullptr) {
    return Code::kNoMemory;
  }
  null_vector_.is_constant = true;
  null_vector_.tagged = &null_;
  started_ = false;
  return Status::Ok();
}

// Computes what does not depend on the row, and makes constant vectors of it.
Status ChunkEvaluator::Start(EvalContext* context) {
  EvalContext own = *context;
  own.function.arena = arena_;
  bool pass;
  DOSQL_TRY(RunRow(*program_, 0, program_->fixed_size, &own, nullptr, fixed_values_, call_args_, &pass));
  for (uint32_t i = 0; i < program_->fixed_count; i++) {
    Value& v = fixed_values_[i];
    EvalRegister& r = registers_[i];
    r.view = null_vector_;
    switch (v.type) {
      case ValueType::kNull:
        break;
      case ValueType::kInteger:
        r.view.type = VectorType::kI64;
        r.view.i64 = &v.i;
        break;
      case ValueType::kReal:
        r.view.type = VectorType::kF64;
        r.view.f64 = &v.d;
        break;
      default:
        r.text = StringRef::Make(v.data, v.size);
        r.view.type = VectorType::kBytes;
        r.view.is_blob = v.type == ValueType::kBlob;
        r.view.bytes = &r.text;
        break;
    }
  }
  for (uint32_t i = 0; i < program_->size; i++) {
    const Instruction& c = program_->code[i];
    if (c.op != Op::kIn) continue;
    const InList& list = *c.list;
    InSet& set = sets_[list.index];
    set = list.constants;
    if (list.register_count == 0) continue;
    if (!set.Init(arena_, list.constant_count + list.register_count, list.collation).ok()) {
      return context->function.OutOfMemory();
    }
    for (uint32_t k = 0; k < list.constant_count; k++) set.Add(list.constant_values[k]);
    for (uint32_t k = 0; k < list.register_count; k++) set.Add(fixed_values_[list.registers[k]]);
  }
  started_ = true;
  return Status::Ok();
}

Status ChunkEvaluator::Eval(EvalContext* context, const Chunk& chunk, const Vector** out) {
  *out = &null_vector_;
  if (chunk.selection.count == 0) return Status::Ok();
  if (!started_) DOSQL_TRY(Start(context));
  ChunkMachine machine(this, context, chunk);
  DOSQL_TRY(machine.Run());
  *out = &registers_[program_->result].view;
  return Status::Ok();
}

Status ChunkEvaluator::Filter(EvalContext* context, Chunk* chunk) {
  if (chunk->selection.count == 0) return Status::Ok();
  if (!started_) DOSQL_TRY(Start(context));
  ChunkMachine machine(this, context, *chunk);
  DOSQL_TRY(machine.Run());
  chunk->selection = machine.active();
  return Status::Ok();
}

}  // namespace dosql
