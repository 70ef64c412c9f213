// What changes of a key come to, and batches that come twice, late or from
// another history.
#include <gtest/gtest.h>

#include <map>

#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/compaction.h"
#include "core/lake/ingest/lake_table.h"
#include "core/lake/parquet/parquet_reader.h"
#include "core/type/row_codec.h"
#include "tests/lake/ingest/test_lake.h"

namespace dosql::lake {
namespace {

TEST(ChangeBuffer, WhatChangesOfAKeyComeTo) {
  ChangeBuffer b;
  b.Put("a", true, 0, "1");
  b.Put("a", false, 1, "22");
  b.Put("b", false, 0, "3");
  b.Delete("b");
  b.Put("c", true, 0, "4");
  b.Delete("c");
  ASSERT_EQ(b.rows().size(), 3u);
  EXPECT_TRUE(b.rows()[0].live && !b.rows()[0].had && b.rows()[0].row == "22" &&
              b.rows()[0].layout == 1);
  EXPECT_TRUE(!b.rows()[1].live && b.rows()[1].had);
  EXPECT_TRUE(!b.rows()[2].live && !b.rows()[2].had);
  EXPECT_GT(b.bytes(), 3u);
  b.Clear();
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(b.bytes(), 0u);
}

TEST(LakeTable, EachBatchCountsOnce) {
  Lake lake;
  Source a(1), b(2);
  const auto first = a.Insert(1, "one"), second = a.Insert(2, "two"), third = a.Insert(3, "three");
  EXPECT_EQ(lake.Take(first), Code::kOk);
  EXPECT_EQ(lake.Take(first, false), Code::kOk) << "again";
  EXPECT_EQ(lake.Take(third), Code::kMisuse) << "the second is missing";
  EXPECT_EQ(lake.Take(second), Code::kOk);
  EXPECT_EQ(lake.Take(b.Insert(1, "other")), Code::kOk)
      << "the same key in another source is another row";
  EXPECT_EQ(lake.Take(third), Code::kOk);
  EXPECT_EQ(lake.Take(first, false), Code::kOk) << "an old one";
  FlushOutput out = lake.Flush(1);
  EXPECT_EQ(out.rows, 4);
  EXPECT_EQ(out.deletes, 0);
  EXPECT_FALSE(lake.table->pending());
  EXPECT_EQ(lake.Take(third, false), Code::kOk) << "after the flush, too";
  EXPECT_FALSE(lake.table->pending());
  const Snapshot* s = lake.table->metadata().FindSnapshot(out.snapshot_id);
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(
      *FindProperty(s->summary, "dolake.source." + std::string(32, '0').replace(
                                                       0, 32, "01010101010101010101010101010101")),
      "101:3:0");
  EXPECT_EQ(*FindProperty(s->summary, "total-records"), "4");
  // Only sources that moved are named.
  EXPECT_EQ(lake.Take(b.Insert(1, "changed")), Code::kOk);
  out = lake.Flush(2);
  EXPECT_EQ(out.rows, 1);
  EXPECT_EQ(out.deletes, 1) << "the key had a row";
  s = lake.table->metadata().FindSnapshot(out.snapshot_id);
  EXPECT_EQ(FindProperty(s->summary, "dolake.source.01010101010101010101010101010101"), nullptr);
  EXPECT_EQ(*FindProperty(s->summary, "dolake.source.02020202020202020202020202020202"), "102:2:0");
  EXPECT_EQ(*FindProperty(s->summary, "total-position-deletes"), "1");
}

TEST(LakeTable, AHistoryThatWentBackIsFenced) {
  Lake lake;
  Source a(1);
  const auto first = a.Insert(1, "one");
  EXPECT_EQ(lake.Take(first), Code::kOk);
  Source copy(1);
  copy.set_at(a.at());
  EXPECT_EQ(lake.Take(a.Insert(2, "two")), Code::kOk);
  // A restart forks where the lake is: that goes on.
  a.PutBack(2);
  EXPECT_EQ(lake.Take(first, false), Code::kOk) << "of the incarnation before";
  EXPECT_EQ(lake.Take(a.Insert(3, "three")), Code::kOk);
  EXPECT_EQ(lake.Take(first, false), Code::kOk);
  // From before it: refused, whatever follows.
  copy.PutBack(1, 5000);
  EXPECT_EQ(lake.Take(copy.Insert(2, "another two")), Code::kStale);
  EXPECT_EQ(lake.Take(copy.Insert(3, "another three")), Code::kStale);
  // From within a commit that the lake has a part of.
  EXPECT_EQ(lake.Take(a.Insert(4, "four", 0, true)), Code::kOk);
  a.PutBack(3, 7000);
  EXPECT_EQ(lake.Take(a.Insert(4, "another four")), Code::kStale);
  EXPECT_EQ(lake.Flush(1).rows, 4);
}

// Whatever is lost with the memory, the same batches and input give the same files again.
TEST(LakeTable, AFlushIsRepeatedAfterACrash) {
  Lake lake;
  Source a(1), b(2);
  const auto one = a.Insert(1, "one"), two = b.Insert(1, "two");
  EXPECT_EQ(lake.Take(one), Code::kOk);
  const FlushOutput first = lake.Flush(1);
  EXPECT_EQ(lake.Take(two), Code::kOk);
  const auto again = a.Insert(1, "again");
  EXPECT_EQ(lake.Take(again), Code::kOk);
  const FlushOutput lost = lake.FlushOnly(2);
  // The crash comes before Committed.
  lake.Open();
  lake.Use(first);
  EXPECT_EQ(lake.Take(one, false), Code::kOk) << "the first flush counts";
  EXPECT_EQ(lake.Take(two), Code::kOk);
  EXPECT_EQ(lake.Take(again), Code::kOk);
  EXPECT_EQ(lake.table->TokenOf(again), "word");
  const FlushOutput second = lake.FlushOnly(2);
  ASSERT_EQ(second.files.size(), lost.files.size());
  for (size_t i = 0; i < lost.files.size(); i++) {
    EXPECT_EQ(second.files[i].path, lost.files[i].path);
    EXPECT_EQ(second.files[i].bytes, lost.files[i].bytes);
  }
  EXPECT_EQ(second.commit, lost.commit);
  EXPECT_EQ(second.deletes, 1);
  // Or the commit was taken, and then the crash: the batches are taken on top of it.
  lake.Open();
  lake.Use(second);
  EXPECT_EQ(lake.Take(two), Code::kOk);
  EXPECT_EQ(lake.Take(again), Code::kOk);
  const FlushOutput unsent = lake.FlushOnly(2);
  EXPECT_EQ(unsent.commit, "");
  EXPECT_EQ(unsent.rows, second.rows);
  EXPECT_TRUE(lake.table->Committed(second.metadata.bytes, second.metadata.path, &lake.diag).ok());
  EXPECT_EQ(lake.Take(a.Insert(1, "last")), Code::kOk);
  const FlushOutput third = lake.Flush(3);
  EXPECT_EQ(third.deletes, 1);
  EXPECT_EQ(*FindProperty(lake.table->metadata().snapshots.back().summary, "total-records"), "4");
  EXPECT_EQ(lake.table->metadata().snapshots.size(), 3u);
}

TEST(LakeTable, GoesOnTopOfWhatOthersCommit) {
  Lake lake;
  Source a(1);
  EXPECT_EQ(lake.Take(a.Insert(1, "one")), Code::kOk);
  const FlushOutput first = lake.Flush(1);
  // Another writer's snapshot of the same table, made by a table of the same state.
  Lake other;
  Source same(1);
  EXPECT_EQ(other.Take(same.Insert(1, "one")), Code::kOk);
  other.Flush(1);
  Source b(9);
  EXPECT_EQ(other.Take(b.Insert(5, "theirs")), Code::kOk);
  const FlushOutput theirs = other.Flush(7);

  EXPECT_EQ(lake.Take(a.Insert(1, "again")), Code::kOk);
  lake.FlushOnly(2);
  uint8_t random[kFlushEntropyBytes];
  for (size_t i = 0; i < sizeof random; i++) random[i] = static_cast<uint8_t>(2 * 31 + i);
  FlushOutput rebased;
  ASSERT_TRUE(lake.table
                  ->Rebase({theirs.metadata.bytes, theirs.metadata.path, theirs.files.back().bytes},
                           {random, 1002, {}, {}}, &rebased, &lake.diag)
                  .ok())
      << lake.diag.message;
  EXPECT_EQ(rebased.files.size(), 1u) << "only the list is written again";
  EXPECT_NE(rebased.commit.find(std::to_string(theirs.snapshot_id)), std::string::npos);
  ASSERT_TRUE(
      lake.table->Committed(rebased.metadata.bytes, rebased.metadata.path, &lake.diag).ok());
  const Snapshot& s = lake.table->metadata().snapshots.back();
  EXPECT_EQ(s.parent_id, theirs.snapshot_id);
  EXPECT_EQ(*FindProperty(s.summary, "total-records"), "3");
}

// The catalog applies the flush's commit: the oldest snapshots go, and what is named stays.
TEST(LakeTable, OldSnapshotsExpire) {
  Lake lake;
  Source a(1);
  TableMetadata catalog;
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(lake.Take(a.Insert(i + 1, "row")), Code::kOk);
    const FlushOutput out = lake.FlushOnly(static_cast<uint8_t>(i + 1));
    std::string requirements, updates;
    ASSERT_TRUE(SplitCommitBody(out.commit, &requirements, &updates).ok());
    TableMetadata next;
    const CommitError e = ApplyCommit(
        {i == 0 ? nullptr : &catalog, "m", requirements, updates, 2000 + i, "u"}, &next);
    ASSERT_TRUE(e.ok()) << e.message;
    catalog = std::move(next);
    if (i == 0) {
      // Many others before it, the first of which has a name.
      std::vector<Snapshot> all(600, catalog.snapshots[0]);
      for (size_t n = 0; n < all.size(); n++) {
        all[n].id = static_cast<int64_t>(n + 1);
        all[n].parent_id = n == 0 ? kNoSnapshot : static_cast<int64_t>(n);
      }
      all.push_back(catalog.snapshots[0]);
      all.back().parent_id = 600;
      catalog.snapshots = std::move(all);
      catalog.refs.push_back({.name = "kept", .snapshot_id = 1, .tag = true});
    }
    ASSERT_TRUE(
        lake.table->Committed(TableMetadataText(catalog), "file:///m.json", &lake.diag).ok())
        << lake.diag.message;
  }
  EXPECT_EQ(catalog.snapshots.size(), 403u);
  EXPECT_NE(catalog.FindSnapshot(1), nullptr);
  EXPECT_EQ(catalog.FindSnapshot(2), nullptr);
  EXPECT_EQ(*FindProperty(catalog.snapshots.back().summary, "total-records"), "3");
}

TEST(LakeTable, ManyManifestsAreMerged) {
  Lake lake;
  Source a(1);
  absl::flat_hash_map<std::string, std::string> files;
  size_t most = 0;
  for (int i = 0; i < 150; i++) {
    // Each flush but the first deletes a row of the one before.
    EXPECT_EQ(lake.Take(a.Insert(1 + i / 2, "row")), Code::kOk);
    uint8_t random[kFlushEntropyBytes] = {};
    StoreLe<uint32_t>(random + 3, static_cast<uint32_t>(i + 1));
    StoreLe<uint32_t>(random + 16, static_cast<uint32_t>(i + 1));
    StoreLe<uint32_t>(random + 44, static_cast<uint32_t>(i + 1));
    FlushInput input{random, 1000 + i, "file:///lake/t", "u"};
    for (const std::string& path : lake.table->ToMerge()) input.merge.push_back(files.at(path));
    FlushOutput out;
    ASSERT_TRUE(lake.table->Flush(input, &out, &lake.diag).ok()) << lake.diag.message;
    for (const OutputFile& f : out.files) files[f.path] = f.bytes;
    ASSERT_TRUE(lake.table->Committed(out.metadata.bytes, out.metadata.path, &lake.diag).ok());
    std::vector<ManifestFile> list;
    ASSERT_TRUE(ReadManifestList(out.files.back().bytes, &list).ok());
    most = std::max(most, list.size());
    int64_t rows[2] = {};
    for (const ManifestFile& m : list)
      rows[m.content == ManifestContent::kData ? 0 : 1] += m.added_rows + m.existing_rows;
    ASSERT_EQ(rows[0], i + 1);
    ASSERT_EQ(rows[1], (i + 1) / 2);
  }
  EXPECT_LT(most, 140u);
}

TEST(LakeTable, LongDecimalsAreKeysToo) {
  Lake lake;
  Source a(1);
  EXPECT_EQ(lake.Take(a.Keyed("a", Value::Integer(INT64_MAX))), Code::kOk);
  EXPECT_EQ(lake.Take(a.Keyed("b", Value::Real(-12.5))), Code::kOk);
  EXPECT_EQ(lake.Take(a.Keyed("c", Value::Null())), Code::kOk);
  EXPECT_EQ(lake.Take(a.Keyed("d", Value::Real(1e30))), Code::kOk);
  FlushOutput out = lake.Flush(1);
  EXPECT_EQ(out.rows, 4);
  ParquetReader reader;
  std::vector<Column> columns;
  ASSERT_TRUE(reader.Open(out.files[0].bytes, &lake.diag).ok());
  ASSERT_TRUE(reader.Read(0, lake.table->schema(), &columns, &lake.diag).ok());
  const Column& k = columns[0];
  EXPECT_EQ(k.Text(0), std::string("\0\0\0\0\0\0\0\x31\xff\xff\xff\xff\xff\xff\xff\x9c", 16));
  EXPECT_EQ(k.Text(1), std::string(14, '\xff') + "\xfb\x1e");
  EXPECT_TRUE(k.IsNull(2) && k.IsNull(3));
  EXPECT_EQ(columns[1].Text(3), "{\"k\":1e+30}");
  // Their rows are found again.
  EXPECT_EQ(lake.Take(a.Keyed("b", Value::Integer(7))), Code::kOk);
  out = lake.Flush(2);
  EXPECT_EQ(out.rows, 1);
  EXPECT_EQ(out.deletes, 1);
}

TEST(LakeTable, WhatWasADoubleStaysOne) {
  Lake lake;
  Source a(1);
  const auto kind = [&](std::string_view name) {
    for (const Field& f : lake.table->schema().fields)
      if (f.name == name) return f.type.kind;
    return TypeKind::kStruct;
  };
  EXPECT_EQ(lake.Take(a.Insert(1, "one")), Code::kOk);
  EXPECT_EQ(lake.Take(a.Columns({"m", "n"}, "REAL")), Code::kOk);
  EXPECT_EQ(kind("n"), TypeKind::kDouble);
  // As an older version mapped it.
  EXPECT_EQ(lake.Take(a.Columns({"m", "n"}, "DECIMAL(25,2)")), Code::kOk);
  EXPECT_EQ(kind("n"), TypeKind::kDouble);
  EXPECT_EQ(lake.Take(a.Columns({"m", "n", "o"}, "DECIMAL(25,2)")), Code::kOk);
  EXPECT_EQ(kind("n"), TypeKind::kDouble);
  EXPECT_EQ(kind("o"), TypeKind::kDecimal);
  EXPECT_EQ(lake.Take(a.Columns({"m", "n", "o"}, "DECIMAL(5,2)")), Code::kOk);
  EXPECT_EQ(kind("n"), TypeKind::kDecimal);
}

// Sources change their schema one after the other: the one that is behind means the same columns.
TEST(LakeTable, SourcesChangeTheirColumnsAtTheirOwnPace) {
  Lake lake;
  Source a(1), b(2);
  EXPECT_EQ(lake.Take(a.Insert(1, "one")), Code::kOk);
  EXPECT_EQ(lake.Take(b.Insert(1, "other")), Code::kOk);
  auto fields = [&] {
    std::string out;
    for (const Field& f : lake.table->schema().fields)
      out += f.name + ":" + std::to_string(f.id) + " ";
    return out;
  };
  EXPECT_EQ(fields(), "id:2 name:3 _overflow:1 ");
  EXPECT_EQ(lake.Take(a.Columns({"name", "x"})), Code::kOk);
  EXPECT_EQ(lake.Take(a.Columns({"name", "y"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y:4 _overflow:1 ");
  EXPECT_EQ(lake.Take(b.Columns({"name", "x"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y:4 _overflow:1 ") << "x is what y was";
  EXPECT_EQ(lake.Take(b.Columns({"name", "y"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y:4 _overflow:1 ");
  // Dropped and added again it is another column, also while the other source has the old one.
  EXPECT_EQ(lake.Take(a.Columns({"name"})), Code::kOk);
  EXPECT_EQ(lake.Take(a.Columns({"name", "y"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y_4:4 y:5 _overflow:1 ");
  const FlushOutput out = lake.Flush(1);
  lake.Open();
  lake.Use(out);
  EXPECT_EQ(lake.Take(b.Columns({"name"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y:5 _overflow:1 ");
  EXPECT_EQ(lake.Take(b.Columns({"name", "y"})), Code::kOk);
  EXPECT_EQ(fields(), "id:2 name:3 y:5 _overflow:1 ");
}

// Nine files of three schemas become one; a change that waits meanwhile finds its row there.
TEST(LakeTable, CompactionFindsRowsAcrossSchemas) {
  Lake lake;
  Source a(1);
  std::map<std::string, std::string> bucket;
  FlushOutput last;
  const auto flush = [&](int salt) {
    last = lake.Flush(static_cast<uint8_t>(salt));
    for (const OutputFile& f : last.files) bucket[f.path] = f.bytes;
  };
  for (int i = 1; i <= 9; i++) {
    if (i == 4) EXPECT_EQ(lake.Take(a.Columns({"name", "y"})), Code::kOk);
    if (i == 7) EXPECT_EQ(lake.Take(a.Columns({"title"})), Code::kOk);
    EXPECT_TRUE(lake.table->ToCompact().size() == (i < 9 ? 0u : 8u)) << i;
    EXPECT_EQ(lake.Take(a.Insert(i, std::to_string(i))), Code::kOk);
    if (i == 9) EXPECT_EQ(lake.Take(a.Insert(2, "two")), Code::kOk);
    flush(i);
  }
  const std::vector<std::string> paths = lake.table->ToCompact();
  ASSERT_EQ(paths.size(), 9u);
  CompactionInput input;
  const FlushOutput ninth = last;
  input.state = {ninth.metadata.bytes, ninth.metadata.path, ninth.files.back().bytes};
  input.paths.assign(paths.begin(), paths.end());
  std::vector<ManifestFile> list;
  ASSERT_TRUE(ReadManifestList(last.files.back().bytes, &list).ok());
  for (const ManifestFile& m : list) input.manifests.push_back(bucket[m.path]);
  const std::vector<uint8_t> random(kFlushEntropyBytes, 77);
  input.entropy = random;
  input.now_ms = 5000;
  const auto read = [&](std::string_view path) { return bucket[std::string(path)]; };
  CompactionOutput out;
  ASSERT_TRUE(Compact(input, read, &out, &lake.diag).ok()) << lake.diag.message;

  // A change comes before the table hears of it.
  EXPECT_EQ(lake.Take(a.Insert(3, "three")), Code::kOk);
  TableMetadata base, next;
  std::string requirements, updates;
  ASSERT_TRUE(ParseTableMetadata(last.metadata.bytes, &base, &lake.diag).ok());
  ASSERT_TRUE(SplitCommitBody(out.commit, &requirements, &updates).ok());
  ASSERT_TRUE(ApplyCommit({&base, "m", requirements, updates, 6000, base.table_uuid}, &next).ok());
  const std::string text = TableMetadataText(next);
  ASSERT_TRUE(
      lake.table->Compacted(out.plan, {text, "m2", out.files.back().bytes}, &lake.diag).ok());
  EXPECT_TRUE(lake.table->ToCompact().empty());
  const Properties& summary = next.snapshots.back().summary;
  EXPECT_EQ(*FindProperty(summary, "operation"), "replace");
  EXPECT_EQ(*FindProperty(summary, "total-records"), "9");
  EXPECT_EQ(*FindProperty(summary, "total-data-files"), "1");
  EXPECT_EQ(*FindProperty(summary, "total-position-deletes"), "0");

  ParquetReader reader;
  std::vector<Column> columns;
  ASSERT_TRUE(reader.Open(out.files[0].bytes, &lake.diag).ok()) << lake.diag.message;
  ASSERT_EQ(reader.rows(), 9);
  ASSERT_TRUE(reader.Read(0, lake.table->schema(), &columns, &lake.diag).ok());
  EXPECT_EQ(columns[0].ints, (std::vector<int64_t>{1, 3, 4, 5, 6, 7, 8, 9, 2}));
  EXPECT_EQ(columns[1].Text(1), "3");

  // Its row is deleted where it is now.
  flush(10);
  EXPECT_EQ(last.deletes, 1);
  const OutputFile& deleted = last.files[1];
  ASSERT_TRUE(reader.Open(deleted.bytes, &lake.diag).ok());
  ASSERT_TRUE(reader.Read(0, PositionDeleteSchema(), &columns, &lake.diag).ok());
  EXPECT_EQ(columns[0].Text(0), out.files[0].path);
  EXPECT_EQ(columns[1].ints[0], 1);

  // A table that was opened anew after the commit takes the plan as well; not another's.
  EXPECT_FALSE(
      lake.table->Compacted(out.plan, {text, "m2", out.files.back().bytes}, &lake.diag).ok());
  // What is not as the manifests say is not compacted.
  CompactionOutput none;
  const std::string fourth = std::exchange(bucket[paths[3]], bucket[paths[3]].substr(0, 100));
  EXPECT_EQ(Compact(input, read, &none, &lake.diag).code(), Code::kCorrupt);
  bucket[paths[3]] = bucket[paths[8]];
  EXPECT_EQ(Compact(input, read, &none, &lake.diag).code(), Code::kCorrupt);
  bucket[paths[3]] = fourth;
  input.paths[0] = "file:///lake/t/data/other.parquet";
  EXPECT_EQ(Compact(input, read, &none, &lake.diag).code(), Code::kStale);
}

TEST(LakeTable, ACopyTakesTheOldRowsPlace) {
  Lake lake;
  Source a(1);
  EXPECT_EQ(lake.Take(a.Insert(1, "one")), Code::kOk);
  EXPECT_EQ(lake.Take(a.Insert(2, "two")), Code::kOk);
  Source b(2);
  EXPECT_EQ(lake.Take(b.Insert(1, "other")), Code::kOk);
  lake.Flush(1);
  EXPECT_EQ(lake.Take(a.Insert(3, "three")), Code::kOk);
  // The slot was lost: a new one copies from a later place.
  a.Skip(100);
  const auto copy = a.Insert(2, "two again", 1);
  EXPECT_EQ(lake.Take(copy), Code::kOk);
  EXPECT_EQ(lake.Take(copy, false), Code::kOk) << "again";
  const auto second = a.Insert(4, "four", 2), third = a.Insert(5, "five", 3);
  EXPECT_EQ(lake.Take(third), Code::kMisuse) << "a part is missing";
  EXPECT_EQ(lake.Take(second), Code::kOk);
  EXPECT_EQ(lake.Take(second, false), Code::kOk);
  const FlushOutput out = lake.Flush(2);
  EXPECT_EQ(out.rows, 2);
  EXPECT_EQ(out.deletes, 2);
  EXPECT_EQ(lake.Take(third), Code::kOk);
  EXPECT_EQ(lake.Flush(3).rows, 1);
  // Its table is dropped.
  EXPECT_EQ(lake.Take(a.Gone()), Code::kOk);
  const FlushOutput gone = lake.Flush(4);
  EXPECT_EQ(gone.rows, 0);
  EXPECT_EQ(gone.deletes, 3);
}

// The lake need not hear of every opening of a source: what one of those sent late must not count
// for a new copy, or the lake and the source would never come together again.
TEST(LakeTable, AnOldCopyThatComesLateIsNoNews) {
  Lake lake;
  Source a(1);
  EXPECT_EQ(lake.Take(a.Insert(1, "one")), Code::kOk);
  // Opened anew, the source begins a copy, which does not arrive; and again, which does.
  a.PutBack(1);
  a.copy_time = 2;
  a.Skip(1);
  const auto late = a.Insert(2, "late", 1);
  a.PutBack(2, 5000);
  a.copy_time = 3;
  a.Skip(1);
  EXPECT_EQ(lake.Take(a.Insert(1, "one again", 1)), Code::kOk);
  EXPECT_EQ(lake.Take(late, false), Code::kOk);
  EXPECT_EQ(lake.Take(a.Insert(3, "three")), Code::kOk) << "the source goes on";
  EXPECT_EQ(lake.Flush(1).rows, 2);
  lake.Open();
  EXPECT_EQ(lake.Take(late, false), Code::kOk) << "remembered";
}

TEST(LakeTable, DamagedBatchesChangeNothing) {
  Lake lake;
  Source a(1);
  std::vector<uint8_t> batch = a.Insert(1, "one");
  for (size_t i = 0; i < batch.size(); i++) {
    std::vector<uint8_t> bad = batch;
    bad[i] ^= 0x40;
    EXPECT_EQ(lake.Take(bad), Code::kCorrupt);
  }
  EXPECT_FALSE(lake.table->pending());
  FlushOutput out;
  uint8_t random[kFlushEntropyBytes] = {};
  EXPECT_EQ(lake.table->Flush({random, 1, "x", "y"}, &out, &lake.diag).code(), Code::kNoSuchObject);
  EXPECT_EQ(lake.Take(batch), Code::kOk);
}

}  // namespace
}  // namespace dosql::lake
