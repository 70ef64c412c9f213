#include "core/expr/chunk_machine.h"

#include "core/expr/scalar_ops.h"
#include "core/function/like.h"
#include "core/type/affinity.h"
#include "core/type/number_text.h"

namespace dosql {
namespace {

bool IsConstantNull(const Vector& v) {
  return v.is_constant && v.type == VectorType::kTagged && v.tagged[0].is_null();
}

// Where one side is a constant that is the same number in the other's type, gives it that type.
void MatchConstant(const Vector& other, Vector* v, Value* storage) {
  if (!v->is_constant || v->type == other.type) return;
  if (v->type == VectorType::kI64 && other.type == VectorType::kF64) {
    // Exact in a double up to 2^53.
    int64_t i = v->i64[0];
    if (i > int64_t{1} << 53 || i < -(int64_t{1} << 53)) return;
    storage->d = static_cast<double>(i);
    v->f64 = &storage->d;
  } else if (v->type == VectorType::kF64 && other.type == VectorType::kI64) {
    int64_t i;
    if (!RealToExactInteger(v->f64[0], &i)) return;
    storage->i = i;
    v->i64 = &storage->i;
  } else {
    return;
  }
  v->type = other.type;
}

// Whether a kernel can compare the two.
bool HasKernel(const Vector& a, const Vector& b, Collation collation) {
  if (a.type != b.type || a.type == VectorType::kTagged) return false;
  if (a.type != VectorType::kBytes) return true;
  return a.is_blob == b.is_blob && (a.is_blob || collation == Collation::kBinary);
}

}  // namespace

// --- registers -------------------------------------------------------------------------------------

Status ChunkMachine::NeedWords(EvalRegister* r) { return NeedArray(&r->words); }
Status ChunkMachine::NeedNulls(EvalRegister* r) { return NeedArray(&r->nulls); }

void ChunkMachine::SetView(EvalRegister* r, VectorType type, bool with_nulls) {
  r->view = Vector();
  r->view.type = type;
  r->view.i64 = r->words;
  r->view.nulls = with_nulls ? r->nulls : nullptr;
  r->owned = true;
}

void ChunkMachine::SetNull(EvalRegister* r) {
  r->view = e_.null_vector_;
  r->owned = false;
}

Status ChunkMachine::CombineNulls(EvalRegister* dst, const Vector& a, const Vector& b, bool* any) {
  *any = a.nulls != nullptr || b.nulls != nullptr;
  if (!*any) return Status::Ok();
  DOSQL_TRY(NeedNulls(dst));
  MergeNulls(a.nulls, b.nulls, active_, dst->nulls);
  return Status::Ok();
}

Selection ChunkMachine::WithoutNulls(const Vector& v, Selection s, uint16_t* rows) {
  if (v.nulls == nullptr) return s;
  return {rows, SelectByte(v.nulls, 0, s, rows)};
}

void ChunkMachine::StartBuilder(EvalRegister* dst) {
  if (dst->builds) {
    dst->builder.Restart();
  } else {
    dst->builder.Init(e_.arena_, e_.capacity_);
    dst->builds = true;
  }
}

Status ChunkMachine::BuildWith(EvalRegister* dst, MakeValue make, void* user) {
  StartBuilder(dst);
  Status s = BuildRows(&dst->builder, active_, make, user);
  if (!s.ok()) return s.code() == Code::kNoMemory ? OutOfMemory() : s;
  dst->view = dst->builder.Finish();
  dst->owned = true;
  return Status::Ok();
}

Status ChunkMachine::SetTruths(EvalRegister* dst, const uint8_t* truths, const Selection& s) {
  DOSQL_TRY(NeedWords(dst));
  DOSQL_TRY(NeedNulls(dst));
  SetView(dst, VectorType::kI64, TruthsToIntegers(truths, s, dst->words, dst->nulls));
  return Status::Ok();
}

// --- operators -------------------------------------------------------------------------------------

Status ChunkMachine::Arithmetic(const Instruction& c, EvalRegister* dst, const Vector& a,
                                const Vector& b) {
  if (IsConstantNull(a) || IsConstantNull(b)) {
    SetNull(dst);
    return Status::Ok();
  }
  bool numbers = (a.type == VectorType::kI64 || a.type == VectorType::kF64) &&
                 (b.type == VectorType::kI64 || b.type == VectorType::kF64);
  bool integers = a.type == VectorType::kI64 && b.type == VectorType::kI64;
  if (numbers && (integers || c.expr != ExprOp::kMod)) {
    DOSQL_TRY(NeedWords(dst));
    bool nulls;
    DOSQL_TRY(CombineNulls(dst, a, b, &nulls));
    if (integers) {
      if (IntegerKernel(c.expr, LaneOf<int64_t>(a), LaneOf<int64_t>(b), active_, dst->words)) {
        SetView(dst, VectorType::kI64, nulls);
        return Status::Ok();
      }
    } else {
      double* out = reinterpret_cast<double*>(dst->words);
      // An integer operand becomes real: a constant here, a vector in the result's own array, which
      // the kernel then reads and writes row by row.
      double constant;
      auto lane = [&](const Vector& v) -> Lane<double> {
        if (v.type == VectorType::kF64) return LaneOf<double>(v);
        if (v.is_constant) {
          constant = static_cast<double>(v.i64[0]);
          return {&constant, 0};
        }
        ToRealKernel(v.i64, active_, out);
        return {out, ~0u};
      };
      Lane<double> x = lane(a), y = lane(b);
      if (!RealKernel(c.expr, x, y, active_, out)) {
        // Where the divisor lay in `out` it is gone; the integers still tell which were 0.
        if (!nulls) {
          DOSQL_TRY(NeedNulls(dst));
          for (uint32_t k = 0; k < active_.count; k++) dst->nulls[active_[k]] = 0;
          nulls = true;
        }
        if (b.type == VectorType::kI64 && !b.is_constant) {
          for (uint32_t k = 0; k < active_.count; k++) {
            uint32_t row = active_[k];
            if (c.expr == ExprOp::kDiv && b.i64[row] == 0) dst->nulls[row] = 1;
          }
          IrregularReals(ExprOp::kAdd, x, out, active_, dst->nulls);
        } else {
          IrregularReals(c.expr, y, out, active_, dst->nulls);
        }
      }
      SetView(dst, VectorType::kF64, nulls);
      return Status::Ok();
    }
  }
  return Build(dst, [&](uint32_t row, Value* v) {
    *v = dosql::Arithmetic(c.expr, a.Get(row), b.Get(row));
    return Status::Ok();
  });
}

Status ChunkMachine::Unary(const Instruction& c, EvalRegister* dst, const Vector& a) {
  switch (c.expr) {
    case ExprOp::kNegate: {
      Value zero = Value::Integer(0);
      Vector v;
      v.type = VectorType::kI64;
      v.is_constant = true;
      v.i64 = &zero.i;
      Instruction subtract = c;
      subtract.expr = ExprOp::kSub;
      return Arithmetic(subtract, dst, v, a);
    }
    case ExprOp::kNot: {
      TruthsOf(a, e_.truths_[0]);
      for (uint32_t k = 0; k < active_.count; k++) {
        uint8_t& t = e_.truths_[0][active_[k]];
        t = static_cast<uint8_t>(kTrue - t);
      }
      return SetTruths(dst, e_.truths_[0], active_);
    }
    case ExprOp::kIsNull:
    case ExprOp::kNotNull: {
      DOSQL_TRY(NeedWords(dst));
      bool negated = c.expr == ExprOp::kNotNull;
      for (uint32_t k = 0; k < active_.count; k++) {
        uint32_t row = active_[k];
        dst->words[row] = a.IsNull(row) != negated;
      }
      SetView(dst, VectorType::kI64, false);
      return Status::Ok();
    }
    default:
      return Build(dst, [&](uint32_t row, Value* v) {
        *v = UnaryOp(c.expr, a.Get(row));
        return Status::Ok();
      });
  }
}

Status ChunkMachine::Convert(const Instruction& c, EvalRegister* dst, const EvalRegister& from) {
  const Vector& a = from.view;
  bool cast = c.op == Op::kCast;
  // Where nothing changes the result is a view of the operand, unless that is in a register's own
  // arrays, which may be overwritten sooner.
  bool same = false;
  switch (a.type) {
    case VectorType::kI64:
      same = IsNumericAffinity(c.affinity) && !(cast && c.affinity == Affinity::kReal);
      break;
    case VectorType::kF64:
      same = IsNumericAffinity(c.affinity) && !(cast && c.affinity == Affinity::kInteger);
      break;
    case VectorType::kBytes:
      same = c.affinity == Affinity::kText && (!cast || !a.is_blob);
      break;
    case VectorType::kTagged:
      break;
  }
  if (same && !from.owned) {
    dst->view = a;
    dst->owned = false;
    return Status::Ok();
  }
  return Build(dst, [&](uint32_t row, Value* v) {
    *v = a.Get(row);
    Arena* arena = context_->function.arena;
    Status s = cast ? CastTo(c.affinity, arena, v) : ApplyComparisonAffinity(c.affinity, arena, v);
    return s.ok() ? s : OutOfMemory();
  });
}

Status ChunkMachine::Compare(const Instruction& c, EvalRegister* dst, Vector a, Vector b) {
  bool is = c.expr == ExprOp::kIs || c.expr == ExprOp::kIsNot;
  if (!is && (IsConstantNull(a) || IsConstantNull(b))) {
    SetNull(dst);
    return Status::Ok();
  }
  Value storage[2];
  MatchConstant(a, &b, &storage[1]);
  MatchConstant(b, &a, &storage[0]);
  bool has_nulls = a.nulls != nullptr || b.nulls != nullptr;
  if (!HasKernel(a, b, c.collation) || (is && has_nulls)) {
    return Build(dst, [&](uint32_t row, Value* v) {
      *v = dosql::Compare(c.expr, a.Get(row), b.Get(row), c.collation);
      return Status::Ok();
    });
  }
  DOSQL_TRY(NeedWords(dst));
  DOSQL_TRY(CombineNulls(dst, a, b, &has_nulls));
  uint32_t accepted = AcceptedOutcomes(c.expr);
  if (a.type == VectorType::kI64) {
    CompareLanes(accepted, LaneOf<int64_t>(a), LaneOf<int64_t>(b), active_, dst->words);
  } else if (a.type == VectorType::kF64) {
    CompareLanes(accepted, LaneOf<double>(a), LaneOf<double>(b), active_, dst->words);
  } else {
    Selection s = WithoutNulls(a, active_, e_.scratch_rows_);
    s = WithoutNulls(b, s, e_.scratch_rows_);
    CompareLanes(accepted, LaneOf<StringRef>(a), LaneOf<StringRef>(b), s, dst->words);
  }
  SetView(dst, VectorType::kI64, has_nulls);
  return Status::Ok();
}

Status ChunkMachine::FilterCompare(const Instruction& c, Vector a, Vector b) {
  uint16_t* out = e_.filter_rows_;
  uint32_t before = active_.count;
  if (IsConstantNull(a) || IsConstantNull(b)) {
    active_ = {out, 0};
    return Status::Ok();
  }
  Value storage[2];
  MatchConstant(a, &b, &storage[1]);
  MatchConstant(b, &a, &storage[0]);
  uint32_t accepted = AcceptedOutcomes(c.expr);
  Selection s = WithoutNulls(a, active_, out);
  s = WithoutNulls(b, s, out);
  uint32_t n = 0;
  if (!HasKernel(a, b, c.collation)) {
    for (uint32_t k = 0; k < s.count; k++) {
      uint32_t row = s[k];
      Value x = a.Get(row), y = b.Get(row);
      if (x.is_null() || y.is_null()) continue;
      if (IsAccepted(accepted, CompareValues(x, y, c.collation))) out[n++] = static_cast<uint16_t>(row);
    }
  } else if (a.type == VectorType::kI64) {
    n = SelectLanes(accepted, LaneOf<int64_t>(a), LaneOf<int64_t>(b), s, out);
  } else if (a.type == VectorType::kF64) {
    n = SelectLanes(accepted, LaneOf<double>(a), LaneOf<double>(b), s, out);
  } else {
    n = SelectLanes(accepted, LaneOf<StringRef>(a), LaneOf<StringRef>(b), s, out);
  }
  // All rows of a dense chunk passed: it stays dense.
  if (n == before && active_.rows == nullptr) return Status::Ok();
  active_ = {out, n};
  return Status::Ok();
}

// --- calls -----------------------------------------------------------------------------------------

Status ChunkMachine::Call(const Instruction& c, EvalRegister* dst) {
  const dosql::Call& call = *c.call;
  FunctionContext& fc = context_->function;
  fc.collation = c.collation;
  fc.sql_offset = call.sql_offset;
  bool done = false;
  DOSQL_TRY(CallLike(c, dst, &done));
  if (done) return Status::Ok();
  Value* args = e_.call_args_;
  return Build(dst, [&](uint32_t row, Value* v) {
    for (uint32_t i = 0; i < call.arg_count; i++) args[i] = e_.registers_[call.args[i]].view.Get(row);
    return call.function->fn(&fc, v, args, call.arg_count);
  });
}

// LIKE and GLOB of texts and a constant pattern, which is prepared once.
Status ChunkMachine::CallLike(const Instruction& c, EvalRegister* dst, bool* done) {
  const dosql::Call& call = *c.call;
  bool glob = call.function == GlobFunction();
  if (!glob && call.function != LikeFunction(false)) return Status::Ok();
  const Vector& pattern = e_.registers_[call.args[0]].view;
  const Vector& text = e_.registers_[call.args[1]].view;
  if (!pattern.is_constant || pattern.type != VectorType::kBytes) return Status::Ok();
  if (text.type != VectorType::kBytes || text.is_constant) return Status::Ok();
  std::string_view escape;
  bool escapes = call.arg_count == 3;
  if (escapes) {
    const Vector& v = e_.registers_[call.args[2]].view;
    if (!v.is_constant || v.type != VectorType::kBytes) return Status::Ok();
    escape = AsText(v.bytes[0].bytes());
  }
  Pattern p;
  DOSQL_TRY(MakePattern(&context_->function, glob ? PatternSyntax::kGlob : PatternSyntax::kLike,
                        AsText(pattern.bytes[0].bytes()), escapes ? &escape : nullptr, &p));
  uint8_t* truths = e_.truths_[0];
  for (uint32_t k = 0; k < active_.count; k++) {
    uint32_t row = active_[k];
    truths[row] = kUnknown;
    if (text.IsNull(row)) continue;
    bool matches;
    DOSQL_TRY(Match(&context_->function, p, AsText(text.bytes[row].bytes()), &matches));
    truths[row] = matches ? kTrue : kFalse;
  }
  *done = true;
  return SetTruths(dst, truths, active_);
}

// --- branches --------------------------------------------------------------------------------------

Status ChunkMachine::PushFrame(EvalFrame** frame) {
  DOSQL_ASSERT(depth_ < e_.program_->depth);
  EvalFrame& f = e_.frames_[depth_++];
  DOSQL_TRY(NeedArray(&f.taken_rows));
  DOSQL_TRY(NeedArray(&f.rest_rows));
  f.saved = f.rest = active_;
  *frame = &f;
  return Status::Ok();
}

void ChunkMachine::PopFrame() { active_ = e_.frames_[--depth_].saved; }

Status ChunkMachine::Step(const Instruction& c, uint32_t* pc) {
  EvalRegister& dst = e_.registers_[c.dst];
  const Vector& a = e_.registers_[c.a].view;
  const Vector& b = e_.registers_[c.b].view;
  EvalFrame* frame = depth_ > 0 ? &e_.frames_[depth_ - 1] : nullptr;
  uint8_t* truths = e_.truths_[0];
  switch (c.op) {
    case Op::kConstant:
    case Op::kParam:
    case Op::kOuter:
      DOSQL_ASSERT(false);  // always fixed
      return Code::kInternal;
    case Op::kColumn:
      dst.view = chunk_.columns[c.jump];
      dst.owned = false;
      return Status::Ok();
    case Op::kUnary:
      return Unary(c, &dst, a);
    case Op::kArithmetic:
      return Arithmetic(c, &dst, a, b);
    case Op::kBitwise:
      return Build(&dst, [&](uint32_t row, Value* v) {
        *v = Bitwise(c.expr, a.Get(row), b.Get(row));
        return Status::Ok();
      });
    case Op::kConcat:
      context_->function.sql_offset = Diag::kNoOffset;
      return Build(&dst, [&](uint32_t row, Value* v) {
        return Concat(&context_->function, a.Get(row), b.Get(row), v);
      });
    case Op::kCompare:
      return Compare(c, &dst, a, b);
    case Op::kAffinity:
    case Op::kCast:
      return Convert(c, &dst, e_.registers_[c.a]);
    case Op::kLogic:
      TruthsOf(a, truths);
      TruthsOf(b, e_.truths_[1]);
      MergeTruths(c.expr == ExprOp::kAnd, truths, e_.truths_[1], active_, truths);
      return SetTruths(&dst, truths, active_);
    case Op::kIn:
      ProbeRows(e_.sets_[c.list->index], a, active_, truths);
      return SetTruths(&dst, truths, active_);
    case Op::kCall:
      return Call(c, &dst);
    case Op::kSubquery: {
      Value* args = e_.call_args_;
      return Build(&dst, [&](uint32_t row, Value* v) {
        for (uint32_t i = 0; i < c.call->arg_count; i++)
          args[i] = e_.registers_[c.call->args[i]].view.Get(row);
        return context_->subqueries->Evaluate(*c.call->subquery, args, c.jump,
                                              context_->function.arena, v);
      });
    }

    case Op::kTest: {
      TruthsOf(a, truths);
      DOSQL_TRY(SetTruths(&dst, truths, active_));
      dst.view.nulls = dst.nulls;  // kMerge writes there
      DOSQL_TRY(PushFrame(&frame));
      uint8_t decided = c.expr == ExprOp::kAnd ? kFalse : kTrue;
      uint32_t n = 0;
      for (uint32_t k = 0; k < active_.count; k++) {
        uint32_t row = active_[k];
        frame->rest_rows[n] = static_cast<uint16_t>(row);
        n += truths[row] != decided;
      }
      active_ = {frame->rest_rows, n};
      if (n == 0) {
        PopFrame();
        *pc = c.jump - 1;
      }
      return Status::Ok();
    }
    case Op::kMerge:
      TruthsOf(dst.view, truths);
      TruthsOf(a, e_.truths_[1]);
      MergeTruths(c.expr == ExprOp::kAnd, truths, e_.truths_[1], active_, truths);
      (void)TruthsToIntegers(truths, active_, dst.words, dst.nulls);
      PopFrame();
      return Status::Ok();

    case Op::kCaseBegin:
      DOSQL_TRY(PushFrame(&frame));
      StartBuilder(&dst);
      return Status::Ok();
    case Op::kCaseWhen: {
      TruthsOf(a, truths);
      uint32_t taken = 0, rest = 0;
      for (uint32_t k = 0; k < active_.count; k++) {
        uint16_t row = static_cast<uint16_t>(active_[k]);
        bool take = truths[row] == kTrue;
        frame->taken_rows[taken] = frame->rest_rows[rest] = row;
        taken += take;
        rest += !take;
      }
      frame->rest = {frame->rest_rows, rest};
      active_ = {frame->taken_rows, taken};
      if (taken == 0) {
        active_ = frame->rest;
        *pc = c.jump - 1;
      }
      return Status::Ok();
    }
    case Op::kCaseThen:
      if (!CopyRows(&dst.builder, a, active_).ok()) return OutOfMemory();
      active_ = frame->rest;
      if (active_.count == 0) *pc = c.jump - 1;
      return Status::Ok();
    case Op::kCoalesce: {
      uint32_t rest = 0;
      for (uint32_t k = 0; k < active_.count; k++) {
        uint32_t row = active_[k];
        Value v = a.Get(row);
        if (v.is_null()) {
          frame->rest_rows[rest++] = static_cast<uint16_t>(row);
        } else if (!dst.builder.Put(row, v).ok()) {
          return OutOfMemory();
        }
      }
      active_ = {frame->rest_rows, rest};
      if (rest == 0) *pc = c.jump - 1;
      return Status::Ok();
    }
    case Op::kCaseElse:
      return CopyRows(&dst.builder, a, active_).ok() ? Status::Ok() : OutOfMemory();
    case Op::kCaseEnd:
      dst.view = dst.builder.Finish();
      dst.owned = true;
      PopFrame();
      return Status::Ok();

    case Op::kFilter: {
      TruthsOf(a, truths);
      uint32_t n = SelectByte(truths, kTrue, active_, e_.filter_rows_);
      if (n != active_.count || active_.rows != nullptr) active_ = {e_.filter_rows_, n};
      return Status::Ok();
    }
    case Op::kFilterCompare:
      return FilterCompare(c, a, b);
  }
  return Status::Ok();
}

Status ChunkMachine::Run() {
  DOSQL_TRY(NeedArray(&e_.truths_[0]));
  DOSQL_TRY(NeedArray(&e_.truths_[1]));
  DOSQL_TRY(NeedArray(&e_.scratch_rows_));
  if (e_.program_->is_filter) DOSQL_TRY(NeedArray(&e_.filter_rows_));
  for (uint32_t pc = e_.program_->fixed_size; pc < e_.program_->size; pc++) {
    // A filter is through when no rows are left; inside a branch its end must still be reached.
    if (active_.count == 0 && depth_ == 0) break;
    DOSQL_TRY(Step(e_.program_->code[pc], &pc));
  }
  return Status::Ok();
}

}  // namespace dosql
