// MeterStore: counts what the platform bills, in front of another store. One put is one row written,
// whether the row is new or not and however big it is; one get is one row read.
#pragma once

#include "core/host/page_store.h"

namespace dosql {

struct Meter {
  uint64_t rows_put[4] = {};   // by RowKind
  uint64_t bytes_put[4] = {};
  uint64_t rows_read = 0;
  uint64_t parts_read = 0;  // of those, the ones that were read in part
  uint64_t syncs = 0;
  uint64_t RowsPut() const { return rows_put[1] + rows_put[2] + rows_put[3]; }
};

class MeterStore final : public PageStore {
 public:
  explicit MeterStore(PageStore* store) : store_(store) {}
  MeterStore(const MeterStore&) = delete;
  MeterStore& operator=(const MeterStore&) = delete;

  FaultModel fault_model() const override { return store_->fault_model(); }
  Status Get(RowKey key, MutableBytes out, uint32_t* size) override {
    meter_.rows_read++;
    return store_->Get(key, out, size);
  }
  Status GetPart(RowKey key, uint32_t from, MutableBytes out) override {
    meter_.rows_read++;
    meter_.parts_read++;
    return store_->GetPart(key, from, out);
  }
  Status Put(RowKey key, Bytes data) override { return Count(key, data, store_->Put(key, data)); }
  // A put whose condition fails writes nothing and bills the row it looked at.
  Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) override {
    meter_.rows_read++;
    return Count(key, data, store_->PutIf(key, data, pred, pred_head));
  }
  Status Sync() override {
    meter_.syncs++;
    return store_->Sync();
  }
  void ScheduleEndTurn() override { store_->ScheduleEndTurn(); }
  void TrimLog(uint64_t seq) override { store_->TrimLog(seq); }

  const Meter& meter() const { return meter_; }

 private:
  Status Count(RowKey key, Bytes data, Status s) {
    if (s.ok()) {
      meter_.rows_put[static_cast<uint32_t>(key.kind)]++;
      meter_.bytes_put[static_cast<uint32_t>(key.kind)] += data.size();
    }
    return s;
  }

  PageStore* store_;
  Meter meter_;
};

}  // namespace dosql
