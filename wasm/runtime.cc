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

}  // extern "C"

#endif
