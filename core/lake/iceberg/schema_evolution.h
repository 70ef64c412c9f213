// Schema evolution: a source table's columns change, the lake table's schema follows with stable
// ids.
//
// Two ways in. A DDL statement says what it does: EvolveByChange. A table that is read anew as a
// whole only has columns before and after: EvolveByName, where a rename is a drop and an add. Ids
// are given once and never reused; `last_column_id` is the table's and goes up.
//
// Only widening keeps a column: int to long, float to double, a decimal of more digits and the same
// scale. A source type that is narrower than the lake's leaves the wider one. Any other change of
// type is a new column under the old name (kReplace): old files show null there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

struct SourceColumn {
  std::string name;
  Type type;
  bool required = false;
};

enum class ChangeKind : uint8_t { kAdd, kDrop, kRename, kWiden, kReplace, kRelax };

struct SchemaChange {
  ChangeKind kind = ChangeKind::kAdd;
  std::string name;      // the column's, before
  std::string new_name;  // kRename
  Type type;             // kAdd, kWiden, kReplace
  int32_t field_id = 0;  // out: the column's after the change, or the dropped one's

  bool operator==(const SchemaChange&) const = default;
};

// Whether files of `from` can be read as `to`.
bool CanWiden(const Type& from, const Type& to);

// `out` has the columns' order. New columns are optional: the rows before them have none. Nothing
// changed: `changes` is empty and `out` equals `base`. The caller gives the new schema its id.
// kAlreadyExists: two columns of a name. kUnsupported: an identifier column would go or change.
Status EvolveByName(const Schema& base, const std::vector<SourceColumn>& columns,
                    int32_t* last_column_id, Schema* out, std::vector<SchemaChange>* changes,
                    Diag* diag);

// kNoSuchObject, kAlreadyExists, kType (kWiden that is none), kUnsupported as above.
Status EvolveByChange(const Schema& base, SchemaChange* change, int32_t* last_column_id,
                      Schema* out, Diag* diag);

}  // namespace dosql::lake
