// Diag: the words of an error for the person who wrote the SQL. One per session; a Status says that
// something failed, the Diag says what, where in the SQL text, and what to do about it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace dosql {

// The parts in a row: the words of an error. Out of line, because messages are many and code is
// small.
std::string Words(std::initializer_list<std::string_view> parts);

struct Diag {
  static constexpr uint32_t kNoOffset = ~uint32_t{0};

  Code code = Code::kOk;
  std::string message;            // one sentence, SQLite's wording where SQLite has one
  std::string hint;               // may be empty
  std::string token;              // the text at the offset, cut to 40 bytes; may be empty
  uint32_t offset = kNoOffset;    // byte offset into the SQL text
  uint32_t line = 0, column = 0;  // 1-based, filled by Locate; 0 when there is no position

  void Clear() { *this = Diag(); }

  // Records an error and returns its status. The last call wins.
  Status Set(Code c, std::string msg, uint32_t at = kNoOffset, std::string_view tok = {},
             std::string_view hint_text = {}) {
    code = c;
    message = std::move(msg);
    offset = at;
    token = tok.substr(0, 40);
    hint = hint_text;
    line = column = 0;
    return Status(c);
  }

  // Fills line and column (in bytes, 1-based) from `sql` when an offset is known.
  void Locate(std::string_view sql) {
    if (offset == kNoOffset || offset > sql.size()) return;
    line = column = 1;
    for (uint32_t i = 0; i < offset; i++) {
      column++;
      if (sql[i] == '\n') line++, column = 1;
    }
  }
};

}  // namespace dosql
