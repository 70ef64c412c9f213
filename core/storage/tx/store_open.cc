// Opening, recovery and checkpoints of a store.
#include <cstring>
#include <new>

#include "core/storage/tx/store_impl.h"

namespace dosql {

Status Store::Open(const Host& host, ByteBudget* budget, const StoreOptions& options,
                   std::unique_ptr<Store>* store, bool* is_new) {
  PagerOptions pager_options;
  pager_options.cache_bytes = options.cache_bytes;
  host.entropy->Fill(pager_options.database_id);
  std::unique_ptr<Store> s(new Store());
  s->impl_.reset(new Impl(host, budget, options, pager_options));
  Impl& m = *s->impl_;
  if (options.log_slots < 8 || options.log_slots > kLogSlots || options.log_row_bytes == 0 ||
      options.log_row_bytes > kLogRowTarget) {
    return Code::kMisuse;
  }
  DOSQL_TRY(m.pager.Open());
  uint8_t drawn[8];
  host.entropy->Fill(drawn);
  m.incarnation = LoadLe<uint64_t>(drawn);
  const CheckpointMark& mark = m.pager.super().mark;
  if (m.pager.super().generation != 0) m.options.log_slots = mark.log_slots;
  m.schema_version = LoadLe<uint64_t>(mark.user);
  m.last_lsn = mark.lsn;
  *is_new = m.pager.page_count() == 0;
  if (*is_new) {
    PageId id;
    uint8_t* data;
    DOSQL_TRY(m.pager.Allocate(&id, &data));
  }
  *store = std::move(s);
  return Status::Ok();
}

namespace {

// Keeps the schema version of the last commit while passing everything on.
class VersionSink final : public ReplaySink {
 public:
  VersionSink(ReplaySink* sink, uint64_t* version) : sink_(sink), version_(version) {}
  Status ApplyBegin(const LogCommit& commit) override {
    *version_ = commit.schema_version;
    return sink_->ApplyBegin(commit);
  }
  Status ApplyChange(const LogChange& change) override { return sink_->ApplyChange(change); }
  Status ApplyCommit(const LogCommit& commit) override { return sink_->ApplyCommit(commit); }
  Status ApplyEnd() override { return sink_->ApplyEnd(); }

