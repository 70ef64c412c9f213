// The semi-join that hashes its input instead of the other side, where that has many more rows:
// what it reads marks the input rows that it is a partner of, and then those go on that are, or are
// not, marked.

#include "core/exec/join_table.h"
#include "core/exec/pair_chunk.h"

namespace dosql {
namespace {

class MarkJoin final : public Operator {
 public:
  MarkJoin(ExecContext* context, const PlanNode& node, std::unique_ptr<Operator> input,
           std::unique_ptr<Operator> partners)
      : context_(context),
        node_(node),
        input_(std::move(input)),
        partners_(std::move(partners)),
        table_(context, node, JoinTable::Side::kInput),
        pairs_(context, node) {}

  Status Next(Chunk** chunk) override {
    *chunk = nullptr;
    if (vectors_ == nullptr) DOSQL_TRY(Start());
    if (input_ != nullptr) {
      DOSQL_TRY(table_.Build(input_.get(), node_.anti));
      input_.reset();
      next_ = table_.first();
    }
    // Nothing is read for no rows.
    if (next_ != nullptr && partners_ != nullptr) DOSQL_TRY(Mark());
    return Give(chunk);
  }

 private:
  Status Start() {
    Arena* a = context_->arena;
    DOSQL_TRY(table_.Init());
    DOSQL_TRY(pairs_.Init());
    vectors_ = a->NewArray<Vector>(node_.width);
    if (vectors_ == nullptr) return context_->OutOfMemory();
    builders_ = std::make_unique<VectorBuilder[]>(node_.width);
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Init(a, kChunkRowsMax);
    return Status::Ok();
  }

  // Reads all partners.
  Status Mark() {
    for (;;) {
      if (in_ == nullptr) {
        DOSQL_TRY(partners_->Next(&in_));
        if (in_ == nullptr) break;
        at_ = 0;
        entered_ = false;
        taken_ = false;
      }
      if (!taken_) DOSQL_TRY(table_.StartProbe(*in_));
      taken_ = true;
      for (; at_ < in_->selection.count; at_++) {
        DOSQL_TRY(MarkBy(in_->selection[at_]));
        entered_ = false;
      }
      // Pairs have views of this chunk.
      DOSQL_TRY(TestPairs());
      in_ = nullptr;
    }
    partners_.reset();
    return Status::Ok();
  }

  Status MarkBy(uint32_t row) {
    if (!entered_) DOSQL_TRY(table_.Find(row, &chain_));
    entered_ = true;
    for (; chain_ != nullptr; chain_ = chain_->next) {
      if (chain_->taken) continue;
      if (!pairs_.tests()) {
        chain_->taken = 1;
        continue;
      }
      if (pairs_.full()) DOSQL_TRY(TestPairs());
      if (chain_->taken) continue;
      for (uint32_t c = 0; c < node_.width; c++) DOSQL_TRY(pairs_.Put(c, chain_->values()[c]));
      for (uint32_t c = 0; c < node_.partner.size; c++)
        DOSQL_TRY(pairs_.Put(node_.width + c, in_->columns[c].Get(row)));
      pairs_.Add(chain_);
    }
    return Status::Ok();
  }

  Status TestPairs() {
    return pairs_.Test([](JoinTable::Row* row) { row->taken = 1; });
  }

  Status Give(Chunk** chunk) {
    uint32_t n = 0;
    for (uint32_t c = 0; c < node_.width; c++) builders_[c].Restart();
    for (; next_ != nullptr && n < kChunkRowsMax; next_ = next_->follows) {
      if ((next_->taken != 0) == node_.anti) continue;
      for (uint32_t c = 0; c < node_.width; c++)
        if (!builders_[c].Put(n, next_->values()[c]).ok()) return context_->OutOfMemory();
      n++;
    }
    if (n == 0) return Status::Ok();
    for (uint32_t c = 0; c < node_.width; c++) vectors_[c] = builders_[c].Finish();
    chunk_ = {vectors_, node_.width, n, {nullptr, n}};
    *chunk = &chunk_;
    return Status::Ok();
  }

  ExecContext* context_;
  const PlanNode& node_;
  std::unique_ptr<Operator> input_, partners_;
  JoinTable table_;                   // of the input
  PairChunk<JoinTable::Row*> pairs_;  // each stands for its input row
  std::unique_ptr<VectorBuilder[]> builders_;
  Vector* vectors_ = nullptr;
  Chunk* in_ = nullptr;   // the partners' chunk in hand
  bool taken_ = false;    // by the table
  uint32_t at_ = 0;       // its selected row in hand
  bool entered_ = false;  // whose chain is being met
  JoinTable::Row* chain_ = nullptr;
  JoinTable::Row* next_ = nullptr;  // to give
  Chunk chunk_;
};

}  // namespace

std::unique_ptr<Operator> MakeMarkJoin(ExecContext* context, const PlanNode& node,
                                       std::unique_ptr<Operator> input,
                                       std::unique_ptr<Operator> partners) {
  return std::make_unique<MarkJoin>(context, node, std::move(input), std::move(partners));
}

}  // namespace dosql
