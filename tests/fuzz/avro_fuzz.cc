// Avro files of any bytes: the reader answers or refuses, and every node that it gives can be
// touched.
//
// Input: u8 kind (0: the file itself; 1: a block of a manifest, made whole around the bytes; 2: of
// a manifest list; 3: u16 length of a schema, the schema, a block), then bytes.
#include <cstdint>
#include <string>

#include "core/lake/avro/avro_encode.h"
#include "core/lake/avro/avro_writer.h"
#include "core/lake/iceberg/manifest.h"
#include "core/lake/iceberg/manifest_format.h"

using namespace dosql;
using namespace dosql::lake;

namespace {

const std::string kSync(16, 'y');

std::string FileOf(std::string_view schema, std::string_view block) {
  AvroWriter writer(schema, {}, AvroCodec::kNull, kSync);
  std::string file;
  if (!writer.Finish(&file).ok()) __builtin_trap();
  PutLong(&file, block.empty() ? 0 : 1 + static_cast<uint8_t>(block[0]) % 4);
  PutBytes(&file, block.empty() ? block : block.substr(1));
  return file + kSync;
}

void ReadNodes(std::string_view file) {
  AvroReader reader;
  if (!reader.Open(file).ok()) return;
  volatile uint64_t sum = 0;
  bool more = true;
  while (reader.Next(&more).ok() && more) {
    for (const AvroNode& node : reader.nodes()) {
      if (node.end > reader.nodes().size()) __builtin_trap();
      for (char c : node.bytes) sum = sum + static_cast<uint8_t>(c);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  std::vector<Field> fields = {
      {1000, "day", false, {.kind = TypeKind::kDate}, ""},
      {1001, "p", false, {.kind = TypeKind::kDecimal, .precision = 20, .scale = 2}, ""},
      {1002, "s", false, {.kind = TypeKind::kString}, ""}};
  std::string file(bytes);
  if (data[0] % 4 == 1) file = FileOf(ManifestEntrySchema(fields), bytes);
  if (data[0] % 4 == 2) file = FileOf(ManifestFileSchema(), bytes);
  if (data[0] % 4 == 3) {
    size_t length = data[1] | data[2] << 8;
    bytes.remove_prefix(2);
    if (length > bytes.size()) length = bytes.size();
    file = FileOf(bytes.substr(0, length), bytes.substr(length));
  }
  ReadNodes(file);
  std::vector<ManifestFile> list;
  if (ReadManifestList(file, &list).ok()) {
    std::string again;
    if (!WriteManifestList({1, -1, 1}, list, AvroCodec::kDeflate, kSync, &again).ok())
      __builtin_trap();
    std::vector<ManifestFile> back;
    if (!ReadManifestList(again, &back).ok() || back.size() != list.size()) __builtin_trap();
  }
  for (ManifestContent content : {ManifestContent::kData, ManifestContent::kDeletes}) {
    ManifestFile manifest;
    manifest.content = content;
    manifest.sequence_number = 3;
    ManifestReader reader;
    if (!reader.Open(file, manifest, &fields).ok()) continue;
    ManifestEntry entry;
    for (bool more = true; reader.Next(&more, &entry).ok() && more;) {
    }
  }
  return 0;
}
