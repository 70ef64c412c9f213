#include "core/lake/avro/avro_reader.h"

#include "core/base/bytes.h"
#include "core/base/varint.h"
#include "core/lake/codec/deflate.h"

namespace dosql::lake {

Status AvroReader::Long(int64_t* v) {
  const auto* p = reinterpret_cast<const uint8_t*>(data_.data());
  uint64_t raw;
  const uint8_t* next = GetVarint(p, p + data_.size(), &raw);
  if (next == nullptr) return Code::kCorrupt;
  data_.remove_prefix(static_cast<size_t>(next - p));
  *v = UnZigZag(raw);
  return Status::Ok();
}

Status AvroReader::Take(int64_t size, std::string_view* bytes) {
  if (size < 0 || static_cast<uint64_t>(size) > data_.size()) return Code::kCorrupt;
  *bytes = data_.substr(0, static_cast<size_t>(size));
  data_.remove_prefix(static_cast<size_t>(size));
  return Status::Ok();
}

Status AvroReader::Open(std::string_view file) {
  if (!file.starts_with(kAvroMagic)) return Code::kCorrupt;
  data_ = file.substr(kAvroMagic.size());
  for (;;) {
    int64_t count, size;
    DOSQL_TRY(Long(&count));
    if (count == 0) break;
    if (count < 0) {
      if (count == INT64_MIN) return Code::kCorrupt;
      count = -count;
      DOSQL_TRY(Long(&size));
    }
    for (; count > 0; count--) {
      std::string_view key, value;
      DOSQL_TRY(Long(&size));
      DOSQL_TRY(Take(size, &key));
      DOSQL_TRY(Long(&size));
      DOSQL_TRY(Take(size, &value));
      metadata_.emplace_back(key, value);
    }
  }
  DOSQL_TRY(Take(kAvroSyncBytes, &sync_));
  file_ = data_;
  data_ = {};
  std::string_view codec = Metadata("avro.codec");
  if (codec == "deflate") {
    codec_ = AvroCodec::kDeflate;
  } else if (!codec.empty() && codec != "null") {
    return Code::kUnsupported;
  }
  return AvroSchema::Parse(Metadata("avro.schema"), &schema_);
}

std::string_view AvroReader::Metadata(std::string_view key) const {
  for (const auto& [name, value] : metadata_) {
    if (name == key) return value;
  }
  return {};
}

Status AvroReader::NextBlock() {
  data_ = file_;
  int64_t count, size;
  std::string_view bytes, sync;
  DOSQL_TRY(Long(&count));
  DOSQL_TRY(Long(&size));
  DOSQL_TRY(Take(size, &bytes));
  DOSQL_TRY(Take(kAvroSyncBytes, &sync));
  if (count < 0 || sync != sync_) return Code::kCorrupt;
  file_ = data_;
  if (codec_ == AvroCodec::kDeflate) {
    block_.clear();
    Status s = Inflate(bytes, kBlockBytesMax, &block_);
    if (!s.ok()) return s.code() == Code::kNoMemory ? s : Status(Code::kCorrupt);
    bytes = block_;
  }
  // A record takes a byte at least: without this, a count alone could keep a reader busy for ever.
  if (static_cast<uint64_t>(count) > bytes.size()) return Code::kCorrupt;
  data_ = bytes;
  records_left_ = static_cast<uint64_t>(count);
  return Status::Ok();
}

Status AvroReader::Next(bool* more) {
  *more = false;
  nodes_.clear();
  while (records_left_ == 0) {
    if (!data_.empty()) return Code::kCorrupt;
    if (file_.empty()) return Status::Ok();
    DOSQL_TRY(NextBlock());
  }
  records_left_--;
  DOSQL_TRY(Value(0, AvroSchema::kNoId, 0));
  if (nodes_[0].kind != AvroKind::kRecord) return Code::kCorrupt;
  *more = true;
  return Status::Ok();
}

Status AvroReader::Value(uint32_t type_index, int32_t field_id, uint32_t depth) {
  if (depth > kDepthMax) return Code::kCorrupt;
  const AvroSchema::TypeNode* type = &schema_.types[type_index];
  // A union within a union is not Avro; one step finds the branch.
  if (type->kind == AvroKind::kUnion) {
    int64_t branch;
    DOSQL_TRY(Long(&branch));
#if !defined(DOSQL_PLANT_AVRO_BUG)  // the planted bug that the avro fuzzer must find
    if (branch < 0 || static_cast<uint64_t>(branch) >= type->children.size()) return Code::kCorrupt;
#endif
    type = &schema_.types[type->children[static_cast<size_t>(branch)].type];
    if (type->kind == AvroKind::kUnion) return Code::kCorrupt;
  }
  if (nodes_.size() >= kNodesMax) return Code::kCorrupt;
  size_t at = nodes_.size();
  AvroNode& node = nodes_.emplace_back();
  node.kind = type->kind;
  node.field_id = field_id;
  std::string_view bytes;
  int64_t size;
  switch (type->kind) {
    case AvroKind::kNull:
    case AvroKind::kUnion: break;
    case AvroKind::kBoolean:
      DOSQL_TRY(Take(1, &bytes));
      node.i = bytes[0] != 0;
      break;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum:
      DOSQL_TRY(Long(&node.i));
      if (type->kind == AvroKind::kInt && node.i != static_cast<int32_t>(node.i))
        return Code::kCorrupt;
      break;
    case AvroKind::kFloat:
      DOSQL_TRY(Take(4, &bytes));
      node.d = LoadLe<float>(bytes.data());
      break;
    case AvroKind::kDouble:
      DOSQL_TRY(Take(8, &bytes));
      node.d = LoadLe<double>(bytes.data());
      break;
    case AvroKind::kBytes:
    case AvroKind::kString:
      DOSQL_TRY(Long(&size));
      DOSQL_TRY(Take(size, &node.bytes));
      break;
    case AvroKind::kFixed: DOSQL_TRY(Take(type->fixed_size, &node.bytes)); break;
    case AvroKind::kRecord:
      for (const AvroSchema::Child& child : type->children) {
        DOSQL_TRY(Value(child.type, child.field_id, depth + 1));
      }
      break;
    case AvroKind::kArray:
    case AvroKind::kMap: DOSQL_TRY(Items(*type, depth)); break;
  }
  nodes_[at].end = static_cast<uint32_t>(nodes_.size());
  return Status::Ok();
}

Status AvroReader::Items(const AvroSchema::TypeNode& type, uint32_t depth) {
  for (;;) {
    int64_t count, size;
    DOSQL_TRY(Long(&count));
    if (count == 0) return Status::Ok();
    if (count < 0) {
      if (count == INT64_MIN) return Code::kCorrupt;
      count = -count;
      DOSQL_TRY(Long(&size));
    }
    for (; count > 0; count--) {
      if (type.kind == AvroKind::kMap) {
        if (nodes_.size() >= kNodesMax) return Code::kCorrupt;
        AvroNode& key = nodes_.emplace_back();
        key.kind = AvroKind::kString;
        key.end = static_cast<uint32_t>(nodes_.size());
        DOSQL_TRY(Long(&size));
        DOSQL_TRY(Take(size, &key.bytes));
      }
      DOSQL_TRY(Value(type.children[0].type, type.children[0].field_id, depth + 1));
    }
  }
}

const AvroNode* AvroReader::Find(uint32_t parent, int32_t field_id) const {
  for (uint32_t i = parent + 1; i < nodes_[parent].end; i = nodes_[i].end) {
    if (nodes_[i].field_id == field_id)
      return nodes_[i].kind == AvroKind::kNull ? nullptr : &nodes_[i];
  }
  return nullptr;
}

}  // namespace dosql::lake
