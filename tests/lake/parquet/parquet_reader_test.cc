// What the writer writes is read back; damaged files are refused with words.
#include "core/lake/parquet/parquet_reader.h"

#include <gtest/gtest.h>

#include "core/base/bytes.h"
#include "core/lake/parquet/parquet_writer.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

struct Sink final : ByteSink {
  std::string bytes;
  Status Append(std::string_view b) override {
    bytes += b;
    return Status::Ok();
  }
};

constexpr parquet::Compression kCodecs[] = {parquet::kUncompressed, parquet::kZstd,
                                            parquet::kSnappy};

struct Numbers {
  uint64_t state;
  uint64_t operator()(uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  }
};

Field Make(int32_t id, TypeKind kind, uint8_t precision = 0, uint8_t scale = 0) {
  Field f;
  f.id = id;
  f.name = "c" + std::to_string(id);
  f.type = Type{kind, precision, scale, {}};
  return f;
}

Schema AllTypes() {
  Schema s;
  s.fields = {Make(1, TypeKind::kBoolean),        Make(2, TypeKind::kInt),
              Make(3, TypeKind::kLong),           Make(4, TypeKind::kFloat),
              Make(5, TypeKind::kDouble),         Make(6, TypeKind::kDecimal, 9, 2),
              Make(7, TypeKind::kDecimal, 18, 2), Make(8, TypeKind::kDecimal, 30, 4),
              Make(9, TypeKind::kDate),           Make(10, TypeKind::kTimestamp),
              Make(11, TypeKind::kTimestampTz),   Make(12, TypeKind::kString),
              Make(13, TypeKind::kBinary)};
  return s;
}

// Of few values, so that dictionaries come, or of many; nulls for one in `nulls`, 0: none.
Column Random(const Type& type, uint32_t rows, uint64_t distinct, uint64_t nulls, Numbers* dice) {
  Column c;
  c.rows = rows;
  for (uint32_t r = 0; r < rows; r++) {
    const bool null = nulls > 0 && (*dice)(nulls) == 0;
    const auto v = static_cast<int64_t>(null ? 0 : (*dice)(distinct)) -
                   static_cast<int64_t>(null ? 0 : distinct / 2);
    if (nulls > 0) c.valid.push_back(!null);
    switch (SlotOf(type)) {
      case Slot::kInts: c.ints.push_back(type.kind == TypeKind::kBoolean ? v & 1 : v); break;
      case Slot::kDoubles: c.doubles.push_back(static_cast<double>(v) / 4); break;
      case Slot::kHeap:
        if (!null && type.kind == TypeKind::kDecimal) {
          for (int i = 0; i < 16; i++)
            c.heap.push_back(static_cast<char>(i < 8 ? v >> 63 : v >> (120 - 8 * i)));
        } else if (!null) {
          c.heap += std::string(static_cast<size_t>(v & 7), 'x') + std::to_string(v);
        }
        c.ends.push_back(static_cast<uint32_t>(c.heap.size()));
    }
  }
  return c;
}

void ExpectSame(const Type& type, const Column& got, const Column& want) {
  ASSERT_EQ(got.rows, want.rows);
  for (uint32_t r = 0; r < want.rows; r++) {
    ASSERT_EQ(got.IsNull(r), want.IsNull(r)) << r;
    if (want.IsNull(r)) continue;
    switch (SlotOf(type)) {
      case Slot::kInts: ASSERT_EQ(got.ints[r], want.ints[r]) << r; break;
      case Slot::kDoubles: ASSERT_EQ(got.doubles[r], want.doubles[r]) << r; break;
      case Slot::kHeap: ASSERT_EQ(got.Text(r), want.Text(r)) << r; break;
    }
  }
}

std::string FileOf(const Schema& schema, const std::vector<std::vector<Column>>& groups,
                   const ParquetOptions& options) {
  Sink sink;
  ParquetWriter writer(&sink, schema, options, {{"some", "words"}});
  for (const std::vector<Column>& columns : groups)
    EXPECT_TRUE(writer.WriteRows(columns, columns[0].rows).ok());
  FileSummary summary;
  EXPECT_TRUE(writer.Finish(&summary).ok());
  return sink.bytes;
}

TEST(ParquetReader, ReadsWhatWasWritten) {
  Numbers dice{5};
  const Schema schema = AllTypes();
  for (int round = 0; round < 60; round++) {
    std::vector<std::vector<Column>> groups(1 + dice(4));
    for (auto& columns : groups) {
      const auto rows = static_cast<uint32_t>(1 + dice(round % 10 == 0 ? 30000 : 300));
      for (const Field& f : schema.fields)
        columns.push_back(
            Random(f.type, rows, dice(2) ? 5 : 1u << 20, dice(3) ? 1 + dice(20) : 0, &dice));
    }
    ParquetOptions options;
    options.codec = kCodecs[round % 3];
    for (const Field& f : schema.fields)
      options.columns.push_back({f.id, dice(2) ? 0.01 : 0, dice(2) != 0, dice(2) != 0});
    if (dice(2)) options.page_rows = static_cast<uint32_t>(1 + dice(100));
    const std::string file = FileOf(schema, groups, options);
    ParquetReader reader;
    Diag diag;
    ASSERT_TRUE(reader.Open(file, &diag).ok()) << diag.message;
    ASSERT_EQ(reader.groups(), groups.size());
    for (size_t g = 0; g < groups.size(); g++) {
      ASSERT_EQ(reader.rows_of(g), groups[g][0].rows);
      std::vector<Column> back;
      ASSERT_TRUE(reader.Read(g, schema, &back, &diag).ok()) << diag.message;
      for (size_t f = 0; f < schema.fields.size(); f++)
        ExpectSame(schema.fields[f].type, back[f], groups[g][f]);
    }
  }
}

