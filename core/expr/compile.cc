#include "core/expr/instruction.h"
#include "core/expr/scalar_ops.h"

namespace dosql {
namespace {

constexpr uint32_t kRegistersMax = 16384;
constexpr uint32_t kInstructionsMax = 1u << 20;
// While compiling, fixed registers and the others are numbered apart; this bit tells them apart.
constexpr uint16_t kVarying = 0x8000;

// An array in the arena that grows by doubling.
template <typename T>
struct Growing {
  T* data = nullptr;
  uint32_t size = 0, capacity = 0;

  bool Push(Arena* arena, const T& v) {
    if (size == capacity) {
      uint32_t want = capacity == 0 ? 8 : capacity * 2;
      T* bigger = static_cast<T*>(arena->Allocate(want * sizeof(T)));
      if (bigger == nullptr) return false;
      if (size > 0) std::memcpy(static_cast<void*>(bigger), data, size * sizeof(T));
      data = bigger;
      capacity = want;
    }
    data[size++] = v;
    return true;
  }
};

class Compiler {
 public:
  explicit Compiler(Arena* arena) : arena_(arena) {}

  Status Run(const BoundExpr& e, bool filter, const Program** out) {
    uint16_t result = 0;
    if (filter) {
      CompileConjuncts(e);
    } else {
      result = Compile(e);
    }
    DOSQL_TRY(status_);
    return Link(result, filter, out);
  }

 private:
  using Register = uint16_t;

  void Fail(Code code) {
    if (status_.ok()) status_ = code;
  }

  // --- registers: taken from those released last, so that few arrays stay in use ---------------
  Register Take() {
    if (!fixed_ && free_.size > 0) return free_.data[--free_.size];
    uint32_t& count = fixed_ ? fixed_count_ : varying_count_;
    if (count >= kRegistersMax) {
      Fail(Code::kTooBig);
      return 0;
    }
    return static_cast<Register>(count++ | (fixed_ ? 0 : kVarying));
  }
  void Release(Register r) {
    // Fixed registers keep their values for the whole execution.
    if ((r & kVarying) && !free_.Push(arena_, r)) Fail(Code::kNoMemory);
  }

  // --- instructions ------------------------------------------------------------------------------
  Growing<Instruction>& code() { return fixed_ ? fixed_code_ : varying_code_; }
  uint32_t Here() { return code().size; }
  Instruction& Emit(Op op, Register dst, Register a = 0, Register b = 0) {
    Instruction i;
    i.op = op;
    i.dst = dst;
    i.a = a;
    i.b = b;
    if (code().size >= kInstructionsMax) Fail(Code::kTooBig);
    if (!status_.ok() || !code().Push(arena_, i)) {
      Fail(Code::kNoMemory);
      return scratch_;
    }
    return code().data[code().size - 1];
  }
  void JumpHere(uint32_t from) {
    if (status_.ok()) code().data[from].jump = Here();
  }

  // --- expressions -------------------------------------------------------------------------------
  // Whether the value may be computed once, before the rows. What calls a function may fail, and
  // must not where no row gets that far.
  bool Hoists(const BoundExpr& e) const {
    return !fixed_ && e.IsFixed() && (conditional_ == 0 || !(e.flags & kExprHasCall));
  }

  // The caller releases the register.
  Register Compile(const BoundExpr& e) { return CompileAs(e, Affinity::kBlob); }

  // The value with a comparison affinity applied.
  Register CompileAs(const BoundExpr& e, Affinity affinity) {
    if (Hoists(e)) {
      fixed_ = true;
      Register r = CompileAs(e, affinity);
      fixed_ = false;
      return r;
    }
    Register r = CompileNode(e);
    return Affine(r, e, affinity);
  }

  // r, which holds e, or a new register with the affinity applied; r is released then.
  Register Affine(Register r, const BoundExpr& e, Affinity affinity) {
    if (!NeedsAffinity(e, affinity)) return r;
    Register converted = Take();
    Emit(Op::kAffinity, converted, r).affinity = affinity;
    Release(r);
    return converted;
  }

