#include "core/base/status.h"

namespace dosql {

const char* CodeName(Code code) {
  switch (code) {
#define X(name, number, sqlite_code, doc) \
  case Code::k##name:                     \
    return #name;
#include "core/base/error_codes.def"
#undef X
  }
  return "Internal";
}

const char* SqliteCodeName(Code code) {
  switch (code) {
#define X(name, number, sqlite_code, doc) \
  case Code::k##name:                     \
    return sqlite_code;
#include "core/base/error_codes.def"
#undef X
  }
  return "SQLITE_INTERNAL";
}

}  // namespace dosql
