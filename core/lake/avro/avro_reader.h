// AvroReader: the records of an object container file of any writer, one at a time.
//
// A record is a flat tree: nodes in order of depth first, each knowing where its subtree ends. The
// file must outlive the reader; nodes and their texts live until the next Next or the reader's end.
// Errors: kCorrupt for any bytes that are not such a file or pass the limits below, kUnsupported
// for a codec other than null and deflate, kNoMemory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/lake/avro/avro_schema.h"
#include "core/lake/avro/avro_writer.h"

namespace dosql::lake {

struct AvroNode {
  AvroKind kind = AvroKind::kNull;  // never kUnion
  int32_t field_id = AvroSchema::kNoId;
  uint32_t end = 0;        // index after this node's subtree
  int64_t i = 0;           // boolean, int, long, enum
  double d = 0;            // float, double
  std::string_view bytes;  // bytes, string, fixed
};

class AvroReader {
 public:
  static constexpr uint32_t kDepthMax = 32;
  static constexpr uint32_t kNodesMax = 1 << 18;       // of one record
  static constexpr size_t kBlockBytesMax = 32u << 20;  // decompressed

  AvroReader() = default;
  AvroReader(const AvroReader&) = delete;  // data_ points into block_
  AvroReader& operator=(const AvroReader&) = delete;

  // Once, before all else.
  Status Open(std::string_view file);

  // The application's key-values of the file's head; empty when there is none.
  std::string_view Metadata(std::string_view key) const;

  // Reads the next record; *more is false at the end of the file.
  Status Next(bool* more);

  // The record's nodes; nodes()[0] is the record. A child's sibling stands at its `end`.
  const std::vector<AvroNode>& nodes() const { return nodes_; }
  // The child of nodes()[parent] with this id, or nullptr when there is none or it is null.
  const AvroNode* Find(uint32_t parent, int32_t field_id) const;
  uint32_t IndexOf(const AvroNode* node) const {
    return static_cast<uint32_t>(node - nodes_.data());
  }

 private:
  Status NextBlock();
  Status Value(uint32_t type, int32_t field_id, uint32_t depth);
  Status Items(const AvroSchema::TypeNode& type, uint32_t depth);
  Status Long(int64_t* v);
  Status Take(int64_t size, std::string_view* bytes);

  AvroSchema schema_;
  AvroMetadata metadata_;
  AvroCodec codec_ = AvroCodec::kNull;
  std::string_view sync_;
  std::string_view file_;  // what is left of it
  std::string block_;      // the open block where it was compressed
  std::string_view data_;  // what is left of the open block
  uint64_t records_left_ = 0;
  std::vector<AvroNode> nodes_;
};

}  // namespace dosql::lake
