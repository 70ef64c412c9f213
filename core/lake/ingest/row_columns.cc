#include "core/lake/ingest/row_columns.h"

#include "core/lake/ingest/hex_text.h"
#include "core/lake/ingest/type_mapping.h"
#include "core/lake/json/json.h"
#include "core/type/row_codec.h"

namespace dosql::lake {
namespace {

Json AsJson(const Value& v) {
  switch (v.type) {
    case ValueType::kInteger: return v.i;
    case ValueType::kReal: return v.d;
    case ValueType::kText: return std::string(v.text());
    case ValueType::kBlob: return Json::object({{"hex", HexText(v.text())}});
    default: return nullptr;
  }
}

}  // namespace

RowColumns::RowColumns(const Schema& schema) : schema_(schema), columns_(schema.fields.size()) {}

void RowColumns::Map(const RowLayout& layout) {
  cell_of_.assign(columns_.size(), -1);
  for (size_t c = 0; c < layout.cells.size(); c++)
    for (size_t f = 0; f < schema_.fields.size(); f++)
      if (schema_.fields[f].id == layout.cells[c].field_id) cell_of_[f] = static_cast<int32_t>(c);
  mapped_ = &layout;
}

Status RowColumns::Check(const RowLayout& layout, Bytes key, Bytes bytes) {
  RowView row;
  DOSQL_TRY(RowView::Open(bytes, &row));
  bool fits = row.column_count() <= layout.cells.size();
  for (const RowLayout::Cell& cell : layout.cells) fits &= !cell.is_rowid || key.size() == 8;
  return fits ? Status::Ok() : Status(Code::kCorrupt);
}

void RowColumns::Add(const RowLayout& layout, std::string_view key, Bytes bytes) {
  const RowView row(bytes);
  Json overflow;
  if (mapped_ != &layout) Map(layout);
  for (size_t f = 0; f + 1 < columns_.size(); f++) {
    const Type& type = schema_.fields[f].type;
    if (cell_of_[f] < 0) {
      AppendNull(type, &columns_[f]);
      continue;
    }
    const auto c = static_cast<uint32_t>(cell_of_[f]);
    const RowLayout::Cell& cell = layout.cells[c];
    Value v = row.GetOr(c, Value::Null());
    if (cell.is_rowid) v = Value::Integer(LoadLe<int64_t>(key.data() + key.size() - 8));
    if (AppendValue(type, v, &columns_[f])) continue;
    overflow[cell.name] = AsJson(v);
    misfits_++;
  }
  if (overflow.is_null()) {
    AppendNull(schema_.fields.back().type, &columns_.back());
  } else {
    AppendText(DumpJson(overflow), &columns_.back());
  }
  rows_++;
}

}  // namespace dosql::lake
