// ChangeBatchWriter: one change batch (change_batch_format.h), in memory from the byte budget.
//
// After kNoMemory the batch is as it was before the call.
#pragma once

#include <string_view>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/storage/cdc/change_batch_format.h"
#include "core/storage/wal/log_record.h"

namespace dosql {

class ChangeBatchWriter {
 public:
  explicit ChangeBatchWriter(ByteBudget* budget) : budget_(budget) {}
  ~ChangeBatchWriter();
  ChangeBatchWriter(const ChangeBatchWriter&) = delete;
  ChangeBatchWriter& operator=(const ChangeBatchWriter&) = delete;

  // Begins a batch at a place of the log of the database with this id (16 bytes).
  Status Begin(const uint8_t* database_id, const FollowPosition& from);

  Status AddIncarnation(uint64_t incarnation, uint64_t parent, Lsn fork);
  // The table's columns follow, as many as were said.
  Status AddTable(TableId id, std::string_view name, bool without_rowid, uint32_t columns);
  Status AddColumn(std::string_view name, std::string_view type, uint8_t flags,
                   uint32_t key_position);
  Status AddTransaction(Lsn lsn, int64_t time_micros);
  Status AddChange(const LogChange& change);
  Status AddDdl(TableId table, std::string_view sql);
  Status AddCopy(TableId table, CopyState state);
  Status AddGone(TableId table);

  // Bytes so far, and the most that AddChange would add.
  size_t size() const { return size_; }
  static size_t BytesMax(const LogChange& change);
  uint32_t events() const { return events_; }

  // Ends the batch at a place of the log; `part`: of the copy whose slot was made at `copy_time`
  // (microseconds since 1970), 0: none. The bytes live as long as the writer and until Begin.
  Bytes Finish(const FollowPosition& end, uint32_t part, int64_t copy_time = 0);

 private:
  Status Room(size_t bytes);
  void Put(BatchItem item) { data_[size_++] = static_cast<uint8_t>(item); }
  void PutNumber(uint64_t v);
  void PutBytes(Bytes b);
  template <typename T>
  void PutFixed(T v) {
    StoreLe<T>(data_ + size_, v);
    size_ += sizeof v;
  }

  ByteBudget* budget_;
  uint8_t* data_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
  uint32_t events_ = 0;
};

}  // namespace dosql
