// Commits of one row each, for a count of instructions: dosql_commit_count SLOTS COMMITS. SLOTS
// replication slots have caught up and nobody reads them. scripts/run node tests/bench/commits.mjs
// runs it.
#include <cstdlib>

#include "tests/engine/test_database.h"
// Comes with valgrind. What is before the commits is not looked at, and runs ten times as fast.
#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_STOP_INSTRUMENTATION
#endif

using namespace dosql;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  MemoryStore pages(FaultModel::kTurnAtomic);
  TestDatabase db;
  db.pages = &pages;
  db.Open();
  db.Run("CREATE TABLE t (id INTEGER PRIMARY KEY, customer INT, note TEXT)");
  for (int i = 0; i < std::atoi(argv[1]); i++)
    db.Run("CREATE REPLICATION SLOT s" + std::to_string(i) + " FOR TABLE t");
  if (!db.db->EndTurn().ok()) return 1;
  // Prepared once, as a program would.
  Statement* insert = nullptr;
  uint32_t consumed = 0;
  if (!db.db->Prepare("INSERT INTO t VALUES (?, 7, 'a note of some length')", &insert, &consumed)
           .ok())
    return 1;
  const int commits = std::atoi(argv[2]);
  CALLGRIND_START_INSTRUMENTATION;
  for (int i = 1; i <= commits; i++) {
    if (insert->Run(ParamFrame({Value::Integer(i)}), 0) != StepCode::kDone) return 1;
    if (!db.db->EndTurn().ok()) return 1;
  }
  CALLGRIND_STOP_INSTRUMENTATION;
  db.db->Finalize(insert);
  return 0;
}
