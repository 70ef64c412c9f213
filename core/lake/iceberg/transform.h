// Transform: how a partition or sort field derives its value from a column (spec, "Partition
// Transforms"). Null gives null; void gives null always.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/lake/iceberg/single_value.h"
#include "core/lake/schema/type.h"

namespace dosql::lake {

enum class TransformKind : uint8_t {
  kIdentity,
  kBucket,    // param: buckets
  kTruncate,  // param: width
  kYear,
  kMonth,
  kDay,
  kHour,
  kVoid,
  kUnknown,  // of a newer writer: kept, never applied
};

struct Transform {
  TransformKind kind = TransformKind::kIdentity;
  int32_t param = 0;
  std::string unknown;  // the text of kUnknown

  bool operator==(const Transform&) const = default;
};

// Never fails: what is not known is kUnknown.
Transform ParseTransform(std::string_view text);
std::string TransformText(const Transform& transform);

// The type of the transformed value; kType when it does not take `source`, kUnsupported for
// kUnknown. Days are dates, as the Java and Python writers have them.
Status TransformType(const Transform& transform, const Type& source, Type* out);

// `source` as TransformType took it.
Datum ApplyTransform(const Transform& transform, const Type& source, const Datum& value);

// 32 bits, x86 variant, seed 0: what buckets are counted by.
uint32_t Murmur3(Bytes data);

}  // namespace dosql::lake
