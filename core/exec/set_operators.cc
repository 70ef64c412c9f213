// Operators over lists and sets of rows: the values of an IN list, UNION ALL, INTERSECT, EXCEPT.

#include <algorithm>

#include "core/exec/hash_table.h"
#include "core/exec/operator.h"
#include "core/expr/eval_row.h"
#include "core/type/affinity.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

// The distinct values of an IN list, ascending; NULL equals nothing and is left out.
class InListValues final : public Operator {
 public:
  InListValues(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context), node_(node), input_(std::move(input)), memory_(context->budget) {
    seen_.Init(&memory_, 1, &node.key_rules[0].collation, 0);
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!complete_) DOSQL_TRY(input_ != nullptr ? Read() : Evaluate());
    if (!complete_) DOSQL_TRY(Complete());
    if (at_ == count_) return Status::Ok();
    uint32_t n = count_ - at_ < kChunkRowsMax ? count_ - at_ : kChunkRowsMax;
    vector_ = Vector();
    vector_.tagged = values_ + at_;
    at_ += n;
    chunk_ = {&vector_, 1, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  Status Add(Value v, Arena* scratch) {
    if (!ApplyAffinity(node_.key_rules[0].affinity, scratch, &v).ok())
      return context_->OutOfMemory();
    uint8_t* payload;
    bool added;
    if (!v.is_null() && !seen_.FindOrAdd(&v, &payload, &added).ok()) return context_->OutOfMemory();
    return Status::Ok();
  }

  Status Evaluate() {
    EvalContext eval = context_->eval;
    eval.function.arena = context_->arena;
    for (const PlanExpr& e : node_.values[0]) {
      Value v;
      DOSQL_TRY(EvalRow(*e.program, &eval, nullptr, &v));
      DOSQL_TRY(Add(v, context_->arena));
    }
    return Status::Ok();
  }

  Status Read() {
    Arena scratch(context_->budget);
    for (;;) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) return Status::Ok();
      DOSQL_TRY(context_->CheckDeadline());
      scratch.Reset();
      for (uint32_t k = 0; k < in->selection.count; k++)
        DOSQL_TRY(Add(in->columns[0].Get(in->selection[k]), &scratch));
    }
  }

  Status Complete() {
    input_.reset();
    count_ = seen_.size();
    values_ = memory_.NewArray<Value>(count_);
    if (values_ == nullptr) return context_->OutOfMemory();
    for (uint32_t i = 0; i < count_; i++) values_[i] = *seen_.keys(i);
    if (node_.ascending) {
      std::sort(values_, values_ + count_, [&](const Value& a, const Value& b) {
        return CompareValues(a, b, node_.key_rules[0].collation) < 0;
      });
    }
    complete_ = true;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  Arena memory_;
  HashTable seen_;
  bool complete_ = false;
  Value* values_ = nullptr;
  uint32_t count_ = 0, at_ = 0;
  Vector vector_;
  Chunk chunk_;
};

class Append final : public Operator {
 public:
  explicit Append(std::vector<std::unique_ptr<Operator>> inputs) : inputs_(std::move(inputs)) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    for (; at_ < inputs_.size(); at_++) {
      DOSQL_TRY(inputs_[at_]->Next(chunk));
      if (*chunk != nullptr) return Status::Ok();
      inputs_[at_].reset();
    }
    return Status::Ok();
  }

 private:
  std::vector<std::unique_ptr<Operator>> inputs_;
  size_t at_ = 0;
};

// The right side is read whole into a table of its rows; left rows pass when they are in it
// (INTERSECT) or not (EXCEPT), each once.
class SetOp final : public Operator {
 public:
  SetOp(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input,
        std::unique_ptr<Operator> build)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        build_(std::move(build)),
        rows_arena_(context->budget) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (row_ == nullptr) DOSQL_TRY(Start());
    while (!built_) {
      Chunk* in;
      DOSQL_TRY(build_->Next(&in));
      if (in == nullptr) {
        build_.reset();
        built_ = true;
        break;
      }
      DOSQL_TRY(context_->CheckDeadline());
      for (uint32_t k = 0; k < in->selection.count; k++) {
        ReadRow(*in, in->selection[k]);
        uint8_t* payload;
        bool added;
        if (!rows_.FindOrAdd(row_, &payload, &added).ok()) return context_->OutOfMemory();
        *payload = kInBuild;
      }
    }
    for (;;) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) return Status::Ok();
      DOSQL_TRY(context_->CheckDeadline());
      uint32_t kept = 0;
      for (uint32_t k = 0; k < in->selection.count; k++) {
        uint32_t row = in->selection[k];
        ReadRow(*in, row);
        uint8_t* payload;
        if (node_.except) {
          bool added;
          if (!rows_.FindOrAdd(row_, &payload, &added).ok()) return context_->OutOfMemory();
          if (!added) continue;
        } else {
          payload = rows_.size() == 0 ? nullptr : rows_.Find(row_);
          if (payload == nullptr || *payload != kInBuild) continue;
        }
        *payload = kGiven;
        selected_[kept++] = static_cast<uint16_t>(row);
      }
      if (kept == 0) continue;
      in->selection = {selected_, kept};
      *chunk = in;
      return Status::Ok();
    }
  }

 private:
  static constexpr uint8_t kInBuild = 1, kGiven = 2;

  Status Start() {
    Collation* collations = context_->arena->NewArray<Collation>(node_.width);
    row_ = context_->arena->NewArray<Value>(node_.width);
    selected_ = context_->arena->NewArray<uint16_t>(kChunkRowsMax);
    if (collations == nullptr || row_ == nullptr || selected_ == nullptr)
      return context_->OutOfMemory();
    for (uint32_t i = 0; i < node_.width; i++) collations[i] = node_.sort[i].collation;
    rows_.Init(&rows_arena_, node_.width, collations, 1);
    return Status::Ok();
  }

  void ReadRow(const Chunk& in, uint32_t row) {
    for (uint32_t c = 0; c < node_.width; c++) row_[c] = in.columns[c].Get(row);
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_, build_;
  Arena rows_arena_;
  HashTable rows_;
  Value* row_ = nullptr;
  uint16_t* selected_ = nullptr;
  bool built_ = false;
};

}  // namespace

std::unique_ptr<Operator> MakeInList(ExecContext* context, const PlanNode& node,
                                     std::unique_ptr<Operator> input) {
  return std::make_unique<InListValues>(context, node, std::move(input));
}
std::unique_ptr<Operator> MakeAppend(std::vector<std::unique_ptr<Operator>> inputs) {
  return std::make_unique<Append>(std::move(inputs));
}
std::unique_ptr<Operator> MakeSetOp(ExecContext* context, const PlanNode& node,
                                    std::unique_ptr<Operator> input,
                                    std::unique_ptr<Operator> build) {
  return std::make_unique<SetOp>(context, node, std::move(input), std::move(build));
}

}  // namespace dosql
