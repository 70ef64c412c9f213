// AvroWriter: one object container file, written record by record into a string.
//
// The caller appends each record's encoding (avro_encode.h) to record() and ends it with EndRecord.
// The writer owns all its bytes until Finish hands the file over; nothing may follow that.
// Errors: kNoMemory from the compressor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/lake/avro/avro_format.h"

namespace dosql::lake {

using AvroMetadata = std::vector<std::pair<std::string, std::string>>;

class AvroWriter {
 public:
  // `sync` is kAvroSyncBytes random bytes: a reader that skips finds the next block by it.
  AvroWriter(std::string_view schema_json, const AvroMetadata& metadata, AvroCodec codec,
             std::string_view sync);

  std::string* record() { return &block_; }
  Status EndRecord();
  Status Finish(std::string* file);

  // Bytes of the file so far, the open block uncompressed.
  size_t size_bytes() const { return file_.size() + block_.size(); }

 private:
  Status FlushBlock();

  AvroCodec codec_;
  std::string sync_;
  std::string file_;
  std::string block_;
  int64_t records_ = 0;  // in the open block
};

}  // namespace dosql::lake
