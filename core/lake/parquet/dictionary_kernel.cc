#include <bit>

#include "core/base/bytes.h"
#include "core/lake/parquet/dictionary.h"
#include "core/lake/parquet/plain_encoder.h"

namespace dosql::lake {
namespace {

constexpr uint64_t kFactor = 0x9e3779b97f4a7c15u;
constexpr uint32_t kTrial = 4096;  // values after which hardly repeating ones are given up

uint64_t Mix(uint64_t a, uint64_t b) {
  const uint64_t x = (a ^ b) * kFactor;
  return x ^ x >> 32;
}

uint64_t HashText(std::string_view s) {
  uint64_t h = s.size() * kFactor;
  const char* p = s.data();
  size_t left = s.size();
  for (; left >= 8; p += 8, left -= 8) h = Mix(h, LoadLe<uint64_t>(p));
  uint64_t tail = 0;
  for (size_t i = 0; i < left; i++) tail |= uint64_t{static_cast<uint8_t>(p[i])} << (8 * i);
  return Mix(h, tail);
}

// hash(value), same(a, b) over values; false when the dictionary is given up.
template <typename Hash, typename Same>
bool Collect(const Leaf& leaf, const LeafEntries& e, uint32_t bytes_max, Hash hash, Same same,
             std::vector<uint32_t>* firsts, std::vector<uint32_t>* codes) {
  const uint32_t n = e.values();
  // Texts that hardly repeat cost time and room; of numbers a dictionary may still be the shorter.
  const uint32_t rare = leaf.physical == parquet::kByteArray ? 2 : 16;
  codes->resize(n);
  size_t capacity = 1024, bytes = 0;
  std::vector<uint32_t> table(capacity, 0);  // code + 1
  std::vector<uint32_t> hashes;              // of the distinct values
  for (uint32_t v = 0; v < n; v++) {
    const uint32_t h = static_cast<uint32_t>(hash(v));
    size_t at = h & (capacity - 1);
    for (; table[at] != 0; at = (at + 1) & (capacity - 1))
      if (hashes[table[at] - 1] == h && same((*firsts)[table[at] - 1], v)) break;
    if (table[at] == 0) {
      bytes += PlainBytes(leaf, e, v);
      if (bytes > bytes_max) return false;
      if (v >= kTrial && firsts->size() > v - v / rare) return false;
      firsts->push_back(v);
      hashes.push_back(h);
      table[at] = static_cast<uint32_t>(firsts->size());
      (*codes)[v] = table[at] - 1;
      if (firsts->size() * 2 > capacity) {
        capacity *= 4;
        table.assign(capacity, 0);
        for (uint32_t k = 0; k < hashes.size(); k++) {
          size_t to = hashes[k] & (capacity - 1);
          while (table[to] != 0) to = (to + 1) & (capacity - 1);
          table[to] = k + 1;
        }
      }
    } else {
      (*codes)[v] = table[at] - 1;
    }
  }
  // What the codes save must pay for the dictionary.
  size_t plain = 0;
  if (leaf.physical != parquet::kByteArray) plain = n > 0 ? size_t{n} * PlainBytes(leaf, e, 0) : 0;
  for (uint32_t v = 0; leaf.physical == parquet::kByteArray && v < n; v++)
    plain += PlainBytes(leaf, e, v);
  const size_t width = static_cast<size_t>(64 - std::countl_zero(firsts->size()));
  return bytes + n * width / 8 < plain;
}

}  // namespace

bool Dictionary::Build(const Leaf& leaf, const LeafEntries& e, uint32_t bytes_max) {
  firsts_.clear();
  codes_.clear();
  const Column& c = *e.column;
  switch (leaf.physical) {
    case parquet::kBoolean: return false;
    case parquet::kByteArray:
    case parquet::kFixedBytes:
      return Collect(
          leaf, e, bytes_max, [&](uint32_t v) { return HashText(c.Text(e.slot(v))); },
          [&](uint32_t a, uint32_t b) { return c.Text(e.slot(a)) == c.Text(e.slot(b)); }, &firsts_,
          &codes_);
    case parquet::kFloat:
    case parquet::kDouble: {
      // By bits: NaNs and both zeros come back as they were.
      auto bits = [&](uint32_t v) { return LoadLe<uint64_t>(&c.doubles[e.slot(v)]); };
      return Collect(
          leaf, e, bytes_max, [&](uint32_t v) { return Mix(bits(v), kFactor); },
          [&](uint32_t a, uint32_t b) { return bits(a) == bits(b); }, &firsts_, &codes_);
    }
    default: {
      auto value = [&](uint32_t v) { return c.ints[e.slot(v)]; };
      return Collect(
          leaf, e, bytes_max,
          [&](uint32_t v) { return Mix(static_cast<uint64_t>(value(v)), kFactor); },
          [&](uint32_t a, uint32_t b) { return value(a) == value(b); }, &firsts_, &codes_);
    }
  }
}

}  // namespace dosql::lake
