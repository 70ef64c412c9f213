// The writer's parts by themselves; whole files are read by other engines in
// tests/interop/parquet.py.
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/bytes.h"
#include "core/base/varint.h"
#include "core/lake/parquet/dictionary.h"
#include "core/lake/parquet/parquet_writer.h"
#include "core/lake/parquet/run_length_encoder.h"
#include "core/lake/parquet/thrift_writer.h"

namespace dosql::lake {
namespace {

Field Make(int32_t id, const char* name, TypeKind kind, bool required = false) {
  Field f;
  f.id = id;
  f.name = name;
  f.required = required;
  f.type.kind = kind;
  return f;
}

Column Ints(std::vector<int64_t> values, std::vector<uint8_t> valid = {}) {
  Column c;
  c.rows = static_cast<uint32_t>(values.size());
  c.ints = std::move(values);
  c.valid = std::move(valid);
  return c;
}

Column Texts(std::initializer_list<std::string_view> values) {
  Column c;
  for (std::string_view v : values) {
    c.heap += v;
    c.ends.push_back(static_cast<uint32_t>(c.heap.size()));
    c.rows++;
  }
  return c;
}

struct StringSink final : ByteSink {
  std::string bytes;
  Status Append(std::string_view b) override {
    if (bytes.size() + b.size() > limit) return Code::kIo;
    bytes += b;
    return Status::Ok();
  }
  size_t limit = ~size_t{0};
};

// The hybrid's reader, as the format says it.
std::vector<uint32_t> DecodeRuns(std::string_view bytes, uint32_t width, size_t count) {
  std::vector<uint32_t> out;
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto* end = p + bytes.size();
  while (p < end && out.size() < count) {
    uint64_t header = 0;
    p = GetVarint(p, end, &header);
    EXPECT_NE(p, nullptr);
    if (header & 1) {
      const size_t n = static_cast<size_t>(header >> 1) * 8;
      EXPECT_LE(n * width / 8, static_cast<size_t>(end - p));
      for (size_t i = 0; i < n; i++) {
        uint32_t v = 0;
        for (uint32_t b = 0; b < width; b++) {
          const size_t bit = i * width + b;
          v |= static_cast<uint32_t>(p[bit / 8] >> (bit % 8) & 1) << b;
        }
        if (out.size() < count) out.push_back(v);
      }
      p += n * width / 8;
    } else {
      uint32_t v = 0;
      for (uint32_t b = 0; b < width; b += 8) v |= uint32_t{*p++} << b;
      for (uint64_t n = header >> 1; n > 0; n--) out.push_back(v);
    }
  }
  EXPECT_EQ(p, end);
  return out;
}

TEST(Thrift, CompactProtocol) {
  std::string out;
  ThriftWriter t(&out);
  t.I32(1, -3);
  t.Text(4, "ab");
  t.Bool(5, false);
  t.BeginStruct(30);
  t.I64(1, 300);
  t.EndStruct();
  t.BeginI32s(31, 2);
  t.ItemNumber(1);
  t.ItemNumber(-1);
  t.Finish();
  const std::string want(
      "\x15\x05\x38\x02"
      "ab\x12\x0c\x3c\x16\xd8\x04\x00\x19\x25\x02\x01\x00",
      18);
  EXPECT_EQ(out, want);
}

TEST(RunLength, WhatIsReadIsWhatWasWritten) {
  uint64_t state = 9;
  for (uint32_t width = 0; width <= 32; width++) {
    for (size_t count :
         {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{9}, size_t{500}, size_t{5000}}) {
      std::vector<uint32_t> values;
      while (values.size() < count) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const uint32_t v = width == 0 ? 0 : static_cast<uint32_t>(state >> 32) >> (32 - width);
        for (uint64_t run = (state & 3) == 0 ? 1 + (state >> 8) % 40 : 1;
             run > 0 && values.size() < count; run--)
          values.push_back(v);
      }
      std::string bytes;
      EncodeRuns(values.data(), count, width, &bytes);
      EXPECT_EQ(DecodeRuns(bytes, width, count), values) << width << " bits, " << count;
    }
  }
  // A run of equal values is short whatever its length.
  std::vector<uint32_t> ones(100000, 1);
  std::string bytes;
  EncodeRuns(ones.data(), ones.size(), 1, &bytes);
  EXPECT_LE(bytes.size(), 4u);
}

TEST(Leaf, LevelsOfListsAndStructs) {
  Schema schema;
  Field list = Make(1, "tags", TypeKind::kList);
  list.type.fields = {Make(2, "element", TypeKind::kLong)};
  schema.fields = {list};
  const std::vector<Leaf> leaves = LeavesOf(schema);
  ASSERT_EQ(leaves.size(), 1u);
  EXPECT_EQ(leaves[0].path, (std::vector<std::string>{"tags", "list", "element"}));
  EXPECT_EQ(leaves[0].definition_max, 3u);
  EXPECT_EQ(leaves[0].repetition_max, 1u);
  // [7, null], null, [], [9]
  Column c;
  c.rows = 4;
  c.valid = {1, 0, 1, 1};
  c.ends = {2, 2, 2, 3};
  c.children = {Ints({7, 0, 9}, {1, 0, 1})};
  LeafEntries e;
  ASSERT_TRUE(ShredLeaf(schema, leaves[0], {c}, 4, &e).ok());
  EXPECT_EQ(e.definitions, (std::vector<uint32_t>{3, 2, 0, 1, 3}));
  EXPECT_EQ(e.repetitions, (std::vector<uint32_t>{0, 1, 0, 0, 0}));
  EXPECT_EQ(e.slots, (std::vector<uint32_t>{0, 2}));
  // Ends beyond the children are refused, not read.
  c.ends[3] = 4;
  EXPECT_EQ(ShredLeaf(schema, leaves[0], {c}, 4, &e).code(), Code::kBind);
}

TEST(Leaf, ANullInARequiredFieldIsRefused) {
  Schema schema;
  schema.fields = {Make(1, "id", TypeKind::kLong, true)};
  LeafEntries e;
  EXPECT_EQ(ShredLeaf(schema, LeavesOf(schema)[0], {Ints({1, 0}, {1, 0})}, 2, &e).code(),
            Code::kBind);
  EXPECT_EQ(ShredLeaf(schema, LeavesOf(schema)[0], {Ints({1})}, 2, &e).code(), Code::kBind);
}

TEST(Bounds, OrdersAndOddValues) {
  Schema schema;
  schema.fields = {Make(1, "d", TypeKind::kDouble)};
  const Leaf leaf = LeavesOf(schema)[0];
  Column c;
  c.rows = 4;
  c.doubles = {0.0, std::nan(""), -0.0, 0.0};
  LeafEntries e;
  const std::vector<Column> columns = {c};
  ASSERT_TRUE(ShredLeaf(schema, leaf, columns, 4, &e).ok());
  ValueBounds b;
  b.Add(leaf, e, 0, 4);
  EXPECT_EQ(b.nans, 1);
  EXPECT_TRUE(std::signbit(LoadLe<double>(b.Low(leaf).data())));
  EXPECT_FALSE(std::signbit(LoadLe<double>(b.High(leaf).data())));
  ValueBounds none;
  none.Add(leaf, e, 1, 2);
  EXPECT_FALSE(none.any);
}

TEST(DictionaryBuild, PaysOrNot) {
  Schema schema;
  schema.fields = {Make(1, "w", TypeKind::kString), Make(2, "n", TypeKind::kLong),
                   Make(3, "b", TypeKind::kBoolean)};
  const std::vector<Leaf> leaves = LeavesOf(schema);
  LeafEntries e;
  const Column words = Texts({"north", "south", "north", "north", "south", "north", "north"});
  e.column = &words;
  e.all_slots = true;
  Dictionary d;
  ASSERT_TRUE(d.Build(leaves[0], e, 1000));
  EXPECT_EQ(d.firsts(), (std::vector<uint32_t>{0, 1}));
  EXPECT_EQ(d.codes(), (std::vector<uint32_t>{0, 1, 0, 0, 1, 0, 0}));
  EXPECT_FALSE(d.Build(leaves[0], e, 10)) << "past the limit";
  std::vector<int64_t> distinct;
  for (int64_t i = 0; i < 10000; i++) distinct.push_back(i * 7919);
  const Column numbers = Ints(distinct);
  e.column = &numbers;
  EXPECT_FALSE(d.Build(leaves[1], e, 1 << 20)) << "hardly repeating";
  const Column flags = Ints({0, 1, 0, 1});
  e.column = &flags;
  EXPECT_FALSE(d.Build(leaves[2], e, 1 << 20));
}

TEST(ParquetWriter, SummaryAndFailures) {
  Schema schema;
  schema.fields = {Make(1, "id", TypeKind::kLong, true), Make(2, "name", TypeKind::kString)};
  StringSink sink;
  ParquetWriter writer(&sink, schema);
  Column names = Texts({"b", "", "a"});
  names.valid = {1, 0, 1};
  ASSERT_TRUE(writer.WriteRows({Ints({5, 9, -1}), names}, 3).ok());
  ASSERT_TRUE(writer.WriteRows({Ints({70}), Texts({"zz"})}, 1).ok());
  EXPECT_EQ(writer.WriteRows({Ints({1})}, 1).code(), Code::kBind);
  FileSummary s;
  ASSERT_TRUE(writer.Finish(&s).ok());
  EXPECT_EQ(s.bytes, static_cast<int64_t>(sink.bytes.size()));
  EXPECT_EQ(s.rows, 4);
  EXPECT_EQ(s.row_group_offsets.size(), 2u);
  EXPECT_EQ(s.row_group_offsets[0], 4);
  EXPECT_EQ(s.leaves[0].bounds.low, -1);
  EXPECT_EQ(s.leaves[0].bounds.high, 70);
  EXPECT_EQ(s.leaves[1].nulls, 1);
  EXPECT_EQ(s.leaves[1].entries, 4);
  EXPECT_EQ(s.leaves[1].bounds.low_bytes, "a");
  EXPECT_EQ(s.leaves[1].bounds.high_bytes, "zz");
  EXPECT_EQ(sink.bytes.substr(0, 4), "PAR1");
  EXPECT_EQ(sink.bytes.substr(sink.bytes.size() - 4), "PAR1");

  // Every failure of the sink comes out.
  for (size_t limit : {size_t{3}, size_t{50}, sink.bytes.size() - 1}) {
    StringSink small;
    small.limit = limit;
    ParquetWriter again(&small, schema);
    Status first = again.WriteRows({Ints({5, 9, -1}), names}, 3);
    Status second = again.WriteRows({Ints({70}), Texts({"zz"})}, 1);
    Status last = again.Finish(&s);
    EXPECT_FALSE(first.ok() && second.ok() && last.ok()) << limit;
  }
  Schema empty;
  ParquetWriter none(&sink, empty);
  EXPECT_EQ(none.WriteRows({}, 0).code(), Code::kUnsupported);
}

TEST(ParquetWriter, PositionDeletesHaveTheirIds) {
  const Schema s = PositionDeleteSchema();
  ASSERT_EQ(s.fields.size(), 2u);
  EXPECT_EQ(s.fields[0].id, 2147483546);
  EXPECT_EQ(s.fields[1].id, 2147483545);
  EXPECT_TRUE(s.fields[0].required && s.fields[1].required);
}

}  // namespace
}  // namespace dosql::lake
