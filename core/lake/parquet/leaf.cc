#include "core/lake/parquet/leaf.h"

namespace dosql::lake {
namespace {

void Walk(const Field& field, uint32_t step, Leaf above, std::vector<Leaf>* out) {
  above.path.push_back(field.name);
  above.steps.push_back(step);
  above.definition_max += !field.required;
  if (field.type.kind == TypeKind::kStruct) {
    for (uint32_t i = 0; i < field.type.fields.size(); i++)
      Walk(field.type.fields[i], i, above, out);
    return;
  }
  if (field.type.kind == TypeKind::kList) {
    above.path.push_back("list");
    above.definition_max++;
    above.repetition_max++;
    Walk(field.type.fields[0], 0, above, out);
    return;
  }
  above.field_id = field.id;
  above.type = field.type;
  above.physical = PhysicalOf(field.type, &above.fixed_bytes);
  out->push_back(std::move(above));
}

constexpr uint32_t kNoSlot = ~uint32_t{0};

// Entries on their way down.
struct Entries {
  std::vector<uint32_t> slots;  // kNoSlot: ended above with its definition level
  std::vector<uint32_t> definitions, repetitions;
  size_t size() const { return slots.size(); }
  void Add(uint32_t slot, uint32_t definition, uint32_t repetition) {
    slots.push_back(slot);
    definitions.push_back(definition);
    repetitions.push_back(repetition);
  }
};

// Whether the values of a field are there: optional ones add a level.
Status Present(const Field& field, const Column& column, Entries* e) {
  for (size_t i = 0; i < e->size(); i++) {
    if (e->slots[i] == kNoSlot) continue;
    if (e->slots[i] >= column.rows) return Code::kBind;
    const bool null = column.IsNull(e->slots[i]);
    if (null && field.required) return Code::kBind;
    if (null) e->slots[i] = kNoSlot;
    if (!null && !field.required) e->definitions[i]++;
  }
  return Status::Ok();
}

void Elements(const Column& list, uint32_t repetition, Entries* e) {
  Entries out;
  for (size_t i = 0; i < e->size(); i++) {
    const uint32_t slot = e->slots[i];
    const uint32_t from = slot == kNoSlot ? 0 : list.Begin(slot),
                   to = slot == kNoSlot ? 0 : list.ends[slot];
    if (from >= to) out.Add(kNoSlot, e->definitions[i], e->repetitions[i]);
    for (uint32_t k = from; k < to; k++)
      out.Add(k, e->definitions[i] + 1, k == from ? e->repetitions[i] : repetition);
  }
  *e = std::move(out);
}

// A column of the schema itself: no entries need be made one by one.
Status ShredFlat(const Field& field, const Leaf& leaf, LeafEntries* out) {
  const Column& column = *out->column;
  out->count = column.rows;
  uint32_t nulls = 0;
  for (uint8_t valid : column.valid) nulls += valid == 0;
  if (nulls > 0 && field.required) return Code::kBind;
  out->all_slots = nulls == 0;
  if (leaf.definition_max == 0) return Status::Ok();
  out->definitions.assign(column.rows, 1);
  if (nulls == 0) return Status::Ok();
  out->slots.reserve(column.rows - nulls);
  for (uint32_t r = 0; r < column.rows; r++) {
    out->definitions[r] = column.valid[r];
    if (column.valid[r] != 0) out->slots.push_back(r);
  }
  return Status::Ok();
}

}  // namespace

parquet::Physical PhysicalOf(const Type& type, uint32_t* fixed_bytes) {
  switch (type.kind) {
    case TypeKind::kBoolean: return parquet::kBoolean;
    case TypeKind::kInt:
    case TypeKind::kDate: return parquet::kInt32;
    case TypeKind::kFloat: return parquet::kFloat;
    case TypeKind::kDouble: return parquet::kDouble;
    case TypeKind::kDecimal: {
      if (type.precision <= 9) return parquet::kInt32;
      if (type.precision <= 18) return parquet::kInt64;
      // The fewest bytes whose positive half holds 10^precision - 1.
      unsigned __int128 most = 1;
      for (uint32_t i = 0; i < type.precision; i++) most *= 10;
      uint32_t bytes = 1;
      while (bytes < 16 && (most - 1) >> (8 * bytes - 1) != 0) bytes++;
      *fixed_bytes = bytes;
      return parquet::kFixedBytes;
    }
    case TypeKind::kString:
    case TypeKind::kBinary: return parquet::kByteArray;
    default: return parquet::kInt64;
  }
}

std::vector<Leaf> LeavesOf(const Schema& schema) {
  std::vector<Leaf> out;
  for (uint32_t i = 0; i < schema.fields.size(); i++) Walk(schema.fields[i], i, Leaf(), &out);
  return out;
}

Status ShredLeaf(const Schema& schema, const Leaf& leaf, const std::vector<Column>& columns,
                 uint32_t rows, LeafEntries* out) {
  *out = LeafEntries();
  const Field* field = &schema.fields[leaf.steps[0]];
  const Column* column = &columns[leaf.steps[0]];
  if (column->rows != rows) return Code::kBind;
  out->column = column;
  if (leaf.steps.size() == 1) return ShredFlat(*field, leaf, out);
  Entries e;
  for (uint32_t r = 0; r < rows; r++) e.Add(r, 0, 0);
  uint32_t repetition = 0;
  for (size_t depth = 1;; depth++) {
    DOSQL_TRY(Present(*field, *column, &e));
    if (!field->type.nested()) break;
    if (leaf.steps[depth] >= column->children.size()) return Code::kBind;
    if (field->type.kind == TypeKind::kList) {
      if (column->ends.size() != column->rows) return Code::kBind;
      Elements(*column, ++repetition, &e);
    }
    field = &field->type.fields[leaf.steps[depth]];
    column = &column->children[leaf.steps[depth]];
  }
  out->column = column;
  out->count = static_cast<uint32_t>(e.size());
  for (uint32_t slot : e.slots)
    if (slot != kNoSlot) out->slots.push_back(slot);
  if (leaf.definition_max > 0) out->definitions = std::move(e.definitions);
  if (leaf.repetition_max > 0) out->repetitions = std::move(e.repetitions);
  return Status::Ok();
}

}  // namespace dosql::lake
