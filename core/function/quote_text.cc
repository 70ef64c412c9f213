#include "core/function/quote_text.h"

namespace dosql {

bool HasControls(std::string_view s) {
  for (char c : s) {
    if (static_cast<uint8_t>(c) < ' ') return true;
  }
  return false;
}

Status AppendQuoted(const FunctionContext* context, GrowingText* out, std::string_view s,
                    char quote, bool enclosed, bool escaped) {
  uint64_t size = s.size() + 12;
  for (char c : s) {
    if (c == quote) size++;
    if (escaped) size += static_cast<uint8_t>(c) < ' ' ? 5 : c == '\\';
  }
  DOSQL_TRY(out->Reserve(context, size));
  uint8_t* p = out->data + out->size;
  auto put = [&p](std::string_view t) {
    std::memcpy(p, t.data(), t.size());
    p += t.size();
  };
  if (enclosed && escaped) put("unistr(");
  if (enclosed) *p++ = static_cast<uint8_t>(quote);
  for (char c : s) {
    uint8_t u = static_cast<uint8_t>(c);
    if (escaped && u < ' ') {
      put(u < 16 ? "\\u000" : "\\u001");
      *p++ = static_cast<uint8_t>("0123456789abcdef"[u & 15]);
      continue;
    }
    if (c == quote || (escaped && c == '\\')) *p++ = u;
    *p++ = u;
  }
  if (enclosed) *p++ = static_cast<uint8_t>(quote);
  if (enclosed && escaped) *p++ = ')';
  out->size = static_cast<uint32_t>(p - out->data);
  return Status::Ok();
}

}  // namespace dosql
