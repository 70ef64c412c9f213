// Container files: written and read back, by both codecs, and damaged.
#include <gtest/gtest.h>

#include "core/lake/avro/avro_encode.h"
#include "core/lake/avro/avro_reader.h"
#include "core/lake/avro/avro_writer.h"
#include "core/lake/codec/deflate.h"

namespace dosql::lake {
namespace {

constexpr char kSchema[] = R"({"type":"record","name":"r","fields":[
  {"name":"id","type":"long","field-id":1},
  {"name":"text","type":["null","string"],"default":null,"field-id":2},
  {"name":"list","type":{"type":"array","items":{"type":"record","name":"kv","fields":[
     {"name":"key","type":"int","field-id":11},{"name":"value","type":"bytes","field-id":12}]}},"field-id":3},
  {"name":"f","type":"double","field-id":4},
  {"name":"m","type":{"type":"map","values":"float"},"field-id":5},
  {"name":"x","type":{"type":"fixed","name":"fx","size":3},"field-id":6}]})";
const std::string kSync(16, 's');

std::string MakeFile(AvroCodec codec, int records) {
  AvroWriter writer(kSchema, {{"app", "value"}}, codec, kSync);
  for (int i = 0; i < records; i++) {
    std::string* r = writer.record();
    PutLong(r, i - 5);
    if (i % 3 == 0) {
      PutNull(r);
    } else {
      PutSome(r);
      PutBytes(r, std::string(static_cast<size_t>(i % 50), 'a'));
    }
    if (i % 4 != 0) {
      PutLong(r, -(i % 4));  // with its size in bytes, as some writers do
      std::string items;
      for (int k = 0; k < i % 4; k++) {
        PutLong(&items, k);
        PutBytes(&items, "v");
      }
      PutLong(r, static_cast<int64_t>(items.size()));
      *r += items;
    }
    PutLong(r, 0);
    PutFloating(r, i * 0.5);
    PutLong(r, 1);
    PutBytes(r, "k");
    PutFloating(r, 2.5f);
    PutLong(r, 0);
    *r += "xyz";
    EXPECT_TRUE(writer.EndRecord().ok());
  }
  std::string file;
  EXPECT_TRUE(writer.Finish(&file).ok());
  return file;
}

TEST(Avro, WhatIsWrittenIsReadBack) {
  for (AvroCodec codec : {AvroCodec::kNull, AvroCodec::kDeflate}) {
    for (int records : {0, 1, 20000}) {
      std::string file = MakeFile(codec, records);
      AvroReader reader;
      ASSERT_TRUE(reader.Open(file).ok());
      EXPECT_EQ(reader.Metadata("app"), "value");
      EXPECT_EQ(reader.Metadata("absent"), "");
      bool more;
      for (int i = 0; i < records; i++) {
        ASSERT_TRUE(reader.Next(&more).ok());
        ASSERT_TRUE(more);
        EXPECT_EQ(reader.Find(0, 1)->i, i - 5);
        const AvroNode* text = reader.Find(0, 2);
        ASSERT_EQ(text == nullptr, i % 3 == 0);
        if (text != nullptr) {
          EXPECT_EQ(text->bytes.size(), static_cast<size_t>(i % 50));
        }
        const AvroNode* list = reader.Find(0, 3);
        int k = 0;
        for (uint32_t at = reader.IndexOf(list) + 1; at < list->end;
             at = reader.nodes()[at].end, k++) {
          EXPECT_EQ(reader.Find(at, 11)->i, k);
          EXPECT_EQ(reader.Find(at, 12)->bytes, "v");
        }
        EXPECT_EQ(k, i % 4);
        EXPECT_EQ(reader.Find(0, 4)->d, i * 0.5);
        EXPECT_EQ(reader.Find(0, 6)->bytes, "xyz");
        EXPECT_EQ(reader.Find(0, 7), nullptr);
      }
      ASSERT_TRUE(reader.Next(&more).ok());
      EXPECT_FALSE(more);
    }
  }
}

Status ReadAll(std::string_view file) {
  AvroReader reader;
  DOSQL_TRY(reader.Open(file));
  bool more = true;
  while (more) DOSQL_TRY(reader.Next(&more));
  return Status::Ok();
}

TEST(Avro, DamagedBytesGiveAStatus) {
  std::string file = MakeFile(AvroCodec::kNull, 30);
  int whole = 0;
  for (size_t i = 0; i < file.size(); i++) {
    for (int bit : {0, 3, 7}) {
      std::string bad = file;
      bad[i] = static_cast<char>(bad[i] ^ 1 << bit);
      Status s = ReadAll(bad);
      EXPECT_TRUE(s.ok() || s.code() == Code::kCorrupt || s.code() == Code::kUnsupported);
    }
    whole += ReadAll(std::string_view(file).substr(0, i)).ok();
  }
  EXPECT_EQ(whole, 1);  // the head alone is a file without records
}

