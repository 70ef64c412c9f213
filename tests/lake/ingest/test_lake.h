// A source of change batches and a lake table that takes them, without the engine.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/lake/ingest/compaction.h"
#include "core/lake/ingest/lake_table.h"
#include "core/storage/cdc/change_batch_writer.h"
#include "core/type/row_codec.h"
#include "tests/engine/test_database.h"

namespace dosql::lake {

// A source that commits one row at a time.
class Source {
 public:
  explicit Source(uint8_t id) : writer_(&budget_) {
    for (uint8_t& b : id_) b = id;
    at_.incarnation = 100u + id;
  }
  FollowPosition at() const { return at_; }
  void set_at(const FollowPosition& at) { at_ = at; }

  // A batch of one insert from the place where the source is; it moves on: by a commit, or to
  // within one.
  std::vector<uint8_t> Insert(int64_t id, std::string_view name, uint32_t part = 0,
                              bool within = false) {
    EXPECT_TRUE(writer_.Begin(id_, at_).ok());
    if (parent_ != 0)
      EXPECT_TRUE(writer_.AddIncarnation(at_.incarnation = next_incarnation_, parent_, fork_).ok());
    parent_ = 0;
    if (within) {
      at_.changes++;
    } else {
      at_.lsn.value++;
      at_.changes = 0;
    }
    EXPECT_TRUE(writer_.AddTable(TableId(7), "T", false, 2).ok());
    EXPECT_TRUE(writer_.AddColumn("id", "INTEGER", kColumnIsRowid, 1).ok());
    EXPECT_TRUE(writer_.AddColumn("name", "TEXT", 0, 0).ok());
    // A source begins with its copy.
    if (at_.lsn.value == 1) part = 1;
    if (part > 0)
      EXPECT_TRUE(
          writer_.AddCopy(TableId(7), part == 1 ? CopyState::kBegins : CopyState::kGoesOn).ok());
    EXPECT_TRUE(writer_.AddTransaction(at_.lsn, 5).ok());
    const Value values[] = {Value::Null(), Value::Text(name)};
    std::vector<uint8_t> row(EncodedRowSize(values, 2));
    EncodeRow(values, 2, row.data());
    uint8_t key[8];
    StoreLe<int64_t>(key, id);
    EXPECT_TRUE(writer_.AddChange({LogOp::kInsert, TableId(7), key, {}, row}).ok());
    const Bytes b = writer_.Finish(at_, part, part > 0 ? copy_time : 0);
    return {b.begin(), b.end()};
  }
  // Its table has these columns now, besides id.
  std::vector<uint8_t> Columns(const std::vector<std::string>& names,
                               std::string_view type = "TEXT") {
    EXPECT_TRUE(writer_.Begin(id_, at_).ok());
    at_.lsn.value++;
    const auto count = static_cast<uint32_t>(names.size() + 1);
    EXPECT_TRUE(writer_.AddTable(TableId(7), "T", false, count).ok());
    EXPECT_TRUE(writer_.AddColumn("id", "INTEGER", kColumnIsRowid, 1).ok());
    for (const std::string& name : names) EXPECT_TRUE(writer_.AddColumn(name, type, 0, 0).ok());
    EXPECT_TRUE(writer_.AddTransaction(at_.lsn, 5).ok());
    const Bytes b = writer_.Finish(at_, 0);
    return {b.begin(), b.end()};
  }
  // A row of a table without rowids, whose key `key` is a long decimal.
  std::vector<uint8_t> Keyed(std::string_view key, const Value& value) {
    EXPECT_TRUE(writer_.Begin(id_, at_).ok());
    at_.lsn.value++;
    EXPECT_TRUE(writer_.AddTable(TableId(7), "T", true, 1).ok());
    EXPECT_TRUE(writer_.AddColumn("k", "DECIMAL(25,2)", 0, 1).ok());
    const uint32_t part = at_.lsn.value == 1;
    if (part > 0) EXPECT_TRUE(writer_.AddCopy(TableId(7), CopyState::kBegins).ok());
    EXPECT_TRUE(writer_.AddTransaction(at_.lsn, 5).ok());
    std::vector<uint8_t> row(EncodedRowSize(&value, 1));
    EncodeRow(&value, 1, row.data());
    EXPECT_TRUE(writer_.AddChange({LogOp::kInsert, TableId(7), AsBytes(key), {}, row}).ok());
    const Bytes b = writer_.Finish(at_, part);
    return {b.begin(), b.end()};
  }
  // The table is dropped.
  std::vector<uint8_t> Gone() {
    EXPECT_TRUE(writer_.Begin(id_, at_).ok());
    at_.lsn.value++;
    EXPECT_TRUE(writer_.AddTransaction(at_.lsn, 5).ok());
    EXPECT_TRUE(writer_.AddGone(TableId(7)).ok());
    const Bytes b = writer_.Finish(at_, 0);
    return {b.begin(), b.end()};
  }
  int64_t copy_time = 1;
  void Skip(uint64_t commits) { at_.lsn.value += commits; }
  // The database is put back to commit `lsn` and goes another way.
  void PutBack(uint64_t lsn, uint64_t salt = 1000) {
    parent_ = at_.incarnation;
    fork_ = Lsn(lsn);
    at_.lsn = fork_;
    at_.changes = 0;
    next_incarnation_ = at_.incarnation + salt;
  }

