#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "core/host/memory_store.h"
#include "core/storage/wal/log_decoder.h"
#include "core/storage/wal/log_replay.h"
#include "core/storage/wal/log_writer.h"

namespace dosql {
namespace {

std::string Text(Bytes b) { return std::string(AsText(b)); }

// Remembers everything as words.
struct Words final : ReplaySink {
  std::vector<std::string> said;
  Status ApplyBegin(const LogCommit& c) override {
    said.push_back("begin " + std::to_string(c.lsn.value));
    return Status::Ok();
  }
  Status ApplyChange(const LogChange& c) override {
    said.push_back(std::to_string(static_cast<int>(c.op)) + " " + std::to_string(c.table.value) +
                   " " + Text(c.key) + "|" + Text(c.before) + "|" + Text(c.after));
    return Status::Ok();
  }
  Status ApplyCommit(const LogCommit& c) override {
    said.push_back("commit " + std::to_string(c.lsn.value) + " " + std::to_string(c.time_micros) +
                   " " + std::to_string(c.schema_version) + (c.same_build ? " same" : " other"));
    return Status::Ok();
  }
};

struct Owned {
  LogOp op;
  uint32_t table;
  std::string key, before, after;
  LogChange view() const {
    return {op, TableId(table), AsBytes(key), AsBytes(before), AsBytes(after)};
  }
};

Owned RandomChange(std::mt19937* rng) {
  auto text = [&](uint32_t most) {
    std::string s((*rng)() % most, 'x');
    for (char& c : s) c = static_cast<char>((*rng)());
    return s;
  };
  Owned c;
  c.op = static_cast<LogOp>(1 + (*rng)() % 4);
  c.table = (*rng)() % 3 + ((*rng)() % 4 == 0 ? 0xfffffff0u : 0);
  uint32_t most = (*rng)() % 20 == 0 ? 200000 : 40;
  if (c.op != LogOp::kDdl) c.key = text(30);
  if (c.op == LogOp::kUpdate || c.op == LogOp::kDelete) c.before = text(most);
  if (c.op != LogOp::kDelete) c.after = text(most);
  return c;
}

TEST(LogBuffer, DecodesWhatItEncodedHoweverItIsCut) {
  std::mt19937 rng(3);
  for (int round = 0; round < 40; round++) {
    ByteBudget budget(64 << 20);
    LogBuffer buffer(&budget);
    Words want, got;
    for (int i = 0; i < 200; i++) {
      Owned c = RandomChange(&rng);
      ASSERT_TRUE(buffer.Append(c.view()).ok());
      ASSERT_TRUE(want.ApplyChange(c.view()).ok());
    }
    std::vector<uint8_t> bytes(buffer.size());
    buffer.CopyOut(0, bytes.size(), bytes.data());
    LogDecoder decoder(&budget);
    for (size_t at = 0; at < bytes.size();) {
      size_t n = 1 + rng() % (round % 2 ? 7000 : 60);
      if (n > bytes.size() - at) n = bytes.size() - at;
      // A copy of its own, so that the sanitizer sees every step beyond.
      std::vector<uint8_t> part(bytes.begin() + at, bytes.begin() + at + n);
      at += n;
      ASSERT_TRUE(decoder.Decode(part, at == bytes.size(), &got).ok());
    }
    EXPECT_EQ(got.said, want.said);
  }
}

TEST(LogBuffer, CutsBackToAMark) {
  ByteBudget budget(1 << 20);
  LogBuffer buffer(&budget);
  Owned a = {LogOp::kInsert, 1, "a", "", "1"}, b = {LogOp::kInsert, 1, "b", "", "2"};
  ASSERT_TRUE(buffer.Append(a.view()).ok());
  buffer.CloseRun();
  uint64_t mark = buffer.size();
  ASSERT_TRUE(buffer.Append(b.view()).ok());
  ASSERT_TRUE(buffer.Append(b.view()).ok());
  buffer.Truncate(mark);
  ASSERT_TRUE(buffer.Append(b.view()).ok());
  std::vector<uint8_t> bytes(buffer.size());
  buffer.CopyOut(0, bytes.size(), bytes.data());
  LogDecoder decoder(&budget);
  Words got;
  ASSERT_TRUE(decoder.Decode(bytes, true, &got).ok());
  EXPECT_EQ(got.said, (std::vector<std::string>{"1 1 a||1", "1 1 b||2"}));
}

TEST(LogBuffer, RefusesBeyondItsBudgetAndStaysWhole) {
  ByteBudget budget(200 << 10);
  LogBuffer buffer(&budget);
  Owned big = {LogOp::kInsert, 1, "k", "", std::string(70 << 10, 'x')};
  ASSERT_TRUE(buffer.Append(big.view()).ok());
  uint64_t size = buffer.size();
  Status s;
  for (int i = 0; i < 4 && s.ok(); i++) s = buffer.Append(big.view());
  EXPECT_EQ(s.code(), Code::kNoMemory);
  EXPECT_GE(buffer.size(), size);
  buffer.Truncate(0);
  ASSERT_TRUE(buffer.Append(big.view()).ok());
}

TEST(LogDecoder, RefusesWhatIsNotARun) {
  ByteBudget budget(1 << 20);
  Words words;
  auto decode = [&](std::vector<uint8_t> bytes) {
    LogDecoder decoder(&budget);
    return decoder.Decode(bytes, true, &words).code();
  };
  EXPECT_EQ(decode({9, 1, 1, 0, 0, 0, 0, 0}), Code::kCorrupt);     // no such op
  EXPECT_EQ(decode({1, 1, 0, 0, 0, 0}), Code::kCorrupt);           // an empty run
  EXPECT_EQ(decode({1, 1, 2, 0, 0, 0, 0, 0}), Code::kCorrupt);     // one change too few
  EXPECT_EQ(decode({1, 1, 1, 0, 0, 0, 5, 1, 2}), Code::kCorrupt);  // a key that is cut off
  EXPECT_EQ(decode({1, 1, 1, 0, 0, 0, 1, 'k', 0}), Code::kOk);
}

struct LogBench {
  explicit LogBench(FaultModel model, uint32_t target = 1 << 20) : store(model), target(target) {
    // What the log's first row is conditional on.
    EXPECT_TRUE(store.Put({RowKind::kSuper, 1}, AsBytes("0123456789abcdefgh")).ok());
    mark.log_slots = 32;
    mark.incarnation = 1;
    EXPECT_TRUE(Reopen().ok());
  }
  LogPosition Super() {
    LogPosition p;
    std::memcpy(p.last_head, "0123456789abcdef", 16);
    return p;
  }
  // Replays into `words` and goes on from there.
  Status Reopen() {
    words = Words();
    LogPosition position = Super();
    LogReplay replay(&store, &budget, mark, 7);
    Status s = replay.Run(&words, &position);
    lsn = position.last_lsn.value;
    writer = std::make_unique<LogWriter>(&store, &budget, target);
    writer->Start(position, ++incarnation, mark.log_slots);
    return s;
  }
  Status Commit(const std::string& value, int rows = 1) {
    LogBuffer buffer(&budget);
    for (int i = 0; i < rows; i++) {
      Owned c = {LogOp::kInsert, 1, std::to_string(lsn + 1), "", value};
      EXPECT_TRUE(buffer.Append(c.view()).ok());
    }
    bool put;
    Status s = writer->Commit(buffer, {Lsn(lsn + 1), 99, 5, 7}, &put);
    if (s.ok()) lsn++;
    return s;
  }
  uint32_t Commits() const {
    uint32_t n = 0;
    for (const std::string& s : words.said) n += s.rfind("commit", 0) == 0;
    return n;
  }
  RowKey Row(uint32_t seq) const { return {RowKind::kLog, seq % mark.log_slots}; }

