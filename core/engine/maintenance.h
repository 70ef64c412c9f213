// ANALYZE, REINDEX and VACUUM. Internal to core/engine.
#pragma once

#include "core/engine/session.h"

namespace dosql {

// ANALYZE and REINDEX, as RunSchemaStatement: inside a savepoint of the caller's.
Status RunMaintenance(Session* session, const sql::Maintenance& statement, Arena* arena,
                      bool* done);

// Deletes what sqlite_stat1 says of a table, or of one of its indexes.
Status ForgetStatistics(Session* session, std::string_view table, std::string_view index);

// VACUUM writes a checkpoint: pages that nothing uses are free already.
Status CheckVacuum(Session* session, const sql::Maintenance& statement);
Status RunVacuum(Session* session, const sql::Maintenance& statement);

}  // namespace dosql
