// Partition specs and sort orders of tables that are fed: the order of rows by itself, and what
// flushes and compactions write where the table has a spec or an order, and where it gets another.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "core/lake/iceberg/commit.h"
#include "core/lake/ingest/compaction.h"
#include "core/lake/ingest/partition_tuple.h"
#include "core/lake/ingest/row_order.h"
#include "core/lake/parquet/parquet_reader.h"
#include "tests/lake/ingest/test_lake.h"

namespace dosql::lake {
namespace {

Field FieldOf(int32_t id, TypeKind kind, uint8_t precision = 0) {
  Field f;
  f.id = id;
  f.name = "f" + std::to_string(id);
  f.type.kind = kind;
  f.type.precision = precision;
  return f;
}

// Rows of one column in the order that the sort field asks for.
std::vector<uint32_t> SortedBy(TypeKind kind, const Column& column, const SortField& by) {
  Schema schema;
  schema.fields = {FieldOf(1, kind)};
  SortOrder order{1, {by}};
  EXPECT_TRUE(CanSort(schema, order));
  RowOrder rows(schema, PartitionSpec(), order);
  for (uint32_t r = 0; r < column.rows; r++) rows.Add({column}, r);
  EXPECT_EQ(rows.tuples().size(), 1u);
  return rows.Sorted();
}

TEST(RowOrder, ValuesNullsAndDirections) {
  using Rows = std::vector<uint32_t>;
  Column c;
  c.rows = 6;
  c.valid = {1, 1, 0, 1, 1, 1};
  c.ints = {3, -1, 0, INT64_MAX, INT64_MIN, 3};
  EXPECT_EQ(SortedBy(TypeKind::kLong, c, {1, {}, false, false}), (Rows{2, 4, 1, 0, 5, 3}));
  EXPECT_EQ(SortedBy(TypeKind::kLong, c, {1, {}, false, true}), (Rows{4, 1, 0, 5, 3, 2}));
  EXPECT_EQ(SortedBy(TypeKind::kLong, c, {1, {}, true, true}), (Rows{3, 0, 5, 1, 4, 2}));
  EXPECT_EQ(SortedBy(TypeKind::kLong, c, {1, {}, true, false}), (Rows{2, 3, 0, 5, 1, 4}));
  EXPECT_EQ(SortedBy(TypeKind::kTimestamp, c, {1, ParseTransform("year"), false, false}),
            (Rows{2, 4, 1, 0, 5, 3}));
  const double inf = std::numeric_limits<double>::infinity();
  Column d;
  d.rows = 6;
  d.doubles = {0.0, -0.0, std::nan(""), -inf, inf, -1.5};
  EXPECT_EQ(SortedBy(TypeKind::kDouble, d, {1, {}, false, false}), (Rows{3, 5, 1, 0, 4, 2}));
  EXPECT_EQ(SortedBy(TypeKind::kDouble, d, {1, {}, true, false}), (Rows{2, 4, 0, 1, 5, 3}));
  Column t;
  for (const std::string& text : {std::string("ab"), std::string("a\0b", 3), std::string("a"),
                                  std::string(), std::string("\xff"), std::string("a\0", 2)}) {
    t.rows++;
    t.heap += text;
    t.ends.push_back(static_cast<uint32_t>(t.heap.size()));
  }
  EXPECT_EQ(SortedBy(TypeKind::kString, t, {1, {}, false, false}), (Rows{3, 2, 5, 1, 0, 4}));
  EXPECT_EQ(SortedBy(TypeKind::kString, t, {1, {}, true, false}), (Rows{4, 0, 1, 5, 2, 3}));
  // Rows that are the same stay as they came.
  EXPECT_EQ(SortedBy(TypeKind::kString, t, {1, ParseTransform("truncate[1]"), false, false}),
            (Rows{3, 0, 1, 2, 5, 4}));
  Schema schema;
  schema.fields = {FieldOf(1, TypeKind::kString)};
  EXPECT_FALSE(CanSort(schema, {1, {{1, ParseTransform("day"), false, false}}}));
  EXPECT_FALSE(CanSort(schema, {1, {{1, ParseTransform("zorder"), false, false}}}));
}

TEST(RowOrder, TuplesOfAllTransforms) {
  Schema schema;
  schema.fields = {FieldOf(1, TypeKind::kTimestamp), FieldOf(2, TypeKind::kDouble),
                   FieldOf(3, TypeKind::kDecimal, 9)};
  PartitionSpec spec;
  int32_t id = 1000;
  for (const auto& [source, name] :
       std::vector<std::pair<int32_t, const char*>>{{1, "year"},
                                                    {1, "month"},
                                                    {1, "day"},
                                                    {1, "hour"},
                                                    {2, "identity"},
                                                    {2, "void"},
                                                    {3, "truncate[100]"},
                                                    {3, "bucket[7]"},
                                                    {9, "identity"}})
    spec.fields.push_back({source, id++, name, ParseTransform(name)});
  RowOrder rows(schema, spec, SortOrder());
  std::vector<Column> columns(3);
  columns[0].rows = columns[1].rows = columns[2].rows = 4;
  columns[0].ints = {86400000000, -1, 86400000001, 0};
  columns[0].valid = {1, 1, 1, 0};
  columns[1].doubles = {0.5, std::nan(""), 0.5, -std::nan("1")};
  columns[2].ints = {1299, -1, 1200, 7};
  columns[2].valid = {1, 1, 1, 0};
  for (uint32_t r = 0; r < 4; r++) rows.Add(columns, r);
  const auto tuple = [&](uint32_t row) {
    DataFile file;
    EXPECT_TRUE(SetPartition({5, rows.tuples()[rows.TupleOf(row)]}, &file).ok());
    EXPECT_EQ(file.spec_id, 5);
    EXPECT_EQ(PackTuple(file.partition), rows.tuples()[rows.TupleOf(row)]);
    return file.partition;
  };
  EXPECT_EQ(tuple(0)[0], Datum::Int(0));
  EXPECT_EQ(tuple(0)[1], Datum::Int(0));
  EXPECT_EQ(tuple(0)[2], Datum::Int(1));
  EXPECT_EQ(tuple(0)[3], Datum::Int(24));
  EXPECT_EQ(tuple(0)[4], Datum::Real(0.5));
  EXPECT_EQ(tuple(0)[5], Datum());
  EXPECT_EQ(tuple(0)[6], Datum::Int(1200));
  EXPECT_EQ(tuple(0)[8], Datum()) << "a column that is gone";
  EXPECT_EQ(tuple(1)[0], Datum::Int(-1));
  EXPECT_EQ(tuple(1)[3], Datum::Int(-1));
  EXPECT_EQ(tuple(1)[6], Datum::Int(-100));
  EXPECT_TRUE(std::isnan(tuple(3)[4].d));
  EXPECT_EQ(tuple(3)[7], Datum());
  // 1299 and 1200 may be of two buckets.
  EXPECT_EQ(tuple(0)[7].i,
            ApplyTransform(spec.fields[7].transform, schema.fields[2].type, Datum::Int(1299)).i);
  DataFile damaged;
  EXPECT_EQ(SetPartition({0, "\x01\x02"}, &damaged).code(), Code::kCorrupt);
}

// A lake table and its catalog.
struct Catalogued {
  Lake lake;
  Source a{1};
  std::map<std::string, std::string> bucket;
  TableMetadata now;
  std::string list;
  uint8_t salt = 1;

