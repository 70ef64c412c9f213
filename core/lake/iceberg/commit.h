// ApplyCommit: what a client of the REST catalog sends to change a table, applied to its metadata.
//
// A commit is requirements, which must hold on the base, and updates, which are applied in order.
// It is all or nothing: on an error `out` is of no use. Bodies are hostile: every member is
// checked.
//
//   requirement := assert-create | assert-table-uuid | assert-ref-snapshot-id |
//                  assert-last-assigned-field-id | assert-current-schema-id |
//                  assert-last-assigned-partition-id | assert-default-spec-id |
//                  assert-default-sort-order-id
//   update      := assign-uuid | upgrade-format-version | add-schema | set-current-schema |
//   add-spec |
//                  set-default-spec | add-sort-order | set-default-sort-order | add-snapshot |
//                  set-snapshot-ref | remove-snapshots | remove-snapshot-ref | set-location |
//                  set-properties | remove-properties | set-statistics | remove-statistics |
//                  set-partition-statistics | remove-partition-statistics | remove-partition-specs
//                  | remove-schemas
//
// An id of -1 in a set-* update means the one that this commit added last.
//
// Errors: 409 CommitFailedException when a requirement does not hold or a snapshot came too late,
// 400 BadRequestException for all else: malformed bodies, unknown names, ids that are not there,
// changes of views, other format versions.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/lake/iceberg/commit_error.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

struct CommitInput {
  const TableMetadata* base = nullptr;  // nullptr: the table does not exist, the commit creates it
  std::string_view base_location;       // the base's metadata file, for the metadata log
  std::string_view requirements;        // JSON arrays
  std::string_view updates;
  int64_t now_ms = 0;
  std::string_view new_uuid;  // for a table that is created without assign-uuid
};

[[nodiscard]] CommitError ApplyCommit(const CommitInput& input, TableMetadata* out);

// The two arrays of a request body {"requirements":[...],"updates":[...]} as texts; 400 when it has
// none.
[[nodiscard]] CommitError SplitCommitBody(std::string_view body, std::string* requirements,
                                          std::string* updates);

}  // namespace dosql::lake