// Four rows of each key, in order, as lines of orders: codes would be 14 bits each.
TEST(ParquetWriter, NumbersInOrderNeedNoDictionary) {
  Schema schema;
  schema.fields = {Make(1, TypeKind::kLong)};
  Column keys;
  keys.rows = 40000;
  for (int64_t r = 0; r < 40000; r++) keys.ints.push_back(r / 4 * 3);
  ParquetOptions options;
  const std::string file = FileOf(schema, {{keys}}, options);
  EXPECT_LT(file.size(), 30000u);
  options.columns = {{1, 0, true, false}};
  EXPECT_LT(FileOf(schema, {{keys}}, options).size(), 12000u);
  // Out of order a dictionary is better.
  Numbers dice{8};
  for (int64_t& key : keys.ints) key = static_cast<int64_t>(dice(10000)) * 3;
  const size_t shuffled = FileOf(schema, {{keys}}, {}).size();
  EXPECT_GT(shuffled, 40000u * 13 / 8);
  EXPECT_LT(shuffled, 40000u * 14 / 8 + 40000);
}

TEST(ParquetReader, OtherSchemas) {
  Numbers dice{6};
  const Schema schema = AllTypes();
  std::vector<std::vector<Column>> groups(1);
  for (const Field& f : schema.fields) groups[0].push_back(Random(f.type, 500, 9999, 5, &dice));
  const std::string file = FileOf(schema, groups, {});
  ParquetReader reader;
  Diag diag;
  std::vector<Column> back;
  ASSERT_TRUE(reader.Open(file, &diag).ok());
  // Wider types, another order, a column that the file has not.
  Schema wide;
  wide.fields = {Make(4, TypeKind::kDouble), Make(2, TypeKind::kLong), Make(99, TypeKind::kString),
                 Make(6, TypeKind::kDecimal, 12, 2), Make(7, TypeKind::kDecimal, 25, 2)};
  ASSERT_TRUE(reader.Read(0, wide, &back, &diag).ok()) << diag.message;
  ExpectSame(wide.fields[0].type, back[0], groups[0][3]);
  ExpectSame(wide.fields[1].type, back[1], groups[0][1]);
  ExpectSame(wide.fields[3].type, back[3], groups[0][5]);
  for (uint32_t r = 0; r < 500; r++) {
    EXPECT_TRUE(back[2].IsNull(r));
    ASSERT_EQ(back[4].IsNull(r), groups[0][6].IsNull(r));
    if (back[4].IsNull(r)) continue;
    uint64_t v = 0;
    for (char c : back[4].Text(r)) v = v * 256 + static_cast<uint8_t>(c);
    EXPECT_EQ(static_cast<int64_t>(v), groups[0][6].ints[r]);
  }
  // Narrower ones, and texts as numbers, are not given.
  for (const Field& f :
       {Make(3, TypeKind::kInt), Make(5, TypeKind::kFloat), Make(6, TypeKind::kDecimal, 9, 3),
        Make(7, TypeKind::kDecimal, 9, 2), Make(12, TypeKind::kLong)}) {
    Schema narrow;
    narrow.fields = {f};
    EXPECT_EQ(reader.Read(0, narrow, &back, &diag).code(), Code::kUnsupported) << f.name;
    EXPECT_FALSE(diag.message.empty());
  }
  ParquetReader small(2000);
  ASSERT_TRUE(small.Open(file, &diag).ok());
  EXPECT_EQ(small.Read(0, schema, &back, &diag).code(), Code::kNoMemory);
}

TEST(ParquetReader, DamagedFilesAreRefused) {
  Numbers dice{7};
  const Schema schema = AllTypes();
  for (const parquet::Compression codec : kCodecs) {
    std::vector<std::vector<Column>> groups(2);
    for (auto& columns : groups)
      for (const Field& f : schema.fields)
        columns.push_back(Random(f.type, 60, dice(2) ? 4 : 1u << 20, 4, &dice));
    ParquetOptions options;
    options.codec = codec;
    for (const Field& f : schema.fields) options.columns.push_back({f.id, 0, true, true});
    options.page_rows = 25;
    const std::string file = FileOf(schema, groups, options);
    const auto read = [&](const std::string& bytes) {
      ParquetReader reader(1 << 20);
      Diag diag;
      Status s = reader.Open(bytes, &diag);
      for (size_t g = 0; s.ok() && g < reader.groups(); g++) {
        std::vector<Column> back;
        s = reader.Read(g, schema, &back, &diag);
        for (const Column& c : back) EXPECT_TRUE(!s.ok() || c.rows == reader.rows_of(g));
      }
      EXPECT_TRUE(s.ok() || !diag.message.empty());
      return s;
    };
    for (size_t size = 0; size < file.size(); size += 1 + dice(20))
      EXPECT_FALSE(read(file.substr(0, size)).ok()) << size;
    for (int i = 0; i < 6000; i++) {
      std::string bytes = file;
      for (uint64_t n = 1 + dice(4); n > 0; n--) {
        // The footer is where most can go wrong.
        const size_t at = dice(2) ? dice(bytes.size()) : bytes.size() - 1 - dice(2500);
        bytes[at] = static_cast<char>(dice(3) ? dice(256) : dice(2) * 255);
      }
      const Status s = read(bytes);
      EXPECT_TRUE(s.ok() || s.code() == Code::kCorrupt || s.code() == Code::kUnsupported ||
                  s.code() == Code::kNoMemory);
    }
  }
}

}  // namespace
}  // namespace dosql::lake
