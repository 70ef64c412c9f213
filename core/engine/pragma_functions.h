// PragmaFunctions: the rows of PRAGMAs, as statements and as functions in FROM. Internal to
// core/engine.
#pragma once

#include "core/catalog/catalog.h"
#include "core/exec/row_functions.h"

namespace dosql {

struct Session;

// A setting without effect that somebody has set.
struct PragmaSetting {
  const RowSource* pragma;
  int64_t value;
};

class PragmaFunctions final : public RowFunctions {
 public:
  explicit PragmaFunctions(Session* session) : session_(session) {}
  Status Rows(const RowSource& function, const Value* args, uint32_t arg_count, Arena* arena,
              RowList* out) override;

 private:
  Session* session_;
};

}  // namespace dosql
