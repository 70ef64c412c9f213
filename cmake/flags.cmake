# What our own targets are compiled with, as one interface target: third-party code stays out of it.
add_library(dosql_flags INTERFACE)
target_include_directories(dosql_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(dosql_flags INTERFACE -fno-exceptions -fno-rtti -Wall -Wextra)
if(DOSQL_WERROR)
  target_compile_options(dosql_flags INTERFACE -Werror)
endif()

# The sanitizers go over third-party code too: a container that straddles the line must be
# instrumented on both sides. vptr needs RTTI, which our code is built without.
if(DOSQL_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined -fno-sanitize=vptr)
endif()
# Tests run the same objects as the fuzzers: one build instead of two.
if(DOSQL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Link-time optimisation over the whole module, libc included: 15 to 20% smaller. Emscripten's -Oz
# forbids inlining of all that is not declared inline; allowing it what -Oz finds worth its bytes makes
# the module 5% smaller (and faster).
if(EMSCRIPTEN)
  add_compile_options(-flto -finline-functions)
  add_link_options(-flto)
endif()
