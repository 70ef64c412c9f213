# dosql_core: every room of core/ in one static library, so that link order is no one's business.
# tests/tidy holds the layers apart; the linker takes only what is used.
file(GLOB_RECURSE dosql_core_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/*.cc)
# The lakehouse half and the shard planner become modules of their own.
list(FILTER dosql_core_sources EXCLUDE REGEX "/core/(lake|shard)/")
if(EMSCRIPTEN)
  list(FILTER dosql_core_sources EXCLUDE REGEX "/core/host/[a-z_]*posix[a-z_]*\\.cc$")
endif()

add_library(dosql_core STATIC ${dosql_core_sources})
target_link_libraries(dosql_core PUBLIC dosql_flags absl::flat_hash_map absl::span)

# Kernels are the inner loops over vectors: speed first, everything else is built for size. Their
# bytes have a budget of their own in wasm/abi/size_budget.json.
if(EMSCRIPTEN)
  set(dosql_kernels ${dosql_core_sources})
  list(FILTER dosql_kernels INCLUDE REGEX "(_kernels?\\.cc|/kernels/[^/]*\\.cc)$")
  set_source_files_properties(${dosql_kernels} PROPERTIES COMPILE_OPTIONS "-O3;-msimd128")
  # Redo runs once, in a process that has compiled its functions just now and without optimising them:
  # there a call and a copy in memory cost the most, and -O2 leaves fewer of them.
  set(dosql_redo ${dosql_core_sources})
  list(FILTER dosql_redo INCLUDE REGEX
    "/(redo_batch|index_entry|apply|leaf_merge|cell_sequence|node|key_codec|row_codec|log_decoder|log_replay)\\.cc$")
  set_source_files_properties(${dosql_redo} PROPERTIES COMPILE_OPTIONS "-O2")
endif()
