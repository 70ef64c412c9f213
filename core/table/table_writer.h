// TableWriter: rows into and out of one table with its indexes, constraints and log records.
//
// Every check of a row comes before its first change, so a statement that writes one row needs no
// savepoint: when a call fails with a constraint or a value's error, nothing was changed. Any other
// failure (kIo, kNoMemory, kBlocked in the middle) leaves the head half changed, and the caller
// rolls back to a savepoint or poisons the store.
//
// Checks go in SQLite's order: rowid, NOT NULL, CHECK, then what is unique: first what the
// statement's ON CONFLICT clauses name, then the table's own key and the indexes, the newest first,
// those that replace last. The types of a STRICT table come before the first CHECK or index.
//
// A writer holds B+tree handles with their hints; a prepared statement keeps one over its runs. It
// is good for one schema version. Values and rows handed in must stay alive during the call, and
// must not be views of pages, which the call changes.
#pragma once

#include <memory>
#include <vector>

#include "core/base/diag.h"
#include "core/catalog/catalog.h"
#include "core/function/function_context.h"
#include "core/host/host.h"
#include "core/storage/btree/btree.h"
#include "core/storage/tx/store.h"
#include "core/table/index_entry.h"
#include "core/table/sequence.h"
#include "core/table/table_programs.h"
#include "core/type/row_codec.h"

namespace dosql {

class RedoBatch;

struct WriteContext {
  Store* store = nullptr;
  const Catalog* catalog = nullptr;
  Diag* diag = nullptr;
  Arena* arena = nullptr;  // scratch of the running statement
  Entropy* entropy = nullptr;
  TableProgramSource* programs = nullptr;  // nullptr: no table has any
  FunctionContext function;                // for them; its arena is not used
  uint64_t rows_written = 0;               // rows and index entries
  int64_t* last_rowid = nullptr;           // last_insert_rowid(), also while a statement runs
  // Set with a constraint's error: what becomes of the statement (kAbort, kFail or kRollback).
  sql::Conflict on_failure = sql::Conflict::kAbort;
  // Set by the plan: a value of the wrong type ends the statement, but in a transaction what it
  // wrote before stays. SQLite undoes only statements that a constraint may abort
  // (TableWriter::MayAbort).
  bool keeps_rows = false;
  bool changed = false;  // something was logged or written since the caller cleared this
  // What trees do not have of the log yet: the writer has those redone that it reads and leaves the
  // others behind. nullptr: none is behind.
  RedoBatch* redo = nullptr;
};

// How a statement wants conflicts to be met.
struct ConflictRules {
  // An ON CONFLICT clause of an INSERT.
  struct Upsert {
    static constexpr uint32_t kOwnKey = ~uint32_t{0};   // the rowid, or a WITHOUT ROWID key
    static constexpr uint32_t kAnything = kOwnKey - 1;  // a clause without a target
    uint32_t target = kAnything;                        // or a position in Table::indexes
    bool update = false;                                // DO UPDATE
  };
  sql::Conflict conflict = sql::Conflict::kNone;  // kNone: each constraint's own
  sql::List<Upsert> upserts;
};

// Whether a column of a STRICT table may hold the value, to which its affinity was applied.
bool FitsStrictType(const Column& column, const Value& v);

class TableWriter {
 public:
  TableWriter(WriteContext* context, const Table& table, const ConflictRules& rules = {});
  ~TableWriter();

  // What a call did with its row.
  struct Outcome {
    enum Kind : uint8_t {
      kWritten,
      kIgnored,  // nothing changed
      kUpsert,   // nothing changed: an ON CONFLICT ... DO UPDATE is to change another row
    } kind = kWritten;
    uint32_t upsert = 0;  // kUpsert: which clause, and the row it shall change
    int64_t rowid = 0;    // an Update that wrote: the rowid that the row has now
    Bytes key;            // of a WITHOUT ROWID table; in the arena
    // kUpsert over a rowid: the values as they were before affinity, which `excluded` shows where
    // SQLite has not come to the first CHECK or index yet; nullptr: as they are now.
    Value* raw = nullptr;
  };
  const Outcome& outcome() const { return outcome_; }
  // Whether a row was ever deleted to make room for another.
  bool replaced() const { return replaced_; }

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
  // Around the Inserts of one statement: AUTOINCREMENT writes the largest rowid that was chosen, be
  // it for a row that was then ignored, to sqlite_sequence once, at the end.
  void Start() { largest_ = INT64_MIN; }
  Status Finish();

