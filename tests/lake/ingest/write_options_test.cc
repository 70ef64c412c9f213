#include "core/lake/ingest/write_options.h"

#include <gtest/gtest.h>

namespace dosql::lake {
namespace {

TEST(WriteOptions, Codec) {
  const auto codec = [](const char* name) {
    return WriteOptions({{"write.parquet.compression-codec", name}}, {}).codec;
  };
  EXPECT_EQ(WriteOptions({}, {}).codec, parquet::kZstd);
  EXPECT_EQ(codec("zstd"), parquet::kZstd);
  EXPECT_EQ(codec("snappy"), parquet::kSnappy);
  EXPECT_EQ(codec("UNCOMPRESSED"), parquet::kUncompressed);
  EXPECT_EQ(codec("gzip"), parquet::kZstd);
}

TEST(WriteOptions, Sizes) {
  const ParquetOptions plain;
  const ParquetOptions options = WriteOptions({{"write.parquet.page-size-bytes", "65536"},
                                               {"write.parquet.page-row-limit", "100"},
                                               {"write.parquet.dict-size-bytes", "99999999999"}},
                                              {});
  EXPECT_EQ(options.page_bytes, 65536u);
  EXPECT_EQ(options.page_rows, 100u);
  EXPECT_EQ(options.dictionary_bytes, 8u << 20);
  EXPECT_EQ(WriteOptions({{"write.parquet.page-row-limit", "0"}}, {}).page_rows, plain.page_rows);
  EXPECT_EQ(WriteOptions({{"write.parquet.page-size-bytes", "many"}}, {}).page_bytes,
            plain.page_bytes);
}

TEST(WriteOptions, RowGroupsAndFiles) {
  const auto groups = [](const char* bytes, const char* rows) {
    const ParquetOptions o = WriteOptions(
        {{"write.parquet.row-group-size-bytes", bytes}, {"write.parquet.row-group-limit", rows}},
        {});
    return std::pair(o.group_bytes, o.group_rows);
  };
  using Two = std::pair<uint32_t, uint32_t>;
  EXPECT_EQ(groups("x", "0"), Two(6 << 20, 122880));
  EXPECT_EQ(groups("1000", "10"), Two(1000, 10));
  EXPECT_EQ(groups("134217728", "1048576"), Two(16 << 20, 122880));
  const auto target = [](const char* bytes) {
    return TargetFileBytes({{"write.target-file-size-bytes", bytes}});
  };
  EXPECT_EQ(TargetFileBytes({}), 128 << 20);
  EXPECT_EQ(target("-1"), 128 << 20);
  EXPECT_EQ(target("1000000"), 1000000);
  EXPECT_EQ(target("5000000000"), 512 << 20);
}

Schema Columns() {
  Schema schema;
  for (int32_t id : {10, 11, 12}) {
    Field& f = schema.fields.emplace_back();
    f.id = id;
    f.name = std::string(1, static_cast<char>('a' + id - 10));
  }
  return schema;
}

TEST(WriteOptions, Encodings) {
  const Schema schema = Columns();
  const auto of = [&](Properties properties, int32_t id) {
    const ColumnOptions c = WriteOptions(properties, schema).Of(id);
    return std::pair(c.delta, c.split);
  };
  using Two = std::pair<bool, bool>;
  EXPECT_EQ(of({}, 10), Two(false, false));
  EXPECT_EQ(of({{"dolake.parquet.encodings", "PLAIN"}}, 10), Two(false, false));
  EXPECT_EQ(of({{"dolake.parquet.encodings", " delta_binary_packed "}}, 10), Two(true, false));
  EXPECT_EQ(of({{"dolake.parquet.encodings", "x, BYTE_STREAM_SPLIT,DELTA_BINARY_PACKED"}}, 10),
            Two(true, true));
  const Properties both = {{"dolake.parquet.encodings", "DELTA_BINARY_PACKED"},
                           {"dolake.parquet.encodings.column.b", ""},
                           {"dolake.parquet.encodings.column.c", "BYTE_STREAM_SPLIT"}};
  EXPECT_EQ(of(both, 10), Two(true, false));
  EXPECT_EQ(of(both, 11), Two(false, false));
  EXPECT_EQ(of(both, 12), Two(false, true));
}

TEST(WriteOptions, BloomFilters) {
  const Schema schema = Columns();
  EXPECT_EQ(WriteOptions({}, schema).Of(10).bloom_wrong_share, 0);
  const ParquetOptions options =
      WriteOptions({{"write.parquet.bloom-filter-enabled.column.b", "true"},
                    {"write.parquet.bloom-filter-enabled.column.c", "TRUE"},
                    {"write.parquet.bloom-filter-enabled.column.no", "true"},
                    {"write.parquet.bloom-filter-enabled.column.a", "false"},
                    {"write.parquet.bloom-filter-fpp.column.c", "0.2"},
                    {"write.parquet.bloom-filter-max-bytes", "65536"}},
                   schema);
  EXPECT_EQ(options.columns.size(), 2u);
  EXPECT_EQ(options.Of(10).bloom_wrong_share, 0);
  EXPECT_EQ(options.Of(11).bloom_wrong_share, 0.01);
  EXPECT_EQ(options.Of(12).bloom_wrong_share, 0.2);
  EXPECT_EQ(options.bloom_bytes, 65536u);
  for (const char* odd : {"x", "-5", "", "0"})
    EXPECT_EQ(WriteOptions({{"write.parquet.bloom-filter-max-bytes", odd},
                            {"write.parquet.bloom-filter-enabled.column.a", "true"},
                            {"write.parquet.bloom-filter-fpp.column.a", odd}},
                           schema)
                      .bloom_bytes *
                  WriteOptions({{"write.parquet.bloom-filter-enabled.column.a", "true"},
                                {"write.parquet.bloom-filter-fpp.column.a", odd}},
                               schema)
                      .Of(10)
                      .bloom_wrong_share,
              (1 << 20) * 0.01);
}

}  // namespace
}  // namespace dosql::lake
