// The walk of PRAGMA integrity_check: every page image against its checksum, every B+tree's
// structure, every page used once and none lost, every row against its CHECKs and every index.
#pragma once

#include <string>
#include <vector>

#include "core/catalog/catalog.h"
#include "core/storage/tx/store.h"
#include "core/table/table_writer.h"

namespace dosql {

// Problems in words, at most a hundred; none: the database is sound. A status comes back only for
// kBlocked, kIo and kNoMemory, and for expressions that fail. `context` gives the programs of
// tables; nullptr: none has any.
Status CheckDatabase(Store* store, const Catalog& catalog, ByteBudget* budget,
                     const WriteContext* context, std::vector<std::string>* problems);

}  // namespace dosql
