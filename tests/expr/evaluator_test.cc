#include "core/expr/evaluator.h"

#include <gtest/gtest.h>

#include "tests/expr/expr_harness.h"
#include "tests/expr/random_expr.h"

namespace dosql {
namespace {

// Rows and chunks agree on random trees over random rows, whatever vectors the rows make.
TEST(Evaluator, RowsAndChunksAgree) {
  RandomValues random(11);
  int errors = 0;
  for (int round = 0; round < 250; round++) {
    ExprHarness h;
    uint64_t rows = 1 + random.Below(40);
    ValueType types[std::size(kTestColumns)];
    for (ValueType& t : types) t = random.Below(3) ? random.Next().type : ValueType::kNull;
    for (uint64_t r = 0; r < rows; r++) {
      ExprHarness::Row row;
      for (size_t c = 0; c < std::size(kTestColumns); c++) {
        Value v = random.Next();
        // Most columns have one class, so that the kernels run.
        while (types[c] != ValueType::kNull && v.type != types[c] && !v.is_null()) v = random.Next();
        EXPECT_TRUE(ApplyAffinity(kTestColumns[c].affinity, h.arena(), &v).ok());
        row.push_back(v);
      }
      h.rows.push_back(row);
    }
    h.params = {random.Next(), random.Next()};  // the third is missing and so NULL
    for (int i = 0; i < 40; i++) {
      ByteBudget budget(1 << 22);
      Arena arena(&budget);
      RandomExprs exprs(&arena, &random);
      std::string result = h.EvaluateTree(*exprs.Next(5));
      ASSERT_EQ(result.find("MISMATCH"), std::string::npos) << result << " in round " << round << " tree " << i;
      errors += result.find("ERROR") == 0;
    }
  }
  EXPECT_LT(errors, 500);
}

class EvaluatorTest : public testing::Test, public ExprHarness {
 protected:
  EvaluatorTest() : budget_(1 << 26), scan_(&budget_), build_(&scan_) {}

  // A chunk of one integer column a: 0, 1, 2...
  Chunk Integers(uint32_t n) {
    builder_.Init(&scan_, n);
    for (uint32_t r = 0; r < n; r++) EXPECT_TRUE(builder_.Put(r, Value::Integer(r)).ok());
    column_ = builder_.Finish();
    Chunk chunk;
    chunk.columns = &column_;
    chunk.column_count = 1;
    chunk.row_count = chunk.selection.count = n;
    return chunk;
  }
  BoundExpr* Read(std::string_view text) { return ExprReader(&scan_, text).Read(); }

