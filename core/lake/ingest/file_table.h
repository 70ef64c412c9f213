// FileTable: the data files that the lake wrote and that hold its rows, by number, and where the
// rows of those went that compactions replaced: the key index has places that may be older. An
// entry of the LakeStore for each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "core/lake/ingest/key_index.h"
#include "core/lake/ingest/partition_tuple.h"

namespace dosql::lake {

class FileTable {
 public:
  struct File {
    std::string path;
    int64_t bytes = 0, rows = 0;  // 0: not known, it is older than these numbers
    int64_t deleted = 0;
    FilePartition partition;
  };

  explicit FileTable(LakeStore* store) : store_(store) {}

  Status Open();
  const File* Find(uint32_t number) const;  // nullptr: there is none, or it was replaced
  Status Add(uint32_t number, File file);
  // Counts a deleted row for each of the numbers.
  Status CountDeleted(std::vector<uint32_t> numbers);
  // Where the row is now. *gone: it was deleted before its file was replaced.
  Status Resolve(RowPlace* place, bool* gone);

  // Paths of files of which those of each partition had better be one, of `target` bytes at most:
  // many of about the same size, or one of which much is deleted. Empty: none. Files that are
  // sorted anew are all in memory: those of a few MB stay as they are.
  std::vector<std::string> ToCompact(int64_t target, bool sorts) const;
  // What a compaction's plan says (compaction.h). `*files` is the number of the next file.
  Status Apply(std::string_view plan, uint32_t* files);

 private:
  struct Numbered {
    uint32_t number;
    File file;
  };
  struct Moved {
    uint32_t file = 0, base = 0;
    bool sorted = false;  // the rows are in another order now
    // Positions of deleted rows, ascending; or where each row is now, kNowhere: deleted.
    std::vector<uint32_t> positions;
  };
  // Of files of one partition, in their order: those that had better be one.
  using Run = std::vector<const File*>;
  static Run Pick(const Run& files, int64_t target, bool sorts);
  Status Save(const Numbered& entry);
  Status FindMoved(uint32_t number, const Moved** out);
  size_t IndexOf(uint32_t number) const;

  LakeStore* store_;
  std::vector<Numbered> files_;                 // by number
  absl::flat_hash_map<uint32_t, Moved> moved_;  // read lately
  size_t moved_positions_ = 0;
};

}  // namespace dosql::lake
