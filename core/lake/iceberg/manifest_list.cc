#include "core/lake/iceberg/manifest_list.h"

#include "core/lake/avro/avro_encode.h"
#include "core/lake/avro/avro_reader.h"
#include "core/lake/avro/avro_writer.h"
#include "core/lake/iceberg/manifest_format.h"

namespace dosql::lake {
namespace {

void PutSummaries(const std::vector<FieldSummary>& partitions, std::string* out) {
  PutSome(out);
  if (!partitions.empty()) PutLong(out, static_cast<int64_t>(partitions.size()));
  for (const FieldSummary& s : partitions) {
    PutBoolean(out, s.contains_null);
    PutSome(out);
    PutBoolean(out, s.contains_nan);
    for (const std::string* bound : {&s.lower, &s.upper}) {
      if (s.has_bounds) {
        PutSome(out);
        PutBytes(out, *bound);
      } else {
        PutNull(out);
      }
    }
  }
  PutLong(out, 0);
}

int64_t LongOr(const AvroReader& reader, uint32_t parent, int32_t id, int64_t missing) {
  const AvroNode* node = reader.Find(parent, id);
  return node == nullptr || (node->kind != AvroKind::kInt && node->kind != AvroKind::kLong)
             ? missing
             : node->i;
}

Status ReadSummaries(const AvroReader& reader, std::vector<FieldSummary>* out) {
  const AvroNode* list = reader.Find(0, kManifestPartitions);
  if (list == nullptr) return Status::Ok();
  if (list->kind != AvroKind::kArray) return Code::kCorrupt;
  for (uint32_t i = reader.IndexOf(list) + 1; i < list->end; i = reader.nodes()[i].end) {
    FieldSummary& s = out->emplace_back();
    const AvroNode* flag = reader.Find(i, kSummaryContainsNull);
    s.contains_null = flag != nullptr && flag->i != 0;
    flag = reader.Find(i, kSummaryContainsNan);
    s.contains_nan = flag != nullptr && flag->i != 0;
    const AvroNode* lower = reader.Find(i, kSummaryLowerBound);
    const AvroNode* upper = reader.Find(i, kSummaryUpperBound);
    s.has_bounds = lower != nullptr && upper != nullptr;
    if (s.has_bounds) {
      s.lower = lower->bytes;
      s.upper = upper->bytes;
    }
  }
  return Status::Ok();
}

}  // namespace

Status WriteManifestList(const ManifestListHead& head, const std::vector<ManifestFile>& manifests,
                         AvroCodec codec, std::string_view sync, std::string* out) {
  AvroMetadata metadata = {
      {"snapshot-id", std::to_string(head.snapshot_id)},
      {"parent-snapshot-id", head.parent_id < 0 ? "null" : std::to_string(head.parent_id)},
      {"sequence-number", std::to_string(head.sequence_number)},
      {"format-version", "2"}};
  AvroWriter writer(ManifestFileSchema(), metadata, codec, sync);
  for (const ManifestFile& m : manifests) {
    std::string* r = writer.record();
    auto assigned = [&](int64_t v) {
      return v == ManifestFile::kUnassigned ? head.sequence_number : v;
    };
    PutBytes(r, m.path);
    for (int64_t v : {m.size_bytes, int64_t{m.spec_id}, static_cast<int64_t>(m.content),
                      assigned(m.sequence_number), assigned(m.min_sequence_number),
                      m.added_snapshot_id, m.added_files, m.existing_files, m.deleted_files,
                      m.added_rows, m.existing_rows, m.deleted_rows}) {
      PutLong(r, v);
    }
    PutSummaries(m.partitions, r);
    if (m.key_metadata.empty()) {
      PutNull(r);
    } else {
      PutSome(r);
      PutBytes(r, m.key_metadata);
    }
    DOSQL_TRY(writer.EndRecord());
  }
  return writer.Finish(out);
}

Status ReadManifestList(std::string_view file, std::vector<ManifestFile>* out) {
  out->clear();
  AvroReader reader;
  DOSQL_TRY(reader.Open(file));
  for (;;) {
    bool more;
    DOSQL_TRY(reader.Next(&more));
    if (!more) return Status::Ok();
    ManifestFile& m = out->emplace_back();
    const AvroNode* path = reader.Find(0, kManifestPath);
    if (path == nullptr || path->kind != AvroKind::kString) return Code::kCorrupt;
    m.path = path->bytes;
    m.size_bytes = LongOr(reader, 0, kManifestLength, 0);
    const int64_t spec_id = LongOr(reader, 0, kManifestSpecId, 0);
    if (spec_id < 0 || spec_id > INT32_MAX) return Code::kCorrupt;
    m.spec_id = static_cast<int32_t>(spec_id);
    int64_t content = LongOr(reader, 0, kManifestContent, 0);
    if (content != 0 && content != 1) return Code::kCorrupt;
    m.content = static_cast<ManifestContent>(content);
    // Lists of version 1 have no sequence numbers: all of their files are of sequence 0.
    m.sequence_number = LongOr(reader, 0, kManifestSequenceNumber, 0);
    m.min_sequence_number = LongOr(reader, 0, kManifestMinSequenceNumber, 0);
    m.added_snapshot_id = LongOr(reader, 0, kManifestAddedSnapshotId, -1);
    m.added_files = LongOr(reader, 0, kManifestAddedFiles, 0);
    m.existing_files = LongOr(reader, 0, kManifestExistingFiles, 0);
    m.deleted_files = LongOr(reader, 0, kManifestDeletedFiles, 0);
    m.added_rows = LongOr(reader, 0, kManifestAddedRows, 0);
    m.existing_rows = LongOr(reader, 0, kManifestExistingRows, 0);
    m.deleted_rows = LongOr(reader, 0, kManifestDeletedRows, 0);
    if (m.sequence_number < 0 || m.min_sequence_number < 0) return Code::kCorrupt;
    // The spec counts files in 32 bits; what goes beyond could not be written again.
    for (int64_t files : {m.added_files, m.existing_files, m.deleted_files})
      if (files < 0 || files > INT32_MAX) return Code::kCorrupt;
    for (int64_t rows : {m.added_rows, m.existing_rows, m.deleted_rows})
      if (rows < 0) return Code::kCorrupt;
    DOSQL_TRY(ReadSummaries(reader, &m.partitions));
    if (const AvroNode* key = reader.Find(0, kManifestKeyMetadata)) m.key_metadata = key->bytes;
  }
}

}  // namespace dosql::lake
