#include "core/storage/page/extent_io.h"

#include <cstring>

#include "core/base/checksum.h"
#include "core/storage/page/page_map.h"

namespace dosql {
namespace {

Status Check(uint64_t entry, const uint8_t* image) {
  return Checksum32({image, kPageBytes}) == EntrySum(entry) ? Code::kOk : Code::kCorrupt;
}

}  // namespace

ExtentReader::~ExtentReader() {
  for (Row& row : rows_) BudgetFree(budget_, row.bytes, kExtentBytes);
}

ExtentReader::Row* ExtentReader::Find(uint32_t extent) {
  for (Row& row : rows_) {
    if (row.extent != extent) continue;
    row.used = ++clock_;
    return &row;
  }
  return nullptr;
}

Status ExtentReader::Load(uint32_t extent, Row** found) {
  Row* row = rows_;
  for (Row& r : rows_) {
    if (r.used < row->used) row = &r;
  }
  row->extent = ExtentTable::kNone;
  if (!row->bytes) row->bytes = static_cast<uint8_t*>(BudgetAlloc(budget_, kExtentBytes));
  if (!row->bytes) return Code::kNoMemory;
  Status s = store_->Get({RowKind::kExtent, extent}, {row->bytes, kExtentBytes}, &row->size);
  if (s.code() == Code::kNotFound) return Code::kCorrupt;
  DOSQL_TRY(s);
  if (row->size > kExtentBytes) return Code::kCorrupt;
  row->extent = extent;
  row->used = ++clock_;
  rows_read_++;
  *found = row;
  return Status::Ok();
}

bool ExtentReader::Follows(uint32_t page, uint32_t extent) {
  for (Step& step : trail_) {
    if (step.extent == extent || page - step.page + kNearPages <= 2 * kNearPages) {
      step = {page, extent};
      return true;
    }
  }
  trail_[oldest_++ % kTrail] = {page, extent};
  return false;
}

Status ExtentReader::Read(uint64_t entry, const uint8_t** image) {
  const uint32_t extent = LocExtent(EntryLoc(entry));
  const uint32_t offset = LocSlot(EntryLoc(entry)) * kPageBytes;
  Row* row = Find(extent);
  if (!row) DOSQL_TRY(Load(extent, &row));
  if (offset + kPageBytes > row->size) return Code::kCorrupt;
  *image = row->bytes + offset;
  return Check(entry, *image);
}

Status ExtentReader::ReadPage(uint32_t page, uint64_t entry, bool more, uint8_t* into) {
  const uint32_t extent = LocExtent(EntryLoc(entry));
  const bool whole = Follows(page, extent) || more;
  if (whole || Find(extent)) {
    const uint8_t* image;
    Status s = Read(entry, &image);
    if (s.ok()) std::memcpy(into, image, kPageBytes);
    if (s.code() != Code::kNoMemory) return s;
  }
  const uint32_t offset = LocSlot(EntryLoc(entry)) * kPageBytes;
  Status s = store_->GetPart({RowKind::kExtent, extent}, offset, {into, kPageBytes});
  if (s.code() == Code::kNotFound) return Code::kCorrupt;
  DOSQL_TRY(s);
  rows_read_++;
  return Check(entry, into);
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
