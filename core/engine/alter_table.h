// ALTER TABLE. Internal to core/engine.
#pragma once

#include "core/engine/session.h"

namespace dosql {

// As RunSchemaStatement: inside a savepoint of the caller's, who loads the catalog after it.
//
// The stored texts are edited where they mean the table or the column; what else they say stays as
// it was written. Then everything is read and bound again: what does not fit is the error.
Status RunAlterTable(Session* session, const sql::AlterTable& alter, Arena* arena, bool* done);

}  // namespace dosql
