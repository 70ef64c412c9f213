// Replication slots: durable places in the log, each with the tables that its consumer follows.
// They are rows of sqlite_replication_slots. Internal to core/engine.
//
// A consumer reads replication_batch('slot', max_bytes, position), stores what it read, and then
// moves the slot on: ALTER REPLICATION SLOT slot ADVANCE TO x'...', the batch's position. Until
// then the same batch comes again. The ring of the log holds 4,096 rows; a slot that stays behind
// by more is lost, and says so by its name, but never keeps the database from writing.
#pragma once

#include "core/engine/session.h"

namespace dosql {

// CREATE, DROP and ALTER REPLICATION SLOT, as RunSchemaStatement.
Status RunSlotStatement(Session* session, const sql::ReplicationSlot& statement, Arena* arena,
                        bool* done);

// The rows of PRAGMA replication_slots: name, tables, lsn, commits behind, status (ready or lost).
Status ListSlots(Session* session, Arena* arena, RowList* out);

// The row of replication_batch: batch (storage/cdc/change_batch_format.h), its events, the last
// commit whole in it, and the position to advance to; no row when nothing for it was committed
// behind the slot (but one without events now and then, so that the slot of a quiet table moves on
// with the log). kNoSuchObject; kStale: the slot is lost, or storage was put back to an earlier
// state. The batch begins at the slot's place or, where one is given, at a position that came with
// an earlier batch since: so a consumer may have several under way (kBind: it is none).
Status ReadSlotBatch(Session* session, std::string_view slot, int64_t max_bytes,
                     std::string_view position, Arena* arena, RowList* out);

// Tells the store from where on its log is still wanted.
Status KeepSlotsLog(Session* session);

}  // namespace dosql
