// ManifestFile: what a manifest list says of one manifest; and the lists themselves.
//
// A snapshot's list names every manifest that holds a file of the table. Errors: kCorrupt,
// kUnsupported (codec), as AvroReader has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/lake/avro/avro_format.h"

namespace dosql::lake {

enum class ManifestContent : uint8_t { kData, kDeletes };

// Over all files of a manifest: bounds of one partition field, in their binary form.
struct FieldSummary {
  bool contains_null = false;
  bool contains_nan = false;
  bool has_bounds = false;
  std::string lower, upper;
  bool operator==(const FieldSummary&) const = default;
};

struct ManifestFile {
  // Of a manifest that no list has taken yet: the list's own number goes there.
  static constexpr int64_t kUnassigned = -1;

  std::string path;
  int64_t size_bytes = 0;
  int32_t spec_id = 0;
  ManifestContent content = ManifestContent::kData;
  int64_t sequence_number = kUnassigned;
  int64_t min_sequence_number = kUnassigned;  // of its live files
  int64_t added_snapshot_id = 0;
  int64_t added_files = 0, existing_files = 0, deleted_files = 0;
  int64_t added_rows = 0, existing_rows = 0, deleted_rows = 0;
  std::vector<FieldSummary> partitions;
  std::string key_metadata;

  bool operator==(const ManifestFile&) const = default;
};

struct ManifestListHead {
  int64_t snapshot_id = 0;
  int64_t parent_id = -1;  // -1: none
  int64_t sequence_number = 0;
};

// Unassigned sequence numbers become the head's.
Status WriteManifestList(const ManifestListHead& head, const std::vector<ManifestFile>& manifests,
                         AvroCodec codec, std::string_view sync, std::string* out);

Status ReadManifestList(std::string_view file, std::vector<ManifestFile>* out);

}  // namespace dosql::lake
