// What reads tables: the scan of one access, and the index join that runs an access per input row.

#include "core/exec/gathered_input.h"
#include "core/exec/lookup.h"
#include "core/exec/pair_choice.h"
#include "core/exec/row_columns.h"
#include "core/expr/eval_row.h"

namespace dosql {
namespace {

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

// Short reads should not pay for long ones: the first chunk is small. The others are as large as
// still lets the pages that narrow rows lie in stay in the first-level cache from one column to the
// next.
constexpr uint32_t kFirstChunkRows = 128, kScanChunkRows = 1024;
static_assert(kScanChunkRows <= kChunkRowsMax);

class Scan final : public Operator {
 public:
  Scan(ExecContext* context, const PlanNode& node)
      : context_(context),
        node_(node),
        reader_(context, node.access, false,
                ReadsRowids(*node.access.table, node.columns.data, node.columns.size)),
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
        input_(context, std::move(input), node.input->width, node.access.bulk),
        lookup_(context, node, ModeOf(node)),
        columns_(context, *node.access.table, node.columns.data + node.input->width,
                 node.width - node.input->width),
        pairs_(context) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (left_ == nullptr) DOSQL_TRY(Init());
    for (;;) {
      if (!pairs_ready_) {
        if (outer_ == nullptr) {
          DOSQL_TRY(input_.Next(&outer_));
          if (outer_ == nullptr) return Status::Ok();
          DOSQL_TRY(context_->CheckDeadline());
          taken_ = false;
        }
        if (!taken_) DOSQL_TRY(lookup_.Take(*outer_));
        taken_ = true;
        Lookup::Batch batch;
        DOSQL_TRY(lookup_.Next(&batch));
        if (batch.rows.count == 0) {
          outer_ = nullptr;
          continue;
        }
        DOSQL_TRY(PutPairs(batch));
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
  // LEFT JOIN: an input row that may have no partner is followed by a stand-in with NULLs; it is
  // dropped when a partner passed the predicate.
  static Lookup::Mode ModeOf(const PlanNode& node) {
    if (!node.keep_left) return Lookup::Mode::kAll;
    return node.predicate.program != nullptr ? Lookup::Mode::kWithEnds : Lookup::Mode::kUnmatched;
  }

  Status Init() {
    DOSQL_TRY(lookup_.Init());
    vectors_ = context_->arena->NewArray<Vector>(node_.width);
    if (vectors_ == nullptr) return context_->OutOfMemory();
    DOSQL_TRY(pairs_.Init(context_, node_.predicate, node_.keep_left));
    if (node_.keep_left) {
      is_stand_in_ = context_->arena->NewArray<uint8_t>(kChunkRowsMax);
      if (is_stand_in_ == nullptr) return context_->OutOfMemory();
    }
    DOSQL_TRY(columns_.Init(kChunkRowsMax));
    left_ = std::make_unique<VectorBuilder[]>(node_.input->width);
    for (uint32_t c = 0; c < node_.input->width; c++) left_[c].Init(context_->arena, kChunkRowsMax);
    return Status::Ok();
  }

  // The chunk of an input row beside each row found for it.
  Status PutPairs(const Lookup::Batch& batch) {
    const uint32_t n = batch.rows.count, width = node_.input->width;
    columns_.Restart();
    for (uint32_t i = 0; i < n;) {
      uint32_t end = i;
      while (end < n && batch.rows.rows[end] != nullptr) end++;
      if (end > i)
        DOSQL_TRY(columns_.Put(i, {end - i, batch.rows.rowids + i, batch.rows.rows + i}));
      if (node_.keep_left) std::memset(is_stand_in_ + i, 0, end - i);
      i = end;
      if (i == n) break;
      DOSQL_TRY(columns_.PutNull(i));
      is_stand_in_[i++] = 1;
    }
    for (uint32_t c = 0; c < width; c++) {
      const Vector& from = outer_->columns[c];
      left_[c].Restart();
      for (uint32_t i = 0; i < n; i++)
        if (!left_[c].Put(i, from.Get(batch.inputs[i])).ok()) return context_->OutOfMemory();
      vectors_[c] = left_[c].Finish();
    }
    Vector* right = columns_.Finish();
    for (uint32_t c = width; c < node_.width; c++) vectors_[c] = right[c - width];
    chunk_ = {vectors_, node_.width, n, {nullptr, n}};
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  GatheredInput input_;
  Lookup lookup_;
  RowColumns columns_;
  std::unique_ptr<VectorBuilder[]> left_;
  Vector* vectors_ = nullptr;
  Chunk chunk_;
  Chunk* outer_ = nullptr;    // the input chunk in hand
  bool taken_ = false;        // by the lookup
  bool pairs_ready_ = false;  // the chunk's pairs are to be chosen from
  PairChoice pairs_;
  uint8_t* is_stand_in_ = nullptr;
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
