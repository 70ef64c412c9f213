#include "core/function/scalar_function.h"

#include <gtest/gtest.h>

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

TEST(Like, ManyWildcardsDoNotExplode) {
  FunctionHarness h;
  std::string pattern, text(20000, 'a');
  for (int i = 0; i < 2000; i++) pattern += "%a";
  pattern += "%b";
  Pattern p;
  ASSERT_TRUE(MakePattern(&h.context, PatternSyntax::kLike, pattern, nullptr, &p).ok());
  EXPECT_FALSE(Matches(p, text));
  text += 'b';
  EXPECT_TRUE(Matches(p, text));
}

TEST(Like, StopsAtNul) {
  FunctionHarness h;
  Pattern p;
  ASSERT_TRUE(MakePattern(&h.context, PatternSyntax::kLike, {"a\0b", 3}, nullptr, &p).ok());
  EXPECT_TRUE(Matches(p, "a"));
  EXPECT_TRUE(Matches(p, {"A\0c", 3}));
}

}  // namespace
}  // namespace dosql
