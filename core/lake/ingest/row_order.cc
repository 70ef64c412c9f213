#include "core/lake/ingest/row_order.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/bytes.h"
#include "core/lake/ingest/partition_tuple.h"

namespace dosql::lake {
namespace {

constexpr uint64_t kSign = uint64_t{1} << 63;

const Field* FieldById(const Schema& schema, int32_t id) {
  for (const Field& f : schema.fields)
    if (f.id == id) return &f;
  return nullptr;
}

void AppendBits(uint64_t bits, std::string* out) {
  char bytes[8];
  StoreBe64(bytes, bits);
  out->append(bytes, sizeof bytes);
}

// Bytes whose order is the values'.
void AppendOrdered(const Type& type, const Datum& v, std::string* out) {
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const double d = std::isnan(v.d) ? std::nan("") : v.d;
      uint64_t bits;
      std::memcpy(&bits, &d, sizeof bits);
      return AppendBits(bits & kSign ? ~bits : bits ^ kSign, out);
    }
    case TypeKind::kString:
    case TypeKind::kBinary:
      // Ends below all that go on.
      for (char c : v.bytes) {
        out->push_back(c);
        if (c == 0) out->push_back('\xff');
      }
      out->append(2, '\0');
      return;
    case TypeKind::kDecimal:
      if (!v.bytes.empty()) {
        out->push_back(static_cast<char>(v.bytes[0] ^ 0x80));
        out->append(v.bytes, 1);
        return;
      }
      [[fallthrough]];
    default: return AppendBits(static_cast<uint64_t>(v.i) ^ kSign, out);
  }
}

}  // namespace

Schema OrderedFields(const Schema& schema, const PartitionSpec& spec, const SortOrder& order) {
  Schema out;
  for (size_t i = 0; i < schema.fields.size(); i++) {
    const auto names = [&](const auto& f) { return f.source_id == schema.fields[i].id; };
    if (i + 1 == schema.fields.size() ||
        std::any_of(spec.fields.begin(), spec.fields.end(), names) ||
        std::any_of(order.fields.begin(), order.fields.end(), names))
      out.fields.push_back(schema.fields[i]);
  }
  return out;
}

bool CanSort(const Schema& schema, const SortOrder& order) {
  return std::all_of(order.fields.begin(), order.fields.end(), [&](const SortField& f) {
    const Field* field = FieldById(schema, f.source_id);
    Type type;
    return field == nullptr || TransformType(f.transform, field->type, &type).ok();
  });
}

RowOrder::RowOrder(const Schema& schema, const PartitionSpec& spec, const SortOrder& order)
    : schema_(schema) {
  for (const PartitionField& f : spec.fields) partition_.push_back(KeyOf(f.source_id, f.transform));
  for (const SortField& f : order.fields) {
    Key key = KeyOf(f.source_id, f.transform);
    key.descending = f.descending;
    key.nulls_last = f.nulls_last;
    sort_.push_back(std::move(key));
  }
}

RowOrder::Key RowOrder::KeyOf(int32_t source_id, const Transform& transform) const {
  Key key;
  key.transform = transform;
  const Field* field = FieldById(schema_, source_id);
  key.column = schema_.fields.size();
  if (field == nullptr || !TransformType(transform, field->type, &key.result).ok()) return key;
  key.column = static_cast<size_t>(field - schema_.fields.data());
  key.type = field->type;
  return key;
}

void RowOrder::Add(const std::vector<Column>& columns, uint32_t row) {
  const auto value = [&](const Key& key) {
    if (key.column == columns.size()) return Datum();
    return ApplyTransform(key.transform, key.type, DatumAt(key.type, columns[key.column], row));
  };
  std::vector<Datum> tuple;
  for (const Key& key : partition_) tuple.push_back(value(key));
  const auto [it, fresh] =
      numbers_.try_emplace(PackTuple(tuple), static_cast<uint32_t>(tuples_.size()));
  if (fresh) tuples_.push_back(it->first);
  std::string& bytes = keys_.emplace_back(4, '\0');
  StoreBe32(bytes.data(), it->second);
  for (const Key& key : sort_) {
    const Datum v = value(key);
    bytes.push_back(v.null ? (key.nulls_last ? 2 : 0) : 1);
    if (v.null) continue;
    const size_t from = bytes.size();
    AppendOrdered(key.result, v, &bytes);
    for (size_t i = from; key.descending && i < bytes.size(); i++)
      bytes[i] = static_cast<char>(~bytes[i]);
  }
}

uint32_t RowOrder::TupleOf(uint32_t row) const { return LoadBe32(keys_[row].data()); }

std::vector<uint32_t> RowOrder::Sorted() const {
  std::vector<uint32_t> rows(keys_.size());
  for (uint32_t i = 0; i < rows.size(); i++) rows[i] = i;
  std::sort(rows.begin(), rows.end(), [&](uint32_t a, uint32_t b) {
    const int c = keys_[a].compare(keys_[b]);
    return c != 0 ? c < 0 : a < b;
  });
  return rows;
}

}  // namespace dosql::lake
