// FaultStore: a store for tests that stops, loses and tears what its fault model allows.
//
// kPosix: a crash may lose, tear or apply each put since the last Sync, in any order. kTurnAtomic:
// it drops the running turn; RollbackTo drops its last puts while the instance lives on, as a throw
// inside a surrounding transaction of the host does.
#pragma once

#include <memory>
#include <vector>

#include "core/host/page_store.h"

namespace dosql {

class FaultStore final : public PageStore {
 public:
  explicit FaultStore(FaultModel model) : model_(model) {}
  FaultStore(const FaultStore&) = delete;
  FaultStore& operator=(const FaultStore&) = delete;

  FaultModel fault_model() const override { return model_; }
  Status Get(RowKey key, MutableBytes out, uint32_t* size) override;
  Status GetPart(RowKey key, uint32_t from, MutableBytes out) override;
  Status Put(RowKey key, Bytes data) override;
  Status PutIf(RowKey key, Bytes data, RowKey pred, Bytes pred_head) override;
  Status Sync() override;
  void ScheduleEndTurn() override { end_turn_wanted_ = true; }
  void TrimLog(uint64_t) override {}

  // --- plans
  // The machine stops at the n-th event (a put or a sync) from now, n >= 1: that event and all
  // calls after it fail with kIo until Crash. The put itself is in flight. 0: never.
  void StopAt(uint64_t n) { stop_at_ = n == 0 ? 0 : events_ + n; }
  // The n-th put from now fails with kIo but the machine goes on. kTurnAtomic: nothing is written.
  void FailPutAt(uint64_t n) { fail_at_ = n == 0 ? 0 : puts_ + n; }
  // Sync does nothing from now on: the planted bug that a simulation must catch.
  void IgnoreSync() { ignore_sync_ = true; }

  bool stopped() const { return stopped_; }
  uint64_t events() const { return events_; }
  uint64_t puts() const { return puts_; }

  // --- what happens
  // The machine comes up again with what became durable, chosen by `seed` under kPosix.
  void Crash(uint64_t seed);
  // kTurnAtomic: the turn's puts become durable.
  void EndOfTurn();
  bool TakeEndTurnWanted() {
    bool wanted = end_turn_wanted_;
    end_turn_wanted_ = false;
    return wanted;
  }
  // kTurnAtomic: a place in the running turn, and the way back to it.
  size_t TurnMark() const { return pending_.size(); }
  void RollbackTo(size_t mark);

  // Damages a durable row: for tests.
  std::vector<uint8_t>* Edit(RowKey key);
  void Erase(RowKey key);

 private:
  using Blob = std::shared_ptr<std::vector<uint8_t>>;
  struct Rows {
    std::vector<Blob> kind[3];
    Blob& At(RowKey key);
    const Blob* Find(RowKey key) const;
  };
  struct Pending {
    RowKey key;
    Blob blob;
  };
  // Counts an event; kIo when the machine has stopped. `*last`: it stops with this one.
  Status Event(bool* last);

  FaultModel model_;
  Rows now_;      // what Get sees
  Rows durable_;  // what a crash leaves for certain
  std::vector<Pending> pending_;
  uint64_t events_ = 0;
  uint64_t puts_ = 0;
  uint64_t stop_at_ = 0;
  uint64_t fail_at_ = 0;
  bool stopped_ = false;
  bool ignore_sync_ = false;
  bool end_turn_wanted_ = false;
};

}  // namespace dosql
