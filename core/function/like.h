// LIKE and GLOB: matching without recursion, at worst (pattern size) x (text size) steps, and no more
// than kMatchStepsMax.
#pragma once

#include <string_view>

#include "core/function/function_context.h"
#include "core/type/value.h"

namespace dosql {

inline constexpr uint32_t kPatternBytesMax = 50000;
inline constexpr uint64_t kMatchStepsMax = uint64_t{1} << 28;  // about two seconds

enum class PatternSyntax : uint8_t { kLike, kGlob };

// A pattern made ready for many texts. The views must outlive it.
struct Pattern {
  std::string_view text;
  PatternSyntax syntax = PatternSyntax::kLike;
  std::string_view escape;  // one character, or empty
};

// Checks sizes and the escape: kFunction with SQLite's words. The escape is NULL-free text here.
Status MakePattern(const FunctionContext* context, PatternSyntax syntax, std::string_view pattern,
                   const std::string_view* escape, Pattern* out);

// kFunction when it takes too many steps.
Status Match(const FunctionContext* context, const Pattern& pattern, std::string_view text, bool* out);

}  // namespace dosql
