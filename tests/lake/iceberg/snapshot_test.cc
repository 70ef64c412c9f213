// Manifests, lists and snapshots: exact counts, inherited numbers, retries.
#include "core/lake/iceberg/metadata_update.h"
#include "tests/lake/iceberg/table_helper.h"

namespace dosql::lake {
namespace {

const Type kPrice{.kind = TypeKind::kDecimal, .precision = 20, .scale = 2};

std::vector<Datum> Tuple(int64_t day, int64_t bucket, int64_t price) {
  return {Datum::Int(day), Datum::Int(bucket), DecimalDatum(kPrice, price)};
}

TEST(Manifest, EntriesAreReadBackWithWhatTheyInherit) {
  TestLake lake{{}, TestTable(true), ""};
  Diag diag;
  SnapshotChange change;
  change.operation = Operation::kOverwrite;
  change.added = {TestFile("a", 10, Tuple(-5, 3, -700)),
                  TestFile("b", 20, {Datum(), Datum::Int(9), Datum()}),
                  TestFile("d", 5, Tuple(7, 3, 1), FileContent::kPositionDeletes)};
  change.added[2].referenced_data_file = "file:///t/data/a";
  change.added[0].sort_order_id = 0;
  change.added[0].key_metadata = "key";
  change.added[0].nan_counts = {{9, 1}};
  ASSERT_TRUE(lake.Commit(71, change, &diag).ok()) << diag.message;
  std::vector<ManifestFile> list = lake.List(lake.metadata);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].content, ManifestContent::kData);
  EXPECT_EQ(list[0].added_files, 2);
  EXPECT_EQ(list[0].added_rows, 30);
  EXPECT_EQ(list[0].sequence_number, 1);
  EXPECT_EQ(list[0].min_sequence_number, 1);
  EXPECT_EQ(list[0].added_snapshot_id, 71);
  EXPECT_EQ(list[0].size_bytes, static_cast<int64_t>(lake.Get(list[0].path).size()));
  ASSERT_EQ(list[0].partitions.size(), 3u);
  EXPECT_TRUE(list[0].partitions[0].contains_null);
  EXPECT_EQ(list[0].partitions[0].lower, std::string("\xfb\xff\xff\xff", 4));
  EXPECT_FALSE(list[0].partitions[1].contains_null);
  EXPECT_EQ(list[0].partitions[1].upper, std::string("\x09\0\0\0", 4));
  EXPECT_EQ(list[0].partitions[2].lower, "\xfd\x44");
  EXPECT_EQ(list[1].content, ManifestContent::kDeletes);
  LoadedManifest data = lake.Load(lake.metadata, list[0]);
  ASSERT_EQ(data.entries.size(), 2u);
  EXPECT_EQ(data.entries[0].file, change.added[0]);
  EXPECT_EQ(data.entries[1].file, change.added[1]);
  EXPECT_EQ(data.entries[0].sequence_number, 1);
  EXPECT_EQ(data.entries[0].file_sequence_number, 1);
  EXPECT_EQ(data.entries[0].snapshot_id, 71);
  EXPECT_EQ(lake.Load(lake.metadata, list[1]).entries[0].file, change.added[2]);
}