std::string FileOf(std::string_view schema, std::string_view data, int64_t records) {
  std::string file;
  AvroWriter writer(schema, {}, AvroCodec::kNull, kSync);
  EXPECT_TRUE(writer.Finish(&file).ok());
  PutLong(&file, records);
  PutBytes(&file, data);
  return file + kSync;
}

TEST(Avro, HostileSchemasAndCountsEnd) {
  std::string huge;
  PutLong(&huge, INT64_MAX);
  // An array of as many nulls as there are numbers, which takes no bytes.
  EXPECT_EQ(
      ReadAll(
          FileOf(
              R"({"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":"null"}}]})",
              huge, 1))
          .code(),
      Code::kCorrupt);
  // A record that holds itself.
  EXPECT_EQ(ReadAll(FileOf(R"({"type":"record","name":"r","fields":[{"name":"a","type":"r"}]})",
                           "xxxx", 1))
                .code(),
            Code::kCorrupt);
  // Twice itself: without a bound, 2 to the depth.
  EXPECT_EQ(
      ReadAll(
          FileOf(
              R"({"type":"record","name":"r","fields":[{"name":"a","type":"r"},{"name":"b","type":"r"}]})",
              "xxxx", 1))
          .code(),
      Code::kCorrupt);
  // Records of no bytes, as many as there are numbers.
  EXPECT_EQ(ReadAll(FileOf(R"({"type":"record","name":"r","fields":[]})", "", INT64_MAX)).code(),
            Code::kCorrupt);
  EXPECT_EQ(ReadAll(FileOf(std::string(100000, '['), "", 0)).code(), Code::kCorrupt);
  EXPECT_EQ(ReadAll(FileOf("[]", "", 0)).code(), Code::kCorrupt);
  EXPECT_EQ(ReadAll(FileOf(R"("long")", huge, 1)).code(), Code::kCorrupt);
  EXPECT_EQ(ReadAll(FileOf(R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"}]})",
                           huge, 1))
                .code(),
            Code::kCorrupt);
  EXPECT_EQ(
      ReadAll(
          FileOf(R"({"type":"record","name":"r","fields":[{"name":"a","type":"absent"}]})", "x", 1))
          .code(),
      Code::kCorrupt);
}

TEST(Avro, NamedTypesAreFoundByName) {
  std::string data = "abcd";
  PutLong(&data, 7);
  std::string file = FileOf(R"({"type":"record","name":"r","fields":[
    {"name":"a","type":{"type":"fixed","name":"ns.two","size":2},"field-id":1},
    {"name":"b","type":"ns.two","field-id":2},
    {"name":"c","type":["null",{"type":"enum","name":"e","symbols":["A","B"]},"int"],"field-id":3}]})",
                            data.substr(0, 4) + std::string("\x04\x0e", 2), 1);
  AvroReader reader;
  ASSERT_TRUE(reader.Open(file).ok());
  bool more;
  ASSERT_TRUE(reader.Next(&more).ok());
  EXPECT_EQ(reader.Find(0, 2)->bytes, "cd");
  EXPECT_EQ(reader.Find(0, 3)->i, 7);
}

TEST(Deflate, RoundTripsAndKeepsItsLimit) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{100000}, size_t{3000000}}) {
    std::string in(size, 'x'), packed = "before", out;
    for (size_t i = 0; i < size; i += 7) in[i] = static_cast<char>(i * 2654435761u >> 13);
    ASSERT_TRUE(Deflate(in, &packed).ok());
    ASSERT_TRUE(Inflate(std::string_view(packed).substr(6), size, &out).ok());
    EXPECT_EQ(in, out);
    if (size > 0) {
      EXPECT_EQ(Inflate(std::string_view(packed).substr(6), size - 1, &out).code(), Code::kTooBig);
      EXPECT_EQ(out, in);  // nothing appended
    }
    EXPECT_EQ(Inflate(packed, size, &out).code() == Code::kOk, false);
    out.clear();
    // As PyIceberg leaves them.
    EXPECT_TRUE(Inflate(packed.substr(6) + "xyz", size, &out).ok());
    EXPECT_FALSE(Inflate(std::string_view(packed).substr(6, packed.size() - 7), size, &out).ok());
  }
}

}  // namespace
}  // namespace dosql::lake
