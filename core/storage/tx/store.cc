#include "core/storage/tx/store.h"

#include "core/storage/tx/store_impl.h"

namespace dosql {

namespace {

constexpr uint64_t kTransactionBytesMax = 1u << 30;

}  // namespace

Store::Store() = default;
Store::~Store() = default;

Pager& Store::pager() { return impl_->pager; }

Store::Impl::~Impl() {
  while (marks) PopMark();
}

Status Store::Impl::PushMark() {
  auto* mark = static_cast<TransactionMark*>(BudgetAlloc(budget, sizeof(TransactionMark)));
  if (!mark) return Code::kNoMemory;
  mark->version = pager.Pin();
  if (!mark->version) {
    BudgetFree(budget, mark, sizeof *mark);
    return Code::kNoMemory;
  }
  changes.CloseRun();
  mark->log_size = changes.size();
  mark->redo_rows = redo ? redo->Rows() : 0;
  mark->id = marks ? marks->id + 1 : 0;
  mark->below = marks;
  marks = mark;
  return Status::Ok();
}

void Store::Impl::PopMark() {
  TransactionMark* mark = marks;
  marks = mark->below;
  pager.Unpin(mark->version);
  BudgetFree(budget, mark, sizeof *mark);
}

void Store::Impl::ClearTransaction() {
  while (marks) PopMark();
  MarksReleased();
  changes.Truncate(0);
  pager.ClearHeadChanged();
}

bool Store::in_transaction() const { return impl_->marks || impl_->changes.size() != 0; }

Status Store::Begin() {
  DOSQL_TRY(impl_->Check());
  if (in_transaction()) return Code::kTransaction;
  return impl_->PushMark();
}

Status Store::Commit() {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  bool row_put = false;
  if (m.changes.size() != 0) {
    DOSQL_TRY(m.EnsureCreated());
    LogCommitInfo info = {Lsn(m.last_lsn.value + 1), m.host.clock->NowMicros(), m.schema_version,
                          m.options.engine_build};
    DOSQL_TRY(m.Fail(m.log.Commit(m.changes, info, &row_put)));
    m.last_lsn = info.lsn;
    m.commits++;
  }
  m.ClearTransaction();
  return m.CheckpointBehindCommit(row_put);
}

Status Store::Rollback() {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  if (!m.marks) {
    if (m.changes.size() == 0 && !m.pager.head_changed()) return Status::Ok();
    return m.Fail(Code::kPoisoned);
  }
  while (m.marks->below) m.PopMark();
  m.pager.Restore(m.marks->version);
  if (m.redo) m.redo->RolledBackTo(0, m.marks->redo_rows);
  m.ClearTransaction();
  return Status::Ok();
}

Status Store::Savepoint(uint32_t* id) {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  if (!m.marks && m.changes.size() != 0) return Code::kTransaction;
  DOSQL_TRY(m.PushMark());
  *id = m.marks->id;
  return Status::Ok();
}

Status Store::RollbackTo(uint32_t id) {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  if (!m.marks || id > m.marks->id) return Code::kTransaction;
  while (m.marks->id > id) m.PopMark();
  m.pager.Restore(m.marks->version);
  m.changes.Truncate(m.marks->log_size);
  if (m.redo) m.redo->RolledBackTo(id, m.marks->redo_rows);
  m.MarksReleased();
  return Status::Ok();
}

Status Store::Release(uint32_t id) {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  if (!m.marks || id > m.marks->id || id == 0) return Code::kTransaction;
  while (m.marks->id >= id) m.PopMark();
  m.MarksReleased();
  return Status::Ok();
}

Status Store::Log(const LogChange& change) {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  const uint64_t bytes = m.changes.size() + LogBuffer::BytesMax(change);
  // One row stays for a guard that the pager may need before the commit.
  if (bytes > kTransactionBytesMax || m.log.RowsFor(bytes) + 1 > m.log.rows_free()) {
    return Code::kTooBig;
  }
  DOSQL_TRY(m.log.Reserve(bytes));
  return m.changes.Append(change);
}

void Store::set_schema_version(uint64_t v) { impl_->schema_version = v; }
uint64_t Store::schema_version() const { return impl_->schema_version; }

Status Store::EndTurn() {
  Impl& m = *impl_;
  DOSQL_TRY(m.Check());
  return m.Fail(m.log.EndTurn());
}

Status Store::LogEnd(FollowPosition* at) {
  Impl& m = *impl_;
  if (m.changes.size() != 0) return Code::kTransaction;
  DOSQL_TRY(m.EnsureCreated());
  DOSQL_TRY(EndTurn());
  *at = {m.log.redo_seq(), m.log.redo_pred_sum(), m.log.incarnation(), m.last_lsn, 0};
  return Status::Ok();
}

Status Store::Follow(FollowSink* sink, FollowPosition* at) {
  Impl& m = *impl_;
  if (m.changes.size() != 0) return Code::kTransaction;
  DOSQL_TRY(EndTurn());
  const CheckpointMark mark = LogReplay::FollowMark(*at, m.options.log_slots);
  return LogReplay(m.host.pages, m.budget, mark, m.options.engine_build).Follow(sink, at);
}

bool Store::LogHolds(LogSeq seq) const {
  return seq.value + impl_->options.log_slots >= impl_->log.redo_seq().value;
}

void Store::KeepLog(LogSeq seq) { impl_->keep_seq = seq; }

Status Store::Close() {
  if (poisoned() || !impl_->recovered) return Status::Ok();  // nothing that could be saved
  return EndTurn();
}

Lsn Store::last_lsn() const { return impl_->last_lsn; }
uint64_t Store::incarnation() const { return impl_->incarnation; }
const uint8_t* Store::database_id() const { return impl_->pager.super().database_id; }
bool Store::poisoned() const { return impl_->poisoned || impl_->pager.broken(); }
void Store::Poison() { impl_->poisoned = true; }

const StoreStats& Store::stats() const {
  Impl& m = *impl_;
  PagerStats p = m.pager.stats();
  m.stats = {m.commits,
             m.log.rows_put(),
             m.log.bytes_put(),
             p.checkpoints,
             p.extents_put,
             p.supers_put,
             p.reads_cold,
             m.redo_bytes,
             m.redo_commits,
             m.pager.page_count(),
             m.pager.frame_count(),
             m.pager.dirty_frames(),
             m.pager.extent_count(),
             m.pager.free_extents()};
  return m.stats;
}

}  // namespace dosql
