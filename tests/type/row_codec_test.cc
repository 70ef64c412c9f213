#include "core/type/row_codec.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/type/compare.h"
#include "tests/type/random_value.h"

namespace dosql {
namespace {

std::vector<uint8_t> Encode(const std::vector<Value>& row) {
  std::vector<uint8_t> bytes(EncodedRowSize(row.data(), static_cast<uint32_t>(row.size())));
  uint8_t* end = EncodeRow(row.data(), static_cast<uint32_t>(row.size()), bytes.data());
  EXPECT_EQ(end, bytes.data() + bytes.size());
  return bytes;
}

bool Same(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  if (a.is_bytes()) return CompareBytes(a.bytes(), b.bytes()) == 0;
  return a.is_null() || a.i == b.i;  // the same bits for reals, -0.0 included
}

void ExpectRoundTrip(const std::vector<Value>& row) {
  std::vector<uint8_t> bytes = Encode(row);
  RowView view;
  ASSERT_TRUE(RowView::Open(bytes, &view).ok());
  RowView trusted{Bytes(bytes)};
  ASSERT_EQ(view.column_count(), row.size());
  ASSERT_EQ(trusted.column_count(), row.size());
  for (uint32_t i = 0; i < row.size(); i++) {
    ASSERT_TRUE(Same(view.Get(i), row[i])) << i;
    ASSERT_TRUE(Same(trusted.Get(i), row[i])) << i;
  }
}

TEST(RowCodec, Bytes) {
  std::vector<Value> row = {Value::Integer(1), Value::Null(), Value::Integer(-2), Value::Text("ab"),
                            Value::Integer(0)};
  std::vector<uint8_t> want = {0, 5, 0x05, 0, 0x00, 0, 0x09, 0, 0x1b, 0, 0x19, 0, 0xfe, 'a', 'b'};
  EXPECT_EQ(Encode(row), want);
}

TEST(RowCodec, IntegersOfEverySize) {
  std::vector<Value> row;
  for (int bit = 0; bit < 64; bit++) {
    for (int64_t d = -1; d <= 1; d++) {
      uint64_t v = (uint64_t{1} << bit) + static_cast<uint64_t>(d);
      row.push_back(Value::Integer(static_cast<int64_t>(v)));
      row.push_back(Value::Integer(static_cast<int64_t>(0 - v)));
    }
  }
  ExpectRoundTrip(row);
  auto data_size = [](int64_t v) { return Encode({Value::Integer(v)}).size() - 4; };
  EXPECT_EQ(data_size(0), 0u);
  EXPECT_EQ(data_size(1), 0u);
  EXPECT_EQ(data_size(-128), 1u);
  EXPECT_EQ(data_size(128), 2u);
  EXPECT_EQ(data_size(32768), 3u);
  EXPECT_EQ(data_size(-8388609), 4u);
  EXPECT_EQ(data_size(2147483648), 6u);
  EXPECT_EQ(data_size(int64_t{1} << 47), 8u);
}

TEST(RowCodec, RandomRows) {
  RandomValues random(7);
  for (int i = 0; i < 3000; i++) {
    std::vector<Value> row;
    for (uint64_t n = random.Below(12); n > 0; n--) row.push_back(random.Next());
    ExpectRoundTrip(row);
  }
}

TEST(RowCodec, WideAndMany) {
  std::string big(9000, 'x'), edge(kNarrowRowDataMax, 'y');
  ExpectRoundTrip({Value::Integer(7), Value::Text(big), Value::Real(1.5)});
  ExpectRoundTrip({Value::Text(edge)});
  EXPECT_EQ(Encode({Value::Text(edge)})[0], 0);
  edge += 'y';
  EXPECT_EQ(Encode({Value::Text(edge)})[0], 1);
  std::vector<Value> many;
  for (uint32_t i = 0; i < kRowColumnsMax; i++) many.push_back(Value::Integer(i));
  ExpectRoundTrip(many);
  many.resize(200);
  ExpectRoundTrip(many);
  many.resize(kRowColumnsMax + 1);
  EXPECT_EQ(EncodedRowSize(many.data(), kRowColumnsMax + 1), 0u);
  Value huge = Value::Text("");
  huge.size = kRowDataMax;
  Value two[] = {huge, Value::Text("x")};
  EXPECT_EQ(EncodedRowSize(two, 2), 0u);
}

TEST(RowCodec, MissingColumns) {
  std::vector<uint8_t> bytes = Encode({Value::Integer(5)});
  RowView view{Bytes(bytes)};
  EXPECT_EQ(view.GetOr(0, Value::Integer(9)).i, 5);
  EXPECT_EQ(view.GetOr(1, Value::Integer(9)).i, 9);
}

TEST(RowCodec, RealsThatAreHundredthsAreShort) {
  auto data_size = [](double v) { return Encode({Value::Real(v)}).size() - 4; };
  EXPECT_EQ(data_size(0.0), 0u);
  EXPECT_EQ(data_size(0.01), 1u);
  EXPECT_EQ(data_size(-0.06), 1u);
  EXPECT_EQ(data_size(17), 2u);
  EXPECT_EQ(data_size(21168.23), 3u);
  EXPECT_EQ(data_size(1407374883553.27), 6u);
  EXPECT_EQ(data_size(-1407374883553.27), 6u);
  // What dividing by 100 would not give back bit by bit stays as it is.
  for (double v : {-0.0, 0.001, 1 / 3.0, 0.1 + 0.2, 1e300, -1e300, 5e-324, 1407374883553.28, 1.0 / 0.0, -1.0 / 0.0})
    EXPECT_EQ(data_size(v), 8u) << v;
  EXPECT_EQ(Encode({Value::Real(0.05), Value::Real(-2.5)}),
            (std::vector<uint8_t>{0, 2, 0x0e, 0, 0x1e, 0, 5, 0x06, 0xff}));
  std::vector<Value> row;
  for (int64_t i = -40000; i < 40000; i += 7) {
    const double v = static_cast<double>(i) / 100;
    for (double near : {v, std::nextafter(v, 1e9), std::nextafter(v, -1e9), v / 10}) row.push_back(Value::Real(near));
    if (row.size() < 1000) continue;
    ExpectRoundTrip(row);
    row.clear();
  }
}

TEST(RowCodec, DamagedBytesAreRefusedOrReadable) {
  RandomValues random(8);
  int refused = 0;
  for (int i = 0; i < 20000; i++) {
    std::vector<Value> row;
    for (uint64_t n = random.Below(6); n > 0; n--) row.push_back(random.Next());
    std::vector<uint8_t> bytes = Encode(row);
    for (uint64_t n = 1 + random.Below(3); n > 0; n--) {
      switch (random.Below(3)) {
        case 0:
          bytes[random.Below(bytes.size())] ^= static_cast<uint8_t>(1 + random.Below(255));
          break;
        case 1:
          bytes.resize(1 + random.Below(bytes.size()));
          break;
        default:
          bytes.push_back(static_cast<uint8_t>(random.Below(256)));
      }
    }
    // A copy of the exact size, so that the sanitizer sees a read past the end.
    std::unique_ptr<uint8_t[]> exact(new uint8_t[bytes.size()]);
    std::memcpy(exact.get(), bytes.data(), bytes.size());
    RowView view;
    Status s = RowView::Open({exact.get(), bytes.size()}, &view);
    if (!s.ok()) {
      EXPECT_EQ(s.code(), Code::kCorrupt);
      refused++;
      continue;
    }
    uint64_t sum = 0;
    for (uint32_t c = 0; c < view.column_count(); c++) {
      Value v = view.Get(c);
      sum += HashValue(v, Collation::kBinary);
    }
    (void)sum;
  }
  EXPECT_GT(refused, 10000);
  RowView view;
  EXPECT_EQ(RowView::Open({}, &view).code(), Code::kCorrupt);
}

}  // namespace
}  // namespace dosql
