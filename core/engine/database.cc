#include "core/engine/database.h"

#include <algorithm>

#include "core/engine/replication_slot.h"
#include "core/engine/session.h"
#include "core/engine/statement_impl.h"
#include "core/table/schema_store.h"

namespace dosql {

struct Database::Impl {
  explicit Impl(const DatabaseOptions& options) : session(options) {}
  Session session;
};

Database::Database() = default;
Database::~Database() {
  Session& s = impl_->session;
  while (!s.statements.empty()) Finalize(s.statements.back());
  if (s.store != nullptr && !s.store->poisoned())
    s.store->Close().Ignore();  // nobody is left to tell
}

Diag& Database::diag() { return impl_->session.diag; }
ByteBudget& Database::budget() { return impl_->session.budget; }
Store& Database::store() { return *impl_->session.store; }
Session& Database::session() { return impl_->session; }

Status Session::ReloadCatalog() {
  std::unique_ptr<Catalog> fresh;
  DOSQL_TRY(LoadCatalog(&store->pager(), &budget, &diag, &fresh));
  catalog = std::move(fresh);
  write.catalog = catalog.get();
  programs.Reset(catalog.get());
  redo.SetCatalog(*catalog);
  catalog_version++;
  return Status::Ok();
}

Status Session::Explain(Status s) {
  if (s.ok() || diag.code == s.code()) return s;
  const char* words = "internal error";
  switch (s.code()) {
    case Code::kNoMemory: words = "out of memory"; break;
    case Code::kFull: words = "database or disk is full"; break;
    case Code::kTooBig: words = "string or blob too big"; break;
    case Code::kIo: words = "disk I/O error"; break;
    case Code::kCorrupt: words = "database disk image is malformed"; break;
    case Code::kNotADatabase: words = "file is not a database"; break;
    case Code::kStale:
      words = "storage was rolled back beneath this database; open it again";
      break;
    case Code::kPoisoned:
      words = "an earlier failure left this database unusable; open it again";
      break;
    case Code::kTransaction: words = "cannot do this inside a transaction"; break;
    default: words = CodeName(s.code());
  }
  return diag.Set(s.code(), words);
}

namespace {

// Redo: rows go through the tables as they were when the record was written.
class Redo final : public ReplaySink {
 public:
  explicit Redo(Session* session) : session_(session), arena_(&session->budget) {
    session->write.arena = &arena_;
  }
  ~Redo() { session_->write.arena = nullptr; }

  Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }

  Status ApplyChange(const LogChange& change) override {
    bool rewrites = change.op == LogOp::kUpdate && change.table == kSchemaTableId;
    if (!rewrites) DOSQL_TRY(Refresh());
    if (change.op == LogOp::kDdl || change.table == kSchemaTableId) {
      DOSQL_TRY(session_->redo.Flush());
      arena_.Reset();
      bool changed;
      DOSQL_TRY(SchemaStore(&session_->write).Redo(change, &changed));
      if (!changed) return Status::Ok();
      // Rows rewritten by ALTER TABLE make sense together only.
      stale_ = rewrites;
      return rewrites ? Status::Ok() : session_->ReloadCatalog();
    }
    const Table* table = session_->catalog->FindTable(change.table);
    return table != nullptr ? session_->redo.Add(*table, change) : Code::kCorrupt;
  }

  Status ApplyCommit(const LogCommit&) override { return Refresh(); }
  // The rows that are left wait until somebody wants their trees. They can where no read may block:
  // what is half redone could not be gone on with.
  Status ApplyEnd() override {
    if (session_->redo.empty()) return Status::Ok();
    if (session_->host.pages->may_block()) return session_->redo.Flush();
    session_->store->PutOffRedo(&session_->redo);
    return Status::Ok();
  }

 private:
  Status Refresh() {
    if (!stale_) return Status::Ok();
    stale_ = false;
    return session_->ReloadCatalog();
  }

  bool stale_ = false;
  Session* session_;
  Arena arena_;
};

}  // namespace

Status Database::Open(const Host& host, const DatabaseOptions& options, Diag* diag,
                      std::unique_ptr<Database>* out) {
  std::unique_ptr<Database> db(new Database());
  db->impl_ = std::make_unique<Impl>(options);
  Session& s = db->impl_->session;
  s.host = host;
  StoreOptions store_options;
  store_options.cache_bytes = options.cache_bytes;
  store_options.dirty_bytes_max = options.dirty_bytes_max;
  store_options.log_bytes_max = options.log_bytes_max;
  store_options.log_rows_max = options.log_rows_max;
  store_options.engine_build = kEngineBuild;
  bool is_new = false;
  auto open = [&]() -> Status {
    DOSQL_TRY(Store::Open(host, &s.budget, store_options, &s.store, &is_new));
    s.write.store = s.store.get();
    s.write.diag = &s.diag;
    s.write.entropy = host.entropy;
    s.write.programs = &s.programs;
    s.write.last_rowid = &s.counters.last_insert_rowid;
    s.write.function.diag = &s.diag;
    s.write.function.counters = &s.counters;
    s.write.function.entropy = host.entropy;
    if (is_new) DOSQL_TRY(FormatSchema(&s.store->pager()));
    std::unique_ptr<Catalog> catalog;
    DOSQL_TRY(LoadCatalog(&s.store->pager(), &s.budget, &s.diag, &catalog));
    s.catalog = std::move(catalog);
    s.write.catalog = s.catalog.get();
    s.programs.Reset(s.catalog.get());
    Redo redo(&s);
    DOSQL_TRY(s.store->Recover(&redo));
    return KeepSlotsLog(&s);
  };
  Status status = open();
  if (!status.ok()) {
    s.Explain(status).Ignore();
    *diag = s.diag;
    if (s.store != nullptr) s.store->Poison();
    return status;
  }
  s.diag.Clear();
  *out = std::move(db);
  return Status::Ok();
}

Status Database::Prepare(std::string_view sql, Statement** statement, uint32_t* consumed) {
  Session& s = impl_->session;
  s.diag.Clear();
  *statement = nullptr;
  *consumed = 0;
  std::unique_ptr<Statement, void (*)(Statement*)> fresh(new Statement(this),
                                                         [](Statement* x) { delete x; });
  bool blank = false;
  Status status = fresh->impl_->Parse(sql, consumed, &blank);
  if (status.ok() && !blank) status = fresh->impl_->Compile();
  if (!status.ok()) {
    s.Explain(status).Ignore();
    s.diag.Locate(sql);
    return status;
  }
  if (blank) return Status::Ok();
  *statement = fresh.release();
  s.statements.push_back(*statement);
  return Status::Ok();
}

void Database::Finalize(Statement* statement) {
  std::vector<Statement*>& all = impl_->session.statements;
  auto at = std::find(all.begin(), all.end(), statement);
  DOSQL_ASSERT(at != all.end());
  *at = all.back();
  all.pop_back();
  delete statement;
}

Status Database::Rollback() {
  Session& s = impl_->session;
  s.diag.Clear();
  if (!s.explicit_transaction) return Status::Ok();
  return s.Explain(RollbackTransaction(&s));
}

Status Database::EndTurn() {
  impl_->session.diag.Clear();
  return impl_->session.Explain(impl_->session.store->EndTurn());
}

Status Database::Checkpoint() {
  Session& s = impl_->session;
  s.diag.Clear();
  Status status = s.redo.Flush();
  return s.Explain(status.ok() ? s.store->Checkpoint() : status);
}

bool Database::in_transaction() const { return impl_->session.explicit_transaction; }
void Database::SetDeadline(int64_t micros) { impl_->session.deadline_micros = micros; }

}  // namespace dosql
