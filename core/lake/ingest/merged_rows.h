// MergedRows: the live rows of data files, which come one after the other, become one data file: as
// they stand, a row group in memory at a time, or in a sort order, for which all files are kept.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/iceberg/table_metadata.h"
#include "core/lake/parquet/parquet_reader.h"
#include "core/lake/parquet/parquet_writer.h"

namespace dosql::lake {

// What the places of a file's rows begin with when each has its own: their order is another now, or
// none is left; else with the number of its first row in the new file.
inline constexpr uint32_t kSortedBase = UINT32_MAX;

// Files of so many bytes are read at once; larger ones by their ends and row groups.
inline constexpr int64_t kWholeBytes = 1 << 20;

struct MergeInput {
  std::string_view path;
  int64_t rows = 0, bytes = 0;
  const std::vector<uint32_t>* dead = nullptr;  // positions, ascending

  bool AllDead() const { return static_cast<int64_t>(dead->size()) == rows; }
};

class MergedRows {
 public:
  // The order passed CanSort (row_order.h); without fields rows stay as they stand. All of these
  // outlive this.
  MergedRows(const Schema& schema, const SortOrder& order, const ParquetOptions& options,
             ByteSink* sink, Diag* diag);

  // The next file: the last one is done. Files of `whole` bytes are wanted at once.
  void Begin(const MergeInput& input, int64_t whole = kWholeBytes);
  // The part of its bytes that is wanted now; false: it is done.
  bool Wants(int64_t* from, int64_t* to) const;
  // kCorrupt: the file has not the bytes or the rows that it should; and ParquetReader's.
  Status Take(std::string_view bytes);
  // summary->rows is 0 when no row is left: then there is no file. Of each file's rows, `places`
  // has what FileTable::Apply takes.
  Status Finish(FileSummary* summary, std::vector<std::string>* places);

 private:
  using Columns = std::vector<Column>;
  struct Cursor {
    ParquetReader reader;
    size_t group = 0, dead = 0;
    int64_t position = 0;
  };
  bool sorts() const { return !order_.fields.empty(); }
  Status Odd(const MergeInput& input) const;
  // Calls each(columns, dead) for the next row group.
  template <typename Each>
  Status ReadGroup(const MergeInput& input, Cursor* cursor, Each each);
  // For each row group of each file that is kept.
  template <typename Each>
  Status ReadAll(Each each);
  Status Append(Columns* from, const std::vector<bool>& gone);
  bool Holds(uint32_t rows, size_t bytes) const;
  Status Sort();
  Status WriteRange(uint32_t from, uint32_t to);
  Status Write(Columns* rows);
  std::string PlacesOf(const MergeInput& input, size_t row, uint32_t base) const;

  const Schema& schema_;
  const SortOrder& order_;
  const ParquetOptions& options_;
  Diag* diag_;
  ParquetWriter writer_;
  std::vector<MergeInput> inputs_;
  int64_t from_ = 0, to_ = 0;  // what is wanted of the last one
  bool open_ = false;
  Cursor cursor_;
  Columns rows_;
  std::vector<std::string> kept_;  // bytes of the files, to be sorted
  std::vector<uint32_t> rank_;     // of each of their rows: its new position; kDead
  uint32_t live_ = 0;
};

}  // namespace dosql::lake
