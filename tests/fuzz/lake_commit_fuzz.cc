// Bodies of the REST catalog: whatever they say, they are applied or refused, and metadata that a
// commit leaves is such that it can be written and read again.
//
// Input: u8 kind (0: a commit to a table, 1: a commit that creates, 2: a creation, 3: table
// metadata), then the body.
#include <cstdint>
#include <string>

#include "core/lake/iceberg/commit.h"
#include "core/lake/iceberg/create_table.h"
#include "tests/fuzz/metadata_check.h"

using namespace dosql;
using namespace dosql::lake;

namespace {

TableMetadata Table() {
  Schema schema;
  schema.fields = {{1, "id", true, {.kind = TypeKind::kLong}, ""},
                   {2, "t", false, {.kind = TypeKind::kTimestamp}, ""}};
  PartitionSpec spec;
  spec.fields = {{2, 1000, "t_day", ParseTransform("day")}};
  TableMetadata m = NewTable(schema, spec, {}, "s3://b/t", "u", 1);
  m.snapshots.push_back({.id = 7, .sequence_number = 1, .timestamp_ms = 1, .manifest_list = "l"});
  m.snapshots.push_back(
      {.id = 8, .parent_id = 7, .sequence_number = 2, .timestamp_ms = 2, .manifest_list = "m"});
  m.current_snapshot_id = 8;
  m.last_sequence_number = 2;
  m.refs = {{.name = "main", .snapshot_id = 8}, {.name = "old", .snapshot_id = 7, .tag = true}};
  m.snapshot_log = {{1, 7}, {2, 8}};
  return m;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 4) {
    case 0:
    case 1: {
      std::string requirements, updates;
      if (!SplitCommitBody(body, &requirements, &updates).ok()) return 0;
      TableMetadata base = Table(), out;
      CommitInput in;
      if (data[0] % 4 == 0) in.base = &base;
      in.base_location = "s3://b/t/metadata/00001-a.metadata.json";
      in.requirements = requirements;
      in.updates = updates;
      in.now_ms = 5;
      in.new_uuid = "new";
      if (ApplyCommit(in, &out).ok()) MustHold(out);
      break;
    }
    case 2: {
      CreateTableResult result;
      if (CreateTable({body, "s3://b/n", "new", 5}, &result).ok()) MustHold(result.metadata);
      break;
    }
    case 3: {
      TableMetadata m;
      Diag diag;
      if (ParseTableMetadata(body, &m, &diag).ok()) MustHold(m);
      break;
    }
  }
  return 0;
}
