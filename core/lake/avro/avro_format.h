// Avro object container files (Avro 1.11 spec). Written by avro_writer.cc, read by avro_reader.cc.
//
//   file    := "Obj" 01, map of bytes (metadata: avro.schema, avro.codec, the application's), sync,
//   block* block   := long count of records, long bytes of data, data, sync sync    := u8[16], the
//   same throughout the file data    := record*, compressed as avro.codec says: "null" not at all,
//   "deflate" raw deflate
//
//   long    := zigzag LEB128 varint; int the same
//   boolean := u8; float, double := little-endian; fixed := its bytes; enum := long
//   bytes, string := long length, u8[length]
//   record  := its fields in the order of the schema; union := long branch, value
//   array   := (long n > 0, item[n] | long n < 0, long bytes, item[-n])*, long 0
//   map     := the same with items of string key, value
#pragma once

#include <cstdint>
#include <string_view>

namespace dosql::lake {

inline constexpr std::string_view kAvroMagic{"Obj\1", 4};
inline constexpr uint32_t kAvroSyncBytes = 16;

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kFixed,
  kEnum,
  kArray,
  kMap,
  kRecord,
  kUnion,
};

enum class AvroCodec : uint8_t { kNull, kDeflate };

}  // namespace dosql::lake
