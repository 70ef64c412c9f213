// Writes a Parquet file of rows made from a seed, and the same rows as JSON, one array a row.
//
//   parquet_write types SEED ROWS GROUPS OUT.parquet OUT.json   all types, nested ones too
//   parquet_write bench TYPES IN.txt OUT.parquet [compact]      prints milliseconds and bytes
//
// A compact file may have the encodings that are not for every reader; a seed less a multiple of
// three is how many.
//
// JSON: decimals as unscaled text, binary as hex, dates and timestamps as numbers, NaN as "NaN".
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "core/base/bytes.h"
#include "core/lake/parquet/parquet_writer.h"

using namespace dosql;
using namespace dosql::lake;

namespace {

class Numbers {
 public:
  explicit Numbers(uint64_t seed) : state_(seed * 2654435761u + 1) {}
  uint64_t Next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return state_ >> 11;
  }
  uint64_t Below(uint64_t n) { return Next() % n; }

 private:
  uint64_t state_;
};

struct FileSink final : ByteSink {
  std::FILE* file = nullptr;
  int64_t bytes = 0;
  Status Append(std::string_view b) override {
    bytes += static_cast<int64_t>(b.size());
    return std::fwrite(b.data(), 1, b.size(), file) == b.size() ? Status::Ok() : Status(Code::kIo);
  }
};

Field Make(int32_t id, const char* name, TypeKind kind, bool required = false,
           uint8_t precision = 0, uint8_t scale = 0) {
  Field f;
  f.id = id;
  f.name = name;
  f.required = required;
  f.type.kind = kind;
  f.type.precision = precision;
  f.type.scale = scale;
  return f;
}

Schema AllTypes() {
  Schema s;
  using K = TypeKind;
  s.fields = {Make(1, "id", K::kLong, true),
              Make(2, "flag", K::kBoolean),
              Make(3, "small", K::kInt),
              Make(4, "big", K::kLong),
              Make(5, "single", K::kFloat),
              Make(6, "real", K::kDouble),
              Make(7, "d9", K::kDecimal, false, 9, 2),
              Make(8, "d18", K::kDecimal, false, 18, 4),
              Make(9, "d38", K::kDecimal, false, 38, 10),
              Make(10, "day", K::kDate),
              Make(11, "at", K::kTimestamp),
              Make(12, "atz", K::kTimestampTz),
              Make(13, "word", K::kString),
              Make(14, "text with \"quotes\"", K::kString),
              Make(15, "bytes", K::kBinary)};
  Field list = Make(16, "tags", K::kList);
  list.type.fields = {Make(17, "element", K::kString)};
  Field point = Make(18, "point", K::kStruct);
  point.type.fields = {Make(19, "x", K::kInt, true), Make(20, "y", K::kDouble)};
  Field deep = Make(21, "deep", K::kList);
  Field inner = Make(22, "element", K::kList, true);
  inner.type.fields = {Make(23, "element", K::kInt)};
  deep.type.fields = {inner};
  s.fields.push_back(list);
  s.fields.push_back(point);
  s.fields.push_back(deep);
  return s;
}

std::string Repeat(std::string_view s, uint64_t n) {
  std::string out;
  for (; n > 0; n--) out += s;
  return out;
}

std::string Quote(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<uint8_t>(c) < 0x20) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Real(double d) {
  char text[40];
  if (std::isnan(d)) return "\"NaN\"";
  if (std::isinf(d)) return d < 0 ? "\"-Inf\"" : "\"Inf\"";
  std::snprintf(text, sizeof text, "%.17g", d);
  return std::strpbrk(text, ".en") != nullptr ? text : std::string(text) + ".0";
}

std::string Unscaled(__int128 v) {
  if (v == 0) return "\"0\"";
  const bool minus = v < 0;
  unsigned __int128 u =
      minus ? -static_cast<unsigned __int128>(v) : static_cast<unsigned __int128>(v);
  std::string digits;
  for (; u != 0; u /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(u % 10)));
  return "\"" + std::string(minus ? "-" : "") + digits + "\"";
}

