#include "core/exec/access_reader.h"

#include <algorithm>

#include "core/exec/scan_kernel.h"
#include "core/table/index_entry.h"
#include "core/type/row_codec.h"

namespace dosql {

AccessReader::AccessReader(ExecContext* context, const Access& access, bool copy_rows,
                           bool want_rowids)
    : context_(context),
      access_(access),
      copy_rows_(copy_rows),
      want_rowids_(want_rowids),
      kind_(AccessKeyKind(access)),
      table_tree_(context->pager, access.table->root,
                  access.table->without_rowid ? KeyKind::kBytes : KeyKind::kInteger),
      range_arena_(context->budget),
      range_(&range_arena_),
      locator_arena_(context->budget) {
  for (uint32_t i = 0; i < access.told.size; i++)
    if (access.told[i] != 0)
      told_width_ = std::max(told_width_, access.index->columns[i].column + 1);
  told_.resize(told_width_);
}

void AccessReader::ReleasePins() {
  for (uint32_t token : pins_) context_->pager->UnpinFrame(token);
  pins_.clear();
}

Status AccessReader::Start(const Value* equal, const Value& low, const Value& high) {
  ReleasePins();
  run_live_ = false;
  entered_ = false;
  locators_.clear();
  locator_at_ = 0;
  if (fetcher_ != nullptr) fetcher_->Restart();
  given_ = 0;
  DOSQL_TRY(range_.Compute(access_, &range_arena_, equal, low, high));
  over_ = range_.empty();
  return Status::Ok();
}

Status AccessReader::Grow(uint32_t rows_max) {
  if (rows_max <= capacity_) return Status::Ok();
  rowids_ = context_->arena->NewArray<int64_t>(rows_max);
  rows_ = context_->arena->NewArray<const uint8_t*>(rows_max);
  if (rowids_ == nullptr || rows_ == nullptr) return context_->OutOfMemory();
  capacity_ = rows_max;
  return Status::Ok();
}

Status AccessReader::Enter() {
  DOSQL_TRY(context_->Settle(AccessRoot(access_)));
  cursor_ = Cursor(BTree(context_->pager, AccessRoot(access_), kind_), context_->version);
  if (access_.reverse) {
    if (kind_ == KeyKind::kInteger) {
      DOSQL_TRY(cursor_.Seek(SeekOp::kLe, Key::Integer(range_.last())));
    } else {
      DOSQL_TRY(range_.has_end() ? cursor_.Seek(SeekOp::kLt, Key::Of(range_.end()))
                                 : cursor_.Last());
    }
    entered_ = true;
    return Status::Ok();
  }
  DOSQL_TRY(kind_ == KeyKind::kInteger ? cursor_.Seek(SeekOp::kGe, Key::Integer(range_.first()))
                                       : cursor_.Seek(SeekOp::kGe, Key::Of(range_.start())));
  entered_ = true;
  return Status::Ok();
}

// Takes the next leaf in hand; over_ when there is none.
Status AccessReader::NextRun(uint32_t rows_max) {
  if (!entered_) DOSQL_TRY(Enter());
  if (!cursor_.valid()) {
    over_ = true;
    return Status::Ok();
  }
  const bool integers = kind_ == KeyKind::kInteger;
  ScanEnd end;
  const ScanEnd* stop = &end;
  if (access_.reverse) {
    end = {integers ? Key::Integer(range_.first()) : Key::Of(range_.start()), true};
  } else if (integers) {
    end = {Key::Integer(range_.last()), true};
    if (range_.last() == INT64_MAX) stop = nullptr;
  } else {
    end = {Key::Of(range_.end()), false};
    if (!range_.has_end()) stop = nullptr;
  }
  DOSQL_TRY(access_.reverse ? cursor_.PrevLeafRun(rows_max, stop, &run_)
                            : cursor_.NextLeafRun(rows_max, stop, &run_));
  if (run_.size() == 0) {
    over_ = true;
    return Status::Ok();
  }
  // The run is read over several calls: its frame must stay.
  pins_.push_back(context_->pager->PinFrame(run_.page()));
  run_at_ = run_.begin;
  run_live_ = true;
  return Status::Ok();
}

Status AccessReader::Next(uint32_t rows_max, Arena* arena, RowBatch* batch) {
  *batch = {};
  DOSQL_TRY(Grow(rows_max));
  // A run in hand keeps its pin, which is the last one.
  uint32_t kept = run_live_ ? pins_.back() : 0;
  if (run_live_) pins_.pop_back();
  ReleasePins();
  if (run_live_) pins_.push_back(kept);

  uint32_t n = 0;
  Status s =
      access_.index == nullptr ? OwnTree(rows_max, arena, &n) : ThroughIndex(rows_max, arena, &n);
  // What was found before bytes went missing goes out first.
  if (!s.ok() && !(s.code() == Code::kBlocked && n > 0)) return s;
  context_->rows_read += n;
  *batch = {n, rowids_, rows_};
  return Status::Ok();
}

Status AccessReader::OwnTree(uint32_t rows_max, Arena* arena, uint32_t* n) {
  while (*n < rows_max) {
    if (!run_live_) {
      // Wide rows make short batches: pinned leaves must stay a small part of the cache.
      if (over_ || (*n > 0 && pins_.size() >= context_->scan_pins_max)) break;
      DOSQL_TRY(NextRun(rows_max - *n));
      if (over_) break;
    }
    while (run_at_ < run_.end && *n < rows_max) {
      if (kind_ == KeyKind::kInteger && !copy_rows_) {
        uint32_t want = run_.end - run_at_ < rows_max - *n ? run_.end - run_at_ : rows_max - *n;
        uint32_t first = access_.reverse ? Slot(run_at_ + want - 1) : run_at_;
        uint32_t got =
            ReadLeafRows(run_, first, want, want_rowids_ ? rowids_ + *n : nullptr, rows_ + *n);
        if (access_.reverse) {
          // Those after a long row count only with it.
          if (got < want) got = 0;
          std::reverse(rows_ + *n, rows_ + *n + got);
          if (want_rowids_) std::reverse(rowids_ + *n, rowids_ + *n + got);
        }
        *n += got;
        run_at_ += got;
        if (got == want) continue;
      }
      Bytes payload;
      rowids_[*n] = kind_ == KeyKind::kInteger ? run_.IntegerKey(Slot(run_at_)) : 0;
      DOSQL_TRY(cursor_.RunEntry(run_, Slot(run_at_), arena, nullptr, &payload));
      if (copy_rows_) {
        payload = arena->Copy(payload);
        if (payload.data() == nullptr) return context_->OutOfMemory();
      }
      if (payload.size() < 2) return Code::kCorrupt;
      rows_[*n] = payload.data();
      ++*n;
      run_at_++;
    }
    if (run_at_ == run_.end) {
      run_live_ = false;
      if (copy_rows_) ReleasePins();
    }
  }
  return Status::Ok();
}

// Takes up to rows_max entries of the index: rowids go to the fetcher, keys to locators_.
Status AccessReader::ReadLocators(uint32_t rows_max, RowFetcher* fetcher) {
  uint32_t n = 0;
  while (n < rows_max) {
    if (!run_live_) {
      if (over_) break;
      Status s = NextRun(rows_max - n);
      if (s.code() == Code::kBlocked && n > 0) break;
      DOSQL_TRY(s);
      if (over_) break;
    }
    for (; run_at_ < run_.end && n < rows_max; run_at_++, n++) {
      Bytes key, payload, locator;
      Status s = cursor_.RunEntry(run_, Slot(run_at_), &locator_arena_, &key, &payload);
      if (s.code() == Code::kBlocked && n > 0) {
        context_->rows_read += n;
        return Status::Ok();
      }
      DOSQL_TRY(s);
      DOSQL_TRY(EntryLocator(*access_.index, key, payload, &locator));
      if (fetcher != nullptr) {
        fetcher->Want(LocatorRowid(locator));
        continue;
      }
      // A payload is a view of the page; locators must outlive it.
      locator = locator_arena_.Copy(locator);
      if (locator.data() == nullptr) return context_->OutOfMemory();
      locators_.push_back(locator);
    }
    if (run_at_ == run_.end) {
      run_live_ = false;
      ReleasePins();
    }
  }
  context_->rows_read += n;
  return Status::Ok();
}

Status AccessReader::NextRowids(uint32_t rows_max, RowFetcher* fetcher) {
  if (access_.index != nullptr) {
    locator_arena_.Reset();
    return ReadLocators(rows_max, fetcher);
  }
  if (!over_) fetcher->Want(range_.first());
  over_ = true;
  return Status::Ok();
}

// A row with the columns that the key tells, in the arena. If it does not tell one, the table's
// row.
Status AccessReader::TellRow(Bytes key, int64_t rowid, Arena* arena, const uint8_t** row) {
  // Nothing is read of it; a row lies among other bytes.
  static constexpr uint8_t kNoColumns[24] = {};
  *row = kNoColumns + 8;
  const Table& table = *access_.table;
  uint32_t missing = 0;
  for (uint8_t told : access_.told) missing += told;
  for (uint32_t i = 0; missing > 0; i++) {
    const IndexColumn& c = access_.index->columns[i];
    if (access_.told[i] == 0) {
      key = key.subspan(KeyColumnBytes(key, c.desc));
      continue;
    }
    missing--;
    Value* v = &told_[c.column];
    if (TakeKeyColumn(&key, c.desc, table.columns[c.column].affinity != Affinity::kReal, arena,
                      v)) {
      if (v->is_bytes() && v->data == nullptr) return context_->OutOfMemory();
      continue;
    }
    DOSQL_TRY(CopyRow(context_, table_tree_, Key::Integer(rowid), arena, row));
    if (*row == nullptr) return Code::kCorrupt;
    return Status::Ok();
  }
  if (told_width_ == 0) return Status::Ok();
  size_t size = EncodedRowSize(told_.data(), told_width_);
  uint8_t* out = static_cast<uint8_t*>(arena->Allocate(size));
  if (out == nullptr) return context_->OutOfMemory();
  EncodeRow(told_.data(), told_width_, out);
  *row = out;
  return Status::Ok();
}

// The rows that a covering index tells.
Status AccessReader::OfKeys(uint32_t rows_max, Arena* arena, uint32_t* n) {
  while (*n < rows_max) {
    if (!run_live_) {
      if (over_) break;
      DOSQL_TRY(NextRun(rows_max - *n));
      if (over_) break;
    }
    for (; run_at_ < run_.end && *n < rows_max; run_at_++) {
      Bytes key, payload, locator;
      DOSQL_TRY(cursor_.RunEntry(run_, Slot(run_at_), arena, &key, &payload));
      DOSQL_TRY(EntryLocator(*access_.index, key, payload, &locator));
      rowids_[*n] = LocatorRowid(locator);
      DOSQL_TRY(TellRow(key, rowids_[*n], arena, &rows_[*n]));
      ++*n;
    }
    if (run_at_ == run_.end) {
      run_live_ = false;
      ReleasePins();
    }
  }
  return Status::Ok();
}

Status AccessReader::ThroughIndex(uint32_t rows_max, Arena* arena, uint32_t* n) {
  if (access_.covering) return OfKeys(rows_max, arena, n);
  if (access_.table->without_rowid) return ThroughKeys(rows_max, arena, n);
  if (fetcher_ == nullptr)
    fetcher_ = std::make_unique<RowFetcher>(context_, *access_.table, access_.bulk);
  while (*n < rows_max) {
    if (given_ == fetcher_->count()) {
      if (*n > 0) break;  // whose rows live until the next window
      given_ = 0;
      DOSQL_TRY(fetcher_->Fetch());
      if (fetcher_->count() > 0) continue;
      fetcher_->Restart();
      uint32_t window = rows_max < fetcher_->window() ? fetcher_->window() : rows_max;
      DOSQL_TRY(NextRowids(window, fetcher_.get()));
      if (fetcher_->wanted() == 0) break;
      if (access_.any_order) fetcher_->SortWanted();
      continue;
    }
    const uint8_t* row = fetcher_->rows()[given_];
    if (row == nullptr) return Code::kCorrupt;  // an index entry without its row
    rowids_[*n] = fetcher_->rowids()[given_++];
    rows_[(*n)++] = row;
  }
  return Status::Ok();
}

Status AccessReader::ThroughKeys(uint32_t rows_max, Arena* arena, uint32_t* n) {
  while (*n < rows_max) {
    if (locator_at_ == locators_.size()) {
      locator_arena_.Reset();
      locators_.clear();
      locator_at_ = 0;
      DOSQL_TRY(ReadLocators(rows_max - *n, nullptr));
      if (locators_.empty()) break;
    }
    const Key key = Key::Of(locators_[locator_at_]);
    DOSQL_TRY(CopyRow(context_, table_tree_, key, arena, &rows_[*n]));
    if (rows_[*n] == nullptr) return Code::kCorrupt;  // an index entry without its row
    rowids_[*n] = 0;
    ++*n;
    locator_at_++;
  }
  return Status::Ok();
}

}  // namespace dosql
