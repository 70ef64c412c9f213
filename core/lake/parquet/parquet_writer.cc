#include "core/lake/parquet/parquet_writer.h"

#include "core/base/bytes.h"
#include "core/lake/parquet/thrift_writer.h"

namespace dosql::lake {
namespace {

constexpr char kCreatedBy[] = "DoLake version 0.1.0 (build 1)";
constexpr size_t kBoundBytesMax = 64;  // of a text in statistics

// The character that ends the text becomes the next one; of those that have none the text is rid
// first. False: nothing is left.
bool RaiseText(std::string* text) {
  while (!text->empty()) {
    size_t at = text->size() - 1;
    while (at > 0 && ((*text)[at] & 0xc0) == 0x80) at--;
    const uint8_t lead = static_cast<uint8_t>((*text)[at]);
    uint32_t code = lead < 0x80   ? lead
                    : lead < 0xe0 ? lead & 0x1f
                    : lead < 0xf0 ? lead & 0x0f
                                  : lead & 0x07;
    for (size_t i = at + 1; i < text->size(); i++) code = code << 6 | ((*text)[i] & 0x3f);
    text->resize(at);
    if (code >= 0x10ffff) continue;
    code = code == 0xd7ff ? 0xe000 : code + 1;  // over the surrogates
    auto put = [&](uint32_t byte) { text->push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0 | code >> 6);
    } else if (code < 0x10000) {
      put(0xe0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3f));
    } else {
      put(0xf0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3f));
      put(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80) put(0x80 | (code & 0x3f));
    return true;
  }
  return false;
}

// Cut bounds are bounds still: the lower one by its prefix, the upper one raised. UTF-8 is cut
// between characters. False: there is no such upper bound.
bool CutBound(const Leaf& leaf, bool upper, std::string* bound) {
  if (leaf.physical != parquet::kByteArray || bound->size() <= kBoundBytesMax) return true;
  size_t n = kBoundBytesMax;
  if (leaf.type.kind == TypeKind::kString)
    while (n > 0 && ((*bound)[n] & 0xc0) == 0x80) n--;
  bound->resize(n);
  if (!upper) return true;
  if (leaf.type.kind == TypeKind::kString) return RaiseText(bound);
  while (!bound->empty() && static_cast<uint8_t>(bound->back()) == 0xff) bound->pop_back();
  if (bound->empty()) return false;
  bound->back()++;
  return true;
}

struct CutBounds {
  std::string low, high;
  bool low_exact = true, high_exact = true, ok = false;
  CutBounds(const Leaf& leaf, const ValueBounds& b) {
    if (!b.any) return;
    low = b.Low(leaf);
    high = b.High(leaf);
    const size_t low_size = low.size(), high_size = high.size();
    ok = CutBound(leaf, false, &low) && CutBound(leaf, true, &high);
    low_exact = low.size() == low_size;
    high_exact = high.size() == high_size;
  }
};

uint32_t SchemaElements(const Field& field) {
  if (field.type.kind == TypeKind::kList) return 2 + SchemaElements(field.type.fields[0]);
  uint32_t n = 1;
  for (const Field& f : field.type.fields) n += SchemaElements(f);
  return n;
}

bool HasLeaves(const std::vector<Field>& fields) {
  if (fields.empty()) return false;
  for (const Field& f : fields)
    if (f.type.nested() && !HasLeaves(f.type.fields)) return false;
  return true;
}

void PutLogicalType(const Type& type, ThriftWriter* t) {
  switch (type.kind) {
    case TypeKind::kString: t->EmptyStruct(1); break;
    case TypeKind::kList: t->EmptyStruct(3); break;
    case TypeKind::kDecimal:
      t->BeginStruct(5);
      t->I32(1, type.scale);
      t->I32(2, type.precision);
      t->EndStruct();
      break;
    case TypeKind::kDate: t->EmptyStruct(6); break;
    default:  // timestamps
      t->BeginStruct(8);
      t->Bool(1, type.kind == TypeKind::kTimestampTz);
      t->BeginStruct(2);
      t->EmptyStruct(2);  // microseconds
      t->EndStruct();
      t->EndStruct();
  }
}

