#include "core/type/compare.h"

#include <gtest/gtest.h>

#include "tests/type/random_value.h"

namespace dosql {
namespace {

constexpr Collation kCollations[] = {Collation::kBinary, Collation::kNoCase, Collation::kRtrim};

int Sign(int c) { return c < 0 ? -1 : c > 0; }

TEST(CompareValues, ClassesInOrder) {
  Value order[] = {Value::Null(), Value::Integer(5), Value::Text(""), Value::Blob({})};
  for (int i = 0; i < 4; i++) {
    for (int k = 0; k < 4; k++) {
      EXPECT_EQ(Sign(CompareValues(order[i], order[k], Collation::kBinary)), Sign(i - k));
    }
  }
}

TEST(CompareValues, IntegersAndRealsExactly) {
  auto compare = [](int64_t a, double b) {
    int c = CompareValues(Value::Integer(a), Value::Real(b), Collation::kBinary);
    EXPECT_EQ(c, -CompareValues(Value::Real(b), Value::Integer(a), Collation::kBinary));
    return c;
  };
  EXPECT_EQ(compare(1, 1.0), 0);
  EXPECT_LT(compare(1, 1.5), 0);
  EXPECT_GT(compare(-1, -1.5), 0);
  EXPECT_GT(compare(9007199254740993, 9007199254740992.0), 0);
  EXPECT_LT(compare(INT64_MAX, 9223372036854775808.0), 0);
  EXPECT_EQ(compare(INT64_MIN, -9223372036854775808.0), 0);
  EXPECT_LT(compare(INT64_MAX, __builtin_inf()), 0);
  EXPECT_GT(compare(INT64_MIN, -__builtin_inf()), 0);
  EXPECT_EQ(compare(0, -0.0), 0);
}

TEST(CompareText, Collations) {
  EXPECT_GT(CompareText("a", "B", Collation::kBinary), 0);
  EXPECT_LT(CompareText("a", "B", Collation::kNoCase), 0);
  EXPECT_EQ(CompareText("STRASSE", "strasse", Collation::kNoCase), 0);
  EXPECT_NE(CompareText("É", "é", Collation::kNoCase), 0);  // ASCII only
  // Behind a NUL only the size counts, as in SQLite.
  EXPECT_EQ(CompareText({"a\0b", 3}, {"A\0c", 3}, Collation::kNoCase), 0);
  EXPECT_LT(CompareText({"a\0z", 3}, {"a\0bc", 4}, Collation::kNoCase), 0);
  EXPECT_NE(CompareText({"a\0b", 3}, {"a\0c", 3}, Collation::kBinary), 0);
  EXPECT_EQ(CompareText("x", "x  ", Collation::kRtrim), 0);
  EXPECT_NE(CompareText("x", "x\t", Collation::kRtrim), 0);
  EXPECT_LT(CompareText("x", "x ", Collation::kBinary), 0);
}

TEST(CompareValues, AnOrderWithEqualHashes) {
  RandomValues random(3);
  std::vector<Value> values;
  for (int i = 0; i < 250; i++) values.push_back(random.Next());
  for (Collation c : kCollations) {
    for (const Value& a : values) {
      EXPECT_EQ(CompareValues(a, a, c), 0);
      for (const Value& b : values) {
        int ab = Sign(CompareValues(a, b, c));
        ASSERT_EQ(ab, -Sign(CompareValues(b, a, c)));
        if (ab == 0) ASSERT_EQ(HashValue(a, c), HashValue(b, c));
        const Value& d = values[random.Below(values.size())];
        if (ab <= 0 && CompareValues(b, d, c) <= 0) ASSERT_LE(CompareValues(a, d, c), 0);
      }
    }
  }
}

TEST(Collation, Names) {
  Collation c;
  EXPECT_TRUE(CollationByName("NoCase", &c));
  EXPECT_EQ(c, Collation::kNoCase);
  EXPECT_FALSE(CollationByName("nocas", &c));
  for (Collation k : kCollations) {
    EXPECT_TRUE(CollationByName(CollationName(k), &c));
    EXPECT_EQ(c, k);
  }
}

}  // namespace
}  // namespace dosql
