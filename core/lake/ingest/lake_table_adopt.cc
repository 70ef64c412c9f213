// After a flush whose commit was forgotten: the same batches were taken again, but on the schema
// that they had made, so what they added and then renamed or replaced has other ids now. The ids of
// files that are there already are the snapshot's.
#include "core/lake/iceberg/schema_json.h"
#include "core/lake/ingest/lake_table.h"

namespace dosql::lake {

Status LakeTable::Adopt(const Snapshot& snapshot, Diag* diag) {
  const TableSchema* schema = metadata_.FindSchema(snapshot.schema_id);
  if (schema == nullptr) return Code::kCorrupt;
  Schema made;
  DOSQL_TRY(ParseSchema(schema->json, &made, diag));
  for (RowLayout& layout : layouts_) {
    for (RowLayout::Cell& cell : layout.cells) {
      const Field* field = FindField(cell.field_id);
      for (const Field& f : made.fields)
        if (field != nullptr && f.name == field->name) cell.field_id = f.id;
    }
  }
  schema_ = std::move(made);
  last_column_id_ = metadata_.last_column_id;
  schema_changed_ = false;
  return Status::Ok();
}

}  // namespace dosql::lake
