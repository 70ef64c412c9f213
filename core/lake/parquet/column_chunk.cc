#include "core/lake/parquet/column_chunk.h"

#include <algorithm>

#include "core/base/bytes.h"
#include "core/lake/codec/snappy_codec.h"
#include "core/lake/parquet/bloom_filter.h"
#include "core/lake/parquet/byte_stream_split.h"
#include "core/lake/parquet/delta_encoding.h"
#include "core/lake/parquet/run_length_encoder.h"
#include "core/lake/parquet/thrift_writer.h"

namespace dosql::lake {
namespace {

// Numbers that come so often each are not tried without their dictionary.
constexpr uint32_t kValuesOfEach = 16;

void PutLevels(const std::vector<uint32_t>& levels, uint32_t from, uint32_t to, uint32_t max,
               std::string* out) {
  if (max == 0) return;
  const size_t at = out->size();
  out->append(4, '\0');
  EncodeRuns(levels.data() + from, to - from, BitWidth(max), out);
  StoreLe<uint32_t>(out->data() + at, static_cast<uint32_t>(out->size() - at - 4));
}

}  // namespace

Status ColumnChunkWriter::Pack(std::string_view* stored) {
  *stored = body_;
  if (options_.codec == parquet::kUncompressed) return Status::Ok();
  packed_.clear();
  if (options_.codec == parquet::kSnappy) {
    SnappyCompress(body_, &packed_);
  } else {
    DOSQL_TRY(zstd_->Compress(body_, &packed_));
  }
  *stored = packed_;
  return Status::Ok();
}

void ColumnChunkWriter::Encode(const Values& v, parquet::Encoding encoding, uint32_t from,
                               uint32_t to) {
  if (encoding == parquet::kPlain) return EncodePlain(v.leaf, v.entries, from, to, &body_);
  if (encoding == parquet::kRleDictionary) {
    body_.push_back(static_cast<char>(v.width));
    return EncodeRuns(v.dictionary.codes().data() + from, to - from, v.width, &body_);
  }
  plain_.clear();
  EncodePlain(v.leaf, v.entries, from, to, &plain_);
  const uint32_t bytes = PlainBytes(v.leaf, v.entries, 0);
  if (encoding == parquet::kDeltaBinaryPacked) {
    EncodeDelta(plain_, bytes, &body_);
  } else {
    SplitBytes(plain_, bytes, &body_);
  }
}

Status ColumnChunkWriter::ChooseEncoding(const Values& v, ColumnChunk* out) {
  const parquet::Physical physical = v.leaf.physical;
  const ColumnOptions wanted = options_.Of(v.leaf.field_id);
  const bool real = physical == parquet::kFloat || physical == parquet::kDouble;
  const bool integer = physical == parquet::kInt32 || physical == parquet::kInt64;
  const uint32_t all = v.entries.values(), distinct = v.distinct.values();
  // A dictionary of few values is small whatever comes.
  const bool plain = (real || integer) && distinct > 0 && distinct >= all / kValuesOfEach;
  const bool other = all > 0 && ((real && wanted.split) || (integer && wanted.delta));
  if (!plain && !other) return Status::Ok();
  const uint32_t n = std::min(all, options_.page_rows);
  std::string_view stored;
  const auto size_of = [&](parquet::Encoding encoding, size_t* size) {
    body_.clear();
    Encode(v, encoding, 0, n);
    DOSQL_TRY(Pack(&stored));
    *size = stored.size();
    return Status::Ok();
  };
  size_t least;
  DOSQL_TRY(size_of(out->encoding, &least));
  if (distinct > 0) {
    // And the page's share of the dictionary.
    body_.clear();
    EncodePlain(v.leaf, v.distinct, 0, distinct, &body_);
    DOSQL_TRY(Pack(&stored));
    least += stored.size() * n / all;
  }
  const auto consider = [&](parquet::Encoding encoding) {
    size_t size;
    DOSQL_TRY(size_of(encoding, &size));
    if (size + size / 20 >= least) return Status::Ok();
    least = size;
    out->encoding = encoding;
    return Status::Ok();
  };
  if (plain) DOSQL_TRY(consider(parquet::kPlain));
  if (other) DOSQL_TRY(consider(real ? parquet::kByteStreamSplit : parquet::kDeltaBinaryPacked));
  return Status::Ok();
}

Status ColumnChunkWriter::PutPage(bool dictionary, uint32_t count, parquet::Encoding encoding,
                                  int64_t* offset, ColumnChunk* out) {
  std::string_view stored;
  DOSQL_TRY(Pack(&stored));
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
  const ColumnOptions wanted = options_.Of(leaf.field_id);
  Values v{leaf, e, {}, {}};
  if (e.values() > 0 && v.dictionary.Build(leaf, e, options_.dictionary_bytes)) {
    out->encoding = parquet::kRleDictionary;
    v.distinct.column = e.column;
    for (uint32_t first : v.dictionary.firsts()) v.distinct.slots.push_back(e.slot(first));
    v.width = BitWidth(v.distinct.values() - 1);
  }
  if (wanted.bloom_wrong_share > 0 && leaf.physical != parquet::kBoolean)
    out->bloom = BloomFilter(BloomHashes(leaf, out->encoding == parquet::kPlain ? e : v.distinct),
                             wanted.bloom_wrong_share, options_.bloom_bytes);
  DOSQL_TRY(ChooseEncoding(v, out));
  const bool coded = out->encoding == parquet::kRleDictionary;
  if (coded) {
    const uint32_t count = v.distinct.values();
    out->dictionary_offset = *offset;
    out->dictionary_pages = 1;
    body_.clear();
    EncodePlain(leaf, v.distinct, 0, count, &body_);
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
        bytes += coded ? (v.width + 7) / 8 : PlainBytes(leaf, e, value);
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
    Encode(v, out->encoding, first_value, value);
    DOSQL_TRY(PutPage(false, at - first, out->encoding, offset, out));
    page.bytes = static_cast<int32_t>(*offset - page.offset);
    out->data_pages++;
    out->pages.push_back(std::move(page));
  }
  return Status::Ok();
}

}  // namespace dosql::lake
