// Simulation: one store's life through many crashes, all from one seed.
#pragma once

#include <memory>
#include <string>

#include "core/host/fault_store.h"
#include "tests/sim/database.h"
#include "tests/sim/random.h"

namespace dosql::sim {

// How often things happened, so that a run shows what it covered.
struct Coverage {
  uint64_t crashes = 0, opens = 0, commits = 0, rollbacks = 0, savepoints = 0;
  uint64_t checkpoints = 0, spilled_pages = 0, cleaned_pages = 0, log_rows = 0, ring_rounds = 0;
  uint64_t stale = 0, failed_puts = 0, crashes_in_recovery = 0, lost_commits = 0, kept_in_flight = 0;
  uint64_t redo_commits = 0, many_row_commits = 0, out_of_memory = 0;
  uint64_t extents_max = 0;
};

class Simulation {
 public:
  Simulation(uint64_t seed, bool plant_missing_sync);

  // Lives through `crashes` crashes. An empty string, or what went wrong.
  std::string Run(uint32_t crashes, Coverage* coverage);

 private:
  // Opens until it works; the state found must be one that the crash allows.
  std::string Recover();
  // Transactions until the machine stops or the store is of no more use.
  std::string Work();
  // One transaction; false: the store is of no more use.
  bool Transaction();
  bool Changes(uint32_t n, std::vector<Change>* changes, Tables* tables, Status* status);
  Status OneChange(Change* change, const Tables& tables);
  bool Finish(Status s, std::vector<Change>* changes, bool explicit_tx, const Tables& before);
  void EndTurn();
  bool MayFail(const std::string& words);
  std::string CheckReaders();
  void Account();

  Random random_;
  const FaultModel model_;
  FaultStore disk_;
  StoreOptions options_;
  std::unique_ptr<Database> db_;
  History history_;
  Tables head_;              // what the running instance must show
  uint64_t acked_lsn_ = 0;   // certainly durable
  bool in_flight_ = false;   // a commit's outcome is unknown
  bool loose_ = false;       // the turn was rolled back in part: any prefix may be found
  uint32_t next_table_ = 1;
  uint32_t key_range_;
  uint32_t value_bytes_;
  struct Reader {
    const Version* version;
    Tables tables;
  };
  std::vector<Reader> readers_;
  Coverage* cover_ = nullptr;
  std::string problem_;
};

}  // namespace dosql::sim