 private:
  ReplaySink* sink_;
  uint64_t* version_;
};

}  // namespace

Status Store::Recover(ReplaySink* sink) {
  Impl& m = *impl_;
  if (m.poisoned) return Code::kPoisoned;
  if (m.recovered) return Code::kMisuse;
  const Superblock& super = m.pager.super();
  LogPosition position;
  if (super.generation != 0) {
    uint8_t row[kSuperBytesMax];
    EncodeSuperblock(super, row);
    position.last_key = {RowKind::kSuper, static_cast<uint32_t>(super.generation % 2)};
    std::memcpy(position.last_head, row, sizeof position.last_head);
    LogReplay replay(m.host.pages, m.budget, super.mark, m.options.engine_build);
    VersionSink versions(sink, &m.schema_version);
    DOSQL_TRY(m.Fail(replay.Run(&versions, &position)));
    m.redo_bytes = replay.bytes();
    m.found_bytes = replay.piece_bytes();
    m.redo_commits = replay.commits();
    m.log.SetRedoSeq(super.mark.redo_seq);
  }
  m.last_lsn = position.last_lsn;
  m.log.Start(position, m.incarnation, m.options.log_slots);
  m.pager.ClearHeadChanged();
  m.recovered = true;
  // What redo spilled was not guarded, because the log's end was not known. It is now, and nothing
  // can have come between.
  if (m.recovery_puts) DOSQL_TRY(m.Fail(m.log.Guard()));
  return Status::Ok();
}

void Store::PutOffRedo(DelayedRedo* redo) { impl_->redo = redo; }
void Store::RedoIsDone() { impl_->redo = nullptr; }
bool Store::redo_open() const { return impl_->redo != nullptr; }
bool Store::has_readers() const { return impl_->pager.reader_pins() > impl_->mark_count(); }
bool Store::checkpoint_due() const { return impl_->CheckpointDue(); }

Store::RedoPoint Store::BeginRedo() const {
  return {impl_->pager.map(), impl_->pager.head_changed()};
}

Status Store::EndRedo(const RedoPoint& begin, Status s, uint32_t* below) {
  Impl& m = *impl_;
  DOSQL_TRY(m.Fail(s));
  *below = 0;
  if (!m.recovered) return Status::Ok();  // within Recover there are no readers
  if (!begin.changed) m.pager.ClearHeadChanged();
  m.pager.MovePins(begin.map);
  for (TransactionMark* mark = m.marks; mark; mark = mark->below) {
    if (mark->version->map == m.pager.map()) continue;
    *below = mark->id + 1;
    break;
  }
  return Status::Ok();
}

// The first superblock, so that the first log row has something to be conditional on.
Status Store::Impl::EnsureCreated() {
  if (pager.super().generation != 0) return Status::Ok();
  CheckpointMark mark;
  mark.incarnation = incarnation;
  mark.log_slots = options.log_slots;
  mark.time_micros = host.clock->NowMicros();
  DOSQL_TRY(Fail(pager.Create(mark)));
  LogPosition position;
  uint8_t row[kSuperBytesMax];
  EncodeSuperblock(pager.super(), row);
  position.incarnation = incarnation;
  std::memcpy(position.last_head, row, sizeof position.last_head);
  log.Start(position, incarnation, options.log_slots);
  return Status::Ok();
}

Status Store::Impl::BeforePuts() {
  if (covered) return Status::Ok();
  if (!recovered) {
    recovery_puts = true;
    return Status::Ok();
  }
  DOSQL_TRY(EnsureCreated());
  return Fail(log.Guard());
}

Status Store::Impl::ExplainCorrupt() {
  if (!recovered || pager.super().generation == 0) return Code::kCorrupt;
  Status s = log.CheckStillThere();
  return s.ok() ? Status(Code::kCorrupt) : Fail(s);
}

CheckpointMark Store::Impl::Mark() const {
  CheckpointMark mark;
  mark.incarnation = incarnation;
  mark.lsn = last_lsn;
  mark.redo_seq = log.redo_seq();
  mark.redo_pred_sum = log.redo_pred_sum();
  mark.log_slots = options.log_slots;
  mark.time_micros = host.clock->NowMicros();
  StoreLe<uint64_t>(mark.user, schema_version);
  return mark;
}

bool Store::Impl::CheckpointDue() {
  const uint32_t dirty = pager.dirty_frames();
  if (dirty < dirty_floor) dirty_floor = dirty;
  return pager.checkpoint_running() ||
         uint64_t{dirty - dirty_floor} * kPageBytes >= options.dirty_bytes_max ||
         found_bytes + log.bytes_appended() - base_bytes >= options.log_bytes_max ||
         log.rows_used() >= options.log_rows_max || log.rows_free() < options.log_slots / 8 + 4;
}

Status Store::Impl::RunSlice(uint32_t bytes, bool* done) {
  const bool was_pinned = pager.checkpoint_pinned();
  const CheckpointMark mark = Mark();
  const uint64_t appended = log.bytes_appended();
  Status s = pager.CheckpointSlice(mark, bytes, done);
  if (!was_pinned && (*done || pager.checkpoint_pinned())) {
    marked_seq = mark.redo_seq;
    marked_bytes = appended;
  }
  if (*done) {
    base_bytes = marked_bytes;
    found_bytes = 0;
    log.SetRedoSeq(marked_seq);
    host.pages->TrimLog(marked_seq < keep_seq ? marked_seq.value : keep_seq.value);
    dirty_floor = pager.dirty_frames();
  }
  if (pager.broken()) poisoned = true;
  return s;
}

Status Store::Impl::CheckpointBehindCommit(bool row_put) {
  // The pages do not have yet what its mark would say that they have.
  if (redo || !CheckpointDue()) return Status::Ok();
  if (!row_put) {
    // The pager's guard would do the same, but this row has the commit in it as well.
    DOSQL_TRY(EnsureCreated());
    DOSQL_TRY(Fail(log.Guard()));
  }
  covered = true;
  bool done = false;
  Status s;
  do {
    // With the ring nearly full there is no time for slices.
    const bool urgent = log.rows_free() < options.log_slots / 8 + 4;
    s = RunSlice(urgent ? ~uint32_t{0} : options.slice_bytes, &done);
    if (!urgent) break;
  } while (s.ok() && log.rows_free() < options.log_slots / 8 + 4 && !done);
  covered = false;
  // What went wrong before a put (no memory, blocked) is tried again behind the next commit.
  return poisoned ? (s.ok() ? Status(Code::kPoisoned) : s) : Status::Ok();
}

Status Store::Checkpoint() {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  if (m.redo) return Code::kMisuse;
  if (in_transaction()) return Code::kTransaction;
  // One that is running shows an older state: it is ended, and another one made.
  for (uint32_t rounds = m.pager.checkpoint_pinned() ? 2 : 1; rounds > 0;) {
    bool done;
    DOSQL_TRY(m.RunSlice(~uint32_t{0}, &done));
    if (done) rounds--;
  }
  return Status::Ok();
}

}  // namespace dosql
