#include "core/engine/session.h"
#include "core/type/compare.h"

namespace dosql {
namespace {

void Ended(Session* s) {
  s->marks.clear();
  s->explicit_transaction = false;
  s->began_by_savepoint = false;
}

// Who reads what is rolled back goes on reading it, and finds its trees redone.
Status RedoForReaders(Session* s) {
  return s->store->has_readers() ? s->redo.Flush() : Status::Ok();
}

// The newest savepoint of that name.
Status FindMark(Session* s, const sql::Name& name, size_t* at) {
  for (size_t i = s->marks.size(); i-- > 0;) {
    if (!EqualsIgnoringCase(s->marks[i].name, name.text)) continue;
    *at = i;
    return Status::Ok();
  }
  return s->diag.Set(Code::kTransaction, Words({"no such savepoint: ", name.text}), name.offset,
                     name.text);
}

Status CommitTransaction(Session* s) {
  DOSQL_TRY(s->store->Commit());
  Ended(s);
  return Status::Ok();
}

Status Begin(Session* s, const sql::Begin& begin) {
  if (begin.mode == sql::BeginMode::kConcurrent || begin.mode == sql::BeginMode::kReadOnly)
    return s->diag.Set(Code::kUnsupported,
                       begin.mode == sql::BeginMode::kConcurrent
                           ? "BEGIN CONCURRENT is not supported yet"
                           : "BEGIN READ ONLY is not supported yet",
                       begin.offset);
  if (s->explicit_transaction)
    return s->diag.Set(Code::kTransaction, "cannot start a transaction within a transaction",
                       begin.offset);
  DOSQL_TRY(s->store->Begin());
  s->explicit_transaction = true;
  s->saved_catalog_version = s->catalog_version;
  return Status::Ok();
}

Status Savepoint(Session* s, const sql::Name& name) {
  Session::Mark mark{std::string(name.text), 0, s->catalog_version};
  bool opens = !s->explicit_transaction;
  DOSQL_TRY(s->store->Savepoint(&mark.id));
  if (opens) {
    s->explicit_transaction = s->began_by_savepoint = true;
    s->saved_catalog_version = s->catalog_version;
  }
  s->marks.push_back(std::move(mark));
  return Status::Ok();
}

}  // namespace

Status RollbackTransaction(Session* s) {
  bool schema_changed = s->catalog_version != s->saved_catalog_version;
  DOSQL_TRY(RedoForReaders(s));
  DOSQL_TRY(s->store->Rollback());
  Ended(s);
  return schema_changed ? s->ReloadCatalog() : Status::Ok();
}

Status RunTransactionStatement(Session* s, const sql::Statement& statement) {
  using sql::StatementKind;
  if (statement.kind == StatementKind::kBegin)
    return Begin(s, static_cast<const sql::Begin&>(statement));
  if (statement.kind == StatementKind::kCommit) {
    if (!s->explicit_transaction)
      return s->diag.Set(Code::kTransaction, "cannot commit - no transaction is active",
                         statement.offset);
    return CommitTransaction(s);
  }
  const auto& named = static_cast<const sql::SavepointStatement&>(statement);
  if (statement.kind == StatementKind::kSavepoint) return Savepoint(s, named.name);
  if (statement.kind == StatementKind::kRollback && !named.has_name) {
    if (!s->explicit_transaction)
      return s->diag.Set(Code::kTransaction, "cannot rollback - no transaction is active",
                         statement.offset);
    return RollbackTransaction(s);
  }
  size_t at;
  DOSQL_TRY(FindMark(s, named.name, &at));
  Session::Mark mark = s->marks[at];
  if (statement.kind == StatementKind::kRollback) {
    DOSQL_TRY(RedoForReaders(s));
    DOSQL_TRY(s->store->RollbackTo(mark.id));
    s->marks.resize(at + 1);
    return s->catalog_version != mark.catalog_version ? s->ReloadCatalog() : Status::Ok();
  }
  if (at == 0 && s->began_by_savepoint) return CommitTransaction(s);
  DOSQL_TRY(s->store->Release(mark.id));
  s->marks.resize(at);
  return Status::Ok();
}

}  // namespace dosql