  ByteBudget budget_;
  Arena scan_;
  ExprBuilder build_;
  VectorBuilder builder_;
  Vector column_;
};

TEST_F(EvaluatorTest, AFullChunkStaysDense) {
  Chunk chunk = Integers(2048);
  const Program* p;
  ASSERT_TRUE(CompileFilter(*Read("(and (>= a 0) (< a 5000))"), &scan_, &p).ok());
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  ASSERT_TRUE(e.Filter(&context(), &chunk).ok());
  EXPECT_EQ(chunk.selection.rows, nullptr);
  EXPECT_EQ(chunk.selection.count, 2048u);
  ASSERT_TRUE(CompileFilter(*Read("(= (% a 7) 3)"), &scan_, &p).ok());
  ChunkEvaluator sevenths;
  ASSERT_TRUE(sevenths.Init(p, &scan_).ok());
  ASSERT_TRUE(sevenths.Filter(&context(), &chunk).ok());
  ASSERT_EQ(chunk.selection.count, 293u);
  EXPECT_EQ(chunk.selection[292], 2047u);
}

TEST_F(EvaluatorTest, OverflowMakesOneChunkReal) {
  Chunk chunk = Integers(10);
  const Program* p;
  ASSERT_TRUE(CompileExpr(*Read("(+ a 9223372036854775800)"), &scan_, &p).ok());
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  const Vector* out;
  ASSERT_TRUE(e.Eval(&context(), chunk, &out).ok());
  EXPECT_EQ(out->Get(7).i, INT64_MAX);
  EXPECT_EQ(Quote(out->Get(8)), "9.2233720368547758e+18");
  chunk.selection.count = 5;
  ASSERT_TRUE(e.Eval(&context(), chunk, &out).ok());
  EXPECT_EQ(out->type, VectorType::kI64);
}

TEST_F(EvaluatorTest, RestartReadsParametersAnew) {
  Chunk chunk = Integers(10);
  const Program* p;
  ASSERT_TRUE(CompileFilter(*Read("(in a ?1 (+ ?1 1) 7)"), &scan_, &p).ok());
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  Value param = Value::Integer(3);
  context().params = &param;
  context().param_count = 1;
  Chunk all = chunk;
  ASSERT_TRUE(e.Filter(&context(), &chunk).ok());
  EXPECT_EQ(chunk.selection.count, 3u);  // 3, 4, 7
  param = Value::Integer(6);
  e.Restart();
  chunk = all;
  ASSERT_TRUE(e.Filter(&context(), &chunk).ok());
  EXPECT_EQ(chunk.selection.count, 2u);  // 6, 7
}

TEST_F(EvaluatorTest, NothingIsEvaluatedForNoRows) {
  Chunk chunk = Integers(4);
  chunk.selection.count = 0;
  const Program* p;
  ASSERT_TRUE(CompileExpr(*Read("(abs -9223372036854775808)"), &scan_, &p).ok());
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  const Vector* out;
  EXPECT_TRUE(e.Eval(&context(), chunk, &out).ok());
}

TEST_F(EvaluatorTest, ErrorsOnlyWhereSqlReaches) {
  AddRow("1 1.0 'x' 1 1 'x' 'x'");
  AddRow("-9223372036854775808 1.0 'y' 1 1 'x' 'x'");
  EXPECT_EQ(Evaluate("(abs a)"), "ERROR integer overflow");
  EXPECT_EQ(Evaluate("(when (= c 'y') 0 (abs a))"), "1|0");
  EXPECT_EQ(Evaluate("(when (= c 'x') (abs a))"), "1|NULL");
  EXPECT_EQ(Evaluate("(when (= c 'z') (abs -9223372036854775808))"), "NULL|NULL");
  EXPECT_EQ(Evaluate("(coalesce a (abs a))"), "1|-9223372036854775808");
  EXPECT_EQ(Evaluate("(when (and (= c 'x') (= (abs a) 1)) 5)"), "5|NULL");
  EXPECT_EQ(Evaluate("(when (or (= c 'y') (= (abs a) 1)) 5)"), "5|5");
  // As a value AND evaluates both sides, as a filter it does not.
  EXPECT_EQ(Evaluate("(and (= c 'x') (= (abs a) 1))"), "ERROR integer overflow");
  const Program* p;
  ASSERT_TRUE(CompileFilter(*Read("(and (= c 'x') (= (abs a) 1))"), &scan_, &p).ok());
  bool pass = true;
  EXPECT_TRUE(EvalRowFilter(*p, &context(), rows[1].data(), &pass).ok());
  EXPECT_FALSE(pass);
  EXPECT_TRUE(EvalRowFilter(*p, &context(), rows[0].data(), &pass).ok());
  EXPECT_TRUE(pass);
  EXPECT_EQ(Evaluate("(like c 'x' 'ab')"), "ERROR ESCAPE expression must be a single character");
}

TEST_F(EvaluatorTest, LongChainsNeedFewRegisters) {
  BoundExpr* sum = Read("a");
  BoundExpr* nested = Read("a");
  for (int i = 0; i < 900; i++) {
    sum = build_.Binary(ExprOp::kAdd, sum, Read("a"));
    nested = build_.Unary(ExprOp::kBitNot, nested);
  }
  const Program* p;
  ASSERT_TRUE(CompileExpr(*sum, &scan_, &p).ok());
  EXPECT_LE(p->register_count, 4u);
  Chunk chunk = Integers(3);
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  const Vector* out;
  ASSERT_TRUE(e.Eval(&context(), chunk, &out).ok());
  EXPECT_EQ(out->Get(2).i, 1802);
  ASSERT_TRUE(CompileExpr(*nested, &scan_, &p).ok());
  EXPECT_LE(p->register_count, 4u);
}

TEST_F(EvaluatorTest, LargeInLists) {
  std::vector<BoundExpr*> items;
  for (int64_t i = 0; i < 20000; i++) items.push_back(build_.Constant(Value::Integer(i * 3)));
  const Program* p;
  BoundExpr* in = build_.In(Read("a"), items.data(), static_cast<uint32_t>(items.size()));
  ASSERT_TRUE(CompileFilter(*in, &scan_, &p).ok());
  Chunk chunk = Integers(100);
  ChunkEvaluator e;
  ASSERT_TRUE(e.Init(p, &scan_).ok());
  ASSERT_TRUE(e.Filter(&context(), &chunk).ok());
  EXPECT_EQ(chunk.selection.count, 34u);
}

// With every budget from nothing on: an error, never a crash, and in the end success.
TEST_F(EvaluatorTest, EveryShortageIsAnError) {
  Chunk chunk = Integers(8);
  const char* text = "(when (in a 1 ?1) (|| (cast:text a) 'a longer piece of text') (like '%a%' (lower a)) 2.5 (+ a 1.5))";
  bool worked = false;
  for (size_t limit = 0; limit < 200000 && !worked; limit += 256) {
    ByteBudget budget(limit);
    Arena arena(&budget), strings(&budget);
    EvalContext c = context();
    c.function.arena = &strings;
    ExprReader reader(&arena, text);
    BoundExpr* tree = reader.Read();
    const Program* p;
    if (tree == nullptr) continue;
    if (Status s = CompileExpr(*tree, &arena, &p); !s.ok()) {
      EXPECT_EQ(s.code(), Code::kNoMemory);
      continue;
    }
    ChunkEvaluator e;
    if (!e.Init(p, &arena, 8).ok()) continue;
    const Vector* out;
    Status s = e.Eval(&c, chunk, &out);
    if (s.ok()) {
      worked = true;
    } else {
      EXPECT_EQ(s.code(), Code::kNoMemory);
    }
  }
  EXPECT_TRUE(worked);
}

TEST_F(EvaluatorTest, EvalOnce) {
  Value v;
  ASSERT_TRUE(EvalOnce(*Read("(|| 'a' (+ 1 2))"), &context(), nullptr, &v).ok());
  EXPECT_EQ(Quote(v), "'a3'");
}

}  // namespace
}  // namespace dosql
