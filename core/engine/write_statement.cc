// INSERT, UPDATE and DELETE: a statement's write and what becomes of it when it fails.
#include "core/engine/session.h"
#include "core/engine/statement_impl.h"

namespace dosql {
namespace {

// Failures that a single-row statement reports before its first change.
bool BeforeAnyChange(Code code) {
  switch (code) {
    case Code::kConstraintUnique:
    case Code::kConstraintPrimaryKey:
    case Code::kConstraintNotNull:
    case Code::kConstraintCheck:
    case Code::kConstraintRowid:
    case Code::kConstraintDatatype:
    case Code::kType:
    case Code::kTooBig:
    case Code::kBind:
    case Code::kFunction:
    case Code::kFull:
    case Code::kDeadline: return true;
    default: return false;
  }
}

bool IsWrongType(Code code) { return code == Code::kType || code == Code::kConstraintDatatype; }

}  // namespace

// Such a write goes without a savepoint.
bool Statement::Impl::WritesOneRow() const {
  return IsWrite() && (insert != nullptr ? insert->single_row() : modify->single_row()) &&
         !session->host.pages->may_block();
}

Status Statement::Impl::WriteOnce(WriteResult* result) {
  session->write.arena = &arena;
  session->write.on_failure = sql::Conflict::kAbort;
  session->write.keeps_rows = session->write.changed = false;
  session->write.rows_written = 0;
  *result = {};
  returned.Clear();
  if (has_subqueries) {  // those of an attempt that blocked still hold its version
    subqueries = std::make_unique<StatementSubqueries>(&context);
    context.eval.subqueries = subqueries.get();
  }
  result->returned = &returned;
  return insert != nullptr ? insert->Run(&context, &session->write, result)
                           : modify->Run(&context, &session->write, result);
}

// All or nothing: inside a transaction by a savepoint, outside by one of its own. A conflict clause
// may say otherwise.
Status Statement::Impl::WriteInSavepoint(WriteResult* result) {
  Store* store = session->store.get();
  uint32_t mark;
  DOSQL_TRY(store->Savepoint(&mark));
  if (insert != nullptr ? insert->reads() : modify->reads()) {
    context.version = store->pager().Pin();
    if (context.version == nullptr) {
      DOSQL_TRY(session->explicit_transaction ? store->Release(mark) : store->Rollback());
      return session->OutOfMemory();
    }
    session->redo.Hold(context.version);
  }
  Status s = WriteOnce(result);
  session->redo.Hold(nullptr);
  if (context.version != nullptr) store->pager().Unpin(context.version);
  context.version = nullptr;
  bool keep = s.ok() || session->write.on_failure == sql::Conflict::kFail;
  if (!keep) result->changes = 0;
  if (session->explicit_transaction && session->write.keeps_rows && IsWrongType(s.code()))
    keep = true;
  if (session->explicit_transaction) {
    if (!keep) DOSQL_TRY(store->RollbackTo(mark));
    DOSQL_TRY(store->Release(mark));
  } else {
    DOSQL_TRY(keep ? store->Commit() : store->Rollback());
  }
  return s;
}

Status Statement::Impl::RunWrite(uint32_t max_rows, StepCode* code) {
  *code = StepCode::kDone;
  Store* store = session->store.get();
  WriteResult result;
  int64_t last_rowid = session->counters.last_insert_rowid;
  Status s;
  if (WritesOneRow()) {
    s = WriteOnce(&result);
    const bool harmless =
        (BeforeAnyChange(s.code()) || s.code() == Code::kNoMemory) && !session->write.changed;
    if (!s.ok() && !harmless) store->Poison();
    if (s.ok() && !session->explicit_transaction) s = store->Commit();
    if (!s.ok()) result.changes = 0;
  } else {
    s = WriteInSavepoint(&result);
    if (s.code() == Code::kBlocked && session->redo.TakeInterrupted()) {
      session->counters.last_insert_rowid = last_rowid;
      DOSQL_TRY(session->redo.Flush());
      s = WriteInSavepoint(&result);
    }
  }
  if (s.code() == Code::kBlocked) {
    session->counters.last_insert_rowid = last_rowid;
    *code = StepCode::kBlocked;
    return Status::Ok();
  }
  // As in SQLite, a statement that fails counts what it left, and its last rowid stands.
  session->counters.changes = static_cast<int64_t>(result.changes);
  session->counters.total_changes += static_cast<int64_t>(result.changes);
  if (!s.ok()) {
    if (session->write.on_failure == sql::Conflict::kRollback && session->explicit_transaction &&
        !store->poisoned())
      DOSQL_TRY(RollbackTransaction(session));
    return s;
  }
  if (names.empty()) return s;
  root = returned.Read();
  return StepSelect(max_rows, code);
}

}  // namespace dosql
