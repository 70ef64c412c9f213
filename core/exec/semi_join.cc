// Semi-joins and anti-joins: of each input chunk, the rows that have a partner, or those that have
// none. Partners come from a hash table or by looking rows up; those that must pass a predicate are
// put into chunks of pairs, and what passes marks its input row.

#include "core/exec/gathered_input.h"
#include "core/exec/join_table.h"
#include "core/exec/lookup.h"
#include "core/exec/row_columns.h"

namespace dosql {
namespace {

class SemiJoin final : public Operator {
 public:
  SemiJoin(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input,
           std::unique_ptr<Operator> build)
      : context_(context),
        node_(node),
        input_(context, std::move(input), node.input->width, node.access.bulk,
               node.build == nullptr),
        build_(std::move(build)),
        eval_(context->eval),
        strings_(context->budget) {
    eval_.function.arena = &strings_;
  }

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!started_) DOSQL_TRY(Start());
    if (build_ != nullptr) {
      DOSQL_TRY(table_->Build(build_.get(), false));
      build_.reset();
    }
    for (;;) {
      if (in_ == nullptr) {
        DOSQL_TRY(input_.Next(&in_));
        if (in_ == nullptr) return Status::Ok();
        taken_ = false;
      }
      if (!taken_) DOSQL_TRY(Take());
      DOSQL_TRY(Match());
      uint32_t kept = 0;
      for (uint32_t k = 0; k < in_->selection.count; k++) {
        uint32_t row = in_->selection[k];
        if ((has_partner_[row] != 0) != node_.anti) selected_[kept++] = static_cast<uint16_t>(row);
      }
      chunk_ = *in_;
      chunk_.selection = {selected_, kept};
      in_ = nullptr;
      if (kept == 0) continue;
      *chunk = &chunk_;
      return Status::Ok();
    }
  }

 private:
  bool looks_up() const { return node_.build == nullptr; }
  bool has_predicate() const { return node_.predicate.program != nullptr; }
  uint32_t left_width() const { return node_.input->width; }
  uint32_t width() const { return left_width() + node_.partner.size; }

  Status Start() {
    Arena* a = context_->arena;
    has_partner_ = a->NewArray<uint8_t>(kChunkRowsMax);
    selected_ = a->NewArray<uint16_t>(kChunkRowsMax);
    pair_row_ = a->NewArray<uint16_t>(kChunkRowsMax);
    vectors_ = a->NewArray<Vector>(width());
    if (has_partner_ == nullptr || selected_ == nullptr || pair_row_ == nullptr ||
        vectors_ == nullptr)
      return context_->OutOfMemory();
    builders_ = std::make_unique<VectorBuilder[]>(width());
    for (uint32_t c = 0; c < width(); c++) builders_[c].Init(a, kChunkRowsMax);
    predicate_.Init(context_, node_.predicate.program);
    if (looks_up()) {
      lookup_ = std::make_unique<Lookup>(
          context_, node_, has_predicate() ? Lookup::Mode::kAll : Lookup::Mode::kFirst);
      DOSQL_TRY(lookup_->Init());
    } else {
      table_ = std::make_unique<JoinTable>(context_, node_);
      DOSQL_TRY(table_->Init());
    }
    started_ = true;
    return Status::Ok();
  }

  Status Take() {
    DOSQL_TRY(context_->CheckDeadline());
    DOSQL_TRY(looks_up() ? lookup_->Take(*in_) : table_->StartProbe(*in_));
    std::memset(has_partner_, 0, in_->row_count);
    at_ = 0;
    entered_ = false;
    taken_ = true;
    return Status::Ok();
  }

  // Marks the rows of the chunk in hand that have a partner.
  Status Match() {
    if (looks_up()) return MatchByLookup();
    for (; at_ < in_->selection.count; at_++) {
      DOSQL_TRY(MatchByHash(in_->selection[at_]));
      entered_ = false;
    }
    return pairs_ > 0 ? TestPairs() : Status::Ok();
  }

