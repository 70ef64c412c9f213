// MemoryStore: rows in memory, for databases without a file and for tests. Nothing is ever lost.
#pragma once

#include <vector>

#include "core/base/budget.h"
#include "core/host/page_store.h"

namespace dosql {

class MemoryStore final : public PageStore {
 public:
  // With a budget, each row is reserved in it before it is kept (kNoMemory); it outlives the store.
  explicit MemoryStore(FaultModel model = FaultModel::kPosix, ByteBudget* budget = nullptr)
      : model_(model), budget_(budget) {}
  ~MemoryStore();
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  FaultModel fault_model() const override { return model_; }
  Status Get(RowKey key, MutableBytes out, uint32_t* size) override;
  Status GetPart(RowKey key, uint32_t from, MutableBytes out) override;
  Status Put(RowKey key, Bytes data) override;
  Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) override;
  Status Sync() override { return Status::Ok(); }
  void ScheduleEndTurn() override { end_turn_wanted_ = true; }
  void TrimLog(uint64_t seq) override { trimmed_ = seq; }

  // kTurnAtomic: whether the store asked for EndTurn since the last call of this.
  bool TakeEndTurnWanted() {
    bool wanted = end_turn_wanted_;
    end_turn_wanted_ = false;
    return wanted;
  }
  uint64_t trimmed() const { return trimmed_; }

  // For tests that damage or look at rows: nullptr when there is no such row.
  std::vector<uint8_t>* Find(RowKey key);
  void Erase(RowKey key);
  // Calls visit(key, bytes) for every row, by kind and number.
  template <typename Visit>
  void ForEach(Visit visit) {
    for (uint32_t kind = 0; kind < 3; kind++) {
      for (uint32_t n = 0; n < rows_[kind].size(); n++) {
        if (rows_[kind][n].exists) {
          visit(RowKey{static_cast<RowKind>(kind + 1), n}, rows_[kind][n].bytes);
        }
      }
    }
  }

 private:
  struct Row {
    bool exists = false;
    std::vector<uint8_t> bytes;
  };
  FaultModel model_;
  ByteBudget* budget_;
  std::vector<Row> rows_[3];
  bool end_turn_wanted_ = false;
  uint64_t trimmed_ = 0;
};

}  // namespace dosql
