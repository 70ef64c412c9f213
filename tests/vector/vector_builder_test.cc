#include "core/vector/vector_builder.h"

#include <gtest/gtest.h>

#include "core/type/compare.h"
#include "tests/type/random_value.h"

namespace dosql {
namespace {

bool Same(const Value& a, const Value& b) {
  return a.type == b.type && CompareValues(a, b, Collation::kBinary) == 0;
}

class VectorBuilderTest : public testing::Test {
 protected:
  VectorBuilderTest() { builder_.Init(&arena_, 64); }
  const Vector& Build(const std::vector<Value>& values) {
    builder_.Restart();
    for (uint32_t i = 0; i < values.size(); i++) EXPECT_TRUE(builder_.Put(i, values[i]).ok());
    const Vector& v = builder_.Finish();
    for (uint32_t i = 0; i < values.size(); i++) EXPECT_TRUE(Same(v.Get(i), values[i])) << i;
    return v;
  }
  ByteBudget budget_{1 << 20};
  Arena arena_{&budget_};
  VectorBuilder builder_;
};

TEST_F(VectorBuilderTest, AsNarrowAsTheValues) {
  EXPECT_EQ(Build({Value::Integer(1), Value::Integer(2)}).type, VectorType::kI64);
  EXPECT_EQ(Build({Value::Null(), Value::Real(2)}).type, VectorType::kF64);
  EXPECT_EQ(Build({Value::Text("a"), Value::Null()}).type, VectorType::kBytes);
  const Vector& blobs = Build({Value::Blob(AsBytes("a"))});
  EXPECT_EQ(blobs.type, VectorType::kBytes);
  EXPECT_TRUE(blobs.is_blob);
  const Vector& nothing = Build({Value::Null(), Value::Null()});
  EXPECT_TRUE(nothing.is_constant);
  EXPECT_TRUE(nothing.IsNull(1));
}

TEST_F(VectorBuilderTest, NullsAreForgottenByTheNextChunk) {
  EXPECT_NE(Build({Value::Integer(1), Value::Null()}).nulls, nullptr);
  EXPECT_EQ(Build({Value::Integer(1), Value::Integer(2)}).nulls, nullptr);
  EXPECT_NE(Build({Value::Null(), Value::Integer(2)}).nulls, nullptr);
  EXPECT_FALSE(builder_.Finish().IsNull(1));
}

TEST_F(VectorBuilderTest, MixedClassesAreTaggedForAWhile) {
  EXPECT_EQ(Build({Value::Integer(1), Value::Null(), Value::Text("short"), Value::Real(2)}).type,
            VectorType::kTagged);
  // The next chunks start tagged, but not for ever.
  EXPECT_EQ(Build({Value::Integer(1)}).type, VectorType::kTagged);
  for (int i = 0; i < 20; i++) Build({Value::Integer(1)});
  EXPECT_EQ(builder_.Finish().type, VectorType::kI64);
}

TEST_F(VectorBuilderTest, ShortStringsAreTheBuildersOwn) {
  for (bool mixed : {false, true}) {
    char text[] = "short";
    builder_.Restart();
    if (mixed) ASSERT_TRUE(builder_.Put(0, Value::Integer(1)).ok());
    ASSERT_TRUE(builder_.Put(1, Value::Text(text)).ok());
    if (!mixed) ASSERT_TRUE(builder_.Put(0, Value::Text("x")).ok());
    text[0] = 'S';
    EXPECT_EQ(builder_.Finish().Get(1).text(), "short");
  }
}

TEST_F(VectorBuilderTest, AnyOrderAndGaps) {
  builder_.Restart();
  ASSERT_TRUE(builder_.Put(40, Value::Text("forty")).ok());
  ASSERT_TRUE(builder_.Put(3, Value::Integer(3)).ok());
  ASSERT_TRUE(builder_.Put(63, Value::Null()).ok());
  const Vector& v = builder_.Finish();
  EXPECT_EQ(v.Get(40).text(), "forty");
  EXPECT_EQ(v.Get(3).i, 3);
  EXPECT_TRUE(v.IsNull(63));
}

TEST_F(VectorBuilderTest, RandomValuesAndRows) {
  RandomValues random(9);
  for (int round = 0; round < 300; round++) {
    bool uniform = random.Below(2) == 0;
    std::vector<Value> values;
    std::vector<std::vector<uint8_t>> rows;
    std::vector<const uint8_t*> starts;
    ValueType type = random.Next().type;
    Value missing = random.Next();
    while (values.size() < 64) {
      Value v = random.Next();
      if (uniform && v.type != type && !v.is_null()) continue;
      bool absent = random.Below(10) == 0;
      Value row[2] = {Value::Text("first"), v};
      uint32_t n = absent ? 1 : 2;
      // A row lies among other bytes, as in a page.
      rows.emplace_back(EncodedRowSize(row, n) + 8);
      EncodeRow(row, n, rows.back().data() + 8);
      values.push_back(absent ? missing : v);
    }
    for (const auto& row : rows) starts.push_back(row.data() + 8);
    Build(values);
    builder_.Restart();
    ASSERT_TRUE(builder_.PutRows(0, starts.data(), 20, 1, missing).ok());
    ASSERT_TRUE(builder_.PutRows(20, starts.data() + 20, 44, 1, missing).ok());
    const Vector& v = builder_.Finish();
    for (uint32_t i = 0; i < 64; i++) ASSERT_TRUE(Same(v.Get(i), values[i]));
  }
  int64_t integers[] = {5, -6, 7};
  builder_.Restart();
  ASSERT_TRUE(builder_.PutIntegers(10, integers, 3).ok());
  EXPECT_EQ(builder_.Finish().Get(11).i, -6);
}

TEST_F(VectorBuilderTest, OutOfMemory) {
  ByteBudget none(100);
  Arena empty(&none);
  VectorBuilder b;
  b.Init(&empty, 2048);
  EXPECT_EQ(b.Put(0, Value::Integer(1)).code(), Code::kNoMemory);
  EXPECT_EQ(b.Put(0, Value::Null()).code(), Code::kNoMemory);
}

TEST(StringRef, HoldsAndCompares) {
  std::vector<std::string> texts;
  for (size_t n = 0; n < 40; n++) {
    std::string s;
    for (size_t i = 0; i < n; i++) s += static_cast<char>('a' + i % 26);
    texts.push_back(s);
    if (n > 0) {
      s.back() = '\xff';
      texts.push_back(s);
      s.back() = '\0';
      texts.push_back(s);
      s[0] = 'b';
      texts.push_back(s);
      s[n / 2] = '\x80';
      texts.push_back(s);
    }
  }
  for (const std::string& a : texts) {
    StringRef x = StringRef::Make(AsBytes(a).data(), static_cast<uint32_t>(a.size()));
    ASSERT_EQ(AsText(x.bytes()), a);
    for (const std::string& b : texts) {
      StringRef y = StringRef::Make(AsBytes(b).data(), static_cast<uint32_t>(b.size()));
      ASSERT_EQ(x.Equals(y), a == b);
      int want = CompareBytes(AsBytes(a), AsBytes(b)), got = x.Compare(y);
      ASSERT_EQ(got < 0, want < 0);
      ASSERT_EQ(got > 0, want > 0);
    }
  }
}

}  // namespace
}  // namespace dosql
