// Pager: pages of 8 KB under stable ids, in versions.
//
// A version is a root of the copy-on-write page map (page_map.h), which takes a PageId to an image
// of that page: a frame in memory or a slot of an extent. The head is the version being written.
// Pinning a version (a savepoint, a reader that outlives its call, a checkpoint) costs O(1) and
// advances the epoch: from then on the first write to each page copies its frame, and the pinned
// version keeps the old one. Restoring the head to a pinned version is rollback: it drops what was
// made since, needs no I/O and no memory and cannot fail.
//
// Bytes: PagerOptions::cache_bytes bounds all frames together, clean and dirty. A clean frame is
// evicted by CLOCK unless the running operation touched it (BeginOperation) or somebody pinned it
// (PinFrame). When only dirty frames are left, the pager spills them into free extents early.
//
// Pointers that Read, ReadAt and Write return stay valid until the next BeginOperation or, for
// pinned frames, until UnpinFrame. Write may move a page: a pointer from an earlier Read of the
// same page in the head is then of the old image. No pointer crosses an import that may evict.
//
// After a failed put (kIo, kStale) the pager is broken: memory and storage may differ, and every
// later call that could put or read returns kPoisoned. Statuses of all calls, unless they say more:
// kBlocked (fetch, then try again: nothing has changed), kCorrupt, kIo, kNoMemory, kPoisoned.
#pragma once

#include <cstdint>

#include "core/base/budget.h"
#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/status.h"
#include "core/host/host.h"
#include "core/storage/page/extent_io.h"
#include "core/storage/page/extent_table.h"
#include "core/storage/page/frame_table.h"
#include "core/storage/page/page_format.h"
#include "core/storage/page/page_map.h"
#include "core/storage/page/superblock.h"

namespace dosql {

// A pinned version; owned by the pager, from Pin until Unpin.
struct Version {
  MapRoot* map;
  uint64_t epoch;      // frames born later are not in it
  uint32_t free_hint;  // no free page id below this one
  Version* older;
  Version* newer;
};

// Called before the pager puts extents or a superblock, once per burst of puts within one call.
class PutGuard {
 public:
  // Not ok: storage is not where this instance believes (kStale); nothing may be put.
  virtual Status BeforePuts() = 0;
  // An image that must be there is not, or is another one. kStale if that is because storage was
  // rolled back beneath this instance, else kCorrupt.
  virtual Status ExplainCorrupt() = 0;

 protected:
  ~PutGuard() = default;
};

struct PagerOptions {
  uint32_t cache_bytes = 16u << 20;  // all frames; at least 32 frames are used
  uint8_t database_id[16] = {};      // given to a database that is created
};

struct PagerStats {
  uint64_t reads_cold;  // page images taken from extent rows
  uint64_t rows_read;   // extent rows read
  uint64_t extents_put;
  uint64_t supers_put;
  uint64_t checkpoints;
  uint64_t pages_spilled;
  uint64_t pages_cleaned;  // moved by the cleaner
};

class Pager {
 public:
  // The store, budget and guard outlive the pager. A guard may be null.
  Pager(PageStore* store, ByteBudget* budget, const PagerOptions& options,
        PutGuard* guard = nullptr);
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Loads the last checkpoint's page map, or begins an empty database (super().generation is 0, and
  // nothing is written). To be called once, before anything else; after a failure only destruction
  // is left. kNotADatabase, kCorrupt.
  Status Open();
  // Writes the first superblock of an empty database. Requires generation 0 and no pages written.
  Status Create(const CheckpointMark& mark);
  // The last durable superblock.
  const Superblock& super() const { return super_; }

  // --- pages -------------------------------------------------------------------------------
  // Marks the start of an operation (one B+tree call): frames it touches are not evicted until the
  // next BeginOperation. An operation touches at most a few dozen pages.
  void BeginOperation() { operation_++; }

