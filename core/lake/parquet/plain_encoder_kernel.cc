#include <cmath>

#include "core/base/bytes.h"
#include "core/lake/parquet/plain_encoder.h"

namespace dosql::lake {
namespace {

using parquet::Physical;

bool IsReal(const Leaf& leaf) {
  return leaf.physical == parquet::kFloat || leaf.physical == parquet::kDouble;
}
bool IsBytes(const Leaf& leaf) {
  return leaf.physical == parquet::kByteArray || leaf.physical == parquet::kFixedBytes;
}

template <typename T>
void Append(T v, std::string* out) {
  char bytes[sizeof v];
  StoreLe<T>(bytes, v);
  out->append(bytes, sizeof v);
}

template <typename T, typename Get>
void EncodeFixed(uint32_t from, uint32_t to, Get get, std::string* out) {
  const size_t at = out->size();
  out->resize(at + size_t{to - from} * sizeof(T));
  char* p = out->data() + at;
  for (uint32_t v = from; v < to; v++, p += sizeof(T)) StoreLe<T>(p, static_cast<T>(get(v)));
}

std::string Bound(const Leaf& leaf, int64_t i, double d, const std::string& bytes, double zero) {
  std::string out;
  if (d == 0) d = zero;
  switch (leaf.physical) {
    case parquet::kBoolean: out.push_back(static_cast<char>(i)); break;
    case parquet::kInt32: Append<int32_t>(static_cast<int32_t>(i), &out); break;
    case parquet::kInt64: Append<int64_t>(i, &out); break;
    case parquet::kFloat: Append<float>(static_cast<float>(d), &out); break;
    case parquet::kDouble: Append<double>(d, &out); break;
    case parquet::kByteArray: out = bytes; break;
    case parquet::kFixedBytes: out = bytes.substr(bytes.size() - leaf.fixed_bytes); break;
  }
  return out;
}

}  // namespace

int CompareBytesOf(const Leaf& leaf, std::string_view a, std::string_view b) {
  if (leaf.physical == parquet::kFixedBytes && !a.empty() && ((a[0] ^ b[0]) & 0x80) != 0)
    return a[0] & 0x80 ? -1 : 1;
  return CompareBytes(AsBytes(a), AsBytes(b));
}

void ValueBounds::Add(const Leaf& leaf, const LeafEntries& e, uint32_t from, uint32_t to) {
  const Column& c = *e.column;
  if (IsBytes(leaf)) {
    std::string_view least, most;
    for (uint32_t v = from; v < to; v++) {
      const std::string_view s = c.Text(e.slot(v));
      if (v == from || CompareBytesOf(leaf, s, least) < 0) least = s;
      if (v == from || CompareBytesOf(leaf, s, most) > 0) most = s;
    }
    if (from == to) return;
    if (!any || CompareBytesOf(leaf, least, low_bytes) < 0) low_bytes = least;
    if (!any || CompareBytesOf(leaf, most, high_bytes) > 0) high_bytes = most;
    any = true;
  } else if (IsReal(leaf)) {
    for (uint32_t v = from; v < to; v++) {
      const double d = c.doubles[e.slot(v)];
      if (std::isnan(d)) {
        nans++;
        continue;
      }
      if (!any || d < low_real) low_real = d;
      if (!any || d > high_real) high_real = d;
      any = true;
    }
  } else {
    for (uint32_t v = from; v < to; v++) {
      const int64_t i = c.ints[e.slot(v)];
      if (!any || i < low) low = i;
      if (!any || i > high) high = i;
      any = true;
    }
  }
}

void ValueBounds::Merge(const Leaf& leaf, const ValueBounds& o) {
  nans += o.nans;
  if (!o.any) return;
  if (!any || o.low < low) low = o.low;
  if (!any || o.high > high) high = o.high;
  if (!any || o.low_real < low_real) low_real = o.low_real;
  if (!any || o.high_real > high_real) high_real = o.high_real;
  if (!any || CompareBytesOf(leaf, o.low_bytes, low_bytes) < 0) low_bytes = o.low_bytes;
  if (!any || CompareBytesOf(leaf, o.high_bytes, high_bytes) > 0) high_bytes = o.high_bytes;
  any = true;
}

std::string ValueBounds::Low(const Leaf& leaf) const {
  return Bound(leaf, low, low_real, low_bytes, -0.0);
}
std::string ValueBounds::High(const Leaf& leaf) const {
  return Bound(leaf, high, high_real, high_bytes, 0.0);
}

uint32_t PlainBytes(const Leaf& leaf, const LeafEntries& e, uint32_t value) {
  switch (leaf.physical) {
    case parquet::kBoolean: return 1;
    case parquet::kInt32:
    case parquet::kFloat: return 4;
    case parquet::kInt64:
    case parquet::kDouble: return 8;
    case parquet::kFixedBytes: return leaf.fixed_bytes;
    case parquet::kByteArray: break;
  }
  const uint32_t slot = e.slot(value);
  return 4 + e.column->ends[slot] - e.column->Begin(slot);
}

void EncodePlain(const Leaf& leaf, const LeafEntries& e, uint32_t from, uint32_t to,
                 std::string* out) {
  const Column& c = *e.column;
  switch (leaf.physical) {
    case parquet::kBoolean: {
      const size_t at = out->size();
      out->resize(at + (to - from + 7) / 8);
      for (uint32_t v = from; v < to; v++)
        (*out)[at + (v - from) / 8] |=
            static_cast<char>((c.ints[e.slot(v)] != 0) << ((v - from) % 8));
      break;
    }
    case parquet::kInt32:
      EncodeFixed<int32_t>(
          from, to, [&](uint32_t v) { return c.ints[e.slot(v)]; }, out);
      break;
    case parquet::kInt64:
      EncodeFixed<int64_t>(
          from, to, [&](uint32_t v) { return c.ints[e.slot(v)]; }, out);
      break;
    case parquet::kFloat:
      EncodeFixed<float>(
          from, to, [&](uint32_t v) { return c.doubles[e.slot(v)]; }, out);
      break;
    case parquet::kDouble:
      EncodeFixed<double>(
          from, to, [&](uint32_t v) { return c.doubles[e.slot(v)]; }, out);
      break;
    case parquet::kByteArray:
      for (uint32_t v = from; v < to; v++) {
        const std::string_view s = c.Text(e.slot(v));
        Append<uint32_t>(static_cast<uint32_t>(s.size()), out);
        out->append(s);
      }
      break;
    case parquet::kFixedBytes:
      for (uint32_t v = from; v < to; v++) {
        const std::string_view s = c.Text(e.slot(v));
        out->append(s.substr(s.size() - leaf.fixed_bytes));
      }
      break;
  }
}

}  // namespace dosql::lake
