#include "core/function/utf8.h"

namespace dosql {

uint32_t ReadChar(const uint8_t** p, const uint8_t* end) {
  const uint8_t* q = *p;
  uint32_t c = *q++;
  if (c >= 0xc0) {
    // The payload of a lead byte of 2, 3, 4, 5, 6 bytes; the two that are none give 0.
    c = c < 0xe0 ? c & 0x1f : c < 0xf0 ? c & 0x0f : c < 0xf8 ? c & 0x07 : c < 0xfc ? c & 0x03
                                                            : c < 0xfe ? c & 0x01 : 0;
    while (q < end && (*q & 0xc0) == 0x80) c = (c << 6) + (*q++ & 0x3f);
    if (c < 0x80 || (c & 0xfffff800) == 0xd800 || (c & 0xfffffffe) == 0xfffe) c = 0xfffd;
  }
  *p = q;
  return c;
}

uint8_t* WriteChar(uint8_t* out, uint32_t c) {
  auto tail = [c](int shift) { return static_cast<uint8_t>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    *out++ = static_cast<uint8_t>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<uint8_t>(0xc0 | c >> 6);
    *out++ = tail(0);
  } else if (c < 0x10000) {
    *out++ = static_cast<uint8_t>(0xe0 | c >> 12);
    *out++ = tail(6);
    *out++ = tail(0);
  } else {
    *out++ = static_cast<uint8_t>(0xf0 | (c >> 18 & 0x07));
    *out++ = tail(12);
    *out++ = tail(6);
    *out++ = tail(0);
  }
  return out;
}

}  // namespace dosql