void PutElement(const Field& field, ThriftWriter* t) {
  const Type& type = field.type;
  uint32_t fixed = 0;
  t->BeginItem();
  if (!type.nested()) t->I32(1, PhysicalOf(type, &fixed));
  if (fixed > 0) t->I32(2, static_cast<int32_t>(fixed));
  t->I32(3, field.required ? parquet::kRequired : parquet::kOptional);
  t->Text(4, field.name);
  if (type.nested())
    t->I32(5, type.kind == TypeKind::kList ? 1 : static_cast<int32_t>(type.fields.size()));
  int32_t converted = -1;
  switch (type.kind) {
    case TypeKind::kString: converted = parquet::kUtf8; break;
    case TypeKind::kList: converted = parquet::kListOf; break;
    case TypeKind::kDecimal: converted = parquet::kDecimalOf; break;
    case TypeKind::kDate: converted = parquet::kDateOf; break;
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz: converted = parquet::kTimestampMicros; break;
    default: break;
  }
  if (converted >= 0) t->I32(6, converted);
  if (type.kind == TypeKind::kDecimal) {
    t->I32(7, type.scale);
    t->I32(8, type.precision);
  }
  t->I32(9, field.id);
  if (converted >= 0) {
    t->BeginStruct(10);
    PutLogicalType(type, t);
    t->EndStruct();
  }
  t->EndItem();
  if (type.kind == TypeKind::kList) {
    t->BeginItem();
    t->I32(3, parquet::kRepeated);
    t->Text(4, "list");
    t->I32(5, 1);
    t->EndItem();
  }
  for (const Field& f : type.fields) PutElement(f, t);
}

void PutStatistics(const Leaf& leaf, const ColumnChunk& chunk, ThriftWriter* t) {
  const CutBounds bounds(leaf, chunk.bounds);
  t->I64(3, chunk.nulls);
  if (!bounds.ok || chunk.bounds.nans > 0) return;
  t->Text(5, bounds.high);
  t->Text(6, bounds.low);
  t->Bool(7, bounds.high_exact);
  t->Bool(8, bounds.low_exact);
}

// -1, 0, 1 of two pages' bounds, as their plain bytes mean.
int CompareBounds(const Leaf& leaf, const ValueBounds& a, bool a_high, const ValueBounds& b,
                  bool b_high) {
  if (leaf.physical == parquet::kByteArray || leaf.physical == parquet::kFixedBytes) {
    const std::string& x = a_high ? a.high_bytes : a.low_bytes;
    const std::string& y = b_high ? b.high_bytes : b.low_bytes;
    return CompareBytesOf(leaf, x, y);
  }
  if (leaf.physical == parquet::kFloat || leaf.physical == parquet::kDouble) {
    const double x = a_high ? a.high_real : a.low_real, y = b_high ? b.high_real : b.low_real;
    return x < y ? -1 : x > y;
  }
  const int64_t x = a_high ? a.high : a.low, y = b_high ? b.high : b.low;
  return x < y ? -1 : x > y;
}

parquet::BoundaryOrder OrderOf(const Leaf& leaf, const ColumnChunk& chunk) {
  bool up = true, down = true;
  const PageFacts* before = nullptr;
  for (const PageFacts& p : chunk.pages) {
    if (!p.bounds.any) continue;
    if (before != nullptr) {
      const int low = CompareBounds(leaf, p.bounds, false, before->bounds, false);
      const int high = CompareBounds(leaf, p.bounds, true, before->bounds, true);
      up = up && low >= 0 && high >= 0;
      down = down && low <= 0 && high <= 0;
    }
    before = &p;
  }
  return up ? parquet::kAscending : down ? parquet::kDescending : parquet::kUnordered;
}

std::string OffsetIndex(const ColumnChunk& chunk) {
  std::string out;
  ThriftWriter t(&out);
  t.BeginStructs(1, chunk.pages.size());
  for (const PageFacts& p : chunk.pages) {
    t.BeginItem();
    t.I64(1, p.offset);
    t.I32(2, p.bytes);
    t.I64(3, p.first_row);
    t.EndItem();
  }
  t.Finish();
  return out;
}

}  // namespace

ParquetWriter::ParquetWriter(ByteSink* sink, const Schema& schema, const ParquetOptions& options,
                             KeyValues metadata)
    : sink_(sink), schema_(schema), options_(options), metadata_(std::move(metadata)) {}

Status ParquetWriter::Begin() {
  if (offset_ > 0) return Status::Ok();
  if (!HasLeaves(schema_.fields)) return Code::kUnsupported;
  leaves_ = LeavesOf(schema_);
  offset_ = 4;
  return sink_->Append(parquet::kMagic);
}

