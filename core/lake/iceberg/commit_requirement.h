// What a commit demands of the table before it changes it (commit.h).
#pragma once

#include "core/lake/iceberg/commit_error.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/json/json.h"

namespace dosql::lake {

// `base` is nullptr when there is no table.
[[nodiscard]] CommitError CheckRequirement(const Json& requirement, const TableMetadata* base);

}  // namespace dosql::lake
