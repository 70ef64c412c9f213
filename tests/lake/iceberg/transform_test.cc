// Transforms against the vectors of the Iceberg spec, and bounds.
#include "core/lake/iceberg/transform.h"

#include <gtest/gtest.h>

#include <cmath>

namespace dosql::lake {
namespace {

const Type kInt{.kind = TypeKind::kInt}, kLong{.kind = TypeKind::kLong},
    kText{.kind = TypeKind::kString}, kBinary{.kind = TypeKind::kBinary},
    kDate{.kind = TypeKind::kDate}, kTs{.kind = TypeKind::kTimestamp},
    kTz{.kind = TypeKind::kTimestampTz}, kDouble{.kind = TypeKind::kDouble},
    kFloat{.kind = TypeKind::kFloat}, kBool{.kind = TypeKind::kBoolean},
    kDec9{.kind = TypeKind::kDecimal, .precision = 9, .scale = 2},
    kDec38{.kind = TypeKind::kDecimal, .precision = 38, .scale = 2};

// The hash by way of a bucket: with 2^31 - 1 buckets nearly all of it shows.
int32_t Bucket(const Type& type, const Datum& v) {
  return static_cast<int32_t>(ApplyTransform(ParseTransform("bucket[999999999]"), type, v).i);
}
int32_t BucketOf(int32_t hash) { return (hash & 0x7fffffff) % 999999999; }

TEST(Transform, HashesAreTheSpecs) {
  EXPECT_EQ(Bucket(kInt, Datum::Int(34)), BucketOf(2017239379));
  EXPECT_EQ(Bucket(kLong, Datum::Int(34)), BucketOf(2017239379));
  EXPECT_EQ(Bucket(kDec9, Datum::Int(1420)), BucketOf(-500754589));
  EXPECT_EQ(Bucket(kDec38, DecimalDatum(kDec38, 1420)), BucketOf(-500754589));
  EXPECT_EQ(Bucket(kDate, Datum::Int(17486)), BucketOf(-653330422));  // 2017-11-16
  EXPECT_EQ(Bucket(kTs, Datum::Int(1510871468000000)),
            BucketOf(-2047944441));  // 2017-11-16T22:31:08
  EXPECT_EQ(Bucket(kTs, Datum::Int(1510871468000001)), BucketOf(-1207196810));
  EXPECT_EQ(Bucket(kTz, Datum::Int(1510871468000000)), BucketOf(-2047944441));
  EXPECT_EQ(Bucket(kText, Datum::Text("iceberg")), BucketOf(1210000089));
  EXPECT_EQ(Bucket(kBinary, Datum::Text(std::string_view("\0\1\2\3", 4))), BucketOf(-188683207));
  constexpr uint8_t kUuid[] = {0xf7, 0x9c, 0x3e, 0x09, 0x67, 0x7c, 0x4b, 0xbd,
                               0xa4, 0x79, 0x3f, 0x34, 0x9c, 0xb7, 0x85, 0xe7};
  EXPECT_EQ(static_cast<int32_t>(Murmur3(kUuid)), 1488055340);
  EXPECT_EQ(Murmur3(Bytes()), 0u);
}

TEST(Transform, TruncateIsTheSpecs) {
  auto t = [](const char* text, const Type& type, const Datum& v) {
    return ApplyTransform(ParseTransform(text), type, v);
  };
  EXPECT_EQ(t("truncate[10]", kInt, Datum::Int(1)).i, 0);
  EXPECT_EQ(t("truncate[10]", kInt, Datum::Int(-1)).i, -10);
  EXPECT_EQ(t("truncate[10]", kLong, Datum::Int(-1)).i, -10);
  EXPECT_EQ(t("truncate[10]", kLong, Datum::Int(10)).i, 10);
  EXPECT_EQ(t("truncate[50]", kDec9, Datum::Int(1065)).i, 1050);
  EXPECT_EQ(t("truncate[50]", kDec38, DecimalDatum(kDec38, -1065)), DecimalDatum(kDec38, -1100));
  EXPECT_EQ(t("truncate[3]", kText, Datum::Text("iceberg")).bytes, "ice");
  EXPECT_EQ(t("truncate[2]", kText, Datum::Text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")).bytes,
            "\xc3\xa4\xe2\x82\xac");
  EXPECT_EQ(t("truncate[2]", kBinary, Datum::Text("abc")).bytes, "ab");
  EXPECT_TRUE(t("truncate[2]", kText, Datum()).null);
  EXPECT_TRUE(t("void", kText, Datum::Text("x")).null);
}

TEST(Transform, TimesRoundDown) {
  auto t = [](const char* text, const Type& type, int64_t v) {
    return ApplyTransform(ParseTransform(text), type, Datum::Int(v)).i;
  };
  EXPECT_EQ(t("year", kDate, 17486), 47);
  EXPECT_EQ(t("month", kDate, 17486), 574);
  EXPECT_EQ(t("day", kDate, 17486), 17486);
  EXPECT_EQ(t("hour", kTs, 1510871468000000), 419686);
  EXPECT_EQ(t("day", kTs, 1510871468000000), 17486);
  EXPECT_EQ(t("year", kDate, -1), -1);
  EXPECT_EQ(t("month", kDate, -1), -1);
  EXPECT_EQ(t("hour", kTs, -1), -1);
  EXPECT_EQ(t("day", kTz, -1), -1);
  EXPECT_EQ(t("month", kDate, 0), 0);
  EXPECT_EQ(t("month", kDate, 59), 2);  // 1970-03-01
  EXPECT_EQ(t("month", kDate, 58), 1);
  EXPECT_EQ(t("year", kDate, 11016), 30);  // 2000-02-29
  EXPECT_EQ(t("month", kDate, 11016), 361);
}

TEST(Transform, TextAndTypes) {
  for (const char* text : {"identity", "bucket[16]", "truncate[3]", "year", "month", "day", "hour",
                           "void", "zorder[2]", "bucket[0]", "bucket[]", "truncate[99999999999]"}) {
    EXPECT_EQ(TransformText(ParseTransform(text)), text);
  }
  EXPECT_EQ(ParseTransform("bucket[0]").kind, TransformKind::kUnknown);
  Type out;
  EXPECT_TRUE(TransformType(ParseTransform("bucket[2]"), kText, &out).ok());
  EXPECT_EQ(out.kind, TypeKind::kInt);
  EXPECT_EQ(TransformType(ParseTransform("bucket[2]"), kDouble, &out).code(), Code::kType);
  EXPECT_EQ(TransformType(ParseTransform("hour"), kDate, &out).code(), Code::kType);
  EXPECT_EQ(TransformType(ParseTransform("day"), kText, &out).code(), Code::kType);
  EXPECT_EQ(TransformType(ParseTransform("other"), kText, &out).code(), Code::kUnsupported);
  EXPECT_TRUE(TransformType(ParseTransform("truncate[4]"), kDec9, &out).ok());
  EXPECT_EQ(out, kDec9);
}

TEST(SingleValue, BytesRoundTrip) {
  auto round = [](const Type& type, const Datum& v, size_t size) {
    std::string bytes;
    EncodeSingleValue(type, v, &bytes);
    EXPECT_EQ(bytes.size(), size);
    Datum back;
    EXPECT_TRUE(DecodeSingleValue(type, bytes, &back).ok());
    EXPECT_EQ(back, v);
    EXPECT_EQ(CompareSingleValues(type, v, back), 0);
  };
  round(kBool, Datum::Int(1), 1);
  round(kInt, Datum::Int(-5), 4);
  round(kDate, Datum::Int(17486), 4);
  round(kLong, Datum::Int(INT64_MIN), 8);
  round(kTs, Datum::Int(-1), 8);
  round(kFloat, Datum::Real(1.5), 4);
  round(kDouble, Datum::Real(-0.1), 8);
  round(kText, Datum::Text("\xc3\xa4"), 2);
  round(kBinary, Datum::Text(""), 0);
  round(kDec9, Datum::Int(127), 1);
  round(kDec9, Datum::Int(128), 2);
  round(kDec9, Datum::Int(-128), 1);
  round(kDec9, Datum::Int(-129), 2);
  round(kDec9, Datum::Int(0), 1);
  __int128 large = 1;
  for (int i = 0; i < 37; i++) large *= 10;
  round(kDec38, DecimalDatum(kDec38, large), 16);
  round(kDec38, DecimalDatum(kDec38, -1), 1);
  EXPECT_LT(CompareSingleValues(kDec38, DecimalDatum(kDec38, -large), DecimalDatum(kDec38, 3)), 0);
  EXPECT_LT(CompareSingleValues(kDouble, Datum::Real(-0.0), Datum::Real(0.0)), 0);
  Datum v;
  EXPECT_FALSE(DecodeSingleValue(kInt, "abc", &v).ok());
  EXPECT_FALSE(DecodeSingleValue(kDec9, "", &v).ok());
  ASSERT_TRUE(DecodeSingleValue(kLong, std::string_view("\xff\xff\xff\xff", 4), &v).ok());
  EXPECT_EQ(v.i, -1);
}

TEST(SingleValue, CutBoundsStillBound) {
  auto upper = [](const Type& type, std::string text, uint32_t n) {
    Datum v = Datum::Text(text);
    return TruncateUpperBound(type, n, &v) ? v.bytes : std::string("none");
  };
  EXPECT_EQ(upper(kText, "abc", 3), "abc");
  EXPECT_EQ(upper(kText, "abcd", 3), "abd");
  EXPECT_EQ(upper(kText, "a\x7fx", 2), "a\xc2\x80");
  EXPECT_EQ(upper(kText, "\xed\x9f\xbfx", 1), "\xee\x80\x80");  // past the surrogates
  EXPECT_EQ(upper(kText, "a\xf4\x8f\xbf\xbfx", 2), "b");  // the last code point has none above
  EXPECT_EQ(upper(kText, "\xf4\x8f\xbf\xbfx", 1), "none");
  EXPECT_EQ(upper(kBinary, "a\xff\xffz", 3), "b");
  EXPECT_EQ(upper(kBinary, "\xff\xff", 1), "none");
  Datum v = Datum::Text("\xc3\xa4\xc3\xa4\xc3\xa4");
  TruncateLowerBound(kText, 2, &v);
  EXPECT_EQ(v.bytes, "\xc3\xa4\xc3\xa4");
}

}  // namespace
}  // namespace dosql::lake
