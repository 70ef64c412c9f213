# Third-party libraries, one declaration each: upstream's address and hash.
#
# scripts/bootstrap unpacks Debian's source packages of the same versions into .deps/src/NAME where
# apt-get can; such a folder is used instead of the download. Setting FETCHCONTENT_SOURCE_DIR_<NAME>
# by hand wins over both.
include(FetchContent)

function(dosql_third_party name)
  string(TOUPPER ${name} upper)
  set(unpacked ${CMAKE_SOURCE_DIR}/.deps/src/${name})
  if(NOT FETCHCONTENT_SOURCE_DIR_${upper} AND EXISTS ${unpacked}/CMakeLists.txt)
    set(FETCHCONTENT_SOURCE_DIR_${upper} ${unpacked} CACHE PATH "Unpacked by scripts/bootstrap" FORCE)
  endif()
  # Declared sources join the build as EXCLUDE_FROM_ALL: only what our targets link is compiled.
  FetchContent_GetProperties(${name})
  if(NOT ${name}_POPULATED)
    FetchContent_Populate(${name})
    add_subdirectory(${${name}_SOURCE_DIR} ${${name}_BINARY_DIR} EXCLUDE_FROM_ALL SYSTEM)
  endif()
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

set(ABSL_PROPAGATE_CXX_STD ON CACHE BOOL "" FORCE)
set(ABSL_ENABLE_INSTALL OFF CACHE BOOL "" FORCE)
set(BUILD_TESTING OFF CACHE BOOL "" FORCE)
dosql_third_party(abseil)

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
