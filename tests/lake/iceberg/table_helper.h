// Tables, files and snapshots for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "core/lake/iceberg/create_table.h"
#include "core/lake/iceberg/snapshot_builder.h"

namespace dosql::lake {

inline const std::string kTestUuid = "11111111-2222-4333-8444-555555555555";

// id long required, day date, name string, price decimal(20, 2); days and a bucket of name
// partition it.
inline TableMetadata TestTable(bool partitioned) {
  Schema schema;
  schema.fields = {
      {1, "id", true, {.kind = TypeKind::kLong}, ""},
      {2, "day", false, {.kind = TypeKind::kDate}, ""},
      {3, "name", false, {.kind = TypeKind::kString}, ""},
      {4, "price", false, {.kind = TypeKind::kDecimal, .precision = 20, .scale = 2}, ""}};
  PartitionSpec spec;
  if (partitioned) {
    spec.fields = {{2, 1000, "day", ParseTransform("identity")},
                   {3, 1001, "name bucket", ParseTransform("bucket[16]")},
                   {4, 1002, "price", ParseTransform("identity")}};
  }
  return NewTable(schema, spec, {}, "file:///t", kTestUuid, 1000);
}

inline DataFile TestFile(const std::string& name, int64_t records,
                         std::vector<Datum> partition = {},
                         FileContent content = FileContent::kData) {
  DataFile f;
  f.content = content;
  f.path = "file:///t/data/" + name;
  f.partition = std::move(partition);
  f.record_count = records;
  f.size_bytes = records * 10;
  f.column_sizes = {{1, 50}, {3, 70}};
  f.value_counts = {{1, records}, {3, records}};
  f.null_counts = {{1, 0}, {3, 2}};
  f.lower_bounds = {{1, std::string("\1\0\0\0\0\0\0\0", 8)}, {3, "a"}};
  f.upper_bounds = {{1, std::string("\7\0\0\0\0\0\0\0", 8)}, {3, "z"}};
  f.split_offsets = {4};
  return f;
}

inline SnapshotNames TestNames(int64_t id) {
  return {id, "0000000" + std::to_string(id % 10) + "-2222-4333-8444-555555555555",
          std::string(16, 's')};
}

// What a caller does around the builder: reads the parent's list and manifests from files put
// before.
struct TestLake {
  std::vector<OutputFile> files;
  TableMetadata metadata;
  std::string location;

  const std::string& Get(const std::string& path) const {
    static const std::string kNone;
    for (const OutputFile& f : files) {
      if (f.path == path) return f.bytes;
    }
    ADD_FAILURE() << path << " is not there";
    return kNone;
  }
  std::vector<ManifestFile> List(const TableMetadata& m) const {
    std::vector<ManifestFile> out;
    if (const Snapshot* s = m.FindSnapshot(m.current_snapshot_id)) {
      EXPECT_TRUE(ReadManifestList(Get(s->manifest_list), &out).ok());
    }
    return out;
  }
  LoadedManifest Load(const TableMetadata& m, const ManifestFile& manifest) const {
    LoadedManifest out{manifest, {}};
    std::vector<Field> fields;
    Diag diag;
    EXPECT_TRUE(PartitionFields(m, *m.FindSpec(manifest.spec_id), &fields, &diag).ok())
        << diag.message;
    ManifestReader reader;
    EXPECT_TRUE(reader.Open(Get(manifest.path), manifest, &fields).ok());
    for (;;) {
      bool more;
      ManifestEntry e;
      Status s = reader.Next(&more, &e);
      EXPECT_TRUE(s.ok());
      if (!s.ok() || !more) return out;
      out.entries.push_back(e);
    }
  }

  Status Build(const ManifestSet& set, const SnapshotNames& names, BuiltSnapshot* built, Diag* diag,
               int64_t now = 2000, uint32_t attempt = 1) const {
    std::vector<ManifestFile> parent = List(metadata);
    SnapshotTarget target;
    target.base = &metadata;
    target.base_location = location;
    if (metadata.current_snapshot_id != kNoSnapshot) target.parent_manifests = &parent;
    target.now_ms = now;
    target.attempt = attempt;
    target.metadata_uuid = names.uuid;
    return BuildSnapshot(set, names, target, built, diag);
  }
  void Put(const ManifestSet& set, const BuiltSnapshot& built) {
    files.insert(files.end(), set.files.begin(), set.files.end());
    files.push_back(built.manifest_list);
    files.push_back(built.metadata_file);
    metadata = built.metadata;
    location = built.metadata_file.path;
  }
  Status Commit(int64_t id, const SnapshotChange& change, Diag* diag, int64_t now = 2000) {
    ManifestSet set;
    BuiltSnapshot built;
    DOSQL_TRY(WriteManifests(metadata, TestNames(id), change, &set, diag));
    DOSQL_TRY(Build(set, TestNames(id), &built, diag, now));
    Put(set, built);
    return Status::Ok();
  }
};

inline std::string SummaryOf(const TableMetadata& m, const char* key) {
  const std::string* v = FindProperty(m.snapshots.back().summary, key);
  return v == nullptr ? "" : *v;
}

}  // namespace dosql::lake
