#include "core/lake/avro/avro_writer.h"

#include "core/lake/avro/avro_encode.h"
#include "core/lake/codec/deflate.h"

namespace dosql::lake {
namespace {

// Twice deflate's window: little is lost between blocks, and a reader holds little at a time.
constexpr size_t kBlockTarget = 64 << 10;

}  // namespace

AvroWriter::AvroWriter(std::string_view schema_json, const AvroMetadata& metadata, AvroCodec codec,
                       std::string_view sync)
    : codec_(codec), sync_(sync) {
  DOSQL_ASSERT(sync.size() == kAvroSyncBytes);
  file_ = kAvroMagic;
  PutLong(&file_, static_cast<int64_t>(metadata.size() + 2));
  PutBytes(&file_, "avro.schema");
  PutBytes(&file_, schema_json);
  PutBytes(&file_, "avro.codec");
  PutBytes(&file_, codec == AvroCodec::kNull ? "null" : "deflate");
  for (const auto& [key, value] : metadata) {
    PutBytes(&file_, key);
    PutBytes(&file_, value);
  }
  PutLong(&file_, 0);
  file_ += sync_;
}

Status AvroWriter::EndRecord() {
  records_++;
  return block_.size() < kBlockTarget ? Status::Ok() : FlushBlock();
}

Status AvroWriter::FlushBlock() {
  if (records_ == 0) return Status::Ok();
  std::string compressed;
  if (codec_ == AvroCodec::kDeflate) DOSQL_TRY(Deflate(block_, &compressed));
  PutLong(&file_, records_);
  PutBytes(&file_, codec_ == AvroCodec::kDeflate ? compressed : block_);
  file_ += sync_;
  block_.clear();
  records_ = 0;
  return Status::Ok();
}

Status AvroWriter::Finish(std::string* file) {
  DOSQL_TRY(FlushBlock());
  *file = std::move(file_);
  return Status::Ok();
}

}  // namespace dosql::lake
