#include "core/exec/lookup.h"

namespace dosql {

Lookup::Lookup(ExecContext* context, const PlanNode& node, Mode mode)
    : context_(context),
      access_(node.access),
      mode_(mode),
      eval_(context->eval),
      strings_(context->budget),
      reader_(context, node.access, true, true),
      fetcher_(context, *node.access.table, node.access.bulk),
      by_rowid_(reader_.FindsRowids()),
      arena_(context->budget) {
  eval_.function.arena = &strings_;
}

Status Lookup::Init() {
  Arena* a = context_->arena;
  equal_ = std::make_unique<ChunkExpr[]>(access_.equal.size);
  for (uint32_t i = 0; i < access_.equal.size; i++)
    equal_[i].Init(context_, access_.equal[i].program);
  low_.Init(context_, access_.low.program);
  high_.Init(context_, access_.high.program);
  equal_vectors_ = a->NewArray<const Vector*>(access_.equal.size);
  values_ = a->NewArray<Value>(access_.equal.size);
  inputs_ = a->NewArray<uint16_t>(kChunkRowsMax);
  rowids_ = a->NewArray<int64_t>(kChunkRowsMax);
  rows_ = a->NewArray<const uint8_t*>(kChunkRowsMax);
  bool made = equal_vectors_ != nullptr && values_ != nullptr && inputs_ != nullptr &&
              rowids_ != nullptr && rows_ != nullptr;
  return made ? Status::Ok() : context_->OutOfMemory();
}

Status Lookup::Take(const Chunk& chunk) {
  strings_.Reset();
  for (uint32_t i = 0; i < access_.equal.size; i++)
    DOSQL_TRY(equal_[i].Eval(&eval_, chunk, &equal_vectors_[i]));
  if (low_.has_program()) DOSQL_TRY(low_.Eval(&eval_, chunk, &low_vector_));
  if (high_.has_program()) DOSQL_TRY(high_.Eval(&eval_, chunk, &high_vector_));
  selection_ = chunk.selection;
  at_ = 0;
  inside_ = false;
  entries_.clear();
  given_ = 0;
  return Status::Ok();
}

// Begins the reader's range for a row of the chunk.
Status Lookup::Enter(uint32_t row) {
  for (uint32_t i = 0; i < access_.equal.size; i++) values_[i] = equal_vectors_[i]->Get(row);
  Value low = low_vector_ != nullptr ? low_vector_->Get(row) : Value::Null();
  Value high = high_vector_ != nullptr ? high_vector_->Get(row) : Value::Null();
  DOSQL_TRY(reader_.Start(values_, low, high));
  inside_ = true;
  return Status::Ok();
}

// More of what the input row in hand finds.
Status Lookup::CollectRow() {
  uint16_t row = static_cast<uint16_t>(selection_[at_]);
  if (!inside_) DOSQL_TRY(Enter(row));
  uint32_t max = mode_ == Mode::kFirst ? 1 : Most() - static_cast<uint32_t>(entries_.size());
  uint32_t n;
  if (by_rowid_) {
    uint32_t before = fetcher_.wanted();
    DOSQL_TRY(reader_.NextRowids(max, &fetcher_));
    n = fetcher_.wanted() - before;
  } else {
    RowBatch batch;
    DOSQL_TRY(reader_.Next(max < kChunkRowsMax ? max : kChunkRowsMax, &arena_, &batch));
    n = batch.count;
    found_rowids_.insert(found_rowids_.end(), batch.rowids, batch.rowids + n);
    found_rows_.insert(found_rows_.end(), batch.rows, batch.rows + n);
  }
  entries_.insert(entries_.end(), n, Entry{row, false});
  if (n > 0 && mode_ != Mode::kFirst) return Status::Ok();
  if (mode_ == Mode::kWithEnds || mode_ == Mode::kUnmatched) {
    entries_.push_back({row, true});
    if (!by_rowid_) {
      found_rowids_.push_back(0);
      found_rows_.push_back(nullptr);
    }
  }
  EndRow();
  return Status::Ok();
}

Status Lookup::Gather() {
  if (!gathering_) {
    entries_.clear();
    found_rowids_.clear();
    found_rows_.clear();
    arena_.Reset();
    fetcher_.Restart();
    given_ = taken_ = 0;
    gathering_ = true;
  }
  while (!Full() && at_ < selection_.count) {
    Status s = CollectRow();
    if (s.code() == Code::kBlocked && !entries_.empty()) break;
    DOSQL_TRY(s);
  }
  gathering_ = false;
  if (access_.any_order && !entries_.empty()) {
    const std::vector<uint32_t> before = fetcher_.SortWanted();
    std::vector<Entry> lying(before.size());
    for (size_t i = 0; i < lying.size(); i++) lying[i] = entries_[before[i]];
    entries_ = std::move(lying);
  }
  return Status::Ok();
}

// Gives entries until they, or the rows that are in memory, are used up.
Status Lookup::Give(uint32_t* n) {
  // An index says that there is a row; that it is there need not be seen.
  bool unseen = mode_ == Mode::kFirst && by_rowid_ && access_.index != nullptr;
  for (; given_ < entries_.size() && *n < kChunkRowsMax; given_++) {
    const Entry& e = entries_[given_];
    const uint8_t* row = nullptr;
    int64_t rowid = 0;
    if (e.ends) {
      bool wanted = mode_ == Mode::kWithEnds || !matched_;
      matched_ = false;
      if (!wanted) continue;
    } else if (!unseen) {
      if (by_rowid_) {
        if (taken_ == fetcher_.count()) {
          if (*n > 0) return Status::Ok();  // whose rows live until the next window
          taken_ = 0;
          DOSQL_TRY(fetcher_.Fetch());
        }
        rowid = fetcher_.rowids()[taken_];
        row = fetcher_.rows()[taken_++];
        if (row == nullptr && access_.index != nullptr) return Code::kCorrupt;
        if (row == nullptr) continue;
      } else {
        rowid = found_rowids_[given_];
        row = found_rows_[given_];
      }
      matched_ = true;
      if (by_rowid_) context_->rows_read++;
    }
    inputs_[*n] = e.input;
    rowids_[*n] = rowid;
    rows_[(*n)++] = row;
  }
  return Status::Ok();
}

Status Lookup::Next(Batch* batch) {
  *batch = {};
  uint32_t n = 0;
  while (n == 0) {
    if (gathering_ || given_ == entries_.size()) {
      if (!gathering_ && at_ == selection_.count) return Status::Ok();
      DOSQL_TRY(Gather());
    }
    DOSQL_TRY(Give(&n));
  }
  *batch = {inputs_, {n, rowids_, rows_}};
  return Status::Ok();
}

}  // namespace dosql
