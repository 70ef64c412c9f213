// Expressions of every kind against SQLite's answers, evaluated row by row and chunk by chunk.
#include <gtest/gtest.h>

#include "tests/expr/expr_harness.h"

namespace dosql {
namespace {

constexpr struct {
  const char* expr;
  const char* expected;
} kCases[] = {
#include "tests/expr/sqlite_cases.inc"
};

constexpr const char* kRows[] = {
    "1 1.5 'abc' 2 x'6263' 'AbC' 'x  '",
    "null null null null null null null",
    "-9223372036854775808 -0.5 '12' '7.5' 'e' 'zz' 'x'",
    "9223372036854775807 1e300 '' '1e3' 5 '' ''",
    "0 0 '0' 0 0 'ABC' ' x'",
    "42 42 '42' 42.5 42.0 'hello world, this is long' 'a considerably longer text  '",
    "-7 'x' '1abc' 'text' '3.0' 'Straße' 'é'",
    "9007199254740993 9007199254740993 'a considerably longer text' 9007199254740993.0 x'616263' '%' 'a_c'",
    "'notnum' -1e-5 '  5 ' x'31' -3 'ABCDEFGHIJKLM' 'abcdefghijklm '",
    "100 100.25 'abcdefghijkl' -100 'abc' 'abcdefghijkl' 'ABCDEFGHIJKL'",
    "x'3132' 3.0 '3.0' 3 3.5 '3' '3.0'",
    "2 2 'b' 2 2 'B' 'b'",
};

TEST(SqliteCases, AllAgree) {
  ExprHarness harness;
  for (const char* row : kRows) harness.AddRow(row);
  harness.params = {Value::Integer(5), Value::Text("five")};
  for (const auto& c : kCases) EXPECT_EQ(harness.Evaluate(c.expr), c.expected) << c.expr;
}

}  // namespace
}  // namespace dosql
