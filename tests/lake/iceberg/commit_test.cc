// Commits, creations and registrations as clients of the REST catalog send them.
#include "core/lake/iceberg/commit.h"

#include "core/lake/iceberg/schema_json.h"
#include "tests/lake/iceberg/table_helper.h"

namespace dosql::lake {
namespace {

struct Outcome {
  CommitError error;
  TableMetadata metadata;
};
Outcome Commit(const TableMetadata* base, std::string_view requirements, std::string_view updates) {
  Outcome out;
  CommitInput in;
  in.base = base;
  in.base_location = base == nullptr ? "" : "file:///t/metadata/00004-x.metadata.json";
  in.requirements = requirements;
  in.updates = updates;
  in.now_ms = 9000;
  in.new_uuid = kTestUuid;
  out.error = ApplyCommit(in, &out.metadata);
  return out;
}
TableMetadata WithSnapshot() {
  TestLake lake{{}, TestTable(false), ""};
  Diag diag;
  SnapshotChange change;
  change.added = {TestFile("a", 10)};
  EXPECT_TRUE(lake.Commit(1, change, &diag).ok());
  return lake.metadata;
}

TEST(Commit, RequirementsHoldOrFail) {
  TableMetadata m = WithSnapshot();
  struct Case {
    const char* requirement;
    int status;
  };
  const Case kCases[] = {
      {R"({"type":"assert-create"})", 409},
      {R"({"type":"assert-table-uuid","uuid":"11111111-2222-4333-8444-555555555555"})", 0},
      {R"({"type":"assert-table-uuid","uuid":"x"})", 409},
      {R"({"type":"assert-table-uuid"})", 400},
      {R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1})", 0},
      {R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":2})", 409},
      {R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null})", 409},
      {R"({"type":"assert-ref-snapshot-id","ref":"other","snapshot-id":null})", 0},
      {R"({"type":"assert-ref-snapshot-id","ref":"other"})", 0},
      {R"({"type":"assert-ref-snapshot-id","ref":"other","snapshot-id":1})", 409},
      {R"({"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":"1"})", 400},
      {R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":4})", 0},
      {R"({"type":"assert-last-assigned-field-id","last-assigned-field-id":5})", 409},
      {R"({"type":"assert-current-schema-id","current-schema-id":0})", 0},
      {R"({"type":"assert-current-schema-id","current-schema-id":1})", 409},
      {R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":999})", 0},
      {R"({"type":"assert-last-assigned-partition-id","last-assigned-partition-id":1})", 409},
      {R"({"type":"assert-default-spec-id","default-spec-id":0})", 0},
      {R"({"type":"assert-default-spec-id","default-spec-id":3})", 409},
      {R"({"type":"assert-default-sort-order-id","default-sort-order-id":0})", 0},
      {R"({"type":"assert-default-sort-order-id","default-sort-order-id":3})", 409},
      {R"({"type":"assert-view-uuid","uuid":"x"})", 400},
      {R"({"type":"assert-nothing"})", 400},
      {R"(7)", 400},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Commit(&m, std::string("[") + c.requirement + "]", "[]").error.http_status, c.status)
        << c.requirement;
  }
  EXPECT_EQ(Commit(nullptr, "[]", "[]").error.http_status, 404);
  EXPECT_EQ(Commit(&m, "{}", "[]").error.http_status, 400);
  EXPECT_EQ(Commit(&m, "[", "[]").error.http_status, 400);
  EXPECT_EQ(Commit(&m, "[]", std::string(5000, '[')).error.http_status, 400);
}

