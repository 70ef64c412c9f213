# dosql_lake: the rooms of core/lake in one static library. Of the rest of the engine they use the
# base alone.
file(GLOB_RECURSE dosql_lake_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/lake/*.cc)
add_library(dosql_lake STATIC EXCLUDE_FROM_ALL ${dosql_lake_sources})
target_link_libraries(dosql_lake PUBLIC dosql_core dosql_flags zlib nlohmann_json)
