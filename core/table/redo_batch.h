// RedoBatch: what redo does to rows, collected and applied tree by tree in key order, so that each
// leaf is found and written once and not for each of its entries. Of several changes of one key only
// the outcome is applied.
//
// That is right because nothing reads in between, and because the log is known to hold what was done
// in that order: a key is inserted where it is not, replaced or deleted where it is. What does not
// fit that is kCorrupt, here or at the next flush. Pages come out other than from the statements.
#pragma once

#include <memory>
#include <vector>

#include "core/base/arena.h"
#include "core/catalog/catalog.h"
#include "core/storage/btree/btree.h"
#include "core/storage/wal/log_record.h"
#include "core/table/index_entry.h"
#include "core/table/table_writer.h"
#include "core/type/key_codec.h"

namespace dosql {

class RedoBatch {
 public:
  // What it may hold before it flushes itself.
  static constexpr size_t kBytesMax = 8 << 20;

  // `context` outlives the batch: its store, and its programs of expression and partial indexes.
  RedoBatch(WriteContext* context, ByteBudget* budget, size_t bytes_max = kBytesMax)
      : context_(context),
        pager_(&context->store->pager()),
        budget_(budget),
        bytes_max_(bytes_max),
        scratch_(budget) {}
  ~RedoBatch();
  RedoBatch(const RedoBatch&) = delete;
  RedoBatch& operator=(const RedoBatch&) = delete;

  // Takes a change of a row; its bytes are copied. `table` stays until the next Clear.
  Status Add(const Table& table, const LogChange& change);
  // Applies all that was added.
  Status Flush();
  // To be called, flushed, before tables change or go.
  void Clear();

 private:
  struct Tree {
    Tree(const BTree& t, ByteBudget* budget) : tree(t), arena(budget) {}
    BTree tree;
    Arena arena;  // keys and payloads; its own, so that they lie close together
    TreeChange* changes = nullptr;
    uint32_t count = 0;
    uint32_t kept = 0;  // of these, by calls of Add that came to their end
    uint32_t capacity = 0;
  };
  struct TableTrees {
    const Table* table;
    std::vector<std::unique_ptr<Tree>> trees;  // the table's, then one for each index
    std::vector<Value> values;  // columns, then the rowid
    const TablePrograms* programs = nullptr;
  };

  Status Find(const Table& table, TableTrees** out);
  Status Collect(TableTrees* t, const LogChange& change, bool copy);
  // Whether an update leaves the row's entry in the index as it is. False when that is not plain to
  // see.
  static bool SameEntry(const TableTrees& t, uint32_t index, const LogChange& change);
  // The entry that a row has in the index.
  Status BuildEntry(TableTrees* t, uint32_t index, const LogChange& change, Bytes row,
                    Bytes locator, KeyBuffer* key, EntryKind* kind);
  Status Push(Tree* tree, TreeChange::Kind kind, const Key& key, Bytes payload, bool copy);
  Status Grow(TreeChange** changes, uint32_t* capacity, uint32_t to);
  Status Apply(Tree* tree);

  WriteContext* context_;
  Pager* pager_;
  ByteBudget* budget_;
  const size_t bytes_max_;
  Arena scratch_;  // keys under construction
  std::vector<std::unique_ptr<TableTrees>> tables_;
  TreeChange* sorted_ = nullptr;  // room for the changes of any tree
  uint32_t sorted_capacity_ = 0;
  size_t array_bytes_ = 0;
  size_t arena_bytes_ = 0;  // of all trees
};

}  // namespace dosql
