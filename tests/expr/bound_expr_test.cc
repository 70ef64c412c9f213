#include "core/expr/bound_expr.h"

#include <gtest/gtest.h>

#include "tests/expr/expr_reader.h"

namespace dosql {
namespace {

class BoundExprTest : public testing::Test {
 protected:
  BoundExpr* Read(std::string_view text) { return ExprReader(&arena_, text).Read(); }
  ByteBudget budget_{1 << 20};
  Arena arena_{&budget_};
  ExprBuilder build_{&arena_};
};

TEST_F(BoundExprTest, ComparisonRules) {
  auto rule = [&](std::string_view text) { return Read(text)->rules[0]; };
  EXPECT_EQ(rule("(= a '1')").affinity, Affinity::kNumeric);
  EXPECT_EQ(rule("(= c 1)").affinity, Affinity::kText);
  EXPECT_EQ(rule("(= c a)").affinity, Affinity::kNumeric);
  EXPECT_EQ(rule("(= (pos a) '1')").affinity, Affinity::kBlob);
  EXPECT_EQ(rule("(= (cast:text 1) 1)").affinity, Affinity::kText);
  EXPECT_EQ(rule("(= (nocase a) '1')").affinity, Affinity::kNumeric);
  EXPECT_EQ(rule("(= e '1')").affinity, Affinity::kBlob);

  EXPECT_EQ(rule("(= f 'x')").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(= 'x' f)").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(= c f)").collation, Collation::kBinary);   // the left column's
  EXPECT_EQ(rule("(= f g)").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(= f (rtrim 'x'))").collation, Collation::kRtrim);  // COLLATE comes first
  EXPECT_EQ(rule("(= (binary f) (nocase f))").collation, Collation::kBinary);
  EXPECT_EQ(rule("(= (|| f f) 'x')").collation, Collation::kBinary);
  EXPECT_EQ(rule("(= (|| (nocase c) 'x') 'x')").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(= (pos f) 'x')").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(= (likely f) 'x')").collation, Collation::kBinary);
  EXPECT_EQ(rule("(in f 'x')").collation, Collation::kNoCase);
  EXPECT_EQ(rule("(in 'x' f)").collation, Collation::kBinary);
  EXPECT_EQ(rule("(nullif c f)").collation, Collation::kBinary);
  EXPECT_EQ(rule("(nullif 'x' f)").collation, Collation::kNoCase);
}

TEST_F(BoundExprTest, Flags) {
  EXPECT_TRUE(Read("(+ 1 ?1)")->IsFixed());
  EXPECT_FALSE(Read("(+ 1 a)")->IsFixed());
  EXPECT_FALSE(Read("(+ 1 (random))")->IsFixed());
  EXPECT_TRUE(Read("(+ 1 a)")->HasColumn());
  EXPECT_TRUE(Read("(abs 1)")->flags & kExprHasCall);
}

TEST_F(BoundExprTest, Foldings) {
  EXPECT_EQ(Read("(neg 5)")->value.i, -5);
  EXPECT_EQ(Read("(neg -9223372036854775808)")->op, ExprOp::kNegate);
  EXPECT_EQ(Read("(in a)")->value.i, 0);
  EXPECT_EQ(Read("(iif a 1 2)")->op, ExprOp::kCase);
  EXPECT_EQ(Read("(ifnull a 2)")->op, ExprOp::kCoalesce);
}

TEST_F(BoundExprTest, NothingOfNothing) {
  EXPECT_EQ(build_.Unary(ExprOp::kNot, nullptr), nullptr);
  EXPECT_EQ(build_.Binary(ExprOp::kAdd, Read("a"), nullptr), nullptr);
  EXPECT_EQ(build_.Between(Read("a"), nullptr, Read("a")), nullptr);
  ByteBudget none(0);
  Arena empty(&none);
  EXPECT_EQ(ExprBuilder(&empty).Constant(Value::Null()), nullptr);
}

TEST_F(BoundExprTest, Visit) {
  BoundExpr* e = Read("(+ (* a 2) (abs b))");
  int columns = 0;
  VisitExpr(e, [](void* user, BoundExpr* node) { *static_cast<int*>(user) += node->op == ExprOp::kColumn; },
            &columns);
  EXPECT_EQ(columns, 2);
}

}  // namespace
}  // namespace dosql
