#include "core/type/affinity.h"

#include <gtest/gtest.h>

#include "tests/expr/expr_harness.h"

namespace dosql {
namespace {

class AffinityTest : public testing::Test {
 protected:
  // A literal in and out, as quote() writes it.
  std::string Apply(Affinity to, std::string_view literal) {
    Value v;
    EXPECT_TRUE(ExprReader(&arena_, literal).ReadValue(&v));
    EXPECT_TRUE(ApplyAffinity(to, &arena_, &v).ok());
    return Quote(v);
  }
  std::string Cast(Affinity to, std::string_view literal) {
    Value v;
    EXPECT_TRUE(ExprReader(&arena_, literal).ReadValue(&v));
    EXPECT_TRUE(CastTo(to, &arena_, &v).ok());
    return Quote(v);
  }
  ByteBudget budget_{1 << 20};
  Arena arena_{&budget_};
};

TEST_F(AffinityTest, OfDeclaredTypes) {
  EXPECT_EQ(AffinityOfDeclaredType("INTEGER"), Affinity::kInteger);
  EXPECT_EQ(AffinityOfDeclaredType("unsigned big int"), Affinity::kInteger);
  EXPECT_EQ(AffinityOfDeclaredType("CHARINT"), Affinity::kInteger);
  EXPECT_EQ(AffinityOfDeclaredType("FLOATING POINT"), Affinity::kInteger);
  EXPECT_EQ(AffinityOfDeclaredType("VARCHAR(255)"), Affinity::kText);
  EXPECT_EQ(AffinityOfDeclaredType("Clob"), Affinity::kText);
  EXPECT_EQ(AffinityOfDeclaredType("TEXTBLOB"), Affinity::kText);
  EXPECT_EQ(AffinityOfDeclaredType(""), Affinity::kBlob);
  EXPECT_EQ(AffinityOfDeclaredType("blob"), Affinity::kBlob);
  EXPECT_EQ(AffinityOfDeclaredType("FLOAT BLOB"), Affinity::kBlob);
  EXPECT_EQ(AffinityOfDeclaredType("DOUBLE PRECISION"), Affinity::kReal);
  EXPECT_EQ(AffinityOfDeclaredType("float"), Affinity::kReal);
  EXPECT_EQ(AffinityOfDeclaredType("DECIMAL(10,5)"), Affinity::kNumeric);
  EXPECT_EQ(AffinityOfDeclaredType("STRING"), Affinity::kNumeric);
  EXPECT_EQ(AffinityOfDeclaredType("date"), Affinity::kNumeric);
}

TEST_F(AffinityTest, Store) {
  for (Affinity a : {Affinity::kInteger, Affinity::kNumeric}) {
    EXPECT_EQ(Apply(a, "'1e3'"), "1000");
    EXPECT_EQ(Apply(a, "'9223372036854775808'"), "9.2233720368547758e+18");
    EXPECT_EQ(Apply(a, "'0x10'"), "'0x10'");
    EXPECT_EQ(Apply(a, "' 12 '"), "12");
    EXPECT_EQ(Apply(a, "4.0"), "4");
    EXPECT_EQ(Apply(a, "4.5"), "4.5");
    EXPECT_EQ(Apply(a, "'9007199254740993.0'"), "9007199254740992");
    EXPECT_EQ(Apply(a, "9.2e18"), "9200000000000000000");
    EXPECT_EQ(Apply(a, "-9223372036854775808.0"), "-9.2233720368547758e+18");
    EXPECT_EQ(Apply(a, "'1 2'"), "'1 2'");
    EXPECT_EQ(Apply(a, "x'31'"), "X'31'");
    EXPECT_EQ(Apply(a, "null"), "NULL");
    EXPECT_EQ(Apply(a, "'-0.0'"), "0");
  }
  EXPECT_EQ(Apply(Affinity::kReal, "1"), "1.0");
  EXPECT_EQ(Apply(Affinity::kReal, "'1e3'"), "1000.0");
  EXPECT_EQ(Apply(Affinity::kReal, "'4.5 x'"), "'4.5 x'");
  EXPECT_EQ(Apply(Affinity::kReal, "9223372036854775807"), "9.2233720368547758e+18");
  EXPECT_EQ(Apply(Affinity::kText, "1.0"), "'1.0'");
  EXPECT_EQ(Apply(Affinity::kText, "12"), "'12'");
  EXPECT_EQ(Apply(Affinity::kText, "x'31'"), "X'31'");
  EXPECT_EQ(Apply(Affinity::kBlob, "'12'"), "'12'");
}

TEST_F(AffinityTest, Casts) {
  EXPECT_EQ(Cast(Affinity::kInteger, "'1e3'"), "1");
  EXPECT_EQ(Cast(Affinity::kInteger, "'9223372036854775808'"), "9223372036854775807");
  EXPECT_EQ(Cast(Affinity::kInteger, "x'3132'"), "12");
  EXPECT_EQ(Cast(Affinity::kInteger, "-1e300"), "-9223372036854775808");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'1e3'"), "1000");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'1e15'"), "1000000000000000");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'1e18'"), "1.0e+18");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'2251799813685247.0'"), "2251799813685247");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'2251799813685248.0'"), "2251799813685248.0");
  EXPECT_EQ(Cast(Affinity::kNumeric, "5.0"), "5.0");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'12abc'"), "12");
  EXPECT_EQ(Cast(Affinity::kNumeric, "'9007199254740993abc'"), "9007199254740993");
  EXPECT_EQ(Cast(Affinity::kNumeric, "x'352e30'"), "5");
  EXPECT_EQ(Cast(Affinity::kReal, "'.5'"), "0.5");
  EXPECT_EQ(Cast(Affinity::kReal, "''"), "0.0");
  EXPECT_EQ(Cast(Affinity::kText, "1.0"), "'1.0'");
  EXPECT_EQ(Cast(Affinity::kText, "x'61'"), "'a'");
  EXPECT_EQ(Cast(Affinity::kBlob, "1"), "X'31'");
  for (Affinity a : {Affinity::kBlob, Affinity::kText, Affinity::kNumeric, Affinity::kInteger, Affinity::kReal}) {
    EXPECT_EQ(Cast(a, "null"), "NULL");
  }
}

TEST_F(AffinityTest, OfComparisons) {
  OperandAffinity none, text{Affinity::kText, true}, integer{Affinity::kInteger, true},
      blob{Affinity::kBlob, true};
  EXPECT_EQ(ComparisonAffinity(text, none), Affinity::kText);
  EXPECT_EQ(ComparisonAffinity(none, integer), Affinity::kNumeric);
  EXPECT_EQ(ComparisonAffinity(text, integer), Affinity::kNumeric);
  EXPECT_EQ(ComparisonAffinity(text, text), Affinity::kBlob);
  EXPECT_EQ(ComparisonAffinity(text, blob), Affinity::kBlob);
  EXPECT_EQ(ComparisonAffinity(blob, none), Affinity::kBlob);
  EXPECT_EQ(ComparisonAffinity(none, none), Affinity::kBlob);
}

TEST_F(AffinityTest, OutOfMemory) {
  ByteBudget none(0);
  Arena empty(&none);
  Value v = Value::Real(1.5);
  EXPECT_EQ(ApplyAffinity(Affinity::kText, &empty, &v).code(), Code::kNoMemory);
}

}  // namespace
}  // namespace dosql