TEST(Commit, SchemasEvolve) {
  TableMetadata m = WithSnapshot();
  Outcome o = Commit(&m, "[]", R"([{"action":"add-schema","schema":{"type":"struct","fields":[
      {"id":1,"name":"id","required":true,"type":"long"},{"id":7,"name":"u","required":false,"type":"uuid"}]},"last-column-id":7},
      {"action":"set-current-schema","schema-id":-1},
      {"action":"add-spec","spec":{"fields":[{"source-id":1,"transform":"bucket[4]","name":"id_bucket"},
        {"source-id":7,"transform":"bucket[2]","name":"u_bucket"}]}},
      {"action":"set-default-spec","spec-id":-1},
      {"action":"add-sort-order","sort-order":{"order-id":5,"fields":[{"source-id":1,"transform":"identity","direction":"desc","null-order":"nulls-last"}]}},
      {"action":"set-default-sort-order","sort-order-id":-1}])");
  ASSERT_TRUE(o.error.ok()) << o.error.message;
  EXPECT_EQ(o.metadata.current_schema_id, 1);
  EXPECT_EQ(o.metadata.last_column_id, 7);
  EXPECT_EQ(o.metadata.default_spec_id, 1);
  EXPECT_EQ(o.metadata.specs[1].fields[0].field_id, 1000);
  EXPECT_EQ(o.metadata.last_partition_id, 1001);
  EXPECT_EQ(o.metadata.default_sort_order_id, 1);
  EXPECT_EQ(o.metadata.last_updated_ms, 9000);
  EXPECT_EQ(o.metadata.metadata_log.back().file, "file:///t/metadata/00004-x.metadata.json");
  // The same again finds what is there.
  Outcome again =
      Commit(&o.metadata, "[]",
             R"([{"action":"add-schema","schema":{"type":"struct","schema-id":9,"fields":[
      {"id":1,"name":"id","required":true,"type":"long"},{"id":7,"name":"u","required":false,"type":"uuid"}]}},
      {"action":"set-current-schema","schema-id":-1},
      {"action":"add-spec","spec":{"spec-id":8,"fields":[{"source-id":1,"transform":"bucket[4]","name":"id_bucket"},
        {"source-id":7,"transform":"bucket[2]","name":"u_bucket"}]}},{"action":"set-default-spec","spec-id":-1},
      {"action":"remove-partition-specs","spec-ids":[0]},{"action":"remove-schemas","schema-ids":[0]}])");
  ASSERT_TRUE(again.error.ok()) << again.error.message;
  EXPECT_EQ(again.metadata.schemas.size(), 1u);
  EXPECT_EQ(again.metadata.specs.size(), 1u);
  EXPECT_EQ(again.metadata.default_spec_id, 1);
}

TEST(Commit, SnapshotsAndReferences) {
  TableMetadata m = WithSnapshot();
  Outcome o = Commit(
      &m, R"([{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":1}])",
      R"([{"action":"add-snapshot","snapshot":{"snapshot-id":20,"parent-snapshot-id":1,"sequence-number":2,
      "timestamp-ms":8000,"manifest-list":"file:///t/l","summary":{"operation":"append"}}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":20},
      {"action":"add-snapshot","snapshot":{"snapshot-id":21,"parent-snapshot-id":20,"sequence-number":3,
      "timestamp-ms":8001,"manifest-list":"file:///t/l2","summary":{"operation":"append"},"schema-id":0}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":21,"min-snapshots-to-keep":2},
      {"action":"set-snapshot-ref","ref-name":"v1","type":"tag","snapshot-id":20},
      {"action":"set-statistics","snapshot-id":21,"statistics":{"snapshot-id":21,"statistics-path":"p"}},
      {"action":"set-partition-statistics","partition-statistics":{"snapshot-id":21,"statistics-path":"q"}},
      {"action":"set-properties","updates":{"a":"1","b":"2"}},{"action":"remove-properties","removals":["a","absent"]},
      {"action":"set-location","location":"file:///elsewhere"}])");
  ASSERT_TRUE(o.error.ok()) << o.error.message;
  EXPECT_EQ(o.metadata.current_snapshot_id, 21);
  EXPECT_EQ(o.metadata.last_sequence_number, 3);
  EXPECT_EQ(o.metadata.snapshots[1].schema_id, 0);
  // 20 was current in between only.
  ASSERT_EQ(o.metadata.snapshot_log.size(), 2u);
  EXPECT_EQ(o.metadata.snapshot_log[1].snapshot_id, 21);
  EXPECT_EQ(o.metadata.statistics.size(), 1u);
  EXPECT_EQ(o.metadata.properties, (Properties{{"b", "2"}}));
  TableMetadata parsed;
  Diag diag;
  EXPECT_TRUE(ParseTableMetadata(TableMetadataText(o.metadata), &parsed, &diag).ok())
      << diag.message;
  EXPECT_EQ(TableMetadataText(parsed), TableMetadataText(o.metadata));

  Outcome removed = Commit(&o.metadata, "[]", R"([{"action":"remove-snapshot-ref","ref-name":"v1"},
      {"action":"remove-snapshots","snapshot-ids":[1,20]},{"action":"remove-statistics","snapshot-id":21},
      {"action":"remove-partition-statistics","snapshot-id":21}])");
  ASSERT_TRUE(removed.error.ok()) << removed.error.message;
  EXPECT_EQ(removed.metadata.snapshots.size(), 1u);
  EXPECT_TRUE(removed.metadata.statistics.empty());

  // A snapshot that came too late is a conflict, not a mistake.
  EXPECT_EQ(Commit(&o.metadata, "[]",
                   R"([{"action":"add-snapshot","snapshot":{"snapshot-id":22,"parent-snapshot-id":1,
      "sequence-number":2,"timestamp-ms":8,"manifest-list":"x","summary":{"operation":"append"}}}])")
                .error.http_status,
            409);
}

