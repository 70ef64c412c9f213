# Third-party libraries, one declaration each: upstream's address and hash.
#
# scripts/bootstrap unpacks Debian's source packages of the same versions into .deps/src/NAME where
# apt-get can; such a folder is used instead of the download. Setting FETCHCONTENT_SOURCE_DIR_<NAME>
# by hand wins over both.
include(FetchContent)

function(dosql_third_party_sources name)
  string(TOUPPER ${name} upper)
  set(unpacked ${CMAKE_SOURCE_DIR}/.deps/src/${name})
  if(NOT FETCHCONTENT_SOURCE_DIR_${upper} AND EXISTS ${unpacked}/.dosql-version)
    set(FETCHCONTENT_SOURCE_DIR_${upper} ${unpacked} CACHE PATH "Unpacked by scripts/bootstrap" FORCE)
  endif()
  FetchContent_GetProperties(${name})
  if(NOT ${name}_POPULATED)
    FetchContent_Populate(${name})
  endif()
  set(${name}_SOURCE_DIR ${${name}_SOURCE_DIR} PARENT_SCOPE)
  set(${name}_BINARY_DIR ${${name}_BINARY_DIR} PARENT_SCOPE)
endfunction()

# With the library's own build. It joins as EXCLUDE_FROM_ALL: only what our targets link is compiled.
function(dosql_third_party name)
  dosql_third_party_sources(${name})
  add_subdirectory(${${name}_SOURCE_DIR} ${${name}_BINARY_DIR} EXCLUDE_FROM_ALL SYSTEM)
endfunction()

