// Table metadata and schemas: what is read is written again, what contradicts itself is refused.
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/iceberg/table_metadata.h"
#include "tests/lake/iceberg/table_helper.h"

namespace dosql::lake {
namespace {

constexpr char kForeign[] =
    R"json({"format-version":2,"table-uuid":"u","location":"s3://b/t","last-sequence-number":3,
 "last-updated-ms":5,"last-column-id":9,"current-schema-id":1,"next-thing":{"a":[1,2]},
 "schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"a","required":true,"type":"uuid","initial-default":"x"},
   {"id":2,"name":"m","required":false,"type":{"type":"map","key-id":3,"key":"string","value-id":4,"value":"time","value-required":false}}],
   "identifier-field-ids":[1]},
  {"type":"struct","schema-id":1,"fields":[{"id":1,"name":"a","required":true,"type":"fixed[16]"},{"id":9,"name":"b","required":false,"type":"decimal(9,2)"}]}],
 "partition-specs":[{"spec-id":0,"fields":[]},{"spec-id":1,"fields":[{"source-id":1,"field-id":1000,"name":"p","transform":"spiral[3]"}]}],
 "default-spec-id":1,"last-partition-id":1000,"sort-orders":[{"order-id":0,"fields":[]}],"default-sort-order-id":0,
 "properties":{"k":"v"},"current-snapshot-id":7205759403792793,
 "snapshots":[{"snapshot-id":7205759403792793,"sequence-number":3,"timestamp-ms":4,"manifest-list":"s3://b/l","summary":{"operation":"append"},"key-id":"x"}],
 "refs":{"main":{"snapshot-id":7205759403792793,"type":"branch","max-ref-age-ms":5}},
 "statistics":[{"snapshot-id":7205759403792793,"statistics-path":"p","blob-metadata":[]}],
 "snapshot-log":[{"timestamp-ms":4,"snapshot-id":7205759403792793}],"metadata-log":[{"timestamp-ms":1,"metadata-file":"f"}]})json";

TEST(TableMetadata, WhatOtherEnginesAddSurvives) {
  TableMetadata m, again;
  Diag diag;
  ASSERT_TRUE(ParseTableMetadata(kForeign, &m, &diag).ok()) << diag.message;
  std::string text = TableMetadataText(m);
  for (const char* kept : {"next-thing", "initial-default", "key-id", "spiral[3]",
                           "statistics-path", "fixed[16]", "max-ref-age-ms"}) {
    EXPECT_NE(text.find(kept), std::string::npos) << kept;
  }
  ASSERT_TRUE(ParseTableMetadata(text, &again, &diag).ok()) << diag.message;
  EXPECT_EQ(m, again);
  EXPECT_EQ(TableMetadataText(again), text);
  EXPECT_EQ(m.current_snapshot_id, 7205759403792793);
  Schema schema;
  EXPECT_EQ(ParseSchema(m.schemas[0].json, &schema, &diag).code(), Code::kUnsupported);
  EXPECT_EQ(diag.message, "column a has type uuid, for which no data can be written here");
  std::vector<Field> fields;
  EXPECT_EQ(PartitionFields(m, m.specs[1], &fields, &diag).code(), Code::kUnsupported);
}

TEST(TableMetadata, OursRoundTrips) {
  for (bool partitioned : {false, true}) {
    TableMetadata m = TestTable(partitioned), again;
    Diag diag;
    ASSERT_TRUE(ParseTableMetadata(TableMetadataText(m), &again, &diag).ok()) << diag.message;
    EXPECT_EQ(m, again);
    EXPECT_EQ(m.last_partition_id, partitioned ? 1002 : 999);
    EXPECT_EQ(m.last_column_id, 4);
  }
}

TEST(TableMetadata, ContradictionsAreRefused) {
  auto with = [](std::string from, std::string to) {
    std::string text = kForeign;
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    TableMetadata m;
    Diag diag;
    Status s = ParseTableMetadata(text, &m, &diag);
    return s.ok() ? std::string("ok") : diag.message;
  };
  EXPECT_EQ(with("\"format-version\":2", "\"format-version\":1"),
            "the table is of Iceberg format version 1; only version 2 is taken");
  EXPECT_EQ(with("\"format-version\":2", "\"format-version\":3"),
            "the table is of Iceberg format version 3; only version 2 is taken");
  EXPECT_NE(with("\"current-schema-id\":1", "\"current-schema-id\":5"), "ok");
  EXPECT_NE(with("\"default-spec-id\":1", "\"default-spec-id\":5"), "ok");
  EXPECT_NE(with("\"current-snapshot-id\":7205759403792793", "\"current-snapshot-id\":5"), "ok");
  EXPECT_NE(with("\"location\":\"s3://b/t\"", "\"location\":7"), "ok");
  EXPECT_NE(with("\"id\":2", "\"id\":1"), "ok");
  EXPECT_NE(with("\"properties\":{\"k\":\"v\"}", "\"properties\":{\"k\":1}"), "ok");
  EXPECT_NE(with("\"schemas\":[", "\"schemas\":[7,"), "ok");
  EXPECT_EQ(with("\"k\":\"v\"", "\"k\":\"w\""), "ok");
  EXPECT_EQ(with("[1,2]", std::string(70, '[') + std::string(70, ']')),
            "the JSON document is nested too deeply");
  TableMetadata m;
  Diag diag;
  EXPECT_FALSE(ParseTableMetadata(std::string(1 << 20, '['), &m, &diag).ok());
  EXPECT_FALSE(ParseTableMetadata("[]", &m, &diag).ok());
  EXPECT_FALSE(ParseTableMetadata("", &m, &diag).ok());
}

TEST(SchemaJson, EveryTypeRoundTrips) {
  Schema s;
  s.id = 3;
  int32_t id = 0;
  for (int k = 0; k <= static_cast<int>(TypeKind::kBinary); k++) {
    Type t{.kind = static_cast<TypeKind>(k)};
    if (t.kind == TypeKind::kDecimal) t.precision = 38, t.scale = 10;
    s.fields.push_back({++id, "c" + std::to_string(k), k % 2 == 0, t, k == 1 ? "words" : ""});
  }
  Type list{.kind = TypeKind::kList};
  list.fields.push_back({101, "element", true, {.kind = TypeKind::kLong}, ""});
  Type strct{.kind = TypeKind::kStruct};
  strct.fields.push_back({102, "inner", false, list, ""});
  s.fields.push_back({100, "nested", false, strct, ""});
  s.identifier_field_ids = {1};
  Schema back;
  Diag diag;
  ASSERT_TRUE(ParseSchema(SchemaText(s), &back, &diag).ok()) << diag.message;
  EXPECT_EQ(s, back);
  for (const char* bad :
       {R"json({"type":"struct","fields":[{"id":1,"name":"a","type":"decimal(39,1)"}]})json",
        R"json({"type":"struct","fields":[{"id":1,"name":"a","type":"decimal(3,4)"}]})json",
        R"({"type":"struct","fields":[{"id":1,"name":"a"}]})", R"("long")", R"({"type":"list"})",
        R"({"type":"struct","fields":7})"}) {
    EXPECT_FALSE(ParseSchema(bad, &back, &diag).ok()) << bad;
  }
}

}  // namespace
}  // namespace dosql::lake
