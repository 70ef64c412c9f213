// ExtentReader and ExtentWriter: images between memory and extent rows.
#pragma once

#include "core/base/budget.h"
#include "core/host/page_store.h"
#include "core/storage/page/extent_table.h"

namespace dosql {

// Reads images out of extent rows. One page of a row costs the host two thirds of what the whole row
// costs, so a page that nothing was read near of lately comes alone; where reads go along (a scan, a
// merge of several, redo), whole rows do, and the last few of them are kept.
class ExtentReader {
 public:
  ExtentReader(PageStore* store, ByteBudget* budget) : store_(store), budget_(budget) {}
  ~ExtentReader();
  ExtentReader(const ExtentReader&) = delete;
  ExtentReader& operator=(const ExtentReader&) = delete;

  // The image of `entry` (durable), checked against its checksum; valid until the next call. Reads the
  // whole row. kCorrupt, kBlocked, kIo, kNoMemory.
  Status Read(uint64_t entry, const uint8_t** image);

  // The same for `page`, into kPageBytes at `into`. `more`: others of its row are wanted, too.
  // kCorrupt, kBlocked, kIo.
  Status ReadPage(uint32_t page, uint64_t entry, bool more, uint8_t* into);

  // The row is about to change.
  void Forget(uint32_t extent);

  uint64_t rows_read() const { return rows_read_; }

 private:
  static constexpr uint32_t kRows = 4;
  static constexpr uint32_t kTrail = 8;
  static constexpr uint32_t kNearPages = 2 * kSlotsPerExtent;

  struct Row {
    uint8_t* bytes = nullptr;
    uint32_t extent = ExtentTable::kNone;
    uint32_t size = 0;
    uint64_t used = 0;  // larger: later
  };
  struct Step {
    uint32_t page = 0;
    uint32_t extent = ExtentTable::kNone;
  };
  Row* Find(uint32_t extent);
  Status Load(uint32_t extent, Row** row);
  // Whether a page near this one, or another of its extent, was among the last that were read.
  bool Follows(uint32_t page, uint32_t extent);

  PageStore* store_;
  ByteBudget* budget_;
  Row rows_[kRows];
  Step trail_[kTrail];
  uint32_t oldest_ = 0;  // of trail_
  uint64_t clock_ = 0;
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