// Adds a value of the field to the column; returns it as JSON.
std::string Add(const Field& f, Numbers* n, Column* c) {
  const bool null = !f.required && n->Below(7) == 0;
  c->rows++;
  if (!f.required) c->valid.push_back(!null);
  const Type& t = f.type;
  std::string json = "null";
  auto put_text = [&](std::string_view s) {
    c->heap.append(s);
    c->ends.push_back(static_cast<uint32_t>(c->heap.size()));
  };
  switch (t.kind) {
    case TypeKind::kStruct: {
      c->children.resize(t.fields.size());
      std::string out = "{";
      for (size_t i = 0; i < t.fields.size(); i++)
        out += (i > 0 ? "," : "") + Quote(t.fields[i].name) + ":" +
               Add(t.fields[i], n, &c->children[i]);
      return null ? json : out + "}";
    }
    case TypeKind::kList: {
      c->children.resize(1);
      std::string out = "[";
      for (uint64_t i = 0, count = null ? 0 : n->Below(4); i < count; i++)
        out += (i > 0 ? "," : "") + Add(t.fields[0], n, &c->children[0]);
      c->ends.push_back(c->children[0].rows);
      return null ? json : out + "]";
    }
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      constexpr double kOdd[] = {0.0, -0.0, 1e300, -1.5, 5e-324, 0.1};
      // Singles hardly repeat, and their upper bytes are alike.
      double d = n->Below(t.kind == TypeKind::kFloat ? 40 : 3) == 0 ? kOdd[n->Below(6)]
                 : t.kind == TypeKind::kFloat ? 100 + static_cast<double>(n->Below(1 << 20)) / 1024
                                              : static_cast<double>(n->Below(2000)) / 8 - 100;
      if (n->Below(200) == 0) d = std::nan("");
      if (t.kind == TypeKind::kFloat) d = static_cast<float>(d > 1e38 ? 3e38 : d);
      c->doubles.push_back(null ? 0 : d);
      return null ? json : Real(d);
    }
    case TypeKind::kString: {
      constexpr const char* kWords[] = {
          "", "a", "north", "south", "\xc3\xa4\xc3\xb6\xc3\xbc", "line\nbreak", "\xf0\x9f\x90\xa6"};
      std::string s = f.id == 13
                          ? kWords[n->Below(7)]
                          : Repeat(n->Below(4) == 0 ? "\xd0\xaf" : "row ", 1 + n->Below(20)) +
                                std::to_string(n->Next()) +
                                Repeat(n->Below(2) == 0 ? "\xf0\x9f\x90\xa6" : "z", n->Below(60));
      if (null) s.clear();
      put_text(s);
      return null ? json : Quote(s);
    }
    case TypeKind::kBinary: {
      std::string s, hex;
      for (uint64_t i = null ? 0 : n->Below(20); i > 0; i--)
        s.push_back(static_cast<char>(n->Below(256)));
      put_text(s);
      char two[3];
      for (char b : s) {
        std::snprintf(two, sizeof two, "%02x", static_cast<uint8_t>(b));
        hex += two;
      }
      return null ? json : "\"" + hex + "\"";
    }
    case TypeKind::kDecimal: {
      unsigned __int128 most = 1;
      for (int i = 0; i < t.precision; i++) most *= 10;
      __int128 v = static_cast<__int128>(
          (static_cast<unsigned __int128>(n->Next()) << 64 | n->Next() << 11) % most);
      if (n->Below(2) == 0) v = -v;
      if (n->Below(20) == 0) v = static_cast<__int128>(most) - 1;
      if (null) v = 0;
      if (t.precision <= 18) {
        c->ints.push_back(static_cast<int64_t>(v));
      } else {
        char bytes[16];
        for (int i = 0; i < 16; i++) bytes[i] = static_cast<char>(v >> (8 * (15 - i)));
        put_text({bytes, 16});
      }
      return null ? json : Unscaled(v);
    }
    default: {
      int64_t v = static_cast<int64_t>(n->Next());
      // Keys ascend, as keys do.
      if (f.id == 1) v = c->rows == 1 ? v : c->ints.back() + 1 + static_cast<int64_t>(n->Below(90));
      if (t.kind == TypeKind::kBoolean) v = static_cast<int64_t>(n->Below(2));
      if (t.kind == TypeKind::kInt)
        v = static_cast<int32_t>(n->Below(9) == 0 ? INT32_MIN : n->Next());
      if (t.kind == TypeKind::kDate) v = static_cast<int64_t>(n->Below(40000)) - 10000;
      if (t.kind == TypeKind::kLong && n->Below(50) == 0)
        v = INT64_MIN + static_cast<int64_t>(n->Below(2));
      if (t.kind == TypeKind::kTimestamp || t.kind == TypeKind::kTimestampTz)
        v = static_cast<int64_t>(n->Below(4000000000000000)) - 1000000000000000;
      c->ints.push_back(null ? 0 : v);
      if (null) return json;
      return t.kind == TypeKind::kBoolean ? (v != 0 ? "true" : "false") : std::to_string(v);
    }
  }
}