  void Put(int64_t id, std::string_view name) {
    EXPECT_EQ(lake.Take(a.Insert(id, name)), Code::kOk);
  }
  FlushOutput Flush() {
    FlushOutput out = lake.Flush(salt++);
    for (const OutputFile& f : out.files) bucket[f.path] = f.bytes;
    list = out.files.back().bytes;
    now = lake.table->metadata();
    return out;
  }
  bool Commit(const std::string& body) {
    std::string requirements, updates;
    EXPECT_TRUE(SplitCommitBody(body, &requirements, &updates).ok());
    TableMetadata next;
    if (!ApplyCommit({&now, "m", requirements, updates, 5000, now.table_uuid}, &next).ok())
      return false;
    now = next;
    return true;
  }
  // The table is opened anew, as after a commit of others.
  void Use() {
    lake.Open();
    EXPECT_TRUE(lake.table->Use({TableMetadataText(now), "m", list}, &lake.diag).ok());
  }
  void Spec(const std::string& fields) {
    EXPECT_TRUE(Commit(R"({"requirements":[],"updates":[{"action":"add-spec","spec":{"fields":[)" +
                       fields + R"(]}},{"action":"set-default-spec","spec-id":-1}]})"));
    Use();
  }
  void Order(const std::string& fields) {
    EXPECT_TRUE(Commit(
        R"({"requirements":[],"updates":[{"action":"add-sort-order","sort-order":{"fields":[)" +
        fields + R"(]}},{"action":"set-default-sort-order","sort-order-id":-1}]})"));
    Use();
  }
  std::vector<ManifestEntry> Live(ManifestContent content) {
    std::vector<ManifestFile> manifests;
    EXPECT_TRUE(ReadManifestList(list, &manifests).ok());
    std::vector<ManifestEntry> out;
    for (const ManifestFile& m : manifests) {
      LoadedManifest loaded;
      loaded.manifest = m;
      EXPECT_TRUE(LoadManifest(now, bucket.at(m.path), &loaded, &lake.diag).ok());
      for (const ManifestEntry& e : loaded.entries)
        if (e.live() && m.content == content) out.push_back(e);
    }
    return out;
  }
  std::string Names(const std::string& path) {
    ParquetReader reader;
    std::vector<Column> columns;
    std::string out;
    EXPECT_TRUE(reader.Open(bucket.at(path), &lake.diag).ok());
    EXPECT_TRUE(reader.Read(0, lake.table->schema(), &columns, &lake.diag).ok());
    for (uint32_t r = 0; r < columns[0].rows; r++) out += std::string(columns[1].Text(r)) + " ";
    return out;
  }
};

// The fields' ids: _overflow is 1, id 2, name 3.
constexpr char kByLetter[] = R"({"source-id":3,"transform":"truncate[1]","name":"letter"})";
constexpr char kByName[] =
    R"({"source-id":3,"transform":"identity","direction":"desc","null-order":"nulls-last"})";

TEST(Layout, FilesAndDeletesByPartition) {
  Catalogued t;
  t.Put(1, "apple");
  t.Flush();
  t.Spec(kByLetter);
  t.Put(2, "bear");
  t.Put(3, "ant");
  t.Put(4, "bee");
  FlushOutput out = t.Flush();
  EXPECT_EQ(out.rows, 3);
  std::vector<ManifestEntry> data = t.Live(ManifestContent::kData);
  ASSERT_EQ(data.size(), 3u);
  std::map<std::string, std::string> names;
  for (const ManifestEntry& e : data) {
    const std::string letter = e.file.spec_id == 0 ? "" : e.file.partition[0].bytes;
    names[letter] = t.Names(e.file.path);
  }
  EXPECT_EQ(names, (std::map<std::string, std::string>{
                       {"", "apple "}, {"a", "ant "}, {"b", "bear bee "}}));
  // Rows of three partitions are deleted, and one goes to another partition.
  t.Use();
  t.Put(1, "cat");
  t.Put(3, "bat");
  t.Put(4, "bull");
  out = t.Flush();
  EXPECT_EQ(out.deletes, 3);
  const std::vector<ManifestEntry> deletes = t.Live(ManifestContent::kDeletes);
  ASSERT_EQ(deletes.size(), 3u);
  for (const ManifestEntry& d : deletes) {
    for (const ManifestEntry& e : data) {
      if (e.file.path != d.file.referenced_data_file) continue;
      EXPECT_TRUE(PartitionOf(e.file) == PartitionOf(d.file));
    }
    EXPECT_EQ(d.file.record_count, 1);
    EXPECT_FALSE(d.file.referenced_data_file.empty());
  }
  // The spec goes, its files stay what they are.
  EXPECT_TRUE(
      t.Commit(R"({"requirements":[],"updates":[{"action":"set-default-spec","spec-id":0}]})"));
  t.Use();
  t.Put(2, "beast");
  t.Flush();
  size_t plain = 0;
  for (const ManifestEntry& e : t.Live(ManifestContent::kData)) plain += e.file.spec_id == 0;
  EXPECT_EQ(plain, 2u);
  for (const ManifestEntry& d : t.Live(ManifestContent::kDeletes))
    if (d.sequence_number == t.now.last_sequence_number)
      EXPECT_EQ(d.file.partition, std::vector<Datum>{Datum::Text("b")});
}

// A spec or order that comes after the flush was planned changes nothing of it.
TEST(Layout, AFlushKeepsItsPlan) {
  Catalogued t;
  t.Put(1, "apple");
  t.Flush();
  t.Spec(kByLetter);
  const auto b = t.a.Insert(2, "bear"), c = t.a.Insert(3, "cat");
  const auto flush = [&](int32_t spec) {
    EXPECT_EQ(t.lake.Take(b), Code::kOk);
    EXPECT_EQ(t.lake.Take(c), Code::kOk);
    const std::vector<uint8_t> random(kFlushEntropyBytes, 9);
    FlushInput input{random, 1000, "file:///lake/t", "u"};
    input.spec_id = spec;
    input.sort_order_id = 0;
    FlushOutput out;
    EXPECT_TRUE(t.lake.table->Flush(input, &out, &t.lake.diag).ok()) << t.lake.diag.message;
    return out;
  };
  const int32_t planned = t.lake.table->Layout().spec_id;
  const FlushOutput lost = flush(planned);
  t.Order(kByName);
  t.Spec("");
  const FlushOutput again = flush(planned);
  ASSERT_EQ(lost.files.size(), again.files.size());
  for (size_t i = 0; i < lost.files.size(); i++) EXPECT_EQ(lost.files[i].path, again.files[i].path);
  for (size_t i = 0; i < 2; i++) EXPECT_EQ(lost.files[i].bytes, again.files[i].bytes);
  // It was committed: the rows are in the files of the first time.
  for (const OutputFile& f : lost.files) t.bucket[f.path] = f.bytes;
  ASSERT_TRUE(t.Commit(lost.commit));
  t.list = lost.files.back().bytes;
  t.Use();
  EXPECT_EQ(flush(planned).commit, "");
  ASSERT_TRUE(t.lake.table->Committed(TableMetadataText(t.now), "m", &t.lake.diag).ok());
  t.Put(3, "cow");
  EXPECT_EQ(t.Flush().deletes, 1);
  EXPECT_EQ(t.Live(ManifestContent::kDeletes)[0].file.partition,
            std::vector<Datum>{Datum::Text("c")});
}

TEST(Layout, TooManyPartitionsAreNone) {
  Catalogued t;
  t.Put(1, "apple");
  t.Flush();
  t.Spec(R"({"source-id":2,"transform":"identity","name":"id"})");
  for (int i = 0; i < 256; i++) t.Put(i, "x");
  t.Flush();
  EXPECT_EQ(t.Live(ManifestContent::kData).size(), 257u);
  t.Use();
  for (int i = 0; i < 257; i++) t.Put(1000 + i, "x");
  t.Flush();
  const std::vector<ManifestEntry> data = t.Live(ManifestContent::kData);
  ASSERT_EQ(data.size(), 258u);
  EXPECT_EQ(std::count_if(data.begin(), data.end(),
                          [](const ManifestEntry& e) { return e.file.record_count == 257; }),
            1);
}

// Readers look up the columns of specs: they outlive the source's.
TEST(Layout, ColumnsOfSpecsStay) {
  Catalogued t;
  t.Put(1, "apple");
  t.Flush();
  t.Spec(kByLetter);
  EXPECT_EQ(t.lake.Take(t.a.Columns({"other"})), Code::kOk);
  EXPECT_EQ(t.lake.Take(t.a.Columns({"other", "more"})), Code::kOk);
  EXPECT_EQ(t.lake.Take(t.a.Columns({"more"})), Code::kOk);
  t.Put(2, "bear");
  const FlushOutput out = t.lake.FlushOnly(50);
  bool kept = false;
  for (const Field& f : t.lake.table->schema().fields) kept |= f.id == 3;
  EXPECT_TRUE(kept);
  // A spec that comes meanwhile may name a column that the flush drops.
  EXPECT_TRUE(
      t.Commit(R"({"requirements":[],"updates":[{"action":"set-default-spec","spec-id":0}]})"));
  EXPECT_FALSE(t.Commit(out.commit));
  FlushOutput rebased;
  const std::vector<uint8_t> random(kFlushEntropyBytes, 1);
  EXPECT_EQ(t.lake.table
                ->Rebase({TableMetadataText(t.now), "m", t.list}, {random, 1, {}, {}}, &rebased,
                         &t.lake.diag)
                .code(),
            Code::kStale);
}

TEST(Layout, CompactionByPartitionInOrder) {
  Catalogued t;
  t.Put(100, "first");
  t.Flush();
  t.Spec(kByLetter);
  for (int i = 0; i < 9; i++) {
    if (i == 4) t.Order(kByName);
    t.Use();
    t.Put(i, "a" + std::to_string(i % 5));
    t.Put(10 + i, "b" + std::to_string(i));
    if (i == 5) t.Put(2, "a7");
    if (i == 6) t.Put(100, "a8");
    if (i == 8) t.Put(20, "c");
    t.Flush();
  }
  t.Use();
  const std::vector<std::string> paths = t.lake.table->ToCompact();
  ASSERT_EQ(paths.size(), 19u) << "of two partitions, and one of which all is deleted";
  const std::string metadata = TableMetadataText(t.now);
  CompactionInput input;
  input.state = {metadata, "m", t.list};
  input.paths.assign(paths.begin(), paths.end());
  std::vector<ManifestFile> list;
  ASSERT_TRUE(ReadManifestList(t.list, &list).ok());
  for (const ManifestFile& m : list) input.manifests.push_back(t.bucket[m.path]);
  const std::vector<uint8_t> random(kFlushEntropyBytes, 77);
  input.entropy = random;
  input.now_ms = 6000;
  CompactionOutput out;
  std::vector<std::string> reads;
  ASSERT_TRUE(Compact(
                  input, [&](std::string_view path) { return t.bucket[reads.emplace_back(path)]; },
                  &out, &t.lake.diag)
                  .ok())
      << t.lake.diag.message;
  EXPECT_EQ(reads.size(), 17u + 2u) << "not the two of which all is deleted; two of deletes";
  for (const OutputFile& f : out.files) t.bucket[f.path] = f.bytes;
  ASSERT_TRUE(t.Commit(out.commit));
  t.list = out.files.back().bytes;
  ASSERT_TRUE(
      t.lake.table->Compacted(out.plan, {TableMetadataText(t.now), "m", t.list}, &t.lake.diag)
          .ok());
  std::map<std::string, std::string> names;
  for (const ManifestEntry& e : t.Live(ManifestContent::kData))
    if (e.file.spec_id != 0) {
      names[e.file.partition[0].bytes] = t.Names(e.file.path);
      EXPECT_EQ(e.file.sort_order_id, 1);
    }
  EXPECT_EQ(names["a"], "a8 a7 a4 a3 a3 a2 a1 a1 a0 a0 ");
  EXPECT_EQ(names["b"], "b8 b7 b6 b5 b4 b3 b2 b1 b0 ");
  EXPECT_EQ(names.size(), 3u);
  // Rows are found where they are now.
  t.Put(4, "d");
  t.Put(15, "d");
  EXPECT_EQ(t.Flush().deletes, 2);
  for (const ManifestEntry& d : t.Live(ManifestContent::kDeletes)) {
    if (d.sequence_number != t.now.last_sequence_number) continue;
    ParquetReader reader;
    std::vector<Column> columns;
    ASSERT_TRUE(reader.Open(t.bucket[d.file.path], &t.lake.diag).ok());
    ASSERT_TRUE(reader.Read(0, PositionDeleteSchema(), &columns, &t.lake.diag).ok());
    EXPECT_EQ(columns[1].ints[0], d.file.partition[0].bytes == "a" ? 2 : 3);
  }
}

}  // namespace
}  // namespace dosql::lake
