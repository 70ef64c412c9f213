// What reads tables: the scan of one access, and the index join that runs an access per input row.

#include "core/exec/access_reader.h"
#include "core/exec/operator.h"
#include "core/expr/eval_row.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

bool IsRowid(const Table& table, uint32_t column) {
  return column == RowidIndex(table) || static_cast<int32_t>(column) == table.rowid_column;
}

bool ReadsRowids(const Table& table, const PlanColumn* columns, uint32_t count) {
  for (uint32_t c = 0; c < count; c++)
    if (IsRowid(table, columns[c].index)) return true;
  return false;
}

bool ReadsRows(const Table& table, const PlanColumn* columns, uint32_t count) {
  for (uint32_t c = 0; c < count; c++)
    if (!IsRowid(table, columns[c].index)) return true;
  return false;
}

// Turns stored rows into vectors: one builder per column of the layout.
class RowColumns {
 public:
  RowColumns(ExecContext* context, const Table& table, const PlanColumn* columns, uint32_t count)
      : context_(context), table_(table), layout_(columns), count_(count) {}

  Status Init(uint32_t capacity) {
    builders_ = std::make_unique<VectorBuilder[]>(count_);
    if (vectors_ == nullptr) {
      vectors_ = context_->arena->NewArray<Vector>(count_);
      if (vectors_ == nullptr) return context_->OutOfMemory();
    }
    for (uint32_t c = 0; c < count_; c++) builders_[c].Init(context_->arena, capacity);
    return Status::Ok();
  }
  void Restart() {
    for (uint32_t c = 0; c < count_; c++) builders_[c].Restart();
  }
  // Puts the batch's rows at chunk rows first, first + 1, ...
  Status Put(uint32_t first, const RowBatch& batch) {
    for (uint32_t c = 0; c < count_; c++) {
      uint32_t column = layout_[c].index;
      VectorBuilder& b = builders_[c];
      Status s = IsRowid(table_, column) ? b.PutIntegers(first, batch.rowids, batch.count)
                                         : b.PutRows(first, batch.rows, batch.count, column,
                                                     table_.columns[column].default_value);
      if (!s.ok()) return context_->OutOfMemory();
    }
    return Status::Ok();
  }
  Status PutNull(uint32_t row) {
    for (uint32_t c = 0; c < count_; c++)
      if (!builders_[c].Put(row, Value::Null()).ok()) return context_->OutOfMemory();
    return Status::Ok();
  }
  Vector* Finish() {
    for (uint32_t c = 0; c < count_; c++) vectors_[c] = builders_[c].Finish();
    return vectors_;
  }

 private:
  ExecContext* context_;
  const Table& table_;
  const PlanColumn* layout_;
  uint32_t count_;
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
};

// The values an access enters by, when they depend on no row.
Status StartFixed(ExecContext* context, const Access& access, AccessReader* reader) {
  EvalContext eval = context->eval;
  eval.function.arena = context->arena;
  Value* equal = context->arena->NewArray<Value>(access.equal.size);
  if (equal == nullptr) return context->OutOfMemory();
  for (uint32_t i = 0; i < access.equal.size; i++)
    DOSQL_TRY(EvalRow(*access.equal[i].program, &eval, nullptr, &equal[i]));
  Value low, high;
  if (access.low.program != nullptr) DOSQL_TRY(EvalRow(*access.low.program, &eval, nullptr, &low));
  if (access.high.program != nullptr)
    DOSQL_TRY(EvalRow(*access.high.program, &eval, nullptr, &high));
  return reader->Start(equal, low, high);
}

// Short reads should not pay for long ones: the first chunk is small. The others are as large as still
// lets the pages that narrow rows lie in stay in the first-level cache from one column to the next.
constexpr uint32_t kFirstChunkRows = 128, kScanChunkRows = 1024;
static_assert(kScanChunkRows <= kChunkRowsMax);