  static bool NeedsAffinity(const BoundExpr& e, Affinity affinity) {
    if (affinity == Affinity::kBlob) return false;
    if (affinity == Affinity::kText) {
      if (e.IsConstant()) return e.value.is_number();
      return !(e.conforms && e.affinity == Affinity::kText);
    }
    if (e.IsConstant()) return e.value.type == ValueType::kText;
    return !(e.conforms && IsNumericAffinity(e.affinity));
  }

  Register CompileNode(const BoundExpr& e) {
    if (!status_.ok()) return 0;
    switch (e.op) {
      case ExprOp::kConstant: {
        Register r = Take();
        Emit(Op::kConstant, r).value = &e.value;
        return r;
      }
      case ExprOp::kColumn:
      case ExprOp::kParam:
      case ExprOp::kOuter: {
        Register r = Take();
        Op op = e.op == ExprOp::kColumn  ? Op::kColumn
                : e.op == ExprOp::kParam ? Op::kParam
                                         : Op::kOuter;
        Emit(op, r).jump = e.index;
        return r;
      }
      case ExprOp::kPlus:
      case ExprOp::kCollate: return Compile(*e.args[0]);
      case ExprOp::kAdd:
      case ExprOp::kSub:
      case ExprOp::kMul:
      case ExprOp::kDiv:
      case ExprOp::kMod: return CompileBinary(Op::kArithmetic, e);
      case ExprOp::kBitAnd:
      case ExprOp::kBitOr:
      case ExprOp::kShiftLeft:
      case ExprOp::kShiftRight: return CompileBinary(Op::kBitwise, e);
      case ExprOp::kConcat: return CompileBinary(Op::kConcat, e);
      case ExprOp::kAnd:
      case ExprOp::kOr: {
        if (e.index == 0) return CompileBinary(Op::kLogic, e);
        Register a = Compile(*e.args[0]);
        return EmitBranch(e.op, a, [&] { return Compile(*e.args[1]); });
      }
      case ExprOp::kBetween: return CompileBetween(e);
      case ExprOp::kIn: return CompileIn(e);
      case ExprOp::kRowOrder:
        return RowOrder(static_cast<ExprOp>(e.index), e, e.arg_count / 2, 0, nullptr);
      case ExprOp::kRowBetween: return CompileRowBetween(e, false);
      case ExprOp::kCase:
      case ExprOp::kCaseOf: return CompileCase(e);
      case ExprOp::kCoalesce: return CompileCoalesce(e);
      case ExprOp::kFunction:
      case ExprOp::kSubquery: return CompileCall(e);
      default: break;
    }
    if (IsComparison(e.op)) {
      Register a = CompileAs(*e.args[0], e.rules[0].affinity);
      Register b = CompileAs(*e.args[1], e.rules[0].affinity);
      Register r = EmitCompare(Op::kCompare, e.op, e.rules[0].collation, a, b);
      Release(a);
      Release(b);
      return r;
    }
    Register a = Compile(*e.args[0]);
    Register r = Take();
    Instruction& i = Emit(e.op == ExprOp::kCast ? Op::kCast : Op::kUnary, r, a);
    i.expr = e.op;
    if (e.op == ExprOp::kCast) i.affinity = e.rules[0].affinity;
    Release(a);
    return r;
  }

  Register CompileBinary(Op op, const BoundExpr& e) {
    Register a = Compile(*e.args[0]);
    Register b = Compile(*e.args[1]);
    Register r = Take();
    Emit(op, r, a, b).expr = e.op;
    Release(a);
    Release(b);
    return r;
  }

  Register EmitCompare(Op op, ExprOp expr, Collation collation, Register a, Register b) {
    Register r = op == Op::kFilterCompare ? 0 : Take();
    Instruction& i = Emit(op, r, a, b);
    i.expr = expr;
    i.collation = collation;
    return r;
  }

  Register EmitLogic(ExprOp expr, Register a, Register b) {
    Register r = Take();
    Emit(Op::kLogic, r, a, b).expr = expr;
    Release(a);
    Release(b);
    return r;
  }

