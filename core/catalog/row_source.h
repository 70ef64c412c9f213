// RowSource: a table-valued function: its columns, and how its rows are made. They are PRAGMAs,
// each also a function of FROM by the name pragma_<name>, generate_series and replication_batch.
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql {

enum class PragmaKind : uint8_t {
  // Of one object or of the schema.
  kTableInfo,
  kTableXinfo,
  kTableList,
  kIndexList,
  kIndexInfo,
  kIndexXinfo,
  kForeignKeyList,
  kForeignKeyCheck,
  kIntegrityCheck,
  // Lists.
  kDatabaseList,
  kCollationList,
  kFunctionList,
  kPragmaList,
  kModuleList,
  kCompileOptions,
  // Numbers that the database keeps.
  kUserVersion,
  kApplicationId,
  kSchemaVersion,
  // Measures of the database.
  kPageCount,
  kPageSize,
  kFreelistCount,
  kDataVersion,
  kForeignKeys,
  kQueryOnly,
  kEncoding,
  kJournalMode,
  kLockingMode,
  kWalCheckpoint,
  kBusyTimeout,
  // Settings without effect here: `value` is what they say.
  kSetting,
  // No rows; no columns either.
  kNothing,
  kSeries,  // generate_series(start, stop, step)
  kReplicationSlots,
  kReplicationBatch,  // replication_batch(slot, max_bytes, from_position)
};

struct RowSource {
  const char* name;     // lower case, of the PRAGMA
  const char* columns;  // names with commas between
  PragmaKind kind;
  uint8_t args_max;  // as a function
  int64_t value;

  uint32_t column_count() const;
  std::string_view column(uint32_t i) const;
  // An argument is also a column, which * leaves out: `arg = x` in WHERE gives it. args_max of
  // them.
  std::string_view hidden(uint32_t i) const;
};

// By the name of the function, pragma_table_info; nullptr when there is none.
const RowSource* FindRowSource(std::string_view name);
// By the name of the PRAGMA.
const RowSource* FindPragma(std::string_view name);
// All of them, ordered by name.
const RowSource* PragmaAt(uint32_t i);  // nullptr past the last

}  // namespace dosql