FetchContent_Declare(abseil
  URL https://github.com/abseil/abseil-cpp/archive/refs/tags/20220623.1.tar.gz
  URL_HASH SHA256=91ac87d30cc6d79f9ab974c51874a704de9c2647c40f6932597329a282217ba8
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(googletest
  URL https://github.com/google/googletest/archive/refs/tags/release-1.12.1.tar.gz
  URL_HASH SHA256=81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(benchmark
  URL https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
  URL_HASH SHA256=6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(zlib
  URL https://github.com/madler/zlib/archive/refs/tags/v1.2.13.tar.gz
  URL_HASH SHA256=1525952a0a567581792613a9723333d7f8cc20b87a81f920fb8bc7e3f2251428
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(nlohmann_json
  URL https://github.com/nlohmann/json/archive/refs/tags/v3.11.2.tar.gz
  URL_HASH SHA256=d69f9deb6a75e2580465c6c4c5111b89c4dc2fa94e3a85fcd2ffcd9a143d9273
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(zstd
  URL https://github.com/facebook/zstd/releases/download/v1.5.4/zstd-1.5.4.tar.gz
  URL_HASH SHA256=0f470992aedad543126d06efab344dc5f3e171893810455787d38347343a4424
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)
FetchContent_Declare(snappy
  URL https://github.com/google/snappy/archive/refs/tags/1.1.9.tar.gz
  URL_HASH SHA256=75c1fbb3d618dd3a0483bff0e26d0a92b495bbe5059c8b4f1c962b478b6e06e7
  DOWNLOAD_EXTRACT_TIMESTAMP OFF)

set(ABSL_PROPAGATE_CXX_STD ON CACHE BOOL "" FORCE)
set(ABSL_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
set(BUILD_TESTING OFF CACHE BOOL "" FORCE)
dosql_third_party(abseil)

# zlib without its gz files and its own build: Avro's deflate blocks need these eight sources.
dosql_third_party_sources(zlib)
set(zlib_names deflate inflate trees adler32 crc32 zutil inftrees inffast)
list(TRANSFORM zlib_names PREPEND ${zlib_SOURCE_DIR}/ OUTPUT_VARIABLE zlib_files)
list(TRANSFORM zlib_files APPEND .c)
add_library(zlib STATIC EXCLUDE_FROM_ALL ${zlib_files})
target_include_directories(zlib SYSTEM PUBLIC ${zlib_SOURCE_DIR})
target_compile_options(zlib PRIVATE -w)

# zstd on one thread and without assembly, for Parquet's pages. Of the compressor only the doubleFast strategy, which
# level 3 is made of: the others, dictionaries and long distance matching are 45 KB (gzip) of code that would never run.
# What stands in for them, and why nothing reaches it: core/lake/codec/zstd_absent.c. The decompressor reads any frame,
# by the smaller one of each pair of its loops.
dosql_third_party_sources(zstd)
file(GLOB zstd_files ${zstd_SOURCE_DIR}/lib/common/*.c ${zstd_SOURCE_DIR}/lib/compress/*.c
  ${zstd_SOURCE_DIR}/lib/decompress/*.c)
list(FILTER zstd_files EXCLUDE REGEX "zstdmt_compress|zstd_fast|zstd_lazy|zstd_opt|zstd_ldm|threading|pool\\.c")
add_library(zstd STATIC EXCLUDE_FROM_ALL ${zstd_files} ${CMAKE_SOURCE_DIR}/core/lake/codec/zstd_absent.c)
target_include_directories(zstd SYSTEM PUBLIC ${zstd_SOURCE_DIR}/lib)
target_compile_options(zstd PRIVATE -w)
target_compile_definitions(zstd PRIVATE ZSTD_DISABLE_ASM=1 ZSTD_STRIP_ERROR_STRINGS=1 ZSTD_NO_INTRINSICS=1
  HUF_FORCE_DECOMPRESS_X1=1 ZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT=1)
set(zstd_absent ZSTD_fillHashTable=dosql_zstd_no_fill ZSTD_fillDoubleHashTable=dosql_zstd_no_fill
  ZSTD_compressBlock_doubleFast_dictMatchState=dosql_zstd_absent ZSTD_compressBlock_doubleFast_extDict=dosql_zstd_absent)
foreach(strategy fast greedy lazy lazy2 btlazy2 btopt btultra btultra2)
  foreach(variant "" _extDict _dictMatchState _dedicatedDictSearch)
    foreach(search "" _row)
      list(APPEND zstd_absent ZSTD_compressBlock_${strategy}${variant}${search}=dosql_zstd_absent)
    endforeach()
  endforeach()
endforeach()
set_source_files_properties(${zstd_SOURCE_DIR}/lib/compress/zstd_compress.c
  PROPERTIES COMPILE_DEFINITIONS "${zstd_absent}")

# snappy without its own build, which wants benchmarks and tests: three sources and a header that names the version.
dosql_third_party_sources(snappy)
function(dosql_snappy_header)
  set(HAVE_SYS_UIO_H_01 1)
  set(PROJECT_VERSION_MAJOR 1)
  set(PROJECT_VERSION_MINOR 1)
  set(PROJECT_VERSION_PATCH 9)
  configure_file(${snappy_SOURCE_DIR}/snappy-stubs-public.h.in ${CMAKE_BINARY_DIR}/snappy/snappy-stubs-public.h)
endfunction()
dosql_snappy_header()
set(snappy_names snappy snappy-sinksource snappy-stubs-internal)
list(TRANSFORM snappy_names PREPEND ${snappy_SOURCE_DIR}/ OUTPUT_VARIABLE snappy_files)
list(TRANSFORM snappy_files APPEND .cc)
add_library(snappy STATIC EXCLUDE_FROM_ALL ${snappy_files})
target_include_directories(snappy SYSTEM PUBLIC ${snappy_SOURCE_DIR} ${CMAKE_BINARY_DIR}/snappy)
target_compile_options(snappy PRIVATE -w -fno-exceptions -fno-rtti)
if(DOSQL_SANITIZE)
  # It adds negative offsets as unsigned ones, which wrap round to the right place.
  target_compile_options(snappy PRIVATE -fno-sanitize=pointer-overflow)
endif()
target_compile_definitions(snappy PRIVATE HAVE_BUILTIN_EXPECT=1 HAVE_BUILTIN_CTZ=1)

dosql_third_party_sources(nlohmann_json)
add_library(nlohmann_json INTERFACE)
target_include_directories(nlohmann_json SYSTEM INTERFACE ${nlohmann_json_SOURCE_DIR}/include)
# No iostream in the module; a refused call ends the program instead of throwing, so none is made.
target_compile_definitions(nlohmann_json INTERFACE JSON_NOEXCEPTION=1 JSON_NO_IO=1)

if(DOSQL_TESTS)
  set(INSTALL_GTEST OFF CACHE BOOL "" FORCE)
  set(BUILD_GMOCK OFF CACHE BOOL "" FORCE)
  dosql_third_party(googletest)
endif()

if(DOSQL_BENCH)
  set(BENCHMARK_ENABLE_TESTING OFF CACHE BOOL "" FORCE)
  set(BENCHMARK_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
  set(BENCHMARK_ENABLE_WERROR OFF CACHE BOOL "" FORCE)
  dosql_third_party(benchmark)
endif()
