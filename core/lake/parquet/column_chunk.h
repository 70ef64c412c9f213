// ColumnChunkWriter: one leaf of one row group: its pages to the sink, what the footer needs of it
// in a ColumnChunk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/lake/codec/zstd_compressor.h"
#include "core/lake/parquet/dictionary.h"
#include "core/lake/parquet/parquet_options.h"
#include "core/lake/parquet/plain_encoder.h"

namespace dosql::lake {

// Where a file's bytes go, in order.
class ByteSink {
 public:
  virtual Status Append(std::string_view bytes) = 0;

 protected:
  ~ByteSink() = default;
};

struct PageFacts {
  int64_t offset = 0;
  int32_t bytes = 0;  // with its header
  int64_t first_row = 0;
  int64_t nulls = 0;
  ValueBounds bounds;
};

struct ColumnChunk {
  int64_t dictionary_offset = 0;  // 0: none
  int64_t data_offset = 0;
  int64_t entries = 0;
  int64_t nulls = 0;                          // entries without a value
  int64_t plain_bytes = 0, stored_bytes = 0;  // headers included
  int32_t dictionary_pages = 0, data_pages = 0;
  parquet::Encoding encoding = parquet::kPlain;  // of the data pages
  ValueBounds bounds;
  std::vector<PageFacts> pages;
  std::string bloom;  // filter that is still to be written, "": none
  int64_t bloom_offset = 0;
  int32_t bloom_bytes = 0;  // 0: no filter
};

class ColumnChunkWriter {
 public:
  // `sink` stands at byte `offset` of the file.
  ColumnChunkWriter(ByteSink* sink, const ParquetOptions& options, ZstdCompressor* zstd)
      : sink_(sink), options_(options), zstd_(zstd) {}

  // Writes the chunk; *offset moves to its end. kNoMemory, or what the sink gives.
  Status Write(const Leaf& leaf, const LeafEntries& entries, int64_t* offset, ColumnChunk* out);

 private:
  // A chunk's values and, where they are coded, the distinct ones.
  struct Values {
    const Leaf& leaf;
    const LeafEntries& entries;
    Dictionary dictionary;
    LeafEntries distinct;
    uint32_t width = 0;  // of a code, in bits
  };

  // Puts another encoding in place of out->encoding where a trial on the first page shows that it
  // is smaller by 5%: PLAIN for a large dictionary of numbers, which may be in order; those that
  // are not for every reader where the options let it.
  Status ChooseEncoding(const Values& values, ColumnChunk* out);
  // Appends values [from, to) to body_.
  void Encode(const Values& values, parquet::Encoding encoding, uint32_t from, uint32_t to);
  // body_ as it is stored.
  Status Pack(std::string_view* stored);
  // A page's header and body_ to the sink.
  Status PutPage(bool dictionary, uint32_t count, parquet::Encoding encoding, int64_t* offset,
                 ColumnChunk* out);

  ByteSink* sink_;
  const ParquetOptions& options_;
  ZstdCompressor* zstd_;
  std::string body_, plain_, packed_, header_;
};

}  // namespace dosql::lake
