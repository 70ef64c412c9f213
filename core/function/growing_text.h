// GrowingText: bytes that grow in a context's arena. All zeros is the empty one, so that it can be
// an aggregate's state; what it has outgrown stays in the arena until that is reset.
#pragma once

#include <cstring>
#include <string_view>

#include "core/function/function_context.h"

namespace dosql {

struct GrowingText {
  uint8_t* data;  // nullptr until the first Reserve
  uint32_t size;
  uint32_t capacity;

  // Room for `more` bytes at data + size. kTooBig, kNoMemory.
  Status Reserve(const FunctionContext* context, uint64_t more);
  Status Append(const FunctionContext* context, std::string_view s);
  // The value's text; NULL adds nothing.
  Status AppendValue(const FunctionContext* context, const Value& v);
  Status Fill(const FunctionContext* context, uint64_t count, char c);

  // The text so far; a view, until the next change.
  Value AsText() const { return Value::Make(ValueType::kText, {data, size}); }
};

}  // namespace dosql
