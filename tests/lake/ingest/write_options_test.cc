#include "core/lake/ingest/write_options.h"

#include <gtest/gtest.h>

namespace dosql::lake {
namespace {

TEST(WriteOptions, Codec) {
  const auto codec = [](const char* name) {
    return WriteOptions({{"write.parquet.compression-codec", name}}).codec;
  };
  EXPECT_EQ(WriteOptions({}).codec, parquet::kZstd);
  EXPECT_EQ(codec("zstd"), parquet::kZstd);
  EXPECT_EQ(codec("snappy"), parquet::kSnappy);
  EXPECT_EQ(codec("UNCOMPRESSED"), parquet::kUncompressed);
  EXPECT_EQ(codec("gzip"), parquet::kZstd);
}

}  // namespace
}  // namespace dosql::lake