TEST(Snapshot, TotalsAreExactOverAppendsDeletesAndCompaction) {
  TestLake lake{{}, TestTable(false), ""};
  Diag diag;
  SnapshotChange append;
  append.added = {TestFile("a", 10), TestFile("b", 20)};
  append.custom = {{"dosql.source-lsn", "77"}};
  ASSERT_TRUE(lake.Commit(1, append, &diag).ok()) << diag.message;
  EXPECT_EQ(SummaryOf(lake.metadata, "total-records"), "30");
  EXPECT_EQ(SummaryOf(lake.metadata, "operation"), "append");
  EXPECT_EQ(SummaryOf(lake.metadata, "dosql.source-lsn"), "77");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-delete-files"), "0");
  EXPECT_EQ(SummaryOf(lake.metadata, "changed-partition-count"), "1");

  SnapshotChange delta;
  delta.operation = Operation::kOverwrite;
  delta.added = {TestFile("c", 5), TestFile("d1", 3, {}, FileContent::kPositionDeletes)};
  ASSERT_TRUE(lake.Commit(2, delta, &diag, 3000).ok());
  EXPECT_EQ(SummaryOf(lake.metadata, "total-records"), "35");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-position-deletes"), "3");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-data-files"), "3");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-delete-files"), "1");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-files-size"), "380");

  // a, b and the deletes become one file; c lives on in the rewritten manifest's neighbour.
  SnapshotChange compact;
  compact.operation = Operation::kReplace;
  compact.added = {TestFile("ab", 27)};
  compact.removed_paths = {"file:///t/data/a", "file:///t/data/b", "file:///t/data/d1"};
  for (const ManifestFile& m : lake.List(lake.metadata))
    compact.rewritten.push_back(lake.Load(lake.metadata, m));
  ASSERT_TRUE(lake.Commit(3, compact, &diag, 4000).ok()) << diag.message;
  EXPECT_EQ(SummaryOf(lake.metadata, "total-records"), "32");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-position-deletes"), "0");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-data-files"), "2");
  EXPECT_EQ(SummaryOf(lake.metadata, "total-delete-files"), "0");
  EXPECT_EQ(SummaryOf(lake.metadata, "deleted-data-files"), "2");
  EXPECT_EQ(SummaryOf(lake.metadata, "removed-position-deletes"), "3");
  std::vector<ManifestFile> list = lake.List(lake.metadata);
  ASSERT_EQ(list.size(), 2u);
  LoadedManifest data = lake.Load(lake.metadata, list[0]);
  ASSERT_EQ(data.entries.size(), 4u);
  EXPECT_EQ(list[0].added_files, 1);
  EXPECT_EQ(list[0].existing_files, 1);
  EXPECT_EQ(list[0].deleted_files, 2);
  EXPECT_EQ(list[0].deleted_rows, 30);
  EXPECT_EQ(list[0].min_sequence_number, 2);  // c's
  for (const ManifestEntry& e : data.entries) {
    if (e.status == EntryStatus::kAdded) EXPECT_EQ(e.sequence_number, 3);
    if (e.status == EntryStatus::kExisting) EXPECT_EQ(e.sequence_number, 2);
    if (e.status == EntryStatus::kExisting) EXPECT_EQ(e.snapshot_id, 2);
    if (e.status == EntryStatus::kDeleted) EXPECT_EQ(e.sequence_number, 1);
    if (e.status == EntryStatus::kDeleted) EXPECT_EQ(e.snapshot_id, 3);
  }
  // The manifest of deleted deletes alone goes with the next snapshot.
  SnapshotChange more;
  more.added = {TestFile("e", 1)};
  ASSERT_TRUE(lake.Commit(4, more, &diag, 5000).ok());
  EXPECT_EQ(lake.List(lake.metadata).size(), 2u);
  EXPECT_EQ(lake.metadata.snapshot_log.size(), 4u);
  EXPECT_EQ(lake.metadata.metadata_log.size(), 3u);
  EXPECT_EQ(lake.metadata.last_sequence_number, 4);
  EXPECT_EQ(lake.location,
            "file:///t/metadata/00003-00000004-2222-4333-8444-555555555555.metadata.json");
  TableMetadata parsed;
  ASSERT_TRUE(ParseTableMetadata(lake.Get(lake.location), &parsed, &diag).ok());
  EXPECT_EQ(parsed.snapshots.back().schema_id, 0);
}

TEST(Snapshot, MistakesAreNamed) {
  TestLake lake{{}, TestTable(false), ""};
  Diag diag;
  SnapshotChange change;
  change.added = {TestFile("a", 1)};
  change.removed_paths = {"x"};
  EXPECT_EQ(lake.Commit(1, change, &diag).code(), Code::kMisuse);
  EXPECT_EQ(diag.message, "an append adds data files and nothing else");
  change.operation = Operation::kOverwrite;
  EXPECT_EQ(lake.Commit(1, change, &diag).code(), Code::kNotFound);
  EXPECT_EQ(diag.message, "x is in none of the manifests");
  change.removed_paths.clear();
  change.added[0].spec_id = 7;
  EXPECT_EQ(lake.Commit(1, change, &diag).code(), Code::kMisuse);
  change.added[0].spec_id = 0;
  change.added[0].partition = {Datum::Int(1)};
  EXPECT_EQ(lake.Commit(1, change, &diag).code(), Code::kMisuse);
}

