// The numbers of parquet.thrift that the writer uses, and the shape of what it writes:
//
//   file        := "PAR1" row group* column index* offset index* footer u32 footer bytes "PAR1"
//   row group   := column chunk* bloom filter*  one chunk for each leaf of the schema
//   column chunk := [dictionary page] data page*
//   page        := PageHeader (Thrift), body, compressed whole
//   data page body := [u32 length, repetition levels] [u32 length, definition levels] values
//   values      := PLAIN, or u8 bit width and codes (RLE_DICTIONARY), or DELTA_BINARY_PACKED or
//                  BYTE_STREAM_SPLIT
//
// All little-endian. The footer is FileMetaData, Thrift as well.
#pragma once

#include <cstdint>

namespace dosql::lake::parquet {

enum Physical : int32_t {
  kBoolean = 0,
  kInt32 = 1,
  kInt64 = 2,
  kFloat = 4,
  kDouble = 5,
  kByteArray = 6,
  kFixedBytes = 7
};
enum Repetition : int32_t { kRequired = 0, kOptional = 1, kRepeated = 2 };
enum Converted : int32_t {
  kUtf8 = 0,
  kListOf = 3,
  kDecimalOf = 5,
  kDateOf = 6,
  kTimestampMicros = 10
};
enum Encoding : int32_t {
  kPlain = 0,
  kRle = 3,
  kDeltaBinaryPacked = 5,
  kRleDictionary = 8,
  kByteStreamSplit = 9
};
enum PageType : int32_t { kDataPage = 0, kDictionaryPage = 2 };
enum Compression : int32_t { kUncompressed = 0, kSnappy = 1, kZstd = 6 };
enum BoundaryOrder : int32_t { kUnordered = 0, kAscending = 1, kDescending = 2 };

inline constexpr char kMagic[] = "PAR1";

}  // namespace dosql::lake::parquet
