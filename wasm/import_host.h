// ImportHost: the engine's Host over the module's imports. One instance serves one database, so
// nothing here holds state beyond the fault model.
#pragma once

#include "core/host/host.h"

namespace dosql {

class ImportHost final : public PageStore, public Clock, public Entropy {
 public:
  explicit ImportHost(FaultModel model) : model_(model) {}
  Host host() { return {this, this, this}; }

  FaultModel fault_model() const override { return model_; }
  Status Get(RowKey key, MutableBytes out, uint32_t* size) override;
  Status GetPart(RowKey key, uint32_t from, MutableBytes out) override;
  Status Put(RowKey key, Bytes data) override;
  Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) override;
  Status Sync() override;
  void ScheduleEndTurn() override;
  void TrimLog(uint64_t seq) override;
  int64_t NowMicros() override;
  void Fill(MutableBytes out) override;

  uint64_t rows_put() const { return rows_put_; }

 private:
  FaultModel model_;
  uint64_t rows_put_ = 0;
};

}  // namespace dosql