class Scan final : public Operator {
 public:
  Scan(ExecContext* context, const PlanNode& node)
      : context_(context),
        node_(node),
        reader_(context, node.access, false,
                ReadsRowids(*node.access.table, node.columns.data, node.columns.size),
                ReadsRows(*node.access.table, node.columns.data, node.columns.size)),
        columns_(context, *node.access.table, node.columns.data, node.columns.size),
        rows_arena_(context->budget) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!started_) {
      DOSQL_TRY(StartFixed(context_, node_.access, &reader_));
      started_ = true;
    }
    DOSQL_TRY(context_->CheckDeadline());
    uint32_t capacity = chunks_ == 0 ? kFirstChunkRows : kScanChunkRows;
    if (chunks_ < 2) DOSQL_TRY(columns_.Init(capacity));
    rows_arena_.Reset();
    RowBatch batch;
    DOSQL_TRY(reader_.Next(capacity, &rows_arena_, &batch));
    if (batch.count == 0) return Status::Ok();
    if (chunks_ < 2) chunks_++;
    columns_.Restart();
    DOSQL_TRY(columns_.Put(0, batch));
    chunk_ = {columns_.Finish(), node_.width, batch.count, {nullptr, batch.count}};
    *chunk = &chunk_;
    return Status::Ok();
  }

 private:
  ExecContext* context_;
  const PlanNode& node_;
  AccessReader reader_;
  RowColumns columns_;
  Arena rows_arena_;
  Chunk chunk_;
  uint32_t chunks_ = 0;  // counts to 2
  bool started_ = false;
};

