// What a lake table remembers of its sources, and how it is stored: one entry of the LakeStore for
// each source and layout, so that a flush writes what changed and no more.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/lake/ingest/lake_store.h"
#include "core/lake/ingest/row_columns.h"
#include "core/storage/wal/log_record.h"

namespace dosql::lake {

// A database that feeds the table, and how far the table has followed it.
struct LakeSource {
  // Where an incarnation ended and its successor went on.
  struct Fork {
    uint64_t parent = 0;
    Lsn lsn;
  };
  std::string id;  // 16 bytes
  FollowPosition at;
  uint32_t part = 0;       // of its copy
  int64_t copy_time = 0;   // of that: when its slot was made
  std::string token;       // the slot's own word for the place, as it came with the last batch
  std::vector<Fork> past;  // the last ones that it passed
  int32_t table = -1;      // the source's id of its table; -1: it has none of the name
  int32_t layout = -1;     // the number of the layout of the rows that come next; -1: none came
  bool moved = false;      // since the last flush; not stored
  std::vector<int32_t>
      past_fields;  // that its table had once: its old rows still have values there
};

struct TableState {
  std::string uuid, location;  // of the Iceberg table; empty: it was never flushed
  uint32_t files = 0;          // data files so far
  uint64_t misfits = 0;        // values that did not fit their column
  // Names that fields had before a rename, the last ones: sources that are behind still use them.
  std::vector<std::pair<std::string, int32_t>> former_names;
};

// Each reads or writes one kind of entry. kCorrupt.
Status LoadState(LakeStore* store, TableState* state);
Status SaveState(LakeStore* store, const TableState& state);
Status LoadSources(LakeStore* store, std::vector<LakeSource>* sources);
Status SaveSource(LakeStore* store, uint32_t number, const LakeSource& source);
Status LoadLayouts(LakeStore* store, std::vector<RowLayout>* layouts);
Status SaveLayout(LakeStore* store, uint32_t number, const RowLayout& layout);

}  // namespace dosql::lake
