// Status: one word that says whether a call worked. Result<T>: a status or a value.
//
// The words for people (message, SQL offset, hint) travel beside it in a Diag (diag.h), so that
// a Status costs nothing to return. Bugs assert; bad input and bad bytes come back as a Status.
#pragma once

#include <cstdint>
#include <new>
#include <utility>

#include "core/base/assert.h"

namespace dosql {

enum class Code : uint32_t {
#define X(name, number, sqlite_code, doc) k##name = number,
#include "core/base/error_codes.def"
#undef X
};

class [[nodiscard]] Status {
 public:
  constexpr Status() = default;
  constexpr Status(Code code) : code_(code) {}  // NOLINT: a code is a status
  static constexpr Status Ok() { return Status(); }
  constexpr bool ok() const { return code_ == Code::kOk; }
  constexpr Code code() const { return code_; }
  constexpr bool operator==(const Status&) const = default;
  // States that a failure is of no consequence here; say why beside the call.
  constexpr void Ignore() const {}

 private:
  Code code_ = Code::kOk;
};

// The code's name without the k ("Syntax"), and SQLite's name for it. Static strings.
const char* CodeName(Code code);
const char* SqliteCodeName(Code code);

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(Status status) : status_(status) { DOSQL_ASSERT(!status.ok()); }  // NOLINT
  Result(Code code) : Result(Status(code)) {}                              // NOLINT
  Result(T value) : value_(std::move(value)) {}                            // NOLINT
  bool ok() const { return status_.ok(); }
  Status status() const { return status_; }
  T& operator*() {
    DOSQL_ASSERT(ok());
    return value_;
  }
  const T& operator*() const {
    DOSQL_ASSERT(ok());
    return value_;
  }
  T* operator->() { return &**this; }

 private:
  Status status_;
  T value_{};
};

}  // namespace dosql

// Returns the status of `expr` from the enclosing function unless it is ok.
#define DOSQL_TRY(expr)                                                                    \
  do {                                                                                     \
    if (::dosql::Status dosql_status_ = (expr); !dosql_status_.ok()) return dosql_status_; \
  } while (0)

#define DOSQL_CONCAT_INNER(a, b) a##b
#define DOSQL_CONCAT(a, b) DOSQL_CONCAT_INNER(a, b)
// DOSQL_ASSIGN(auto x, Call()): x takes the value, or the function returns the status.
#define DOSQL_ASSIGN(lhs, expr) DOSQL_ASSIGN_INNER(lhs, expr, DOSQL_CONCAT(dosql_result_, __LINE__))
#define DOSQL_ASSIGN_INNER(lhs, expr, tmp) \
  auto tmp = (expr);                       \
  if (!tmp.ok()) return tmp.status();      \
  lhs = std::move(*tmp)