  // The page's bytes (kPageBytes) in the head. kCorrupt (checksum, unknown id), kBlocked, kIo,
  // kNoMemory (every frame is pinned or dirty and nothing can be spilled).
  Status Read(PageId id, const uint8_t** data) { return ReadMap(head_, id.value, data); }
  // The same in a pinned version; version == nullptr means the head.
  Status ReadAt(const Version* version, PageId id, const uint8_t** data) {
    return ReadMap(version ? version->map : head_, id.value, data);
  }
  // The page in the head for changing: copied first if a pinned version shares it.
  Status Write(PageId id, uint8_t** data) {
    uint32_t loc = EntryLoc(head_->Find(id.value));
    if (loc & kLocMemory) {
      uint32_t f = loc & ~kLocMemory;
      Frame& m = frames_.meta(f);
      if (m.birth > newest_pin_ && m.pins == 0) {
        m.touched = operation_;
        head_changed_ = true;
        *data = frames_.data(f);
        return Status::Ok();
      }
    }
    return WriteSlow(id.value, data);
  }
  // A new zeroed page: the lowest id that the head does not use, so that redo gives the same ids.
  // kFull when ids run out.
  Status Allocate(PageId* id, uint8_t** data);
  // Gives the page back; its image stays for the pinned versions that show it. Requires that the
  // page exists in the head (else kCorrupt).
  Status Free(PageId id);

  // Brings those of the head's pages into memory that are not there, each extent row being read
  // once; for who is about to read them all. Memory may be too short for some. kCorrupt, kBlocked,
  // kIo.
  static constexpr uint32_t kPrefetchMax = 256;
  Status Prefetch(const PageId* pages, uint32_t count);

  // Keeps the frame of `data` (a pointer that Read/ReadAt just returned) in memory and unchanged in
  // place until UnpinFrame, and in memory until the next operation; used by chunks that point into
  // leaves. The token is opaque.
  uint32_t PinFrame(const uint8_t* data);
  void UnpinFrame(uint32_t token);

  // --- versions ----------------------------------------------------------------------------
  // nullptr when the budget is used up.
  const Version* Pin();
  void Unpin(const Version* version);
  // The head becomes `version` again (which stays pinned). Pins made later than it stay readable.
  void Restore(const Version* version);
  // How many versions are pinned, those of checkpoints aside.
  uint32_t reader_pins() const { return reader_pins_; }
  // What the head shows. It is a version's map as long as nothing changed since that was pinned.
  const MapRoot* map() const { return head_; }
  // The pins that showed `from` show the head as it is now: for changes that their readers should
  // have found (redo that was put off). What a reader has in hand of other trees stays good. A
  // checkpoint's pin stays.
  void MovePins(const MapRoot* from);

  // --- checkpoints (checkpoint.cc) -----------------------------------------------------------
  // Goes on with a checkpoint, or begins one of the head as it is now, which must be a state that
  // `mark` describes. Puts about `bytes` (at least one extent). `*done`: the superblock is durable.
  // `mark` is used when this call pins the head; checkpoint_pinned() tells whether one did.
  Status CheckpointSlice(const CheckpointMark& mark, uint32_t bytes, bool* done);
  bool checkpoint_running() const { return checkpoint_ != nullptr || cleaning_; }
  bool checkpoint_pinned() const { return checkpoint_ != nullptr; }

  // Whether the head was written since the last ClearHeadChanged: lets the store tell an empty
  // transaction from one that holds changes without taking a pin.
  bool head_changed() const { return head_changed_; }
  void ClearHeadChanged() { head_changed_ = false; }

  // --- looking at itself ---------------------------------------------------------------------
  // Reports each broken invariant in words ("page image fails its checksum"), with the page id and
  // Loc it is about (0 when none). Really reads every image of the head.
  class IntegrityReport {
   public:
    virtual void Problem(const char* what, uint32_t page, uint32_t loc) = 0;

   protected:
    ~IntegrityReport() = default;
  };
  Status CheckIntegrity(IntegrityReport* report);

  bool broken() const { return broken_; }
  PagerStats stats() const;
  uint32_t page_count() const { return head_->pages; }
  uint32_t frame_count() const { return frames_.count(); }
  uint32_t dirty_frames() const { return frames_.dirty(); }
  uint32_t extent_count() const { return extents_.count(); }
  uint32_t free_extents() const { return extents_.free_count(); }
  bool PageExists(PageId id) const { return head_->Find(id.value) != 0; }

