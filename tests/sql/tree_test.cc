// What the printed text does not show: offsets, spans, parameters, flags, heights.
#include <gtest/gtest.h>

#include "tests/sql/parse_helper.h"

namespace dosql::sql {
namespace {

const SelectCore& Core(const Parsed& p) { return p.As<SelectStatement>().select->cores[0]; }
const Expr& FirstExpr(const Parsed& p) { return *Core(p).columns[0].expr; }

TEST(Tree, NothingLeft) {
  for (const char* sql : {"", " ", ";", " ;; -- c\n ; /* x", "\xef\xbb\xbf"}) {
    Parsed p(sql);
    EXPECT_TRUE(p.ok()) << sql;
    EXPECT_EQ(p.statement, nullptr);
    EXPECT_EQ(p.at, p.sql.size());
  }
}

TEST(Tree, ConsumesUpToTheSemicolon) {
  Parsed p(" SELECT 1 ; SELECT 2 -- end");
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p.at, 11u);
  EXPECT_EQ(p.statement->offset, 1u);
  EXPECT_EQ(p.statement->text, "SELECT 1");
  p.Next();
  EXPECT_EQ(p.statement->text, "SELECT 2");
  EXPECT_EQ(p.at, p.sql.size());
  p.Next();
  EXPECT_TRUE(p.ok());
  EXPECT_EQ(p.statement, nullptr);
}

TEST(Tree, FailureLeavesConsumedAlone) {
  ByteBudget budget(1 << 20);
  Arena arena(&budget);
  Diag diag;
  uint32_t consumed = 77;
  EXPECT_FALSE(ParseStatement(&arena, &diag, "SELECT FROM", &consumed).ok());
  EXPECT_EQ(consumed, 77u);
}

TEST(Tree, ExplainIsNotPartOfTheText) {
  Parsed p("EXPLAIN QUERY PLAN SELECT 1");
  EXPECT_EQ(p.statement->explain, Explain::kQueryPlan);
  EXPECT_EQ(p.statement->text, "SELECT 1");
  EXPECT_EQ(p.statement->offset, 19u);
}

TEST(Tree, ColumnTextIsTheSourceAsSqliteNamesIt) {
  Parsed p("SELECT 1 +  1 , a /* x */ b, count( * )\n FROM t");
  const List<ResultColumn>& c = Core(p).columns;
  EXPECT_EQ(c[0].text, "1 +  1");
  EXPECT_EQ(c[1].text, "a /* x */");
  EXPECT_EQ(c[1].alias, "b");
  EXPECT_EQ(c[2].text, "count( * )");
  EXPECT_FALSE(c[2].has_alias);
}

TEST(Tree, OffsetsPointAtTheSource) {
  Parsed p("SELECT a.b + f(x) FROM s.t u WHERE x BETWEEN 1 AND y");
  const Expr& sum = FirstExpr(p);
  EXPECT_EQ(sum.offset, 11u);
  EXPECT_EQ(sum.a->offset, 7u);
  EXPECT_EQ(sum.b->offset, 13u);
  EXPECT_EQ(Core(p).from[0].offset, 23u);
  EXPECT_EQ(Core(p).from[0].table.offset, 23u);
  EXPECT_EQ(Core(p).from[0].table.name_offset, 25u);
  EXPECT_EQ(Core(p).where->offset, 37u);
}

TEST(Tree, ParametersAreNumberedAsInSqlite) {
  Parsed p("SELECT ?, :a, ?5, ?, @a, :a, $b, ?2");
  ASSERT_TRUE(p.ok());
  const uint32_t want[] = {1, 2, 5, 6, 7, 2, 8, 2};
  for (uint32_t i = 0; i < 8; i++) EXPECT_EQ(Core(p).columns[i].expr->index, want[i]) << i;
  EXPECT_EQ(p.statement->param_count, 8u);
  std::string names;
  for (const ParameterName& n : p.statement->param_names) {
    names += std::string(n.text) + "=" + std::to_string(n.index) + " ";
  }
  EXPECT_EQ(names, ":a=2 ?5=5 @a=7 $b=8 ?2=2 ");
}

TEST(Tree, ManyNamedParameters) {
  std::string sql = "SELECT 1";
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 900; i++) sql += ", :p" + std::to_string(i);
  }
  Parsed p(sql);
  ASSERT_TRUE(p.ok());
  EXPECT_EQ(p.statement->param_count, 900u);
  for (uint32_t i = 0; i < 900; i++) {
    EXPECT_EQ(Core(p).columns[1 + i].expr->index, i + 1);
    EXPECT_EQ(Core(p).columns[901 + i].expr->index, i + 1);
  }
}