  // An expression that only its truth is asked of: a filter, the condition of a CASE. Here, and
  // only here, SQLite does not evaluate the right side of AND and OR where the left side decides.
  Register CompileCondition(const BoundExpr& e) {
    bool hoists = Hoists(e);
    if (e.op == ExprOp::kRowBetween) {
      fixed_ = fixed_ || hoists;
      Register r = CompileRowBetween(e, true);
      if (hoists) fixed_ = false;
      return r;
    }
    if (hoists) return Compile(e);
    if (e.op == ExprOp::kNot) {
      Register a = CompileCondition(*e.args[0]);
      Register r = Take();
      Emit(Op::kUnary, r, a).expr = e.op;
      Release(a);
      return r;
    }
    if (e.op != ExprOp::kAnd && e.op != ExprOp::kOr) return Compile(e);
    Register a = CompileCondition(*e.args[0]);
    // Without a call it is cheaper to evaluate the right side for all rows than to part them.
    if (!(e.args[1]->flags & kExprHasCall)) return EmitLogic(e.op, a, CompileCondition(*e.args[1]));
    return EmitBranch(e.op, a, [&] { return CompileCondition(*e.args[1]); });
  }

  // a AND b, a OR b, with b evaluated only where a does not decide; a is released.
  template <typename Right>
  Register EmitBranch(ExprOp op, Register a, Right compile_right) {
    Register r = Take();
    uint32_t test = Here();
    Emit(Op::kTest, r, a).expr = op;
    Release(a);
    Enter();
    Register b = compile_right();
    Leave();
    Emit(Op::kMerge, r, b).expr = op;
    Release(b);
    JumpHere(test);
    return r;
  }

  // One side of BETWEEN, x being in a register already.
  template <typename EmitSide>
  void BetweenSides(const BoundExpr& e, Register x, EmitSide emit) {
    for (uint32_t side = 0; side < 2; side++) {
      const ComparisonRule& rule = e.rules[side];
      Register limit = CompileAs(*e.args[side + 1], rule.affinity);
      Register converted = x;
      if (NeedsAffinity(*e.args[0], rule.affinity)) {
        converted = Take();
        Emit(Op::kAffinity, converted, x).affinity = rule.affinity;
      }
      emit(side, rule, converted, limit);
      if (converted != x) Release(converted);
      Release(limit);
    }
  }

  Register CompileBetween(const BoundExpr& e) {
    Register x = Compile(*e.args[0]);
    Register result[2];
    BetweenSides(e, x, [&](uint32_t side, const ComparisonRule& rule, Register a, Register b) {
      result[side] =
          EmitCompare(Op::kCompare, side == 0 ? ExprOp::kGe : ExprOp::kLe, rule.collation, a, b);
    });
    Release(x);
    return EmitLogic(ExprOp::kAnd, result[0], result[1]);
  }

  // x op y of row values, y being the row after x and `side` others: CASE WHEN (x0 = y0) IS NOT
  // TRUE THEN x0 < y0 ... ELSE xn op yn END, each part evaluated once. held: x's parts, where they
  // are in registers already.
  Register RowOrder(ExprOp op, const BoundExpr& e, uint32_t n, uint32_t side,
                    const Register* held) {
    ExprOp strict = op == ExprOp::kLe ? ExprOp::kLt : op == ExprOp::kGe ? ExprOp::kGt : op;
    Register result = 0;
    Growing<uint32_t> ends;
    for (uint32_t i = 0; i < n; i++) {
      const ComparisonRule& rule = e.rules[side * n + i];
      const BoundExpr& x = *e.args[i];
      Register a;
      if (held == nullptr) {
        a = CompileAs(x, rule.affinity);
      } else if (NeedsAffinity(x, rule.affinity)) {
        a = Take();
        Emit(Op::kAffinity, a, held[i]).affinity = rule.affinity;
      } else {
        a = held[i];
      }
      Register b = CompileAs(*e.args[(side + 1) * n + i], rule.affinity);
      bool last = i + 1 == n;
      Register value = EmitCompare(Op::kCompare, last ? op : strict, rule.collation, a, b);
      if (last) {
        Emit(Op::kCaseElse, result, value);
      } else {
        Register tie = EmitCompare(Op::kCompare, ExprOp::kEq, rule.collation, a, b);
        Register decided = Take();
        Emit(Op::kUnary, decided, tie).expr = ExprOp::kIsNotTrue;
        Release(tie);
        if (i == 0) {
          result = Take();
          Emit(Op::kCaseBegin, result);
          Enter();
        }
        uint32_t when = Here();
        Emit(Op::kCaseWhen, result, decided);
        Release(decided);
        if (!ends.Push(arena_, Here())) Fail(Code::kNoMemory);
        Emit(Op::kCaseThen, result, value);
        JumpHere(when);
      }
      Release(value);
      if (held == nullptr || a != held[i]) Release(a);
      Release(b);
    }
    for (uint32_t i = 0; i < ends.size; i++) JumpHere(ends.data[i]);
    Emit(Op::kCaseEnd, result);
    Leave();
    return result;
  }

