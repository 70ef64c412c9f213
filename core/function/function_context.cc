#include "core/function/function_context.h"

namespace dosql {

Status FunctionContext::Fail(Code code, std::string_view message) const {
  return diag->Set(code, std::string(message), sql_offset);
}

Status FunctionContext::OutOfMemory() const { return Fail(Code::kNoMemory, "out of memory"); }

Status FunctionContext::TooBig() const { return Fail(Code::kTooBig, "string or blob too big"); }

Status FunctionContext::NewBytes(uint64_t size, uint8_t** out) const {
  if (size > kValueBytesMax) return TooBig();
  *out = static_cast<uint8_t*>(arena->Allocate(static_cast<size_t>(size)));
  return *out == nullptr ? OutOfMemory() : Status::Ok();
}

}  // namespace dosql