  MemoryStore store;
  ByteBudget budget{64u << 20};
  uint32_t target;
  CheckpointMark mark;
  Words words;
  std::unique_ptr<LogWriter> writer;
  uint64_t lsn = 0;
  uint64_t incarnation = 1;
};

TEST(Log, PosixCommitsComeBack) {
  LogBench b(FaultModel::kPosix);
  for (int i = 0; i < 5; i++) ASSERT_TRUE(b.Commit("v" + std::to_string(i)).ok());
  EXPECT_EQ(b.writer->rows_put(), 5u);
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 5u);
  EXPECT_EQ(b.words.said[1], "1 1 1||v0");
  EXPECT_EQ(b.words.said[2], "commit 1 99 5 same");
  // Another incarnation goes on, and another recovers both.
  ASSERT_TRUE(b.Commit("again").ok());
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 6u);
}

TEST(Log, TurnIsOneRowPutAtOnceAndAtItsEnd) {
  LogBench b(FaultModel::kTurnAtomic);
  ASSERT_TRUE(b.Commit("a").ok());
  EXPECT_TRUE(b.store.TakeEndTurnWanted());
  EXPECT_EQ(b.writer->rows_put(), 1u);
  for (int i = 0; i < 100; i++) ASSERT_TRUE(b.Commit("b").ok());
  EXPECT_FALSE(b.store.TakeEndTurnWanted());
  EXPECT_EQ(b.writer->rows_put(), 1u);
  ASSERT_TRUE(b.writer->EndTurn().ok());
  EXPECT_EQ(b.writer->rows_put(), 2u);
  ASSERT_TRUE(b.Commit("c").ok());
  EXPECT_TRUE(b.store.TakeEndTurnWanted());
  ASSERT_TRUE(b.writer->EndTurn().ok());
  EXPECT_EQ(b.writer->rows_put(), 3u);
  EXPECT_EQ(b.store.Find(b.Row(3)), nullptr);
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 102u);
}

