// Values that lie close together, so that random pairs meet every case of order and equality.
#pragma once

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "core/type/value.h"

namespace dosql {

class RandomValues {
 public:
  explicit RandomValues(uint64_t seed) : random_(seed) {}

  uint64_t Below(uint64_t n) { return random_() % n; }

  // Text and blobs point into this object.
  Value Next() {
    switch (Below(10)) {
      case 0:
        return Value::Null();
      case 1:
        return Value::Integer(static_cast<int64_t>(Below(7)) - 3);
      case 2:
        return Value::Real((static_cast<double>(Below(13)) - 6) / 2);
      case 3:  // around the powers of two where doubles thin out
        return Value::Integer(NearPower());
      case 4:
        return Value::Real(static_cast<double>(NearPower()));
      case 5: {
        uint64_t bits = random_();
        double d;
        std::memcpy(&d, &bits, 8);
        return Value::Real(d != d ? 0.5 : d);
      }
      case 6: {
        static constexpr double kSpecial[] = {0.0, -0.0, 9223372036854775808.0, -9223372036854775808.0,
                                              __builtin_inf(), -__builtin_inf(), 5e-324, 9007199254740992.0};
        return Value::Real(kSpecial[Below(8)]);
      }
      case 7:
        return Value::Blob(AsBytes(Text()));
      default:
        return Value::Text(Text());
    }
  }

 private:
  int64_t NearPower() {
    uint64_t p = uint64_t{1} << (50 + Below(14));
    int64_t v = static_cast<int64_t>(p + Below(9) - 4);
    return Below(2) ? v : static_cast<int64_t>(0 - static_cast<uint64_t>(v));
  }
  std::string_view Text() {
    static constexpr char kAlphabet[] = {'a', 'A', 'b', ' ', '\0', '\xff', '\x01', 'z'};
    std::string s;
    for (uint64_t n = Below(6) ? Below(5) : Below(20); n > 0; n--) s += kAlphabet[Below(8)];
    texts_.push_back(std::make_unique<std::string>(s));
    return *texts_.back();
  }

  std::mt19937_64 random_;
  std::vector<std::unique_ptr<std::string>> texts_;
};

}  // namespace dosql
