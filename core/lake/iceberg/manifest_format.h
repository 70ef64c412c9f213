// The Avro schemas of manifests and manifest lists (spec, "Manifests" and "Manifest Lists", version
// 2), and the field ids that both are read by. Written by manifest.cc and manifest_list.cc.
//
//   manifest file  := AvroFile(manifest_entry), key-values schema, schema-id, partition-spec,
//                     partition-spec-id, format-version = 2, content = data | deletes
//   manifest list  := AvroFile(manifest_file), key-values snapshot-id, parent-snapshot-id,
//                     sequence-number, format-version = 2
//
//   manifest_entry := status, ?snapshot_id, ?sequence_number, ?file_sequence_number, data_file
//   data_file      := content, path, format, partition, record_count, size, 6 maps by field id,
//                     ?key_metadata, ?split_offsets, ?equality_ids, ?sort_order_id,
//                     ?referenced_data_file
//   manifest_file  := path, length, spec_id, content, sequence_number, min_sequence_number,
//                     added_snapshot_id, 3 counts of files, 3 counts of rows, ?partitions,
//                     ?key_metadata
//
// Maps with integer keys are arrays of records (k, v). The writers' order of fields is that of
// these lines; readers go by id alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/lake/schema/type.h"

namespace dosql::lake {

enum ManifestField : int32_t {
  kEntryStatus = 0,
  kEntrySnapshotId = 1,
  kEntryDataFile = 2,
  kEntrySequenceNumber = 3,
  kEntryFileSequenceNumber = 4,
  kFilePath = 100,
  kFileFormat = 101,
  kFilePartition = 102,
  kFileRecordCount = 103,
  kFileSize = 104,
  kFileColumnSizes = 108,
  kFileValueCounts = 109,
  kFileNullCounts = 110,
  kFileLowerBounds = 125,
  kFileUpperBounds = 128,
  kFileKeyMetadata = 131,
  kFileSplitOffsets = 132,
  kFileContent = 134,
  kFileEqualityIds = 135,
  kFileNanCounts = 137,
  kFileSortOrderId = 140,
  kFileReferencedDataFile = 143,
};

enum ManifestListField : int32_t {
  kManifestPath = 500,
  kManifestLength = 501,
  kManifestSpecId = 502,
  kManifestAddedSnapshotId = 503,
  kManifestAddedFiles = 504,
  kManifestExistingFiles = 505,
  kManifestDeletedFiles = 506,
  kManifestPartitions = 507,
  kManifestPartitionElement = 508,
  kSummaryContainsNull = 509,
  kSummaryLowerBound = 510,
  kSummaryUpperBound = 511,
  kManifestAddedRows = 512,
  kManifestExistingRows = 513,
  kManifestDeletedRows = 514,
  kManifestSequenceNumber = 515,
  kManifestMinSequenceNumber = 516,
  kManifestContent = 517,
  kSummaryContainsNan = 518,
  kManifestKeyMetadata = 519,
};

// `partition_fields` as PartitionFields (table_metadata.h) gives them.
std::string ManifestEntrySchema(const std::vector<Field>& partition_fields);
std::string ManifestFileSchema();

// Bytes of a decimal's fixed type: the fewest that hold `precision` digits.
uint32_t DecimalFixedBytes(uint8_t precision);

}  // namespace dosql::lake