TEST(Log, RollbackAroundATurnIsNoticed) {
  LogBench b(FaultModel::kTurnAtomic);
  ASSERT_TRUE(b.Commit("a").ok());
  ASSERT_TRUE(b.writer->EndTurn().ok());
  std::vector<uint8_t> first = *b.store.Find(b.Row(1));
  ASSERT_TRUE(b.Commit("b").ok());
  b.store.Erase(b.Row(2));
  EXPECT_EQ(b.writer->CheckStillThere().code(), Code::kStale);
  ASSERT_TRUE(b.Commit("c").ok());  // only added in memory
  EXPECT_EQ(b.writer->EndTurn().code(), Code::kStale);
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 1u);
  EXPECT_EQ(*b.store.Find(b.Row(1)), first);
}

TEST(Log, LongTransactionsTakeSeveralRows) {
  for (FaultModel model : {FaultModel::kPosix, FaultModel::kTurnAtomic}) {
    LogBench b(model, 1000);
    ASSERT_TRUE(b.Commit("small").ok());
    ASSERT_TRUE(b.Commit(std::string(300, 'x'), 20).ok());
    ASSERT_TRUE(b.Commit(std::string(5000, 'y')).ok());
    ASSERT_TRUE(b.Commit("small").ok());
    ASSERT_TRUE(b.writer->EndTurn().ok());
    EXPECT_GT(b.writer->rows_put(), 12u);
    ASSERT_TRUE(b.Reopen().ok());
    EXPECT_EQ(b.Commits(), 4u);
    EXPECT_EQ(b.words.said.size(), 4 * 2 + 1 + 20 + 1 + 1u);
  }
}

TEST(Log, UnfinishedTransactionNeverHappenedAndIsPassedOver) {
  LogBench b(FaultModel::kPosix, 1000);
  ASSERT_TRUE(b.Commit("small").ok());
  ASSERT_TRUE(b.Commit(std::string(5000, 'y')).ok());
  const uint32_t last = static_cast<uint32_t>(b.writer->redo_seq().value) - 1;
  b.store.Erase(b.Row(last));
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 1u);
  ASSERT_TRUE(b.Commit("after").ok());
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 2u);
  EXPECT_EQ(b.words.said.back(), "commit 2 99 5 same");
}

TEST(Log, TornLastRowIsTheEndButAGapIsCorrupt) {
  LogBench b(FaultModel::kPosix);
  for (int i = 0; i < 6; i++) ASSERT_TRUE(b.Commit("value").ok());
  std::vector<uint8_t> sixth = *b.store.Find(b.Row(6));
  (*b.store.Find(b.Row(6)))[70] ^= 1;
  ASSERT_TRUE(b.Reopen().ok());
  EXPECT_EQ(b.Commits(), 5u);
  *b.store.Find(b.Row(6)) = sixth;
  (*b.store.Find(b.Row(3)))[70] ^= 1;
  EXPECT_EQ(b.Reopen().code(), Code::kCorrupt);
  b.store.Erase(b.Row(3));
  EXPECT_EQ(b.Reopen().code(), Code::kCorrupt);
}

TEST(Log, DamagedRowIsCorruptWhereNothingTears) {
  LogBench b(FaultModel::kTurnAtomic);
  ASSERT_TRUE(b.Commit("value").ok());
  ASSERT_TRUE(b.writer->EndTurn().ok());
  (*b.store.Find(b.Row(1)))[70] ^= 1;
  EXPECT_EQ(b.Reopen().code(), Code::kCorrupt);
}

TEST(Log, RingGoesRoundAndRefusesToEatItself) {
  LogBench b(FaultModel::kPosix);
  for (uint32_t i = 1; i <= 100; i++) {
    ASSERT_TRUE(b.Commit("value").ok());
    if (i % 10 == 0) {
      b.mark.lsn = Lsn(b.lsn);
      b.mark.redo_seq = b.writer->redo_seq();
      b.mark.redo_pred_sum = b.writer->redo_pred_sum();
      b.mark.incarnation = b.incarnation;
      b.writer->SetRedoSeq(b.mark.redo_seq);
    }
    if (i % 7 == 0) {
      ASSERT_TRUE(b.Reopen().ok()) << i;
      EXPECT_EQ(b.lsn, i);
      b.writer->SetRedoSeq(b.mark.redo_seq);
    }
  }
  Status s;
  int more = 0;
  while ((s = b.Commit("value")).ok()) more++;
  EXPECT_EQ(s.code(), Code::kFull);
  EXPECT_EQ(more, 32);
}

}  // namespace
}  // namespace dosql
