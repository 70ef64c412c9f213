// ChangeBatchReader: reads a change batch (change_batch_format.h) that came from anywhere.
//
// It is a view: the bytes must outlive it and all that it gives. Every length is checked; rows and
// keys are handed on as they are, for RowView::Open to check.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/status.h"
#include "core/storage/cdc/change_batch_format.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

struct BatchColumn {
  std::string_view name, type;
  uint8_t flags;
  uint32_t key_position;
};

// One item; which fields mean something says its kind.
struct BatchItemView {
  BatchItem kind;
  TableId table;                     // kTable, kChange, kDdl, kCopy, kGone
  std::string_view text;             // kTable: the name; kDdl: the SQL
  bool without_rowid;                // kTable
  std::vector<BatchColumn> columns;  // kTable
  Lsn lsn;                           // kTransaction; kIncarnation: where it forked
  int64_t time_micros;               // kTransaction
  uint64_t incarnation, parent;      // kIncarnation
  LogChange change;                  // kChange
  CopyState copy;                    // kCopy
};

class ChangeBatchReader {
 public:
  // Checks the header and the sum. kCorrupt.
  Status Open(Bytes batch);

  const uint8_t* database_id() const { return data_.data() + kBatchDatabase; }
  // Where it begins and ends; seq and pred_sum mean nothing.
  FollowPosition begin() const;
  FollowPosition end() const;
  uint32_t events() const { return LoadLe<uint32_t>(data_.data() + kBatchEvents); }
  // Of the copy; 0: none.
  uint32_t part() const { return LoadLe<uint32_t>(data_.data() + kBatchPart); }
  int64_t copy_time() const { return LoadLe<int64_t>(data_.data() + kBatchCopyTime); }

  // The next item; *done when there is none. kCorrupt.
  Status Next(BatchItemView* item, bool* done);

 private:
  bool Number(uint64_t* v);
  bool Small(uint32_t* v);
  bool Text(Bytes* b);
  template <typename T>
  bool Fixed(T* v) {
    if (static_cast<size_t>(end_ - p_) < sizeof *v) return false;
    *v = LoadLe<T>(p_);
    p_ += sizeof *v;
    return true;
  }
  bool ReadItem(BatchItemView* item);
  bool ReadTable(BatchItemView* item);
  bool ReadChange(BatchItemView* item);

  Bytes data_;
  const uint8_t* p_ = nullptr;
  const uint8_t* end_ = nullptr;
};

}  // namespace dosql
