#include "core/storage/page/extent_io.h"

#include "core/base/checksum.h"
#include "core/storage/page/page_map.h"

namespace dosql {

ExtentReader::~ExtentReader() {
  for (Row& row : rows_) BudgetFree(budget_, row.bytes, kExtentBytes);
}

Status ExtentReader::Read(uint64_t entry, const uint8_t** image) {
  uint32_t loc = EntryLoc(entry);
  uint32_t extent = LocExtent(loc);
  if (rows_[last_].extent != extent) {
    last_ ^= 1;
    Row& row = rows_[last_];
    if (row.extent != extent) {
      row.extent = ExtentTable::kNone;
      if (!row.bytes) row.bytes = static_cast<uint8_t*>(BudgetAlloc(budget_, kExtentBytes));
      if (!row.bytes) return Code::kNoMemory;
      Status s = store_->Get({RowKind::kExtent, extent}, {row.bytes, kExtentBytes}, &row.size);
      if (s.code() == Code::kNotFound) return Code::kCorrupt;
      DOSQL_TRY(s);
      if (row.size > kExtentBytes) return Code::kCorrupt;
      row.extent = extent;
      rows_read_++;
    }
  }
  const Row& row = rows_[last_];
  uint32_t offset = LocSlot(loc) * kPageBytes;
  if (offset + kPageBytes > row.size) return Code::kCorrupt;
  if (Checksum32({row.bytes + offset, kPageBytes}) != EntrySum(entry)) return Code::kCorrupt;
  *image = row.bytes + offset;
  return Status::Ok();
}

void ExtentReader::Forget(uint32_t extent) {
  for (Row& row : rows_) {
    if (row.extent == extent) row.extent = ExtentTable::kNone;
  }
}

ExtentWriter::~ExtentWriter() { BudgetFree(budget_, buffer_, kExtentBytes); }

Status ExtentWriter::Prepare() {
  if (!buffer_) buffer_ = static_cast<uint8_t*>(BudgetAlloc(budget_, kExtentBytes));
  return buffer_ ? Status::Ok() : Status(Code::kNoMemory);
}

Status ExtentWriter::Next(uint8_t** image) {
  DOSQL_ASSERT(!full());
  if (slots_ == 0) {
    extent_ = extents_->TakeFree();
    if (extent_ == ExtentTable::kNone) return Code::kFull;
  }
  *image = buffer_ + slots_ * kPageBytes;
  return Status::Ok();
}

uint64_t ExtentWriter::Commit() {
  uint32_t loc = LocOf(extent_, slots_);
  uint32_t sum = Checksum32({buffer_ + slots_ * kPageBytes, kPageBytes});
  extents_->SetLive(loc);
  slots_++;
  return MakeEntry(loc, sum);
}

Status ExtentWriter::Flush() {
  if (slots_ == 0) return Status::Ok();
  uint32_t size = slots_ * kPageBytes;
  slots_ = 0;
  reader_->Forget(extent_);
  rows_put_++;
  return store_->Put({RowKind::kExtent, extent_}, {buffer_, size});
}

}  // namespace dosql