  // Whether a constraint may abort a statement that writes only the columns marked (nullptr: all,
  // as INSERT does), and the key of a rowid table or not.
  bool MayAbort(const uint8_t* written, bool writes_rowid);

  // The default of a column: a literal or its program's value.
  Status Default(uint32_t column, Value* out);
  // The columns of a stored row, missing ones by their default, the rowid alias filled in. Views.
  void ReadRow(int64_t rowid, const RowView& row, Value* values) const;
  // The row as it is now, by rowid or by the key of a WITHOUT ROWID table, in the arena. kNotFound.
  Status Find(int64_t rowid, Bytes key, Value* values, Bytes* bytes);

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
    const Value* values;  // where the table has programs with the rowid after the columns
    int64_t rowid;
    Bytes key;      // for the log
    Bytes locator;  // for index entries
    Bytes row;
  };
  // Something that must be unique, in the order of the checks.
  struct Unique {
    uint32_t index;  // a position in indexes_, or ConflictRules::Upsert::kOwnKey
    sql::Conflict action;
    int32_t upsert;  // the clause that meets its conflicts, or -1
    bool last;
  };

  void OrderUniques(const ConflictRules& rules);
  Status LoadPrograms();
  EvalContext* Eval();

  // table_checks.cc
  Status ApplyAffinities(Value* values);
  Status CheckNotNull(Value* values, bool* go_on);
  Status CheckTypes(const Value* values);
  Status CheckExpressions(const Image& image, bool* go_on);
  Status CheckUniques(const Image& image, const Image* old, bool key_known_free, bool* go_on);
  Status FindConflict(const Unique& u, const Image& image, const Image* old, bool* taken,
                      int64_t* rowid, Bytes* key);
  Status UniqueFailed(const Unique& u);
  Status Failed(sql::Conflict action, Code code, std::string message);
  Status AddVictim(int64_t rowid, Bytes key);

  Status ChooseRowid(const Value* rowid, Value* values, int64_t* out, bool* known_free);
  Status NextSequence(int64_t last, int64_t* rowid, bool* known_free);
  Status MakeImage(const Value* values, int64_t rowid, Image* image);
  Status EncodeRowBytes(const Value* values, Bytes* row);
  Status OldImage(int64_t rowid, const Value* values, Bytes bytes, Image* image);
  Status EntryKey(size_t index, const Image& image, KeyBuffer* key, EntryKind* kind);
  Status Log(const LogChange& change);
  bool IsBehind(size_t index) const;
  Status DeleteVictims();
  Status InsertEntries(const Image& image);
  Status DeleteEntries(const Image& image);
  Status InsertEntry(size_t index, const Image& image, Bytes key, EntryKind kind);
  Status DeleteEntry(size_t index, Bytes key, EntryKind kind);
  Status ApplyInsert(const Image& image);
  Status ApplyUpdate(const Image& before, const Image& after);
  Status ApplyDelete(const Image& image);
  Key KeyOf(const Image& image) const {
    return table_.without_rowid ? Key::Of(image.key) : Key::Integer(image.rowid);
  }
  Status OutOfMemory() { return context_->diag->Set(Code::kNoMemory, "out of memory"); }

  WriteContext* context_;
  const Table& table_;
  BTree tree_;
  std::vector<IndexTree> indexes_;
  sql::Conflict conflict_;
  std::vector<Unique> uniques_;
  std::vector<Image> victims_;
  Outcome outcome_;
  bool replaced_ = false;
  bool has_not_null_ = false;
  bool keeps_raw_ = false;  // an upsert may ask for Outcome::raw
  bool programs_loaded_ = false;
  const TablePrograms* programs_ = nullptr;
  EvalContext eval_;
  std::unique_ptr<Sequence> sequence_;
  int64_t largest_ = INT64_MIN;  // rowid of an AUTOINCREMENT table in this statement
};

}  // namespace dosql