TEST(Commit, BadUpdatesAreRefused) {
  TableMetadata m = WithSnapshot();
  for (
      const char* update :
      {R"({"action":"fly"})",
       R"({})",
       R"(7)",
       R"({"action":7})",
       R"({"action":"assign-uuid","uuid":"other"})",
       R"({"action":"upgrade-format-version","format-version":3})",
       R"({"action":"upgrade-format-version","format-version":1})",
       R"({"action":"upgrade-format-version"})",
       R"({"action":"add-schema"})",
       R"({"action":"add-schema","schema":7})",
       R"({"action":"add-schema","schema":{"type":"struct","fields":[{"id":1,"name":"a","type":"int"},{"id":1,"name":"b","type":"int"}]}})",
       R"({"action":"set-current-schema","schema-id":-1})",
       R"({"action":"set-current-schema","schema-id":9})",
       R"({"action":"add-spec","spec":{"fields":[{"source-id":99,"transform":"identity","name":"x"}]}})",
       R"({"action":"add-spec","spec":{"fields":[{"source-id":3,"transform":"hour","name":"x"}]}})",
       R"({"action":"add-spec","spec":{"fields":[{"source-id":3,"transform":"bucket[2]","name":"id"}]}})",
       R"({"action":"set-default-spec","spec-id":7})",
       R"({"action":"set-default-spec","spec-id":-1})",
       R"({"action":"add-sort-order","sort-order":{"fields":[{"source-id":99,"transform":"identity","direction":"asc","null-order":"nulls-first"}]}})",
       R"({"action":"add-sort-order","sort-order":{"fields":[{"source-id":1,"transform":"identity","direction":"up","null-order":"nulls-first"}]}})",
       R"({"action":"set-default-sort-order","sort-order-id":4})",
       R"({"action":"add-snapshot","snapshot":{"snapshot-id":1,"parent-snapshot-id":1,"sequence-number":9,"timestamp-ms":8,"manifest-list":"x","summary":{"operation":"append"}}})",
       R"({"action":"add-snapshot","snapshot":{"snapshot-id":-4,"sequence-number":9,"timestamp-ms":8,"manifest-list":"x","summary":{"operation":"append"}}})",
       R"({"action":"add-snapshot","snapshot":{"snapshot-id":4,"sequence-number":9,"timestamp-ms":8,"manifest-list":"x","summary":{}}})",
       R"({"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":99})",
       R"({"action":"set-snapshot-ref","ref-name":"main","type":"tag","snapshot-id":1})",
       R"({"action":"set-snapshot-ref","ref-name":"x","type":"twig","snapshot-id":1})",
       R"({"action":"remove-snapshots","snapshot-ids":[1]})",
       R"({"action":"remove-snapshots","snapshot-ids":["a"]})",
       R"({"action":"set-location"})",
       R"({"action":"set-properties","updates":{"a":1}})",
       R"({"action":"remove-properties","removals":[1]})",
       R"({"action":"set-statistics","statistics":{}})",
       R"({"action":"remove-partition-specs","spec-ids":[0]})",
       R"({"action":"remove-schemas","schema-ids":[0]})",
       R"({"action":"add-view-version"})",
       R"({"action":"set-current-view-version"})"}) {
    Outcome o = Commit(&m, "[]", std::string("[") + update + "]");
    EXPECT_EQ(o.error.http_status, 400) << update;
    EXPECT_EQ(o.error.type, "BadRequestException");
    EXPECT_FALSE(o.error.message.empty());
  }
  EXPECT_EQ(CommitErrorText(BadRequest("a \"b\" \xff")),
            "{\"error\":{\"code\":400,\"message\":\"a \\\"b\\\" "
            "\xef\xbf\xbd\",\"type\":\"BadRequestException\"}}");
}

TEST(Commit, AStagedTableIsCreated) {
  Outcome o =
      Commit(nullptr, R"([{"type":"assert-create"}])", R"([{"action":"assign-uuid","uuid":"abc"},
      {"action":"upgrade-format-version","format-version":2},
      {"action":"add-schema","schema":{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"a","required":false,"type":"int"}]},"last-column-id":1},
      {"action":"set-current-schema","schema-id":-1},{"action":"add-spec","spec":{"spec-id":0,"fields":[]}},
      {"action":"set-default-spec","spec-id":-1},{"action":"add-sort-order","sort-order":{"order-id":0,"fields":[]}},
      {"action":"set-default-sort-order","sort-order-id":-1},{"action":"set-location","location":"s3://b/t"},
      {"action":"add-snapshot","snapshot":{"snapshot-id":5,"sequence-number":1,"timestamp-ms":8,"manifest-list":"x","summary":{"operation":"append"}}},
      {"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":5}])");
  ASSERT_TRUE(o.error.ok()) << o.error.message;
  EXPECT_EQ(o.metadata.table_uuid, "abc");
  EXPECT_EQ(o.metadata.current_snapshot_id, 5);
  EXPECT_TRUE(o.metadata.metadata_log.empty());
  TableMetadata parsed;
  Diag diag;
  EXPECT_TRUE(ParseTableMetadata(TableMetadataText(o.metadata), &parsed, &diag).ok())
      << diag.message;
  EXPECT_EQ(Commit(nullptr, R"([{"type":"assert-create"}])", "[]").error.http_status, 400);
  std::string r, u;
  EXPECT_TRUE(SplitCommitBody(R"({"requirements":[],"updates":[1]})", &r, &u).ok());
  EXPECT_EQ(u, "[1]");
  EXPECT_EQ(SplitCommitBody("{}", &r, &u).http_status, 400);
}

