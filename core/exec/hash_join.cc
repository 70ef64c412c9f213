// Hash join: the build side is read whole into a hash table by its keys, equal ones in a chain;
// each probe row meets the rows of its chain. Without keys every row is in one chain: the cross
// product.
//
// Outer joins keep the order of a nested loop: a probe row that may find no partner is followed by
// a stand-in with NULLs for the other side, which is dropped when a partner passed the predicate.
// Build rows that no probe row took come at the end.

#include "core/exec/join_table.h"
#include "core/exec/pair_choice.h"
#include "core/vector/vector_builder.h"

namespace dosql {
namespace {

using BuildRow = JoinTable::Row;

class HashJoin final : public Operator {
 public:
  HashJoin(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input,
           std::unique_ptr<Operator> build)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        build_(std::move(build)),
        table_(context, node),
        pairs_(context) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (!started_) DOSQL_TRY(Start());
    if (!built_) {
      DOSQL_TRY(table_.Build(build_.get(), node_.keep_right));
      build_.reset();
      built_ = true;
    }
    if (!table_.has_keys() && !node_.keep_left && !node_.keep_right) return Status::Ok();
    for (;;) {
      if (!pairs_ready_) {
        if (probed_) return Leftover(chunk);
        if (probe_ == nullptr || at_ == probe_->selection.count) {
          probe_ = nullptr;
          Chunk* in;
          DOSQL_TRY(input_->Next(&in));
          if (in == nullptr) {
            probed_ = true;
            continue;
          }
          DOSQL_TRY(table_.StartProbe(*in));
          probe_ = in;
          at_ = 0;
          entered_ = false;
        }
        uint32_t n = 0;
        DOSQL_TRY(Fill(&n));
        if (n == 0) continue;
        for (uint32_t c = 0; c < node_.width; c++) columns_[c] = builders_[c].Finish();
        chunk_ = {columns_, node_.width, n, {nullptr, n}};
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
  uint32_t left_width() const { return node_.input->width; }
  uint32_t right_width() const { return node_.build->width; }

  Status Start() {
    Arena* a = context_->arena;
    DOSQL_TRY(table_.Init());
    builders_ = std::make_unique<VectorBuilder[]>(node_.width);
    columns_ = a->NewArray<Vector>(node_.width);
    if (columns_ == nullptr) return context_->OutOfMemory();
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Init(a, kChunkRowsMax);
    DOSQL_TRY(pairs_.Init(context_, node_.predicate, node_.keep_left));
    if (tracks()) {
      partner_ = a->NewArray<BuildRow*>(kChunkRowsMax);
      if (partner_ == nullptr) return context_->OutOfMemory();
    }
    started_ = true;
    return Status::Ok();
  }

  // Whether partners are told apart from pairs that only met.
  bool tracks() const { return node_.keep_left || node_.keep_right; }

  Status PutPair(uint32_t n, uint32_t row, BuildRow* partner) {
    for (uint32_t c = 0; c < left_width(); c++)
      if (!builders_[c].Put(n, probe_->columns[c].Get(row)).ok()) return context_->OutOfMemory();
    for (uint32_t c = 0; c < right_width(); c++) {
      Value v = partner == nullptr ? Value::Null() : partner->values()[c];
      if (!builders_[left_width() + c].Put(n, v).ok()) return context_->OutOfMemory();
    }
    if (tracks()) partner_[n] = partner;
    return Status::Ok();
  }

  // Puts pairs until the chunk is full or the probe chunk is used up.
  Status Fill(uint32_t* n) {
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Restart();
    while (at_ < probe_->selection.count && *n < kChunkRowsMax) {
      uint32_t row = probe_->selection[at_];
      if (!entered_) {
        DOSQL_TRY(table_.Find(row, &chain_));
        stand_in_ = node_.keep_left && (chain_ == nullptr || pairs_.has_predicate());
        entered_ = true;
      }
      for (; chain_ != nullptr && *n < kChunkRowsMax; chain_ = chain_->next)
        DOSQL_TRY(PutPair((*n)++, row, chain_));
      if (chain_ != nullptr) break;
      if (stand_in_) {
        if (*n == kChunkRowsMax) break;
        DOSQL_TRY(PutPair((*n)++, row, nullptr));
      }
      at_++;
      entered_ = false;
    }
    return Status::Ok();
  }

  // Of the pairs in the chunk, those that pass and the stand-ins that are needed.
  Status Choose() {
    DOSQL_TRY(pairs_.Choose(&chunk_, [&](uint32_t i) { return partner_[i] == nullptr; }));
    if (!node_.keep_right) return Status::Ok();
    for (uint32_t k = 0; k < chunk_.selection.count; k++)
      if (BuildRow* partner = partner_[chunk_.selection[k]]) partner->taken = 1;
    return Status::Ok();
  }

  // Build rows that nobody took, with NULLs for the left side.
  Status Leftover(Chunk** chunk) {
    if (!node_.keep_right) return Status::Ok();
    if (!leftover_) left_over_ = table_.first();
    leftover_ = true;
    uint32_t n = 0;
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Restart();
    for (; left_over_ != nullptr && n < kChunkRowsMax; left_over_ = left_over_->follows) {
      if (left_over_->taken) continue;
      for (uint32_t c = 0; c < node_.width; c++) {
        Value v = c < left_width() ? Value::Null() : left_over_->values()[c - left_width()];
        if (!builders_[c].Put(n, v).ok()) return context_->OutOfMemory();
      }
      n++;
    }
    if (n == 0) return Status::Ok();
    for (uint32_t c = 0; c < node_.width; c++) columns_[c] = builders_[c].Finish();
    chunk_ = {columns_, node_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_, build_;
  JoinTable table_;
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* columns_ = nullptr;
  Chunk chunk_;
  Chunk* probe_ = nullptr;  // the probe chunk in hand
  uint32_t at_ = 0;         // its selected row in hand
  BuildRow* chain_ = nullptr;
  bool entered_ = false;   // chain_ belongs to at_
  bool stand_in_ = false;  // and is to be followed by one
  bool started_ = false, built_ = false, probed_ = false;
  bool pairs_ready_ = false;  // the chunk's pairs are to be chosen from
  PairChoice pairs_;
  BuildRow** partner_ = nullptr;  // per pair; nullptr: a stand-in
  bool leftover_ = false;
  BuildRow* left_over_ = nullptr;
};

}  // namespace

std::unique_ptr<Operator> MakeHashJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> build) {
  return std::make_unique<HashJoin>(context, node, std::move(input), std::move(build));
}

}  // namespace dosql
