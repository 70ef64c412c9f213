#include "core/function/growing_text.h"

#include "core/type/number_text.h"

namespace dosql {

Status GrowingText::Reserve(const FunctionContext* context, uint64_t more) {
  uint64_t need = size + more;
  if (data != nullptr && need <= capacity) return Status::Ok();
  if (need > kValueBytesMax) return context->TooBig();
  // Twice the size, so that n appends copy O(n) bytes and leave at most as many behind.
  uint64_t want = need + size;
  if (want > kValueBytesMax) want = kValueBytesMax;
  uint8_t* grown;
  DOSQL_TRY(context->NewBytes(want, &grown));
  if (size > 0) std::memcpy(grown, data, size);
  data = grown;
  capacity = static_cast<uint32_t>(want);
  return Status::Ok();
}

Status GrowingText::Append(const FunctionContext* context, std::string_view s) {
  DOSQL_TRY(Reserve(context, s.size()));
  if (!s.empty()) std::memcpy(data + size, s.data(), s.size());
  size += static_cast<uint32_t>(s.size());
  return Status::Ok();
}

Status GrowingText::AppendValue(const FunctionContext* context, const Value& v) {
  if (!v.is_number()) return Append(context, v.is_null() ? std::string_view() : v.text());
  char number[kNumberTextMax];
  size_t n = v.type == ValueType::kInteger ? FormatInteger(v.i, number) : FormatReal(v.d, number);
  return Append(context, {number, n});
}

Status GrowingText::Fill(const FunctionContext* context, uint64_t count, char c) {
  DOSQL_TRY(Reserve(context, count));
  std::memset(data + size, c, static_cast<size_t>(count));
  size += static_cast<uint32_t>(count);
  return Status::Ok();
}

}  // namespace dosql