 private:
  ByteBudget budget_{1 << 20};
  ChangeBatchWriter writer_;
  uint8_t id_[16];
  FollowPosition at_;
  uint64_t parent_ = 0, next_incarnation_ = 0;
  Lsn fork_;
};

// A lake table over storage in memory, which outlives it.
struct Lake {
  TestClock clock;
  TestEntropy entropy;
  MemoryStore pages{FaultModel::kTurnAtomic};
  ByteBudget budget{64 << 20};
  std::unique_ptr<LakeStore> store;
  std::unique_ptr<LakeTable> table;
  Diag diag;

  Lake() { Open(); }
  // As after a crash: what was not committed is gone.
  void Open() {
    table.reset();
    store.reset();
    ASSERT_TRUE(LakeStore::Open({&pages, &clock, &entropy}, &budget, 4 << 20, &store).ok());
    table = std::make_unique<LakeTable>("t", store.get());
    ASSERT_TRUE(table->Open().ok());
  }
  void Use(const FlushOutput& last) {
    ASSERT_TRUE(table->made());
    ASSERT_TRUE(
        table->Use({last.metadata.bytes, last.metadata.path, last.files.back().bytes}, &diag).ok())
        << diag.message;
  }
  Code Take(const std::vector<uint8_t>& batch, bool wanted = true) {
    bool taken = false;
    const Status s = table->Take(batch, "word", &taken, &diag);
    EXPECT_EQ(taken, s.ok() && wanted);
    return s.code();
  }
  FlushOutput FlushOnly(uint8_t salt) {
    uint8_t random[kFlushEntropyBytes];
    for (size_t i = 0; i < sizeof random; i++) random[i] = static_cast<uint8_t>(salt * 31 + i);
    FlushOutput out;
    EXPECT_TRUE(
        table
            ->Flush({random, 1000 + salt, "file:///lake/t", "6f1d3c5e-0000-4000-8000-0123456789ab"},
                    &out, &diag)
            .ok())
        << diag.message;
    EXPECT_EQ(out.snapshot_id, FlushSnapshotId(random));
    return out;
  }
  FlushOutput Flush(uint8_t salt) {
    FlushOutput out = FlushOnly(salt);
    EXPECT_TRUE(table->Committed(out.metadata.bytes, out.metadata.path, &diag).ok())
        << diag.message;
    return out;
  }
};

// A whole compaction: its data files, with those behind them, are in out->files.
template <typename Read>
Status Compact(const CompactionInput& input, Read read, CompactionOutput* out, Diag* diag) {
  Compaction compaction;
  const auto run = [&] {
    DOSQL_TRY(compaction.Begin(input));
    bool ends = true;
    while (!compaction.wanted().path.empty()) {
      const FilePart part = compaction.wanted();
      const std::string file = read(part.path);
      FilePiece piece;
      DOSQL_TRY(
          compaction.Take(std::string_view(file).substr(static_cast<size_t>(part.from),
                                                        static_cast<size_t>(part.to - part.from)),
                          &piece));
      if (piece.path.empty()) continue;
      if (ends) out->files.push_back({piece.path, ""});
      EXPECT_EQ(out->files.back().path, piece.path);
      out->files.back().bytes += piece.bytes;
      ends = piece.ends;
    }
    EXPECT_TRUE(ends);
    CompactionOutput rest;
    DOSQL_TRY(compaction.Finish(&rest));
    out->files.insert(out->files.end(), rest.files.begin(), rest.files.end());
    out->commit = rest.commit;
    out->plan = rest.plan;
    return Status::Ok();
  };
  const Status s = run();
  *diag = compaction.diag();
  return s;
}

}  // namespace dosql::lake
