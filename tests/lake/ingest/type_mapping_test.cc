#include "core/lake/ingest/type_mapping.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "core/base/bytes.h"

namespace dosql::lake {
namespace {

struct Fitted {
  bool fits;
  Column column;
};
Fitted Fit(std::string_view declared, const Value& v) {
  Fitted f;
  f.fits = AppendValue(LakeTypeOf(declared), v, &f.column);
  return f;
}
int64_t Int(std::string_view declared, const Value& v) {
  Fitted f = Fit(declared, v);
  EXPECT_TRUE(f.fits && f.column.valid[0] == 1) << declared;
  return f.column.ints.empty() ? INT64_MIN : f.column.ints[0];
}
bool Fits(std::string_view declared, const Value& v) {
  Fitted f = Fit(declared, v);
  EXPECT_EQ(f.column.rows, 1u);
  EXPECT_EQ(f.column.valid[0], f.fits && !v.is_null());
  return f.fits;
}

TEST(TypeMapping, DeclaredTypes) {
  auto kind = [](std::string_view declared) { return LakeTypeOf(declared).kind; };
  EXPECT_EQ(kind("BIGINT"), TypeKind::kLong);
  EXPECT_EQ(kind("unsigned int"), TypeKind::kLong);
  EXPECT_EQ(kind("varchar(20)"), TypeKind::kString);
  EXPECT_EQ(kind("DOUBLE PRECISION"), TypeKind::kDouble);
  EXPECT_EQ(kind("NUMERIC"), TypeKind::kDouble);
  EXPECT_EQ(kind("BLOB"), TypeKind::kBinary);
  EXPECT_EQ(kind(""), TypeKind::kString);
  EXPECT_EQ(kind("bool"), TypeKind::kBoolean);
  EXPECT_EQ(kind("Date"), TypeKind::kDate);
  EXPECT_EQ(kind("TIMESTAMP"), TypeKind::kTimestamp);
  const Type price = LakeTypeOf("DECIMAL( 10 , 2 )");
  EXPECT_EQ(price.kind, TypeKind::kDecimal);
  EXPECT_EQ(price.precision, 10);
  EXPECT_EQ(price.scale, 2);
  EXPECT_EQ(LakeTypeOf("NUMERIC(5)").scale, 0);
  // What no decimal of ours holds goes by affinity.
  EXPECT_EQ(LakeTypeOf("DECIMAL(38,38)").precision, 38);
  EXPECT_EQ(LakeTypeOf("NUMERIC(19)").kind, TypeKind::kDecimal);
  for (const char* odd : {"DECIMAL(39,2)", "DECIMAL(2,3)", "DECIMAL(0)", "DECIMAL(x)", "DECIMAL(5",
                          "DECIMAL(99999999999999999999)"})
    EXPECT_EQ(kind(odd), TypeKind::kDouble) << odd;
}

TEST(TypeMapping, ValuesThatFitAndThatDoNot) {
  EXPECT_EQ(Int("INT", Value::Integer(INT64_MIN)), INT64_MIN);
  EXPECT_FALSE(Fits("INT", Value::Real(1.5)));
  EXPECT_FALSE(Fits("INT", Value::Text("1")));
  EXPECT_TRUE(Fits("INT", Value::Null()));
  EXPECT_EQ(Int("BOOLEAN", Value::Integer(1)), 1);
  EXPECT_FALSE(Fits("BOOLEAN", Value::Integer(2)));
  EXPECT_EQ(Int("DATE", Value::Text("1970-01-01")), 0);
  EXPECT_EQ(Int("DATE", Value::Text("1969-12-31")), -1);
  EXPECT_EQ(Int("DATE", Value::Text("2024-02-29")), 19782);
  EXPECT_EQ(Int("DATE", Value::Text("0000-03-01")), -719468);
  for (const char* odd :
       {"2023-02-29", "2024-13-01", "2024-00-10", "2024-01-32", "2024-1-1", "2024-01-01 ", "x", ""})
    EXPECT_FALSE(Fits("DATE", Value::Text(odd))) << odd;
  EXPECT_EQ(Int("DATETIME", Value::Text("1970-01-02 00:00:01.5")), 86401500000);
  EXPECT_EQ(Int("DATETIME", Value::Text("1970-01-01T00:01Z")), 60000000);
  EXPECT_EQ(Int("DATETIME", Value::Text("1969-12-31 23:59:59.999999")), -1);
  for (const char* odd :
       {"1970-01-01", "1970-01-01 24:00", "1970-01-01 00:60", "1970-01-01 00:00:00.",
        "1970-01-01 00:00:00.1234567", "1970-01-01 00:00+02"})
    EXPECT_FALSE(Fits("DATETIME", Value::Text(odd))) << odd;
  EXPECT_EQ(Int("DECIMAL(6,2)", Value::Real(12.34)), 1234);
  EXPECT_EQ(Int("DECIMAL(6,2)", Value::Integer(-9999)), -999900);
  EXPECT_FALSE(Fits("DECIMAL(6,2)", Value::Integer(10000)));
  EXPECT_FALSE(Fits("DECIMAL(6,2)", Value::Real(0.125)));
  EXPECT_FALSE(Fits("DECIMAL(18,18)", Value::Integer(INT64_MAX)));
  EXPECT_FALSE(Fits("DECIMAL(6,2)", Value::Real(1e300)));
  // So many that another decimal may be meant.
  EXPECT_FALSE(Fits("DECIMAL(18,0)", Value::Real(1e17)));
  EXPECT_TRUE(Fits("REAL", Value::Integer(int64_t{1} << 53)));
  EXPECT_FALSE(Fits("REAL", Value::Integer((int64_t{1} << 53) + 1)));
  EXPECT_EQ(Fit("TEXT", Value::Integer(7)).column.heap, "7");
  EXPECT_EQ(Fit("", Value::Real(0.5)).column.heap, "0.5");
  EXPECT_FALSE(Fits("TEXT", Value::Blob(AsBytes("x"))));
  EXPECT_TRUE(Fits("BLOB", Value::Blob(AsBytes("x"))));
  EXPECT_FALSE(Fits("BLOB", Value::Text("x")));
  // Text that is no UTF-8 is none for other readers.
  for (const char* odd : {"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"})
    EXPECT_FALSE(Fits("TEXT", Value::Text(odd)));
  EXPECT_TRUE(Fits("TEXT", Value::Text("\xf0\x9f\x90\xa6 \xe2\x82\xac")));
}

// The unscaled value of a long decimal, "" where it does not fit.
std::string Long(const char* declared, const Value& v) {
  const Fitted f = Fit(declared, v);
  if (!f.fits) return "";
  EXPECT_EQ(f.column.Text(0).size(), 16u);
  __int128 n = 0;
  for (char c : f.column.Text(0))
    n = static_cast<__int128>(static_cast<unsigned __int128>(n) << 8 | static_cast<uint8_t>(c));
  if (n == 0) return "0";
  std::string digits;
  for (unsigned __int128 u = n < 0 ? -static_cast<unsigned __int128>(n) : n; u != 0; u /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(u % 10)));
  return (n < 0 ? "-" : "") + digits;
}

TEST(TypeMapping, LongDecimals) {
  EXPECT_EQ(Long("DECIMAL(19,0)", Value::Integer(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(Long("DECIMAL(38,19)", Value::Integer(INT64_MAX)),
            "92233720368547758070000000000000000000");
  EXPECT_EQ(Long("DECIMAL(38,20)", Value::Integer(999999999999999999)),
            "99999999999999999900000000000000000000");
  EXPECT_EQ(Long("DECIMAL(38,20)", Value::Integer(1000000000000000000)), "");
  EXPECT_EQ(Long("DECIMAL(38,38)", Value::Integer(0)), "0");
  EXPECT_EQ(Long("DECIMAL(38,38)", Value::Integer(1)), "");
  EXPECT_EQ(Long("DECIMAL(20,2)", Value::Real(12.34)), "1234");
  EXPECT_EQ(Long("DECIMAL(20,2)", Value::Real(-0.1)), "-10");
  EXPECT_EQ(Long("DECIMAL(20,2)", Value::Real(-0.0)), "0");
  EXPECT_EQ(Long("DECIMAL(20,2)", Value::Real(0.125)), "");
  EXPECT_EQ(Long("DECIMAL(20,3)", Value::Real(0.125)), "125");
  EXPECT_EQ(Long("DECIMAL(38,20)", Value::Real(0.1 + 0.2)), "30000000000000004000");
  EXPECT_EQ(Long("DECIMAL(20,0)", Value::Real(1e19)), "10000000000000000000");
  EXPECT_EQ(Long("DECIMAL(20,0)", Value::Real(1e20)), "");
  EXPECT_EQ(Long("DECIMAL(38,0)", Value::Real(-1.2345678901234568e37)),
            "-12345678901234568000000000000000000000");
  EXPECT_EQ(Long("DECIMAL(38,38)", Value::Real(0.5)), "5" + std::string(37, '0'));
  EXPECT_EQ(Long("DECIMAL(38,38)", Value::Real(1e-38)), "1");
  for (double odd : {1e300, 1e-300, HUGE_VAL, -HUGE_VAL})
    EXPECT_EQ(Long("DECIMAL(38,2)", Value::Real(odd)), "") << odd;
  EXPECT_EQ(Long("DECIMAL(38,2)", Value::Text("1.5")), "");
  const Column null = Fit("DECIMAL(30,2)", Value::Null()).column;
  EXPECT_TRUE(null.IsNull(0) && null.ends.size() == 1 && null.ints.empty());
  // Whatever fits reads back as the REAL that it was.
  uint64_t state = 77;
  int fitted = 0;
  for (int i = 0; i < 100000; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    // Exponents from 2^-10 to 2^70.
    const uint64_t bits = state >> 12 | (1013 + (state >> 3) % 80) << 52 | (state & 1) << 63;
    double d;
    std::memcpy(&d, &bits, sizeof d);
    const std::string digits = Long("DECIMAL(38,16)", Value::Real(d));
    if (digits.empty()) continue;
    fitted++;
    EXPECT_EQ(std::strtod((digits + "e-16").c_str(), nullptr), d) << digits;
  }
  EXPECT_GT(fitted, 80000);
}

}  // namespace
}  // namespace dosql::lake
