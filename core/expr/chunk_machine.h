// Runs a program's varying instructions over one chunk. Private to core/expr; evaluator.h is the door.
#pragma once

#include "core/expr/evaluator.h"
#include "core/expr/instruction.h"
#include "core/expr/kernel.h"
#include "core/vector/vector_builder.h"

namespace dosql {

// One register: a view, and the arrays that operations fill when the view is of their own making.
struct EvalRegister {
  Vector view;
  bool owned = false;        // the view is of the arrays below
  int64_t* words = nullptr;  // for kernels; shared by doubles
  uint8_t* nulls = nullptr;
  bool builds = false;
  VectorBuilder builder;     // for values one by one
  StringRef text;            // of a fixed TEXT or BLOB
};

// One branch under way: the rows to come back to and what narrows them.
struct EvalFrame {
  Selection saved;
  Selection rest;             // CASE: rows that no arm has taken
  uint16_t* taken_rows = nullptr;
  uint16_t* rest_rows = nullptr;
};

class ChunkMachine {
 public:
  ChunkMachine(ChunkEvaluator* evaluator, EvalContext* context, const Chunk& chunk)
      : e_(*evaluator), context_(context), chunk_(chunk), active_(chunk.selection) {}

  Status Run();
  const Selection& active() const { return active_; }

 private:
  Status Step(const Instruction& c, uint32_t* pc);

  // Values one by one, into the register's builder.
  template <typename Fn>
  Status Build(EvalRegister* dst, Fn fn) {
    return BuildWith(
        dst, [](void* user, uint32_t row, Value* v) { return (*static_cast<Fn*>(user))(row, v); }, &fn);
  }
  Status BuildWith(EvalRegister* dst, MakeValue make, void* user);
  void StartBuilder(EvalRegister* dst);

  Status Arithmetic(const Instruction& c, EvalRegister* dst, const Vector& a, const Vector& b);
  Status Unary(const Instruction& c, EvalRegister* dst, const Vector& a);
  Status Convert(const Instruction& c, EvalRegister* dst, const EvalRegister& a);
  Status Compare(const Instruction& c, EvalRegister* dst, Vector a, Vector b);
  Status FilterCompare(const Instruction& c, Vector a, Vector b);
  Status Call(const Instruction& c, EvalRegister* dst);
  Status CallLike(const Instruction& c, EvalRegister* dst, bool* done);

  void TruthsOf(const Vector& v, uint8_t* out) { TruthsOfRows(v, active_, out); }
  // A register of 0, 1 and NULL from truths, for the rows of `s`.
  Status SetTruths(EvalRegister* dst, const uint8_t* truths, const Selection& s);
  Status NeedWords(EvalRegister* r);
  Status NeedNulls(EvalRegister* r);
  void SetView(EvalRegister* r, VectorType type, bool with_nulls);
  // The NULLs of a result that is NULL where a or b is.
  Status CombineNulls(EvalRegister* dst, const Vector& a, const Vector& b, bool* any);
  void SetNull(EvalRegister* r);
  Selection WithoutNulls(const Vector& v, Selection s, uint16_t* rows);

  Status OutOfMemory() { return context_->function.OutOfMemory(); }
  template <typename T>
  Status NeedArray(T** array) {
    if (*array == nullptr) *array = static_cast<T*>(e_.arena_->Allocate(e_.capacity_ * sizeof(T)));
    return *array == nullptr ? OutOfMemory() : Status::Ok();
  }

  Status PushFrame(EvalFrame** frame);
  void PopFrame();

  ChunkEvaluator& e_;
  EvalContext* context_;
  const Chunk& chunk_;
  Selection active_;
  uint32_t depth_ = 0;
};

}  // namespace dosql
