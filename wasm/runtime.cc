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

}  // extern "C"

#endif
