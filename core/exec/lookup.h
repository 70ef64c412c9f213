// Lookup: for the rows of a chunk, the rows of a table that an access finds with values from them.
// It gathers what many input rows find before it fetches, so that pages are read in order.
//
// State survives kBlocked: the same call, made again, goes on.
#pragma once

#include "core/exec/access_reader.h"
#include "core/exec/operator.h"

namespace dosql {

class Lookup {
 public:
  enum class Mode : uint8_t {
    kAll,        // every row found
    kWithEnds,   // and after an input row's last one an entry without a row
    kUnmatched,  // or only where there was none
    kFirst,      // one row of each input row that finds any; whether `rows` holds it is left open
  };

  // Rows found in the order of the input rows. inputs[i]: of which one; rows.rows[i] == nullptr: an
  // entry without a row.
  struct Batch {
    const uint16_t* inputs = nullptr;
    RowBatch rows;
  };

  Lookup(ExecContext* context, const PlanNode& node, Mode mode);

  Status Init();

  // The chunk to look up for; it must live as long as Next is asked. After kBlocked: once more.
  Status Take(const Chunk& chunk);

  // The next entries, at most kChunkRowsMax; none when the chunk is used up. They live until the
  // next call.
  Status Next(Batch* batch);

  // No more of this input row need be found.
  void Skip(uint32_t row) {
    if (inside_ && selection_[at_] == row) EndRow();
  }

 private:
  struct Entry {
    uint16_t input;
    bool ends;
  };

  Status Collect();
  Status Gather();
  Status CollectRow();
  Status Enter(uint32_t row);
  Status Give(uint32_t* n);
  // Of entries, so many are gathered.
  uint32_t Most() const { return access_.bulk ? RowFetcher::kWindowMax : kChunkRowsMax; }
  bool Full() const { return entries_.size() >= Most(); }
  void EndRow() {
    at_++;
    inside_ = false;
  }

  ExecContext* context_;
  const Access& access_;
  const Mode mode_;
  EvalContext eval_;
  Arena strings_;
  AccessReader reader_;
  RowFetcher fetcher_;
  const bool by_rowid_;
  Arena arena_;  // of rows that come without the fetcher
  std::unique_ptr<ChunkExpr[]> equal_;
  ChunkExpr low_, high_;
  const Vector** equal_vectors_ = nullptr;
  const Vector *low_vector_ = nullptr, *high_vector_ = nullptr;
  Value* values_ = nullptr;

  Selection selection_;
  uint32_t at_ = 0;      // the selected row to look up for
  bool inside_ = false;  // the reader is in its range

  std::vector<Entry> entries_;
  std::vector<int64_t> found_rowids_;  // without the fetcher: of each entry
  std::vector<const uint8_t*> found_rows_;
  bool gathering_ = false;  // entries_ is being filled
  uint32_t given_ = 0;      // entries that were given
  uint32_t taken_ = 0;      // rows taken of the fetcher's window
  bool matched_ = false;    // the input row in hand was given a row

  uint16_t* inputs_ = nullptr;
  int64_t* rowids_ = nullptr;
  const uint8_t** rows_ = nullptr;
};

}  // namespace dosql
