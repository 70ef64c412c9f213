// MustHold: metadata that was let in can be written and read again, and says the same.
#pragma once

#include <string>
#include <vector>

#include "core/lake/iceberg/schema_json.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

inline void MustHold(const TableMetadata& metadata) {
  std::string text = TableMetadataText(metadata);
  TableMetadata back;
  Diag diag;
  if (!ParseTableMetadata(text, &back, &diag).ok()) __builtin_trap();
  if (TableMetadataText(back) != text) __builtin_trap();
  std::vector<Field> fields;
  for (const PartitionSpec& spec : metadata.specs)
    PartitionFields(metadata, spec, &fields, &diag).Ignore();
  Schema schema;
  for (const TableSchema& s : metadata.schemas) ParseSchema(s.json, &schema, &diag).Ignore();
}

}  // namespace dosql::lake