Status ParquetWriter::WriteRows(const std::vector<Column>& columns, uint32_t rows) {
  DOSQL_TRY(Begin());
  if (columns.size() != schema_.fields.size()) return Code::kBind;
  if (rows == 0) return Status::Ok();
  RowGroup group{offset_, rows, {}};
  ColumnChunkWriter writer(sink_, options_, &zstd_);
  for (const Leaf& leaf : leaves_) {
    LeafEntries entries;
    DOSQL_TRY(ShredLeaf(schema_, leaf, columns, rows, &entries));
    group.chunks.emplace_back();
    DOSQL_TRY(writer.Write(leaf, entries, &offset_, &group.chunks.back()));
  }
  for (ColumnChunk& chunk : group.chunks) DOSQL_TRY(PutBloomFilter(&chunk));
  rows_ += rows;
  groups_.push_back(std::move(group));
  return Status::Ok();
}

// Filters stand behind their row group: no more than one group's are in memory.
Status ParquetWriter::PutBloomFilter(ColumnChunk* chunk) {
  if (chunk->bloom.empty()) return Status::Ok();
  chunk->bloom_offset = offset_;
  chunk->bloom_bytes = static_cast<int32_t>(chunk->bloom.size());
  offset_ += chunk->bloom_bytes;
  DOSQL_TRY(sink_->Append(chunk->bloom));
  chunk->bloom = std::string();
  return Status::Ok();
}

// Pages without bounds that are not all null have no place in an index: then there is none.
std::string ParquetWriter::ColumnIndex(const Leaf& leaf, const ColumnChunk& chunk, bool* ok) const {
  std::string out;
  std::vector<CutBounds> bounds;
  std::vector<bool> null_pages;
  *ok = true;
  for (const PageFacts& p : chunk.pages) {
    bounds.emplace_back(leaf, p.bounds);
    null_pages.push_back(!p.bounds.any && p.bounds.nans == 0);
    if ((!bounds.back().ok && !null_pages.back()) || p.bounds.nans > 0) *ok = false;
  }
  if (!*ok) return out;
  ThriftWriter t(&out);
  t.BeginBools(1, bounds.size());
  for (bool null : null_pages) t.ItemBool(null);
  t.BeginTexts(2, bounds.size());
  for (const CutBounds& b : bounds) t.ItemText(b.low);
  t.BeginTexts(3, bounds.size());
  for (const CutBounds& b : bounds) t.ItemText(b.high);
  t.I32(4, OrderOf(leaf, chunk));
  t.BeginI64s(5, chunk.pages.size());
  for (const PageFacts& p : chunk.pages) t.ItemNumber(p.nulls);
  t.Finish();
  return out;
}

Status ParquetWriter::PutIndexes() {
  auto put = [&](const std::string& bytes, std::vector<std::pair<int64_t, int32_t>>* places) {
    places->push_back({offset_, static_cast<int32_t>(bytes.size())});
    offset_ += static_cast<int64_t>(bytes.size());
    return sink_->Append(bytes);
  };
  for (const RowGroup& group : groups_)
    for (size_t i = 0; i < leaves_.size(); i++) {
      bool ok;
      const std::string bytes = ColumnIndex(leaves_[i], group.chunks[i], &ok);
      if (ok) {
        DOSQL_TRY(put(bytes, &column_indexes_));
      } else {
        column_indexes_.push_back({0, 0});
      }
    }
  for (const RowGroup& group : groups_)
    for (const ColumnChunk& chunk : group.chunks)
      DOSQL_TRY(put(OffsetIndex(chunk), &offset_indexes_));
  return Status::Ok();
}