class IndexJoin final : public Operator {
 public:
  IndexJoin(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        eval_(context->eval),
        strings_(context->budget),
        reader_(context, node.access, true, true,
                ReadsRows(*node.access.table, node.columns.data + node.input->width,
                          node.width - node.input->width)),
        columns_(context, *node.access.table, node.columns.data + node.input->width,
                 node.width - node.input->width),
        rows_arena_(context->budget),
        pair_eval_(context->eval),
        pair_strings_(context->budget) {
    eval_.function.arena = &strings_;
    pair_eval_.function.arena = &pair_strings_;
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (left_ == nullptr) DOSQL_TRY(Init());
    uint32_t width = node_.input->width;
    for (;;) {
      if (!pairs_ready_) {
        uint32_t n = 0;
        rows_arena_.Reset();
        columns_.Restart();
        for (uint32_t c = 0; c < width; c++) left_[c].Restart();
        while (n < kChunkRowsMax) {
          Status s = More(&n);
          if (s.code() == Code::kNotFound) break;
          if (s.code() == Code::kBlocked && n > 0) break;
          DOSQL_TRY(s);
        }
        if (n == 0) return Status::Ok();
        for (uint32_t c = 0; c < width; c++) vectors_[c] = left_[c].Finish();
        Vector* right = columns_.Finish();
        for (uint32_t c = width; c < node_.width; c++) vectors_[c] = right[c - width];
        chunk_ = {vectors_, node_.width, n, {nullptr, n}};
        pairs_ready_ = true;
      }
      DOSQL_TRY(Choose());
      pairs_ready_ = false;
      if (chunk_.selection.count == 0) continue;
      *chunk = &chunk_;
      return Status::Ok();
    }
  }

 private:
  Status Init() {
    const Access& a = node_.access;
    equal_ = std::make_unique<ChunkExpr[]>(a.equal.size);
    for (uint32_t i = 0; i < a.equal.size; i++) equal_[i].Init(context_, a.equal[i].program);
    low_.Init(context_, a.low.program);
    high_.Init(context_, a.high.program);
    equal_vectors_ = context_->arena->NewArray<const Vector*>(a.equal.size);
    values_ = context_->arena->NewArray<Value>(a.equal.size);
    vectors_ = context_->arena->NewArray<Vector>(node_.width);
    if (equal_vectors_ == nullptr || values_ == nullptr || vectors_ == nullptr)
      return context_->OutOfMemory();
    predicate_.Init(context_, node_.predicate.program);
    if (node_.keep_left) {
      is_stand_in_ = context_->arena->NewArray<uint8_t>(kChunkRowsMax);
      selected_ = context_->arena->NewArray<uint16_t>(kChunkRowsMax);
      if (is_stand_in_ == nullptr || selected_ == nullptr) return context_->OutOfMemory();
    }
    DOSQL_TRY(columns_.Init(kChunkRowsMax));
    left_ = std::make_unique<VectorBuilder[]>(node_.input->width);
    for (uint32_t c = 0; c < node_.input->width; c++) left_[c].Init(context_->arena, kChunkRowsMax);
    return Status::Ok();
  }

  bool has_predicate() const { return node_.predicate.program != nullptr; }

  // LEFT JOIN: a row that may have no partner is followed by a stand-in with NULLs; it is dropped
  // when a partner passed the predicate.
  Status PutStandIn(uint32_t n, uint32_t row) {
    for (uint32_t c = 0; c < node_.input->width; c++)
      if (!left_[c].Put(n, outer_->columns[c].Get(row)).ok()) return context_->OutOfMemory();
    DOSQL_TRY(columns_.PutNull(n));
    is_stand_in_[n] = 1;
    return Status::Ok();
  }

  Status Choose() {
    uint32_t n = chunk_.row_count;
    if (has_predicate()) {
      pair_strings_.Reset();
      DOSQL_TRY(predicate_.Filter(&pair_eval_, &chunk_));
    }
    if (!node_.keep_left) return Status::Ok();
    Selection passed = chunk_.selection;
    uint32_t kept = 0, p = 0;
    for (uint32_t i = 0; i < n; i++) {
      bool passes = p < passed.count && passed[p] == i;
      if (passes) p++;
      if (is_stand_in_[i]) {
        passes = !matched_;
        matched_ = false;
      } else if (passes) {
        matched_ = has_predicate();  // otherwise no stand-in follows whose turn would clear this
      }
      if (passes) selected_[kept++] = static_cast<uint16_t>(i);
    }
    chunk_.selection = {selected_, kept};
    return Status::Ok();
  }

  // Adds the next rows of the input row in hand to the chunk. kNotFound: the input is used up, or
  // its next chunk must wait for the next call because this chunk has views of the present one.
  Status More(uint32_t* n) {
    if (outer_ == nullptr || at_ == outer_->selection.count) {
      if (*n > 0) return Code::kNotFound;
      outer_ = nullptr;
      DOSQL_TRY(input_->Next(&outer_));
      if (outer_ == nullptr) return Code::kNotFound;
      DOSQL_TRY(context_->CheckDeadline());
      strings_.Reset();
      at_ = 0;
      inside_ = false;
      const Access& a = node_.access;
      for (uint32_t i = 0; i < a.equal.size; i++)
        DOSQL_TRY(equal_[i].Eval(&eval_, *outer_, &equal_vectors_[i]));
      if (low_.has_program()) DOSQL_TRY(low_.Eval(&eval_, *outer_, &low_vector_));
      if (high_.has_program()) DOSQL_TRY(high_.Eval(&eval_, *outer_, &high_vector_));
    }
    uint32_t row = outer_->selection[at_];
    if (!inside_) {
      found_ = false;
      for (uint32_t i = 0; i < node_.access.equal.size; i++)
        values_[i] = equal_vectors_[i]->Get(row);
      Value low = low_vector_ != nullptr ? low_vector_->Get(row) : Value::Null();
      Value high = high_vector_ != nullptr ? high_vector_->Get(row) : Value::Null();
      DOSQL_TRY(reader_.Start(values_, low, high));
      inside_ = true;
    }
    RowBatch batch;
    DOSQL_TRY(reader_.Next(kChunkRowsMax - *n, &rows_arena_, &batch));
    if (batch.count == 0) {
      if (node_.keep_left && (!found_ || has_predicate())) DOSQL_TRY(PutStandIn((*n)++, row));
      at_++;
      inside_ = false;
      return Status::Ok();
    }
    found_ = true;
    if (node_.keep_left) std::memset(is_stand_in_ + *n, 0, batch.count);
    DOSQL_TRY(columns_.Put(*n, batch));
    for (uint32_t c = 0; c < node_.input->width; c++) {
      Value v = outer_->columns[c].Get(row);
      for (uint32_t r = 0; r < batch.count; r++)
        if (!left_[c].Put(*n + r, v).ok()) return context_->OutOfMemory();
    }
    *n += batch.count;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_;
  EvalContext eval_;
  Arena strings_;
  AccessReader reader_;
  RowColumns columns_;
  Arena rows_arena_;
  std::unique_ptr<ChunkExpr[]> equal_;
  ChunkExpr low_, high_;
  const Vector** equal_vectors_ = nullptr;
  const Vector *low_vector_ = nullptr, *high_vector_ = nullptr;
  Value* values_ = nullptr;
  std::unique_ptr<VectorBuilder[]> left_;
  Vector* vectors_ = nullptr;
  Chunk chunk_;
  Chunk* outer_ = nullptr;  // the input chunk in hand
  uint32_t at_ = 0;         // its selected row in hand
  bool inside_ = false;     // the reader is in the range of at_
  bool found_ = false;      // and has found rows
  // LEFT JOIN and predicates over pairs.
  bool pairs_ready_ = false;
  bool matched_ = false;
  ChunkExpr predicate_;
  EvalContext pair_eval_;
  Arena pair_strings_;
  uint8_t* is_stand_in_ = nullptr;
  uint16_t* selected_ = nullptr;
};

}  // namespace

std::unique_ptr<Operator> MakeScan(ExecContext* context, const PlanNode& node) {
  return std::make_unique<Scan>(context, node);
}
std::unique_ptr<Operator> MakeIndexJoin(ExecContext* context, const PlanNode& node,
                                        std::unique_ptr<Operator> input) {
  return std::make_unique<IndexJoin>(context, node, std::move(input));
}

}  // namespace dosql
