// What emscripten's libc would import from a host, answered here, so that abi.def is the whole
// boundary. Without these the module asks for wasi_snapshot_preview1.proc_exit and
// env.emscripten_notify_memory_growth.
#include <cstddef>
#include <cstdint>

#if defined(__wasm__)

extern "C" {

// The host looks at memory.buffer anew after each call; it need not be told.
void emscripten_notify_memory_growth(size_t) {}

// Where abort() ends. A trap: the host drops the instance and recovers from storage; there is no
// process to end.
void __wasi_proc_exit(uint32_t) { __builtin_trap(); }

// musl's memcmp goes byte by byte, and keys are compared in every step of a B+tree search.
int memcmp(const void* left, const void* right, size_t size) {
  const auto* a = static_cast<const uint8_t*>(left);
  const auto* b = static_cast<const uint8_t*>(right);
  for (; size >= 8; a += 8, b += 8, size -= 8) {
    uint64_t x, y;
    __builtin_memcpy(&x, a, 8);
    __builtin_memcpy(&y, b, 8);
    if (x == y) continue;
    return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
  }
  for (; size > 0; a++, b++, size--)
    if (*a != *b) return *a < *b ? -1 : 1;
  return 0;
}

// The same with musl's copying and filling when built for size. The instructions for it are calls of
// the host's own, which only pay from a few dozen bytes on.
#define DOSQL_BULK __attribute__((target("bulk-memory"), no_builtin, noinline))
constexpr size_t kBulkBytesMin = 48;

DOSQL_BULK void* memcpy(void* to, const void* from, size_t size) {
  if (size >= kBulkBytesMin) return __builtin_memmove(to, from, size);
  auto* out = static_cast<uint8_t*>(to);
  const auto* in = static_cast<const uint8_t*>(from);
  for (; size >= 8; out += 8, in += 8, size -= 8) {
    uint64_t word;
    __builtin_memcpy(&word, in, 8);
    __builtin_memcpy(out, &word, 8);
  }
  for (; size > 0; size--) *out++ = *in++;
  return to;
}

DOSQL_BULK void* memmove(void* to, const void* from, size_t size) {
  return __builtin_memmove(to, from, size);
}

DOSQL_BULK void* memset(void* to, int byte, size_t size) {
  if (size >= kBulkBytesMin) return __builtin_memset(to, byte, size);
  auto* out = static_cast<uint8_t*>(to);
  const uint64_t word = 0x0101010101010101u * static_cast<uint8_t>(byte);
  for (; size >= 8; out += 8, size -= 8) __builtin_memcpy(out, &word, 8);
  for (; size > 0; size--) *out++ = static_cast<uint8_t>(byte);
  return to;
}

}  // extern "C"

#endif