int WriteTypes(char** a) {
  Numbers numbers(std::strtoull(a[0], nullptr, 10));
  const uint32_t rows = static_cast<uint32_t>(std::atoi(a[1])),
                 groups = static_cast<uint32_t>(std::atoi(a[2]));
  const Schema schema = AllTypes();
  FileSink sink;
  sink.file = std::fopen(a[3], "wb");
  std::FILE* json = std::fopen(a[4], "wb");
  if (sink.file == nullptr || json == nullptr) return 1;
  ParquetOptions options;
  options.page_rows = 700;
  options.page_bytes = 5000;
  constexpr parquet::Compression kCodecs[] = {parquet::kUncompressed, parquet::kZstd,
                                              parquet::kSnappy};
  options.codec = kCodecs[groups % 3];
  const int encodings = std::atoi(a[0]) % 3;
  for (const Leaf& leaf : LeavesOf(schema))
    options.columns.push_back({leaf.field_id, 0.01, encodings > 0, encodings > 1});
  ParquetWriter writer(&sink, schema, options, {{"iceberg.schema", "{}"}});
  for (uint32_t g = 0; g < groups; g++) {
    std::vector<Column> columns(schema.fields.size());
    for (uint32_t r = 0; r < rows; r++) {
      std::string line = "[";
      for (size_t i = 0; i < columns.size(); i++)
        line += (i > 0 ? "," : "") + Add(schema.fields[i], &numbers, &columns[i]);
      std::fprintf(json, "%s]\n", line.c_str());
    }
    if (Status s = writer.WriteRows(columns, rows); !s.ok()) {
      std::fprintf(stderr, "WriteRows: %s\n", CodeName(s.code()));
      return 1;
    }
  }
  FileSummary summary;
  if (!writer.Finish(&summary).ok() || summary.bytes != sink.bytes) return 1;
  std::fclose(sink.file);
  std::fclose(json);
  return 0;
}

// Lines of '|'-separated values, types by a word of I (long), R (double) and T (string) for each
// column.
int WriteBench(char** a, bool compact) {
  const std::string_view types = a[0];
  Schema schema;
  std::vector<Column> all(types.size());
  for (size_t i = 0; i < types.size(); i++)
    schema.fields.push_back(Make(static_cast<int32_t>(i) + 1, "c",
                                 types[i] == 'I'   ? TypeKind::kLong
                                 : types[i] == 'R' ? TypeKind::kDouble
                                                   : TypeKind::kString));
  for (size_t i = 0; i < types.size(); i++) schema.fields[i].name += std::to_string(i);
  std::FILE* in = std::fopen(a[1], "rb");
  FileSink sink;
  sink.file = std::fopen(a[2], "wb");
  if (in == nullptr || sink.file == nullptr) return 1;
  constexpr uint32_t kGroup = 122880;
  double ms = 0;
  ParquetOptions options;
  for (const Field& f : schema.fields) options.columns.push_back({f.id, 0, compact, compact});
  ParquetWriter writer(&sink, schema, options);
  auto timed = [&](auto call) {
    const auto start = std::chrono::steady_clock::now();
    const Status s = call();
    ms +=
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return s.ok();
  };
  auto flush = [&] {
    const bool ok = timed([&] { return writer.WriteRows(all, all[0].rows); });
    for (Column& c : all) c = Column();
    return ok;
  };
  char line[4096];
  while (std::fgets(line, sizeof line, in) != nullptr) {
    char* p = line;
    line[std::strcspn(line, "\n")] = 0;
    for (size_t i = 0; i < types.size(); i++) {
      char* end = p + std::strcspn(p, "|");
      Column& c = all[i];
      c.rows++;
      if (types[i] == 'I') c.ints.push_back(std::strtoll(p, nullptr, 10));
      if (types[i] == 'R') c.doubles.push_back(std::strtod(p, nullptr));
      if (types[i] == 'T') {
        c.heap.append(p, end);
        c.ends.push_back(static_cast<uint32_t>(c.heap.size()));
      }
      p = *end != 0 ? end + 1 : end;
    }
    if (all[0].rows == kGroup && !flush()) return 1;
  }
  if (all[0].rows > 0 && !flush()) return 1;
  FileSummary summary;
  if (!timed([&] { return writer.Finish(&summary); })) return 1;
  std::fclose(sink.file);
  std::printf("%.1f %lld\n", ms, static_cast<long long>(summary.bytes));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 7 && std::strcmp(argv[1], "types") == 0) return WriteTypes(argv + 2);
  if ((argc == 5 || argc == 6) && std::strcmp(argv[1], "bench") == 0)
    return WriteBench(argv + 2, argc == 6);
  std::fprintf(stderr,
               "usage: parquet_write types SEED ROWS GROUPS OUT.parquet OUT.json | bench TYPES "
               "IN.txt OUT.parquet [compact]\n");
  return 2;
}
