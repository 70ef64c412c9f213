// Text as SQL literals write it. Private to core/function.
#pragma once

#include "core/function/growing_text.h"

namespace dosql {

// Whether text has a character below blank, which a literal shows only as unistr('\u000a').
bool HasControls(std::string_view s);

// Appends s with every `quote` in it doubled, and in quotes when `enclosed`. `escaped`: control
// characters as \u and four digits, backslashes doubled, and unistr() around it when enclosed.
Status AppendQuoted(const FunctionContext* context, GrowingText* out, std::string_view s,
                    char quote, bool enclosed, bool escaped);

}  // namespace dosql
