// Parameter frames: bytes that a door might send, bound to statements that read each kind.
#include <cstdint>

#include "tests/engine/test_database.h"

using namespace dosql;

namespace {

struct Harness {
  Harness() {
    t.Text("CREATE TABLE p(id INTEGER PRIMARY KEY, a, b)");
    const char* const kSql[] = {
        "SELECT ?1, ?2, typeof(?1), length(?2), hex(?3)",
        "INSERT INTO p(a, b) VALUES(?, ?)",
        "SELECT a FROM p WHERE id = ?",
        "UPDATE p SET a = ?2 WHERE id = ?1",
        "SELECT 1",
    };
    for (const char* sql : kSql) {
      Statement* s = nullptr;
      uint32_t consumed;
      if (!t.db->Prepare(sql, &s, &consumed).ok()) __builtin_trap();
      statements.push_back(s);
    }
    t.Text("INSERT INTO p VALUES(1, 'one', 1), (2, 'two', 2)");
  }
  TestDatabase t;
  std::vector<Statement*> statements;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Harness* h = new Harness();
  // A copy of the exact size: one byte past it is found.
  std::vector<uint8_t> frame(data, data + size);
  frame.shrink_to_fit();
  h->t.Text("BEGIN");
  for (Statement* s : h->statements) {
    StepCode code = s->Run(frame, 0);
    if (code == StepCode::kRows) s->Reset();
    std::vector<std::string> rows;
    if (code != StepCode::kError) RenderFrame(s->frame(), &rows);
  }
  h->t.Text("ROLLBACK");
  if (h->t.db->store().poisoned()) __builtin_trap();
  return 0;
}
