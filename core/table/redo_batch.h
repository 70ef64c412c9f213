// RedoBatch: what redo does to rows, collected and applied tree by tree in key order, so that each
// leaf is found and written once and not for each of its entries. Of several changes of one key
// only the outcome is applied.
//
// That is right because nothing reads in between, and because the log is known to hold what was
// done in that order: a key is inserted where it is not, replaced or deleted where it is. What does
// not fit that is kCorrupt, here or at the next flush. Pages come out other than from the
// statements.
//
// A tree may also be left behind the log until somebody wants it: Settle applies what there is for
// one, so that the first query after a crash waits for the trees that it reads and no others.
// Writes go on top (Append): they read the table's tree and those of unique indexes. What a
// transaction takes back is taken out again, and a tree that was redone in its midst is behind once
// more (DelayedRedo). Who reads trees without asking flushes first.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/base/arena.h"
#include "core/catalog/catalog.h"
#include "core/storage/btree/btree.h"
#include "core/storage/wal/log_record.h"
#include "core/table/index_entry.h"
#include "core/table/table_writer.h"
#include "core/type/key_codec.h"

namespace dosql {

class RedoBatch final : public DelayedRedo {
 public:
  // What it may hold before it flushes itself.
  static constexpr size_t kBytesMax = 8 << 20;

  // `context` outlives the batch. Its store, and its programs of expression and partial indexes,
  // are wanted when rows come.
  RedoBatch(WriteContext* context, ByteBudget* budget, size_t bytes_max = kBytesMax)
      : context_(context),
        budget_(budget),
        bytes_max_(bytes_max),
        scratch_(budget),
        entries_(budget) {}
  ~RedoBatch() { Clear(); }
  RedoBatch(const RedoBatch&) = delete;
  RedoBatch& operator=(const RedoBatch&) = delete;

  // Takes a change of a row; its bytes are copied. `table` stays until the next Clear.
  Status Add(const Table& table, const LogChange& change);
  // Whether all that was added is applied, for good.
  bool empty() const { return tables_.empty(); }
  // Applies what was added to the tree under `root`, if anything was.
  Status Settle(PageId root);
  // Whether something is still to be applied to it.
  bool IsBehind(PageId root) const;
  // Takes a change that was logged just now, for those trees of its table that are behind, as if
  // the log had had it at opening; the others get it from the caller, who asks IsBehind after this.
  // Where there is no room all trees are redone.
  Status Append(const Table& table, const LogChange& change);
  // Applies all that was added. To be called before tables change or go.
  Status Flush();
  // The catalog was read anew.
  void SetCatalog(const Catalog& catalog);

  // A statement reads `version`, which was the head's, beside what it changes. A tree that was not
  // redone before the first change is not in that version: Settle, Flush and Append then give
  // kBlocked, and the statement must be taken back and begun anew after a Flush. nullptr: it ended.
  void Hold(const Version* version) { held_ = version; }
  // Whether that happened since the last call.
  bool TakeInterrupted() { return std::exchange(interrupted_, false); }

  // DelayedRedo
  uint32_t Rows() const override { return row_count_; }
  void RolledBackTo(uint32_t id, uint32_t rows) override;
  bool Released(uint32_t marks) override;

 private:
  // A change of a row; key, row before and row after stand behind it, or, where they were not
  // copied, Bytes of each.
  struct Row {
    Row* next;
    uint32_t number;  // how many rows of all tables came before it
    LogOp op;
    bool copied;
    uint32_t key_size, before_size, after_size;
  };
  struct Tree {
    explicit Tree(const BTree& t) : tree(t) {}
    BTree tree;
    bool settled = false;
    uint32_t below = 0;  // marks to which it is not settled
  };
  struct TableRows {
    explicit TableRows(ByteBudget* budget) : arena(budget) {}
    TableId id;
    const Table* table = nullptr;
    const TablePrograms* programs = nullptr;
    bool bound = false;         // programs and values are of this table
    std::vector<Value> values;  // columns, then the rowid
    std::vector<Tree> trees;    // the table's, then one for each index
    Arena arena;                // the rows
    Row* first = nullptr;       // in the order of the log
    Row* last = nullptr;
    uint32_t count = 0;
  };

  struct Entry {
    EntryKind kind = EntryKind::kNone;
    Bytes key, payload;
  };

  void Clear();
  const Tree* FindTree(PageId root, TableRows** table, uint32_t* i) const;
  Status Find(const Table& table, TableRows** out);
  Status Take(TableRows* t, const LogChange& change, bool copy);
  static LogChange ChangeOf(const TableRows& t, const Row& row);
  // Applies the rows to tree i of the table: all at once, or what there is memory for at a time.
  Status Apply(TableRows* t, uint32_t i);
  Status Collect(TableRows* t, uint32_t i, const LogChange& change);
  // Whether an update leaves the row's entry in the index as it is. False when that is not plain to
  // see.
  static bool SameEntry(const TableRows& t, uint32_t index, const LogChange& change);
  // The entry that a row has in the index, in entries_.
  Status BuildEntry(TableRows* t, uint32_t index, const LogChange& change, Bytes row, Bytes locator,
                    Entry* out);
  // Notes a change of the tree in hand, whose bytes live until it is applied.
  Status Push(TreeChange::Kind kind, const Key& key, Bytes payload);
  Status Grow(TreeChange** array, uint32_t* capacity, uint32_t to);
  Status Bind(TableRows* t);
  // Applies what trees i to `end` of a table do not have, and tells the store.
  Status Redo(TableRows* t, uint32_t i, uint32_t end);
  // Ends it all when no tree is behind, nor can be again.
  bool ClearIfDone();

  WriteContext* context_;
  ByteBudget* budget_;
  const size_t bytes_max_;
  std::vector<std::unique_ptr<TableRows>> tables_;
  size_t bytes_ = 0;  // of all tables' rows
  uint32_t row_count_ = 0;
  const Version* held_ = nullptr;
  bool interrupted_ = false;

  // What the rows come to for the tree in hand.
  Arena scratch_;  // keys under construction
  Arena entries_;  // keys and payloads, close together
  TreeChange* changes_ = nullptr;
  TreeChange* sorted_ = nullptr;  // room to sort them, so that applying cannot lack it
  uint32_t count_ = 0;
  uint32_t changes_capacity_ = 0;
  uint32_t sorted_capacity_ = 0;
  size_t array_bytes_ = 0;
};

// For who writes: before the tree under `root` is read.
inline Status Settle(const WriteContext& context, PageId root) {
  return context.redo == nullptr ? Status::Ok() : context.redo->Settle(root);
}

}  // namespace dosql
