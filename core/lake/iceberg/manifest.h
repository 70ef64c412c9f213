// Manifests: lists of data files or of delete files, each with what happened to it.
//
// ManifestWriter makes one file of entries of one spec and one content; ManifestReader gives the
// entries of any writer's manifest with what they inherit from the manifest list filled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/lake/avro/avro_reader.h"
#include "core/lake/avro/avro_writer.h"
#include "core/lake/iceberg/data_file.h"
#include "core/lake/iceberg/manifest_list.h"
#include "core/lake/iceberg/table_metadata.h"

namespace dosql::lake {

enum class EntryStatus : uint8_t { kExisting, kAdded, kDeleted };

struct ManifestEntry {
  EntryStatus status = EntryStatus::kAdded;
  std::optional<int64_t> snapshot_id;
  // Null when added: the commit that succeeds gives the number, through the list.
  std::optional<int64_t> sequence_number, file_sequence_number;
  DataFile file;

  bool live() const { return status != EntryStatus::kDeleted; }
  bool operator==(const ManifestEntry&) const = default;
};

struct ManifestHead {
  std::string_view schema_json;  // of the table's current schema
  int32_t schema_id = 0;
  const PartitionSpec* spec = nullptr;
  const std::vector<Field>* partition_fields = nullptr;  // PartitionFields of the spec
  ManifestContent content = ManifestContent::kData;
  int64_t snapshot_id = 0;  // that adds the manifest
  AvroCodec codec = AvroCodec::kDeflate;
  std::string_view sync;
};

class ManifestWriter {
 public:
  // What `head` points to must outlive the writer.
  explicit ManifestWriter(const ManifestHead& head);

  // kMisuse: an entry of another content, a tuple of another length, an existing or deleted entry
  // without its sequence numbers.
  Status Add(const ManifestEntry& entry);

  // Its counts and summaries are exact; its sequence numbers wait for a list.
  Status Finish(std::string path, std::string* bytes, ManifestFile* out);

  size_t size_bytes() const { return avro_.size_bytes(); }

 private:
  void PutDataFile(const DataFile& file);
  void PutPartition(const Type& type, const Datum& value);
  void Summarise(const std::vector<Datum>& partition);

  struct Bounds {
    bool contains_null = false, contains_nan = false;
    Datum lower, upper;  // null: none yet
  };

  ManifestHead head_;
  AvroWriter avro_;
  std::vector<Bounds> bounds_;
  ManifestFile totals_;
};

class ManifestReader {
 public:
  // `file` must outlive the reader. Tuples come in the order of `partition_fields`, which must
  // outlive it too; a field that the file does not have is null. kCorrupt, kUnsupported (codec).
  Status Open(std::string_view file, const ManifestFile& manifest,
              const std::vector<Field>* partition_fields);

  // *more is false after the last entry.
  Status Next(bool* more, ManifestEntry* out);

 private:
  Status ReadDataFile(uint32_t at, DataFile* out);
  Status ReadPartition(uint32_t at, DataFile* out);

  AvroReader avro_;
  ManifestFile manifest_;
  const std::vector<Field>* partition_fields_ = nullptr;
};

}  // namespace dosql::lake
