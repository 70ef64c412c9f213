#include "core/function/scalar_function.h"

#include <gtest/gtest.h>

#include "core/function/function_names.h"
#include "core/function/like.h"
#include "tests/function/function_harness.h"

namespace dosql {
namespace {

constexpr struct {
  const char* name;
  const char* args;
  const char* expected;
} kCalls[] = {
#include "tests/function/sqlite_calls.inc"
};

TEST(ScalarFunctions, AsSqlite) {
  FunctionHarness h;
  for (const auto& c : kCalls) EXPECT_EQ(h.Call(c.name, c.args), c.expected) << c.name << " " << c.args;
}

TEST(ScalarFunctions, CharMakesNulsAndSurrogates) {
  FunctionHarness h;
  EXPECT_EQ(h.Call("char", "233 128512 0 65"), std::string("'é😀\0A'", 10));
  EXPECT_EQ(h.Call("char", "55296"), "'\xed\xa0\x80'");
  EXPECT_EQ(h.Call("char", "null"), std::string("'\0'", 3));
}

TEST(ScalarFunctions, FoundByNameAndCount) {
  EXPECT_NE(FindScalarFunction("SubStr", 2), nullptr);
  EXPECT_NE(FindScalarFunction("substr", 3), nullptr);
  EXPECT_EQ(FindScalarFunction("substr", 1), nullptr);
  EXPECT_EQ(FindScalarFunction("substr", 4), nullptr);
  EXPECT_EQ(FindScalarFunction("nosuch", 1), nullptr);
  EXPECT_EQ(FindScalarFunction("", 0), nullptr);
  EXPECT_EQ(FindScalarFunction(std::string(100, 'a'), 0), nullptr);
  EXPECT_EQ(FindScalarFunction("max", 1), nullptr);  // the aggregate
  EXPECT_NE(FindScalarFunction("max", 900), nullptr);
  EXPECT_NE(FindScalarFunction("if", 2), nullptr);
  EXPECT_EQ(FindScalarFunction("coalesce", 1), nullptr);
  EXPECT_TRUE(IsFunctionName("SUM"));
  EXPECT_TRUE(IsFunctionName("count"));
  EXPECT_TRUE(IsFunctionName("abs"));
  EXPECT_FALSE(IsFunctionName("ab"));
}

TEST(ScalarFunctions, AskTheSession) {
  FunctionHarness h;
  h.counters = {7, 8, 9};
  EXPECT_EQ(h.Call("last_insert_rowid", ""), "7");
  EXPECT_EQ(h.Call("changes", ""), "8");
  EXPECT_EQ(h.Call("total_changes", ""), "9");
  EXPECT_EQ(h.Call("sqlite_version", "").substr(0, 6), "'3.53.");
  EXPECT_NE(h.Call("random", ""), h.Call("random", ""));
}

TEST(ScalarFunctions, Collations) {
  FunctionHarness h;
  h.context.collation = Collation::kNoCase;
  EXPECT_EQ(h.Call("nullif", "'a' 'A'"), "NULL");
  EXPECT_EQ(h.Call("min", "'a' 'B'"), "'a'");
  EXPECT_EQ(h.Call("max", "'a' 'B' 'b'"), "'B'");
}

TEST(ScalarFunctions, Limits) {
  FunctionHarness h;
  EXPECT_EQ(h.Call("zeroblob", "2000000000"), "ERROR string or blob too big");
  EXPECT_EQ(h.diag.code, Code::kTooBig);
  EXPECT_EQ(h.Call("zeroblob", "999999999"), "ERROR out of memory");
  EXPECT_EQ(h.diag.code, Code::kNoMemory);
  std::string big(60000, 'x');
  Value args[3] = {Value::Text(big), Value::Text("x"), Value::Text(big)}, out;
  const ScalarFunction* replace = FindScalarFunction("replace", 3);
  EXPECT_EQ(replace->fn(&h.context, &out, args, 3).code(), Code::kTooBig);
  const ScalarFunction* like = LikeFunction(false);
  EXPECT_EQ(like->fn(&h.context, &out, args, 2).code(), Code::kFunction);
  EXPECT_EQ(h.diag.message, "LIKE or GLOB pattern too complex");
}

TEST(ScalarFunctions, PrintfStaysWithinLimits) {
  FunctionHarness h;
  EXPECT_EQ(h.Call("printf", "'%2000000000d' 1"), "ERROR string or blob too big");
  EXPECT_EQ(h.Call("printf", "'%.2147483647c' 'a'"), "ERROR string or blob too big");
  EXPECT_EQ(h.Call("printf", "'%*s' -9223372036854775807 'a'"), "'a'");
  EXPECT_EQ(h.Call("printf", "'%.999999999f' 1.5"), "ERROR out of memory");
  EXPECT_EQ(h.Call("printf", "'%999999999s' 'a'"), "ERROR out of memory");
  EXPECT_EQ(h.Call("randomblob", "2000000000"), "ERROR string or blob too big");
  // Infinity with zeros: 9 and 999 more digits.
  EXPECT_EQ(h.Call("printf", "'%05.0f' 9e999").size(), 1002u);
}

TEST(ScalarFunctions, Soundex) {
  FunctionHarness h;
  EXPECT_EQ(h.Call("soundex", "'Robert'"), "'R163'");
  EXPECT_EQ(h.Call("soundex", "'rupert'"), "'R163'");
  EXPECT_EQ(h.Call("soundex", "'Ashcraft'"), "'A226'");
  EXPECT_EQ(h.Call("soundex", "'  Lee'"), "'L000'");
  EXPECT_EQ(h.Call("soundex", "'12'"), "'?000'");
  EXPECT_EQ(h.Call("soundex", "null"), "'?000'");
}

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() override { return now++; }
  int64_t now = 0;
};

TEST(ScalarFunctions, TheTimeOfAStatement) {
  FunctionHarness h;
  FixedClock clock;
  StatementTime time;
  h.context.time = &time;
  auto at = [&](int64_t micros) {
    clock.now = micros;
    time.Start(&clock);
    return h.Call("current_timestamp", "");
  };
  EXPECT_EQ(at(0), "'1970-01-01 00:00:00'");
  EXPECT_EQ(at(-1), "'1969-12-31 23:59:59'");
  EXPECT_EQ(at(951782399999999), "'2000-02-28 23:59:59'");
  EXPECT_EQ(at(951868799000000), "'2000-02-29 23:59:59'");
  EXPECT_EQ(at(951868800000000), "'2000-03-01 00:00:00'");
  EXPECT_EQ(at(4107542400000000), "'2100-03-01 00:00:00'");
  EXPECT_EQ(at(1704067199999999), "'2023-12-31 23:59:59'");
  clock.now = 1704067200000000;  // the statement's moment stays
  EXPECT_EQ(h.Call("current_date", ""), "'2023-12-31'");
  EXPECT_EQ(h.Call("current_time", ""), "'23:59:59'");
}

TEST(ScalarFunctions, Deterministic) {
  EXPECT_TRUE(IsDeterministic(*FindScalarFunction("printf", 1)));
  EXPECT_FALSE(IsDeterministic(*FindScalarFunction("random", 0)));
  EXPECT_FALSE(IsDeterministic(*FindScalarFunction("changes", 0)));
  EXPECT_FALSE(IsDeterministic(*FindScalarFunction("current_date", 0)));
  EXPECT_FALSE(IsDeterministic(*FindScalarFunction("sqlite_version", 0)));
}

TEST(FunctionNames, KnownWithoutAnImplementation) {
  EXPECT_TRUE(IsDeferredFunction("StrfTime"));
  EXPECT_TRUE(IsDeferredFunction("json_each"));
  EXPECT_FALSE(IsDeferredFunction("abs"));
  EXPECT_FALSE(IsDeferredFunction("nosuch"));
  EXPECT_EQ(FindWindowName("ROW_NUMBER", 0), WindowName::kWindow);
  EXPECT_EQ(FindWindowName("row_number", 1), WindowName::kWrongCount);
  EXPECT_EQ(FindWindowName("lag", 3), WindowName::kWindow);
  EXPECT_EQ(FindWindowName("sum", 1), WindowName::kNone);
}

bool Matches(const FunctionHarness& h, const Pattern& p, std::string_view text) {
  bool matches;
  EXPECT_TRUE(Match(&h.context, p, text, &matches).ok());
  return matches;
}

TEST(Like, TooManySteps) {
  FunctionHarness h;
  std::string pattern = "%" + std::string(40000, 'a') + "b%", text(1000000, 'a');
  Pattern p;
  ASSERT_TRUE(MakePattern(&h.context, PatternSyntax::kLike, pattern, nullptr, &p).ok());
  bool matches;
  EXPECT_EQ(Match(&h.context, p, text, &matches).code(), Code::kFunction);
  EXPECT_EQ(h.diag.message, "LIKE or GLOB pattern too complex");
}

TEST(ScalarFunctions, LongPartsAreFoundInLinearTime) {
  FunctionHarness h;
  std::string text(2000000, 'a'), part(200000, 'a');
  part += 'b';
  Value args[3] = {Value::Text(text), Value::Text(part), Value::Text("")}, out;
  ASSERT_TRUE(FindScalarFunction("instr", 2)->fn(&h.context, &out, args, 2).ok());
  EXPECT_EQ(out.i, 0);
  ASSERT_TRUE(FindScalarFunction("replace", 3)->fn(&h.context, &out, args, 3).ok());
  EXPECT_EQ(out.size, text.size());
  text += 'b';
  args[0] = Value::Text(text);
  ASSERT_TRUE(FindScalarFunction("instr", 2)->fn(&h.context, &out, args, 2).ok());
  EXPECT_EQ(out.i, 1800001);
}

TEST(Like, ManyWildcardsDoNotExplode) {
  FunctionHarness h;
  std::string pattern, text(20000, 'a');
  for (int i = 0; i < 2000; i++) pattern += "%a";
  pattern += "%b";
  Pattern p;
  ASSERT_TRUE(MakePattern(&h.context, PatternSyntax::kLike, pattern, nullptr, &p).ok());
  EXPECT_FALSE(Matches(h, p, text));
  text += 'b';
  EXPECT_TRUE(Matches(h, p, text));
}

TEST(Like, StopsAtNul) {
  FunctionHarness h;
  Pattern p;
  ASSERT_TRUE(MakePattern(&h.context, PatternSyntax::kLike, {"a\0b", 3}, nullptr, &p).ok());
  EXPECT_TRUE(Matches(h, p, "a"));
  EXPECT_TRUE(Matches(h, p, {"A\0c", 3}));
}

}  // namespace
}  // namespace dosql