std::string ParquetWriter::Footer() const {
  std::string out;
  ThriftWriter t(&out);
  t.I32(1, 1);
  uint32_t elements = 1;
  for (const Field& f : schema_.fields) elements += SchemaElements(f);
  t.BeginStructs(2, elements);
  t.BeginItem();
  t.Text(4, "table");
  t.I32(5, static_cast<int32_t>(schema_.fields.size()));
  t.EndItem();
  for (const Field& f : schema_.fields) PutElement(f, &t);
  t.I64(3, rows_);
  t.BeginStructs(4, groups_.size());
  size_t place = 0;
  for (size_t g = 0; g < groups_.size(); g++) {
    const RowGroup& group = groups_[g];
    int64_t plain = 0, stored = 0;
    t.BeginItem();
    t.BeginStructs(1, leaves_.size());
    for (size_t i = 0; i < leaves_.size(); i++, place++) {
      const Leaf& leaf = leaves_[i];
      const ColumnChunk& chunk = group.chunks[i];
      plain += chunk.plain_bytes;
      stored += chunk.stored_bytes;
      t.BeginItem();
      t.I64(2, 0);
      t.BeginStruct(3);
      t.I32(1, leaf.physical);
      const bool coded = chunk.dictionary_pages > 0;
      const bool plain = coded || chunk.encoding == parquet::kPlain;
      t.BeginI32s(2, coded ? 3 : 2);
      if (plain) t.ItemNumber(parquet::kPlain);
      t.ItemNumber(parquet::kRle);
      if (coded || !plain) t.ItemNumber(chunk.encoding);
      t.BeginTexts(3, leaf.path.size());
      for (const std::string& name : leaf.path) t.ItemText(name);
      t.I32(4, options_.codec);
      t.I64(5, chunk.entries);
      t.I64(6, chunk.plain_bytes);
      t.I64(7, chunk.stored_bytes);
      t.I64(9, chunk.data_offset);
      if (coded) t.I64(11, chunk.dictionary_offset);
      t.BeginStruct(12);
      PutStatistics(leaf, chunk, &t);
      t.EndStruct();
      t.BeginStructs(13, coded ? 2 : 1);
      if (coded) {
        t.BeginItem();
        t.I32(1, parquet::kDictionaryPage);
        t.I32(2, parquet::kPlain);
        t.I32(3, chunk.dictionary_pages);
        t.EndItem();
      }
      t.BeginItem();
      t.I32(1, parquet::kDataPage);
      t.I32(2, chunk.encoding);
      t.I32(3, chunk.data_pages);
      t.EndItem();
      if (chunk.bloom_bytes > 0) {
        t.I64(14, chunk.bloom_offset);
        t.I32(15, chunk.bloom_bytes);
      }
      t.EndStruct();
      t.I64(4, offset_indexes_[place].first);
      t.I32(5, offset_indexes_[place].second);
      if (column_indexes_[place].second > 0) {
        t.I64(6, column_indexes_[place].first);
        t.I32(7, column_indexes_[place].second);
      }
      t.EndItem();
    }
    t.I64(2, plain);
    t.I64(3, group.rows);
    t.I64(5, group.offset);
    t.I64(6, stored);
    t.EndItem();
  }
  if (!metadata_.empty()) {
    t.BeginStructs(5, metadata_.size());
    for (const auto& [key, value] : metadata_) {
      t.BeginItem();
      t.Text(1, key);
      t.Text(2, value);
      t.EndItem();
    }
  }
  t.Text(6, kCreatedBy);
  // Statistics are in the order of the types.
  t.BeginStructs(7, leaves_.size());
  for (size_t i = 0; i < leaves_.size(); i++) {
    t.BeginItem();
    t.EmptyStruct(1);
    t.EndItem();
  }
  t.Finish();
  return out;
}

Status ParquetWriter::Finish(FileSummary* summary) {
  DOSQL_TRY(Begin());
  DOSQL_TRY(PutIndexes());
  std::string footer = Footer();
  const uint32_t size = static_cast<uint32_t>(footer.size());
  footer.append(4, '\0');
  StoreLe<uint32_t>(footer.data() + size, size);
  footer += parquet::kMagic;
  DOSQL_TRY(sink_->Append(footer));
  offset_ += static_cast<int64_t>(footer.size());
  *summary = FileSummary();
  summary->bytes = offset_;
  summary->rows = rows_;
  for (const RowGroup& group : groups_) summary->row_group_offsets.push_back(group.offset);
  for (size_t i = 0; i < leaves_.size(); i++) {
    LeafSummary leaf;
    leaf.leaf = leaves_[i];
    for (const RowGroup& group : groups_) {
      const ColumnChunk& chunk = group.chunks[i];
      leaf.stored_bytes += chunk.stored_bytes;
      leaf.entries += chunk.entries;
      leaf.nulls += chunk.nulls;
      leaf.bounds.Merge(leaf.leaf, chunk.bounds);
    }
    summary->leaves.push_back(std::move(leaf));
  }
  return Status::Ok();
}

Schema PositionDeleteSchema() {
  Schema schema;
  schema.fields.resize(2);
  schema.fields[0] = {2147483546,
                      "file_path",
                      true,
                      {TypeKind::kString, 0, 0, {}},
                      "Path of a file in which a row is deleted"};
  schema.fields[1] = {2147483545,
                      "pos",
                      true,
                      {TypeKind::kLong, 0, 0, {}},
                      "Ordinal position of a deleted row in the data file"};
  return schema;
}

}  // namespace dosql::lake
