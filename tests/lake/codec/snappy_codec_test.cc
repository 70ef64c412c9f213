#include "core/lake/codec/snappy_codec.h"

#include <gtest/gtest.h>

namespace dosql::lake {
namespace {

struct Numbers {
  uint64_t state;
  uint64_t operator()(uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  }
};

std::string RandomText(size_t size, Numbers* dice) {
  std::string text;
  while (text.size() < size) {
    const size_t from = (*dice)(text.size() + 1), n = (*dice)(40);
    // Now and then what was there before, so that there is something to find.
    if ((*dice)(2) != 0) text += text.substr(from, n);
    for (size_t i = (*dice)(9); i > 0; i--) text.push_back(static_cast<char>((*dice)(256)));
  }
  text.resize(size);
  return text;
}

TEST(Snappy, ThereAndBack) {
  Numbers dice{3};
  for (size_t size : {0u, 1u, 5u, 60u, 61u, 4000u, 65536u, 65537u, 300000u}) {
    const std::string text = RandomText(size, &dice);
    std::string packed = "before", back;
    SnappyCompress(text, &packed);
    ASSERT_TRUE(packed.starts_with("before"));
    packed.erase(0, 6);
    ASSERT_TRUE(SnappyDecompress(packed, size, &back).ok()) << size;
    EXPECT_EQ(back, text);
    EXPECT_EQ(SnappyDecompress(packed, size + 1, &back).code(), Code::kCorrupt);
    if (size > 0) {
      EXPECT_EQ(SnappyDecompress(packed, size - 1, &back).code(), Code::kCorrupt);
    }
  }
  // By the format's words: a length, a literal of four, a copy of eight from four before.
  std::string back;
  ASSERT_TRUE(SnappyDecompress(std::string("\x0c\x0c"
                                           "abcd\x11\x04",
                                           8),
                               12, &back)
                  .ok());
  EXPECT_EQ(back, "abcdabcdabcd");
}

TEST(Snappy, AnyBytes) {
  Numbers dice{4};
  const std::string text = RandomText(3000, &dice);
  std::string packed;
  SnappyCompress(text, &packed);
  for (int round = 0; round < 20000; round++) {
    std::string bytes = packed.substr(0, dice(4) == 0 ? dice(packed.size()) : packed.size());
    for (uint64_t n = dice(4); n > 0 && bytes.size() > 2; n--)
      bytes[2 + dice(bytes.size() - 2)] = static_cast<char>(dice(256));
    // Of its own size, so that a read beyond it is seen.
    const std::vector<char> exact(bytes.begin(), bytes.end());
    std::string back;
    const Status s = SnappyDecompress({exact.data(), exact.size()}, text.size(), &back);
    EXPECT_TRUE(s.ok() ? back.size() == text.size() : s.code() == Code::kCorrupt);
  }
  std::string back;
  EXPECT_EQ(SnappyDecompress("", 0, &back).code(), Code::kCorrupt);
  EXPECT_EQ(SnappyDecompress("\xff\xff\xff\xff\xff\xff", 1, &back).code(), Code::kCorrupt);
}

}  // namespace
}  // namespace dosql::lake
