#include "core/storage/cdc/change_batch_reader.h"

#include "core/base/checksum.h"
#include "core/base/varint.h"

namespace dosql {

Status ChangeBatchReader::Open(Bytes batch) {
  if (batch.size() < kBatchHeaderBytes ||
      LoadLe<uint32_t>(batch.data() + kBatchMagicAt) != kBatchMagic ||
      LoadLe<uint32_t>(batch.data() + kBatchSum) != Checksum32(batch.subspan(4))) {
    return Code::kCorrupt;
  }
  data_ = batch;
  p_ = batch.data() + kBatchHeaderBytes;
  end_ = batch.data() + batch.size();
  return Status::Ok();
}

FollowPosition ChangeBatchReader::begin() const {
  FollowPosition at;
  at.incarnation = LoadLe<uint64_t>(data_.data() + kBatchIncarnation);
  at.lsn = Lsn(LoadLe<uint64_t>(data_.data() + kBatchLsn));
  at.changes = LoadLe<uint32_t>(data_.data() + kBatchChanges);
  return at;
}

FollowPosition ChangeBatchReader::end() const {
  FollowPosition at;
  at.incarnation = LoadLe<uint64_t>(data_.data() + kBatchEndIncarnation);
  at.lsn = Lsn(LoadLe<uint64_t>(data_.data() + kBatchEndLsn));
  at.changes = LoadLe<uint32_t>(data_.data() + kBatchEndChanges);
  return at;
}

bool ChangeBatchReader::Number(uint64_t* v) {
  const uint8_t* next = GetVarint(p_, end_, v);
  if (next != nullptr) p_ = next;
  return next != nullptr;
}

bool ChangeBatchReader::Small(uint32_t* v) {
  uint64_t wide;
  if (!Number(&wide) || wide > UINT32_MAX) return false;
  *v = static_cast<uint32_t>(wide);
  return true;
}

bool ChangeBatchReader::Text(Bytes* b) {
  uint64_t size;
  if (!Number(&size)) return false;
#ifndef DOSQL_PLANT_BATCH_BUG
  if (size > static_cast<uint64_t>(end_ - p_)) return false;
#endif
  *b = {p_, static_cast<size_t>(size)};
  p_ += size;
  return true;
}

bool ChangeBatchReader::ReadTable(BatchItemView* item) {
  Bytes name, type;
  uint8_t flags;
  uint64_t count;
  if (!Small(&item->table.value) || !Text(&name) || !Fixed(&flags) || !Number(&count)) return false;
  // Each column takes four bytes at least.
  if (count > static_cast<uint64_t>(end_ - p_) / 4) return false;
  item->text = AsText(name);
  item->without_rowid = (flags & kTableWithoutRowid) != 0;
  item->columns.resize(static_cast<size_t>(count));
  for (BatchColumn& c : item->columns) {
    if (!Text(&name) || !Text(&type) || !Fixed(&c.flags) || !Small(&c.key_position)) return false;
    c.name = AsText(name);
    c.type = AsText(type);
  }
  return true;
}

bool ChangeBatchReader::ReadChange(BatchItemView* item) {
  uint8_t op;
  LogChange& c = item->change;
  c = {};
  if (!Fixed(&op) || op < 1 || op > 3 || !Small(&item->table.value) || !Text(&c.key)) return false;
  c.op = static_cast<LogOp>(op);
  c.table = item->table;
  return (c.op == LogOp::kInsert || Text(&c.before)) && (c.op == LogOp::kDelete || Text(&c.after));
}

bool ChangeBatchReader::ReadItem(BatchItemView* item) {
  uint8_t kind;
  if (!Fixed(&kind)) return false;
  item->kind = static_cast<BatchItem>(kind);
  Bytes text;
  uint8_t state;
  switch (item->kind) {
    case BatchItem::kIncarnation:
      return Fixed(&item->incarnation) && Fixed(&item->parent) && Fixed(&item->lsn.value);
    case BatchItem::kTable: return ReadTable(item);
    case BatchItem::kTransaction: return Number(&item->lsn.value) && Fixed(&item->time_micros);
    case BatchItem::kChange: return ReadChange(item);
    case BatchItem::kDdl:
      if (!Small(&item->table.value) || !Text(&text)) return false;
      item->text = AsText(text);
      return true;
    case BatchItem::kCopy:
      if (!Small(&item->table.value) || !Fixed(&state) || state < 1 || state > 3) return false;
      item->copy = static_cast<CopyState>(state);
      return true;
    case BatchItem::kGone: return Small(&item->table.value);
  }
  return false;
}

Status ChangeBatchReader::Next(BatchItemView* item, bool* done) {
  *done = p_ == end_;
  return *done || ReadItem(item) ? Status::Ok() : Status(Code::kCorrupt);
}

}  // namespace dosql
