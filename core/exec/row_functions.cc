// Table-valued functions in FROM.
#include "core/exec/row_functions.h"

#include "core/exec/pair_choice.h"
#include "core/type/affinity.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

class ListReader final : public Operator {
 public:
  ListReader(ExecContext* context, const RowList* list) : context_(context), list_(*list) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    size_t left = static_cast<size_t>(list_.rows()) - at_;
    if (left == 0) return Status::Ok();
    uint32_t n = left < kChunkRowsMax ? static_cast<uint32_t>(left) : kChunkRowsMax;
    if (columns_ == nullptr) {
      columns_ = context_->arena->NewArray<Vector>(list_.width);
      for (uint32_t c = 0; columns_ != nullptr && c < list_.width; c++) {
        columns_[c].tagged = context_->arena->NewArray<Value>(n);
        if (columns_[c].tagged == nullptr) columns_ = nullptr;
      }
      if (columns_ == nullptr) return context_->OutOfMemory();
    }
    for (uint32_t r = 0; r < n; r++)
      for (uint32_t c = 0; c < list_.width; c++)
        columns_[c].tagged[r] = list_.cells[(at_ + r) * list_.width + c];
    at_ += n;
    chunk_ = {columns_, list_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  ExecContext* context_;
  const RowList& list_;
  Vector* columns_ = nullptr;
  Chunk chunk_;
  size_t at_ = 0;
};

// The function once, or with an input once for each of its rows, which stand before the function's
// columns; a LEFT JOIN keeps those that have no row here.
class Function final : public Operator {
 public:
  Function(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        eval_(context->eval),
        strings_(context->budget),
        rows_(context->budget),
        pairs_(context) {
    eval_.function.arena = &strings_;
    if (input_ == nullptr) {
      one_.row_count = 1;
      one_.selection = {nullptr, 1};
      outer_ = &one_;
    }
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    DOSQL_TRY(Prepare());
    for (;;) {
      if (!pairs_ready_) {
        DOSQL_TRY(Fill());
        if (chunk_.row_count == 0) return Status::Ok();
        pairs_ready_ = true;
      }
      DOSQL_TRY(pairs_.Choose(&chunk_, [&](uint32_t i) { return is_stand_in_[i] != 0; }));
      pairs_ready_ = false;
      if (chunk_.selection.count == 0) continue;
      *chunk = &chunk_;
      return Status::Ok();
    }
  }

 private:
  Status Prepare() {
    if (builders_ != nullptr) return Status::Ok();
    builders_ = std::make_unique<VectorBuilder[]>(node_.columns.size);
    for (uint32_t c = 0; c < node_.columns.size; c++)
      builders_[c].Init(context_->arena, kChunkRowsMax);
    columns_ = context_->arena->NewArray<Vector>(node_.columns.size);
    args_ = context_->arena->NewArray<Value>(node_.args.size);
    vectors_ = context_->arena->NewArray<const Vector*>(node_.args.size);
    if (columns_ == nullptr || args_ == nullptr || vectors_ == nullptr)
      return context_->OutOfMemory();
    DOSQL_TRY(pairs_.Init(context_, node_.predicate, node_.keep_left));
    if (node_.keep_left) {
      is_stand_in_ = context_->arena->NewArray<uint8_t>(kChunkRowsMax);
      if (is_stand_in_ == nullptr) return context_->OutOfMemory();
    }
    exprs_ = std::make_unique<ChunkExpr[]>(node_.args.size);
    for (uint32_t i = 0; i < node_.args.size; i++) exprs_[i].Init(context_, node_.args[i].program);
    return Status::Ok();
  }

  // The next rows; none when the input has ended.
  Status Fill() {
    DOSQL_TRY(context_->CheckDeadline());
    uint32_t width = node_.columns.size;
    for (uint32_t c = 0; c < width; c++) builders_[c].Restart();
    if (list_at_ == list_.rows()) rows_.Reset();
    uint32_t n = 0;
    while (n < kChunkRowsMax) {
      if (list_at_ < list_.rows()) {
        DOSQL_TRY(Put(n++, false));
        continue;
      }
      if (stand_in_) {
        stand_in_ = false;
        DOSQL_TRY(Put(n++, true));
        continue;
      }
      Status s = Call(n > 0);
      if (s.code() == Code::kNotFound) break;
      if (s.code() == Code::kBlocked && n > 0) break;
      DOSQL_TRY(s);
    }
    for (uint32_t c = 0; c < width; c++) columns_[c] = builders_[c].Finish();
    chunk_ = {columns_, width, n, {nullptr, n}};
    return Status::Ok();
  }

  // The rows for the next row of the input. kNotFound: there is none, or it is in the next chunk
  // and `held`: rows put already look into this one.
  Status Call(bool held) {
    if (outer_ == nullptr || at_ == outer_->selection.count) {
      if (held || input_ == nullptr) return Code::kNotFound;
      outer_ = nullptr;
      evaluated_ = false;
      DOSQL_TRY(input_->Next(&outer_));
      if (outer_ == nullptr) return Code::kNotFound;
      at_ = 0;
    }
    DOSQL_TRY(context_->CheckDeadline());
    if (!evaluated_) {
      strings_.Reset();
      for (uint32_t i = 0; i < node_.args.size; i++)
        DOSQL_TRY(exprs_[i].Eval(&eval_, *outer_, &vectors_[i]));
      evaluated_ = true;
    }
    uint32_t row = outer_->selection[at_];
    for (uint32_t i = 0; i < node_.args.size; i++) args_[i] = vectors_[i]->Get(row);
    list_.cells.clear();
    list_.width = node_.function->column_count();
    list_at_ = 0;
    if (node_.function->kind == PragmaKind::kSeries) {
      Series();
    } else {
      DOSQL_TRY(
          context_->row_functions->Rows(*node_.function, args_, node_.args.size, &rows_, &list_));
      context_->rows_read += list_.rows();
    }
    row_ = row;
    at_++;
    stand_in_ = node_.keep_left && (pairs_.has_predicate() || list_.rows() == 0);
    return Status::Ok();
  }

  // From start by steps up, or down, to stop. A NULL makes it empty, a step of 0 is 1.
  void Series() {
    list_.series = true;
    list_.count = 0;
    for (uint32_t i = 0; i < 3; i++) {
      if (args_[i].is_null()) return;
      args_[i] = Value::Integer(ToInteger(args_[i]));
    }
    if (args_[2].i == 0) args_[2].i = 1;
    bool down = args_[2].i < 0;
    int64_t low = args_[down ? 1 : 0].i, high = args_[down ? 0 : 1].i;
    list_.first = static_cast<uint64_t>(args_[0].i);
    list_.step = static_cast<uint64_t>(args_[2].i);
    if (low > high) return;
    uint64_t steps = (static_cast<uint64_t>(high) - static_cast<uint64_t>(low)) /
                     (down ? 0 - list_.step : list_.step);
    list_.count = steps == UINT64_MAX ? steps : steps + 1;
  }

  // LEFT JOIN: an input row that may have no row here is followed by a stand-in with NULLs, which
  // is dropped when one of its rows passed the predicate.
  Status Put(uint32_t n, bool stand_in) {
    uint32_t left = node_.input != nullptr ? node_.input->width : 0;
    uint64_t at = stand_in ? 0 : list_at_++;
    const Value* cells =
        list_.series || stand_in ? nullptr : &list_.cells[static_cast<size_t>(at) * list_.width];
    if (is_stand_in_ != nullptr) is_stand_in_[n] = stand_in;
    for (uint32_t c = 0; c < node_.columns.size; c++) {
      Value v;
      if (c < left)
        v = outer_->columns[c].Get(row_);
      else if (stand_in)
        v = Value::Null();
      else if (uint32_t own = node_.columns[c].index; own < list_.width)
        v = list_.series ? Value::Integer(static_cast<int64_t>(list_.first + at * list_.step))
                         : cells[own];
      else if (own - list_.width < node_.args.size)
        v = args_[own - list_.width];
      else
        v = Value::Integer(static_cast<int64_t>(list_at_));  // the rowid
      if (!builders_[c].Put(n, v).ok()) return context_->OutOfMemory();
    }
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  EvalContext eval_;
  Arena strings_;  // of the arguments
  Arena rows_;     // of the function's rows
  std::unique_ptr<VectorBuilder[]> builders_;
  std::unique_ptr<ChunkExpr[]> exprs_;
  const Vector** vectors_ = nullptr;
  Value* args_ = nullptr;
  Vector* columns_ = nullptr;
  Chunk one_, chunk_;
  Chunk* outer_ = nullptr;  // the input chunk in hand
  uint32_t at_ = 0;         // its next selected row
  uint32_t row_ = 0;        // the row that the list is of
  bool evaluated_ = false;  // the arguments of this chunk
  RowList list_;
  uint64_t list_at_ = 0;
  bool pairs_ready_ = false;  // the chunk's rows are to be chosen from
  bool stand_in_ = false;     // the list is to be followed by one
  PairChoice pairs_;
  uint8_t* is_stand_in_ = nullptr;
};

}  // namespace

std::unique_ptr<Operator> MakeRowList(ExecContext* context, const RowList* list) {
  return std::make_unique<ListReader>(context, list);
}
std::unique_ptr<Operator> MakeFunction(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input) {
  return std::make_unique<Function>(context, node, std::move(input));
}

}  // namespace dosql
