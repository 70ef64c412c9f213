// The operators without state to speak of: one row, VALUES, filter, project, limit.

#include "core/exec/operator.h"
#include "core/expr/eval_row.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

class OneRow final : public Operator {
 public:
  Status Next(Chunk** chunk) override {
    *chunk = done_ ? nullptr : &chunk_;
    done_ = true;
    chunk_.row_count = 1;
    chunk_.selection = {nullptr, 1};
    return Status::Ok();
  }

 private:
  Chunk chunk_;
  bool done_ = false;
};

class Values final : public Operator {
 public:
  Values(ExecContext* context, const PlanNode& node)
      : context_(context), node_(node), eval_(context->eval) {
    eval_.function.arena = context->arena;
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    uint32_t left = node_.values.size - at_;
    if (left == 0) return Status::Ok();
    if (columns_ == nullptr) {
      columns_ = context_->arena->NewArray<Vector>(node_.width);
      for (uint32_t c = 0; columns_ != nullptr && c < node_.width; c++) {
        columns_[c].tagged = context_->arena->NewArray<Value>(kChunkRowsMax);
        if (columns_[c].tagged == nullptr) columns_ = nullptr;
      }
      if (columns_ == nullptr) return context_->OutOfMemory();
    }
    uint32_t n = left < kChunkRowsMax ? left : kChunkRowsMax;
    for (uint32_t r = 0; r < n; r++)
      for (uint32_t c = 0; c < node_.width; c++)
        DOSQL_TRY(
            EvalRow(*node_.values[at_ + r][c].program, &eval_, nullptr, &columns_[c].tagged[r]));
    at_ += n;
    chunk_ = {columns_, node_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  ExecContext* context_;
  const PlanNode& node_;
  EvalContext eval_;
  Vector* columns_ = nullptr;
  Chunk chunk_;
  uint32_t at_ = 0;
};

// Programs may have queries inside that are blocked: the chunk in hand is kept for the next call.
class Filter final : public Operator {
 public:
  Filter(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : node_(node), input_(std::move(input)), eval_(context->eval), strings_(context->budget) {
    eval_.function.arena = &strings_;
    predicate_.Init(context, node.predicate.program);
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (node_.gate && !open_) {
      if (closed_) return Status::Ok();
      bool pass;
      DOSQL_TRY(EvalRowFilter(*node_.predicate.program, &eval_, nullptr, &pass));
      closed_ = !pass;
      open_ = pass;
      if (!pass) return Status::Ok();
    }
    for (;;) {
      if (in_ == nullptr) DOSQL_TRY(input_->Next(&in_));
      if (in_ == nullptr) return Status::Ok();
      if (node_.gate) break;
      strings_.Reset();
      DOSQL_TRY(predicate_.Filter(&eval_, in_));
      if (in_->selection.count > 0) break;
      in_ = nullptr;
    }
    *chunk = in_;
    in_ = nullptr;
    return Status::Ok();
  }

 private:
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  EvalContext eval_;
  Arena strings_;
  ChunkExpr predicate_;
  Chunk* in_ = nullptr;
  bool open_ = false, closed_ = false;
};

class Project final : public Operator {
 public:
  Project(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        eval_(context->eval),
        strings_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (in_ == nullptr) DOSQL_TRY(input_->Next(&in_));
    if (in_ == nullptr) return Status::Ok();
    if (exprs_ == nullptr) {
      exprs_ = std::make_unique<ChunkExpr[]>(node_.outputs.size);
      for (uint32_t i = 0; i < node_.outputs.size; i++)
        exprs_[i].Init(context_, node_.outputs[i].program);
      columns_ = context_->arena->NewArray<Vector>(node_.outputs.size);
      if (columns_ == nullptr) return context_->OutOfMemory();
    }
    strings_.Reset();
    for (uint32_t i = 0; i < node_.outputs.size; i++) {
      const Vector* v;
      DOSQL_TRY(exprs_[i].Eval(&eval_, *in_, &v));
      columns_[i] = *v;
    }
    chunk_ = {columns_, node_.outputs.size, in_->row_count, in_->selection};
    in_ = nullptr;
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  EvalContext eval_;
  Arena strings_;
  std::unique_ptr<ChunkExpr[]> exprs_;
  Vector* columns_ = nullptr;
  Chunk chunk_;
  Chunk* in_ = nullptr;
};

class Limit final : public Operator {
 public:
  Limit(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context), node_(node), input_(std::move(input)) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!started_) {
      DOSQL_TRY(EvalLimit(context_, node_.limit, node_.offset, &left_, &skip_));
      started_ = true;
    }
    while (left_ > 0) {
      Chunk* in;
      DOSQL_TRY(input_->Next(&in));
      if (in == nullptr) return Status::Ok();
      Selection& s = in->selection;
      if (skip_ >= s.count) {
        skip_ -= s.count;
        continue;
      }
      uint32_t skip = static_cast<uint32_t>(skip_);
      skip_ = 0;
      if (skip > 0) DOSQL_TRY(Skip(&s, skip));
      if (s.count > left_) s.count = static_cast<uint32_t>(left_);
      left_ -= s.count;
      *chunk = in;
      return Status::Ok();
    }
    return Status::Ok();
  }

 private:
  Status Skip(Selection* s, uint32_t n) {
    if (s->rows != nullptr) {
      s->rows += n;
    } else {
      uint16_t* rows = context_->arena->NewArray<uint16_t>(s->count - n);
      if (rows == nullptr) return context_->OutOfMemory();
      for (uint32_t i = n; i < s->count; i++) rows[i - n] = static_cast<uint16_t>(i);
      s->rows = rows;
    }
    s->count -= n;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  uint64_t left_ = 0, skip_ = 0;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Operator> MakeOneRow(ExecContext*) { return std::make_unique<OneRow>(); }
std::unique_ptr<Operator> MakeValues(ExecContext* context, const PlanNode& node) {
  return std::make_unique<Values>(context, node);
}
std::unique_ptr<Operator> MakeFilter(ExecContext* context, const PlanNode& node,
                                     std::unique_ptr<Operator> input) {
  return std::make_unique<Filter>(context, node, std::move(input));
}
std::unique_ptr<Operator> MakeProject(ExecContext* context, const PlanNode& node,
                                      std::unique_ptr<Operator> input) {
  return std::make_unique<Project>(context, node, std::move(input));
}
std::unique_ptr<Operator> MakeLimit(ExecContext* context, const PlanNode& node,
                                    std::unique_ptr<Operator> input) {
  return std::make_unique<Limit>(context, node, std::move(input));
}

}  // namespace dosql