TEST(Snapshot, ALostRaceRewritesOnlyTheList) {
  TestLake lake{{}, TestTable(false), ""};
  Diag diag;
  SnapshotChange first;
  first.added = {TestFile("a", 10)};
  ASSERT_TRUE(lake.Commit(1, first, &diag).ok());
  TableMetadata old_base = lake.metadata;

  SnapshotChange ours;
  ours.added = {TestFile("ours", 5)};
  ManifestSet set;
  ASSERT_TRUE(WriteManifests(old_base, TestNames(8), ours, &set, &diag).ok());
  SnapshotChange deletes;
  deletes.operation = Operation::kDelete;
  deletes.added = {TestFile("del", 1, {}, FileContent::kPositionDeletes)};
  ManifestSet delete_set;
  ASSERT_TRUE(WriteManifests(old_base, TestNames(9), deletes, &delete_set, &diag).ok());

  SnapshotChange theirs;
  theirs.added = {TestFile("theirs", 7)};
  ASSERT_TRUE(lake.Commit(2, theirs, &diag).ok());
  std::vector<ManifestFile> list = lake.List(lake.metadata);
  ASSERT_TRUE(CheckRebase(set, old_base, lake.metadata, list, "main",
                          RebaseRule::kDeletesNeedAppends, &diag)
                  .ok())
      << diag.message;
  EXPECT_TRUE(CheckRebase(delete_set, old_base, lake.metadata, list, "main",
                          RebaseRule::kDeletesNeedAppends, &diag)
                  .ok())
      << diag.message;
  BuiltSnapshot built;
  ASSERT_TRUE(lake.Build(set, TestNames(8), &built, &diag, 3000, 2).ok());
  EXPECT_EQ(built.snapshot.parent_id, 2);
  EXPECT_EQ(built.snapshot.sequence_number, 3);
  EXPECT_NE(built.snapshot.manifest_list.find("snap-8-2-"), std::string::npos);
  lake.Put(set, built);
  EXPECT_EQ(SummaryOf(lake.metadata, "total-records"), "22");
  for (const ManifestFile& m : lake.List(lake.metadata)) {
    EXPECT_EQ(*lake.Load(lake.metadata, m).entries[0].sequence_number, m.sequence_number);
  }

  SnapshotChange overwrite;
  overwrite.operation = Operation::kOverwrite;
  overwrite.removed_paths = {"file:///t/data/a"};
  for (const ManifestFile& m : lake.List(lake.metadata)) {
    if (lake.Load(lake.metadata, m).entries[0].file.path == overwrite.removed_paths[0]) {
      overwrite.rewritten.push_back(lake.Load(lake.metadata, m));
    }
  }
  ASSERT_TRUE(lake.Commit(3, overwrite, &diag).ok()) << diag.message;
  list = lake.List(lake.metadata);
  EXPECT_TRUE(CheckRebase(set, old_base, lake.metadata, list, "main",
                          RebaseRule::kDeletesNeedAppends, &diag)
                  .ok());
  EXPECT_EQ(CheckRebase(delete_set, old_base, lake.metadata, list, "main",
                        RebaseRule::kDeletesNeedAppends, &diag)
                .code(),
            Code::kStale);
  EXPECT_EQ(diag.message, "snapshot 3 did more than append");
  TableMetadata other = lake.metadata;
  other.current_schema_id = 5;
  EXPECT_EQ(CheckRebase(set, old_base, other, list, "main", RebaseRule::kDeletesNeedAppends, &diag)
                .code(),
            Code::kStale);
  other = lake.metadata;
  other.table_uuid = "x";
  EXPECT_EQ(CheckRebase(set, old_base, other, list, "main", RebaseRule::kDeletesNeedAppends, &diag)
                .code(),
            Code::kStale);
}

TEST(Snapshot, RemovedSnapshotsTakeTheirTraces) {
  TestLake lake{{}, TestTable(false), ""};
  Diag diag;
  for (int id = 1; id <= 3; id++) {
    SnapshotChange change;
    change.added = {TestFile("f" + std::to_string(id), 1)};
    ASSERT_TRUE(lake.Commit(id, change, &diag, 1000 * id).ok());
  }
  TableMetadata& m = lake.metadata;
  ASSERT_TRUE(SetRef({.name = "old", .snapshot_id = 2, .tag = true}, 1, &m, &diag).ok());
  EXPECT_EQ(RemoveSnapshots({3}, &m, &diag).code(), Code::kMisuse);
  ASSERT_TRUE(RemoveSnapshots({2}, &m, &diag).ok());
  EXPECT_EQ(m.FindRef("old"), nullptr);
  ASSERT_EQ(m.snapshot_log.size(), 1u);
  EXPECT_EQ(m.snapshot_log[0].snapshot_id, 3);
  EXPECT_NE(m.FindSnapshot(1), nullptr);
  EXPECT_EQ(SnapshotIdFrom(~uint64_t{0}), (int64_t{1} << 53) - 1);
  EXPECT_EQ(SnapshotIdFrom(5), 1);
}

}  // namespace
}  // namespace dosql::lake
