// ExtentReader and ExtentWriter: images between memory and extent rows.
#pragma once

#include "core/base/budget.h"
#include "core/host/page_store.h"
#include "core/storage/page/extent_table.h"

namespace dosql {

// Reads whole rows, because the store answers whole rows, and keeps the last two: a scan in id order
// then reads each row once although it asks for 16 single pages.
class ExtentReader {
 public:
  ExtentReader(PageStore* store, ByteBudget* budget) : store_(store), budget_(budget) {}
  ~ExtentReader();
  ExtentReader(const ExtentReader&) = delete;
  ExtentReader& operator=(const ExtentReader&) = delete;

  // The image of `entry` (durable), checked against its checksum; valid until the next Read or Forget.
  // kCorrupt, kBlocked, kIo, kNoMemory.
  Status Read(uint64_t entry, const uint8_t** image);

  // The row is about to change.
  void Forget(uint32_t extent);

  uint64_t rows_read() const { return rows_read_; }

 private:
  struct Row {
    uint8_t* bytes = nullptr;
    uint32_t extent = ExtentTable::kNone;
    uint32_t size = 0;
  };
  PageStore* store_;
  ByteBudget* budget_;
  Row rows_[2];
  uint32_t last_ = 0;  // which of the two was used last
  uint64_t rows_read_ = 0;
};

// Fills one free extent at a time and puts it when it is full or when asked to.
class ExtentWriter {
 public:
  ExtentWriter(PageStore* store, ByteBudget* budget, ExtentTable* extents, ExtentReader* reader)
      : store_(store), budget_(budget), extents_(extents), reader_(reader) {}
  ~ExtentWriter();
  ExtentWriter(const ExtentWriter&) = delete;
  ExtentWriter& operator=(const ExtentWriter&) = delete;

  // Takes the buffer from the budget; to be called before Append. kNoMemory.
  Status Prepare();

  // A place for the next image, in the buffer: fill it, then call Commit. At most 16 of them stand
  // between two Flush calls. kFull, kNoMemory.
  Status Next(uint8_t** image);
  // Ends the image begun by Next; its slot is live from now on. Returns its entry.
  uint64_t Commit();
  bool full() const { return slots_ == kSlotsPerExtent; }
  bool empty() const { return slots_ == 0; }

  // Puts what is pending. After a failure the images are nowhere: the caller gives up.
  Status Flush();

  uint64_t rows_put() const { return rows_put_; }

 private:
  PageStore* store_;
  ByteBudget* budget_;
  ExtentTable* extents_;
  ExtentReader* reader_;
  uint8_t* buffer_ = nullptr;
  uint32_t extent_ = 0;
  uint32_t slots_ = 0;
  uint64_t rows_put_ = 0;
};

}  // namespace dosql
