// SummaryBuilder: a snapshot's summary, counted file by file.
//
// Totals are exact or absent: ClickHouse answers count(*) from total-records less
// total-position-deletes. They go on from the parent's; a total that the parent does not have stays
// away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/lake/iceberg/data_file.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

enum class Operation : uint8_t {
  kAppend,     // data files added, nothing else
  kReplace,    // other files, the same rows: compaction
  kOverwrite,  // rows added and removed
  kDelete,     // rows removed only
};
std::string_view OperationName(Operation operation);

class SummaryBuilder {
 public:
  void Add(const DataFile& file) { Count(file, added_); }
  void Remove(const DataFile& file) { Count(file, removed_); }

  bool removes_files() const { return removed_.data_files + removed_.delete_files > 0; }
  bool adds_deletes() const { return added_.delete_files > 0; }
  bool adds_data() const { return added_.data_files > 0; }

  // `parent` is the parent's summary, nullptr when there is no parent. `custom` goes in as it is.
  Properties Build(Operation operation, const Properties* parent, const Properties& custom) const;

 private:
  struct Counts {
    int64_t data_files = 0, delete_files = 0, position_delete_files = 0, equality_delete_files = 0;
    int64_t records = 0, position_deletes = 0, equality_deletes = 0, size_bytes = 0;
  };
  void Count(const DataFile& file, Counts& counts);

  Counts added_, removed_;
  std::vector<std::string> partitions_;  // changed ones, each once: spec and tuple as bytes
};

}  // namespace dosql::lake