  // All parts of x come first, as in SQLite.
  Register CompileRowBetween(const BoundExpr& e, bool condition) {
    uint32_t n = e.arg_count / 3;
    Register* x = arena_->NewArray<Register>(n);
    if (x == nullptr) {
      Fail(Code::kNoMemory);
      return 0;
    }
    for (uint32_t i = 0; i < n; i++) x[i] = Compile(*e.args[i]);
    Register low = RowOrder(ExprOp::kGe, e, n, 0, x);
    auto high = [&] { return RowOrder(ExprOp::kLe, e, n, 1, x); };
    Register r =
        condition ? EmitBranch(ExprOp::kAnd, low, high) : EmitLogic(ExprOp::kAnd, low, high());
    for (uint32_t i = 0; i < n; i++) Release(x[i]);
    return r;
  }

  Register CompileIn(const BoundExpr& e) {
    const ComparisonRule& rule = e.rules[0];
    uint32_t n = e.arg_count - 1;
    Register x = CompileAs(*e.args[0], rule.affinity);
    Value* constants = arena_->NewArray<Value>(n);
    Register* registers = arena_->NewArray<Register>(n);
    InList* list = arena_->New<InList>();
    if (constants == nullptr || registers == nullptr || list == nullptr) {
      Fail(Code::kNoMemory);
      return 0;
    }
    uint32_t varying = 0;
    for (uint32_t i = 1; i <= n; i++) {
      const BoundExpr& item = *e.args[i];
      if (item.IsConstant()) {
        Value& v = constants[list->constant_count++];
        v = item.value;
        if (!ApplyComparisonAffinity(rule.affinity, arena_, &v).ok()) Fail(Code::kNoMemory);
      } else if (fixed_ || Hoists(item)) {
        registers[list->register_count++] = CompileAs(item, rule.affinity);
      } else {
        varying++;
      }
    }
    list->constant_values = constants;
    list->registers = registers;
    list->collation = rule.collation;
    list->index = list_count_++;
    if (!list->constants.Init(arena_, list->constant_count, rule.collation).ok()) {
      Fail(Code::kNoMemory);
      return 0;
    }
    for (uint32_t i = 0; i < list->constant_count; i++) list->constants.Add(constants[i]);
    Register result = 0;
    bool have_result = varying < n;
    if (have_result) {
      result = Take();
      Emit(Op::kIn, result, x).list = list;
    }
    // What depends on the row is compared one by one: x IN (a, b) is x = a OR x = b.
    for (uint32_t i = 1; i <= n && varying > 0; i++) {
      const BoundExpr& item = *e.args[i];
      if (item.IsConstant() || fixed_ || Hoists(item)) continue;
      auto compare = [&] {
        Register y = CompileAs(item, rule.affinity);
        Register equal = EmitCompare(Op::kCompare, ExprOp::kEq, rule.collation, x, y);
        Release(y);
        return equal;
      };
      result = !have_result                ? compare()
               : item.flags & kExprHasCall ? EmitBranch(ExprOp::kOr, result, compare)
                                           : EmitLogic(ExprOp::kOr, result, compare());
      have_result = true;
    }
    Release(x);
    return result;
  }