TEST(Tree, Literals) {
  Parsed p(
      "SELECT -9223372036854775808, 9223372036854775808, 0xffffffffffffffff, x'00ff', 'a''b', -5");
  const List<ResultColumn>& c = Core(p).columns;
  EXPECT_EQ(c[0].expr->kind, ExprKind::kInteger);
  EXPECT_EQ(c[0].expr->integer, INT64_MIN);
  EXPECT_EQ(c[1].expr->kind, ExprKind::kReal);
  EXPECT_EQ(c[1].expr->text, "9223372036854775808");
  EXPECT_EQ(c[2].expr->integer, -1);
  EXPECT_EQ(c[3].expr->text, std::string_view("\0\xff", 2));
  EXPECT_EQ(c[4].expr->text, "a'b");
  EXPECT_EQ(c[5].expr->kind, ExprKind::kUnary);
  EXPECT_EQ(c[5].expr->unary_op(), UnaryOp::kMinus);
}

TEST(Tree, QuotesOfColumns) {
  Parsed p("SELECT a, \"a\", `a`, [a], t.\"a\", true");
  const List<ResultColumn>& c = Core(p).columns;
  const bool quoted[] = {false, true, true, true, false, false};
  const bool twice[] = {false, true, false, false, false, false};
  for (uint32_t i = 0; i < 6; i++) {
    EXPECT_EQ(c[i].expr->double_quoted, twice[i]) << i;
    if (i != 4) EXPECT_EQ(c[i].expr->quoted, quoted[i]) << i;
  }
  EXPECT_EQ(c[4].expr->AsColumn()->table, "t");
}

TEST(Tree, ConstraintTexts) {
  Parsed p("CREATE TABLE t (a int ( 10 ) DEFAULT  - 5 CHECK (  a > 1 /*c*/ ) DEFAULT ( 1+1 ) , "
           "b GENERATED ALWAYS AS ( a ) STORED)  ;");
  const CreateTable& t = p.As<CreateTable>();
  const List<Constraint>& c = t.columns[0].constraints;
  EXPECT_EQ(t.columns[0].type, "int ( 10 )");
  EXPECT_EQ(c[0].text, "- 5");
  EXPECT_EQ(c[1].text, "a > 1 /*c*/");
  EXPECT_EQ(c[2].text, "1+1");
  EXPECT_EQ(t.columns[1].type, "");
  EXPECT_EQ(t.columns[1].constraints[0].text, "a");
  EXPECT_TRUE(t.columns[1].constraints[0].stored);
  EXPECT_EQ(t.text.back(), ')');
  EXPECT_EQ(t.text.substr(t.table.name_offset).substr(0, 3), "t (");
}

TEST(Tree, DefaultWords) {
  Parsed p("CREATE TABLE t (a DEFAULT true, b DEFAULT FALSE, c DEFAULT foo, d DEFAULT \"true\")");
  const CreateTable& t = p.As<CreateTable>();
  EXPECT_EQ(t.columns[0].constraints[0].expr->integer, 1);
  EXPECT_EQ(t.columns[1].constraints[0].expr->integer, 0);
  EXPECT_EQ(t.columns[2].constraints[0].expr->kind, ExprKind::kString);
  EXPECT_EQ(t.columns[3].constraints[0].expr->kind, ExprKind::kString);
}

TEST(Tree, HeightsCoverSubqueries) {
  Parsed p("SELECT 1 + (SELECT a + b * c FROM t)");
  EXPECT_EQ(FirstExpr(p).b->height, 4);
  EXPECT_EQ(FirstExpr(p).height, 5);
  EXPECT_EQ(p.As<SelectStatement>().select->height, 5);
  Parsed q("SELECT 1 FROM (SELECT 1 FROM (SELECT a + 1))");
  EXPECT_GE(q.As<SelectStatement>().select->height, 2);
}

TEST(Tree, LimitBeforeOffset) {
  Parsed p("SELECT 1 LIMIT 2, 3");
  EXPECT_EQ(p.As<SelectStatement>().select->limit->integer, 3);
  EXPECT_EQ(p.As<SelectStatement>().select->offset_expr->integer, 2);
}

TEST(Expression, ParsesAloneAndWhole) {
  ByteBudget budget(1 << 20);
  Arena arena(&budget);
  Diag diag;
  Result<Expr*> e = ParseExpression(&arena, &diag, " a + 1 ");
  ASSERT_TRUE(e.ok());
  std::string out;
  Print(**e, &out);
  EXPECT_EQ(out, "(a + 1)");
  EXPECT_FALSE(ParseExpression(&arena, &diag, "a 1").ok());
  EXPECT_EQ(diag.message, "near \"1\": syntax error");
  EXPECT_FALSE(ParseExpression(&arena, &diag, "").ok());
  EXPECT_EQ(diag.message, "incomplete input");
  EXPECT_FALSE(ParseExpression(&arena, &diag, "a;").ok());
}

}  // namespace
}  // namespace dosql::sql
