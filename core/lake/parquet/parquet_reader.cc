#include "core/lake/parquet/parquet_reader.h"

#include <algorithm>

#include "core/base/bytes.h"
#include "core/lake/codec/snappy_codec.h"
#include "core/lake/parquet/byte_stream_split.h"
#include "core/lake/parquet/delta_encoding.h"
#include "core/lake/parquet/run_length_decoder.h"
#include "core/lake/parquet/thrift_reader.h"
#include "core/lake/parquet/value_reader.h"

namespace dosql::lake {
namespace {

constexpr size_t kEnds = 4 + 4 + 4;  // both magics and the footer's size
constexpr size_t kFieldsMax = 10000;
constexpr size_t kChunksMax = 100000;

Status Corrupt(Diag* diag, std::string_view what) {
  return diag->Set(Code::kCorrupt, Words({"the Parquet file is damaged: ", what}));
}
Status Unsupported(Diag* diag, std::string_view what) {
  return diag->Set(Code::kUnsupported, Words({"the Parquet file has ", what}));
}

bool IsReal(int32_t physical) {
  return physical == parquet::kFloat || physical == parquet::kDouble;
}

// Bytes of a number in PLAIN, 0: it is none.
uint32_t WidthOf(int32_t physical) {
  return physical == parquet::kInt32 || physical == parquet::kFloat    ? 4
         : physical == parquet::kInt64 || physical == parquet::kDouble ? 8
                                                                       : 0;
}

int32_t Small(int64_t v) { return v < INT32_MIN || v > INT32_MAX ? -1 : static_cast<int32_t>(v); }

}  // namespace

bool ParquetReader::Charge(uint64_t bytes) {
  if (bytes > left_) return false;
  left_ -= static_cast<size_t>(bytes);
  return true;
}

Status ParquetReader::Open(std::string_view file, Diag* diag) {
  int64_t wanted;
  return OpenEnd(file, static_cast<int64_t>(file.size()), &wanted, diag);
}

Status ParquetReader::OpenEnd(std::string_view end, int64_t size, int64_t* wanted, Diag* diag) {
  elements_.clear();
  groups_.clear();
  const bool whole = static_cast<int64_t>(end.size()) == size;
  const std::string_view magic(parquet::kMagic);
  if (end.size() < kEnds || (whole && !end.starts_with(magic)) || !end.ends_with(magic))
    return Corrupt(diag, "it does not begin and end as one");
  const uint32_t footer = LoadLe<uint32_t>(end.data() + end.size() - 8);
  if (footer > size - static_cast<int64_t>(kEnds))
    return Corrupt(diag, "its footer is longer than it");
  *wanted = int64_t{footer} + 8;
  if (*wanted > static_cast<int64_t>(end.size())) return Status::Ok();
  data_end_ = size - *wanted;
  Hold(end, size - static_cast<int64_t>(end.size()));
  return ReadFooter(end.substr(static_cast<size_t>(data_end_ - file_begin_), footer), diag);
}

void ParquetReader::PlaceOf(size_t group, int64_t* from, int64_t* to) const {
  *from = data_end_;
  *to = 0;
  for (const Chunk& chunk : groups_[group].chunks) {
    if (!IsWithin(chunk)) continue;
    *from = std::min(*from, chunk.begin());
    *to = std::max(*to, chunk.begin() + chunk.stored_bytes);
  }
}

Status ParquetReader::ReadFooter(std::string_view footer, Diag* diag) {
  ThriftReader t(footer);
  int16_t id;
  uint8_t type;
  bool well = true, has_schema = false;
  size_t chunks = 0;
  rows_ = -1;
  while (well && t.Next(&id, &type)) {
    if (id == 2) {
      well = !has_schema && ReadSchema(t.ListOf(type, ThriftReader::kStruct), &t);
      has_schema = true;
    } else if (id == 3 && ThriftReader::IsNumber(type)) {
      rows_ = t.Number();
    } else if (id == 4) {
      well = groups_.empty();
      for (uint32_t left = t.ListOf(type, ThriftReader::kStruct); well && left > 0; left--) {
        well = ReadGroup(&t, &groups_.emplace_back());
        chunks += groups_.back().chunks.size() + 1;
        if (chunks > kChunksMax) return diag->Set(Code::kNoMemory, "too many row groups");
      }
    } else {
      t.Skip(type);
    }
  }
  int64_t rows = 0;
  for (const Group& group : groups_) {
    well &= group.chunks.size() == elements_.size();
    rows += group.rows;
  }
  return t.ok() && well && has_schema && rows == rows_ ? Status::Ok() : Corrupt(diag, "its footer");
}

// The first element is the root. Children of others are walked over: they are leaves of columns
// that are not flat.
bool ParquetReader::ReadSchema(uint32_t count, ThriftReader* t) {
  uint64_t inside = 0;  // elements that are still to come of a column that is not flat
  if (count > kFieldsMax) return false;
  for (uint32_t i = 0; i < count; i++) {
    Element e;
    int64_t children = 0;
    int32_t repetition = parquet::kRequired;
    int16_t id;
    int64_t v;
    t->Enter();
    while (t->NextNumber(&id, &v)) {
      const int32_t small = v < 0 || v > INT32_MAX ? -1 : static_cast<int32_t>(v);
      if (id == 1) e.physical = small;
      if (id == 2) e.fixed_bytes = small;
      if (id == 3) repetition = small;
      if (id == 5) children = v;
      if (id == 7) e.scale = small;
      if (id == 9) e.id = small;
    }
    if (!t->ok() || children < 0 || children > static_cast<int64_t>(kFieldsMax)) return false;
    if (i == 0) continue;
    e.optional = repetition == parquet::kOptional;
    e.flat = inside == 0 && children == 0 && repetition != parquet::kRepeated;
    if (inside > 0) inside--;
    inside += static_cast<uint64_t>(children);
    if (children == 0) elements_.push_back(e);
  }
  return t->ok() && inside == 0 && !elements_.empty();
}

bool ParquetReader::ReadGroup(ThriftReader* t, Group* out) {
  int16_t id;
  uint8_t type;
  int64_t rows = -1;
  t->Enter();
  while (t->Next(&id, &type)) {
    if (id == 3 && ThriftReader::IsNumber(type)) {
      rows = t->Number();
    } else if (id == 1) {
      for (uint32_t left = t->ListOf(type, ThriftReader::kStruct); left > 0 && t->ok(); left--) {
        Chunk& chunk = out->chunks.emplace_back();
        if (out->chunks.size() > elements_.size()) return false;
        t->Enter();
        while (t->Next(&id, &type)) {
          if (id != 3 || type != ThriftReader::kStruct) {
            t->Skip(type);
            continue;
          }
          t->Enter();
          int64_t v;
          while (t->NextNumber(&id, &v)) {
            if (id == 4) chunk.codec = v < 0 || v > 100 ? -1 : static_cast<int32_t>(v);
            if (id == 5) chunk.values = v;
            if (id == 6) chunk.plain_bytes = v;
            if (id == 7) chunk.stored_bytes = v;
            if (id == 9) chunk.data_offset = v;
            if (id == 11) chunk.dictionary_offset = v;
          }
        }
      }
    } else {
      t->Skip(type);
    }
  }
  if (rows < 0 || rows > INT32_MAX) return false;
  out->rows = static_cast<uint32_t>(rows);
  return t->ok();
}

Status ParquetReader::NextPage(const Chunk& chunk, std::string_view* rest, Page* page, Diag* diag) {
  *page = Page();
  ThriftReader t(*rest);
  int16_t id;
  uint8_t type;
  while (t.Next(&id, &type)) {
    if (id >= 1 && id <= 3 && ThriftReader::IsNumber(type)) {
      const int32_t v = Small(t.Number());
      (id == 1 ? page->type : id == 2 ? page->plain_bytes : page->stored_bytes) = v;
    } else if ((id == 5 || id == 7) && type == ThriftReader::kStruct) {
      t.Enter();
      int64_t v;
      while (t.NextNumber(&id, &v)) {
        if (id == 1) page->values = Small(v);
        if (id == 2) page->encoding = Small(v);
        if (id == 3) page->levels = Small(v);
      }
    } else {
      t.Skip(type);
    }
  }
  if (!t.ok()) return Corrupt(diag, "a page's header");
  rest->remove_prefix(t.position());
  if (page->type != parquet::kDataPage && page->type != parquet::kDictionaryPage)
    return Unsupported(diag, "pages of another kind");
  if (page->plain_bytes < 0 || page->stored_bytes < 0 || page->values < 0 ||
      static_cast<size_t>(page->stored_bytes) > rest->size())
    return Corrupt(diag, "a page's header");
  const std::string_view stored = rest->substr(0, static_cast<size_t>(page->stored_bytes));
  rest->remove_prefix(stored.size());
  if (static_cast<size_t>(page->plain_bytes) > left_)
    return diag->Set(Code::kNoMemory, "a page of the Parquet file is too large");
  if (chunk.codec == parquet::kUncompressed) {
    if (page->plain_bytes != page->stored_bytes) return Corrupt(diag, "a page's size");
    body_ = stored;
    return Status::Ok();
  }
  const auto size = static_cast<size_t>(page->plain_bytes);
  if (chunk.codec != parquet::kZstd && chunk.codec != parquet::kSnappy)
    return Unsupported(diag, "another compression than zstd and snappy");
  const Status s = chunk.codec == parquet::kZstd ? zstd_.Decompress(stored, size, &body_)
                                                 : SnappyDecompress(stored, size, &body_);
  return s.code() == Code::kCorrupt ? Corrupt(diag, "a compressed page") : s;
}

Status ParquetReader::ReadValues(const Element& element, const Page& page, const Type& type,
                                 Column* out, Diag* diag) {
  const auto count = static_cast<uint32_t>(page.values);
  // Levels, and codes or unpacked values, beside what the rows themselves take.
  if (uint64_t{count} * 12 > left_)
    return diag->Set(Code::kNoMemory, "a page of the Parquet file has too many rows");
  const bool is_dictionary = page.type == parquet::kDictionaryPage;
  std::string_view values = body_;
  std::vector<uint32_t> present;
  uint32_t there = count;
  if (element.optional && !is_dictionary) {
    if (page.levels != parquet::kRle) return Unsupported(diag, "levels of another encoding");
    if (values.size() < 4) return Corrupt(diag, "a page's levels");
    const uint32_t size = LoadLe<uint32_t>(values.data());
    values.remove_prefix(4);
    present.resize(count);
    if (size > values.size() || !DecodeRuns(values.substr(0, size), 1, count, present.data()))
      return Corrupt(diag, "a page's levels");
    values.remove_prefix(size);
    there = 0;
    for (uint32_t p : present) there += p;
  }
  const uint32_t* levels = present.empty() ? nullptr : present.data();
  // A text is copied once into the heap, which the page's bytes bound; of a dictionary's each code
  // may do so.
  const size_t heap_max = std::min<size_t>(out->heap.size() + left_, UINT32_MAX);
  const size_t heap_before = out->heap.size();
  bool well;
  if (page.encoding == parquet::kPlain) {
    well = ReadPlain(element.physical, static_cast<uint32_t>(element.fixed_bytes), type, levels,
                     count, values, heap_max, out);
  } else if (page.encoding == parquet::kDeltaBinaryPacked ||
             page.encoding == parquet::kByteStreamSplit) {
    const uint32_t bytes = WidthOf(element.physical);
    const bool delta = page.encoding == parquet::kDeltaBinaryPacked;
    if (is_dictionary || bytes == 0 || delta == IsReal(element.physical))
      return Unsupported(diag, "values of another encoding");
    // No more than eight bytes a value, as was asked for above.
    std::string plain;
    well =
        delta ? DecodeDelta(values, bytes, there, &plain) : values.size() == size_t{there} * bytes;
    if (well && !delta) JoinBytes(values, bytes, &plain);
    well = well && ReadPlain(element.physical, 0, type, levels, count, plain, heap_max, out);
  } else if (page.encoding == parquet::kRleDictionary && !is_dictionary) {
    if (!has_dictionary_ || (there > 0 && values.empty())) return Corrupt(diag, "a page of codes");
    std::vector<uint32_t> codes(there);
    well = (there == 0 ||
            DecodeRuns(values.substr(1), static_cast<uint8_t>(values[0]), there, codes.data())) &&
           ReadCodes(dictionary_, type, levels, count, codes, heap_max, out);
  } else {
    return Unsupported(diag, "values of another encoding");
  }
  if (!well) return Corrupt(diag, "a page's values");
  return Charge(out->heap.size() - heap_before)
             ? Status::Ok()
             : diag->Set(Code::kNoMemory, "a column of the Parquet file is too large");
}

Status ParquetReader::ReadColumn(const Group& group, size_t column, const Type& type, Column* out,
                                 Diag* diag) {
  const Element& element = elements_[column];
  const Chunk& chunk = group.chunks[column];
  if (!element.flat) return Unsupported(diag, "a nested column");
  if (!CanRead(element.physical, type) ||
      (type.kind == TypeKind::kDecimal && element.scale != type.scale))
    return Unsupported(diag, "a column of another type");
  const int64_t from = chunk.begin() - file_begin_;
  if (chunk.values != group.rows || !IsWithin(chunk) || from < 0 ||
      chunk.stored_bytes > static_cast<int64_t>(file_.size()) - from)
    return Corrupt(diag, "a column's place");
  std::string_view rest =
      file_.substr(static_cast<size_t>(from), static_cast<size_t>(chunk.stored_bytes));
  // All of its texts at once: growing would take three times that for a moment.
  if (SlotOf(type) == Slot::kHeap && chunk.dictionary_offset == 0 && chunk.plain_bytes > 0)
    out->heap.reserve(std::min(static_cast<size_t>(chunk.plain_bytes), left_));
  has_dictionary_ = false;
  dictionary_ = Column();
  while (out->rows < group.rows) {
    Page page;
    DOSQL_TRY(NextPage(chunk, &rest, &page, diag));
    if (page.type == parquet::kDictionaryPage) {
      // As many as there are bytes at most: they are PLAIN, of which booleans have none.
      if (has_dictionary_ || page.encoding != parquet::kPlain ||
          element.physical == parquet::kBoolean || page.values > page.plain_bytes)
        return Corrupt(diag, "a dictionary");
      if (!Charge(uint64_t{static_cast<uint32_t>(page.values)} * 9))
        return diag->Set(Code::kNoMemory, "a dictionary of the Parquet file is too large");
      DOSQL_TRY(ReadValues(element, page, type, &dictionary_, diag));
      has_dictionary_ = true;
      continue;
    }
    if (static_cast<uint32_t>(page.values) > group.rows - out->rows)
      return Corrupt(diag, "a column has more values than rows");
    // A page of no rows would be read for ever only if it took no bytes: its header takes some.
    DOSQL_TRY(ReadValues(element, page, type, out, diag));
  }
  return Status::Ok();
}

Status ParquetReader::Read(size_t group, const Schema& schema, std::vector<Column>* out,
                           Diag* diag) {
  const Group& g = groups_[group];
  left_ = budget_;
  out->assign(schema.fields.size(), Column());
  for (size_t f = 0; f < schema.fields.size(); f++) {
    const Field& field = schema.fields[f];
    Column& column = (*out)[f];
    if (field.type.nested()) return Unsupported(diag, "no nested columns that can be read");
    // Eight bytes a row, and whether it is there.
    if (!Charge(uint64_t{g.rows} * 9))
      return diag->Set(Code::kNoMemory, "a row group of the Parquet file is too large");
    size_t at = 0;
    while (at < elements_.size() && (elements_[at].id != field.id || field.id < 0)) at++;
    if (at < elements_.size()) {
      column.valid.reserve(g.rows);
      DOSQL_TRY(ReadColumn(g, at, field.type, &column, diag));
      continue;
    }
    column.rows = g.rows;
    column.valid.assign(g.rows, 0);
    switch (SlotOf(field.type)) {
      case Slot::kInts: column.ints.assign(g.rows, 0); break;
      case Slot::kDoubles: column.doubles.assign(g.rows, 0); break;
      case Slot::kHeap: column.ends.assign(g.rows, 0); break;
    }
  }
  return Status::Ok();
}

}  // namespace dosql::lake
