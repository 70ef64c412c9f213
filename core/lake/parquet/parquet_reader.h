// ParquetReader: the files that ParquetWriter makes, read back into columns: flat schemas, V1 data
// pages, the encodings of parquet_format.h, zstd, snappy or none. Of other writers' files it reads
// what is like that.
//
// Nothing is believed: offsets, counts and sizes are held against the file and against a budget of
// memory before anything is made of them. kCorrupt: not such bytes; kUnsupported: Parquet, but not
// of this kind; kNoMemory: over the budget. The Diag has words for all of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diag.h"
#include "core/lake/codec/zstd_decompressor.h"
#include "core/lake/parquet/parquet_format.h"
#include "core/lake/schema/column.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

class ParquetReader {
 public:
  // Bytes of one row group's columns and of the pages on their way.
  static constexpr size_t kBudget = 48 << 20;

  explicit ParquetReader(size_t budget = kBudget) : budget_(budget) {}

  // `file` outlives the reader.
  Status Open(std::string_view file, Diag* diag);
  // The same with the last bytes of a file of `size` bytes, where the rest may come later. *wanted:
  // how many it takes; it is open unless they are more.
  Status OpenEnd(std::string_view end, int64_t size, int64_t* wanted, Diag* diag);
  // Where a row group's columns are; and the bytes of the file, from this one on, that Read finds
  // them in.
  void PlaceOf(size_t group, int64_t* from, int64_t* to) const;
  void Hold(std::string_view bytes, int64_t from) {
    file_ = bytes;
    file_begin_ = from;
  }
  int64_t rows() const { return rows_; }
  size_t groups() const { return groups_.size(); }
  uint32_t rows_of(size_t group) const { return groups_[group].rows; }

  // A column for each of the schema's fields, found by id: null throughout where the file has none,
  // in a type that it was widened to since (int to long, float to double, decimals of more digits).
  // Fields are taken as optional.
  Status Read(size_t group, const Schema& schema, std::vector<Column>* out, Diag* diag);

 private:
  struct Element {  // a column of the file
    int32_t id = -1, physical = -1, fixed_bytes = 0, scale = 0;
    bool optional = false, flat = true;
  };
  struct Chunk {
    int32_t codec = -1;
    int64_t values = 0, data_offset = 0, dictionary_offset = 0, stored_bytes = 0, plain_bytes = 0;

    int64_t begin() const {
      return dictionary_offset > 0 && dictionary_offset < data_offset ? dictionary_offset
                                                                      : data_offset;
    }
  };
  struct Group {
    uint32_t rows = 0;
    std::vector<Chunk> chunks;
  };
  struct Page {
    int32_t type = -1, plain_bytes = -1, stored_bytes = -1, values = -1, encoding = -1,
            levels = parquet::kRle;
  };

  Status ReadFooter(std::string_view footer, Diag* diag);
  bool ReadSchema(uint32_t count, class ThriftReader* t);
  bool ReadGroup(class ThriftReader* t, Group* out);
  Status ReadColumn(const Group& group, size_t column, const Type& type, Column* out, Diag* diag);
  // The page at the front of `rest`, which it leaves; its body is `body_`.
  Status NextPage(const Chunk& chunk, std::string_view* rest, Page* page, Diag* diag);
  Status ReadValues(const Element& element, const Page& page, const Type& type, Column* out,
                    Diag* diag);
  bool Charge(uint64_t bytes);

  const size_t budget_;
  size_t left_ = 0;
  // Whether it lies between the file's first bytes and its footer.
  bool IsWithin(const Chunk& chunk) const {
    return chunk.begin() >= 4 && chunk.begin() <= data_end_ && chunk.stored_bytes >= 0 &&
           chunk.stored_bytes <= data_end_ - chunk.begin();
  }
  std::string_view file_;   // a part of the file
  int64_t file_begin_ = 0;  // where in the file it is
  int64_t data_end_ = 0;    // where the footer begins
  int64_t rows_ = 0;
  std::vector<Element> elements_;
  std::vector<Group> groups_;
  ZstdDecompressor zstd_;
  std::string body_;
  Column dictionary_;  // of the chunk at hand, in the form of the column
  bool has_dictionary_ = false;
};

}  // namespace dosql::lake