TEST(CreateTable, IdsAreGivenAfresh) {
  CreateTableResult r;
  CreateTableInput in;
  in.body = R"({"name":"t","schema":{"type":"struct","fields":[
     {"id":10,"name":"s","required":false,"type":{"type":"struct","fields":[{"id":11,"name":"x","required":false,"type":"int"}]}},
     {"id":20,"name":"m","required":false,"type":{"type":"map","key-id":21,"key":"string","value-id":22,"value":"uuid","value-required":true}},
     {"id":30,"name":"k","required":true,"type":"timestamptz"}],"identifier-field-ids":[30]},
     "partition-spec":{"fields":[{"source-id":30,"transform":"day","name":"k_day","field-id":4711}]},
     "write-order":{"order-id":9,"fields":[{"source-id":30,"transform":"identity","direction":"asc","null-order":"nulls-first"}]},
     "stage-create":true,"properties":{"format-version":"2","p":"q"}})";
  in.default_location = "s3://w/ns/t/";
  in.uuid = kTestUuid;
  in.now_ms = 5;
  CommitError e = CreateTable(in, &r);
  ASSERT_TRUE(e.ok()) << e.message;
  EXPECT_TRUE(r.stage_create);
  EXPECT_EQ(r.name, "t");
  EXPECT_EQ(r.metadata.location, "s3://w/ns/t");
  EXPECT_EQ(r.metadata.last_column_id, 6);
  EXPECT_EQ(r.metadata.specs[0].fields[0].source_id, 3);
  EXPECT_EQ(r.metadata.specs[0].fields[0].field_id, 1000);
  EXPECT_EQ(r.metadata.last_partition_id, 1000);
  EXPECT_EQ(r.metadata.default_sort_order_id, 1);
  EXPECT_EQ(r.metadata.properties, (Properties{{"p", "q"}}));
  EXPECT_NE(r.metadata.schemas[0].json.find(R"("identifier-field-ids":[3])"), std::string::npos);
  EXPECT_NE(r.metadata.schemas[0].json.find(R"("id":4,"name":"x")"), std::string::npos);
  EXPECT_NE(r.metadata.schemas[0].json.find(R"("key-id":5)"), std::string::npos);
  TableMetadata parsed;
  Diag diag;
  EXPECT_TRUE(ParseTableMetadata(TableMetadataText(r.metadata), &parsed, &diag).ok())
      << diag.message;
  EXPECT_EQ(parsed, r.metadata);
  for (
      const char* bad :
      {R"({})", R"([])", R"({"name":"t"})", R"({"name":"t","schema":{"type":"struct"}})",
       R"({"name":"t","schema":{"type":"struct","fields":[]},"properties":{"format-version":"3"}})",
       R"({"name":"t","schema":{"type":"struct","fields":[]},"partition-spec":{"fields":[{"source-id":1,"name":"a","transform":"day"}]}})",
       R"({"name":"t","schema":{"type":"struct","fields":[]},"write-order":{"fields":7}})"}) {
    in.body = bad;
    EXPECT_EQ(CreateTable(in, &r).http_status, 400) << bad;
  }
  // As deep as a body may be, what is stored can be read again.
  for (int depth : {8, 24, 40, 80}) {
    std::string type = R"("int")", body;
    for (int i = 0; i < depth; i++) {
      type = R"({"type":"list","element-id":)" + std::to_string(i + 2) +
             R"(,"element-required":true,"element":)" + type + "}";
    }
    body =
        R"({"name":"t","schema":{"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":)" +
        type + "}]}}";
    in.body = body;
    CommitError deep = CreateTable(in, &r);
    EXPECT_EQ(deep.ok(), depth < 50) << depth;
    if (deep.ok()) {
      EXPECT_TRUE(ParseTableMetadata(TableMetadataText(r.metadata), &parsed, &diag).ok());
    }
  }
  RegisterTableResult reg;
  EXPECT_TRUE(
      ParseRegisterTable(R"({"name":"n","metadata-location":"s3://x","overwrite":true})", &reg)
          .ok());
  EXPECT_TRUE(reg.overwrite);
  EXPECT_FALSE(ParseRegisterTable(R"({"name":"n"})", &reg).ok());
}

}  // namespace
}  // namespace dosql::lake
