// CommitUpdater: the updates of one commit, one after the other (commit.h).
#pragma once

#include <vector>

#include "core/lake/iceberg/commit_error.h"
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/json/json.h"

namespace dosql::lake {

class CommitUpdater {
 public:
  // Changes `metadata`, which must outlive it. `is_new`: the commit creates the table.
  CommitUpdater(TableMetadata* metadata, bool is_new, int64_t now_ms)
      : metadata_(metadata), is_new_(is_new), now_ms_(now_ms) {}

  [[nodiscard]] CommitError Apply(const Json& update);

  // After the last: a created table gets what its client left to the catalog, and the log forgets
  // snapshots that were current only in between.
  [[nodiscard]] CommitError Finish();

 private:
  CommitError AssignUuid(const Json& update);
  CommitError UpgradeFormat(const Json& update);
  CommitError AddSchema(const Json& update);
  CommitError CurrentFacts(SchemaFacts* facts) const;
  CommitError SetCurrentSchema(const Json& update);
  CommitError AddSpec(const Json& update);
  CommitError SetDefaultSpec(const Json& update);
  CommitError AddSortOrder(const Json& update);
  CommitError SetDefaultSortOrder(const Json& update);
  CommitError AddOneSnapshot(const Json& update);
  CommitError SetSnapshotRef(const Json& update);
  CommitError DropSnapshots(const Json& update);
  CommitError RemoveSnapshotRef(const Json& update);
  CommitError SetLocation(const Json& update);
  CommitError SetProperties(const Json& update);
  CommitError RemoveProperties(const Json& update);
  CommitError SetStatistics(const Json& update);
  CommitError RemoveStatistics(const Json& update);
  CommitError SetPartitionStatistics(const Json& update);
  CommitError RemovePartitionStatistics(const Json& update);
  CommitError RemoveSpecs(const Json& update);
  CommitError RemoveSchemas(const Json& update);

  TableMetadata* metadata_;
  bool is_new_;
  int64_t now_ms_;
  int32_t last_schema_id_ = -1, last_spec_id_ = -1,
          last_sort_order_id_ = -1;                                      // added by this commit
  bool has_schema_ = false, has_spec_ = false, has_sort_order_ = false;  // set by this commit
  std::vector<int64_t> added_snapshots_;
};

// Checks the spec against the schema and gives ids to fields that have none (-1), the same as an
// older spec of the table has for the same column and transform. `facts` of the current schema.
struct SchemaFacts;
[[nodiscard]] CommitError BindSpec(const SchemaFacts& facts,
                                   const std::vector<PartitionSpec>& older,
                                   int32_t* last_partition_id, PartitionSpec* spec);
[[nodiscard]] CommitError CheckSortOrder(const SchemaFacts& facts, const SortOrder& order);

}  // namespace dosql::lake
