#include "core/type/number_text.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>

namespace dosql {
namespace {

std::string Real(double v) {
  char text[kNumberTextMax];
  return {text, FormatReal(v, text)};
}
std::string Integer(int64_t v) {
  char text[kNumberTextMax];
  return {text, FormatInteger(v, text)};
}
double Bits(uint64_t bits) {
  double d;
  std::memcpy(&d, &bits, 8);
  return d;
}

TEST(FormatReal, AsSqlite) {
  EXPECT_EQ(Real(0.0), "0.0");
  EXPECT_EQ(Real(-0.0), "0.0");
  EXPECT_EQ(Real(100), "100.0");
  EXPECT_EQ(Real(0.1), "0.1");
  EXPECT_EQ(Real(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Real(1.0 / 3), "0.33333333333333332");
  EXPECT_EQ(Real(2.0 / 3), "0.66666666666666663");
  EXPECT_EQ(Real(49.47), "49.47");
  EXPECT_EQ(Real(0.1234567890123456), "0.12345678901234559");
  EXPECT_EQ(Real(1234567.891), "1234567.891");
  EXPECT_EQ(Real(0.0001), "0.0001");
  EXPECT_EQ(Real(0.00001), "1.0e-05");
  EXPECT_EQ(Real(5.1e-7), "5.1e-07");
  EXPECT_EQ(Real(1e15), "1000000000000000.0");
  EXPECT_EQ(Real(1e16), "10000000000000000.0");
  EXPECT_EQ(Real(1.1e16), "11000000000000000.0");
  EXPECT_EQ(Real(1e17), "1.0e+17");
  EXPECT_EQ(Real(1e20), "1.0e+20");
  EXPECT_EQ(Real(9007199254740992.0), "9007199254740992.0");
  EXPECT_EQ(Real(123456789012345678.0), "1.2345678901234568e+17");
  EXPECT_EQ(Real(9223372036854775807.0), "9.2233720368547758e+18");
  EXPECT_EQ(Real(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(Real(5e-324), "4.9406564584124654e-324");
  EXPECT_EQ(Real(1e-320), "9.9998886718268301e-321");
  EXPECT_EQ(Real(2.2250738585072014e-308), "2.2250738585072014e-308");
  EXPECT_EQ(Real(-9.5189619829312989e-84), "-9.5189619829312989e-84");
  EXPECT_EQ(Real(300544378391972550000.0), "3.0054437839197254e+20");
  EXPECT_EQ(Real(Bits(0x7ff0000000000000)), "Inf");
  EXPECT_EQ(Real(-Bits(0x7ff0000000000000)), "-Inf");
  char text[kNumberTextMax];
  EXPECT_EQ(std::string(text, FormatRealLiteral(-Bits(0x7ff0000000000000), text)), "-9.0e+999");
}

TEST(FormatInteger, Extremes) {
  EXPECT_EQ(Integer(0), "0");
  EXPECT_EQ(Integer(-1), "-1");
  EXPECT_EQ(Integer(INT64_MAX), "9223372036854775807");
  EXPECT_EQ(Integer(INT64_MIN), "-9223372036854775808");
}

TEST(FormatReal, RoundTripsAndFits) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; i++) {
    double d = Bits(random());
    if (d != d) continue;
    std::string s = Real(d);
    ASSERT_LE(s.size(), kNumberTextMax);
    if (d - d != 0) continue;  // infinite
    double back = ParseRealPrefix(s);
    // SQLite rounds twice, to 18 digits and to 17: the last bit may differ.
    int64_t a, b;
    std::memcpy(&a, &d, 8);
    std::memcpy(&b, &back, 8);
    ASSERT_LE(a > b ? a - b : b - a, 1) << s;
  }
}

TEST(ParseReal, CorrectlyRounded) {
  EXPECT_EQ(ParseRealPrefix("9007199254740993"), 9007199254740992.0);   // a tie goes to even
  EXPECT_EQ(ParseRealPrefix("9007199254740995"), 9007199254740996.0);
  EXPECT_EQ(ParseRealPrefix("4503599627370497.5"), 4503599627370498.0);
  EXPECT_EQ(ParseRealPrefix("4503599627370496.5"), 4503599627370496.0);
  EXPECT_EQ(ParseRealPrefix("4503599627370496.501"), 4503599627370497.0);
  EXPECT_EQ(ParseRealPrefix("1e23"), 1e23);
  EXPECT_EQ(ParseRealPrefix("9.999999999999999e22"), 9.999999999999999e22);
  EXPECT_EQ(ParseRealPrefix("8.41921e-310"), 8.41921e-310);
  EXPECT_EQ(ParseRealPrefix("2.2250738585072011e-308"), Bits(0x000fffffffffffff));
  EXPECT_EQ(ParseRealPrefix("2.4703282292062327e-324"), 0.0);
  EXPECT_EQ(ParseRealPrefix("2.4703282292062328e-324"), 5e-324);
  EXPECT_EQ(ParseRealPrefix("1.7976931348623158e308"), 1.7976931348623157e308);
  EXPECT_EQ(ParseRealPrefix("1.7976931348623159e308"), Bits(0x7ff0000000000000));
  EXPECT_EQ(ParseRealPrefix("-1e999999999999999999"), -Bits(0x7ff0000000000000));
  EXPECT_EQ(ParseRealPrefix("1e-999999999999999999"), 0.0);
  EXPECT_EQ(ParseRealPrefix("0e999999"), 0.0);
  EXPECT_EQ(ParseRealPrefix("0." + std::string(400, '0') + "1e401"), 1.0);
  EXPECT_EQ(ParseRealPrefix("1" + std::string(900, '0') + "e-900"), 1.0);
  EXPECT_EQ(ParseRealPrefix("1" + std::string(900, '0') + ".5e-900"), 1.0);
}

TEST(ParseReal, DropsTheDigitsThatSqliteDrops) {
  EXPECT_EQ(ParseRealPrefix("4503599627370496.500000000000000000000000000000001"), 4503599627370496.0);
  EXPECT_EQ(ParseRealPrefix("3500000000000000.2500001"), 3500000000000000.0);
  EXPECT_EQ(ParseRealPrefix("284.28617388974946377880e-229"), 2.8428617388974944e-227);
  EXPECT_EQ(ParseRealPrefix("221313858210332176.044024"), 221313858210332160.0);
  EXPECT_EQ(ParseRealPrefix("18446744073709551599999e2"), 1844674407370955159999900.0);
}

TEST(ParseReal, AgreesWithLibc) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 100000; i++) {
    std::string s;
    int digits = 1 + static_cast<int>(random() % 19);
    int point = static_cast<int>(random() % (static_cast<uint64_t>(digits) + 1));
    for (int k = 0; k < digits; k++) {
      if (k == point) s += '.';
      s += static_cast<char>('0' + random() % 10);
    }
    if (random() % 2) s += "e" + std::to_string(static_cast<int>(random() % 700) - 350);
    ASSERT_EQ(ParseRealPrefix(s), std::strtod(s.c_str(), nullptr)) << s;
  }
}

TEST(ParseExactNumber, WhatIsANumber) {
  auto parse = [](std::string_view s) {
    Value v;
    if (!ParseExactNumber(s, &v)) return std::string("no");
    return v.type == ValueType::kInteger ? Integer(v.i) : Real(v.d);
  };
  EXPECT_EQ(parse("12"), "12");
  EXPECT_EQ(parse(" \t\n12\r "), "12");
  EXPECT_EQ(parse("+5"), "5");
  EXPECT_EQ(parse("-0"), "0");
  EXPECT_EQ(parse("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(parse("9223372036854775808"), "9.2233720368547758e+18");
  EXPECT_EQ(parse("00000000000000000000012"), "12");
  EXPECT_EQ(parse("1."), "1.0");
  EXPECT_EQ(parse(".5"), "0.5");
  EXPECT_EQ(parse("1e3"), "1000.0");
  EXPECT_EQ(parse("1E+3"), "1000.0");
  EXPECT_EQ(parse(std::string_view("7 \0x", 4)), "7");
  EXPECT_EQ(parse(std::string_view("\0007", 2)), "no");
  for (const char* bad : {"", " ", "+", "-", ".", "e5", ".e5", "1e", "1e+", "5e ", "0x10", "1 2", "12a",
                          "inf", "nan", "- 5", "1.2.3", "--5"}) {
    EXPECT_EQ(parse(bad), "no") << bad;
  }
}

TEST(ParsePrefix, TakesTheLongest) {
  EXPECT_EQ(ParseNumberPrefix("12abc").i, 12);
  EXPECT_EQ(ParseNumberPrefix("1e+x").i, 1);
  EXPECT_EQ(ParseNumberPrefix("0x10").i, 0);
  EXPECT_EQ(ParseNumberPrefix("1.5abc").d, 1.5);
  EXPECT_EQ(ParseNumberPrefix("abc").type, ValueType::kInteger);
  EXPECT_EQ(ParseIntegerPrefix(" +5x"), 5);
  EXPECT_EQ(ParseIntegerPrefix("1e3"), 1);
  EXPECT_EQ(ParseIntegerPrefix("9223372036854775808"), INT64_MAX);
  EXPECT_EQ(ParseIntegerPrefix("-99999999999999999999999"), INT64_MIN);
  EXPECT_EQ(ParseIntegerPrefix("- 5"), 0);
}

TEST(RoundToDecimals, AsSqlite) {
  EXPECT_EQ(RoundToDecimals(2.5, 0), 3);
  EXPECT_EQ(RoundToDecimals(-2.5, 0), -3);
  EXPECT_EQ(RoundToDecimals(2.675, 2), 2.67);
  EXPECT_EQ(RoundToDecimals(0.15, 1), 0.1);
  EXPECT_EQ(RoundToDecimals(1.005, 2), 1.0);
  EXPECT_EQ(RoundToDecimals(123456789.987654321, 5), 123456789.98765);
  EXPECT_EQ(RoundToDecimals(0.05, 1), 0.1);
  EXPECT_EQ(RoundToDecimals(0.04, 1), 0.0);
  EXPECT_EQ(RoundToDecimals(0.49999999999999994, 0), 1);
  EXPECT_EQ(RoundToDecimals(1e-10, 5), 0.0);
  EXPECT_EQ(RoundToDecimals(9.9999, 3), 10);
  EXPECT_EQ(RoundToDecimals(999999999999999.9, 1), 999999999999999.9);
  EXPECT_EQ(RoundToDecimals(-1.45, 1), -1.4);
  EXPECT_EQ(RoundToDecimals(1.1, 30), 1.1);
  EXPECT_EQ(RoundToDecimals(1e300, 2), 1e300);
}

TEST(Integers, FromReals) {
  int64_t i = 0;
  EXPECT_TRUE(RealToExactInteger(-9223372036854775808.0, &i));
  EXPECT_EQ(i, INT64_MIN);
  EXPECT_FALSE(RealToExactInteger(9223372036854775808.0, &i));
  EXPECT_FALSE(RealToExactInteger(0.5, &i));
  EXPECT_EQ(RealToInteger(1e300), INT64_MAX);
  EXPECT_EQ(RealToInteger(-1e300), INT64_MIN);
  EXPECT_EQ(RealToInteger(-1.9), -1);
}

}  // namespace
}  // namespace dosql