  Register CompileCase(const BoundExpr& e) {
    uint32_t at = 0, arm = 0;
    Register x = 0, result = Take();
    if (e.op == ExprOp::kCaseOf) x = Compile(*e.args[at++]);
    Emit(Op::kCaseBegin, result);
    // The frame is entered before the first condition, which every row reaches all the same.
    Enter();
    Growing<uint32_t> ends;
    for (; at + 1 < e.arg_count; at += 2, arm++) {
      if (arm == 0) conditional_--;
      Register condition;
      if (e.op == ExprOp::kCaseOf) {
        const ComparisonRule& rule = e.rules[arm];
        Register y = CompileAs(*e.args[at], rule.affinity);
        Register converted = x;
        if (NeedsAffinity(*e.args[0], rule.affinity)) {
          converted = Take();
          Emit(Op::kAffinity, converted, x).affinity = rule.affinity;
        }
        condition = EmitCompare(Op::kCompare, ExprOp::kEq, rule.collation, converted, y);
        if (converted != x) Release(converted);
        Release(y);
      } else {
        condition = CompileCondition(*e.args[at]);
      }
      if (arm == 0) conditional_++;
      uint32_t when = Here();
      Emit(Op::kCaseWhen, result, condition);
      Release(condition);
      Register value = Compile(*e.args[at + 1]);
      if (!ends.Push(arena_, Here())) Fail(Code::kNoMemory);
      Emit(Op::kCaseThen, result, value);
      Release(value);
      JumpHere(when);
    }
    Register otherwise = Compile(at < e.arg_count ? *e.args[at] : kNullExpr);
    Emit(Op::kCaseElse, result, otherwise);
    Release(otherwise);
    if (e.op == ExprOp::kCaseOf) Release(x);
    for (uint32_t i = 0; i < ends.size; i++) JumpHere(ends.data[i]);
    Emit(Op::kCaseEnd, result);
    Leave();
    return result;
  }

  Register CompileCoalesce(const BoundExpr& e) {
    Register result = Take();
    Emit(Op::kCaseBegin, result);
    Enter();
    Growing<uint32_t> ends;
    for (uint32_t i = 0; i < e.arg_count; i++) {
      if (i == 0) conditional_--;
      Register value = Compile(*e.args[i]);
      if (i == 0) conditional_++;
      bool last = i + 1 == e.arg_count;
      if (!last && !ends.Push(arena_, Here())) Fail(Code::kNoMemory);
      Emit(last ? Op::kCaseElse : Op::kCoalesce, result, value);
      Release(value);
    }
    for (uint32_t i = 0; i < ends.size; i++) JumpHere(ends.data[i]);
    Emit(Op::kCaseEnd, result);
    Leave();
    return result;
  }

  Register CompileCall(const BoundExpr& e) {
    Register* args = arena_->NewArray<Register>(e.arg_count);
    Call* call = arena_->New<Call>();
    if (args == nullptr || call == nullptr) {
      Fail(Code::kNoMemory);
      return 0;
    }
    for (uint32_t i = 0; i < e.arg_count; i++) args[i] = Compile(*e.args[i]);
    *call = {e.function, e.subquery, args, e.arg_count, e.offset};
    if (e.arg_count > call_args_max_) call_args_max_ = e.arg_count;
    Register r = Take();
    bool query = e.op == ExprOp::kSubquery;
    Instruction& i = Emit(query ? Op::kSubquery : Op::kCall, r);
    if (query) i.jump = e.index;
    if (!query) i.collation = e.rules[0].collation;
    i.call = call;
    for (uint32_t k = 0; k < e.arg_count; k++) Release(args[k]);
    return r;
  }

