#include "tests/sim/simulation.h"

namespace dosql::sim {

Simulation::Simulation(uint64_t seed, bool plant_missing_sync)
    : random_(seed),
      model_(seed % 2 ? FaultModel::kPosix : FaultModel::kTurnAtomic),
      disk_(model_) {
  if (plant_missing_sync) disk_.IgnoreSync();
  // Everything small, so that the ring goes round, extents are used again and frames are scarce.
  const bool large = random_.Odds(6);  // enough extents for the cleaner, more pages than frames
  options_.cache_bytes = random_.Between(32, large ? 64 : 128) * kPageBytes;
  options_.dirty_bytes_max = random_.Between(4, 60) * kPageBytes;
  options_.log_bytes_max = random_.Between(2, 200) << 10;
  options_.log_slots = random_.Between(16, 64);
  options_.log_rows_max = random_.Between(2, options_.log_slots - 2);
  options_.log_row_bytes = random_.Odds(50) ? random_.Between(200, 4000) : 64 << 10;
  options_.slice_bytes = random_.Between(1, 6) * kExtentBytes;
  key_range_ = large ? 6000 : random_.Odds(50) ? 60 : 600;
  value_bytes_ = large ? 1500 : 200;
}

void Simulation::Account() {
  if (!db_) return;
  const StoreStats& s = db_->store().stats();
  cover_->checkpoints += s.checkpoints;
  cover_->log_rows += s.log_rows_put;
  cover_->ring_rounds += s.log_rows_put / options_.log_slots;
  if (s.extents > cover_->extents_max) cover_->extents_max = s.extents;
  PagerStats p = db_->store().pager().stats();
  cover_->spilled_pages += p.pages_spilled;
  cover_->cleaned_pages += p.pages_cleaned;
}

std::string Simulation::Recover() {
  for (;;) {
    cover_->opens++;
    readers_.clear();
    db_ = std::make_unique<Database>(&disk_, random_.Next(), options_);
    // The machine may stop again while it comes up.
    if (random_.Odds(10)) disk_.StopAt(random_.Between(1, 4));
    Status s = db_->Open();
    if (disk_.stopped()) {
      Account();
      db_.reset();
      disk_.Crash(random_.Next());
      cover_->crashes++;
      cover_->crashes_in_recovery++;
      continue;
    }
    disk_.StopAt(0);
    if (!s.ok()) return std::string("open fails: ") + CodeName(s.code());
    break;
  }
  const uint64_t lsn = db_->store().last_lsn().value;
  const uint64_t most = loose_ ? history_.last_lsn() : acked_lsn_ + (in_flight_ ? 1 : 0);
  if (lsn < acked_lsn_) return "an acknowledged commit is lost";
  if (lsn > most) return "a commit that must be lost is there";
  if (in_flight_ && lsn == acked_lsn_ + 1) cover_->kept_in_flight++;
  cover_->lost_commits += history_.last_lsn() - lsn;
  cover_->redo_commits += db_->store().stats().redo_commits;
  history_.CutTo(lsn);
  head_ = history_.base();
  acked_lsn_ = lsn;
  in_flight_ = loose_ = false;
  std::string words = db_->Compare(nullptr, head_);
  if (words.empty() && random_.Odds(20)) words = db_->Verify();
  return words;
}

// A read may have to spill: then it fails like a put. And with most frames held by versions there may
// be none left to read into.
bool Simulation::MayFail(const std::string& words) {
  return disk_.stopped() || db_->store().poisoned() || words.find("NoMemory") != std::string::npos;
}

std::string Simulation::CheckReaders() {
  if (random_.Odds(10) && readers_.size() < 3) {
    const Version* v = db_->store().pager().Pin();
    if (v) readers_.push_back({v, head_});
  } else if (!readers_.empty() && random_.Odds(15)) {
    size_t i = random_.Below(static_cast<uint32_t>(readers_.size()));
    if (random_.Odds(50)) {
      std::string words = db_->Compare(readers_[i].version, readers_[i].tables);
      if (!words.empty() && !MayFail(words)) {
        return "pinned version: " + words;
      }
    }
    db_->store().pager().Unpin(readers_[i].version);
    readers_.erase(readers_.begin() + static_cast<ptrdiff_t>(i));
  }
  return "";
}

Status Simulation::OneChange(Change* c, const Tables& tables) {
  uint32_t what = random_.Below(100);
  if (tables.empty() || (what < 4 && tables.size() < 4)) {
    *c = {Change::kCreate, next_table_++, 0, {}};
    return db_->Create(c->table);
  }
  auto t = tables.begin();
  std::advance(t, random_.Below(static_cast<uint32_t>(tables.size())));
  // A large database is dropped less often than it takes to become large.
  if (what < 6 && (value_bytes_ == 200 || random_.Odds(2))) {
    *c = {Change::kDrop, t->first, 0, {}};
    return db_->Drop(c->table);
  }
  const int64_t key = random_.Below(key_range_);
  if (what < 40) {
    *c = {Change::kDelete, t->first, key, {}};
    return db_->Delete(c->table, key);
  }
  uint32_t size = random_.Between(0, value_bytes_);
  if (what >= 97) size = random_.Between(200, 50000);
  *c = {Change::kPut, t->first, key, std::string(size, '\0')};
  for (size_t i = 0; i < size; i += 7) c->value[i] = static_cast<char>(random_.Next());
  return db_->Put(c->table, key, c->value);
}

// Makes up to n changes. False: `*status` says why it cannot go on.
bool Simulation::Changes(uint32_t n, std::vector<Change>* changes, Tables* tables, Status* status) {
  for (; n > 0; n--) {
    Change c;
    *status = OneChange(&c, *tables);
    if (status->code() == Code::kNotFound) {  // nothing under the key to delete
      *status = Status::Ok();
      continue;
    }
    if (!status->ok()) return false;
    Apply(c, tables);
    changes->push_back(std::move(c));
  }
  return true;
}

// After the changes: commits. False: the store is of no more use.
bool Simulation::Finish(Status s, std::vector<Change>* changes, bool explicit_tx,
                        const Tables& before) {
  Store& store = db_->store();
  if (!s.ok() || (explicit_tx && random_.Odds(15))) {
    if (s.code() == Code::kNoMemory) cover_->out_of_memory++;
    if (!s.ok() && s.code() != Code::kTooBig && s.code() != Code::kNoMemory &&
        s.code() != Code::kIo && s.code() != Code::kPoisoned && s.code() != Code::kStale) {
      problem_ = std::string("a change fails: ") + CodeName(s.code());
    }
    if (!store.Rollback().ok()) return false;
    cover_->rollbacks++;
    head_ = before;
    return true;
  }
  const bool any = !changes->empty();
  if (any) history_.Commit(std::move(*changes));
  in_flight_ = any && model_ == FaultModel::kPosix;  // a turn is lost as a whole
  const uint64_t rows = store.stats().log_rows_put;
  s = store.Commit();
  if (store.stats().log_rows_put > rows + 1) cover_->many_row_commits++;
  if (!s.ok()) {
    if (s.code() != Code::kIo && s.code() != Code::kPoisoned && s.code() != Code::kStale) {
      problem_ = std::string("commit fails: ") + CodeName(s.code());
    }
    return false;
  }
  cover_->commits++;
  if (loose_ && store.stats().log_rows_put > rows) {
    // The turn's first put saw that nothing is missing before it.
    loose_ = false;
    acked_lsn_ = history_.last_lsn() - any;
    history_.Settle(acked_lsn_);
  }
  if (model_ == FaultModel::kPosix) {
    in_flight_ = false;
    acked_lsn_ = history_.last_lsn();
    history_.Settle(acked_lsn_);
  }
  return true;
}

bool Simulation::Transaction() {
  Store& store = db_->store();
  const Tables before = head_;
  std::vector<Change> changes;
  Status s;
  if (random_.Odds(40)) {
    Changes(1, &changes, &head_, &s);
    return Finish(s, &changes, false, before);
  }
  if (!store.Begin().ok()) return false;
  struct Mark {
    uint32_t id;
    size_t changes;
    Tables tables;
  };
  std::vector<Mark> marks;
  const uint32_t big = random_.Odds(5) ? value_bytes_ / 3 : 8;
  for (uint32_t n = random_.Between(1, 5); n > 0 && s.ok(); n--) {
    if (!Changes(random_.Between(1, big), &changes, &head_, &s)) break;
    uint32_t what = random_.Below(100);
    if (what < 30) {
      uint32_t id;
      s = store.Savepoint(&id);
      if (s.ok()) marks.push_back({id, changes.size(), head_});
      cover_->savepoints++;
    } else if (what < 50 && !marks.empty()) {
      Mark& m = marks[random_.Below(static_cast<uint32_t>(marks.size()))];
      s = store.RollbackTo(m.id);
      if (!s.ok()) break;
      head_ = m.tables;
      changes.resize(m.changes);
      while (marks.back().id != m.id) marks.pop_back();
      cover_->rollbacks++;
    } else if (what < 60 && !marks.empty()) {
      size_t i = random_.Below(static_cast<uint32_t>(marks.size()));
      s = store.Release(marks[i].id);
      marks.resize(i);
    }
  }
  return Finish(s, &changes, true, before);
}

void Simulation::EndTurn() {
  Status s = disk_.TakeEndTurnWanted() ? db_->store().EndTurn() : Status::Ok();
  if (s.code() == Code::kStale) cover_->stale++;
  if (disk_.stopped()) return;
  disk_.EndOfTurn();
  // A failure between the puts of a turn leaves whatever was put; else all of it is certain now.
  if (s.ok() && !db_->store().poisoned() && !loose_) {
    in_flight_ = false;
    acked_lsn_ = history_.last_lsn();
    history_.Settle(acked_lsn_);
  } else {
    loose_ = true;
  }
}

std::string Simulation::Work() {
  const bool turns = model_ == FaultModel::kTurnAtomic;
  if (random_.Odds(80)) {
    disk_.StopAt(random_.Between(1, random_.Odds(50) ? 12 : 120));
  } else if (random_.Odds(50)) {
    disk_.FailPutAt(random_.Between(1, 12));
    cover_->failed_puts++;
  }
  for (uint32_t n = random_.Between(1, 60); n > 0; n--) {
    bool useful = true;
    uint32_t in_turn = turns ? random_.Between(1, 5) : 1;
    size_t mark = 0;
    bool throws = turns && random_.Odds(3);
    for (; in_turn > 0 && useful; in_turn--) {
      if (throws && random_.Odds(50)) mark = disk_.TurnMark();
      useful = Transaction();
      if (useful && random_.Odds(2)) {
        useful = db_->store().Checkpoint().ok() || !db_->store().poisoned();
      }
      if (!problem_.empty()) return problem_;
    }
    if (throws && !disk_.stopped()) {
      // Something around us in the same turn throws: the puts since then are gone, and we are not
      // told. Either the log notices, or nothing that it has put is missing.
      disk_.RollbackTo(mark);
      loose_ = true;
    }
    if (turns) EndTurn();
    if (!useful || db_->store().poisoned() || disk_.stopped()) break;
    // While a rollback around us is unnoticed, a read may be the first to find a row missing.
    if (loose_) continue;
    std::string words = CheckReaders();
    if (!words.empty()) return words;
    if (random_.Odds(2)) {
      words = db_->Compare(nullptr, head_);
      if (!words.empty() && !MayFail(words)) {
        return "before the crash: " + words;
      }
    }
  }
  // A store that broke without the machine stopping may have put whatever it put.
  return "";
}

std::string Simulation::Run(uint32_t crashes, Coverage* coverage) {
  cover_ = coverage;
  const uint64_t end = coverage->crashes + crashes;
  for (;;) {
    std::string words = Recover();
    if (!words.empty()) return words;
    if (coverage->crashes >= end) return "";
    words = Work();
    if (!words.empty()) return words;
    Account();
    // Frames that readers hold go with the pager.
    readers_.clear();
    db_.reset();
    disk_.Crash(random_.Next());
    coverage->crashes++;
  }
}

}  // namespace dosql::sim
