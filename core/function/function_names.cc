#include "core/function/function_names.h"

#include "core/type/compare.h"

namespace dosql {
namespace {

constexpr std::string_view kDeferred[] = {
    "bm25",
    "date",
    "datetime",
    "highlight",
    "json",
    "json_array",
    "json_array_insert",
    "json_array_length",
    "json_each",
    "json_error_position",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_pretty",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_tree",
    "json_type",
    "json_valid",
    "jsonb",
    "jsonb_array",
    "jsonb_array_insert",
    "jsonb_extract",
    "jsonb_group_array",
    "jsonb_group_object",
    "jsonb_insert",
    "jsonb_object",
    "jsonb_patch",
    "jsonb_remove",
    "jsonb_replace",
    "jsonb_set",
    "julianday",
    "match",
    "regexp",
    "snippet",
    "strftime",
    "subtype",
    "time",
    "timediff",
    "unixepoch",
};

constexpr struct {
  std::string_view name;
  uint8_t args_min;
  uint8_t args_max;
} kWindows[] = {
    {"cume_dist", 0, 0},    {"dense_rank", 0, 0}, {"first_value", 1, 1}, {"lag", 1, 3},
    {"last_value", 1, 1},   {"lead", 1, 3},       {"nth_value", 2, 2},   {"ntile", 1, 1},
    {"percent_rank", 0, 0}, {"rank", 0, 0},       {"row_number", 0, 0},
};

}  // namespace

bool IsDeferredFunction(std::string_view name) {
  for (std::string_view deferred : kDeferred) {
    if (EqualsIgnoringCase(name, deferred)) return true;
  }
  return false;
}

WindowName FindWindowName(std::string_view name, uint32_t arg_count) {
  for (const auto& w : kWindows) {
    if (!EqualsIgnoringCase(name, w.name)) continue;
    return arg_count < w.args_min || arg_count > w.args_max ? WindowName::kWrongCount
                                                            : WindowName::kWindow;
  }
  return WindowName::kNone;
}

}  // namespace dosql
