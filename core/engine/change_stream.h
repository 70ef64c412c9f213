// ChangeStream: what a replication slot gives its consumer next, as a change batch. Internal to
// core/engine.
//
// Rows in the log mean something only beside the columns that their table had then. So a slot keeps
// the rows of sqlite_schema as they were at its place (StreamSchema), and the stream carries them
// on over the schema changes that it passes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/engine/session.h"
#include "core/engine/slot_copy.h"
#include "core/engine/slot_filter.h"
#include "core/storage/cdc/change_batch_writer.h"

namespace dosql {

// The tables of a database at one place of its log: their rows of sqlite_schema.
class StreamSchema {
 public:
  // As stored: (i64 rowid, u32 length, row)*. kCorrupt.
  Status Decode(std::string_view bytes);
  std::string Encode() const;
  // The tables as they are now.
  Status Load(Pager* pager, ByteBudget* budget);
  // A logged change of sqlite_schema. *table: the object is a table.
  Status Apply(const LogChange& change, bool* table);
  // All of them as a catalog, made when it is asked for.
  Status Tables(ByteBudget* budget, Diag* diag, const Catalog** catalog);

 private:
  struct Row {
    int64_t rowid;
    std::string bytes;
  };
  std::vector<Row> rows_;
  std::unique_ptr<Catalog> catalog_;
};

class ChangeStream final : public FollowSink {
 public:
  // `tables`: the names wanted, one a line; empty: all tables. `filter`: which of their rows. The
  // schema and the copy (nullptr: the slot makes none) are moved on in place.
  ChangeStream(Session* session, std::string_view tables, SlotFilter* filter, StreamSchema* schema,
               SlotCopy* copy, size_t bytes_max)
      : session_(session),
        tables_(tables),
        filter_(filter),
        schema_(schema),
        copy_(copy),
        bytes_max_(bytes_max),
        batch_(&session->budget) {}

  // Whether a slot for `tables` is for the table of this name.
  static bool Names(std::string_view tables, std::string_view name);

  // Reads from *at, which moves to the batch's end. The batch begins at `from`, at or before *at:
  // nothing in between is for the slot. The bytes live as long as the stream. Errors as
  // Store::Follow gives them.
  Status Read(const FollowPosition& from, FollowPosition* at, Bytes* batch);
  uint32_t events() const { return batch_.events(); }
  bool schema_changed() const { return schema_changed_; }

  Status ApplyIncarnation(uint64_t incarnation, uint64_t parent, Lsn fork) override;
  Status ApplyBegin(const LogCommit& commit) override;
  Status ApplyChange(const LogChange& change) override;
  Status ApplyCommit(const LogCommit& commit) override;

 private:
  // The table as it is at this place, or nullptr where the slot does not want it.
  Status Wanted(TableId id, const Table** table);
  Status SchemaChange(const LogChange& change);
  // Rows of the tables that are still to be copied, as many as there is room for.
  Status CopyRows();
  // The items that must stand before an event.
  Status Begin(const Table* table);
  Status AddTable(const Table& table);

  Session* session_;
  std::string_view tables_;
  SlotFilter* filter_;
  StreamSchema* schema_;
  SlotCopy* copy_;
  const size_t bytes_max_;
  ChangeBatchWriter batch_;
  FollowPosition at_;
  uint32_t skip_ = 0;  // changes of this transaction that the consumer has
  LogCommit commit_{};
  bool announced_ = false;  // the transaction's item was written
  bool full_ = false;       // the log goes on behind the batch
  bool schema_changed_ = false;
  std::string ddl_;  // said, but not yet what object it made
  TableId ddl_table_;
  TableId asked_;                   // what Wanted was asked last, since the schema changed,
  const Table* answer_ = nullptr;   // and said
  std::vector<TableId> described_;  // tables whose columns stand in the batch
};

}  // namespace dosql
