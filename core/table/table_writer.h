// TableWriter: rows into and out of one table with its indexes, constraints and log records.
//
// Every check of a row comes before its first change, so a statement that writes one row needs no
// savepoint: when a call fails with a constraint or a value's error, nothing was changed. Any other
// failure (kIo, kNoMemory, kBlocked in the middle) leaves the head half changed, and the caller
// rolls back to a savepoint or poisons the store.
//
// A writer holds B+tree handles with their hints; a prepared statement keeps one over its runs. It
// is good for one schema version. Values and rows handed in must stay alive during the call, and
// must not be views of pages, which the call changes.
#pragma once

#include <vector>

#include "core/base/diag.h"
#include "core/catalog/catalog.h"
#include "core/host/host.h"
#include "core/storage/btree/btree.h"
#include "core/storage/tx/store.h"
#include "core/table/index_entry.h"
#include "core/type/row_codec.h"

namespace dosql {

struct WriteContext {
  Store* store = nullptr;
  const Catalog* catalog = nullptr;
  Diag* diag = nullptr;
  Arena* arena = nullptr;  // scratch of the running statement
  Entropy* entropy = nullptr;
  uint64_t rows_written = 0;  // rows and index entries
};

class TableWriter {
 public:
  TableWriter(WriteContext* context, const Table& table);

  // `values` has one entry per column (the rowid alias included); they are converted by affinity in
  // place. `rowid` nullptr or NULL: the table chooses one. *new_rowid is 0 for WITHOUT ROWID
  // tables.
  Status Insert(Value* values, const Value* rowid, int64_t* new_rowid);
  // `old` is the stored row with the rowid alias filled in, `old_bytes` its bytes (empty: they are
  // encoded again); `values` all columns as they shall be (converted in place), new_rowid the rowid
  // the row shall have.
  Status Update(int64_t old_rowid, const Value* old, Bytes old_bytes, Value* values,
                const Value& new_rowid);
  Status Delete(int64_t rowid, const Value* old, Bytes old_bytes);
  // The columns of a stored row, missing ones by their default, the rowid alias filled in. Views.
  void ReadRow(int64_t rowid, const RowView& row, Value* values) const;

  const Table& table() const { return table_; }
  // Scratch for the calls that follow.
  void set_arena(Arena* arena) { context_->arena = arena; }

 private:
  struct IndexTree {
    const Index* index;
    BTree tree;
  };
  // One row as it is or will be: values with the rowid filled in, its key, bytes and index keys.
  struct Image {
    const Value* values;
    int64_t rowid;
    Bytes key;      // for the log
    Bytes locator;  // for index entries
    Bytes row;
  };

  Status ApplyAffinities(Value* values);
  Status CheckNotNull(const Value* values);
  Status ChooseRowid(const Value* rowid, Value* values, int64_t* out, bool* known_free);
  Status NextSequence(int64_t last, int64_t* rowid, bool* known_free);
  Status SaveSequence(int64_t rowid);
  Status MakeImage(const Value* values, int64_t rowid, Image* image);
  Status EncodeRowBytes(const Value* values, Bytes* row);
  Status OldImage(int64_t rowid, const Value* values, Bytes bytes, Image* image);
  Status CheckUnique(const Image& image, const Image* old);
  Status CheckKeyFree(const Image& image);
  Status UniqueFailed(const sql::List<IndexColumn>& columns, Code code);
  Status InsertEntries(const Image& image);
  Status DeleteEntries(const Image& image);
  Status ApplyInsert(const Image& image);
  Status ApplyUpdate(const Image& before, const Image& after);
  Status ApplyDelete(const Image& image);
  Status OutOfMemory() { return context_->diag->Set(Code::kNoMemory, "out of memory"); }

  WriteContext* context_;
  const Table& table_;
  BTree tree_;
  std::vector<IndexTree> indexes_;
};

}  // namespace dosql