  Status MatchByHash(uint32_t row) {
    if (!entered_) DOSQL_TRY(table_->Find(row, &chain_));
    entered_ = true;
    if (!has_predicate()) {
      has_partner_[row] = chain_ != nullptr;
      return Status::Ok();
    }
    for (; chain_ != nullptr && !has_partner_[row]; chain_ = chain_->next) {
      if (pairs_ == kChunkRowsMax) DOSQL_TRY(TestPairs());
      if (has_partner_[row]) break;
      DOSQL_TRY(PutLeft(row, pairs_));
      for (uint32_t c = 0; c < node_.partner.size; c++)
        if (!builders_[left_width() + c].Put(pairs_, chain_->values()[c]).ok())
          return context_->OutOfMemory();
      pairs_++;
    }
    return Status::Ok();
  }

  Status MatchByLookup() {
    for (;;) {
      if (pairs_ > 0) DOSQL_TRY(TestPairs());
      Lookup::Batch batch;
      DOSQL_TRY(lookup_->Next(&batch));
      const uint32_t n = batch.rows.count;
      if (n == 0) return Status::Ok();
      if (!has_predicate()) {
        for (uint32_t i = 0; i < n; i++) has_partner_[batch.inputs[i]] = 1;
        continue;
      }
      if (!PutRows(*node_.access.table, node_.partner, batch.rows, 0, &builders_[left_width()])
               .ok())
        return context_->OutOfMemory();
      for (uint32_t i = 0; i < n; i++) DOSQL_TRY(PutLeft(batch.inputs[i], i));
      pairs_ = n;
    }
  }

  Status PutLeft(uint32_t row, uint32_t pair) {
    pair_row_[pair] = static_cast<uint16_t>(row);
    for (uint32_t c = 0; c < left_width(); c++)
      if (!builders_[c].Put(pair, in_->columns[c].Get(row)).ok()) return context_->OutOfMemory();
    return Status::Ok();
  }

  // Whose predicate is true marks its row; then there are no pairs.
  Status TestPairs() {
    for (uint32_t c = 0; c < width(); c++) vectors_[c] = builders_[c].Finish();
    Chunk pairs = {vectors_, width(), pairs_, {nullptr, pairs_}};
    strings_.Reset();
    DOSQL_TRY(predicate_.Filter(&eval_, &pairs));
    for (uint32_t k = 0; k < pairs.selection.count; k++)
      has_partner_[pair_row_[pairs.selection[k]]] = 1;
    // The last row may have more partners than one chunk holds.
    uint32_t last = pair_row_[pairs_ - 1];
    if (looks_up() && has_partner_[last]) lookup_->Skip(last);
    pairs_ = 0;
    for (uint32_t c = 0; c < width(); c++) builders_[c].Restart();
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  GatheredInput input_;
  std::unique_ptr<Operator> build_;
  EvalContext eval_;
  Arena strings_;
  std::unique_ptr<Lookup> lookup_;
  std::unique_ptr<JoinTable> table_;
  ChunkExpr predicate_;
  std::unique_ptr<VectorBuilder[]> builders_;  // of pairs
  Vector* vectors_ = nullptr;
  uint16_t* pair_row_ = nullptr;  // the input row of each
  uint32_t pairs_ = 0;
  Chunk* in_ = nullptr;  // the input chunk in hand
  bool taken_ = false;
  uint32_t at_ = 0;       // its selected row in hand
  bool entered_ = false;  // whose partners are being met
  JoinTable::Row* chain_ = nullptr;
  uint8_t* has_partner_ = nullptr;  // by input row
  uint16_t* selected_ = nullptr;
  Chunk chunk_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Operator> MakeSemiJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> build) {
  return std::make_unique<SemiJoin>(context, node, std::move(input), std::move(build));
}

}  // namespace dosql
