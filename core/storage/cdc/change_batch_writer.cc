#include "core/storage/cdc/change_batch_writer.h"

#include <cstdlib>
#include <cstring>

#include "core/base/checksum.h"
#include "core/base/varint.h"

namespace dosql {

ChangeBatchWriter::~ChangeBatchWriter() {
  std::free(data_);
  budget_->Release(capacity_);
}

Status ChangeBatchWriter::Room(size_t bytes) {
  if (bytes <= capacity_ - size_) return Status::Ok();
  size_t capacity = capacity_ == 0 ? 4096 : capacity_;
  while (capacity - size_ < bytes) capacity *= 2;
  DOSQL_TRY(budget_->Reserve(capacity - capacity_));
  auto* bigger = static_cast<uint8_t*>(std::realloc(data_, capacity));
  if (bigger == nullptr) {
    budget_->Release(capacity - capacity_);
    return Code::kNoMemory;
  }
  data_ = bigger;
  capacity_ = capacity;
  return Status::Ok();
}

void ChangeBatchWriter::PutNumber(uint64_t v) {
  size_ = static_cast<size_t>(PutVarint(data_ + size_, v) - data_);
}

void ChangeBatchWriter::PutBytes(Bytes b) {
  PutNumber(b.size());
  if (!b.empty()) std::memcpy(data_ + size_, b.data(), b.size());
  size_ += b.size();
}

Status ChangeBatchWriter::Begin(const uint8_t* database_id, const FollowPosition& from) {
  size_ = 0;
  events_ = 0;
  DOSQL_TRY(Room(kBatchHeaderBytes));
  std::memset(data_, 0, kBatchHeaderBytes);
  StoreLe<uint32_t>(data_ + kBatchMagicAt, kBatchMagic);
  std::memcpy(data_ + kBatchDatabase, database_id, 16);
  StoreLe<uint64_t>(data_ + kBatchIncarnation, from.incarnation);
  StoreLe<uint64_t>(data_ + kBatchLsn, from.lsn.value);
  StoreLe<uint32_t>(data_ + kBatchChanges, from.changes);
  size_ = kBatchHeaderBytes;
  return Status::Ok();
}

Status ChangeBatchWriter::AddIncarnation(uint64_t incarnation, uint64_t parent, Lsn fork) {
  DOSQL_TRY(Room(1 + 3 * 8));
  Put(BatchItem::kIncarnation);
  PutFixed<uint64_t>(incarnation);
  PutFixed<uint64_t>(parent);
  PutFixed<uint64_t>(fork.value);
  return Status::Ok();
}

Status ChangeBatchWriter::AddTable(TableId id, std::string_view name, bool without_rowid,
                                   uint32_t columns) {
  DOSQL_TRY(Room(2 + 3 * kVarintBytesMax + name.size()));
  Put(BatchItem::kTable);
  PutNumber(id.value);
  PutBytes(AsBytes(name));
  PutFixed<uint8_t>(without_rowid ? kTableWithoutRowid : 0);
  PutNumber(columns);
  return Status::Ok();
}

Status ChangeBatchWriter::AddColumn(std::string_view name, std::string_view type, uint8_t flags,
                                    uint32_t key_position) {
  DOSQL_TRY(Room(1 + 3 * kVarintBytesMax + name.size() + type.size()));
  PutBytes(AsBytes(name));
  PutBytes(AsBytes(type));
  PutFixed<uint8_t>(flags);
  PutNumber(key_position);
  return Status::Ok();
}

Status ChangeBatchWriter::AddTransaction(Lsn lsn, int64_t time_micros) {
  DOSQL_TRY(Room(1 + kVarintBytesMax + 8));
  Put(BatchItem::kTransaction);
  PutNumber(lsn.value);
  PutFixed<int64_t>(time_micros);
  return Status::Ok();
}

size_t ChangeBatchWriter::BytesMax(const LogChange& change) {
  return 2 + 4 * kVarintBytesMax + change.key.size() + change.before.size() + change.after.size();
}

Status ChangeBatchWriter::AddChange(const LogChange& change) {
  DOSQL_TRY(Room(BytesMax(change)));
  Put(BatchItem::kChange);
  PutFixed<uint8_t>(static_cast<uint8_t>(change.op));
  PutNumber(change.table.value);
  PutBytes(change.key);
  if (change.op != LogOp::kInsert) PutBytes(change.before);
  if (change.op != LogOp::kDelete) PutBytes(change.after);
  events_++;
  return Status::Ok();
}

Status ChangeBatchWriter::AddDdl(TableId table, std::string_view sql) {
  DOSQL_TRY(Room(1 + 2 * kVarintBytesMax + sql.size()));
  Put(BatchItem::kDdl);
  PutNumber(table.value);
  PutBytes(AsBytes(sql));
  events_++;
  return Status::Ok();
}

Status ChangeBatchWriter::AddCopy(TableId table, CopyState state) {
  DOSQL_TRY(Room(2 + kVarintBytesMax));
  Put(BatchItem::kCopy);
  PutNumber(table.value);
  PutFixed<uint8_t>(static_cast<uint8_t>(state));
  events_++;
  return Status::Ok();
}

Status ChangeBatchWriter::AddGone(TableId table) {
  DOSQL_TRY(Room(1 + kVarintBytesMax));
  Put(BatchItem::kGone);
  PutNumber(table.value);
  events_++;
  return Status::Ok();
}

Bytes ChangeBatchWriter::Finish(const FollowPosition& end, uint32_t part, int64_t copy_time) {
  StoreLe<uint32_t>(data_ + kBatchEndChanges, end.changes);
  StoreLe<uint64_t>(data_ + kBatchEndLsn, end.lsn.value);
  StoreLe<uint64_t>(data_ + kBatchEndIncarnation, end.incarnation);
  StoreLe<uint32_t>(data_ + kBatchEvents, events_);
  StoreLe<uint32_t>(data_ + kBatchPart, part);
  StoreLe<int64_t>(data_ + kBatchCopyTime, copy_time);
  StoreLe<uint32_t>(data_ + kBatchSum, Checksum32({data_ + 4, size_ - 4}));
  return {data_, size_};
}

}  // namespace dosql
