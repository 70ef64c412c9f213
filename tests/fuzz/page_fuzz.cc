// Any bytes as B+tree pages: damage done to pages of a real tree, which is then read, changed and
// verified. Built with DOSQL_PLANT_PAGE_BUG, one bound of a payload is not checked, and this finds it.
//
//   input = u8 kind, u8 use, edit...
//   edit  = u8 page, u16 offset, u8 value       or, with bit 7 of the page set,
//           u8 page, u16 offset, u8 n, n bytes
#include "tests/storage/hostile_tree.h"

namespace {

using namespace dosql;

// The trees are made once and set back after every input.
HostileTree* Tree(KeyKind kind) {
  static HostileTree* trees[2] = {new HostileTree(KeyKind::kInteger),
                                  new HostileTree(KeyKind::kBytes)};
  return trees[kind == KeyKind::kBytes];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 6) return 0;
  const KeyKind kind = data[0] & 1 ? KeyKind::kBytes : KeyKind::kInteger;
  const uint64_t use = data[1] * 0x9e3779b97f4a7c15u + data[0];
  HostileTree* tree = Tree(kind);
  const uint8_t* p = data + 2;
  const uint8_t* end = data + size;
  uint32_t last = 1;
  while (end - p >= 4) {
    last = 1 + (p[0] & 0x7f) % tree->pages();
    const uint32_t at = LoadLe<uint16_t>(p + 1) % kPageBytes;
    uint8_t* page = tree->Page(last);
    if (p[0] & 0x80) {
      size_t n = p[3];
      p += 4;
      if (n > static_cast<size_t>(end - p)) n = static_cast<size_t>(end - p);
      if (n > kPageBytes - at) n = kPageBytes - at;
      std::memcpy(page + at, p, n);
      p += n;
    } else {
      page[at] = p[3];
      p += 4;
    }
  }
  const std::string text = "a common beginning " + std::to_string(data[1] * 40);
  Key key = kind == KeyKind::kBytes ? Key::Of(AsBytes(text)) : Key::Integer(data[1] * 40);
  uint8_t copy[kPageBytes];
  std::memcpy(copy, tree->Page(last), kPageBytes);
  WalkPage(tree->pager(), copy, kind, key);
  tree->Use(use);
  tree->SetBack();
  return 0;
}
