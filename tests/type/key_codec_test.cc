#include "core/type/key_codec.h"

#include <gtest/gtest.h>

#include "core/type/compare.h"
#include "tests/type/random_value.h"

namespace dosql {
namespace {

int Sign(int c) { return c < 0 ? -1 : c > 0; }

struct Column {
  Collation collation;
  bool desc;
};

class KeyCodecTest : public testing::Test {
 protected:
  std::string Key(const std::vector<Value>& row, const std::vector<Column>& columns) {
    KeyBuffer key(&arena_);
    for (size_t i = 0; i < row.size(); i++) {
      EXPECT_TRUE(key.Append(row[i], columns[i].collation, columns[i].desc).ok());
    }
    return std::string(AsText(key.bytes()));
  }
  ByteBudget budget_{1 << 24};
  Arena arena_{&budget_};
};

TEST_F(KeyCodecTest, OrderOfKeysIsOrderOfValues) {
  RandomValues random(4);
  for (int round = 0; round < 40; round++) {
    std::vector<Column> columns;
    for (uint64_t n = 1 + random.Below(3); n > 0; n--) {
      columns.push_back({static_cast<Collation>(random.Below(3)), random.Below(2) == 1});
    }
    std::vector<std::vector<Value>> rows;
    std::vector<std::string> keys;
    for (int i = 0; i < 60; i++) {
      std::vector<Value> row;
      for (size_t c = 0; c < columns.size(); c++) {
        // Often the same as in an earlier row, so that later columns decide.
        bool again = !rows.empty() && c + 1 < columns.size() && random.Below(3) > 0;
        row.push_back(again ? rows[random.Below(rows.size())][c] : random.Next());
      }
      keys.push_back(Key(row, columns));
      rows.push_back(row);
    }
    for (size_t i = 0; i < rows.size(); i++) {
      for (size_t k = 0; k < rows.size(); k++) {
        int want = 0;
        for (size_t c = 0; c < columns.size() && want == 0; c++) {
          want = Sign(CompareValues(rows[i][c], rows[k][c], columns[c].collation));
          if (columns[c].desc) want = -want;
        }
        ASSERT_EQ(Sign(CompareBytes(AsBytes(keys[i]), AsBytes(keys[k]))), want);
        // No key is a proper prefix of another.
        if (want != 0) ASSERT_NE(keys[i], keys[k].substr(0, keys[i].size()));
      }
    }
  }
}

TEST_F(KeyCodecTest, Bytes) {
  auto hex = [&](const Value& v, Collation c, bool desc) {
    std::string s;
    for (char b : Key({v}, {{c, desc}})) {
      s += "0123456789abcdef"[static_cast<uint8_t>(b) >> 4];
      s += "0123456789abcdef"[static_cast<uint8_t>(b) & 15];
    }
    return s;
  };
  EXPECT_EQ(hex(Value::Null(), Collation::kBinary, false), "05");
  EXPECT_EQ(hex(Value::Null(), Collation::kBinary, true), "fa");
  EXPECT_EQ(hex(Value::Integer(1), Collation::kBinary, false), "10bff0000000000000");
  EXPECT_EQ(hex(Value::Real(1), Collation::kBinary, false), "10bff0000000000000");
  EXPECT_EQ(hex(Value::Integer(-1), Collation::kBinary, false), "10400fffffffffffff");
  EXPECT_EQ(hex(Value::Real(-0.0), Collation::kBinary, false), "108000000000000000");
  EXPECT_EQ(hex(Value::Integer(9007199254740993), Collation::kBinary, false), "10c3400000000000008001");
  EXPECT_EQ(hex(Value::Integer(INT64_MAX), Collation::kBinary, false), "10c3e00000000000007fff");
  EXPECT_EQ(hex(Value::Text({"aB\0 ", 4}), Collation::kBinary, false), "20614200ff200000");
  EXPECT_EQ(hex(Value::Text("aB "), Collation::kNoCase, false), "206162200000");
  EXPECT_EQ(hex(Value::Text("aB "), Collation::kRtrim, false), "2061420000");
  EXPECT_EQ(hex(Value::Blob(AsBytes("aB ")), Collation::kNoCase, true), "cf9ebddfffff");
}

TEST_F(KeyCodecTest, SizesAreBounded) {
  RandomValues random(5);
  uint8_t out[256];
  for (int i = 0; i < 5000; i++) {
    Value v = random.Next();
    uint8_t* end = PutKey(out, v, Collation::kBinary, false);
    ASSERT_LE(static_cast<size_t>(end - out), KeyBytesMax(v));
  }
}

TEST_F(KeyCodecTest, Rowids) {
  int64_t ids[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
  std::string last;
  for (int64_t id : ids) {
    KeyBuffer key(&arena_);
    ASSERT_TRUE(key.Append(Value::Text("k"), Collation::kBinary, false).ok());
    ASSERT_TRUE(key.AppendRowid(id).ok());
    EXPECT_EQ(DecodeRowid(key.bytes()), id);
    std::string now(AsText(key.bytes()));
    EXPECT_LT(last, now);
    last = now;
  }
}

TEST_F(KeyCodecTest, Successor) {
  KeyBuffer key(&arena_);
  EXPECT_FALSE(key.ToSuccessor());
  ASSERT_TRUE(key.AppendBytes(AsBytes("\xff\xff")).ok());
  EXPECT_FALSE(key.ToSuccessor());
  key.Clear();
  ASSERT_TRUE(key.AppendBytes(AsBytes("a\xff")).ok());
  EXPECT_TRUE(key.ToSuccessor());
  EXPECT_EQ(AsText(key.bytes()), "b");
  // Greater than every key with the prefix, and not greater than any key behind those.
  RandomValues random(6);
  for (int i = 0; i < 3000; i++) {
    Value a = random.Next(), b = random.Next(), c = random.Next();
    Column column{Collation::kBinary, random.Below(2) == 1};
    key.Clear();
    ASSERT_TRUE(key.Append(a, column.collation, column.desc).ok());
    if (!key.ToSuccessor()) continue;
    std::string bound(AsText(key.bytes()));
    ASSERT_LT(Key({a, b}, {column, column}), bound);
    std::string other = Key({c, b}, {column, column});
    int order = CompareValues(c, a, column.collation);
    if (column.desc ? order < 0 : order > 0) ASSERT_GE(other, bound);
  }
}

TEST_F(KeyCodecTest, GrowsAndRunsOutOfMemory) {
  std::string big(5000, 'x');
  KeyBuffer key(&arena_);
  ASSERT_TRUE(key.AppendRowid(7).ok());
  ASSERT_TRUE(key.Append(Value::Text(big), Collation::kBinary, false).ok());
  EXPECT_EQ(key.size(), 8 + 1 + big.size() + 2);
  EXPECT_EQ(DecodeRowid(key.bytes().first(8)), 7);
  ByteBudget none(0);
  Arena empty(&none);
  KeyBuffer small(&empty);
  ASSERT_TRUE(small.AppendRowid(7).ok());
  EXPECT_EQ(small.Append(Value::Text(big), Collation::kBinary, false).code(), Code::kNoMemory);
  EXPECT_EQ(small.size(), 8u);
}

}  // namespace
}  // namespace dosql
