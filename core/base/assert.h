// DOSQL_ASSERT: for the engine's own invariants, never for input. Off in release builds.
#pragma once

#if defined(NDEBUG)
#define DOSQL_ASSERT(cond) ((void)sizeof(!(cond)))
#else
#include <cstdio>
#include <cstdlib>
#define DOSQL_ASSERT(cond)                                                                     \
  ((cond) ? (void)0                                                                            \
          : (std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #cond), \
             std::abort()))
#endif
