// Semi-joins and anti-joins: of each input chunk, the rows that have a partner, or those that have
// none. Partners come from a hash table or by looking rows up; those that must pass a predicate are
// put into chunks of pairs, and what passes marks its input row.

#include "core/exec/gathered_input.h"
#include "core/exec/join_table.h"
#include "core/exec/lookup.h"
#include "core/exec/pair_chunk.h"
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
        pairs_(context, node) {}

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

  Status Start() {
    Arena* a = context_->arena;
    has_partner_ = a->NewArray<uint8_t>(kChunkRowsMax);
    selected_ = a->NewArray<uint16_t>(kChunkRowsMax);
    if (has_partner_ == nullptr || selected_ == nullptr) return context_->OutOfMemory();
    DOSQL_TRY(pairs_.Init());
    if (looks_up()) {
      lookup_ = std::make_unique<Lookup>(
          context_, node_, pairs_.tests() ? Lookup::Mode::kAll : Lookup::Mode::kFirst);
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
    return TestPairs();
  }

  Status MatchByHash(uint32_t row) {
    if (!entered_) DOSQL_TRY(table_->Find(row, &chain_));
    entered_ = true;
    if (!pairs_.tests()) {
      has_partner_[row] = chain_ != nullptr;
      return Status::Ok();
    }
    for (; chain_ != nullptr && !has_partner_[row]; chain_ = chain_->next) {
      if (pairs_.full()) DOSQL_TRY(TestPairs());
      if (has_partner_[row]) break;
      for (uint32_t c = 0; c < node_.partner.size; c++)
        DOSQL_TRY(pairs_.Put(node_.width + c, chain_->values()[c]));
      DOSQL_TRY(AddPair(row));
    }
    return Status::Ok();
  }

  Status MatchByLookup() {
    for (;;) {
      DOSQL_TRY(TestPairs());
      Lookup::Batch batch;
      DOSQL_TRY(lookup_->Next(&batch));
      const uint32_t n = batch.rows.count;
      if (n == 0) return Status::Ok();
      if (!pairs_.tests()) {
        for (uint32_t i = 0; i < n; i++) has_partner_[batch.inputs[i]] = 1;
        continue;
      }
      if (!PutRows(*node_.access.table, node_.partner.data, node_.partner.size, batch.rows, 0,
                   pairs_.partner_builders())
               .ok())
        return context_->OutOfMemory();
      for (uint32_t i = 0; i < n; i++) DOSQL_TRY(AddPair(batch.inputs[i]));
    }
  }

  // Completes a pair, whose partner is put, with the input row.
  Status AddPair(uint32_t row) {
    for (uint32_t c = 0; c < node_.width; c++) DOSQL_TRY(pairs_.Put(c, in_->columns[c].Get(row)));
    pairs_.Add(static_cast<uint16_t>(row));
    return Status::Ok();
  }

  Status TestPairs() {
    if (pairs_.count() == 0) return Status::Ok();
    const uint32_t last = pairs_.last();
    DOSQL_TRY(pairs_.Test([this](uint16_t row) { has_partner_[row] = 1; }));
    // The last row may have more partners than one chunk holds.
    if (looks_up() && has_partner_[last]) lookup_->Skip(last);
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  GatheredInput input_;
  std::unique_ptr<Operator> build_;
  PairChunk<uint16_t> pairs_;  // each stands for its input row
  std::unique_ptr<Lookup> lookup_;
  std::unique_ptr<JoinTable> table_;
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
