// BlockingStore: a store whose extents are not always at hand, as when they lie in R2. A Get answers
// kBlocked at random and notes the row; Fetch brings all noted rows. For tests of everything that
// has to stop in the middle and go on.
#pragma once

#include <vector>

#include "core/host/page_store.h"

namespace dosql {

class BlockingStore final : public PageStore {
 public:
  // Of 256 Gets of rows that were not fetched lately, `odds` answer kBlocked.
  BlockingStore(PageStore* store, uint32_t odds, uint64_t seed)
      : store_(store), odds_(odds), state_(seed | 1) {}
  BlockingStore(const BlockingStore&) = delete;
  BlockingStore& operator=(const BlockingStore&) = delete;

  FaultModel fault_model() const override { return store_->fault_model(); }
  bool may_block() const override { return odds_ > 0; }
  Status Get(RowKey key, MutableBytes out, uint32_t* size) override {
    return Blocks(key) ? Code::kBlocked : store_->Get(key, out, size);
  }
  Status GetPart(RowKey key, uint32_t from, MutableBytes out) override {
    return Blocks(key) ? Code::kBlocked : store_->GetPart(key, from, out);
  }
  Status Put(RowKey key, Bytes data) override { return store_->Put(key, data); }
  Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) override {
    return store_->PutIf(key, data, pred, pred_head);
  }
  Status Sync() override { return store_->Sync(); }
  void ScheduleEndTurn() override { store_->ScheduleEndTurn(); }
  void TrimLog(uint64_t seq) override { store_->TrimLog(seq); }

  const std::vector<RowKey>& wanted() const { return wanted_; }
  // The rows wanted are at hand until kReadyMax others have been fetched.
  void Fetch() {
    for (RowKey key : wanted_) ready_.push_back(key);
    wanted_.clear();
    if (ready_.size() > kReadyMax) ready_.erase(ready_.begin(), ready_.end() - kReadyMax);
  }
  void set_odds(uint32_t odds) { odds_ = odds; }
  uint64_t blocked() const { return blocked_; }

 private:
  static constexpr size_t kReadyMax = 64;
  static bool Has(const std::vector<RowKey>& keys, RowKey key) {
    for (RowKey k : keys) {
      if (k == key) return true;
    }
    return false;
  }
  bool Blocks(RowKey key) {
    if (key.kind != RowKind::kExtent || Has(ready_, key) || Random() % 256 >= odds_) return false;
    if (!Has(wanted_, key)) wanted_.push_back(key);
    blocked_++;
    return true;
  }
  uint32_t Random() {  // xorshift64*
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1du) >> 32);
  }

  PageStore* store_;
  uint32_t odds_;
  uint64_t state_;
  std::vector<RowKey> wanted_;
  std::vector<RowKey> ready_;
  uint64_t blocked_ = 0;
};

}  // namespace dosql