  // --- filters -----------------------------------------------------------------------------------
  void CompileConjuncts(const BoundExpr& e) {
    if (e.op == ExprOp::kAnd) {
      CompileConjuncts(*e.args[0]);
      CompileConjuncts(*e.args[1]);
      return;
    }
    if (!status_.ok()) return;
    bool compares = IsComparison(e.op) && e.op != ExprOp::kIs && e.op != ExprOp::kIsNot;
    if (compares && !Hoists(e)) {
      Register a = CompileAs(*e.args[0], e.rules[0].affinity);
      Register b = CompileAs(*e.args[1], e.rules[0].affinity);
      EmitCompare(Op::kFilterCompare, e.op, e.rules[0].collation, a, b);
      Release(a);
      Release(b);
    } else if (e.op == ExprOp::kBetween && !Hoists(e)) {
      Register x = Compile(*e.args[0]);
      BetweenSides(e, x, [&](uint32_t side, const ComparisonRule& rule, Register a, Register b) {
        EmitCompare(Op::kFilterCompare, side == 0 ? ExprOp::kGe : ExprOp::kLe, rule.collation, a,
                    b);
      });
      Release(x);
    } else {
      Register r = CompileCondition(e);
      Emit(Op::kFilter, 0, r);
      Release(r);
    }
    // What follows is evaluated only for rows that passed.
    conditional_ = 1;
  }

  // --- branches ----------------------------------------------------------------------------------
  void Enter() {
    conditional_++;
    if (++depth_ > depth_max_) depth_max_ = depth_;
  }
  void Leave() {
    conditional_--;
    depth_--;
  }

  // --- the finished program ----------------------------------------------------------------------
  Register Final(Register r) const {
    return r & kVarying ? static_cast<Register>(fixed_count_ + (r & ~kVarying)) : r;
  }

  Status Link(Register result, bool filter, const Program** out) {
    if (fixed_count_ + varying_count_ > kRegistersMax) return Code::kTooBig;
    uint32_t size = fixed_code_.size + varying_code_.size;
    Instruction* code = static_cast<Instruction*>(arena_->Allocate(size * sizeof(Instruction)));
    Program* p = arena_->New<Program>();
    if (code == nullptr || p == nullptr) return Code::kNoMemory;
    for (uint32_t i = 0; i < size; i++) {
      bool fixed = i < fixed_code_.size;
      Instruction& c = code[i];
      c = fixed ? fixed_code_.data[i] : varying_code_.data[i - fixed_code_.size];
      c.dst = Final(c.dst);
      c.a = Final(c.a);
      c.b = Final(c.b);
      bool jumps =
          c.op != Op::kColumn && c.op != Op::kParam && c.op != Op::kOuter && c.op != Op::kSubquery;
      if (!fixed && jumps) c.jump += fixed_code_.size;
      if (c.op == Op::kCall || c.op == Op::kSubquery) {
        Register* args = const_cast<Register*>(c.call->args);
        for (uint32_t k = 0; k < c.call->arg_count; k++) args[k] = Final(args[k]);
      }
    }
    p->code = code;
    p->size = size;
    p->fixed_size = fixed_code_.size;
    p->register_count = fixed_count_ + varying_count_;
    p->fixed_count = fixed_count_;
    p->result = Final(result);
    p->depth = depth_max_;
    p->call_args_max = call_args_max_;
    p->list_count = list_count_;
    p->is_filter = filter;
    *out = p;
    return Status::Ok();
  }

  static constexpr BoundExpr kNullExpr{};

  Arena* arena_;
  Status status_;
  bool fixed_ = false;        // compiling for the part before the rows
  uint32_t conditional_ = 0;  // > 0: only some rows reach this
  uint32_t depth_ = 0, depth_max_ = 0;
  uint32_t fixed_count_ = 0, varying_count_ = 0;
  uint32_t call_args_max_ = 0, list_count_ = 0;
  Growing<Register> free_;
  Growing<Instruction> fixed_code_, varying_code_;
  Instruction scratch_;
};

}  // namespace

Status CompileExpr(const BoundExpr& expr, Arena* arena, const Program** out) {
  return Compiler(arena).Run(expr, false, out);
}

Status CompileFilter(const BoundExpr& predicate, Arena* arena, const Program** out) {
  return Compiler(arena).Run(predicate, true, out);
}

}  // namespace dosql
