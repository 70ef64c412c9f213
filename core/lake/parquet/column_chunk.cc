#include "core/lake/parquet/column_chunk.h"

#include "core/base/bytes.h"
#include "core/lake/codec/snappy_codec.h"
#include "core/lake/parquet/bloom_filter.h"
#include "core/lake/parquet/dictionary.h"
#include "core/lake/parquet/run_length_encoder.h"
#include "core/lake/parquet/thrift_writer.h"

namespace dosql::lake {
namespace {

void PutLevels(const std::vector<uint32_t>& levels, uint32_t from, uint32_t to, uint32_t max,
               std::string* out) {
  if (max == 0) return;
  const size_t at = out->size();
  out->append(4, '\0');
  EncodeRuns(levels.data() + from, to - from, BitWidth(max), out);
  StoreLe<uint32_t>(out->data() + at, static_cast<uint32_t>(out->size() - at - 4));
}

}  // namespace

Status ColumnChunkWriter::PutPage(bool dictionary, uint32_t count, parquet::Encoding encoding,
                                  int64_t* offset, ColumnChunk* out) {
  std::string_view stored = body_;
  if (options_.codec != parquet::kUncompressed) {
    packed_.clear();
    if (options_.codec == parquet::kSnappy) {
      SnappyCompress(body_, &packed_);
    } else {
      DOSQL_TRY(zstd_->Compress(body_, &packed_));
    }
    stored = packed_;
  }
  header_.clear();
  ThriftWriter t(&header_);
  t.I32(1, dictionary ? parquet::kDictionaryPage : parquet::kDataPage);
  t.I32(2, static_cast<int32_t>(body_.size()));
  t.I32(3, static_cast<int32_t>(stored.size()));
  t.BeginStruct(dictionary ? 7 : 5);
  t.I32(1, static_cast<int32_t>(count));
  t.I32(2, encoding);
  if (!dictionary) {
    t.I32(3, parquet::kRle);
    t.I32(4, parquet::kRle);
  }
  t.EndStruct();
  t.Finish();
  DOSQL_TRY(sink_->Append(header_));
  DOSQL_TRY(sink_->Append(stored));
  *offset += static_cast<int64_t>(header_.size() + stored.size());
  out->plain_bytes += static_cast<int64_t>(header_.size() + body_.size());
  out->stored_bytes += static_cast<int64_t>(header_.size() + stored.size());
  return Status::Ok();
}

Status ColumnChunkWriter::Write(const Leaf& leaf, const LeafEntries& e, int64_t* offset,
                                ColumnChunk* out) {
  *out = ColumnChunk();
  out->entries = e.count;
  out->nulls = int64_t{e.count} - e.values();
  Dictionary dictionary;
  const bool coded = e.values() > 0 && dictionary.Build(leaf, e, options_.dictionary_bytes);
  const double wrong_share =
      leaf.physical == parquet::kBoolean ? 0 : options_.Of(leaf.field_id).bloom_wrong_share;
  if (wrong_share > 0 && !coded)
    out->bloom = BloomFilter(BloomHashes(leaf, e), wrong_share, options_.bloom_bytes);
  uint32_t width = 0;
  if (coded) {
    LeafEntries distinct;
    distinct.column = e.column;
    for (uint32_t v : dictionary.firsts()) distinct.slots.push_back(e.slot(v));
    const uint32_t count = static_cast<uint32_t>(distinct.slots.size());
    width = BitWidth(count - 1);
    if (wrong_share > 0)
      out->bloom = BloomFilter(BloomHashes(leaf, distinct), wrong_share, options_.bloom_bytes);
    out->dictionary_offset = *offset;
    out->dictionary_pages = 1;
    body_.clear();
    EncodePlain(leaf, distinct, 0, count, &body_);
    DOSQL_TRY(PutPage(true, count, parquet::kPlain, offset, out));
  }
  out->data_offset = *offset;
  int64_t row = 0;
  for (uint32_t at = 0, value = 0; at < e.count || out->data_pages == 0;) {
    PageFacts page;
    page.offset = *offset;
    page.first_row = row;
    const uint32_t first = at, first_value = value;
    // Whole rows, up to the limits; at least one.
    uint64_t bytes = 0;
    for (uint32_t rows = 0; at < e.count;) {
      const bool begins = leaf.repetition_max == 0 || e.repetitions[at] == 0;
      if (begins && (rows == options_.page_rows || bytes >= options_.page_bytes)) break;
      rows += begins;
      row += begins;
      if (leaf.definition_max == 0 || e.definitions[at] == leaf.definition_max) {
        bytes += coded ? (width + 7) / 8 : PlainBytes(leaf, e, value);
        value++;
      }
      at++;
    }
    page.nulls = int64_t{at - first} - (value - first_value);
    page.bounds.Add(leaf, e, first_value, value);
    out->bounds.Merge(leaf, page.bounds);
    body_.clear();
    PutLevels(e.repetitions, first, at, leaf.repetition_max, &body_);
    PutLevels(e.definitions, first, at, leaf.definition_max, &body_);
    if (coded) {
      body_.push_back(static_cast<char>(width));
      EncodeRuns(dictionary.codes().data() + first_value, value - first_value, width, &body_);
    } else {
      EncodePlain(leaf, e, first_value, value, &body_);
    }
    DOSQL_TRY(
        PutPage(false, at - first, coded ? parquet::kRleDictionary : parquet::kPlain, offset, out));
    page.bytes = static_cast<int32_t>(*offset - page.offset);
    out->data_pages++;
    out->pages.push_back(std::move(page));
  }
  return Status::Ok();
}

}  // namespace dosql::lake
