// ExecContext: what one running statement shares among its operators.
#pragma once

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/expr/program.h"
#include "core/host/host.h"
#include "core/storage/page/pager.h"
#include "core/table/redo_batch.h"

namespace dosql {

class RowFunctions;
class StatementSharedRows;

struct ExecContext {
  Pager* pager = nullptr;
  const Version* version = nullptr;  // what scans read; nullptr: the head
  Arena* arena = nullptr;            // lives as long as the execution
  ByteBudget* budget = nullptr;
  Clock* clock = nullptr;
  Diag* diag = nullptr;
  int64_t deadline_micros = 0;  // 0: none
  // Parameters, counters, entropy; operators copy it and set an arena of their own.
  EvalContext eval;
  RedoBatch* redo = nullptr;  // what trees do not have of the log yet; nullptr: they have it all
  uint64_t rows_read = 0;
  uint32_t scan_pins_max = 1;  // leaves that one scan may hold in the page cache
  RowFunctions* row_functions = nullptr;
  StatementSharedRows* shared = nullptr;  // nullptr: nothing is kept

  Status OutOfMemory() { return diag->Set(Code::kNoMemory, "out of memory"); }
  // Before the tree under `root` is read.
  Status Settle(PageId root) { return redo == nullptr ? Status::Ok() : redo->Settle(root); }
  // Asked once per chunk.
  Status CheckDeadline() {
    if (deadline_micros != 0 && clock->NowMicros() > deadline_micros)
      return diag->Set(Code::kDeadline, "interrupted");
    return Status::Ok();
  }
};

}  // namespace dosql
