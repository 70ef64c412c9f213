#include "core/function/aggregate_function.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "core/vector/vector_builder.h"
#include "tests/function/function_harness.h"
#include "tests/type/random_value.h"

namespace dosql {
namespace {

constexpr AggregateKind kKinds[] = {AggregateKind::kCountRows, AggregateKind::kCount, AggregateKind::kSum,
                                    AggregateKind::kTotal, AggregateKind::kAvg, AggregateKind::kMin,
                                    AggregateKind::kMax};
constexpr AggregateKind kOneArgument[] = {AggregateKind::kCountRows, AggregateKind::kCount, AggregateKind::kSum,
                                         AggregateKind::kTotal, AggregateKind::kAvg, AggregateKind::kMin,
                                         AggregateKind::kMax, AggregateKind::kGroupConcat};

class AggregateTest : public testing::Test, public FunctionHarness {
 protected:
  Status Step(AggregateKind kind, AggregateState* state, const Value& arg) {
    return AggregateStep(kind, &context, state, &arg, 1);
  }
  std::string Final(AggregateKind kind, const AggregateState& state) {
    Value v;
    return AggregateFinal(kind, &context, state, &v).ok() ? Quote(v) : "ERROR " + diag.message;
  }
  // count(*), count, sum, total, avg, min, max, as SQLite shows them.
  std::string All(const std::vector<Value>& values) {
    std::string s;
    for (AggregateKind kind : kKinds) {
      AggregateState state{};
      for (const Value& v : values) EXPECT_TRUE(Step(kind, &state, v).ok());
      s += (s.empty() ? "" : " ") + Final(kind, state);
    }
    return s;
  }
  std::string All(std::string_view literals) { return All(Values(literals)); }
};

TEST_F(AggregateTest, AsSqlite) {
  EXPECT_EQ(All(""), "0 0 NULL 0.0 NULL NULL NULL");
  EXPECT_EQ(All("null"), "1 0 NULL 0.0 NULL NULL NULL");
  EXPECT_EQ(All("1 2 null 4"), "4 3 7 7.0 2.3333333333333335 1 4");
  EXPECT_EQ(All("1 2.5"), "2 2 3.5 3.5 1.75 1 2.5");
  EXPECT_EQ(All("'12' 3"), "2 2 15 15.0 7.5 3 '12'");
  EXPECT_EQ(All("'12abc'"), "1 1 12.0 12.0 12.0 '12abc' '12abc'");
  EXPECT_EQ(All("'1e2'"), "1 1 100.0 100.0 100.0 '1e2' '1e2'");
  EXPECT_EQ(All("x'3132'"), "1 1 12.0 12.0 12.0 X'3132' X'3132'");
  EXPECT_EQ(All("9223372036854775807 9223372036854775807"),
            "2 2 ERROR integer overflow 1.8446744073709552e+19 9.2233720368547758e+18 "
            "9223372036854775807 9223372036854775807");
  EXPECT_EQ(All("9223372036854775807 1 1.5"),
            "3 3 9.2233720368547758e+18 9.2233720368547758e+18 3.0744573456182584e+18 1 9223372036854775807");
  EXPECT_EQ(All("1e308 1e308"), "2 2 9.0e+999 9.0e+999 9.0e+999 1.0e+308 1.0e+308");
  // Kahan and Babuska: what naive addition loses is kept.
  EXPECT_EQ(All("1e100 1.0 -1e100").substr(0, 11), "3 3 1.0 1.0");
  std::vector<Value> tenths(10, Value::Real(0.1));
  EXPECT_EQ(All(tenths), "10 10 1.0 1.0 0.1 0.1 0.1");
}

TEST_F(AggregateTest, MinAndMaxKeepTheFirstOfEquals) {
  EXPECT_EQ(All("1 1.0").substr(4), "2.0 2.0 1.0 1 1");
  context.collation = Collation::kNoCase;
  EXPECT_EQ(All("'b' 'B' 'a' 'A'").substr(4), "0.0 0.0 0.0 'a' 'b'");
}

TEST_F(AggregateTest, MinOwnsItsBytes) {
  char text[] = "a rather long text";
  AggregateState state{};
  ASSERT_TRUE(Step(AggregateKind::kMin, &state, Value::Text(text)).ok());
  text[0] = 'z';
  EXPECT_EQ(Final(AggregateKind::kMin, state), "'a rather long text'");
}

// Rows of two arguments, one after the other in `literals`.
class TwoArgumentTest : public AggregateTest {
 protected:
  std::string Pairs(AggregateKind kind, std::string_view literals) {
    std::vector<Value> values = Values(literals);
    AggregateState state{};
    for (size_t i = 0; i + 1 < values.size(); i += 2) {
      if (!AggregateStep(kind, &context, &state, &values[i], 2).ok()) return "ERROR " + diag.message;
    }
    return Final(kind, state);
  }
  std::string Singles(AggregateKind kind, std::string_view literals) {
    AggregateState state{};
    for (const Value& v : Values(literals)) {
      if (!Step(kind, &state, v).ok()) return "ERROR " + diag.message;
    }
    return Final(kind, state);
  }
};

TEST_F(TwoArgumentTest, GroupConcat) {
  constexpr AggregateKind kKind = AggregateKind::kGroupConcat;
  EXPECT_EQ(Singles(kKind, ""), "NULL");
  EXPECT_EQ(Singles(kKind, "null null"), "NULL");
  EXPECT_EQ(Singles(kKind, "''"), "''");
  EXPECT_EQ(Singles(kKind, "1 2 null 2.5 'a' x'4142'"), "'1,2,2.5,a,AB'");
  EXPECT_EQ(Pairs(kKind, "'a' '1' 'b' '2' null '3' 'c' null 'd' '5'"), "'a2bc5d'");
  EXPECT_EQ(Pairs(kKind, "null ',' 'b' '2'"), "'b'");
  EXPECT_EQ(Pairs(kKind, "'' ',' '' ','"), "','");
}

TEST_F(TwoArgumentTest, GroupConcatStopsAtTheBudget) {
  AggregateState state{};
  std::string text(1 << 20, 'x');
  Status s;
  for (int i = 0; i < 64 && s.ok(); i++) s = Step(AggregateKind::kGroupConcat, &state, Value::Text(text));
  EXPECT_EQ(s.code(), Code::kNoMemory);
}

TEST_F(TwoArgumentTest, MedianAndPercentiles) {
  constexpr AggregateKind kMedian = AggregateKind::kMedian, kPercentile = AggregateKind::kPercentile,
                          kCont = AggregateKind::kPercentileCont, kDisc = AggregateKind::kPercentileDisc;
  EXPECT_EQ(Singles(kMedian, ""), "NULL");
  EXPECT_EQ(Singles(kMedian, "null"), "NULL");
  EXPECT_EQ(Singles(kMedian, "1"), "1.0");
  EXPECT_EQ(Singles(kMedian, "20 1 10 2 null"), "6.0");
  EXPECT_EQ(Singles(kMedian, "3 1 2"), "2.0");
  EXPECT_EQ(Singles(kMedian, "'1'"), "ERROR input to median() is not numeric");
  EXPECT_EQ(Singles(kMedian, "x'31'"), "ERROR input to median() is not numeric");
  EXPECT_EQ(Singles(kMedian, "9e999"), "ERROR Inf input to median()");
  EXPECT_EQ(Pairs(kPercentile, "1 25 2 25 10 25 20 25"), "1.75");
  EXPECT_EQ(Pairs(kPercentile, "1 '50'"), "1.0");
  EXPECT_EQ(Pairs(kCont, "1 0.3 2 0.3 10 0.3 20 0.3"), "1.9");
  EXPECT_EQ(Pairs(kDisc, "1 0.3 2 0.3 10 0.3 20 0.3"), "1.0");
  EXPECT_EQ(Pairs(kDisc, "1 1 2 1"), "2.0");
  EXPECT_EQ(Pairs(kPercentile, "1 10 2 10.0005"), "1.1");
  EXPECT_EQ(Pairs(kPercentile, "1 10 2 20"),
            "ERROR the fraction argument to percentile() is not the same for all input rows");
  EXPECT_EQ(Pairs(kPercentile, "1 101"),
            "ERROR the fraction argument to percentile() is not between 0.0 and 100.0");
  EXPECT_EQ(Pairs(kPercentile, "1 null"),
            "ERROR the fraction argument to percentile() is not between 0.0 and 100.0");
  EXPECT_EQ(Pairs(kCont, "1 1.5"),
            "ERROR the fraction argument to percentile_cont() is not between 0.0 and 1.0");
  EXPECT_EQ(Pairs(kDisc, "null -1"),
            "ERROR the fraction argument to percentile_disc() is not between 0.0 and 1.0");
}

TEST_F(TwoArgumentTest, MedianSortsManyNumbers) {
  RandomValues random(11);
  AggregateState state{};
  std::vector<double> numbers;
  for (int i = 0; i < 5001; i++) {
    numbers.push_back(static_cast<double>(random.Below(2000)) - 1000);
    ASSERT_TRUE(Step(AggregateKind::kMedian, &state, Value::Real(numbers.back())).ok());
  }
  std::sort(numbers.begin(), numbers.end());
  Value v;
  ASSERT_TRUE(AggregateFinal(AggregateKind::kMedian, &context, state, &v).ok());
  EXPECT_EQ(v.d, numbers[2500]);
}

TEST_F(AggregateTest, FoundByNameAndCount) {
  EXPECT_EQ(FindAggregateFunction("COUNT", 0)->kind, AggregateKind::kCountRows);
  EXPECT_EQ(FindAggregateFunction("count", 1)->kind, AggregateKind::kCount);
  EXPECT_EQ(FindAggregateFunction("count", 2), nullptr);
  EXPECT_EQ(FindAggregateFunction("max", 2), nullptr);
  EXPECT_EQ(FindAggregateFunction("group_concat", 1), FindAggregateFunction("GROUP_CONCAT", 2));
  EXPECT_EQ(FindAggregateFunction("string_agg", 1), nullptr);
  EXPECT_TRUE(IsAggregateName("Percentile"));
  EXPECT_FALSE(IsAggregateName("abs"));
  EXPECT_EQ(FindAggregateFunction("abs", 1), nullptr);
}

// Whole vectors, grouped and not, give what the rows one by one give.
TEST_F(AggregateTest, KernelsAgreeWithSteps) {
  constexpr uint32_t kRows = 64, kGroups = 5, kBlock = 48, kOffset = 8;
  RandomValues random(10);
  for (int round = 0; round < 600; round++) {
    ByteBudget budget(1 << 20);
    Arena arena(&budget);
    VectorBuilder builder;
    builder.Init(&arena, kRows);
    bool uniform = random.Below(4) != 0;
    ValueType type = random.Next().type;
    std::vector<Value> values;
    while (values.size() < kRows) {
      Value v = random.Next();
      if (uniform && v.type != type && !v.is_null()) continue;
      if (v.type == ValueType::kReal && v.d - v.d != 0) continue;  // infinities hide differences
      ASSERT_TRUE(builder.Put(static_cast<uint32_t>(values.size()), v).ok());
      values.push_back(v);
    }
    const Vector& vector = builder.Finish();
    std::vector<uint16_t> rows;
    for (uint16_t r = 0; r < kRows; r++) {
      if (random.Below(3) > 0) rows.push_back(r);
    }
    Selection all{nullptr, kRows}, some{rows.data(), static_cast<uint32_t>(rows.size())};
    for (const Selection& s : {all, some}) {
      for (AggregateKind kind : kOneArgument) {
        AggregateState stepped{}, chunked{};
        std::vector<AggregateState> group_stepped(kGroups);
        std::vector<std::array<uint64_t, kBlock / 8>> blocks(kGroups);
        std::vector<uint8_t*> states;
        for (uint32_t k = 0; k < s.count; k++) {
          const Value& v = values[s[k]];
          size_t group = random.Below(kGroups);
          ASSERT_TRUE(Step(kind, &stepped, v).ok());
          ASSERT_TRUE(Step(kind, &group_stepped[group], v).ok());
          states.push_back(reinterpret_cast<uint8_t*>(blocks[group].data()));
        }
        ASSERT_TRUE(AggregateChunk(kind, &context, &chunked, &vector, s).ok());
        ASSERT_EQ(Final(kind, chunked), Final(kind, stepped));
        ASSERT_TRUE(AggregateGrouped(kind, &context, states.data(), kOffset, &vector, s).ok());
        for (size_t g = 0; g < kGroups; g++) {
          AggregateState state;
          std::memcpy(&state, blocks[g].data() + kOffset / 8, sizeof state);
          ASSERT_EQ(Final(kind, state), Final(kind, group_stepped[g]));
        }
      }
    }
  }
}

}  // namespace
}  // namespace dosql
