// New tables: what the REST catalog's requests to create or register one ask for.
//
// Field ids of the request are the client's own; the table's are given afresh, as the Java catalogs
// do: all fields of a struct first, then what is within each. Errors: 400 BadRequestException.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/lake/iceberg/commit_error.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

struct CreateTableInput {
  std::string_view body;              // CreateTableRequest
  std::string_view default_location;  // where the request names none
  std::string_view uuid;
  int64_t now_ms = 0;
};

struct CreateTableResult {
  std::string name;
  bool stage_create =
      false;  // answer with the metadata, store nothing: a commit with assert-create follows
  TableMetadata metadata;
};

[[nodiscard]] CommitError CreateTable(const CreateTableInput& input, CreateTableResult* out);

struct RegisterTableResult {
  std::string name;
  std::string metadata_location;
  bool overwrite = false;
};

// RegisterTableRequest. The caller reads the file that it names and gives it to ParseTableMetadata.
[[nodiscard]] CommitError ParseRegisterTable(std::string_view body, RegisterTableResult* out);

// A table of our own: the schema as it is, ids included. `spec` and `order` refer to its ids.
TableMetadata NewTable(const Schema& schema, PartitionSpec spec, SortOrder order,
                       std::string_view location, std::string_view uuid, int64_t now_ms);

}  // namespace dosql::lake
