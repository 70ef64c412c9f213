// TableBench: a store in memory with SQL-declared tables, for tests below the binder. It reopens by
// redo, and checks the whole database.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/host/fixed_host.h"
#include "core/host/memory_store.h"
#include "core/sql/parser.h"
#include "core/storage/btree/cursor.h"
#include "core/table/integrity.h"
#include "core/table/redo_batch.h"
#include "core/table/schema_store.h"
#include "core/table/table_writer.h"

namespace dosql {

struct TableBench final : ReplaySink {
  TableBench() : entropy(1), budget(64 << 20), arena(&budget) { Open(); }

  void Open() {
    Host host{&pages, &clock, &entropy};
    bool is_new = false;
    ASSERT_TRUE(Store::Open(host, &budget, StoreOptions(), &store, &is_new).ok());
    context = WriteContext();
    context.store = store.get();
    context.diag = &diag;
    context.arena = &arena;
    context.entropy = &entropy;
    if (is_new) ASSERT_TRUE(FormatSchema(&store->pager()).ok());
    Load();
    batch = std::make_unique<RedoBatch>(&context, &budget, batch_bytes);
    ASSERT_EQ(store->Recover(this).code(), recovery);
    batch.reset();
  }
  // As after a crash: everything in memory is lost.
  void Reopen() {
    store.reset();
    Open();
  }
  void Load() {
    catalog.reset();
    Status s = LoadCatalog(&store->pager(), &budget, &diag, &catalog);
    ASSERT_TRUE(s.ok()) << diag.message;
    context.catalog = catalog.get();
  }

  // CREATE or DROP; the message of a failure, which is rolled back.
  std::string Ddl(const std::string& sql) {
    diag.Clear();
    Status s = RunDdl(sql);
    if (s.ok()) s = store->Commit();
    if (!s.ok()) {
      EXPECT_TRUE(store->Rollback().ok());
      Load();
      return diag.message.empty() ? CodeName(s.code()) : diag.message;
    }
    Load();
    return "";
  }
  Status RunDdl(const std::string& sql) {
    uint32_t consumed = 0;
    DOSQL_ASSIGN(sql::Statement * statement, sql::ParseStatement(&arena, &diag, sql, &consumed));
    DOSQL_TRY(store->Begin());
    SchemaStore schema(&context);
    if (statement->kind == sql::StatementKind::kCreateTable) {
      TableDefinition definition;
      auto& create = *static_cast<sql::CreateTable*>(statement);
      DOSQL_TRY(DefineTable(&arena, &diag, create, &definition));
      return schema.CreateTable(definition, create.text);
    }
    if (statement->kind == sql::StatementKind::kCreateIndex) {
      auto& create = *static_cast<sql::CreateIndex*>(statement);
      Index index;
      const Table* table = catalog->FindTable(create.table.text);
      if (table == nullptr) return Code::kNoSuchObject;
      DOSQL_TRY(DefineIndex(&arena, &diag, create, *table, &index));
      return schema.CreateIndex(index, create.text);
    }
    auto& drop = *static_cast<sql::Drop*>(statement);
    if (drop.object == sql::ObjectKind::kIndex)
      return schema.DropIndex(*catalog->FindIndex(drop.name.name), drop.text);
    return schema.DropTable(*catalog->FindTable(drop.name.name), drop.text);
  }

  const Table& T(std::string_view name) { return *catalog->FindTable(name); }

