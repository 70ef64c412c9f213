// Parquet files of any bytes: the reader answers or refuses, and every value that it gives can be
// touched; what is given to it in parts is read as the whole is.
//
// Input: u8 kind, then bytes. Of the kind's bits the lowest says whether they are the file itself
// (0) or changes to one of ours; the next two how that is stored (3: as 0), the one after them
// whether with the encodings that are not for every reader.
#include <algorithm>
#include <string>
#include <vector>

#include "core/lake/parquet/parquet_reader.h"
#include "core/lake/parquet/parquet_writer.h"
#include "core/lake/parquet/value_reader.h"
#include "tests/fuzz/fuzz_input.h"

using namespace dosql;
using namespace dosql::lake;

namespace {

struct Sink final : ByteSink {
  std::string bytes;
  Status Append(std::string_view b) override {
    bytes += b;
    return Status::Ok();
  }
};

Schema TheSchema() {
  Schema schema;
  int32_t id = 0;
  for (TypeKind kind : {TypeKind::kBoolean, TypeKind::kLong, TypeKind::kDouble, TypeKind::kDate,
                        TypeKind::kDecimal, TypeKind::kString}) {
    Field f;
    f.id = ++id;
    f.name = std::string(1, static_cast<char>('a' + id));
    f.type.kind = kind;
    if (kind == TypeKind::kDecimal) f.type.precision = 25;
    schema.fields.push_back(f);
  }
  return schema;
}

std::string TheFile(const Schema& schema, uint8_t kind) {
  std::vector<Column> columns(schema.fields.size());
  for (size_t f = 0; f < columns.size(); f++) {
    Column& c = columns[f];
    c.rows = 40;
    for (uint32_t r = 0; r < c.rows; r++) {
      c.valid.push_back(r % 5 != 0);
      switch (SlotOf(schema.fields[f].type)) {
        case Slot::kInts: c.ints.push_back(f == 0 ? r & 1 : r % 3); break;
        case Slot::kDoubles: c.doubles.push_back(r * 1.5); break;
        case Slot::kHeap:
          if (r % 5 != 0) c.heap += std::string(16, static_cast<char>(r % 7));
          c.ends.push_back(static_cast<uint32_t>(c.heap.size()));
      }
    }
  }
  Sink sink;
  ParquetOptions options;
  // Mostly uncompressed, so that changes reach the values.
  constexpr parquet::Compression kCodecs[] = {parquet::kUncompressed, parquet::kSnappy,
                                              parquet::kZstd, parquet::kUncompressed};
  options.codec = kCodecs[kind >> 1 & 3];
  for (const Field& f : schema.fields)
    options.columns.push_back({f.id, 0, (kind & 8) != 0, (kind & 8) != 0});
  options.page_rows = 15;
  ParquetWriter writer(&sink, schema, options);
  FileSummary summary;
  if (!writer.WriteRows(columns, 40).ok() || !writer.Finish(&summary).ok()) __builtin_trap();
  return sink.bytes;
}

// Bytes of a size of their own, so that a read beyond them is seen.
std::vector<char> Part(const std::vector<char>& file, int64_t from, int64_t to) {
  return {file.begin() + from, file.begin() + to};
}

// The last bytes, then a row group at a time.
class PartReader {
 public:
  explicit PartReader(const std::vector<char>& file) : file_(file), reader_(1 << 20) {
    const auto size = static_cast<int64_t>(file.size());
    int64_t wanted = std::min<int64_t>(size, 64);
    for (int64_t given = 0; given < wanted;) {
      given = wanted;
      part_ = Part(file, size - given, size);
      if (!reader_.OpenEnd({part_.data(), part_.size()}, size, &wanted, &diag_).ok())
        __builtin_trap();
    }
  }
  bool Read(size_t group, const Schema& schema) {
    int64_t from, to;
    reader_.PlaceOf(group, &from, &to);
    part_ = Part(file_, from, std::max(from, to));
    reader_.Hold({part_.data(), part_.size()}, from);
    std::vector<Column> columns;
    return reader_.Read(group, schema, &columns, &diag_).ok();
  }

 private:
  const std::vector<char>& file_;
  ParquetReader reader_;
  std::vector<char> part_;
  Diag diag_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput in(data, size);
  const Schema schema = TheSchema();
  std::string file;
  const auto kind = in.Take<uint8_t>();
  if (kind % 2 == 0) {
    file = AsText(in.TakeBytes(size));
  } else {
    file = TheFile(schema, kind);
    for (int changes = 0; changes < 8 && !in.empty(); changes++)
      Mutate(&in, {reinterpret_cast<uint8_t*>(file.data()), file.size()});
  }
  // Of its own size, so that a read beyond it is seen.
  const std::vector<char> exact(file.begin(), file.end());
  ParquetReader reader(1 << 20);
  Diag diag;
  if (!reader.Open({exact.data(), exact.size()}, &diag).ok()) return 0;
  PartReader parts(exact);
  volatile uint64_t sum = 0;
  for (size_t g = 0; g < reader.groups() && g < 100; g++) {
    std::vector<Column> columns;
    const bool read = reader.Read(g, schema, &columns, &diag).ok();
    if (parts.Read(g, schema) != read) __builtin_trap();
    if (!read) continue;
    for (size_t f = 0; f < columns.size(); f++) {
      const Column& c = columns[f];
      if (c.rows != reader.rows_of(g)) __builtin_trap();
      for (uint32_t r = 0; r < c.rows; r++) {
        sum = sum + c.IsNull(r);
        switch (SlotOf(schema.fields[f].type)) {
          case Slot::kInts: sum = sum + static_cast<uint64_t>(c.ints[r]); break;
          case Slot::kDoubles: sum = sum + (c.doubles[r] > 0); break;
          case Slot::kHeap:
            for (char b : c.Text(r)) sum = sum + static_cast<uint8_t>(b);
        }
      }
    }
  }
  return 0;
}
