# build/wasm/dosql.wasm: a module without JavaScript around it. wasm/finish.mjs prunes what emcc adds
# and optimises it into dist/dosql.wasm. What it exports says wasm/abi/abi.gen.h, attribute by
# attribute; tests/wasm holds the finished module against wasm/abi/abi.def.
if(EXISTS ${CMAKE_SOURCE_DIR}/wasm/dosql.cc)
  file(GLOB wasm_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/wasm/*.cc)
  list(FILTER wasm_sources EXCLUDE REGEX "/dolake\\.cc$")
  add_executable(dosql ${wasm_sources})
  target_link_libraries(dosql PRIVATE dosql_core)
  set_target_properties(dosql PROPERTIES SUFFIX .wasm)
  # 2 MB to start with and a 256 KB stack: emscripten's defaults (16 MB, 5 MB) would be most of an
  # isolate's 128 MB after a few databases. Growth is bounded by the engine's own byte budget.
  # Undefined symbols are abi.def's imports; a surplus one is caught by tests/wasm.
  set(dosql_link_options
    -Oz --no-entry -sSTANDALONE_WASM=1 -sFILESYSTEM=0
    -sINITIAL_MEMORY=2097152 -sTOTAL_STACK=262144 -sALLOW_MEMORY_GROWTH=1
    -sMAXIMUM_MEMORY=134217728 -sMALLOC=emmalloc
    -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0)
  target_link_options(dosql PRIVATE ${dosql_link_options})
  # For the per-function size report only: names would be bytes in every user's module.
  if(DOSQL_WASM_NAMES)
    target_link_options(dosql PRIVATE --profiling-funcs)
  endif()

  # build/wasm/dolake.wasm: the lake's module, with a boundary of its own (wasm/abi/dolake.def).
  add_executable(dolake ${CMAKE_SOURCE_DIR}/wasm/dolake.cc ${CMAKE_SOURCE_DIR}/wasm/import_host.cc
    ${CMAKE_SOURCE_DIR}/wasm/runtime.cc)
  target_link_libraries(dolake PRIVATE dosql_lake)
  set_target_properties(dolake PROPERTIES SUFFIX .wasm)
  target_link_options(dolake PRIVATE ${dosql_link_options})
  if(DOSQL_WASM_NAMES)
    target_link_options(dolake PRIVATE --profiling-funcs)
  endif()
endif()