  // The rowid, or the message of a failure ("-" and the code's name without one).
  struct Outcome {
    int64_t rowid = 0;
    std::string error;
    Code code = Code::kOk;
  };
  Outcome Finish(Status s, int64_t rowid) {
    Outcome out{rowid, "", s.code()};
    if (s.ok()) s = store->Commit();
    if (!s.ok()) out.error = diag.message.empty() ? "-" + std::string(CodeName(s.code())) : diag.message;
    return out;
  }
  Outcome Insert(std::string_view table, std::vector<Value> values, Value rowid = Value::Null()) {
    diag.Clear();
    int64_t new_rowid = 0;
    TableWriter writer(&context, T(table));
    Status s = writer.Insert(values.data(), &rowid, &new_rowid);
    if (s.ok()) s = writer.Finish();
    return Finish(s, new_rowid);
  }
  // The stored row under a rowid; empty when there is none. The values live in the arena.
  std::vector<Value> Row(std::string_view table, int64_t rowid, Bytes* bytes = nullptr) {
    BTree tree(&store->pager(), T(table).root, KeyKind::kInteger);
    Bytes found;
    if (!tree.Get(nullptr, Key::Integer(rowid), &arena, &found).ok()) return {};
    found = arena.Copy(found);
    if (bytes != nullptr) *bytes = found;
    std::vector<Value> values(T(table).columns.size);
    TableWriter(&context, T(table)).ReadRow(rowid, RowView(found), values.data());
    return values;
  }
  Outcome Update(std::string_view table, int64_t rowid, std::vector<Value> values,
                 int64_t new_rowid) {
    diag.Clear();
    Bytes bytes;
    std::vector<Value> old = Row(table, rowid, &bytes);
    TableWriter writer(&context, T(table));
    return Finish(writer.Update(rowid, old.data(), bytes, values.data(), Value::Integer(new_rowid)),
                  new_rowid);
  }
  Outcome Delete(std::string_view table, int64_t rowid) {
    diag.Clear();
    Bytes bytes;
    std::vector<Value> old = Row(table, rowid, &bytes);
    TableWriter writer(&context, T(table));
    return Finish(writer.Delete(rowid, old.data(), bytes), rowid);
  }
  uint64_t Count(std::string_view table) {
    const Table& t = T(table);
    uint64_t n = 0;
    BTree tree(&store->pager(), t.root, t.without_rowid ? KeyKind::kBytes : KeyKind::kInteger);
    EXPECT_TRUE(tree.Count(nullptr, &n).ok());
    return n;
  }
  std::vector<std::string> Problems() {
    std::vector<std::string> problems;
    EXPECT_TRUE(CheckDatabase(store.get(), *catalog, &budget, &context, &problems).ok());
    return problems;
  }
  void Check() {
    for (const std::string& problem : Problems()) ADD_FAILURE() << problem;
  }

  // ReplaySink.
  Status ApplyBegin(const LogCommit&) override { return Status::Ok(); }
  Status ApplyChange(const LogChange& change) override {
    if (change.op != LogOp::kDdl && change.table != kSchemaTableId) {
      const Table* table = catalog->FindTable(change.table);
      return table != nullptr ? batch->Add(*table, change) : Code::kCorrupt;
    }
    DOSQL_TRY(batch->Flush());
    bool changed;
    DOSQL_TRY(SchemaStore(&context).Redo(change, &changed));
    if (!changed) return Status::Ok();
    DOSQL_TRY(LoadCatalog(&store->pager(), &budget, &diag, &catalog));
    context.catalog = catalog.get();
    return Status::Ok();
  }
  Status ApplyCommit(const LogCommit&) override { return Status::Ok(); }
  Status ApplyEnd() override { return batch->Flush(); }

  MemoryStore pages;
  FixedClock clock;
  FixedEntropy entropy;
  ByteBudget budget;
  Arena arena;
  Diag diag;
  std::unique_ptr<Catalog> catalog;
  WriteContext context;
  std::unique_ptr<Store> store;
  std::unique_ptr<RedoBatch> batch;  // while it recovers
  size_t batch_bytes = RedoBatch::kBytesMax;
  Code recovery = Code::kOk;         // what it shall come to
};

inline Value I(int64_t v) { return Value::Integer(v); }
inline Value T(std::string_view s) { return Value::Text(s); }
inline Value R(double d) { return Value::Real(d); }
inline const Value kNullValue{};

}  // namespace dosql
