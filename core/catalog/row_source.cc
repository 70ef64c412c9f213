#include "core/catalog/row_source.h"

#include <iterator>

#include "core/type/compare.h"

namespace dosql {
namespace {

using K = PragmaKind;

constexpr const char* kInfo = "cid,name,type,notnull,dflt_value,pk";

// Settings are those that SQLite's users write, with SQLite's default answers.
constexpr RowSource kPragmas[] = {
    {"analysis_limit", "analysis_limit", K::kSetting, 0, 0},
    {"application_id", "application_id", K::kApplicationId, 1, 0},
    {"auto_vacuum", "auto_vacuum", K::kSetting, 1, 0},
    {"automatic_index", "automatic_index", K::kSetting, 0, 1},
    {"busy_timeout", "timeout", K::kBusyTimeout, 0, 0},
    {"cache_size", "cache_size", K::kSetting, 1, -2000},
    {"cache_spill", "cache_spill", K::kSetting, 1, 100},
    {"case_sensitive_like", "", K::kNothing, 0, 0},
    {"cell_size_check", "cell_size_check", K::kSetting, 0, 0},
    {"checkpoint_fullfsync", "checkpoint_fullfsync", K::kSetting, 0, 0},
    {"collation_list", "seq,name", K::kCollationList, 0, 0},
    {"compile_options", "compile_options", K::kCompileOptions, 0, 0},
    {"count_changes", "count_changes", K::kSetting, 0, 0},
    {"data_version", "data_version", K::kDataVersion, 1, 0},
    {"database_list", "seq,name,file", K::kDatabaseList, 0, 0},
    {"defer_foreign_keys", "defer_foreign_keys", K::kSetting, 0, 0},
    {"empty_result_callbacks", "empty_result_callbacks", K::kSetting, 0, 0},
    {"encoding", "encoding", K::kEncoding, 0, 0},
    {"foreign_key_check", "table,rowid,parent,fkid", K::kForeignKeyCheck, 2, 0},
    {"foreign_key_list", "id,seq,table,from,to,on_update,on_delete,match", K::kForeignKeyList, 2,
     0},
    {"foreign_keys", "foreign_keys", K::kForeignKeys, 0, 0},
    {"freelist_count", "freelist_count", K::kFreelistCount, 1, 0},
    {"full_column_names", "full_column_names", K::kSetting, 0, 0},
    {"fullfsync", "fullfsync", K::kSetting, 0, 0},
    {"function_list", "name,builtin,type,enc,narg,flags", K::kFunctionList, 0, 0},
    {"hard_heap_limit", "hard_heap_limit", K::kSetting, 0, 0},
    {"ignore_check_constraints", "ignore_check_constraints", K::kSetting, 0, 0},
    {"incremental_vacuum", "", K::kNothing, 0, 0},
    {"index_info", "seqno,cid,name", K::kIndexInfo, 2, 0},
    {"index_list", "seq,name,unique,origin,partial", K::kIndexList, 2, 0},
    {"index_xinfo", "seqno,cid,name,desc,coll,key", K::kIndexXinfo, 2, 0},
    {"integrity_check", "integrity_check", K::kIntegrityCheck, 2, 0},
    {"journal_mode", "journal_mode", K::kJournalMode, 1, 0},
    {"journal_size_limit", "journal_size_limit", K::kSetting, 1, -1},
    {"legacy_alter_table", "legacy_alter_table", K::kSetting, 0, 0},
    {"locking_mode", "locking_mode", K::kLockingMode, 1, 0},
    {"max_page_count", "max_page_count", K::kSetting, 1, 4294967294},
    {"mmap_size", "mmap_size", K::kSetting, 0, 0},
    {"module_list", "name", K::kModuleList, 0, 0},
    {"optimize", "", K::kNothing, 1, 0},
    {"page_count", "page_count", K::kPageCount, 1, 0},
    {"page_size", "page_size", K::kPageSize, 1, 0},
    {"pragma_list", "name", K::kPragmaList, 0, 0},
    {"query_only", "query_only", K::kQueryOnly, 0, 0},
    {"quick_check", "quick_check", K::kIntegrityCheck, 2, 0},
    {"read_uncommitted", "read_uncommitted", K::kSetting, 0, 0},
    {"recursive_triggers", "recursive_triggers", K::kSetting, 0, 0},
    {"replication_slots", "name,tables,lsn,lag,status", K::kReplicationSlots, 0, 0},
    {"reverse_unordered_selects", "reverse_unordered_selects", K::kSetting, 0, 0},
    {"schema_version", "schema_version", K::kSchemaVersion, 1, 0},
    {"secure_delete", "secure_delete", K::kSetting, 1, 0},
    {"short_column_names", "short_column_names", K::kSetting, 0, 1},
    {"shrink_memory", "", K::kNothing, 0, 0},
    {"soft_heap_limit", "soft_heap_limit", K::kSetting, 0, 0},
    {"synchronous", "synchronous", K::kSetting, 1, 2},
    {"table_info", kInfo, K::kTableInfo, 2, 0},
    {"table_list", "schema,name,type,ncol,wr,strict", K::kTableList, 2, 0},
    {"table_xinfo", "cid,name,type,notnull,dflt_value,pk,hidden", K::kTableXinfo, 2, 0},
    {"temp_store", "temp_store", K::kSetting, 0, 0},
    {"threads", "threads", K::kSetting, 0, 0},
    {"trusted_schema", "trusted_schema", K::kSetting, 0, 1},
    {"user_version", "user_version", K::kUserVersion, 1, 0},
    {"wal_autocheckpoint", "wal_autocheckpoint", K::kSetting, 0, 1000},
    {"wal_checkpoint", "busy,log,checkpointed", K::kWalCheckpoint, 1, 0},
    {"writable_schema", "writable_schema", K::kSetting, 0, 0},
};

constexpr RowSource kSeries{"generate_series", "value", K::kSeries, 3, 0};
constexpr RowSource kBatch{"replication_batch", "batch,events,lsn,position", K::kReplicationBatch,
                           3, 0};

constexpr std::string_view kPrefix = "pragma_";

}  // namespace

uint32_t RowSource::column_count() const {
  uint32_t n = *columns != 0;
  for (const char* p = columns; *p != 0; p++) n += *p == ',';
  return n;
}

std::string_view RowSource::column(uint32_t i) const {
  std::string_view rest = columns;
  for (; i > 0; i--) rest.remove_prefix(rest.find(',') + 1);
  return rest.substr(0, rest.find(','));
}

std::string_view RowSource::hidden(uint32_t i) const {
  static constexpr std::string_view kOfSeries[] = {"start", "stop", "step"};
  static constexpr std::string_view kOfBatch[] = {"slot", "max_bytes", "from_position"};
  if (kind == PragmaKind::kSeries) return kOfSeries[i];
  if (kind == PragmaKind::kReplicationBatch) return kOfBatch[i];
  return args_max == 2 && i == 0 ? "arg" : "schema";
}

const RowSource* FindPragma(std::string_view name) {
  for (const RowSource& p : kPragmas)
    if (EqualsIgnoringCase(p.name, name)) return &p;
  return nullptr;
}

const RowSource* FindRowSource(std::string_view name) {
  for (const RowSource* own : {&kSeries, &kBatch})
    if (EqualsIgnoringCase(name, own->name)) return own;
  if (name.size() <= kPrefix.size() || !EqualsIgnoringCase(name.substr(0, kPrefix.size()), kPrefix))
    return nullptr;
  const RowSource* p = FindPragma(name.substr(kPrefix.size()));
  return p != nullptr && p->kind != PragmaKind::kNothing ? p : nullptr;
}

const RowSource* PragmaAt(uint32_t i) { return i < std::size(kPragmas) ? &kPragmas[i] : nullptr; }

}  // namespace dosql