 private:
  Status ReadMap(const MapRoot* map, uint32_t page, const uint8_t** data) {
    uint32_t loc = EntryLoc(map->Find(page));
    uint32_t f = loc & kLocMemory ? loc & ~kLocMemory : frames_.Find(loc);
    if (__builtin_expect(f == FrameTable::kNone, 0)) return ReadSlow(map, page, data);
    frames_.meta(f).touched = operation_;
    *data = frames_.data(f);
    return Status::Ok();
  }
  Status ReadSlow(const MapRoot* map, uint32_t page, const uint8_t** data);
  Status WriteSlow(uint32_t page, uint8_t** data);
  // Brings a page's image, durable under `entry`, into a frame. `more`: as in ExtentReader::ReadPage.
  Status Load(uint32_t page, uint64_t entry, bool more, uint32_t* frame);
  // A free frame, spilling if need be.
  Status TakeFrame(uint32_t* frame);
  // Makes the head's leaf of `page` the head's own, ready to change.
  Status OwnHeadLeaf(uint32_t page);

  // Versions (versions.cc).
  bool ShownByPin(uint32_t page, uint64_t entry) const;
  void ReleaseImage(uint64_t entry);  // no version shows it any more
  void ReleaseSlot(uint64_t entry);   // a durable slot, with its clean frame if there is one
  // Gives up one count of `map`; frees what no pin and not `head` shows. `near` is a map that
  // probably shows most of it.
  void DropMap(MapRoot* map, const MapRoot* near, const MapRoot* head);
  // All versions that show page -> from show page -> to.
  void ReplaceEntry(uint32_t page, uint64_t from, uint64_t to);

  // Writing out (checkpoint.cc, spill.cc, cleaner.cc).
  Status WriteFrame(uint32_t page, uint32_t frame);
  Status FlushWriter();
  Status Spill();
  // These go on until rows_put of the writer reaches `end` and return whether they came to their
  // own end; only then images may be pending in the writer.
  Result<bool> CheckpointPages(uint64_t end);
  Result<bool> CheckpointLeaves(uint64_t end);
  Status CheckpointFinish();
  void PlanCleaning();
  Result<bool> Clean(uint64_t end);
  Result<bool> CleanPass(uint64_t end, uint8_t* live);
  Status MovePage(uint32_t page, uint64_t entry);
  Status BeforePuts() { return guard_ ? guard_->BeforePuts() : Status::Ok(); }
  Status Break(Status s) {
    if (!s.ok()) broken_ = true;
    return s;
  }

  Status LoadMap();
  Status LoadLeaf(uint64_t entry, uint32_t index);

  PageStore* store_;
  ByteBudget* budget_;
  PutGuard* guard_;
  PagerOptions options_;
  FrameTable frames_;
  ExtentTable extents_;
  ExtentReader reader_;
  ExtentWriter writer_;

  MapRoot* head_ = nullptr;
  uint64_t epoch_ = 1;       // of the head; the newest pin's is lower
  uint64_t newest_pin_ = 0;  // its epoch; 0 when there is none
  uint32_t operation_ = 1;
  uint32_t free_hint_ = 1;  // no free page id below this one
  bool head_changed_ = false;
  bool broken_ = false;
  bool opened_ = false;

  Version* newest_ = nullptr;
  Version* durable_ = nullptr;     // the last durable checkpoint
  Version* checkpoint_ = nullptr;  // the one being written
  uint32_t reader_pins_ = 0;       // pins other than those two

  Superblock super_;     // the last durable one
  CheckpointMark mark_;  // of checkpoint_
  uint32_t cursor_ = 0;  // of checkpoint_: next page, then (pages_done_) next leaf
  uint32_t round_ = 0;   // of pages
  bool pages_done_ = false;
  bool cleaning_ = false;
  uint32_t clean_need_ = 0;   // extents that this checkpoint will fill, about
  uint32_t clean_rows_ = 0;   // that the cleaner put before a checkpoint lately, at most
  uint64_t clean_begin_ = 0;  // the writer's rows_put when it began,
  uint64_t clean_end_ = 0;    // and at which it stops

  uint64_t reads_cold_ = 0;
  uint64_t supers_put_ = 0;
  uint64_t checkpoints_ = 0;
  uint64_t pages_spilled_ = 0;
  uint64_t pages_cleaned_ = 0;
};

}  // namespace dosql
