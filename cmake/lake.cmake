# dosql_lake: the rooms of core/lake and what they stand on (base, values and rows, storage, the change record), in
# one static library. It is the whole of the lake's module: of the SQL engine nothing is in it.
file(GLOB_RECURSE dosql_lake_sources CONFIGURE_DEPENDS
  ${CMAKE_SOURCE_DIR}/core/lake/*.cc ${CMAKE_SOURCE_DIR}/core/base/*.cc ${CMAKE_SOURCE_DIR}/core/type/*.cc
  ${CMAKE_SOURCE_DIR}/core/storage/page/*.cc ${CMAKE_SOURCE_DIR}/core/storage/wal/*.cc
  ${CMAKE_SOURCE_DIR}/core/storage/btree/*.cc ${CMAKE_SOURCE_DIR}/core/storage/tx/*.cc
  ${CMAKE_SOURCE_DIR}/core/storage/cdc/*_reader.cc)
add_library(dosql_lake STATIC EXCLUDE_FROM_ALL ${dosql_lake_sources})
target_link_libraries(dosql_lake PUBLIC dosql_flags absl::flat_hash_map absl::span zlib zstd snappy nlohmann_json)

if(EMSCRIPTEN)
  set(dosql_lake_kernels ${dosql_lake_sources})
  list(FILTER dosql_lake_kernels INCLUDE REGEX "(_kernels?\\.cc|/kernels/[^/]*\\.cc)$")
  set_source_files_properties(${dosql_lake_kernels} PROPERTIES COMPILE_OPTIONS "-O3;-msimd128")
endif()
