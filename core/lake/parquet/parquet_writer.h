// ParquetWriter: rows of a lake table into one Parquet file (parquet-format 2.10, V1 data pages).
//
// Each WriteRows is a row group: its pages are with the sink when it returns. Finish writes the
// page index and the footer. After any failure the file is no file.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/lake/parquet/column_chunk.h"

namespace dosql::lake {

// Of one leaf over the whole file, by what Iceberg's manifests want to know.
struct LeafSummary {
  Leaf leaf;
  int64_t stored_bytes = 0;
  int64_t entries = 0;
  int64_t nulls = 0;
  ValueBounds bounds;
};

struct FileSummary {
  int64_t bytes = 0;
  int64_t rows = 0;
  std::vector<int64_t> row_group_offsets;
  std::vector<LeafSummary> leaves;
};

class ParquetWriter {
 public:
  using KeyValues = std::vector<std::pair<std::string, std::string>>;

  // `schema` needs at least one field, and structs at least one each: kUnsupported. `sink` and
  // `schema` outlive the writer; `metadata` goes to the footer.
  ParquetWriter(ByteSink* sink, const Schema& schema, const ParquetOptions& options = {},
                KeyValues metadata = {});

  // One column a field, all of `rows` rows. kBind: columns that do not fit the schema.
  Status WriteRows(const std::vector<Column>& columns, uint32_t rows);
  Status Finish(FileSummary* summary);

 private:
  struct RowGroup {
    int64_t offset, rows;
    std::vector<ColumnChunk> chunks;
  };
  Status Begin();
  Status PutBloomFilter(ColumnChunk* chunk);
  Status PutIndexes();
  std::string ColumnIndex(const Leaf& leaf, const ColumnChunk& chunk, bool* ok) const;
  std::string Footer() const;

  ByteSink* sink_;
  const Schema& schema_;
  const ParquetOptions options_;
  const KeyValues metadata_;
  ZstdCompressor zstd_;
  std::vector<Leaf> leaves_;
  std::vector<RowGroup> groups_;
  // Offset and length of each chunk's column and offset index.
  std::vector<std::pair<int64_t, int32_t>> column_indexes_, offset_indexes_;
  int64_t offset_ = 0;
  int64_t rows_ = 0;
};

// Iceberg's position deletes: file_path and pos, with the ids that the spec reserves for them.
Schema PositionDeleteSchema();

}  // namespace dosql::lake
