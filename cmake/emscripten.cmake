# Finds the emscripten that is installed (Debian's package or an emsdk) and hands over to its own
# CMake toolchain file.
find_program(DOSQL_EMCC NAMES emcc HINTS $ENV{EMSDK}/upstream/emscripten REQUIRED)
get_filename_component(emcc_real ${DOSQL_EMCC} REALPATH)
get_filename_component(emscripten_root ${emcc_real} DIRECTORY)
include(${emscripten_root}/cmake/Modules/Platform/Emscripten.cmake)
